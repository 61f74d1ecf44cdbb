"""What an installation puts in place of functions of the frameworks, and that it takes it back."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from logscrub.emit.engine import Engine
from logscrub.emit.observe import Meter

PLACES = {
    "aiohttp": ["aiohttp.web_log:AccessLogger._format_line"],
    "aws_lambda": [
        "awslambdaric.bootstrap:StandardLogSink.log_error",
        "awslambdaric.bootstrap:FramedTelemetryLogSink.log_error",
        "awslambdaric.bootstrap:make_xray_fault",
    ],
    "gunicorn": ["gunicorn.glogging:Logger.atoms", "gunicorn.arbiter:print", "gunicorn.app.base:print"],
    "werkzeug": ["werkzeug.debug.tbtools:DebugTraceback.render_traceback_text"],
}


def found(place: str) -> Any:
    module, _, path = place.partition(":")
    here: Any = pytest.importorskip(module)
    for name in path.split("."):
        here = vars(here).get(name)
    return here


@pytest.mark.parametrize("part", PLACES)
def test_a_part_takes_back_what_it_put_in_place(part: str) -> None:
    before = [found(place) for place in PLACES[part]]
    engine = Engine(None, meter=Meter())
    importlib.import_module(f"logscrub.emit.{part}").put(engine)
    during = [found(place) for place in PLACES[part]]
    assert not any(one is other for one, other in zip(before, during, strict=True))
    engine.patches.undo()
    assert [found(place) for place in PLACES[part]] == before


def test_what_was_put_in_place_lets_everything_pass_once_it_is_retired() -> None:
    """Somebody may hold a reference to it, or have patched on top of it."""
    pytest.importorskip("awslambdaric")
    from awslambdaric import bootstrap

    from logscrub.emit import aws_lambda

    engine = Engine(None, meter=Meter())
    aws_lambda.put(engine)
    make_fault = bootstrap.make_xray_fault
    engine.patches.undo()
    secret = "password=Tr0ub4dor-3xyz"
    assert make_fault("ValueError", secret, "/", [])["exceptions"][0]["message"] == "password=[password]"
    engine.active = False
    assert make_fault("ValueError", secret, "/", [])["exceptions"][0]["message"] == secret


def test_header_that_cannot_be_scrubbed_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    from logscrub.emit.headers import header

    engine = Engine(None, meter=Meter())
    assert header(engine, "X-Api-Key", "kestrel-and-harbour-17") == "[api-key]"
    assert header(engine, "User-Agent", "curl/8") == "curl/8"

    def broken(value: object) -> object:
        raise RuntimeError(value)

    monkeypatch.setattr(engine.scrubber, "scrub", broken)
    assert "kestrel" not in header(engine, "X-Api-Key", "kestrel-and-harbour-17")
