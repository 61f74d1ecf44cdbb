"""Error reports of Django: mails to the admins and the debug page show settings, requests and local variables."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.views import debug

from logscrub.emit.engine import Engine
from logscrub.emit.record import marker
from logscrub.integrations._installed import ensure
from logscrub.integrations._sql import scrub_statement
from logscrub.integrations.django.requests import in_address, without

# Local variables of the functions that take a statement and its parameters, in Django and its database backends.
_STATEMENTS = ("sql", "query")
_PARAMETERS = ("params", "param_list", "args")
# Objects of an application are shown by their repr, which is scrubbed as text; these are walked through.
_PLAIN = (str, bytes, int, float, dict, list, tuple, set, frozenset)


class ReporterFilter(debug.SafeExceptionReporterFilter):  # type: ignore[misc]
    """For ``DEFAULT_EXCEPTION_REPORTER_FILTER``: installs logscrub with the first error report."""

    def __init__(self) -> None:
        super().__init__()
        ensure()


def put(engine: Engine) -> None:
    """Scrub what a reporter shows: each value by its name, then the whole text."""
    engine.textual.add("django.utils.log")
    reporter, safe = debug.ExceptionReporter, debug.SafeExceptionReporterFilter

    def patch(owner: Any, name: str, scrub: Callable[..., Any]) -> None:
        original = vars(owner)[name]

        @functools.wraps(original)
        def scrubbed(*args: Any, **options: Any) -> Any:
            made = original(*args, **options)
            if not engine.active:
                return made
            try:
                return scrub(made, *args)
            except Exception as error:
                engine.meter.failed()
                return made if engine.report_only else marker(error)

        engine.patches.put(owner, name, scrubbed)

    def setting(made: Any, _self: Any, key: Any, *_: Any) -> Any:
        return _under(engine, key, made)

    def variables(made: Any, *_: Any) -> Any:
        return _variables(engine, dict(made)).items()

    patch(debug, "pprint", lambda made, *_: engine.text(made))
    patch(safe, "cleanse_setting", setting)
    patch(safe, "get_post_parameters", lambda made, *_: engine.value(made))
    patch(safe, "get_traceback_frame_variables", variables)
    patch(reporter, "get_traceback_data", lambda made, *_: _data(engine, made))
    for name in ("get_traceback_html", "get_traceback_text"):
        patch(reporter, name, lambda made, self, *_: _text(engine, made, self.request))


def _under(engine: Engine, key: Any, value: Any) -> Any:
    """Scrub a value as what stands under a key."""
    if not isinstance(key, str) or not isinstance(value, _PLAIN):
        return value
    pair = engine.value({key: value})
    return next(iter(pair.values())) if isinstance(pair, dict) else pair


def _variables(engine: Engine, given: dict[str, Any]) -> dict[str, Any]:
    shown = {name: _under(engine, name, value) for name, value in given.items()}
    for sql in _STATEMENTS:
        for params in _PARAMETERS:
            if isinstance(given.get(sql), str) and params in given:
                shown[sql], shown[params] = scrub_statement(engine, given[sql], given[params])
    return shown


def _text(engine: Engine, made: str, request: Any) -> str:
    return without(engine.text(made), in_address(engine, getattr(request, "resolver_match", None)))


def _data(engine: Engine, data: dict[str, Any]) -> dict[str, Any]:
    """Scrub all a template can show but the request itself, of which it shows method, address and files."""
    hidden = in_address(engine, getattr(data.get("request"), "resolver_match", None))

    def shown(value: Any) -> Any:
        if isinstance(value, str):
            return without(value, hidden)
        if isinstance(value, dict):
            return {key: shown(item) for key, item in value.items()}
        return type(value)(map(shown, value)) if type(value) in (list, tuple) else value

    clean = {
        name: value if name == "request" else engine.value(list(value) if name.endswith("_items") else value)
        for name, value in data.items()
    }
    return shown(clean) if hidden else clean
