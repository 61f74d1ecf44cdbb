"""The HTML report: what it says, that it loads nothing, and that nothing in it comes to life."""

from __future__ import annotations

import os
import re
import time
import tracemalloc
from base64 import b64encode
from dataclasses import fields, replace
from datetime import datetime
from hashlib import sha256
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscrub.findings import Bucket, ScanResult
from logscrub.model import Severity
from logscrub.report import Options
from logscrub.report.html import page as pages
from logscrub.report.html import timeline, write
from logscrub.report.visible import visible

from .html_results import HOSTILE, RESULT, hostile, many, page

GOLDEN = Path(__file__).parent.parent / "golden" / "scan.html"


class Outline(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def between(text: str, start: str, end: str) -> str:
    return text.partition(start)[2].partition(end)[0]


def test_the_page_is_as_it_was_reviewed() -> None:
    """All but the style and the script; LOGSCRUB_REGEN=1 writes it anew."""
    text = page(replace(RESULT, started="2024-01-04T12:30:00Z", inputs=("logs", "s3://bucket/app")))
    for name in ("style", "script"):
        text = text.replace(between(text, f"<{name}>", f"</{name}>"), "…")
    text = re.sub(r"sha256-[^']*", "sha256-…", text)
    if os.environ.get("LOGSCRUB_REGEN"):
        GOLDEN.write_text(text, "utf-8")
    assert text == GOLDEN.read_text("utf-8")


def test_only_the_pages_own_style_and_script_may_run() -> None:
    text = page(RESULT)
    policy = between(text, 'Content-Security-Policy" content="', '"')
    for name, directive in (("style", "style-src"), ("script", "script-src")):
        digest = sha256(between(text, f"<{name}>", f"</{name}>").encode()).digest()
        assert f"{directive} 'sha256-{b64encode(digest).decode()}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert [tag for tag, _ in Outline(text).elements].count("script") == 1


def test_nothing_is_loaded_from_anywhere() -> None:
    for text in (page(RESULT), page(hostile())):
        for tag, attributes in Outline(text).elements:
            assert tag not in ("img", "iframe", "object", "embed", "base")
            assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "action")]
            assert attributes.get("href", "#").startswith(("#", "data:image/svg+xml,")), attributes
    style = between(page(RESULT), "<style>", "</style>")
    assert "url(" not in style and "@import" not in style


def test_the_page_is_printable_ascii() -> None:
    for text in (page(RESULT), page(hostile())):
        assert text.isascii()
        assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_hostile_text_is_shown_as_it_is_and_adds_no_element() -> None:
    outline = Outline(page(hostile()))
    for text in HOSTILE:
        assert visible(text) in outline.text
    quiet = page(hostile())
    for text in sorted(HOSTILE, key=len, reverse=True):
        quiet = quiet.replace(escape(visible(text)).encode("ascii", "xmlcharrefreplace").decode(), "x")
    assert "forged" not in quiet
    assert [tag for tag, _ in outline.elements] == [tag for tag, _ in Outline(quiet).elements]


@given(st.text(min_size=1), st.sampled_from(["preview", "key", "rule", "title", "category", "fingerprint", "status"]))
def test_no_text_changes_the_structure_of_the_page(text: str, field: str) -> None:
    def elements(value: str) -> list[tuple[str, set[str]]]:
        finding = replace(RESULT.findings[1], **{field: value})
        outline = Outline(page(ScanResult((finding,))))
        return [(tag, set(attributes)) for tag, attributes in outline.elements]

    assert elements(text) == elements("x")


def test_the_verdict_comes_first() -> None:
    outline = page(RESULT)
    assert "<h1 class=critical>4 findings, 1 critical, in 142 files</h1>" in outline
    assert "<h1 class=clean>No findings in 3 files</h1>" in page(ScanResult((), files=3))
    assert "Not complete." not in page(ScanResult((), files=3))


@pytest.mark.parametrize(
    "result",
    [
        ScanResult((), files=3, interrupted=True),
        ScanResult((), files=3, errors=RESULT.errors),
        ScanResult((), files=3, not_checked=("names",)),
    ],
)
def test_nothing_found_is_not_clean_unless_all_was_read(result: ScanResult) -> None:
    text = page(result)
    assert "<h1 class=open>" in text
    assert "Not complete." in text
    assert "<dt>Complete<dd><strong>no</strong>" in text
    assert ("every input was read to its end" in text) == (not result.errors and not result.interrupted)


@pytest.mark.parametrize("number", [200, pages.MOST_FULL + 200])
def test_of_no_finding_anything_is_lost(number: int) -> None:
    """In either form an item holds all there is to say of a finding."""
    result = many(number)
    pieces = page(result).split('id="f-')[1:]
    items = {piece.partition('"')[0]: Outline("<li " + piece).text for piece in pieces}
    assert len(items) == number
    for finding in result.findings:
        item = items[finding.id]
        told = [finding.fingerprint, finding.preview, finding.status, finding.key]
        for place in (finding.first, finding.last):
            told += [place.path, f"{place.column:,}", f"{place.offset:,}", (place.time or "")[11:], place.level]
            told += [place.component, place.host, place.request, place.field]
        assert not [one for one in told if one and one not in item]
        assert ("once" if finding.count == 1 else f"{finding.count:,} times") in item
        assert f"{finding.confidence} confidence" in item or str(finding.confidence) == "high"
        for path, count in finding.files if finding.count > 1 else ():
            assert f"{path} {count:,}" in item


