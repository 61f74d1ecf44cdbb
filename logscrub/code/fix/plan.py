"""All repairs of one file together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from logscrub.code.fix.declare import declare
from logscrub.code.fix.edit import Edit, Refused
from logscrub.code.fix.names import Names
from logscrub.code.fix.target import Target, find_targets
from logscrub.code.fix.tree import Tree
from logscrub.code.fix.wrap import wrap
from logscrub.code.model import CodeFinding


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall be done to one file.

    Attributes:
        edits: the changes of its text, those at the same place in order.
        outcome: each finding, with the reason why it is not repaired, empty if it is.
    """

    edits: tuple[Edit, ...]
    outcome: tuple[tuple[CodeFinding, str], ...]


def plan(tree: Tree, path: str, findings: Sequence[CodeFinding]) -> Plan:
    """Plan the repairs of one file.

    Args:
        tree: the file.
        path: where it lies.
        findings: findings in it that have a repair.
    """
    names = Names(tree, path)
    reasons: dict[int, str] = {}
    targets: list[tuple[Target, int]] = []
    for number, finding in enumerate(findings):
        try:
            if finding.repair is not None and finding.repair.action == "mask":
                targets += [(target, number) for target in find_targets(tree, names, finding)]
        except Refused as refused:
            reasons[number] = str(refused)
    edits: list[Edit] = []
    done: list[Target] = []
    # The widest first: what lies inside a masked expression is masked with it. Those that say what they are before
    # those that do not.
    for target, number in sorted(
        targets, key=lambda pair: (pair[0].span[0] - pair[0].span[1], not _label(findings[pair[1]]))
    ):
        if any(other.span[0] <= target.span[0] and target.span[1] <= other.span[1] for other in done):
            continue
        said = {
            findings[other].expression: _label(findings[other]) for same, other in targets if same.span == target.span
        }
        try:
            edits += wrap(tree, names, findings[number], target, said)
            done.append(target)
        except Refused as refused:
            reasons[number] = str(refused)
    declared: set[Edit] = set()
    for number, finding in enumerate(findings):
        repair = finding.repair
        if repair is None or repair.action == "mask":
            continue
        try:
            if repair.action != "declare":
                raise Refused(f"no repair is called {repair.action!r}")
            new = declare(tree, names, repair)
            if declared.isdisjoint(new):
                edits += new
                declared.update(new)
        except Refused as refused:
            reasons[number] = str(refused)
    edits += names.edits()
    return Plan(tuple(edits), tuple((finding, reasons.get(number, "")) for number, finding in enumerate(findings)))


def _label(finding: CodeFinding) -> str:
    return finding.repair.name if finding.repair is not None else ""
