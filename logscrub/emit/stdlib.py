"""The part of ``logging`` and of the interpreter: handlers, exception hooks, warnings, printed tracebacks.

Everything is put on the classes of ``logging``, so child loggers, handlers added later, ``dictConfig``, loggers that do
not propagate and the handler of last resort are covered. See :mod:`logscrub.emit.rings` for what is done.
"""

from __future__ import annotations

import logging

from logscrub.emit.engine import Engine
from logscrub.emit.hooks import put_hooks
from logscrub.emit.prints import put_tracebacks
from logscrub.emit.rings import Adopter, adder, caller, constructor, error_ring, format_ring, handle_ring


def put(engine: Engine) -> None:
    """Put the rings in place."""
    patches, handler, logger = engine.patches, logging.Handler, logging.Logger
    adopter = Adopter(engine)
    text_format, retire = format_ring(handler.format, engine)
    patches.put(handler, "format", text_format, retire)
    patches.put(handler, "handle", *handle_ring(handler.handle, text_format, engine))
    patches.put(handler, "handleError", *error_ring(handler.handleError, engine))
    patches.put(handler, "__init__", constructor(handler.__init__, adopter))
    patches.put(logger, "addHandler", adder(logger.addHandler, adopter))
    patches.put(logger, "callHandlers", caller(logger.callHandlers, adopter))
    put_hooks(engine)
    put_tracebacks(engine)
    adopter.adopt_all()
