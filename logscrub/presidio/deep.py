"""Names and places in prose, found by Presidio's analyzer with a language model: for files, for it takes milliseconds.

Models are looked for, never downloaded. What one misses or is not there for is said, so that nothing found is not taken
for nothing there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from logscrub.errors import ConfigError, MissingExtraError
from logscrub.model import Match, Severity
from logscrub.presidio.bridge import confidence_of
from logscrub.presidio.recognizers import asking, keep_quiet

if TYPE_CHECKING:
    from types import ModuleType


class Entity(NamedTuple):
    """What a kind of entity is reported as."""

    id: str
    title: str
    category: str
    severity: Severity
    words: str


ENTITIES = {
    "PERSON": Entity("presidio-person", "Name of a person", "pii.name", Severity.MEDIUM, "names"),
    "LOCATION": Entity("presidio-location", "Place or address", "pii.location", Severity.LOW, "addresses"),
    "NRP": Entity(
        "presidio-nrp", "Nationality, religion or politics", "pii.belief", Severity.MEDIUM, "nationality and religion"
    ),
}
# What is missed where a model does not know it. A model for NRP is asked for by nobody who does not know that.
_EXPECTED = ("PERSON", "LOCATION")
_LEAST_WORDS = 3
_CACHE = 65536
# Words and numbers with a blank between them, as many as a model likes to read at once.
_WORD = r"[^\W\d_]+(?:['’.\-][^\W\d_]+)*"
_PROSE = re.compile(rf"(?<!\w){_WORD}(?:[,;:.!?)]? \(?(?:{_WORD}|\d[\d.,:]*)){{2,400}}")
_REAL_WORD = re.compile(r"[^\W\d_]{2,}")
_DIGIT = re.compile(r"\d")
_BYTES_WITHOUT_DIGITS = bytes.maketrans(b"123456789", b"000000000")
# Models of one language, the best first.
_SIZES = ("trf", "lg", "md", "sm")


class Deep:
    """Finds names and places in lines of text.

    Args:
        model: name of an installed spaCy model, or the directory of one; without it, the best one that is installed for
            the language.
        language: two letters (``en``).

    Raises:
        MissingExtraError: Presidio is not installed.
        ConfigError: the model that is named cannot be loaded.
    """

    def __init__(self, model: str = "", language: str = "en") -> None:
        try:
            import presidio_analyzer
            import spacy
        except ImportError:
            raise MissingExtraError("scanning for names and addresses in free text", "pii") from None
        self.not_checked: tuple[str, ...] = ()
        """What is not looked for, and why, in words."""
        self.titles = {entity.id: entity.title for entity in ENTITIES.values()}
        """What its findings are called, by the ids they have in place of a rule's."""
        self._language = language
        self._analyzer: Any = None
        self._lines: dict[bytes, tuple[tuple[int, int, str, float], ...]] = {}
        keep_quiet()
        self._entities = lru_cache(_CACHE)(self._ask)
        found = model or _installed(spacy, language)
        if not found:
            others = ", ".join(sorted(spacy.util.get_installed_models()))
            there = f"none for {language!r}, only {others}" if others else "no language model installed"
            self.not_checked = (
                f"names and addresses in free text: not checked: {there}; install one "
                f"(python -m spacy download {_example(language)}) or name one with --deep-model",
            )
            return
        if not spacy.util.is_package(found) and not os.path.isdir(found):
            raise ConfigError(f"--deep-model {found!r} is neither an installed spaCy model nor a directory")
        self._load(presidio_analyzer, found)

    def _load(self, presidio: ModuleType, model: str) -> None:
        from presidio_analyzer.nlp_engine import SpacyNlpEngine
        from presidio_analyzer.predefined_recognizers import SpacyRecognizer

        language = self._language
        engine = SpacyNlpEngine(models=[{"lang_code": language, "model_name": model}])
        try:
            engine.load()
        except (OSError, ValueError, ImportError) as error:
            raise ConfigError(f"--deep-model {model!r} cannot be loaded: {error}") from None
        pipeline = engine.nlp[language]
        mapping = engine.ner_model_configuration.model_to_presidio_entity_mapping
        known = {mapping.get(label, label) for labels in pipeline.pipe_labels.values() for label in labels}
        missing = [ENTITIES[name].words for name in _EXPECTED if name not in known]
        if missing:
            self.not_checked = (
                f"{' and '.join(missing)} in free text: not checked: the language model {model} does not know them",
            )
        recognizer = SpacyRecognizer(supported_language=language, supported_entities=list(ENTITIES))
        registry = presidio.RecognizerRegistry(recognizers=[recognizer], supported_languages=[language])
        self._analyzer = presidio.AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=[language])

    def records(self, data: bytes) -> Iterator[tuple[int, list[Match]]]:
        """Yield the offset of every line in which there is something, and the matches in it, by start.

        Lines that differ in digits only are judged once: by then their digits are zeros.
        """
        if self._analyzer is None:
            return
        start = 0
        for line in data.split(b"\n"):
            masked = line.translate(_BYTES_WITHOUT_DIGITS)
            spans = self._lines.get(masked)
            if spans is None:
                if len(self._lines) >= _CACHE:
                    self._lines.clear()
                spans = self._lines[masked] = tuple(self._spans(masked))
            if spans:
                yield start, [_match(*span) for span in spans]
            start += len(line) + 1

    def _spans(self, line: bytes) -> Iterator[tuple[int, int, str, float]]:
        text = line.decode("utf-8", "surrogateescape")
        for prose in _PROSE.finditer(text):
            piece = _DIGIT.sub("0", prose[0])
            if len(_REAL_WORD.findall(piece)) < _LEAST_WORDS:
                continue
            before = len(text[: prose.start()].encode("utf-8", "surrogateescape"))
            for start, end, entity, score in self._entities(piece):
                at = before + len(piece[:start].encode("utf-8"))
                yield at, at + len(piece[start:end].encode("utf-8")), entity, score

    def _ask(self, text: str) -> tuple[tuple[int, int, str, float], ...]:
        with asking():
            results = self._analyzer.analyze(text, language=self._language, entities=list(ENTITIES))
        # A clock time passes for a person: nothing with a digit in it is one.
        return tuple(
            sorted(
                (one.start, one.end, one.entity_type, one.score)
                for one in results
                if "0" not in text[one.start : one.end]
            )
        )


def _match(start: int, end: int, entity: str, score: float) -> Match:
    kind = ENTITIES[entity]
    return Match(kind.id, kind.category, kind.severity, start, end, confidence_of(score))


def _installed(spacy: ModuleType, language: str) -> str:
    models = [name for name in spacy.util.get_installed_models() if name.startswith(f"{language}_")]
    order = {size: place for place, size in enumerate(_SIZES)}
    return min(models, key=lambda name: (order.get(name.rpartition("_")[2], len(order)), name), default="")


def _example(language: str) -> str:
    return "en_core_web_sm" if language == "en" else f"{language}_core_news_sm"
