"""Values come and go while others read."""

from __future__ import annotations

import os
import threading

import pytest

from logscrub.detect import gate
from logscrub.known.registry import REGISTRY, Registry


def value(number: int) -> bytes:
    return f"q{number:05d}Zx9-{number * 7919 % 10007:05d}-kW".encode()


def test_tiers_stay_few() -> None:
    known = Registry()
    for number in range(60):
        assert known.add({value(number): "n"}) == ["n"]
        assert len(known.tiers) <= 5
    assert known.add({value(3): "again"}) == []
    assert len(known) == 60
    assert all(known.find(b"x " + value(number)) for number in range(60))


def test_forgotten_values_leave() -> None:
    known = Registry()
    known.add({value(number): str(number) for number in range(20)})
    assert known.remove(values=[value(0), b"unknown"]) == 1
    assert known.find(value(0)) == []
    assert known.remove(names=[str(number) for number in range(1, 10)]) == 9
    assert [len(tier.values) for tier in known.tiers] == [10]
    assert known.remove(names=map(str, range(20))) == 10
    assert known.tiers == ()
    assert known.remove(names=["1"]) == 0


def test_without_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(literals: object) -> gate.Gate:
        raise ImportError

    monkeypatch.setattr(gate, "LiteralGate", missing)
    known = Registry()
    known.add({value(1): "a", b"p@s$w0!rd#1%": "b"})
    assert isinstance(known.tiers[0].gate, gate.ReferenceLiteralGate)
    text = value(1) + b" " + value(1).hex().upper().encode() + b" p%40s%24w0%21rd%231%25"
    assert [match.key for match in known.find(text)] == ["a", "a", "b"]


def test_changes_while_others_read() -> None:
    known = Registry()
    known.add({value(0): "always"})
    stop, problems = threading.Event(), []
    text = b"x " + value(0) + b" y"

    def read() -> None:
        while not stop.is_set():
            if [match.key for match in known.find(text)] != ["always"] or not known.scan(text):
                problems.append("lost")

    def write(start: int) -> None:
        for number in range(start, start + 24):
            known.add({value(number): "some"})
            if not known.find(value(number)):
                problems.append(number)
            if number % 3 == 0:
                known.remove(values=[value(number)])
                if known.find(value(number)):
                    problems.append(-number)

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(1 + 100 * index,)) for index in range(3)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert problems == []
    assert len(known) == 1 + 3 * 16


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_has_them_and_can_add_its_own() -> None:
    REGISTRY.add({value(1): "parent"})
    with REGISTRY._lock:  # held by another thread, as it were
        child = os.fork()
        if child == 0:
            try:
                REGISTRY.add({value(2): "child"})
                good = bool(REGISTRY.find(value(1))) and bool(REGISTRY.find(value(2)))
                os._exit(0 if good else 1)
            except BaseException:
                os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not REGISTRY.find(value(2))
