"""How often a finding is told."""

from __future__ import annotations

import pytest

from logscrub.findings import Finding, Place
from logscrub.model import Confidence, Severity
from logscrub.watch import told
from logscrub.watch.told import Report, Teller


class Desk:
    """A teller with a clock of its own."""

    def __init__(self, every: float) -> None:
        self.now = 0.0
        self.reports: list[Report] = []
        self.teller = Teller(every, self.reports.append, lambda: self.now)

    def see(self, name: str, line: int = 1) -> None:
        place = Place("app.log", line, 1, 0)
        finding = Finding(
            name, "rule", "Rule", "secret.x", Severity.HIGH, Confidence.HIGH, None, "…", "", 1, (), 1, place, place
        )
        self.teller.seen(finding, place)

    def told(self) -> list[tuple[str, int, int, bool]]:
        return [(one.finding.id, one.occurrences, one.total, one.first) for one in self.reports]


def test_the_first_is_told_at_once_and_the_others_together() -> None:
    desk = Desk(60)
    for line in range(1, 6):
        desk.see("a", line)
        desk.now += 10
    assert desk.told() == [("a", 1, 1, True)]
    desk.now = 59
    desk.teller.tell_due()
    assert len(desk.reports) == 1
    desk.now = 60
    desk.teller.tell_due()
    assert desk.told()[1:] == [("a", 4, 5, False)]
    assert desk.reports[1].place.line == 5
    desk.now = 500
    desk.teller.tell_due()
    assert len(desk.reports) == 2
    desk.see("a")
    assert desk.told()[2:] == [("a", 1, 6, False)]


def test_zero_tells_each() -> None:
    desk = Desk(0)
    for _ in range(3):
        desk.see("a")
    assert desk.told() == [("a", 1, 1, True), ("a", 1, 2, False), ("a", 1, 3, False)]


def test_at_the_end_everything_was_told() -> None:
    desk = Desk(60)
    for name in "abab":
        desk.see(name)
    desk.teller.tell_all()
    assert sum(one.occurrences for one in desk.reports) == 4


def test_values_without_end_are_forgotten_and_none_is_left_untold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "_MOST", 10)
    desk = Desk(1000)
    for number in range(500):
        desk.see(str(number))
        desk.see(str(number))
    assert len(desk.teller._known) <= 10 and len(desk.teller._due) <= 40
    desk.teller.tell_all()
    assert sum(one.occurrences for one in desk.reports) == 1000
