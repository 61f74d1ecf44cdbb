"""A detector small enough to be obviously right."""

from __future__ import annotations

import re

import pytest

from logscrub.model import Match, Severity


class SmallDetector:
    """Finds ``tst_`` tokens in lines and ``BEGIN … END`` keys over lines, and takes for ever over ``SLOW``."""

    multiline = frozenset({1})
    _rules = (
        ("token", "secret.token", re.compile(rb"tst_[a-z0-9]{8}(?![a-z0-9])"), re.compile(rb"tst_")),
        (
            "key",
            "secret.private-key",
            re.compile(rb"-----BEGIN PRIVATE KEY-----[^-]{1,40000}-----END PRIVATE KEY-----"),
            re.compile(rb"-----BEGIN PRIVATE KEY-----"),
        ),
        ("slow", "secret.token", re.compile(rb"SLOW"), re.compile(rb"SLOW")),
    )

    def candidates(self, block: bytes) -> list[tuple[int, int]]:
        hits = [(index, one.end()) for index, rule in enumerate(self._rules) for one in rule[3].finditer(block)]
        return sorted(hits, key=lambda hit: hit[1])

    def confirm(self, record: bytes, hits: list[tuple[int, int]]) -> list[Match]:
        assert all(0 < end <= len(record) for _, end in hits)
        if any(index == 2 for index, _ in hits):
            raise TimeoutError
        found = []
        for index in {index for index, _ in hits}:
            rule, category, expression, _ = self._rules[index]
            found += [Match(rule, category, Severity.HIGH, *one.span()) for one in expression.finditer(record)]
        found.sort(key=lambda match: match.start)
        kept: list[Match] = []
        for match in found:
            if not kept or match.start >= kept[-1].end:
                kept.append(match)
        return kept

    def find_bytes(self, record: bytes) -> list[Match]:
        return self.confirm(record, self.candidates(record))

    def rule(self, rule_id: str) -> object:
        raise KeyError(rule_id)


@pytest.fixture
def detector() -> SmallDetector:
    return SmallDetector()
