"""How well we do on other projects' test cases, and where we judge differently on purpose.

The cases lie beside the repository, not in it; elsewhere all of this is skipped, and the summary says so. The list of
disagreements is written by ``python benchmarks/accuracy.py --disagreements tests/corpora/disagreements.jsonl``.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import _corpora as corpora
import _disagreements as disagreements
import accuracy
import pytest
from _disagreements import Disagreement
from _tools import Found, Logscrub

LISTED = Path(__file__).with_name("disagreements.jsonl")

# As measured; better may be written here, worse may not.
LITERAL_RECALL = 0.94
GENERATED_RECALL = 0.99
FLAGGED_BY_ANY = 0.34
FLAGGED_BY_KIND = 0.09
REDACTION = 0.98
REGISTERED_VALUES = 1.0
# Disagreements of no class: errors of ours until somebody shows otherwise.
MISSED_UNEXPLAINED = 39
FLAGGED_UNEXPLAINED = 47

pytestmark = pytest.mark.skipif(
    not corpora.CORPORA.is_dir(), reason=f"other projects' test cases are not here: {corpora.CORPORA}"
)


@cache
def ours() -> Logscrub:
    return Logscrub("default", "secret")


@cache
def judged() -> list[tuple[corpora.Row, list[Found]]]:
    return accuracy.judge(ours(), corpora.read(corpora.CORPORA / "secrets.jsonl"))


@cache
def differing() -> dict[tuple[str, str], Disagreement]:
    return {(one.id, one.expect): one for one in accuracy.disagree(ours(), judged())}


@cache
def listed() -> dict[tuple[str, str], Disagreement]:
    return disagreements.load(LISTED)


def share(of: accuracy.Share) -> float:
    return of.part / of.whole


def test_secrets_are_found() -> None:
    shares = accuracy.secret_shares(judged(), {})["all"]
    assert share(shares["found, literal"]) >= LITERAL_RECALL
    assert share(shares["found, generated"]) >= GENERATED_RECALL


def test_what_is_no_secret_is_left_alone() -> None:
    shares = accuracy.secret_shares(judged(), {})["all"]
    assert share(shares["flagged by any"]) <= FLAGGED_BY_ANY
    assert share(shares["flagged by its kind"]) <= FLAGGED_BY_KIND


def test_redaction_removes_what_it_must_and_keeps_the_rest() -> None:
    shares = accuracy.redaction_shares(corpora.read(corpora.CORPORA / "redaction.jsonl"))
    assert share(shares["rows"]) >= REDACTION
    assert share(shares["registered values"]) >= REGISTERED_VALUES


def test_every_listed_case_is_there() -> None:
    there = {(corpora.identity(row), row["expect"]) for row, _ in judged()}
    assert [key for key in listed() if key not in there] == []


def test_every_listed_disagreement_still_is_one_of_its_class() -> None:
    """A stale entry hides nothing today and an error tomorrow."""
    stale = [
        (key, one.kind, differing()[key].kind if key in differing() else "we agree")
        for key, one in listed().items()
        if key not in differing() or differing()[key].kind != one.kind
    ]
    assert stale == [], "write the list anew: see the top of this file"


def test_every_disagreement_is_listed_or_within_what_is_allowed() -> None:
    unlisted = [one for key, one in differing().items() if key not in listed()]
    explained = Counter(one.kind for one in unlisted if one.kind)
    assert not explained, "disagreements of known classes that are not listed: see the top of this file"
    count = Counter(one.expect for one in unlisted)
    assert count["match"] <= MISSED_UNEXPLAINED
    assert count["no_match"] <= FLAGGED_UNEXPLAINED


def test_the_list_holds_digests_and_reasons_and_no_text_of_the_cases() -> None:
    texts = {row["text"].strip() for row, _ in judged() if len(row["text"]) > 16}
    for (digest, expect), one in listed().items():
        assert len(digest) == 64 and int(digest, 16) >= 0
        assert expect in ("match", "no_match")
        assert one.kind and one.reason.endswith(".")
        assert not any(text in one.reason for text in texts)


def test_the_readme_explains_every_class() -> None:
    readme = LISTED.with_name("README.md").read_text("utf-8")
    for kind in disagreements.classes({}, []):
        assert f"`{kind.name}`" in readme
