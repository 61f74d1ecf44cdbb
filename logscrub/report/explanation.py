"""Explanations, for people and for programs (``logscrub/explain/1``)."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

from logscrub.explain.topic import Explanation, Section
from logscrub.report.console import assemble
from logscrub.report.forms.lines import Line, print_lines
from logscrub.report.options import Options
from logscrub.report.visible import visible

SCHEMA = "logscrub/explain/1"
_ONCE = ("what", "why", "now", "clauses")
"""Sections that are not said again of the next finding."""
_WIDEST = 100
"""Columns a paragraph takes at most, on however wide a screen."""


def write_text(explanations: Sequence[Explanation], stream: TextIO, options: Options) -> None:
    """Write explanations for people, as wide as reads well."""
    print_lines(_lines(explanations, min(options.width or _WIDEST, _WIDEST)), stream, options)


def write_json(explanations: Sequence[Explanation], stream: TextIO) -> None:
    """Write explanations as one JSON document."""
    json.dump({"schema": SCHEMA, "explanations": [data(one) for one in explanations]}, stream, indent=2)
    stream.write("\n")


def data(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as plain data.

    >>> data(Explanation("jwt", "rule", "JSON web token"))["kind"]
    'rule'
    """
    return {
        "name": explanation.name,
        "kind": explanation.kind,
        "title": visible(explanation.title),
        "about": {label: visible(value) for label, value in explanation.about},
        **{section.name: [visible(line) for line in section.lines] for section in explanation.sections},
    }


def _lines(explanations: Iterable[Explanation], width: int) -> Iterator[Line]:
    said: set[Section] = set()
    for number, one in enumerate(explanations):
        if number:
            yield Line(0, assemble(""))
        yield Line(0, assemble((visible(one.title), "bold")))
        yield Line(0, assemble((f"{one.kind} {one.name}", "cyan")))
        label_width = max((len(label) for label, _ in one.about), default=0)
        for label, value in one.about:
            yield Line(2, assemble(visible(value)), assemble((f"{label:<{label_width}}  ", "dim")))
        for section in one.sections:
            if section in said:
                continue
            if section.name in _ONCE:
                said.add(section)
            yield Line(0, assemble(""))
            yield Line(0, assemble((section.heading, "bold")))
            yield from _section(section, width)


def _section(section: Section, width: int) -> Iterator[Line]:
    for number, line in enumerate(section.lines, 1):
        if section.form == "code":
            yield Line(4, assemble((visible(line), "green")))
            continue
        label = {"steps": f"{number}. ", "list": "- "}.get(section.form, "")
        parts = textwrap.wrap(
            visible(line), max(20, width - 2 - len(label)), break_long_words=False, break_on_hyphens=False
        )
        for position, part in enumerate(parts):
            yield Line(2, assemble(part), assemble((label if position == 0 else " " * len(label), "dim")))
