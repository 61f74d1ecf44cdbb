"""From the arguments of a call that prints to log calls and findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from logscrub.code.languages.forms import text
from logscrub.code.languages.values import LITERAL, MASKED, Taint, Value, all_taints
from logscrub.code.model import Argument, CodeFinding, Kind, LogCall, Place, Sensitivity, Step
from logscrub.model import Severity

Piece = str | tuple[Node, Value]

GAP = str(b" ", "ascii")
"""What stands between two arguments; an object of its own, unlike a blank in a literal."""

_LONGEST = 120
_HOLE = re.compile(r"\{[^{}\s]{0,40}\}|%(?:\(\w{1,40}\))?[-+#0 ]{0,3}\d{0,3}(?:\.\d{1,3})?[a-zA-Z]|%%")
_UNDER = re.compile(r"([A-Za-z][\w.\-]{1,60})[\"']?\s{0,3}(?:[:=]|=>|is)?\s{0,3}[\"'\[({<]{0,3}$")
STRINGS = frozenset(
    {"string", "template_string", "string_literal", "interpreted_string_literal", "raw_string_literal", "regex"}
)
_ON_SCREEN = {"code.secret-in-log": "code.secret-in-output"}
_CWE = {"code.secret-in-log": (532,), "code.personal-in-log": (532, 359)}


@dataclass(frozen=True, slots=True)
class Print:
    """A call that prints, ready to be reported."""

    place: Place
    function: str
    sink: str
    receiver: str
    level: str
    screen: bool
    only_elsewhere: bool
    pairs: bool

    def report(
        self,
        pieces: Sequence[Piece],
        place_of: Callable[[Node], Place],
        hinted: Callable[[Node, Value, str, bool], tuple[Taint, ...]],
    ) -> tuple[LogCall, list[CodeFinding]]:
        """Return the log call, and a finding for each argument that should not be printed.

        Args:
            pieces: what is printed, in order.
            place_of: tells where a node is.
            hinted: judges a piece by the name it is printed under.
        """
        arguments: list[Argument] = []
        parts: list[str | int] = []
        worst: list[Taint | None] = []
        shown: list[str] = []
        before = ""
        apart = False
        for piece in pieces:
            if isinstance(piece, str):
                parts.append(piece)
                shown.append(piece)
                apart = piece is GAP
                if not apart:
                    before = piece
                continue
            node, value = piece
            under = _UNDER.search(before)
            name = under.group(1) if under else ""
            pair = self.pairs and apart and before == name
            before = ""
            taints = all_taints(value) or hinted(node, value, name, pair)
            taint = max(taints, key=lambda one: one.severity, default=None)
            expression = expression_of(node)
            parts.append(len(arguments))
            shown.append(f"[{taint.field}]" if taint is not None else "{" + expression + "}")
            arguments.append(
                Argument(
                    expression,
                    place_of(node),
                    name,
                    taint.sensitivity if taint is not None else _sensitivity(value),
                    taint.field if taint is not None else "",
                )
            )
            worst.append(taint)
        call = LogCall(self.place, self.function, self.sink, self.receiver, self.level, tuple(parts), tuple(arguments))
        printed = "".join(shown)
        findings = [
            self._finding(argument, taint, printed) for argument, taint in zip(arguments, worst) if taint is not None
        ]
        return call, findings

    def _finding(self, argument: Argument, taint: Taint, printed: str) -> CodeFinding:
        severity = taint.severity
        if self.screen:
            severity = min(severity, Severity.MEDIUM)
        if self.only_elsewhere:
            severity = Severity.LOW
        kind = taint.kind
        if kind is Kind.NAME and len(taint.steps) > 1:
            kind = Kind.FLOW
        what = taint.field.replace("-", " ")
        where = "to the screen" if self.screen else "to the log"
        source = f" (from `{taint.label[:80]}`)" if taint.label not in argument.expression else ""
        return CodeFinding(
            rule=_ON_SCREEN.get(taint.rule, taint.rule) if self.screen else taint.rule,
            kind=kind,
            severity=severity,
            field=taint.field,
            place=self.place,
            function=self.function,
            level=self.level,
            expression=argument.expression,
            message=f"`{argument.expression}` writes {what}{source} {where}",
            printed=printed,
            steps=(*taint.steps, Step(self.place, f"printed by `{self.receiver or self.sink}`")),
            fix=_fix(taint, argument.expression),
            cwe=_CWE.get(taint.rule, (532,)),
            note="only where the condition says that it is not production" if self.only_elsewhere else "",
        )


def _fix(taint: Taint, expression: str) -> str:
    if taint.sensitivity is Sensitivity.BULK:
        return f"Print the members that are needed instead of all of `{expression}`."
    return f"Leave `{expression}` out, or mask it before it is printed."


def _sensitivity(value: Value) -> Sensitivity:
    if value.state == MASKED:
        return Sensitivity.MASKED
    return Sensitivity.LITERAL if value.state == LITERAL else Sensitivity.METADATA


def explain(nodes: Sequence[Node], values: Sequence[Value], template: Value | None) -> list[Piece]:
    """Return the pieces a call prints, in order: the values go where the template says, the rest after it.

    Args:
        nodes: the arguments.
        values: what is known of them.
        template: the argument that may be the template.
    """
    pieces: list[Piece] = []
    rest = list(zip(nodes, values))
    if template is not None and template.text is not None and not template.taints and _is_template(rest, template):
        at = next((index for index, (_, value) in enumerate(rest) if value is template), None)
        given = rest[at + 1 :] if at is not None else rest
        if at is not None:
            _add(pieces, rest[:at])
        done = 0
        taken = 0
        for hole in _HOLE.finditer(template.text):
            if hole.group() == "%%" or taken >= len(given):
                continue
            pieces.append(template.text[done : hole.start()])
            done = hole.end()
            if hole.group().endswith(("T", "p")) and hole.group().startswith("%"):
                pieces.append("{type}")
            else:
                _add(pieces, given[taken : taken + 1], gap_before=False)
            taken += 1
        pieces.append(template.text[done:])
        rest = given[taken:]
    _add(pieces, rest)
    return pieces


def _is_template(rest: Sequence[tuple[Node, Value]], template: Value) -> bool:
    """Tell whether a text can be shown: it is in the call itself, or a template that a constant holds."""
    literal = any(value is template and node.type in STRINGS for node, value in rest)
    return literal or _HOLE.search(template.text or "") is not None


def _add(pieces: list[Piece], rest: Sequence[tuple[Node, Value]], *, gap_before: bool = True) -> None:
    for node, value in rest:
        if pieces and not gap_before:
            gap_before = True
        elif pieces:
            pieces.append(GAP)
        if value.parts is not None:
            pieces += value.parts
        elif value.text is not None and node.type in STRINGS and value.flags is None:
            pieces.append(value.text)
        else:
            pieces.append((node, value))


def expression_of(node: Node) -> str:
    """Return the code of a node on one line, literals of text left out."""
    pieces: list[str] = []
    length = 0
    todo = [node]
    while todo and length <= _LONGEST:
        one = todo.pop()
        if one.type in STRINGS and one.type != "template_string":
            piece = '"…"'
        elif one.type == "string_fragment":
            piece = "…"
        elif one.child_count and one.end_byte - one.start_byte < 1 << 16:
            todo += reversed(one.children)
            continue
        else:
            piece = text(one)[: _LONGEST + 1]
            if pieces and piece[:1].isalnum() and pieces[-1][-1:].isalnum():
                piece = " " + piece
        pieces.append(piece)
        length += len(piece)
    whole = " ".join("".join(pieces).split())
    return whole if len(whole) <= _LONGEST else whole[: _LONGEST - 1] + "…"
