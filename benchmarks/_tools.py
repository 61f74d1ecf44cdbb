"""The detectors that are compared: logscrub and its peers, behind one small interface."""

from __future__ import annotations

import contextlib
import importlib.metadata
import logging
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from logscrub import Policy, Scrubber, __version__  # noqa: E402
from logscrub.rules import Rule  # noqa: E402


class Found(NamedTuple):
    """What a tool says of a text.

    Attributes:
        start, end: the sensitive part, in characters.
        rule: what the tool calls it.
        secret: it is a secret, not personal data.
        specific: the value gives itself away (a shape); a key name or mere randomness did not.
        keyed: it stands under a key name that says it is a secret, whatever else gives it away.
    """

    start: int
    end: int
    rule: str
    secret: bool
    specific: bool
    keyed: bool = False


class Tool(Protocol):
    """A detector."""

    name: str
    version: str

    def find(self, text: str) -> list[Found]:
        """Return what it finds in a text."""

    def count(self, lines: Sequence[str]) -> tuple[Counter[str], int]:
        """Return how often it finds what in the lines of a log, and on how many of them it finds something."""


def _count(find: Callable[[str], list[Found]], lines: Iterable[str]) -> tuple[Counter[str], int]:
    rules: Counter[str] = Counter()
    touched = 0
    for line in lines:
        found = find(line)
        touched += bool(found)
        rules.update(one.rule for one in found)
    return rules, touched


class Logscrub:
    """logscrub under a policy that selects so much."""

    def __init__(self, *select: str, name: str = "logscrub") -> None:
        self.name = name
        self.version = __version__
        # Generous: on a busy machine a long text must not count as a miss.
        self._scrubber = Scrubber(Policy(select=select, time_limit=30.0))
        self.rules = {rule.id: rule for rule in self._scrubber.detector.rules.everything()}

    def find(self, text: str) -> list[Found]:
        """Return what it finds in a text."""
        return [
            Found(
                match.start,
                match.end,
                match.rule,
                match.category.startswith("secret."),
                isinstance(self.rules.get(match.rule), Rule),
                bool(match.key),
            )
            for match in self._scrubber.find(text)
        ]

    def count(self, lines: Sequence[str]) -> tuple[Counter[str], int]:
        """Count findings, line by line."""
        return _count(self.find, lines)


class DetectSecrets:
    """detect-secrets with all its plugins and default filters, scanning files.

    Not its scan of ad hoc strings, which reports values below the entropy limit too, for a person to judge.
    """

    # Its plugins that judge a value by the name it stands under, or by its entropy.
    _UNSPECIFIC = frozenset({"Secret Keyword", "Base64 High Entropy String", "Hex High Entropy String"})
    name = "detect-secrets"

    def __init__(self) -> None:
        from detect_secrets.core.scan import scan_file
        from detect_secrets.settings import default_settings

        self.version = importlib.metadata.version("detect-secrets")
        self._scan_file = scan_file
        self._open = contextlib.ExitStack()
        folder = self._open.enter_context(tempfile.TemporaryDirectory(prefix="logscrub-bench-"))
        self._open.enter_context(default_settings())
        self._file = Path(folder, "text.log")

    def find(self, text: str) -> list[Found]:
        """Return what it finds in a file that holds the text."""
        lines = text.split("\n")
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        out = []
        for secret in self._scan(lines):
            number = secret.line_number - 1
            line, value = lines[number], secret.secret_value or ""
            at = line.find(value)
            start, end = (at, at + len(value)) if value and at >= 0 else (0, len(line))
            kind = secret.type
            found = Found(starts[number] + start, starts[number] + end, kind, True, kind not in self._UNSPECIFIC)
            out.append(found._replace(secret=not kind.startswith("Public IP")))
        return out

    def count(self, lines: Sequence[str]) -> tuple[Counter[str], int]:
        """Count findings, each value once a line."""
        found = {(secret.type, secret.line_number, secret.secret_hash) for secret in self._scan(lines)}
        return Counter(kind for kind, _, _ in found), len({line for _, line, _ in found})

    def _scan(self, lines: Sequence[str]) -> list[Any]:
        # Python splits lines at more characters than a line feed; here a line is what ends with one.
        text = "\n".join(lines).replace("\r", " ")
        self._file.write_text(text, "utf-8", errors="replace", newline="\n")
        return list(self._scan_file(str(self._file)))


class Presidio:
    """Presidio's AnalyzerEngine without a language model: pattern recognizers, and words by a regular expression.

    Args:
        everything: all pattern recognizers it has, of every country and language; else those that are on by default.
    """

    name = "Presidio"

    def __init__(self, *, everything: bool = False) -> None:
        # Without this the first e-mail address it sees makes it fetch a list from the network.
        os.environ["TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS"] = ""
        import presidio_analyzer.predefined_recognizers as predefined
        import tldextract
        from presidio_analyzer import AnalyzerEngine, PatternRecognizer, RecognizerRegistry
        from presidio_analyzer.predefined_recognizers import PhoneRecognizer

        tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
        tldextract.extract = tldextract.tldextract.TLD_EXTRACTOR
        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
        self.version = importlib.metadata.version("presidio-analyzer")
        self._entities: dict[str, bool] = {}
        registry = RecognizerRegistry(supported_languages=["en"])
        if everything:
            kinds = {kind for kind in vars(predefined).values() if isinstance(kind, type)}
            for kind in sorted(kinds, key=lambda kind: kind.__name__):
                if issubclass(kind, PatternRecognizer) and kind is not PatternRecognizer:
                    registry.add_recognizer(kind(supported_language="en"))  # type: ignore[call-arg]
            registry.add_recognizer(PhoneRecognizer(supported_language="en"))
        else:
            registry.load_predefined_recognizers(languages=["en"])
        self._engine = AnalyzerEngine(registry=registry, nlp_engine=_words(), supported_languages=["en"])

    def find(self, text: str) -> list[Found]:
        """Return what it finds in a text."""
        results = self._engine.analyze(text=text, language="en")
        return [Found(one.start, one.end, one.entity_type, False, True) for one in results]

    def count(self, lines: Sequence[str]) -> tuple[Counter[str], int]:
        """Count findings, line by line."""
        return _count(self.find, lines)


def _words() -> Any:
    """Return an NLP engine that knows words only: enough for the context words of recognizers."""
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

    class Words(NlpEngine):  # type: ignore[misc]
        def load(self) -> None:
            """Nothing to load."""

        def is_loaded(self) -> bool:
            return True

        def process_text(self, text: str, language: str) -> NlpArtifacts:
            words = list(re.finditer(r"\w+|[^\w\s]", text))
            tokens = [word[0] for word in words]
            return NlpArtifacts(
                entities=[],
                tokens=tokens,
                tokens_indices=[word.start() for word in words],
                lemmas=[token.lower() for token in tokens],
                nlp_engine=self,
                language=language,
            )

        def process_batch(self, texts: Iterable[str], language: str, **_: Any) -> Any:
            return ((text, self.process_text(text, language)) for text in texts)

        def is_stopword(self, word: str, language: str) -> bool:
            return False

        def is_punct(self, word: str, language: str) -> bool:
            return not word[:1].isalnum()

        def get_supported_entities(self) -> list[str]:
            return []

        def get_supported_languages(self) -> list[str]:
            return ["en"]

    return Words()
