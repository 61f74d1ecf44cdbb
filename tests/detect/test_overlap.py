"""Overlapping matches become one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from logscrub.detect.overlap import resolve
from logscrub.model import Confidence, Match, Severity


def match(
    rule: str, start: int, end: int, severity: Severity = Severity.HIGH, category: str = "secret.token", key: str = ""
) -> Match:
    """A match with the rest filled in."""
    return Match(rule, category, severity, start, end, Confidence.HIGH, key)


def spans(matches: list[Match]) -> list[tuple[str, int, int]]:
    """What matters of matches."""
    return [(one.rule, one.start, one.end) for one in matches]


def test_nothing_and_one() -> None:
    """Fewer than two matches are as they were."""
    assert resolve([], ()) == []
    assert resolve([match("a", 0, 5)], ()) == [match("a", 0, 5)]


def test_apart() -> None:
    """Matches that only touch are two, and they come by start."""
    assert spans(resolve([match("b", 5, 9), match("a", 0, 5)], ())) == [("a", 0, 5), ("b", 5, 9)]


def test_union() -> None:
    """The span of matches that overlap is their union."""
    assert spans(resolve([match("a", 0, 6), match("b", 4, 9)], ()))[0][1:] == (0, 9)


def test_chain() -> None:
    """Matches that overlap in a chain are one."""
    assert spans(resolve([match("a", 0, 4), match("b", 3, 8), match("c", 7, 9)], ()))[0][1:] == (0, 9)


def test_the_specific_name_wins() -> None:
    """A token that says what it is gives its name, whatever the key said; the key is kept."""
    both = [match("password", 0, 40, Severity.CRITICAL, key="password"), match("github-token", 0, 40)]
    (one,) = resolve(both, {"github-token"})
    assert (one.rule, one.key) == ("github-token", "password")


def test_the_severe_name_wins() -> None:
    """Between names that are equally good, the more severe one is given."""
    (one,) = resolve([match("low", 0, 9, Severity.LOW), match("critical", 0, 9, Severity.CRITICAL)], ())
    assert one.rule == "critical"


def test_personal_data_that_grazes_a_secret() -> None:
    """``password@host`` in a URL is no address: the secret keeps its own span."""
    (one,) = resolve([match("url", 10, 18), match("email", 14, 30, category="pii.email")], ())
    assert (one.rule, one.start, one.end) == ("url", 10, 18)


matches = st.lists(
    st.builds(
        lambda rule, start, length, severity, category: match(rule, start, start + length, severity, category),
        st.sampled_from("abcde"),
        st.integers(0, 30),
        st.integers(1, 10),
        st.sampled_from(Severity),
        st.sampled_from(["secret.token", "secret.password", "pii.email", "financial.card"]),
    ),
    max_size=8,
)


@given(matches, st.sets(st.sampled_from("abcde")))
def test_what_was_covered_is_covered(before: list[Match], specific: set[str]) -> None:
    """No two results overlap, they come by start, and no byte of a secret that was covered is uncovered after."""
    after = resolve(list(before), specific)
    assert all(first.end <= second.start for first, second in zip(after, after[1:]))
    covered = {byte for one in after for byte in range(one.start, one.end)}
    assert covered >= {
        byte for one in before if one.category.startswith("secret.") for byte in range(one.start, one.end)
    }
    assert covered <= {byte for one in before for byte in range(one.start, one.end)}


@given(matches, st.sets(st.sampled_from("abcde")), st.randoms())
def test_order_does_not_matter(before: list[Match], specific: set[str], dice: object) -> None:
    """The result is the same in whatever order the matches come."""
    shuffled = list(before)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert resolve(shuffled, specific) == resolve(list(before), specific)
