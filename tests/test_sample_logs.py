"""The sample logs: made anew they are the same bytes, and the detector finds in them what was planted and no more."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SAMPLES = Path(__file__).resolve().parent.parent / "sample_logs"
# A match may take in the marks around a value, quotes and their escapes.
SLACK = "\"'\\"


@dataclass(frozen=True)
class Planted:
    """One entry of the manifest, in character offsets of the whole text."""

    what: str
    category: str
    line: int
    last_line: int
    start: int
    end: int
    reach_start: int
    reach_end: int
    sha256: str


def load_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "sample_logs_generate", SAMPLES.parent / "benchmarks" / "generate_samples.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@cache
def listed() -> dict[str, list[dict[str, Any]]]:
    manifest = json.loads((SAMPLES / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["version"] == 1
    files: dict[str, list[dict[str, Any]]] = manifest["files"]
    return files


def unpacked(data: bytes, name: str) -> bytes:
    return gzip.decompress(data) if name.endswith(".gz") else data


@cache
def text_of(name: str) -> str:
    return unpacked((SAMPLES / name).read_bytes(), name).decode("utf-8")


@cache
def planted_in(name: str) -> list[Planted]:
    starts = [0, *(m.end() for m in re.finditer("\n", text_of(name)))]
    out = []
    for entry in listed()[name]:
        line = starts[entry["line"] - 1]
        start, end = line + entry["start"], line + entry["start"] + entry["length"]
        reach = entry.get("reach", {"start": entry["start"], "length": entry["length"]})
        out.append(
            Planted(
                what=entry["what"],
                category=entry["rule_category"],
                line=entry["line"],
                last_line=entry.get("last_line", entry["line"]),
                start=start,
                end=end,
                reach_start=line + reach["start"],
                reach_end=line + reach["start"] + reach["length"],
                sha256=entry["value_sha256"],
            )
        )
    return out


NAMES = sorted(listed())


# ---- the files themselves -------------------------------------------------------------------------------------------


def test_the_generator_makes_the_committed_files(tmp_path: Path) -> None:
    load_generator().main([str(tmp_path)])
    committed = {p.name for p in SAMPLES.iterdir() if p.is_file() and p.name != "README.md"}
    assert {p.name for p in tmp_path.iterdir()} == committed
    for name in sorted(committed):
        made, kept = (tmp_path / name).read_bytes(), (SAMPLES / name).read_bytes()
        if name.endswith(".gz"):
            # Deflate is not one encoding: another zlib may pack the same text otherwise. Header (no name, no time) and
            # content must still be the same.
            made, kept = made[:10] + gzip.decompress(made), kept[:10] + gzip.decompress(kept)
        assert made == kept, f"{name}: run benchmarks/generate_samples.py"


@pytest.mark.parametrize("name", NAMES)
def test_the_manifest_says_where_the_values_are(name: str) -> None:
    text = text_of(name)
    assert 40 <= text.count("\n") <= 150
    for plant in planted_in(name):
        value = text[plant.start : plant.end]
        assert hashlib.sha256(value.encode()).hexdigest() == plant.sha256, plant
        assert plant.reach_start <= plant.start < plant.end <= plant.reach_end
        assert plant.last_line == plant.line + value.count("\n")
    spans = [(p.reach_start, p.reach_end) for p in planted_in(name)]
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


@pytest.mark.parametrize("name", NAMES)
def test_a_planted_value_is_listed_wherever_it_occurs(name: str) -> None:
    text = text_of(name)
    planted = {(p.start, p.end) for p in planted_in(name)}
    for value in {text[start:end] for start, end in planted if end - start > 6}:
        for hit in re.finditer(re.escape(value), text):
            assert any(s <= hit.start() and hit.end() <= e for s, e in planted), f"{name}: {hit.start()}"


def test_there_is_a_fair_number_of_each_kind() -> None:
    kinds = Counter(p.category for name in NAMES for p in planted_in(name))
    assert set(kinds) == {"secret.", "pii.", "financial."}
    assert 60 <= sum(kinds.values()) <= 150


def luhn(digits: str) -> bool:
    doubled = (int(c) * (1 + i % 2) for i, c in enumerate(reversed(digits)))
    return sum(n - 9 * (n > 9) for n in doubled) % 10 == 0


def shapes(text: str) -> Iterator[tuple[int, int, str]]:
    """Personal and financial data found the plain way, without the detector."""
    for m in re.finditer(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}\b", text):
        if m.group() != "git@github.com" and not m.group().endswith(".service"):
            yield m.start(), m.end(), "e-mail"
    for m in re.finditer(r"\+\d[\d ()-]{8,16}\d", text):
        yield m.start(), m.end(), "phone"
    for m in re.finditer(r"\b(?!000|666|9)\d{3}-\d\d-\d{4}\b", text):
        yield m.start(), m.end(), "ssn"
    for m in re.finditer(r"\b[A-Z]{2}\d\d ?(?:[A-Z0-9]{4} ?){3,7}[A-Z0-9]{0,3}\b", text):
        yield m.start(), m.end(), "iban"
    for m in re.finditer(r"(?<![\w.-])[3-6]\d{3}([ -]?)\d{4}\1\d{4}\1?\d{3,4}(?![\w-])", text):
        if luhn(re.sub(r"\D", "", m.group())):
            yield m.start(), m.end(), "card"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_personal_or_financial_is_there_by_accident(name: str) -> None:
    for start, end, kind in shapes(text_of(name)):
        # A password in front of a host looks like an e-mail address; it is planted as what it is.
        assert any(p.reach_start < end and start < p.reach_end for p in planted_in(name)), (
            f"{name}: {kind} at {start}: {text_of(name)[start:end]}"
        )


# ---- the detector, held to the manifest -----------------------------------------------------------------------------


def overrun(name: str, start: int, end: int) -> bool:
    """Whether a match goes further than what is planted where it is."""
    text = text_of(name)
    while start < end and text[start] in SLACK:
        start += 1
    while start < end and text[end - 1] in SLACK:
        end -= 1
    return not any(p.reach_start <= start and end <= p.reach_end for p in planted_in(name))


def at(name: str, start: int, end: int) -> str:
    text = text_of(name)
    line_start = text.rfind("\n", 0, start) + 1
    return f"{name}:{text.count(chr(10), 0, start) + 1}:{start - line_start + 1}: {text[start:end]!r}"


@pytest.mark.parametrize("name", NAMES)
def test_every_planted_value_is_found_and_nothing_else(name: str) -> None:
    from logscrub import Scrubber

    matches = Scrubber().find(text_of(name))
    missed = [
        f"{at(name, p.start, p.end)} ({p.what})"
        for p in planted_in(name)
        if not any(m.start <= p.start and p.end <= m.end and m.category.startswith(p.category) for m in matches)
    ]
    wrong = [f"{at(name, m.start, m.end)} ({m.rule})" for m in matches if overrun(name, m.start, m.end)]
    assert not missed and not wrong, "\n".join(["missed:", *missed, "found and not planted:", *wrong])


@pytest.mark.parametrize("name", NAMES)
def test_a_scan_counts_what_find_finds(name: str) -> None:
    import logscrub

    found = Counter((m.rule, m.category) for m in logscrub.Scrubber().find(text_of(name)))
    scanned: Counter[tuple[str, str]] = Counter()
    lines = {line for p in planted_in(name) for line in range(p.line, p.last_line + 1)}
    for finding in logscrub.scan([str(SAMPLES / name)]).findings:
        scanned[finding.rule, finding.category] += finding.count
        for place in (finding.first, finding.last):
            assert Path(place.path).name == name
            assert place.line in lines
    assert scanned == found


def test_a_scan_of_all_files_counts_what_the_manifest_counts() -> None:
    import logscrub

    findings = logscrub.scan([str(SAMPLES / name) for name in NAMES]).findings
    single = sum(f.count for name in NAMES for f in logscrub.scan([str(SAMPLES / name)]).findings)
    assert sum(f.count for f in findings) == single >= sum(len(planted_in(name)) for name in NAMES)
