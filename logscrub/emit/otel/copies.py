"""Scrubbed copies of log records, spans and resources. The caller's objects are not touched."""

from __future__ import annotations

import copy
import itertools
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from logscrub.emit.engine import Engine
from logscrub.emit.exceptions import render, stand_in
from logscrub.emit.record import marker

_REMEMBERED = 2000
_LONGEST = 200
_KEPT = 64
_SMALL = 10**9
_ATOMS = frozenset({str, int, float, bool, type(None), bytes})
_SCALARS = (str, bool, int, float)
# ``{"name": "password", "value": …}`` is judged as a whole.
_NAMING = frozenset({"name", "key", "Name", "Key"})
_NONE: dict[str, Any] = {}
_ARGUMENTS = "process.command_args"


class Copies:
    """Makes the copies of one engine. What it returns is the same object if there was nothing to replace.

    Args:
        engine: what scrubs, and counts.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._scrubber = engine.scrubber
        self._known = engine.scrubber.detector.known
        self._version = 0
        #: Keys with values that were clean: with ``None`` as value, keys under which any small number is.
        self._harmless: set[tuple[str, str | None]] = set()
        #: What has been scrubbed already, and what it was like then.
        self._seals: weakref.WeakKeyDictionary[Any, tuple[Any, ...]] = weakref.WeakKeyDictionary()
        self._resources: dict[int, tuple[Any, Any]] = {}
        self._scopes: dict[int, tuple[Any, Any]] = {}

    def log(self, data: Any) -> Any:
        """Return what processors of logs are given, scrubbed. Never raises.

        Args:
            data: a ``ReadWriteLogRecord`` or ``ReadableLogRecord``; a ``LogData`` in older SDKs.
        """
        if not self._engine.active:
            return data
        try:
            self._renew()
            record = data.log_record
            # Records of older SDKs cannot be looked up, and are scrubbed twice.
            seal = self._seals.get(record) if type(record).__hash__ is not None else None
            if seal is not None and seal == _log_seal(record, self._version):
                return data
            self._engine.meter.seen.add()
            new: dict[str, Any] = {}
            _put(new, "body", record.body, self._scrubber.scrub)
            for name in ("severity_text", "event_name"):
                _put(new, name, getattr(record, name, None), self._text)
            _put(new, "attributes", record.attributes, self._attributes)
            _put(new, "exception", getattr(record, "exception", None), self._error)
            scope = getattr(data, "instrumentation_scope", None)
            if new:
                self._engine.meter.changed((str(getattr(scope, "name", "")), "", 0))
            outer: dict[str, Any] = {}
            for holder, changes in ((data, outer), (record, new)):
                _put(changes, "resource", getattr(holder, "resource", None), self.resource)
            _put(outer, "instrumentation_scope", scope, self._scope)
            clean = _with(record, new)
            shown = record if self._engine.report_only else clean
            seal = _log_seal(shown, self._version)
            if seal is not None:
                self._seals[shown] = seal
            if clean is not record:
                outer["log_record"] = clean
            clean_data = _with(data, outer)
        except Exception as error:
            self._engine.meter.failed()
            clean_data = _hidden_log(data, marker(error))
        return data if self._engine.report_only else clean_data

    def span(self, span: Any) -> Any:
        """Return a finished span scrubbed: names, attributes, events, links, status, trace state. Never raises.

        Args:
            span: a ``ReadableSpan``.
        """
        if not self._engine.active:
            return span
        try:
            self._renew()
            seal = self._seals.get(span)
            if seal is not None and seal == _span_seal(span, self._version):
                return span
            self._engine.meter.seen.add()
            new: dict[str, Any] = {}
            _put(new, "_name", span._name, self._text)
            _put(new, "_attributes", span._attributes, self._attributes)
            _put(new, "_status", span._status, self._status)
            _put(new, "_events", span._events, lambda events: _each(events, self._event))
            _put(new, "_links", span._links, lambda links: _each(links, self._link))
            _put(new, "_context", span._context, self._context)
            _put(new, "_parent", span._parent, self._context)
            if new:
                self._engine.meter.changed((str(getattr(span._instrumentation_scope, "name", "")), "", 0))
            _put(new, "_resource", span._resource, self.resource)
            _put(new, "_instrumentation_scope", span._instrumentation_scope, self._scope)
            clean = _with(span, new)
            shown = span if self._engine.report_only else clean
            self._seals[shown] = _span_seal(shown, self._version)
        except Exception as error:
            self._engine.meter.failed()
            clean = _hidden_span(span, marker(error))
        return span if self._engine.report_only else clean

    def resource(self, resource: Any) -> Any:
        """Return a resource scrubbed: a command line is in it, among other things.

        Args:
            resource: a ``Resource``. They are few and cannot be changed, so the answer is kept.
        """
        return self._kept(self._resources, resource, lambda: self._with_attributes(resource))

    def resource_attributes(self, resource: Any) -> Any:
        """Return the attributes of a resource, scrubbed. Never raises."""
        if not self._engine.active or self._engine.report_only:
            return resource._attributes
        try:
            self._renew()
            return self.resource(resource)._attributes
        except Exception as error:
            self._engine.meter.failed()
            return _like(resource._attributes, {"logscrub": marker(error)})

    def _scope(self, scope: Any) -> Any:
        def clean() -> Any:
            fresh = self._with_attributes(scope)
            for name in ("_name", "_version"):
                text = getattr(scope, name)
                shown = self._scrubber.scrub(text)
                if shown is not text:
                    fresh = copy.copy(fresh) if fresh is scope else fresh
                    setattr(fresh, name, shown)
            return fresh

        return self._kept(self._scopes, scope, clean)

    def _kept(self, kept: dict[int, tuple[Any, Any]], given: Any, make: Callable[[], Any]) -> Any:
        if given is None:
            return None
        known = kept.get(id(given))
        if known is not None and known[0] is given:
            return known[1]
        clean = make()
        if clean is not given:
            self._engine.meter.changed()
        if len(kept) >= _KEPT:
            kept.clear()
        kept[id(given)] = (given, clean)
        return clean

    def _with_attributes(self, given: Any) -> Any:
        old = getattr(given, "_attributes", None)
        attributes = self._attributes(old)
        if attributes is old:
            return given
        fresh = copy.copy(given)
        fresh._attributes = attributes
        return fresh

    def _renew(self) -> None:
        """Forget what was clean, if a value has become known since."""
        if self._known is not None and self._version != self._known.version:
            self._version = self._known.version
            self._harmless = set()
            self._resources, self._scopes = {}, {}

    def _attributes(self, given: Any) -> Any:
        """Return attributes judged by key and by text; what comes back has types OpenTelemetry allows."""
        if not given:
            return given
        values = _plain(given)
        asked = values
        if not _NAMING & values.keys():
            asked = {key: value for key, value in values.items() if not self._is_harmless(key, value)}
            if not asked:
                return given
        clean = self._scrubber.scrub(asked)
        if not isinstance(clean, dict):
            return _like(given, {"logscrub": str(clean)})
        arguments = asked.get(_ARGUMENTS)
        if isinstance(arguments, (list, tuple)) and clean.get(_ARGUMENTS) is arguments:
            shown = self._arguments(arguments)
            if shown is not arguments:
                clean = {**clean, _ARGUMENTS: shown}
        for key, value in asked.items():
            if clean.get(key) is value:
                self._remember(key, value)
        if clean is asked:
            return given
        gone = asked.keys() - clean.keys()
        kept = {key: value for key, value in values.items() if key not in gone}
        return _like(given, {**kept, **{key: _valid(asked.get(key), value) for key, value in clean.items()}})

    def _is_harmless(self, key: Any, value: Any) -> bool:
        """Tell whether such a value was clean before: most attributes are the same in many spans."""
        kind = type(value)
        if kind is str:
            return (key, value) in self._harmless
        if kind is int or kind is bool:
            small = -_SMALL < value < _SMALL and not (self._known is not None and self._known.atoms)
            return small and (key, None) in self._harmless
        return False

    def _remember(self, key: Any, value: Any) -> None:
        kind = type(value)
        if type(key) is not str or len(key) > _LONGEST:
            return
        if kind is str and len(value) <= _LONGEST:
            entry: tuple[str, str | None] = (key, value)
        elif (kind is int or kind is bool) and self._scrubber.detector.fields.lexicon.judge(key) is None:
            entry = (key, None)
        else:
            return
        if len(self._harmless) >= _REMEMBERED:
            self._harmless.clear()
        self._harmless.add(entry)

    def _text(self, text: Any) -> Any:
        """Return the name of something, of which there are few."""
        if ("", text) in self._harmless:
            return text
        clean = self._scrubber.scrub(text)
        if clean is text and type(text) is str:
            self._remember("", text)
        return clean

    def _arguments(self, arguments: Any) -> Any:
        """``("app", "--password", "hunter2")``: an option says what the argument after it is."""
        out = list(arguments)
        for at, (option, value) in enumerate(itertools.pairwise(arguments), 1):
            if isinstance(option, str) and option.startswith("-"):
                out[at] = self._scrubber.scrub((option.lstrip("-"), value))[1]
        return type(arguments)(out) if out != list(arguments) else arguments

    def _error(self, error: Any) -> Any:
        if error is None:
            return None
        text = render(error)
        return error if self._scrubber.scrub_text(text) == text else stand_in(error, self._scrubber)

    def _status(self, status: Any) -> Any:
        new: dict[str, Any] = {}
        if status is not None:
            _put(new, "_description", status._description, self._scrubber.scrub)
        return _with(status, new)

    def _event(self, event: Any) -> Any:
        new: dict[str, Any] = {}
        _put(new, "_name", event.name, self._text)
        _put(new, "_attributes", event.attributes, self._attributes)
        if not new.keys() <= vars(event).keys():
            raise TypeError("an event of a kind of its own")
        return _with(event, new)

    def _link(self, link: Any) -> Any:
        new: dict[str, Any] = {}
        _put(new, "_attributes", link.attributes, self._attributes)
        _put(new, "_context", link.context, self._context)
        return _with(link, new)

    def _context(self, context: Any) -> Any:
        """Return a span's context with its trace state scrubbed: vendors put there what they like."""
        state = getattr(context, "trace_state", None)
        if not state:
            return context
        values = dict(state)
        clean = self._scrubber.scrub(values)
        if clean is values:
            return context
        entries = list(clean.items()) if isinstance(clean, dict) else []
        return type(context)(
            context.trace_id, context.span_id, context.is_remote, context.trace_flags, type(state)(entries)
        )


