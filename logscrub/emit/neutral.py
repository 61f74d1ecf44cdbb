"""Control characters shown as escapes, so that no value forges a line of a log or commands the terminal it is read on.

CWE-117; OWASP Logging Cheat Sheet, "Event collection"; the bidirectional controls are those of the Unicode property
``Bidi_Control`` (UAX #9), used to show text in another order than it has (CVE-2021-42574).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from logscrub.emit.record import alike

_CONTROLS = (
    *range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, 0x2028, 0x2029,
    *range(0x202A, 0x202F), *range(0x2066, 0x206A),
)  # fmt: skip


def _escape(code: int) -> str:
    return {10: "\\n", 13: "\\r"}.get(code) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


_BUT_LINES = {code: _escape(code) for code in _CONTROLS}
_ASCII = bytes([10, *(code for code in _CONTROLS if code < 128)])
_ALL = {10: _escape(10), **_BUT_LINES}
# Beyond ASCII much is not printable to Python that harms nobody, such as the wide space of Japanese.
_ANY = re.compile(f"[{re.escape(''.join(map(chr, _ALL)))}]")
_FLUSH_LEFT = re.compile(r"\n(?=[^ \t\n])")
_INDENT = "\n    "
_TRACEBACK = "Traceback (most recent call last):"


def one_line(text: str) -> bool:
    r"""Tell, fast, whether a text is one line without any control character but the tab.

    >>> one_line("user\tbob"), one_line("a\nb"), one_line("a\u202eb")
    (True, False, False)
    """
    if text.isascii():
        data = text.encode()
        return len(data.translate(None, _ASCII)) == len(data)
    return text.isprintable() or _ANY.search(text) is None


def escaped(text: str) -> str:
    r"""Return a value on one line, with no control character but the tab.

    >>> escaped("bob\n2026-01-01 INFO root logged in\x1b[2J")
    'bob\\n2026-01-01 INFO root logged in\\x1b[2J'
    """
    return text if one_line(text) else text.translate(_ALL)


def indented(text: str) -> str:
    r"""Return a text whose lines after the first are indented, so that none of them looks like a record's first line.

    Lines that are indented already stay as they are; other control characters are escaped.

    >>> indented("config:\n  a: 1\nb: 2")
    'config:\n  a: 1\n    b: 2'
    """
    if one_line(text):
        return text
    return _FLUSH_LEFT.sub(_INDENT, text.replace("\r\n", "\n").translate(_BUT_LINES))


def neutral_record(record: logging.LogRecord) -> logging.LogRecord | None:
    """Return a copy of a record whose message and added fields hold no control characters; ``None`` if they hold none.

    Line breaks in arguments and added fields are escaped; those the template has itself, which are the author's, are
    kept and the lines after them indented. So is a traceback that is given as an argument.
    """
    new: dict[str, Any] = {}
    values = record.__dict__
    message = record.getMessage()
    if not one_line(message) and not isinstance(record.msg, dict):
        args = values.get("args")
        safe = _safe_args(args) if args else args
        try:
            if safe is not args:
                message = alike(type(record), {**values, "args": safe}).getMessage()
        except Exception:
            message = escaped(message)
        message = indented(message)
        new.update(msg=message, args=())
    for name, value in values.items():
        if type(value) is str and name not in _TEXTS and not one_line(value):
            new[name] = escaped(value)
    if not new:
        return None
    if "msg" in new:
        new.pop("message", None)
    copy = alike(type(record), {**values, **new})
    if type(copy).getMessage is not logging.LogRecord.getMessage:
        copy.__class__ = logging.LogRecord
    return copy


# Of several lines by nature; the message is done by itself.
_TEXTS = frozenset({"msg", "message", "exc_text", "stack_info"})


def neutral_errors(text: str, error: object, shown: Callable[[str], str] = str) -> str:
    r"""Return a traceback in which the texts of the exceptions have their lines indented.

    Args:
        text: the traceback, or a text that holds it.
        error: the exception.
        shown: what has been done to the texts of exceptions before they came into the text.

    >>> neutral_errors("ValueError: no\nERROR forged", ValueError("no\nERROR forged"))
    'ValueError: no\n    ERROR forged'
    """
    seen: set[int] = set()
    waiting = [error]
    while waiting and len(seen) < 50:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        try:
            text = _neutral_part(text, shown(str(one)))
            notes = one.__dict__.get("__notes__") or ()
            for note in notes if isinstance(notes, (list, tuple)) else ():
                own = shown(str(note))
                # It stands by itself on a line, so already its first one may look like a record.
                text = _neutral_part(text.replace(f"\n{own}", f"{_INDENT}{own}"), own)
        except Exception:  # noqa: S112 - what cannot be shown is not in the traceback either
            continue
    return text


def _neutral_part(text: str, own: str) -> str:
    if one_line(own):
        return text
    text = text.replace(own, indented(own))
    for line in own.split("\n"):
        # In a group its lines are indented, each by itself.
        if not one_line(line):
            text = text.replace(line, escaped(line))
    return text


def _safe_args(args: Any) -> Any:
    if isinstance(args, Mapping):
        return {key: _safe_arg(value) for key, value in args.items()}
    return tuple([_safe_arg(value) for value in args]) if isinstance(args, tuple) else args


def _safe_arg(value: Any) -> Any:
    if isinstance(value, (int, float, type(None))):
        return value
    text = value if isinstance(value, str) else str(value)
    if one_line(text):
        return value
    return indented(text) if text.lstrip().startswith(_TRACEBACK) else escaped(text)
