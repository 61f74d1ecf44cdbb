"""What redaction does with a match: a closed set of actions, and the markers they leave.

Markers never hold the value, are not found again by any rule, and keep JSON valid.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from logscrub.fingerprint import Fingerprinter, may_fingerprint
from logscrub.model import Match

if TYPE_CHECKING:
    from logscrub.seal import Sealer

ACTIONS = ("label", "partial", "token", "drop", "seal")
"""``label``: the rule's name. ``partial``: the name and what a standard lets you keep. ``token``: the name and a keyed
fingerprint, so that one user stays one user across lines. ``drop``: nothing, or an empty value where what comes next
would be taken for the value. ``seal``: the name and the value, encrypted for who has the key."""

# Beyond what gets no fingerprint: PCI DSS 3.3.1 does not want it kept in any form.
_TRACK = "financial.track-data"
_DIGIT = re.compile(rb"\d")
_DOMAIN = re.compile(rb"@([A-Za-z0-9.\-]{1,60})$")


_MOST_PASSES = 4
# What stands before a bare value that something announces: the end of its key, a separator, an option, a scheme.
_AWAITED = re.compile(
    rb"(?:[=:]|=>|->)[ \t]*\Z"
    rb"|(?:(?<![^\s\"'`(\[{,;|])--?[A-Za-z][\w\-]*|\b(?i:bearer|basic|token|apikey|digest|negotiate))[ \t]+\Z"
)
_IN_JSON = re.compile(rb"\"[ \t]*:[ \t]*\Z")
_PARAMETER = re.compile(rb"[?&][^\s?&;=:\"']*=\Z")
_LONGEST_KEY = 160
# Beside one of these no value begins or ends that could not be seen before.
_APART = frozenset(b" \t\r\n\"'`,;:=@/?&<>()[]{}|\\")


def _touches(data: bytes, match: Match) -> bool:
    return (match.start > 0 and data[match.start - 1] not in _APART) or (
        match.end < len(data) and data[match.end] not in _APART
    )


def _emptied(data: bytes, match: Match, announced: bool) -> bytes:
    """Return what stands for a value that is dropped: what comes behind it must not be read as the value in its place.

    Nothing where something says that the value ends there: quotes, tags, the sign before the next parameter. Single
    quotes everywhere else, since the value may stand in a string in double quotes itself.
    """
    before = data[max(0, match.start - _LONGEST_KEY) : match.start]
    if _IN_JSON.search(before) is not None:
        return b"null"
    if data[match.end : match.end + 1] == b"@" or _PARAMETER.search(before) is not None:
        return b""
    if _AWAITED.search(before) is not None or (announced and before[-1:] in (b" ", b"\t")):
        return b"''"
    return b""


def may_do(action: str, category: str) -> bool:
    """Tell whether an action may be done with values of a category; a label may take the place of one that may not.

    A token of what can be guessed is undone by trying, and sensitive authentication data must not be kept in any form.

    >>> may_do("token", "pii.email"), may_do("token", "secret.password"), may_do("seal", "financial.cvv")
    (True, False, False)
    """
    if action == "token":
        return may_fingerprint(category) and category != _TRACK
    if action == "seal":
        from logscrub.seal import may_seal

        return may_seal(category)
    return True


class Redactor:
    """Replaces matches by markers.

    Args:
        actions: the action for each rule id; a rule that is not named gets a label.
        key: the key for ``token``; without one tokens hold for this process only.
        seal_key: the key for ``seal``; without one, what should be sealed gets a label.
        announced: ids of rules whose values something else announces, as a command does its password: where such a
            value is dropped, the next word must not be taken for it.

    Raises:
        ConfigError: something is to be sealed, and ``cryptography`` is not installed or the key is too short.

    >>> from logscrub.model import Severity
    >>> match = Match("email", "pii.email", Severity.MEDIUM, 3, 18)
    >>> Redactor().apply(b"to bob@example.com now", [match])
    b'to [email] now'
    >>> Redactor({"email": "partial"}).apply(b"to bob@example.com now", [match])
    b'to [email:@example.com] now'
    """

    def __init__(
        self,
        actions: Mapping[str, str] | None = None,
        key: bytes | None = None,
        seal_key: bytes | None = None,
        announced: Collection[str] = (),
    ) -> None:
        self._actions = dict(actions or {})
        # By far the most markers are these.
        self._labels = {
            rule: b"[%b]" % rule.encode("ascii") for rule, action in self._actions.items() if action == "label"
        }
        self._announced = frozenset(announced)
        self._dropped = frozenset(rule for rule, action in self._actions.items() if action == "drop")
        self._fingerprinter = Fingerprinter(key)
        self._sealer: Sealer | None = None
        if seal_key is not None and "seal" in self._actions.values():
            from logscrub.seal import Sealer

            self._sealer = Sealer(seal_key)
        self.errors: Counter[str] = Counter()
        """How often a value could not be sealed and got a label instead, by kind of error."""

    def apply(self, data: bytes, matches: Iterable[Match]) -> bytes:
        """Return ``data`` with every match replaced.

        Args:
            data: the record.
            matches: matches in it, none overlapping another, by start, with offsets in bytes.
        """
        out = []
        position = 0
        for match in matches:
            out.append(data[position : match.start])
            marker = self.marker(match, data[match.start : match.end])
            out.append(marker or _emptied(data, match, bool(match.key) or match.rule in self._announced))
            position = match.end
        out.append(data[position:])
        return b"".join(out)

    def settle(self, data: bytes, matches: list[Match], find: Callable[[bytes], list[Match]]) -> bytes:
        """Return ``data`` with every match replaced, and whatever that uncovers.

        Where two values touch (``bob@example.com+1 212 555 0142``) the second is a value only once the first is gone.
        Where one is dropped, what stood around it comes together.

        Args:
            data: the record.
            matches: matches in it.
            find: finds the matches of a record.
        """
        for _ in range(_MOST_PASSES):
            clean = self.apply(data, matches)
            for match in matches:
                if match.rule in self._dropped or _touches(data, match):
                    break
            else:
                return clean
            matches = find(clean)
            if not matches:
                return clean
            data = clean
        return self.apply(data, matches)

    def marker(self, match: Match, raw: bytes) -> bytes:
        """Return what stands in the place of one match.

        Args:
            match: the match.
            raw: the bytes of its span.
        """
        label = self._labels.get(match.rule)
        if label is not None and not match.quote and b"\n" not in raw:
            return label
        # Lines are kept, so that line numbers after a key block still mean what they meant.
        lines = b"\n" * raw.count(b"\n")
        action = self._actions.get(match.rule, "label")
        if action == "drop":
            return b"null" if match.quote else lines
        quote = match.quote.encode("ascii")
        name = match.rule.encode("ascii")
        text = self._sealed(match, raw) if action == "seal" else None
        if text is None:
            detail = self._detail(action, match, raw)
            text = b"[" + name + b":" + detail + b"]" if detail else b"[" + name + b"]"
        return quote + text + quote + lines

    def _sealed(self, match: Match, raw: bytes) -> bytes | None:
        try:
            return self._sealer.of(match, raw) if self._sealer is not None else None
        except Exception as error:
            self.errors[type(error).__name__] += 1
            return None

    def _detail(self, action: str, match: Match, raw: bytes) -> bytes:
        if not may_fingerprint(match.category):
            return b""
        if action == "token":
            return self._fingerprinter.digest(raw).encode("ascii")
        if action != "partial":
            return b""
        if match.category == "financial.card":
            # PCI DSS 3.4.1 allows the first six and last four; the last four are enough to recognise a card.
            last = b"".join(_DIGIT.findall(raw)[-4:])
            return b"*" + last if last else b""
        domain = _DOMAIN.search(raw)
        return b"@" + domain.group(1) if domain and match.category == "pii.email" else b""
