"""AWS Lambda's runtime client: errors it writes to the log itself, and into the trace of X-Ray.

What the function returns, and the error its caller is told of, is not a log and stays as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from logscrub.emit.engine import Engine


def put(engine: Engine) -> None:
    """Wrap what writes errors that no handler of ``logging`` sees."""
    from awslambdaric import bootstrap

    for sink in (bootstrap.StandardLogSink, bootstrap.FramedTelemetryLogSink):
        engine.patches.put(sink, "log_error", _lines(sink.log_error, engine))

    make_fault = bootstrap.make_xray_fault

    @functools.wraps(make_fault)
    def make_fault_scrubbed(*args: Any, **options: Any) -> Any:
        return engine.value(make_fault(*args, **options))

    engine.patches.put(bootstrap, "make_xray_fault", make_fault_scrubbed)


def _lines(original: Callable[..., None], engine: Engine) -> Callable[..., None]:
    @functools.wraps(original)
    def log_error(self: Any, message_lines: list[str]) -> None:
        text = "\n".join(message_lines)
        shown = engine.text(text)
        original(self, message_lines if shown is text else shown.split("\n"))

    return log_error
