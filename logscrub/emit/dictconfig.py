"""Parts for ``logging.config.dictConfig``, for services that want to scrub at chosen handlers only.

    >>> import logging.config
    >>> logging.config.dictConfig({
    ...     "version": 1,
    ...     "disable_existing_loggers": False,
    ...     "formatters": {"safe": {"()": "logscrub.ScrubFormatter", "format": "%(levelname)s %(message)s"}},
    ...     "filters": {"safe": {"()": "logscrub.ScrubFilter", "select": ["secret"]}},
    ...     "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "safe", "filters": ["safe"]}},
    ...     "loggers": {"shop": {"handlers": ["out"]}},
    ... })
    >>> logging.getLogger("shop").handlers.clear()

:func:`logscrub.install` covers what these cannot: handlers somebody else adds, exception hooks, errors
inside handlers.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal

from logscrub.emit.joining import telling
from logscrub.emit.neutral import neutral_errors, neutral_record
from logscrub.emit.record import Cleaner, marker
from logscrub.errors import ConfigError
from logscrub.model import Confidence, Severity
from logscrub.policy import Policy
from logscrub.scrubber import Scrubber


class ScrubFilter(logging.Filter):
    """A filter that lets every record of its name pass, scrubbed.

    From Python 3.12 the handler gets a scrubbed copy. Before, a filter cannot replace a record, so the record itself is
    changed, and handlers called later see it scrubbed too; the caller's arguments and exception are never changed.

    Args:
        name: as for ``logging.Filter``.
        policy: what to look for, or the name of a profile; the default policy if left out.
        options: a policy's fields instead, or on top of the profile, as a configuration file can write them.

    Raises:
        ConfigError: an option is wrong.

    >>> record = logging.makeLogRecord({"msg": "password=%s", "args": ("hunter2-correct-horse",)})
    >>> passed = ScrubFilter().filter(record)
    >>> safe = passed if isinstance(passed, logging.LogRecord) else record
    >>> "hunter2" in safe.getMessage()
    False
    """

    def __init__(self, name: str = "", policy: Policy | str | None = None, **options: Any) -> None:
        super().__init__(name)
        self._clean = Cleaner(Scrubber(_policy(policy, options)), _nothing, _nothing).clean

    def filter(self, record: logging.LogRecord) -> Any:
        """Let a record of the filter's name pass, scrubbed."""
        passed = super().filter(record)
        if not passed:
            return False
        safe = self._clean(record)
        if safe is record:
            return True
        if sys.version_info >= (3, 12):
            return safe
        record.__dict__.update(safe.__dict__)
        record.__class__ = type(safe)
        return True


class ScrubFormatter(logging.Formatter):
    """A formatter whose text is scrubbed, tracebacks and all.

    Args:
        fmt: as for ``logging.Formatter``, and so are ``datefmt``, ``style``, ``validate`` and ``defaults``.
        inner: the formatter that writes the text, or its configuration as in ``dictConfig``.
        neutralize: show line breaks and control characters of values as escapes.
        policy: what to look for, or the name of a profile; the default policy if left out.
        options: a policy's fields instead, or on top of the profile, as a configuration file can write them.

    Raises:
        ConfigError: an option is wrong.

    >>> record = logging.makeLogRecord({"msg": "password=%s", "args": ("hunter2-correct-horse",), "levelname": "INFO"})
    >>> "hunter2" in ScrubFormatter("%(levelname)s %(message)s").format(record)
    False
    >>> ScrubFormatter(inner={"format": "<%(levelname)s>"}).format(record)
    '<INFO>'
    """

    def __init__(
        self,
        fmt: str | None = None,
        datefmt: str | None = None,
        style: Literal["%", "{", "$"] = "%",
        validate: bool = True,
        *,
        defaults: Mapping[str, Any] | None = None,
        inner: logging.Formatter | Mapping[str, Any] | None = None,
        neutralize: bool = True,
        policy: Policy | str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(fmt, datefmt, style, validate, defaults=defaults)
        made: Any = inner
        if isinstance(inner, Mapping):
            from logging.config import DictConfigurator

            # Reading an item is what resolves "cfg://" and "ext://" in it; dict() would copy them as they are.
            resolved = {key: inner[key] for key in inner}
            made = DictConfigurator({"version": 1}).configure_formatter(resolved)
        self._format = super().format if made is None else made.format
        self._neutralize = neutralize
        scrubber = Scrubber(_policy(policy, options))
        self._scrub_text, self._scrub = scrubber.scrub_text, scrubber.scrub
        self._clean = Cleaner(scrubber, _nothing, _nothing).clean
        self._tells = telling(scrubber.detector.fields.lexicon.judge)
        # In place of this one, which is no formatter of the library's, one that writes the same.
        self._writer = logging.Formatter(fmt, datefmt, style, validate, defaults=defaults) if made is None else made

    def format(self, record: logging.LogRecord) -> str:
        """Write the record; scrub what was written."""
        try:
            text = self._written(record)
            clean = self._scrub_text(text) if type(text) is str else self._scrub(text)
            if self._neutralize and type(clean) is str and not clean.isprintable():
                safe = self._clean(record)
                neutral = neutral_record(safe)
                clean = clean if neutral is None else self._scrub_text(self._format(neutral))
                info = record.exc_info
                clean = neutral_errors(clean, info[1] if isinstance(info, tuple) else info, self._scrub_text)
            return clean
        except Exception as error:
            return marker(error)

    def _written(self, record: logging.LogRecord) -> Any:
        if not self._tells(self._writer, record):
            return self._format(self._clean(record))
        try:
            return self._format(record)
        except Exception:
            # The library would print the record as it is, to say that it cannot be formatted.
            safe = self._clean(record)
            if safe is record:
                raise
            return self._format(safe)


def _policy(policy: Policy | str | None, options: Mapping[str, Any]) -> Policy | str | None:
    """Make a policy of what a configuration file can write: lists for tuples, names for levels."""
    if not options:
        return policy
    if isinstance(policy, Policy):
        raise ConfigError(f"give either a policy or its fields, not both: {', '.join(options)}")
    known = {field.name for field in fields(Policy)}
    values: dict[str, Any] = {}
    for name, value in options.items():
        if name == "format":
            # dictConfig takes this error as the request to call the parameter "fmt".
            raise TypeError("unexpected keyword argument 'format'")
        if name not in known:
            raise ConfigError(f"no option is called {name!r}; there are {', '.join(sorted(known))}")
        level = {"min_severity": Severity, "min_confidence": Confidence}.get(name)
        if level is not None and isinstance(value, str):
            if value.upper() not in level.__members__:
                raise ConfigError(f"{name} is not one of {', '.join(map(str, level))}")
            value = level[value.upper()]
        values[name] = tuple(value) if isinstance(value, list) else value
    return Policy(**values) if policy is None else Policy.of(policy, **values)


def _nothing(*_: object) -> None:
    return None
