"""What the findings of a scan add up to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from logscrub.findings import Finding, ScanResult
from logscrub.model import Severity


@dataclass(slots=True)
class Group:
    """The findings of one rule.

    Attributes:
        anchor: id of its section in the page.
    """

    rule: str
    severity: Severity
    anchor: str
    findings: list[Finding] = field(default_factory=list)
    occurrences: int = 0


@dataclass(slots=True)
class Totals:
    """Sums over all findings.

    Attributes:
        groups: the worst first, then the most frequent.
        values, occurrences: by severity.
        files, components, levels: occurrences by name; files beyond those a finding lists are not in it.
        statuses: findings by status.
    """

    groups: list[Group] = field(default_factory=list)
    values: Counter[Severity] = field(default_factory=Counter)
    occurrences: Counter[Severity] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    components: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, result: ScanResult) -> Totals:
        """Add up what a scan found."""
        self = cls()
        groups: dict[tuple[Severity, str], Group] = {}
        for one in result.findings:
            key = (one.severity, one.rule)
            group = groups.get(key)
            if group is None:
                group = groups[key] = Group(one.rule, one.severity, f"rule-{len(groups) + 1}")
            group.findings.append(one)
            group.occurrences += one.count
            self.values[one.severity] += 1
            self.occurrences[one.severity] += one.count
            for path, number in one.files:
                self.files[path] += number
            for name, number in one.components:
                self.components[name] += number
            for name, number in one.levels:
                self.levels[name] += number
            if one.status:
                self.statuses[one.status] += 1
        self.groups = sorted(groups.values(), key=lambda group: (-group.severity, -group.occurrences))
        return self
