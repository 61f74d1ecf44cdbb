"""What a record shows is found by lines as well, whichever of its lines gives a value away."""

from __future__ import annotations

import pytest

from logscrub.detect import Detector
from logscrub.policy import Policy
from logscrub.rules.load import load
from logscrub.rules.packs import find_packs
from logscrub.sources import matched_records

EXAMPLES = [one for one in load(find_packs(plugins=False)).examples if one.matches and one.text.isascii()]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(Policy(select=("all",)).rules())


def test_the_examples_of_all_rules_are_found_by_lines(detector: Detector) -> None:
    assert sum("\n" in one.text for one in EXAMPLES) >= 8
    for example in EXAMPLES:
        whole = [(one.rule, one.start, one.end) for one in detector.find_bytes(example.text.encode())]
        lines = [
            (one.rule, start + one.start, start + one.end)
            for start, _, matches in matched_records(detector, example.text.encode())
            for one in matches or ()
        ]
        assert lines == whole, example.text


def test_they_are_found_among_other_lines(detector: Detector) -> None:
    for example in EXAMPLES:
        if "\n" not in example.text:
            continue
        alone = {one.rule for one in detector.find_bytes(example.text.encode())}
        text = "10:00 ready\n" * 50 + example.text + "\n10:01 ready\n" * 50
        found = {one.rule for _, _, matches in matched_records(detector, text.encode()) for one in matches or ()}
        assert alone <= found, example.text
