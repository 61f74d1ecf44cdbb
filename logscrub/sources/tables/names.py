"""What the name of a column says: of the values in it, and of the record that a row is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from logscrub.detect.context import context_expression
from logscrub.detect.keys import KeyVerdict
from logscrub.model import Confidence, Match
from logscrub.rules.rule import Field

if TYPE_CHECKING:
    from logscrub.detect import Detector

_LONGEST = 120

ROLES = {
    role: names.split()
    for role, names in {
        "time": "@timestamp timestamp ts time eventtime event_time datetime @t _time asctime logged_at log_time date "
        "created_at created received_at ingestion_time starttime start_time __realtime_timestamp",
        "level": "level severity log_level loglevel levelname severity_text severitytext log.level lvl priority",
        "component": "logger logger_name loggername component service service_name service.name servicename app "
        "application program container container_name kubernetes.container_name unit process process_name module "
        "source category",
        "host": "host hostname host_name host.name node node_name instance machine computer server kubernetes.host",
        "request": "request_id requestid req_id reqid x_request_id trace_id traceid trace.id correlation_id "
        "correlationid trace http.request_id transaction_id",
    }.items()
}
"""The columns of a row that say what a finding tells of it, the most telling first, in small letters."""


@dataclass(frozen=True)
class Name:
    """The name that values stand under, and what it says of them.

    Attributes:
        text: the name; empty for the table itself.
        verdict: what the key lexicon says of it.
        context: a rule looks for it before values.
    """

    text: str = ""
    verdict: KeyVerdict | None = None
    context: bool = False

    @property
    def telling(self) -> bool:
        """Whether a value means more under this name than by itself."""
        return self.verdict is not None or self.context


class Names:
    """The names of a table, judged by the rules of a detector."""

    def __init__(self, detector: Detector) -> None:
        self._lexicon = detector.fields.lexicon
        words = dict.fromkeys(word for rule in detector.rules.rules if rule.needs_context for word in rule.context)
        self._context = context_expression(words) if words else None
        self._known: dict[tuple[Name, str], Name] = {}

    def under(self, outer: Name, text: str) -> Name:
        """Return the name of a value in a structure that stands under another name.

        Names are judged as in any structure that is logged: what is in a container of secrets may be one, and two names
        may make the name of a secret (``session.id``).
        """
        if len(self._known) > 10_000:
            self._known.clear()
        name = self._known.get((outer, text))
        if name is None:
            name = self._known[outer, text] = self._judge(outer, text)
        return name

    def _judge(self, outer: Name, text: str) -> Name:
        lexicon = self._lexicon
        text = " ".join(text.split())[:_LONGEST]
        verdict = lexicon.judge(text)
        if verdict is None and outer.verdict is not None:
            inside = lexicon.inside(outer.verdict, outer.text, text)
            return Name(outer.text, inside) if inside is not None else Name(text)
        if verdict is None and outer.text and text:
            joined = lexicon.judge(f"{outer.text}_{text}")
            if joined is not None and joined.sure and joined.field.category.startswith("secret."):
                verdict = joined
        said = text.encode("utf-8", "replace") + b": "
        return Name(text, verdict, self._context is not None and self._context.search(said) is not None)


class NamedValues:
    """Judges values that are held apart from their name.

    Args:
        detector: the rules.
        name: a telling one.
        quoted: whether the values are text, rather than numbers.
    """

    def __init__(self, detector: Detector, name: Name, *, quoted: bool) -> None:
        self._detector = detector
        self._name = name
        self._quoted = quoted
        self._before = name.text.encode("utf-8", "replace") + b": "

    def find(self, raw: bytes) -> list[Match]:
        """Return the matches in a value: its own, those of rules that ask for the name, and what the name says.

        Raises:
            TimeoutError: a rule's expression took longer than the time limit.
        """
        detector, verdict, before = self._detector, self._name.verdict, len(self._before)
        matches = detector.find_bytes(raw) if self._quoted else []
        if self._name.context:
            matches += [
                match._replace(start=match.start - before, end=match.end - before)
                for match in detector.find_bytes(self._before + raw)
                if match.start >= before and not self._is_field(match.rule)
            ]
        if verdict is not None:
            span = detector.fields.judge_value(verdict, raw, quoted=self._quoted)
            if span is not None:
                known = verdict.field
                sure = known.confidence if verdict.sure else Confidence.LOW
                matches.append(Match(known.id, known.category, known.severity, *span, sure, self._name.text))
        return detector.finish(raw, matches)

    @lru_cache(maxsize=256)  # noqa: B019 (as short-lived as the few rules it remembers)
    def _is_field(self, rule: str) -> bool:
        try:
            return isinstance(self._detector.rule(rule), Field)
        except KeyError:
            return False
