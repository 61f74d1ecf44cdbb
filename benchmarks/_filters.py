"""The filters that are compared: each the way its own documentation puts it into a service."""

from __future__ import annotations

import importlib
import importlib.metadata
import logging
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

TOKEN = "ghp_" + "q8Zt3LbN0vXc5RmK1sYw7HdJ4fGpEa" + "1nSDlj"  # its last six characters are its checksum
EMAIL = "jane.roe@" + "example-mail.com"
PASSWORD = "Tr0ub4dor" + "-3xyz"  # in a text, after its name
KEYED = "c0rrect" + "-H0rse-91"  # in a structure, under its name
PIN = 839_204  # in a structure, under its name, a number


class Parts(NamedTuple):
    """What a tool has for a service; ``None`` where it has nothing.

    Attributes:
        start: called once, when the service starts.
        handler: called with each handler the service sets up when it starts.
        patcher: a patcher for loguru.
        processor: a processor for structlog, to stand right before the renderer.
        rendered: what is done to the text a renderer of structlog returns.
        everywhere: ``start`` is for all libraries.
    """

    start: Callable[[], object] | None = None
    handler: Callable[[logging.Handler], object] | None = None
    patcher: Callable[[Any], None] | None = None
    processor: Callable[[Any, str, Any], Any] | None = None
    rendered: Callable[[str], str] | None = None
    everywhere: bool = False

    def has(self, library: str) -> bool:
        """Tell whether it has anything for ``"logging"``, ``"loguru"`` or ``"structlog"``."""
        own = {
            "logging": (self.handler,),
            "loguru": (self.patcher,),
            "structlog": (self.processor, self.rendered),
        }
        return self.everywhere or library not in own or any(own[library])


class Filter(NamedTuple):
    """A tool: where it comes from, how it is used here, and how to make its parts."""

    package: str
    how: str
    parts: Callable[[], Parts]

    def version(self) -> str:
        """Return the version that is installed."""
        return importlib.metadata.version(self.package) if self.package else ""


def _each(change: Callable[[Any], Any], record: Any) -> None:
    """Change what of a record of loguru is text or comes from the application."""
    record["message"] = change(record["message"])
    for name, value in record["extra"].items():
        record["extra"][name] = change(value)


def _filtering(made: logging.Filter, value: Callable[[Any], Any] | None = None) -> Parts:
    """Return the parts of a tool that is a filter of ``logging``, and may have a function for any value."""
    if value is None:
        return Parts(handler=lambda handler: handler.addFilter(made))
    return Parts(
        handler=lambda handler: handler.addFilter(made),
        patcher=lambda record: _each(value, record),
        processor=lambda logger, name, event: value(event),
    )


class _Masking(logging.Formatter):
    """Masks the line another formatter has finished."""

    def __init__(self, inner: logging.Formatter, mask: Callable[[str], str]) -> None:
        super().__init__()
        self._inner, self._mask = inner, mask

    def format(self, record: logging.LogRecord) -> str:
        """Write the line, then mask it."""
        return self._mask(self._inner.format(record))


def _masking(mask: Callable[[str], str]) -> Parts:
    """Return the parts of a tool that is a function of a text: it is given finished lines, the most it can get."""

    def change(value: Any) -> Any:
        return mask(value) if isinstance(value, str) else value

    return Parts(
        handler=lambda handler: handler.setFormatter(_Masking(handler.formatter or logging.Formatter(), mask)),
        patcher=lambda record: _each(change, record),
        rendered=mask,
    )


def _nothing() -> Parts:
    for name in ("loguru", "structlog"):
        importlib.import_module(name)  # once, not in each process; for logscrub it is part of what is shown
    return Parts(everywhere=True)


def _logscrub() -> Parts:
    import logscrub

    logscrub.install().uninstall()  # loads the rules once, not in each process
    return Parts(start=logscrub.install, everywhere=True)


def _oslo() -> Parts:
    from oslo_utils.strutils import mask_password

    return _masking(mask_password)


def _airflow() -> Parts:
    from airflow.sdk._shared.secrets_masker import secrets_masker as module

    masker = module._secrets_masker()
    masker.sensitive_variables_fields = list(module.DEFAULT_SENSITIVE_FIELDS)
    masker.enable_log_masking()
    for value in (TOKEN, EMAIL, PASSWORD, KEYED):
        masker.add_mask(value)
    return _filtering(masker, masker.redact)


def _litellm() -> Parts:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    from litellm._logging import SecretRedactionFilter, redact_string

    return _masking(redact_string)._replace(handler=_filtering(SecretRedactionFilter()).handler)


def _redact_secret() -> Parts:
    from redact_secret import scan_and_redact
    from redact_secret_adapters import mask_secrets_with
    from redact_secret_adapters.logging_filter import RedactSecretFilter

    made = RedactSecretFilter(pii=["pii:global"], extra_fields=["password", "pin", "context"])
    return _filtering(made, lambda value: mask_secrets_with(scan_and_redact, value))


def _patterns() -> list[re.Pattern[str]]:
    return [re.compile(one) for one in (r"ghp_\w{36}", r"[\w.]+@[\w.-]+", r"(?<=password=)[\w-]+")]


