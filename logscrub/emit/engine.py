"""What the parts of one installation share: scrubbing that never raises, and keeping the books about it.

Each library logscrub covers has a part of its own (:mod:`logscrub.emit.libraries`). All it needs is here: what it puts
in place of the library's functions goes through ``patches``, what the library is about to write through
:meth:`Engine.text`, :meth:`Engine.value` and :meth:`Engine.error`.
"""

from __future__ import annotations

import copy
import logging
import weakref
from collections import Counter
from typing import Any

from logscrub.emit.exceptions import render, stand_in
from logscrub.emit.observe import Meter, Stats, Where
from logscrub.emit.patching import Patches
from logscrub.emit.record import Cleaner, marker
from logscrub.policy import Policy
from logscrub.scrubber import Scrubber


class Channel:
    """How the records of some handlers are scrubbed: under one policy.

    Attributes:
        scrubber: for texts and structures.
        cleaner: for log records.
    """

    def __init__(self, policy: Policy | str | None, meter: Meter) -> None:
        self.public = Scrubber(policy)
        # The one that is used here reports each match; the one that is shown to the application does not.
        self.scrubber = copy.copy(self.public)
        self.scrubber.counts = Counter()
        self.scrubber.observer = meter.matched
        self.cleaner = Cleaner(self.scrubber, meter.changed, meter.failed)


class Engine:
    """What one installation scrubs with.

    Args:
        policy: what to look for.
        report_only: find and count, but change nothing.
        neutralize: show control characters of messages in text logs as escapes.
        meter: where is counted what was found.
        options: what :func:`logscrub.install` was called with, for workers that install the same.

    Attributes:
        patches: what the installation has put in place of functions of others.
        scrubber: the scrubber all parts share.
        cleaner: makes scrubbed copies of log records.
        has_special: whether any handler has a policy of its own.
        textual: modules whose handlers make texts of exceptions, or pass them on to others. A part adds those that look
            into frames, if it scrubs what they show of them.
        active: ``False`` once it is uninstalled; then everything passes as it is.

    >>> Engine(None, meter=Meter()).text("password=hunter2-correct-horse")
    'password=[password]'
    """

    def __init__(
        self,
        policy: Policy | str | None,
        *,
        meter: Meter,
        report_only: bool = False,
        neutralize: bool = True,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.meter = meter
        self.options = options or {}
        self.report_only = report_only
        self.neutralize = neutralize
        self.patches = Patches()
        self.channel = Channel(policy, meter)
        meter.scrub = self.channel.public.scrub_text
        self.scrubber = self.channel.scrubber
        self.cleaner = self.channel.cleaner
        self._special: weakref.WeakKeyDictionary[Any, Channel] = weakref.WeakKeyDictionary()
        self.has_special = False
        self.textual = {"logging", "logging.handlers"}
        self.active = True

    def set_policy(self, handler: Any, policy: Policy) -> None:
        """Give one handler a policy of its own."""
        self._special[handler] = Channel(policy, self.meter)
        self.has_special = True

    def channel_of(self, handler: Any) -> Channel:
        """Return what scrubs for a handler."""
        return self._special.get(handler, self.channel) if self.has_special and handler is not None else self.channel

    def record_for(self, handler: Any, record: logging.LogRecord) -> logging.LogRecord:
        """Return the log record a handler may see: the same one if it is clean, else a scrubbed copy. Never raises."""
        if not self.active:
            return record
        clean = self.channel_of(handler).cleaner.clean(record, frames=type(handler).__module__ not in self.textual)
        return record if self.report_only else clean

    def stats(self) -> Stats:
        """Return what has been done so far."""
        channels = [self.channel, *self._special.values()]
        return self.meter.stats(sum(sum(channel.scrubber.errors.values()) for channel in channels))

    def text(self, text: str, where: Where = None) -> str:
        """Return a final text scrubbed: the same object if it is clean. Never raises.

        Args:
            text: what is about to be written.
            where: the record it belongs to, or the logger, file and line of the call; found when needed if left out.
        """
        if not self.active:
            return text
        try:
            clean = self.scrubber.scrub_text(text)
            if clean is text or clean == text:
                return text
            self.meter.changed(where)
        except Exception as error:
            self.meter.failed()
            clean = marker(error)
        return text if self.report_only else clean

    def value(self, value: Any, where: Where = None) -> Any:
        """Return a structure scrubbed, the same object if it is clean. Never raises.

        Args:
            value: anything.
            where: as for :meth:`text`.
        """
        if not self.active:
            return value
        try:
            clean = self.scrubber.scrub(value)
            if clean is value:
                return value
            self.meter.changed(where)
        except Exception as error:
            self.meter.failed()
            clean = marker(error)
        return value if self.report_only else clean

    def error(self, error: BaseException, where: Where = None, *, frames: bool = False) -> BaseException:
        """Return an exception whose traceback is clean: the same one, or a stand-in of its type. Never raises.

        Args:
            error: an exception, which is not changed.
            where: as for :meth:`text`.
            frames: whether who gets it may look into its frames, so that a stand-in is needed in any case.
        """
        if not self.active:
            return error
        try:
            text = render(error)
            clean = self.scrubber.scrub_text(text) == text
            if clean and not (frames and error.__traceback__ is not None):
                return error
            twin = stand_in(error, self.channel.public if clean else self.scrubber, frames=frames)
            if not clean:
                self.meter.changed(where)
        except Exception as failure:
            self.meter.failed()
            twin = RuntimeError(marker(failure))
        return error if self.report_only else twin
