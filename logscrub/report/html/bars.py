"""Bars in the colours of severities. They say nothing that the table beside them does not say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from logscrub.model import Severity

_SLOT = 120  # widest a bar may get, with the gap beside it, in pixels
_LEAST = 1.5  # height of the smallest bar, in per cent


class Bar(NamedTuple):
    """One bar.

    Attributes:
        slot: where it stands, from 0.
        label: what it stands for, as HTML.
        counts: how much of each severity.
        whole: false for one that is drawn as a part of what there may be.
    """

    slot: int
    label: str
    counts: Counter[Severity]
    whole: bool = True


def chart(
    bars: Iterable[Bar], slots: int, severities: Iterable[Severity], most: int, ends: tuple[str, str]
) -> Iterator[str]:
    """Yield a legend, the bars and the two ends of their axis.

    Args:
        bars: from the left to the right.
        slots: how many have room.
        severities: those of the legend, in its order.
        most: what the highest bar adds up to.
        ends: labels of the first and the last slot, as HTML.
    """
    yield (
        "<ul class=legend>"
        + "".join(f'<li><span class="key {one}"></span>{one}' for one in severities)
        + "</ul>\n<div class=chart>\n"
        f'<svg class=bars width={slots * _SLOT} viewBox="0 0 {slots * 10} 100" preserveAspectRatio=none role=img '
        f'aria-label="Bar chart from {ends[0]} to {ends[1]}; a table of the same follows">\n'
    )
    for one in bars:
        yield _bar(one, most)
    axis = "".join(f"<span>{end}</span>" for end in ends[:slots])
    yield f"</svg>\n<div class=axis aria-hidden=true>{axis}</div>\n</div>\n"


def in_words(counts: Counter[Severity], severities: Sequence[Severity] = tuple(reversed(Severity))) -> str:
    """Return counts in words, the worst first.

    >>> in_words(Counter({Severity.LOW: 1200, Severity.HIGH: 1}))
    '1 high, 1,200 low'
    """
    return ", ".join(f"{counts[one]:,} {one}" for one in severities if counts[one])


def _bar(bar: Bar, most: int) -> str:
    drawn = [f"<g{'' if bar.whole else ' class=part'}><title>{bar.label}: {in_words(bar.counts) or 'none'}</title>"]
    bottom = 100.0
    for severity in Severity:
        if bar.counts[severity]:
            height = max(_LEAST, 100 * bar.counts[severity] / (most or 1))
            bottom -= height
            drawn.append(
                f'<rect class={severity} x={bar.slot * 10 + 1} y={max(0.0, bottom):.1f} width=8 height="{height:.1f}"/>'
            )
    return "".join(drawn) + "</g>\n"
