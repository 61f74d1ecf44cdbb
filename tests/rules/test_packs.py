"""Where packs come from: what ships, a path, an installed package; and the cache between."""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from pathlib import Path

import pytest

from logscrub import Policy, Scrubber, cache
from logscrub.errors import PackError
from logscrub.rules import builtin_rules, load_rules
from logscrub.rules.check import check_rules
from logscrub.rules.load import load
from logscrub.rules.packs import Pack, find_packs
from logscrub.rules.stored import load_stored

PACK = """
[[rule]]
id = "{id}"
title = "Acme key"
category = "secret.token"
severity = "high"
regex = '(?<![a-z0-9_]){prefix}_[a-z0-9]{{10,20}}(?![a-z0-9])'
min_entropy = 1
context = ["acme", "ключ"]
tags = ["cwe-532"]
examples = ["{prefix}_0123456789ab"]
counterexamples = ["{prefix}_short"]
"""


def write(path: Path, rule: str, prefix: str) -> Path:
    """Write a pack of one rule."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PACK.format(id=rule, prefix=prefix), encoding="utf-8")
    return path


def test_a_file_and_a_directory(tmp_path: Path) -> None:
    """A pack is named by its path; a directory is searched to its depth, in a stable order."""
    one = write(tmp_path / "one.toml", "acme-one", "aco")
    write(tmp_path / "more" / "b" / "two.toml", "acme-two", "act")
    write(tmp_path / "more" / "a.toml", "acme-three", "ach")
    (tmp_path / "more" / "notes.txt").write_text("no pack")
    rules = load_rules([one, tmp_path / "more"])
    assert [rule for rule in rules.ids() if rule.startswith("acme-")] == ["acme-one", "acme-three", "acme-two"]
    assert rules.get("acme-one").source == str(one)
    assert load_rules([str(one)], builtin=False).get("acme-one") == rules.get("acme-one")


def test_a_pack_in_a_policy(tmp_path: Path) -> None:
    """A rule of one's own is found like any other."""
    one = write(tmp_path / "one.toml", "acme-one", "aco")
    scrubber = Scrubber(Policy(select=("acme-one",), packs=(str(one),)))
    assert scrubber.scrub("key aco_0123456789ab x") == "key [acme-one] x"


def test_a_pack_that_is_not_there(tmp_path: Path) -> None:
    """A path without a pack is refused by name."""
    with pytest.raises(PackError, match=r"gone\.toml: there is no such file"):
        load_rules([tmp_path / "gone.toml"])


PLUGIN = """
import sys
from logscrub import Policy, Scrubber
from logscrub.rules import load_rules
print(*(one.source for one in load_rules().everything() if one.id.startswith("acme-")))
print(Scrubber(Policy(select=("acme-plugin", "acme-deep"))).scrub("key acp_0123456789ab acd_0123456789ab"))
print("acme_pack" in sys.modules)
"""


