"""What can carry a value into a log: each channel makes a log record with canaries in another place."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from logscrub.emit.doctor.canaries import Canaries
from logscrub.errors import ConfigError

FILE = "logscrub-doctor"
"""What stands for the source file in the records of the doctor."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a log call is given.

    Attributes:
        text: what a reader sees of it; a policy that leaves it as it is lets its canaries out by choice.
    """

    text: Any
    msg: Any = "sign-in"
    args: tuple[Any, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    error: BaseException | None = None
    stack: str | None = None

    def record(self, logger: logging.Logger, level: int) -> logging.LogRecord:
        """Make the record as the logger does."""
        error = self.error
        info = (type(error), error, error.__traceback__) if error is not None else None
        return logger.makeRecord(
            logger.name,
            level,
            FILE,
            0,
            self.msg,
            self.args,
            info,
            "doctor",
            dict(self.extra),
            self.stack,
        )


class _SignIn:
    """An argument that shows what it holds."""

    def __init__(self, text: str) -> None:
        self._shown = text

    def __str__(self) -> str:
        return self._shown


def _message(canaries: Canaries) -> Load:
    text = f"signed in with {canaries.token}, paid with {canaries.card}, receipt to {canaries.email}"
    return Load(text, msg=text)


def _arguments(canaries: Canaries) -> Load:
    text, values = "password=%s pin=%d", (canaries.password, canaries.pin)
    return Load(text % values, msg=text, args=values)


def _mapping(canaries: Canaries) -> Load:
    text, values = "password=%(password)s pin=%(pin)d", {"password": canaries.password, "pin": canaries.pin}
    return Load(text % values, msg=text, args=(values,))


def _extra(canaries: Canaries) -> Load:
    nested = {"pin": canaries.pin, "tokens": [canaries.token]}
    extra = {"password": canaries.password, "logscrub_doctor": nested}
    return Load(extra, extra=extra)


def _object(canaries: Canaries) -> Load:
    text = f"<sign-in password={canaries.password} token {canaries.token}>"
    return Load(text, msg="request %s", args=(_SignIn(text),))


def _exception(canaries: Canaries) -> Load:
    text = f"password={canaries.password} refused"
    return Load(text, msg="failed", error=_raised(ValueError(text)))


def _cause(canaries: Canaries) -> Load:
    text = f"no session for {canaries.token}"
    return Load(text, msg="failed", error=_raised(RuntimeError("not signed in"), LookupError(text)))


def _note(canaries: Canaries) -> Load:
    text = f"with password={canaries.password}"
    error = ValueError("not signed in")
    error.add_note(text)
    return Load(text, msg="failed", error=_raised(error))


def _stack(canaries: Canaries) -> Load:
    line = f"sign_in(password={canaries.password!r})"
    return Load(line, stack=f'Stack (most recent call last):\n  File "{FILE}", line 1, in sign_in\n    {line}')


def _handler_error(canaries: Canaries) -> Load:
    text = "password=%s user=%s"
    return Load(f"password={canaries.password}", msg=text, args=(canaries.password,))


def _line_break(canaries: Canaries) -> Load:
    return Load("", msg="user=%s", args=(f"bob\n{canaries.line}",))


def _raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        if cause is None:
            raise error
        raise error from _raised(cause)
    except type(error) as caught:
        return caught


CHANNELS: dict[str, Callable[[Canaries], Load]] = {
    "message": _message,
    "arguments": _arguments,
    "mapping": _mapping,
    "extra": _extra,
    "object": _object,
    "exception": _exception,
    "cause": _cause,
    "note": _note,
    "stack": _stack,
    "handler-error": _handler_error,
    "line-break": _line_break,
}
"""The channels by their names: text, arguments and mapping of a message, added fields, an argument that shows what it
holds, the text, cause and notes of an exception, a stack, a record that cannot be formatted, a value of two lines."""

LINE_BREAK = "line-break"
ERRORS = ("exception", "cause", "note")


def chosen(names: Iterable[str] | None) -> tuple[str, ...]:
    """Return the names of the channels to use.

    Raises:
        ConfigError: there is no such channel.

    >>> chosen(["message"])
    ('message',)
    """
    if names is None:
        return tuple(CHANNELS)
    given = (names,) if isinstance(names, str) else tuple(names)
    for name in given:
        if name not in CHANNELS:
            raise ConfigError(f"channels: no channel is called {name!r}; there are {', '.join(CHANNELS)}")
    return given