def _loggingredactor() -> Parts:
    from loggingredactor import CommonPIIRedactingFilter

    return _filtering(CommonPIIRedactingFilter(mask_patterns=_patterns(), mask_keys={"password", "pin"}))


def _logredactor() -> Parts:
    from logredactor import RedactingFilter

    return _filtering(RedactingFilter(_patterns()))


def _log_redactor() -> Parts:
    from log_redactor.formatters import RedactingFormatter

    def wrap(handler: logging.Handler) -> None:
        handler.setFormatter(
            RedactingFormatter(handler.formatter or logging.Formatter(), [TOKEN, EMAIL, PASSWORD, KEYED])
        )

    return Parts(handler=wrap)


def _maskerlogger() -> Parts:
    from maskerlogger import MaskerFormatter, MaskerFormatterJson

    def put(handler: logging.Handler) -> None:
        inner = handler.formatter
        fmt = (inner._fmt if inner else None) or "%(message)s"
        plain = type(inner) in (type(None), logging.Formatter)
        handler.setFormatter((MaskerFormatter if plain else MaskerFormatterJson)(fmt))

    return Parts(handler=put)


def _logfire() -> Parts:
    from logfire._internal.scrubbing import Scrubber

    scrubber = Scrubber(None)

    def value(thing: Any) -> Any:
        return scrubber.scrub_value(("attributes",), thing)[0]

    return _masking(value)._replace(processor=lambda logger, name, event: value(event), rendered=None)


def _scrubadub() -> Parts:
    import scrubadub

    return _masking(scrubadub.Scrubber().clean)


def _datafog() -> Parts:
    import datafog

    return _masking(lambda text: datafog.redact(text).redacted_text)


def _sentry() -> Parts:
    from sentry_sdk.scrubber import EventScrubber

    scrubber = EventScrubber(recursive=True)

    class Fields(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            scrubber.scrub_dict(record.__dict__)
            return True

    def processor(logger: Any, name: str, event: Any) -> Any:
        scrubber.scrub_dict(event)
        return event

    return Parts(
        handler=lambda handler: handler.addFilter(Fields()),
        patcher=lambda record: scrubber.scrub_dict(record["extra"]),
        processor=processor,
    )


def _pii_redactor() -> Parts:
    from pii_redactor.pii_redactor import PIIRedactor

    redactor = PIIRedactor()
    return _masking(lambda text: redactor.redact_text(text, redactor.detect_pii(text)))


_LINE = (
    "given every finished line by a formatter, what the renderer of structlog returns, and, by a patcher of loguru, the "
    "message and the texts in `extra`"
)

FILTERS: dict[str, Filter] = {
    "no filter": Filter("", "", _nothing),
    "logscrub": Filter("logscrub", "`logscrub.install()` and nothing else", _logscrub),
    "oslo.utils": Filter("oslo.utils", f"`mask_password`, {_LINE}", _oslo),
    "airflow": Filter(
        "apache-airflow-task-sdk",
        "`SecretsMasker` as the filter of every handler, `redact` as patcher and processor; masking enabled, default "
        "sensitive names, **every planted text registered beforehand**",
        _airflow,
    ),
    "litellm": Filter(
        "litellm",
        "`SecretRedactionFilter` on every handler; `redact_string` as patcher and last processor",
        _litellm,
    ),
    "redact-secret": Filter(
        "redact-secret-adapters",
        "`RedactSecretFilter` on every handler, with personal data on and the names of the planted extra fields given; "
        "`mask_secrets_with` as patcher and processor",
        _redact_secret,
    ),
    "loggingredactor": Filter(
        "loggingredactor",
        "`CommonPIIRedactingFilter` on every handler, **given expressions and names that match what is planted**",
        _loggingredactor,
    ),
    "logredactor": Filter(
        "logredactor",
        "`RedactingFilter` on every handler, **given expressions that match what is planted**",
        _logredactor,
    ),
    "log-redactor": Filter(
        "log-redactor", "`RedactingFormatter` around every formatter, **given the planted texts**", _log_redactor
    ),
    "maskerlogger": Filter(
        "maskerlogger", "`MaskerFormatter` or `MaskerFormatterJson` as the formatter of every handler", _maskerlogger
    ),
    "logfire": Filter(
        "logfire",
        f"the scrubber of its exporter, `scrub_value`, {_LINE}; it replaces a whole text, so most records are lost",
        _logfire,
    ),
    "scrubadub": Filter("scrubadub", f"`Scrubber().clean`, {_LINE}", _scrubadub),
    "datafog": Filter("datafog", f"`redact` with its default engine, {_LINE}", _datafog),
    "sentry-sdk": Filter(
        "sentry-sdk",
        "`EventScrubber(recursive=True)`, which is made for events sent to Sentry: given the attributes of the record, "
        "the extra fields of loguru, the event of structlog",
        _sentry,
    ),
    "pii-redactor": Filter("pii_redactor", f"`PIIRedactor`, {_LINE}", _pii_redactor),
}
