"""Cells whose column has a sensitive name."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscrub.detect import Detector
from logscrub.policy import Policy
from logscrub.sources import matched_records
from logscrub.sources.formats import detect, merged


@pytest.fixture(scope="module")
def rules() -> Detector:
    return Detector(Policy().rules(), known=None)


def found(data: bytes, rules: Detector, block: bytes | None = None) -> list[tuple[str, str, bytes]]:
    """What is found in a file, or in a block of it: rule, column, value."""
    reader, block = detect(data, "audit.csv"), data if block is None else block
    records, split = merged(((s, m) for s, _, m in matched_records(rules, block)), reader.more(block, rules))
    assert not split
    return [
        (match.rule, match.key, block[start + match.start : start + match.end])
        for start, matches in records
        for match in matches or ()
    ]


def written(rows: list[list[str]], **how: Any) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", **how).writerows(rows)
    return out.getvalue().encode()


ROWS = [
    ["time", "user", "db_password", "note"],
    ["2024-01-02 03:04:05", "jane", "plinth-Qz93", "x, y"],
    ["2024-01-02 03:04:06", "bo", "", "z"],
]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_column_named_like_a_secret_holds_secrets(rules: Detector, delimiter: str) -> None:
    data = written(ROWS, delimiter=delimiter)
    assert found(data, rules) == [("password", "db_password", b"plinth-Qz93")]
    assert found(data.replace(b"\n", b"\r\n"), rules) == [("password", "db_password", b"plinth-Qz93")]
    assert found(written(ROWS, delimiter=delimiter, quoting=csv.QUOTE_ALL), rules) == [
        ("password", "db_password", b"plinth-Qz93")
    ]


def test_cells_that_stand_for_a_value_are_none(rules: Detector) -> None:
    rows = [
        ROWS[0],
        *(["1", "jane", cell, ""] for cell in ("****", "[password]", "changed", "true", "${DB}", "db_password")),
    ]
    assert found(written(rows), rules) == []


def test_columns_about_a_secret_are_none(rules: Detector) -> None:
    rows = [["time", "user", "password_changed", "token_count"], ["1", "jane", "plinth-Qz93", "plinth-Qz93"]]
    assert found(written(rows), rules) == []


def test_what_a_line_shows_too_is_told_once(rules: Detector) -> None:
    token = "ghp_" + "a1B2c3D4e5" * 3 + "0abcde"
    rows = [["time", "user", "token", "note"], ["1", "jane", token, ""]]
    (one,) = found(written(rows), rules)
    assert one[2] == token.encode()


@given(
    st.lists(st.tuples(st.text("ab ,\"\n;'", max_size=8), st.text('xyz,"\n', max_size=8)), min_size=1, max_size=8),
    st.integers(0, 7),
)
@settings(max_examples=200, deadline=None)
def test_quotes_doubled_quotes_and_line_breaks_do_not_hide_a_cell(
    rules: Detector, cells: list[tuple[str, str]], at: int
) -> None:
    at %= len(cells)
    rows = [
        ROWS[0],
        *([note, "jane", "plinth-Qz93" if number == at else "", last] for number, (note, last) in enumerate(cells)),
    ]
    assert ("password", "db_password", b"plinth-Qz93") in found(written(rows), rules)


def test_a_part_of_a_file_is_read_like_the_whole(rules: Detector) -> None:
    data = written([ROWS[0], *([str(n), "jane", f"plinth-Qz{n}", "a\nb" if n % 3 else ""] for n in range(30))])
    whole = found(data, rules)
    assert len(whole) == 30
    for row in range(1, 30):
        cut = data.index(b"\n%d,jane" % row) + 1
        assert found(data, rules, data[:cut]) + found(data, rules, data[cut:]) == whole
