"""The catalogues, for people: which there are, and what is looked at for a clause."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from logscrub.comply.checks import CHECKS
from logscrub.comply.model import Check, Control

_WIDTH = 100


def overview(controls: Iterable[Control]) -> str:
    """Return a line for each standard, and what it is about.

    >>> from logscrub.comply.controls import load_controls
    >>> overview(load_controls(["cwe"])).split()[0]
    'cwe'
    """
    listed = list(controls)
    wide = max(len(one.id) for one in listed)
    return "".join(
        f"{one.id:<{wide}}  {f'{one.title} {one.version}'.strip()}: {len(one.clauses)} clauses\n" for one in listed
    )


def clauses(controls: Iterable[Control]) -> str:
    """Return the clauses of standards with what is looked at for each."""
    return "\n".join("\n".join(_control(one)) + "\n" for one in controls)


def _control(control: Control) -> Iterator[str]:
    yield f"{control.title} {control.version}".strip()
    yield from _wrapped(control.about, "  ")
    for clause in control.clauses:
        yield ""
        yield f"  {clause.id}  {clause.title}"
        yield from _wrapped(clause.demand, "    ")
        for check in clause.checks:
            yield from _wrapped(f"- {described(check)}", "    ", "      ")
        if clause.limits:
            yield from _wrapped(f"Not seen: {clause.limits}", "    ")


def described(check: Check) -> str:
    """Say what a check looks at.

    >>> described(Check("statement", {"reason": "Contracts are not in logs."}))
    'statement: Contracts are not in logs.'
    >>> described(Check("findings", {"select": ["financial.cvv", "tag:pci-dss-3.3.1.2"]}))
    'findings: values in logs, by rules (select financial.cvv, tag:pci-dss-3.3.1.2)'
    """
    if check.kind == "statement":
        return f"{check.kind}: {check.settings['reason']}"
    told = "; ".join(f"{name} {_value(value)}" for name, value in check.settings.items())
    return f"{check.kind}: {CHECKS[check.kind].about}" + (f" ({told})" if told else "")


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(" or ".join(map(str, one)) if isinstance(one, list) else str(one) for one in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _wrapped(text: str, indent: str, rest: str | None = None) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent if rest is None else rest)