def test_what_goes_beyond_the_opened_ones_stands_in_the_open() -> None:
    text = page(many(pages.MOST_FULL + 200))
    assert text.count("<details><summary>") > pages.MOST_FULL // 2
    assert text.count("<li class=row") >= 200


def test_every_field_of_a_finding_has_its_place() -> None:
    """A field that is added to findings or places has to be shown, or named here."""
    shown = {"overflow", "file_count", "category", "tags", "title", "rule", "severity", "first", "last", "files"}
    shown |= {"id", "confidence", "fingerprint", "preview", "key", "count", "components", "levels", "status", "since"}
    assert {one.name for one in fields(RESULT.findings[0])} - shown == set()
    places = {"path", "line", "column", "offset", "time", "level", "component", "host", "request", "field"}
    assert {one.name for one in fields(RESULT.findings[0].first)} - places == set()


def test_sums_are_those_of_the_findings() -> None:
    text = page(RESULT)
    assert "<th scope=row><code>shop.login</code>" in text
    assert between(between(text, "id=by-component", "</table>"), "shop.login", "\n").endswith("<td class=number>4")
    assert between(between(text, "id=by-file", "</table>"), "logs/app.log<", "\n").endswith("<td class=number>4")
    assert "Of a finding in more than 100 files, 100 are counted here." in text
    assert "5 more</summary>" in text  # of 17 files


@pytest.mark.parametrize(
    ("last", "unit"),
    [
        ("2024-01-01T00", "hour"),
        ("2024-01-04T23", "hour"),
        ("2024-01-05T00", "day"),
        ("2024-04-05T00", "day"),
        ("2024-04-06T23", "week"),
        ("2025-12-01T00", "month"),
        ("2040-01-01T00", "year"),
        ("2900-01-01T00", "decade"),
        ("9999-12-31T23", "century"),
    ],
)
def test_the_timeline_gets_coarser_as_it_gets_longer(last: str, unit: str) -> None:
    buckets = [Bucket("2024-01-01T00", Severity.LOW, 30), Bucket(last, Severity.HIGH, 12)]
    text = "".join(timeline.section(buckets))
    assert f"Occurrences by {unit}," in text
    assert int(between(text, 'viewBox="0 0 ', " ")) <= timeline.MAX_BARS * 10
    totals = re.findall(r"<tr><th scope=row>.*>(\d+)\n", text)
    assert sum(map(int, totals)) == 42


@given(st.lists(st.tuples(st.datetimes(), st.sampled_from(Severity), st.integers(1, 10**6)), min_size=1))
def test_no_occurrence_is_missing_from_the_timeline(placed: list[tuple[datetime, Severity, int]]) -> None:
    buckets = [Bucket(at.isoformat()[:13], severity, number) for at, severity, number in placed]
    text = "".join(timeline.section(buckets))
    totals = re.findall(r"<tr><th scope=row>.*>([\d,]+)\n", text)
    assert sum(int(one.replace(",", "")) for one in totals) == sum(number for _, _, number in placed)
    for top, height in re.findall(r'y=([\d.]+) width=8 height="([\d.]+)"', text):
        assert 0 <= float(top) < 100 and 0 < float(height) <= 100


def test_one_clock_that_stood_in_1970_does_not_flatten_the_chart() -> None:
    hours = [Bucket(f"2024-01-01T{hour:02}", Severity.LOW, 100) for hour in range(24)]
    text = "".join(timeline.section([Bucket("1970-01-01T00", Severity.LOW, 3), *hours]))
    assert "Occurrences by hour," in text
    assert "3 occurrences far from all others: in the table only." in text
    assert "<tr><th scope=row><span>1970-01-01</span> <span>00:00</span><td class=number>3" in text


def test_hours_that_no_calendar_has_are_named() -> None:
    text = "".join(timeline.section([Bucket("2024-13-45T99", Severity.LOW, 7)]))
    assert "At times that are not in the calendar: 2024-13-45T99 (7)." in text


def test_the_page_is_written_piece_by_piece_and_fast() -> None:
    """What it takes does not grow with the findings, but for one reference to each."""
    result = many(20_000)

    class Sink:
        largest = 0

        def writelines(self, parts: list[str]) -> None:
            self.largest = max(map(len, parts))

    sink: TextIO = Sink()  # type: ignore[assignment]
    start = time.process_time()
    write(result, sink, Options())
    assert time.process_time() - start < 3  # 100,000 are to take less than 5 s
    tracemalloc.start()
    try:
        write(result, sink, Options())
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert sink.largest < 500_000  # type: ignore[attr-defined]
