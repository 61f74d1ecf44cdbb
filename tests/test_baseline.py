"""Baselines of scans: what they know, what they must never hide, and their files."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub.audit import scan
from logscrub.baseline import Baseline, Entry, allowed, apply, load, pruned, renewed, unused, write
from logscrub.baseline.patterns import matches, names_of, pattern_for
from logscrub.entries import NEW_REASON
from logscrub.errors import ConfigError, SourceError
from logscrub.findings import Finding, Place, ScanResult
from logscrub.keyfile import existing_key, key_beside
from logscrub.model import Confidence, Severity
from logscrub.policy import Policy
from logscrub.sources import Unread

KEY = b"0123456789abcdef"
KEY_ID = "abcdefgh"
TODAY = date(2030, 6, 15)
POLICY = Policy(select=("email", "password"), key=KEY)
RULES = ("email", "github-token", "password")


def finding(
    rule: str = "email", value: str | None = "aaaa", paths: Sequence[str] = ("s3://logs/app.log",), **more: Any
) -> Finding:
    place = Place(paths[0], 1, 1, 0)
    made = Finding(
        id=f"{rule}-{value}-{paths[0]}-{more.get('key', '')}",
        rule=rule,
        title=rule,
        category="pii.email",
        severity=Severity.LOW,
        confidence=Confidence.HIGH,
        fingerprint=value,
        preview="… (17)",
        key="",
        count=len(paths),
        files=tuple((path, 1) for path in paths),
        file_count=len(paths),
        first=place,
        last=place,
    )
    return replace(made, **more)


def result(*findings: Finding, **more: Any) -> ScanResult:
    made = ScanResult(findings=findings, files=1, key_id=KEY_ID, rules=tuple((rule, rule) for rule in RULES))
    return replace(made, **more)


def left(done: ScanResult) -> list[str]:
    return [one.id for one in done.findings]


PATHS = st.sampled_from(("s3://b/app.log", "s3://b/app.log.1", "s3://b/x/app.log", "s3://b/[x].log", "-", "web.log"))
FINDINGS = st.lists(
    st.builds(
        finding,
        rule=st.sampled_from(("email", "github-token")),
        value=st.sampled_from(("aaaa", "bbbb", "cccc", "dddd")),
        paths=st.lists(PATHS, min_size=1, max_size=4, unique=True),
    )
    | st.builds(
        finding,
        rule=st.just("password"),
        value=st.none(),
        paths=PATHS.map(lambda path: (path,)),
        key=st.sampled_from(("", "password", "db_password", "pass\x1bword\udcff")),
    ),
    unique_by=lambda one: (one.rule, one.fingerprint or one.id),
)


class TestLaws:
    """What holds for any result."""

    @given(FINDINGS)
    def test_a_baseline_just_written_leaves_no_findings(self, findings: list[Finding]) -> None:
        found = result(*findings)
        known = renewed(found)
        done = apply(found, known)
        assert done.findings == () and done.expired == ()
        assert len(done.suppressed) == len(findings)
        assert {one.finding.status for one in done.suppressed} <= {"known"}
        assert unused(done, known) == []
        assert renewed(found, known) == known == pruned(done, known)

    @given(FINDINGS, FINDINGS)
    def test_what_was_not_there_is_reported(self, before: list[Finding], after: list[Finding]) -> None:
        known = renewed(result(*before))
        values = {(one.rule, one.fingerprint) for one in before if one.fingerprint}
        others = {(one.rule, one.key, names_of(one.files[0][0]).base) for one in before if one.fingerprint is None}
        expected = [
            one.id
            for one in after
            if (one.rule, one.fingerprint) not in values
            and (one.fingerprint is not None or (one.rule, one.key, names_of(one.files[0][0]).base) not in others)
        ]
        assert left(apply(result(*after), known)) == expected

    @given(FINDINGS, st.randoms(use_true_random=False), st.data())
    def test_the_order_of_entries_does_not_matter(
        self, findings: list[Finding], shuffler: random.Random, data: st.DataObject
    ) -> None:
        days = st.none() | st.integers(-2, 2).map(lambda number: TODAY + timedelta(number))
        paths = st.sampled_from(("**", "app.log", "s3://b/*.log", "./web.log", "*"))
        entries = [
            replace(one, expires=data.draw(days), reason=data.draw(st.sampled_from("abc")))
            for one in renewed(result(*findings)).entries
        ]
        entries += [
            Entry(rule, "hand", path=data.draw(paths), expires=data.draw(days))
            for rule in data.draw(st.lists(st.sampled_from(RULES)))
        ]
        other = list(entries)
        shuffler.shuffle(other)
        one, two = Baseline(tuple(entries), KEY_ID), Baseline(tuple(other), KEY_ID)
        assert one.text() == two.text()
        assert apply(result(*findings), one, TODAY) == apply(result(*findings), two, TODAY)

    @given(FINDINGS)
    @settings(max_examples=30)
    def test_a_file_says_what_was_written(self, findings: list[Finding]) -> None:
        known = renewed(result(*findings))
        path = "baseline-of-laws.json"
        write(path, known)
        try:
            assert load(path) == known
            assert Path(path).read_bytes().isascii() and b"\x1b" not in Path(path).read_bytes()
        finally:
            os.unlink(path)


@pytest.fixture(autouse=True)
def _directory(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("baseline"))


def test_of_real_logs_another_value_on_the_same_line_still_counts() -> None:
    log = Path("app.log")
    log.write_text("login of jane.roe@example-mail.com password=hunter2-horse\n")
    found = scan("app.log", policy=POLICY)
    known = renewed(found)
    write("known.json", known)
    assert "jane" not in known.text() and "hunter" not in known.text()
    assert apply(found, load("known.json")).findings == ()
    log.write_text("login of jane.roe@example-mail.com jim.doe@example-mail.com password=hunter2-horse\n")
    (other,) = apply(scan("app.log", policy=POLICY), load("known.json")).findings
    assert (other.rule, other.count, other.status, other.preview) == ("email", 1, "new", "… (24)")
    log.rename("app.log.1")
    Path("web.log").write_text("password=hunter2-horse\n")
    assert [(one.rule, one.first.path) for one in apply(scan(".", policy=POLICY), known).findings] == [
        ("password", "./web.log"),
        ("email", "./app.log.1"),
    ]


def test_another_key_is_refused_where_fingerprints_are_compared() -> None:
    known = renewed(result(finding()))
    with pytest.raises(ConfigError, match="was written with the key abcdefgh, and this scan has the key ijklmnop"):
        apply(result(finding(), key_id="ijklmnop"), known)
    with pytest.raises(ConfigError, match="this scan has none that lasts"):
        apply(result(finding(), key_id=""), known)
    with pytest.raises(ConfigError, match="needs a key that lasts"):
        renewed(result(finding(), key_id=""))
    by_hand = Baseline((Entry("email", "test users", path="**"),))
    assert apply(result(finding(), key_id=""), by_hand).findings == ()


class TestDays:
    """Entries with a last day."""

    def test_an_entry_holds_through_its_last_day(self) -> None:
        entry = Entry("email", "until the move", "aaaa", expires=TODAY)
        known = Baseline((entry,), KEY_ID, "known.json")
        done = apply(result(finding()), known, TODAY)
        assert (left(done), done.expired) == ([], ())
        assert [(one.reason, one.until) for one in done.suppressed] == [("until the move", "2030-06-15")]
        done = apply(result(finding()), known, TODAY + timedelta(1))
        assert [one.status for one in done.findings] == ["known"]
        assert done.suppressed == ()
        assert done.expired == ("known.json: email aaaa expired on 2030-06-15: 1 finding counts again",)

    def test_an_expired_one_that_matches_nothing_is_told_too(self) -> None:
        known = Baseline((Entry("email", "x", path="**", expires=date(2020, 1, 1)),), "", "known.json")
        assert apply(result(), known, TODAY).expired == (
            "known.json: email in ** expired on 2020-01-01: nothing matches it",
        )

    def test_one_that_holds_is_enough(self) -> None:
        entries = (
            Entry("email", "gone", "aaaa", expires=date(2020, 1, 1)),
            Entry("email", "short", path="*.log", expires=date(2030, 7, 1)),
            Entry("email", "long", path="**", expires=date(2031, 1, 1)),
        )
        done = apply(result(finding()), Baseline(entries, KEY_ID, "b"), TODAY)
        assert [(one.reason, one.until) for one in done.suppressed] == [("long", "2031-01-01")]
        assert done.expired == ("b: email aaaa expired on 2020-01-01: nothing matches it",)

    def test_writing_anew_does_not_make_it_hold_again(self) -> None:
        old = Baseline((Entry("email", "looked at", "aaaa", expires=date(2020, 1, 1)),), KEY_ID)
        anew = renewed(result(finding(), finding(value="bbbb")), old)
        assert {(one.fingerprint, one.reason, one.expires) for one in anew.entries} == {
            ("aaaa", "looked at", date(2020, 1, 1)),
            ("bbbb", NEW_REASON, None),
        }
        assert left(apply(result(finding()), anew, TODAY)) == [finding().id]


class TestEntriesByHand:
    """Entries without a fingerprint: a rule, files, and perhaps a key name."""

    def test_every_file_of_a_finding_must_be_covered(self) -> None:
        both = finding(paths=("s3://l/a.log", "s3://l/b.log"))
        one, other = Entry("email", "A", path="a.log"), Entry("email", "B", path="b.log", expires=date(2031, 1, 1))
        assert left(apply(result(both), Baseline((one,)), TODAY)) == [both.id]
        done = apply(result(both), Baseline((one, other)), TODAY)
        assert [(one.reason, one.until) for one in done.suppressed] == [("A; B", "2031-01-01")]

    def test_files_that_a_finding_does_not_list_are_covered_by_all_files_only(self) -> None:
        many = finding(paths=("s3://l/a.log",), file_count=101)
        assert left(apply(result(many), Baseline((Entry("email", "A", path="*.log"),)))) == [many.id]
        assert left(apply(result(many), Baseline((Entry("email", "A", path="**"),)))) == []

    def test_a_key_name_narrows(self) -> None:
        named = finding("password", None, key="password")
        unnamed = finding("password", None)
        known = Baseline((Entry("password", "A", key="password", path="**"),))
        assert left(apply(result(named, unnamed), known)) == [unnamed.id]
        known = Baseline((Entry("password", "A", key="", path="**"),))
        assert left(apply(result(named, unnamed), known)) == [named.id]

    def test_values_beyond_the_limit_are_only_known_by_hand(self) -> None:
        beyond = finding(value=None, overflow=True, id="email-overflow")
        assert left(apply(result(beyond), renewed(result(beyond)))) == ["email-overflow"]
        assert left(apply(result(beyond), Baseline((Entry("email", "A", key="", path="**"),)))) == ["email-overflow"]
        assert left(apply(result(beyond), Baseline((Entry("email", "A", path="**"),)))) == []

    def test_what_nobody_wrote_a_baseline_for_is_not_called_new(self) -> None:
        done = apply(result(finding("github-token")), Baseline((Entry("email", "A", path="**"),)))
        assert [one.status for one in done.findings] == [""]

    def test_writing_keeps_them_and_adds_nothing_that_they_cover(self) -> None:
        entry = Entry("email", "test users", path="app.log", by="jo", added="2030-01-01")
        assert renewed(result(finding()), Baseline((entry,))).entries == (entry,)
        assert renewed(result(), Baseline((entry,))).entries == (entry,)


class TestUnused:
    """Entries that match nothing."""

    known = Baseline(
        (Entry("email", "A", "aaaa"), Entry("email", "B", "bbbb"), Entry("iban", "C", "cccc")), KEY_ID, "known.json"
    )

    def test_only_rules_that_were_looked_for_count(self) -> None:
        assert [one.reason for one in unused(result(finding()), self.known)] == ["B"]
        assert [one.reason for one in unused(result(finding()), self.known, {"email"})] == ["B", "C"]
        assert [one.reason for one in unused(result(finding(), rules=()), self.known, {"email", "iban"})] == ["B"]

    def test_pruning_needs_all_to_be_read(self) -> None:
        assert [one.reason for one in pruned(result(finding()), self.known).entries] == ["A", "C"]
        for missing in ({"interrupted": True}, {"errors": (Unread("x", "gone"),)}):
            with pytest.raises(ConfigError, match=r"known.json: not pruned: not everything was read"):
                pruned(result(finding(), **missing), self.known)
            assert set(self.known.entries) <= set(renewed(result(finding(), **missing), self.known).entries)


class TestPatterns:
    """Which files an entry is about."""

    @pytest.mark.parametrize(
        ("pattern", "path", "about"),
        [
            ("app.log", "app.log", True),
            ("app.log", "deep/down/app.log", True),
            ("app.log", "app.log.3.gz", True),
            ("app.log", "app-2026-03-01.log", True),
            ("app.log.3.gz", "app.log.3.gz", True),
            ("app.log", "my-app.log", False),
            ("./app.log", "app.log", True),
            ("./app.log", "deep/app.log", False),
            ("deep/app.log", "deep/app.log.1", True),
            ("./deep/app.log", "deep/app.log", True),
            ("deep/app.log", "very/deep/app.log", False),
            ("deep/*", "deep/down/app.log", False),
            ("deep/**", "deep/down/app.log", True),
            ("**/app.log", "app.log", True),
            ("**/down/**/*.log", "deep/down/x/y/app.log", True),
            ("**/down/**/*.log", "deep/x/y/app.log", False),
            ("a?p.[kl]og", "app.log", True),
            ("web.log", "logs.tar.gz!/app/web.log", True),
            ("logs.tar.gz!/**", "logs.tar.gz!/app/web.log", True),
            ("/var/log/*.log", "/var/log/app.log.1", True),
            ("/var/log/**", "/var/log/x/app.log", True),
            ("-", "-", True),
            ("-", "deep/a-b", False),
            ("**", "s3://x/y", True),
        ],
    )
    def test_examples(self, pattern: str, path: str, about: bool) -> None:
        assert matches(pattern, names_of(path)) is about
        place = finding(paths=(path,))
        assert (left(apply(result(place), Baseline((Entry("email", "A", path=pattern),)))) == []) is about

    def test_a_path_is_that_of_the_project_wherever_one_stands(self, monkeypatch: pytest.MonkeyPatch) -> None:
        Path("repository/.git").mkdir(parents=True)
        Path("repository/logs").mkdir()
        top = Path.cwd()
        for place, path in (("repository", "logs/a.log"), ("repository/logs", "a.log"), (".", "repository/logs/a.log")):
            monkeypatch.chdir(top / place)
            assert pattern_for(path) == "logs/a.log"
            assert matches("logs/a.log", names_of(path))
            assert matches(f"{top}/repository/logs/*.log", names_of(path))

    @given(st.text(st.characters(exclude_characters="\0", exclude_categories=()), min_size=1))
    def test_a_written_pattern_is_about_its_file(self, path: str) -> None:
        assert matches(pattern_for(path), names_of(path))

    def test_matching_takes_no_more_than_the_product_of_parts(self) -> None:
        begun = perf_counter()
        assert not matches("**/a/" * 300 + "b", names_of("s3://" + "a/" * 3000 + "c"))
        assert not matches("*a" * 100 + "b", names_of("s3://x/" + "a" * 250))
        assert perf_counter() - begun < 20


GOOD = {"rule": "email", "path": "**", "reason": "test users"}


class TestFiles:
    """What a baseline file may say."""

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("{", "is not JSON"),
            ("[]", "schema: must be 'logscrub/log-baseline/1'"),
            ('{"schema": "logscrub/code-baseline/1", "findings": []}', "schema: must be 'logscrub/log-baseline/1'"),
            ('{"schema": "logscrub/log-baseline/1"}', "findings: must be a list"),
            ('{"schema": "logscrub/log-baseline/1", "findings": [], "key_id": 1}', "key_id: must be a string"),
        ],
    )
    def test_what_is_none_is_refused(self, text: str, problem: str) -> None:
        Path("known.json").write_text(text)
        with pytest.raises(ConfigError, match=f"^known.json: {problem}"):
            load("known.json")

    @pytest.mark.parametrize(
        ("entry", "problem"),
        [
            ("text", "must be an object"),
            ({**GOOD, "reson": "x"}, "reson: is not a key of a finding; did you mean 'reason'?"),
            ({**GOOD, "reason": 1}, "reason: must be a string"),
            ({**GOOD, "reason": " "}, "reason: is missing"),
            ({**GOOD, "rule": ""}, "rule: is missing"),
            ({"rule": "email", "reason": "x"}, "path: is missing: an entry without a fingerprint says in which files"),
            ({**GOOD, "expires": "soon"}, "expires: must be a day such as 2030-12-31"),
            ({**GOOD, "added": "once"}, "added: must be a day such as 2030-12-31"),
        ],
    )
    def test_errors_name_the_entry_and_the_key(self, entry: object, problem: str) -> None:
        document = {"schema": "logscrub/log-baseline/1", "findings": [GOOD, entry]}
        Path("known.json").write_text(json.dumps(document))
        with pytest.raises(ConfigError) as caught:
            load("known.json")
        assert str(caught.value).startswith(f"known.json: findings[1]: {problem}")

    def test_fingerprints_without_the_name_of_their_key_are_refused(self) -> None:
        entry = {"rule": "email", "fingerprint": "aaaa", "reason": "x"}
        Path("known.json").write_text(json.dumps({"schema": "logscrub/log-baseline/1", "findings": [entry]}))
        with pytest.raises(ConfigError, match=r"known.json: key_id: is missing.*--write-baseline"):
            load("known.json")
        with pytest.raises(ConfigError, match=r"gone.json: cannot be read: No such file"):
            load("gone.json")

    def test_a_rule_there_is_not_is_refused_with_one_there_is(self) -> None:
        with pytest.raises(
            ConfigError, match=r"b: emial in \*\*: rule: no rule is called 'emial'; did you mean email\?"
        ):
            Baseline((Entry("emial", "x", path="**"),), name="b").check_rules(RULES)
        Baseline((Entry("emial", "x", "aaaa"),)).check_rules(RULES)


class TestComments:
    """What a line says for itself."""

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            (b"x # logscrub: allow[email] made up", {"email": "made up"}),
            (b"x # logscrub:allow[email,phone] made up\r\n", {"email": "made up", "phone": "made up"}),
            (b"/* logscrub: allow[email] a */ // logscrub: allow[phone] b", {"email": "a", "phone": "b"}),
            (b'{"note": "logscrub: allow[email] made up", "x": 1}', {"email": "made up"}),
            (b"# logscrub: allow[email]", {}),
            (b"# logscrub: allow[email] -->", {}),
            (b"# logscrub: allow[] why", {}),
            (b"# logscrub: allow[*] why", {}),
            (b"# logscrub: ok(why)", {}),
            (b"# my-logscrub: allow[email] why", {}),
            (b"# logscrub: allow[email] caf\xe9", {"email": "caf�"}),
        ],
    )
    def test_examples(self, line: bytes, said: dict[str, str]) -> None:
        assert allowed(line) == said

    def test_looking_takes_linear_time(self) -> None:
        begun = perf_counter()
        for text in (b"logscrub: allow[", b"logscrub: allow[a] ", b"logscrub:" + b" " * 19, b"-->", b"*"):
            allowed(b"logscrub: allow[a] " + text * (1_000_000 // len(text)))
        assert perf_counter() - begun < 20


class TestKeys:
    """The key beside a file."""

    def test_it_is_made_once_for_its_owner_only(self) -> None:
        key = key_beside("known.json")
        assert key_beside("known.json") == existing_key("known.json") == key
        assert os.stat("known.json.key").st_mode & 0o777 == 0o600
        # Its text is the key, as key-file and LOGSCRUB_KEY take it.
        assert Path("known.json.key").read_bytes().strip() == key and len(key) == 64
        assert not Path("known.json").exists()

    def test_files_that_are_used_together_share_it(self) -> None:
        key = key_beside("one")
        assert key_beside("one", "other") == key == existing_key("other")
        key_beside("third")
        with pytest.raises(ConfigError, match=r"one.key and third.key: hold different keys"):
            key_beside("one", "third")

    def test_what_is_no_key_is_refused_with_the_way_out(self) -> None:
        Path("known.json.key").write_text("short\n")
        with pytest.raises(ConfigError, match=r"known.json.key: holds no key; restore it, or move it and known.json"):
            key_beside("known.json")
        Path("empty.key").touch()
        with pytest.raises(ConfigError, match="holds no key"):
            existing_key("empty")
        Path("other.key").mkdir()
        with pytest.raises(SourceError, match=r"other.key: the key cannot be read"):
            key_beside("other")
        with pytest.raises(SourceError, match=r"gone/known.json.key: the key cannot be made"):
            key_beside("gone/known.json")

    def test_who_comes_first_decides(self) -> None:
        keys: list[bytes] = []
        threads = [Thread(target=lambda: keys.append(key_beside("known.json"))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(keys) == 8 and len(set(keys)) == 1
