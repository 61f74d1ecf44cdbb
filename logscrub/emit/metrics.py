"""The counters of an installation as metrics, for Prometheus and OpenTelemetry: what is exported, under which labels.

Labels are few: ids of rules, and names of loggers up to a limit. Call sites are no labels; they are in
:meth:`Installation.stats` and in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from logscrub.emit.installation import Installation, current
from logscrub.emit.observe import Stats

MOST_LOGGERS = 100
"""So many loggers have a label of their own; the others share one."""

OTHER = "(other)"
_LONGEST = 100


def read(installation: Installation | None) -> Stats | None:
    """Return the counters of an installation, or of the active one; ``None`` if there is none.

    >>> from logscrub import install
    >>> with install():
    ...     read(None)["errors"]
    0
    """
    chosen = installation or current()
    return chosen.stats() if chosen is not None else None


def label(text: str) -> str:
    r"""Return a text as the value of a label: valid UTF-8, on one line, of bounded length.

    >>> label("shop\nlogin\udc80")
    'shop?login?'
    """
    clean = text.encode("utf-8", "replace").decode()
    clean = clean if clean.isprintable() else "".join([sign if sign.isprintable() else "?" for sign in clean])
    return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 1] + "…"


class Loggers:
    """Gives names of loggers as labels, no more of them than :data:`MOST_LOGGERS`: who came first keeps its label.

    >>> loggers = Loggers(most=1)
    >>> loggers.label("shop"), loggers.label("ann"), loggers.label("shop")
    ('shop', '(other)', 'shop')
    """

    def __init__(self, most: int = MOST_LOGGERS) -> None:
        self._most = most
        self._named: set[str] = set()

    def label(self, name: str) -> str:
        """Return the label of a logger."""
        text = label(name)
        if text not in self._named:
            if len(self._named) >= self._most:
                return OTHER
            self._named.add(text)
        return text


def leaks(by_logger: Mapping[str, Mapping[str, int]], loggers: Loggers) -> Iterator[tuple[str, str, int]]:
    """Yield each rule and logger, as labels, with the number of records in which it was found.

    >>> list(leaks({"shop": {"password": 3}, "ann": {"password": 1}}, Loggers(most=1)))
    [('password', 'shop', 3), ('password', '(other)', 1)]
    """
    counted: dict[tuple[str, str], int] = {}
    for name, rules in by_logger.items():
        for rule, count in rules.items():
            key = (label(rule), loggers.label(name))
            counted[key] = counted.get(key, 0) + count
    for (rule, logger), count in counted.items():
        yield rule, logger, count