def _put(new: dict[str, Any], name: str, value: Any, scrub: Callable[[Any], Any]) -> None:
    """Enter what a value becomes, if that is another one."""
    if value is not None:
        clean = scrub(value)
        if clean is not value:
            new[name] = clean


def _with(given: Any, new: dict[str, Any]) -> Any:
    """Return a copy with new attributes, also of a frozen dataclass; the same object if there are none."""
    if not new:
        return given
    fresh = copy.copy(given)
    for name, value in new.items():
        object.__setattr__(fresh, name, value)
    return fresh


def _each(items: Any, scrub: Callable[[Any], Any]) -> Any:
    """Return a list of the SDK's, which knows how many items were dropped, or another one, with each item scrubbed."""
    if not len(items):
        return items
    old = tuple(items)
    new = tuple([scrub(item) for item in old])
    if all(one is other for one, other in zip(old, new, strict=True)):
        return items
    inner = getattr(items, "_dq", None)
    if inner is None:
        return new
    fresh = copy.copy(items)
    fresh._dq = type(inner)(new, inner.maxlen)
    return fresh


def _plain(given: Any) -> dict[Any, Any]:
    """Return attributes as a dictionary of their own."""
    inner = getattr(given, "__dict__", _NONE).get("_dict")
    return dict(given if inner is None else inner)


