"""Recognizers as packs name them: found, made, kept from the network and from logging."""

from __future__ import annotations

import difflib
import importlib
import inspect
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType, MethodType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from logscrub.errors import MissingExtraError, PackError

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

    from logscrub.rules.rule import Recognizer

_STOCK = "presidio_analyzer.predefined_recognizers"
_inside = threading.local()


def make(rule: Recognizer) -> EntityRecognizer:
    """Import and construct the recognizer a rule names.

    Args:
        rule: a ``[[presidio]]`` table. ``UsSsnRecognizer`` is one of Presidio's own, ``package.module:Name`` any class
            or object of a module that can be imported.

    Raises:
        MissingExtraError: Presidio is not installed.
        PackError: there is no such recognizer, or it cannot be made with the rule's ``options``.
    """
    try:
        from presidio_analyzer import EntityRecognizer
    except ImportError:
        raise MissingExtraError(f"rule {rule.id!r} of {rule.source}", "pii") from None
    found = _named(rule)
    if inspect.isclass(found) and issubclass(found, EntityRecognizer):
        options: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in rule.options
        }
        try:
            found = found(**options)
        except Exception as error:
            raise _refused(rule, f"cannot be made with these options: {type(error).__name__}: {error}") from error
    elif rule.options:
        raise PackError(rule.source, rule.id, "options", f"{rule.recognizer!r} is made already and takes none")
    if not isinstance(found, EntityRecognizer):
        raise _refused(rule, f"{rule.recognizer!r} is no recognizer of Presidio's")
    if not rule.trigger and not patterns(found):
        raise PackError(
            rule.source,
            rule.id,
            "trigger",
            f"is missing: {rule.recognizer!r} has no patterns that say where it can find something; "
            "give an expression that matches in all it finds",
        )
    keep_quiet()
    _keep_offline(found)
    return found


def patterns(recognizer: EntityRecognizer) -> list[Any]:
    """Return the patterns of a pattern recognizer, those of its deny-list among them; nothing for another one."""
    return list(getattr(recognizer, "patterns", None) or ())


def analyses_itself(recognizer: EntityRecognizer) -> bool:
    """Tell whether a recognizer does more with its patterns than a pattern recognizer does, or has none."""
    from presidio_analyzer import PatternRecognizer

    return getattr(type(recognizer), "analyze", None) is not PatternRecognizer.analyze


def _named(rule: Recognizer) -> Any:
    module, colon, name = rule.recognizer.partition(":")
    if not colon:
        module, name = _STOCK, rule.recognizer
    try:
        found: Any = importlib.import_module(module)
    except ImportError as error:
        raise _refused(rule, f"module {module!r} cannot be imported: {error}") from error
    for part in name.split("."):
        if not hasattr(found, part):
            known = [one for one in dir(found) if one.endswith("Recognizer")]
            close = difflib.get_close_matches(part, known, n=3)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise _refused(rule, f"{module} has no {part!r}{hint}")
        found = getattr(found, part)
    return found


def _refused(rule: Recognizer, problem: str) -> PackError:
    return PackError(rule.source, rule.id, "recognizer", problem)


class ReentryError(RuntimeError):
    """A recognizer logged while it was asked: what it logged cannot be judged by recognizers."""


@contextmanager
def asking() -> Iterator[None]:
    """Mark this thread as inside a recognizer: what Presidio logs there is dropped, for it may hold values.

    Raises:
        ReentryError: this thread is inside one.
    """
    if getattr(_inside, "now", False):
        raise ReentryError("a recognizer logged while it was asked")
    _inside.now = True
    try:
        yield
    finally:
        _inside.now = False


def _not_inside(record: logging.LogRecord) -> bool:
    return not getattr(_inside, "now", False)


def keep_quiet() -> None:
    """Let Presidio log nothing while this thread is :func:`asking`: it logs values."""
    # Adding the same filter twice adds it once.
    logging.getLogger("presidio-analyzer").addFilter(_not_inside)


def _keep_offline(recognizer: EntityRecognizer) -> None:
    """Let the checks of this one recognizer use the public suffix list that tldextract ships with.

    By itself it fetches the list over the network and keeps it in a file, from inside a check. Nobody else's use of
    tldextract changes.
    """
    for name in ("validate_result", "invalidate_result"):
        method = getattr(type(recognizer), name, None)
        if not isinstance(method, FunctionType):
            continue
        used = {one: _offline(method.__globals__[one]) for one in method.__code__.co_names if one in method.__globals__}
        changed = {one: value for one, value in used.items() if value is not None}
        if changed:
            function = FunctionType(
                method.__code__,
                {**method.__globals__, **changed},
                method.__name__,
                method.__defaults__,
                method.__closure__,
            )
            setattr(recognizer, name, MethodType(function, recognizer))


def _offline(value: Any) -> Any:
    """What stands in for tldextract, or for its ``extract``; None for anything else."""
    name = getattr(value, "__name__", "")
    if name == "tldextract" and inspect.ismodule(value):
        return SimpleNamespace(**{**vars(value), "extract": _extractor(value)})
    if name in ("extract", "__call__") and getattr(value, "__module__", "").startswith("tldextract"):
        return _extractor(importlib.import_module("tldextract"))
    return None


def _extractor(module: Any) -> Callable[..., Any]:
    made: Callable[..., Any] = module.TLDExtract(suffix_list_urls=(), cache_dir=None)
    return made
