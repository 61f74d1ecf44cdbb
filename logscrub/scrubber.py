"""The façade: detect and redact, for text, bytes and structures; bounded, fail-closed, counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING, Any

from logscrub.detect import Detector
from logscrub.policy import Policy, as_policy
from logscrub.redact import Redactor

if TYPE_CHECKING:
    from logscrub.model import Match

# A text that is cut is cut at white space within this many characters, so that half a secret is not left at its end.
_CUT = 4096
# A record up to this length cannot take longer than the policy allows.
_SHORT = 65536


class Scrubber:
    """Finds and redacts what a policy names.

    One scrubber may be used from any number of threads. It never raises because of what it is given: what cannot be
    scrubbed is replaced by a marker, never passed on.

    Args:
        policy: what to look for and what to do with it, or the name of a profile (``"pci"``); without one, the
            defaults.

    Raises:
        ConfigError: the policy names what no rule has, or does what a standard forbids; or there is no such profile.
        PackError: a pack is refused.

    >>> s = Scrubber()
    >>> s.scrub("login user=bob password=hunter2")
    'login user=bob password=[password]'
    >>> s.scrub({"user": "bob", "password": "hunter2", "tries": 3})
    {'user': 'bob', 'password': '[password]', 'tries': 3}
    """

    def __init__(self, policy: Policy | str | None = None) -> None:
        self.policy = as_policy(policy)
        rules = self.policy.rules()
        actions = self.policy.action_table(rules)
        self.detector = Detector(
            rules,
            min_confidence=self.policy.min_confidence,
            time_limit=self.policy.time_limit,
            known=self.policy.known(),
        )
        announced = [one.id for one in rules.rules if one.has_secret_group and one.category.startswith("secret.")]
        self.redactor = Redactor(actions, self.policy.key, self.policy.seal_key, announced)
        self.counts: Counter[str] = Counter()
        """How often each rule was redacted."""
        self.errors = self.redactor.errors
        """How often scrubbing failed and a marker was given instead, by kind of error."""
        self.observer: Callable[[Sequence[Match]], object] | None = None
        """Called with the matches of each redaction, in the thread that asked for it."""
        self._scan = self.detector.scan
        self._limit = self.policy.max_length

    def find(self, text: str) -> list[Match]:
        """Return what would be redacted in a text, with offsets in characters.

        Raises:
            TimeoutError: a rule took longer than the policy allows.

        >>> [(m.rule, m.start, m.end) for m in Scrubber().find("password=hunter2")]
        [('password', 9, 16)]
        """
        return self.detector.find(text)

    def scrub(self, value: Any) -> Any:
        """Return ``value`` with what is sensitive replaced: of the same shape; the same object if there was nothing.

        Args:
            value: text, bytes, a mapping, list, tuple, set, dataclass or named tuple, nested to any depth; numbers and
                other plain values are judged by the key they stand under; any other object is replaced by its scrubbed
                text if that holds something. It is never changed itself.
        """
        if type(value) is str:
            return self.scrub_text(value)
        from logscrub.structure import Walk

        try:
            return Walk(self).value(value)
        except Exception as error:
            return self.failed(error)

    def scrub_text(self, text: str) -> str:
        """Return a text with what is sensitive replaced: the same object if there was nothing.

        >>> Scrubber().scrub_text("GET /?token=9f6372d0dc189a222520aaade146d07c")
        'GET /?token=[token]'
        """
        try:
            if len(text) > self._limit:
                return self._long(text)
            data = text.encode("utf-8", "surrogatepass")
            hits = self._scan(data)
            if not hits:
                return text
            matches = self._confirm(data, hits)
            if not matches:
                return text
            return self._redact(data, matches).decode("utf-8", "surrogatepass")
        except Exception as error:
            return self.failed(error)

    def scrub_bytes(self, data: bytes) -> bytes:
        """Return bytes with what is sensitive replaced: the same object if there was nothing.

        >>> Scrubber().scrub_bytes(b"password=hunter2 \\xff")
        b'password=[password] \\xff'
        """
        try:
            if len(data) > self._limit:
                return self._long(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
            hits = self._scan(data)
            matches = self._confirm(data, hits) if hits else []
            return self._redact(data, matches) if matches else data
        except Exception as error:
            return self.failed(error).encode("ascii", "replace")

    def failed(self, error: BaseException) -> str:
        """Count a failure and return the marker for what could not be scrubbed; it never holds the message."""
        name = type(error).__name__
        self.errors[name] += 1
        return f"[logscrub: not shown ({name})]"

    def counted(self, matches: Sequence[Match]) -> None:
        """Count matches that are being redacted, and tell who observes."""
        counts = self.counts
        for match in matches:
            counts[match.rule] += 1
        if self.observer is not None:
            self.observer(matches)

    def _confirm(self, data: bytes, hits: list[tuple[int, int]]) -> list[Match]:
        if len(data) <= _SHORT:
            return self.detector.confirm(data, hits, grade=False)
        deadline = perf_counter() + self.policy.time_limit
        return self.detector.confirm(data, hits, grade=False, deadline=deadline)

    def _redact(self, data: bytes, matches: list[Match]) -> bytes:
        self.counted(matches)
        return self.redactor.settle(data, matches, self.detector.find_bytes)

    def _long(self, text: str) -> str:
        # Room for the note: what comes out is not too long itself.
        keep = max(0, self._limit - len(f"[logscrub: {len(text)} more characters not shown]"))
        low = max(0, keep - _CUT)
        edge = max(text.rfind(" ", low, keep), text.rfind("\n", low, keep))
        # Without white space to cut at, the end may hold half a secret: it goes.
        keep = edge if edge >= 0 else low
        return f"{self.scrub_text(text[:keep])}[logscrub: {len(text) - keep} more characters not shown]"


@lru_cache(maxsize=1)
def default_scrubber() -> Scrubber:
    """Return a shared scrubber with the default policy."""
    return Scrubber()