def _like(given: Any, clean: dict[str, Any]) -> Any:
    """Return new attributes as the SDK keeps them, with the number of those it has dropped."""
    if isinstance(getattr(given, "__dict__", {}).get("_dict"), Mapping):
        fresh = copy.copy(given)
        fresh._dict = clean
        return fresh
    return clean


def _valid(old: Any, new: Any) -> Any:
    """Return a value whose items are of one type if those of the old one were."""
    if isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)) and new is not old:
        kinds = {type(item) for item in new if item is not None}
        if len(kinds) > 1 and len({type(item) for item in old if item is not None}) == 1 and kinds <= set(_SCALARS):
            return type(new)([item if item is None else str(item) for item in new])
    return new


def _log_seal(record: Any, version: int) -> tuple[Any, ...] | None:
    """Return what a record is like, ``None`` if something in it can change without being noticed."""
    attributes = _plain(record.attributes or {})
    if type(record).__hash__ is None or type(record.body) not in _ATOMS or not _still(attributes.values()):
        return None
    texts = (getattr(record, name, None) for name in ("severity_text", "event_name"))
    return version, record.body, attributes, id(getattr(record, "exception", None)), *texts


def _span_seal(span: Any, version: int) -> tuple[Any, ...]:
    events = [(id(event), id(event.attributes)) for event in span._events] if len(span._events) else []
    attributes = _plain(span._attributes or {})
    still = _still(attributes.values())
    return version, span._name, attributes if still else object(), events, len(span._links), id(span._status)


def _still(values: Iterable[Any]) -> bool:
    return all(type(value) in _ATOMS or (type(value) is tuple and _still(value)) for value in values)


def _hidden_log(data: Any, text: str) -> Any:
    """Return what says of a record only when it was and how severe."""
    old = data.log_record
    empty = {"event_name": None, "exception": None, "severity_text": None, **_nowhere(old)}
    new = {name: value for name, value in empty.items() if hasattr(old, name)}
    record = _with(old, {**new, "body": text, "attributes": _like(old.attributes, {})})
    return _with(data, {"log_record": record, **_nowhere(data)})


def _nowhere(holder: Any) -> dict[str, Any]:
    """Return attributes that say nothing of where a record comes from."""
    new: dict[str, Any] = {}
    resource = vars(holder).get("resource")
    if resource is not None:
        new["resource"] = type(resource)({})
    if "instrumentation_scope" in vars(holder):
        new["instrumentation_scope"] = None
    return new


def _hidden_span(span: Any, text: str) -> Any:
    """Return what says of a span only where it stands in its trace, and how long it took."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext

    values: dict[str, Any] = {
        name: getattr(span, name, None) for name in ("context", "parent", "kind", "start_time", "end_time")
    }
    for name in ("context", "parent"):
        old = values[name]
        if old is not None:
            values[name] = SpanContext(old.trace_id, old.span_id, old.is_remote, old.trace_flags)
    return ReadableSpan(text, resource=Resource({}), **values)


_made: dict[Engine, Copies] = {}


def copies_of(engine: Engine) -> Copies:
    """Return what makes the copies of an engine: one for all its parts."""
    if engine not in _made:
        _made[engine] = Copies(engine)

        def forget() -> None:
            _made.pop(engine, None)

        engine.patches.undone(forget)
    return _made[engine]
