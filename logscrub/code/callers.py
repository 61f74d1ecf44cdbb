"""Secrets that a function prints without knowing: its caller passes them under a neutral name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import NamedTuple

from logscrub.code.flow import Flow
from logscrub.code.gate import Hits
from logscrub.code.judge import Leak, severity_of
from logscrub.code.module import Scope
from logscrub.code.position import Position
from logscrub.code.printed import Printed
from logscrub.code.sinks import Sinks, Site
from logscrub.code.taint import Taint, Trail
from logscrub.code.words import SURE
from logscrub.model import Severity

_MOST_CALLS = 40
_MOST_SITES = 40


class _PrintedParameter(NamedTuple):
    name: str
    site: Site
    printed: Printed
    trail: Trail


class Callers:
    """Finds the calls that pass a secret to a function that prints its parameter.

    Args:
        flow: evaluates arguments and finds the functions.
        sinks: finds what those print.
        hits: gives the lines of a file that may print; None for none.
    """

    def __init__(self, flow: Flow, sinks: Sinks, hits: Callable[[str], Hits | None]) -> None:
        self._flow = flow
        self._sinks = sinks
        self._hits = hits

    def leaks(self, scope: Scope, lines: frozenset[int]) -> Iterator[tuple[Leak, Site, Severity]]:
        """Yield what calls in a function, on lines with the name of a secret, make other functions print."""
        for statement in scope.index().statements:
            node = statement.node
            if isinstance(node, (ast.If, ast.While, ast.With, ast.AsyncWith)):
                continue
            if not any(line in lines for line in range(node.lineno, min(node.end_lineno or 0, node.lineno + 60) + 1)):
                continue
            at = Position(scope, statement.order, statement.block)
            for call in _calls(node):
                yield from self._of(call, at)

    def _of(self, call: ast.Call, at: Position) -> Iterator[tuple[Leak, Site, Severity]]:
        target = self._flow.calls.target(call, at)
        if target is None or target is at.scope:
            return
        for one in self._printed(target):
            argument = self._flow.calls.argument(target, one.name, call)
            if argument is None:
                continue
            for taint in self._flow.evaluate(argument, at).taints:
                if taint.category != "secret" or taint.grade < SURE:
                    continue
                leak = Leak(one.printed, self._passed(taint, call, one, at))
                severity = severity_of(leak.taint, one.site.sink)
                if severity is not None:
                    yield leak, one.site, severity
                break

    @staticmethod
    def _passed(taint: Taint, call: ast.Call, one: _PrintedParameter, at: Position) -> Taint:
        text = f"passed to {{}}() as {one.name}"
        trail = Trail(at.scope.module.path, call, text, taint.trail)
        return taint._replace(trail=trail)

    def _printed(self, function: Scope) -> tuple[_PrintedParameter, ...]:
        """The parameters that a function prints, and nobody would tell by their names."""
        if function.sinks is not None:
            return function.sinks  # type: ignore[return-value]
        function.sinks = ()
        hits = self._hits(function.module.path)
        if hits is None or function.node is None:
            return ()
        found: list[_PrintedParameter] = []
        first, last = function.node.lineno, function.node.end_lineno or 0
        lines = frozenset(line for line in hits.prints if first <= line <= last)
        if lines:
            for count, site in enumerate(self._sinks.of(function, lines)):
                if count >= _MOST_SITES:
                    break
                if site.sink in ("repr", "raise"):
                    continue
                for printed in site.printed:
                    value = self._flow.evaluate(printed.node, site.position)
                    if value.masked or any(taint.category == "secret" for taint in value.taints):
                        continue
                    found += [
                        _PrintedParameter(taint.name, site, printed, taint.trail)
                        for taint in value.taints
                        if taint.category == "parameter" and taint.name in function.parameters
                    ]
        function.sinks = tuple(found)
        return function.sinks


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    """The call a statement makes, and those in its arguments."""
    pending = [getattr(statement, "value", None)]
    for _ in range(_MOST_CALLS):
        if not pending:
            return
        node = pending.pop()
        if isinstance(node, (ast.Await, ast.Starred)):
            pending.append(node.value)
        elif isinstance(node, ast.Call):
            yield node
            pending += node.args
            pending += [keyword.value for keyword in node.keywords]