def run_with(place: Path, program: str) -> subprocess.CompletedProcess[str]:
    """Run a program with a directory of installed packages before all others."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(place), *(path for path in sys.path if path)])}
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=120, check=False
    )


def install(place: Path, value: str) -> None:
    """Install a distribution of one entry point."""
    info = place / "acme_pack-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-pack\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[logscrub.packs]\nacme = {value}\n")


def test_an_installed_package(tmp_path: Path) -> None:
    """A package that names itself in its metadata brings its packs, and none of its code is run."""
    write(tmp_path / "acme_pack" / "rules.toml", "acme-plugin", "acp")
    write(tmp_path / "acme_pack" / "deep" / "rules.toml", "acme-deep", "acd")
    (tmp_path / "acme_pack" / "__init__.py").write_text("raise RuntimeError('a rule pack was run')")
    install(tmp_path, "acme_pack")
    done = run_with(tmp_path, PLUGIN)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "acme:deep/rules.toml acme:rules.toml",
        "key [acme-plugin] [acme-deep]",
        "False",
    ]


def test_a_part_of_an_installed_package(tmp_path: Path) -> None:
    """An entry point may name a directory in its package."""
    write(tmp_path / "acme_pack" / "deep" / "rules.toml", "acme-deep", "acd")
    write(tmp_path / "acme_pack" / "rules.toml", "acme-plugin", "acp")
    (tmp_path / "acme_pack" / "__init__.py").write_text("")
    install(tmp_path, "acme_pack.deep")
    done = run_with(
        tmp_path,
        "from logscrub.rules import load_rules; print(*(i for i in load_rules().ids() if i.startswith('acme-')))",
    )
    assert done.stdout.split() == ["acme-deep"], done.stderr


def test_an_entry_point_to_nothing(tmp_path: Path) -> None:
    """An entry point that names no package is refused by name."""
    install(tmp_path, "no_such_package")
    done = run_with(tmp_path, "from logscrub.rules import load_rules; load_rules()")
    assert done.returncode != 0
    assert "entry point 'acme': names no package: 'no_such_package'" in done.stderr


def test_check_has_nothing_against_what_ships() -> None:
    """Every built-in rule proves itself: its examples, the gate, and inputs made to hang it."""
    errors = [problem for problem in check_rules(load(find_packs(plugins=False))) if problem.is_error]
    assert errors == []


class TestStored:
    """Rule sets in the cache."""

    @pytest.fixture(autouse=True)
    def own_cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An empty cache for each test."""
        monkeypatch.setenv("LOGSCRUB_CACHE_DIR", str(tmp_path / "cache"))

    def file(self) -> Path:
        """The one file of the cache."""
        place = cache.directory()
        assert place is not None
        (file,) = place.iterdir()
        return file

    def test_round_trip(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What comes from the cache is equal to what was parsed, to the last type."""
        packs = find_packs(plugins=False)
        parsed = load_stored(packs)
        monkeypatch.setattr("logscrub.rules.load.load", None)  # whoever parses now fails
        again = load_stored(packs)
        assert again == parsed == builtin_rules()
        assert repr((again.rules, again.fields, again.benign)) == repr((parsed.rules, parsed.fields, parsed.benign))

    def test_every_byte_counts(self) -> None:
        """Another pack is another file."""
        one = PACK.format(id="acme-one", prefix="aco").encode()
        assert load_stored([Pack("one.toml", one)]).ids() == ["acme-one"]
        assert load_stored([Pack("one.toml", one.replace(b"acme-one", b"acme-two"))]).ids() == ["acme-two"]
        assert load_stored([Pack("two.toml", one)]).get("acme-one").source == "two.toml"

    def test_a_refused_pack_is_not_kept(self) -> None:
        """A pack that is refused is refused each time."""
        for _ in range(2):
            with pytest.raises(PackError):
                load_stored([Pack("bad.toml", b"[[rule]]")])

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{}",
            b"\xff",
            marshal.dumps(None),
            marshal.dumps(()),
            marshal.dumps(((), ())),
            marshal.dumps("abcde"),
            marshal.dumps((((1,),), (), (), (), "")),
            marshal.dumps((((1,) * 21,), (), (), (), "")),
        ],
    )
    def test_a_file_of_another_kind(self, content: bytes) -> None:
        """A file that was written by another version, or cannot be read, is made anew."""
        packs = [Pack("one.toml", PACK.format(id="acme-one", prefix="aco").encode())]
        first = load_stored(packs)
        name = self.file().name
        good = cache.read(name)
        assert cache.write(name, content)
        assert load_stored(packs) == first
        assert cache.read(name) == good

    def test_a_pack_that_was_edited(self, tmp_path: Path) -> None:
        """A file that was changed is read again, though its size is the same."""
        path = write(tmp_path / "one.toml", "acme-one", "aco")
        assert load_stored(find_packs([path], builtin=False, plugins=False)).ids() == ["acme-one"]
        write(path, "acme-two", "aco")
        assert load_stored(find_packs([path], builtin=False, plugins=False)).ids() == ["acme-two"]
