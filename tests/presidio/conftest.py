"""What the tests of recognizers share."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from logscrub.model import Severity
from logscrub.rules import Recognizer, builtin_rules

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "personal.jsonl"


def recognizer(name: str, **keys: Any) -> Recognizer:
    """A ``[[presidio]]`` table in its loaded form."""
    return Recognizer("presidio-x", "X", "pii.x", Severity.LOW, name, source="x.toml", **keys)


def stock_names() -> list[str]:
    """The pattern recognizers that come with Presidio."""
    import presidio_analyzer.predefined_recognizers as stock
    from presidio_analyzer import PatternRecognizer

    return sorted(
        name
        for name, one in vars(stock).items()
        if inspect.isclass(one) and issubclass(one, PatternRecognizer) and one is not PatternRecognizer
    )


@pytest.fixture(scope="session")
def shipped() -> dict[str, Recognizer]:
    """The rules of the pack that ships, by the recognizer they name."""
    return {one.recognizer: one for one in builtin_rules().recognizers}
