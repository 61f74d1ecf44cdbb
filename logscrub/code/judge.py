"""Judge what a call prints: turn tainted arguments into findings, and every call into an entry of the inventory."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from logscrub.code.flow import Flow
from logscrub.code.knowledge import load, vocabulary
from logscrub.code.model import Argument, CodeFinding, Kind, LogCall, Repair, Sensitivity, Step
from logscrub.code.places import Places
from logscrub.code.position import Position
from logscrub.code.printed import Printed
from logscrub.code.render import key_text, last_name, render, render_binding
from logscrub.code.sinks import Site
from logscrub.code.taint import Taint, Trail, Value
from logscrub.code.words import BULK, LIKELY, SURE, Words
from logscrub.detect.keys import split_words
from logscrub.model import Severity

QUIET_SINKS = frozenset({"print", "warnings", "raise", "repr", "result"})
_RUNNERS = vocabulary("runners")
_ACCOUNT = vocabulary("account")
_LONGEST_TEXT = 300
_MOST_LEAKS = 30
_MOST_STEPS = 12


class Leak(NamedTuple):
    """The worst thing in one printed value."""

    printed: Printed
    taint: Taint


def judge(site: Site, flow: Flow, words: Words) -> list[Leak]:
    """Return what a call prints that it should not."""
    leaks: list[Leak] = []
    for printed in site.printed:
        taint = _worst(site, printed, flow.evaluate(printed.node, site.position), flow, words)
        if taint is not None:
            leaks.append(Leak(printed, taint))
            if len(leaks) >= _MOST_LEAKS:
                break
    return leaks


def entry_of(site: Site, leaks: list[Leak], flow: Flow, places: Places) -> LogCall:
    """Return the entry of a call in the inventory."""
    taints = {id(leak.printed): leak.taint for leak in leaks}
    arguments = (
        _argument(printed, flow.evaluate(printed.node, site.position), taints.get(id(printed)), places)
        for printed in site.printed
    )
    return LogCall(
        places.of(site.node),
        site.position.scope.qualname,
        site.sink,
        site.receiver,
        site.level,
        site.parts,
        tuple(arguments),
        _logger_name(site),
    )


def _worst(site: Site, printed: Printed, value: Value, flow: Flow, words: Words) -> Taint | None:
    if printed.numeric:
        return None
    taints = [taint for taint in value.taints if taint.category != "parameter"]
    traced = _traced(site, value)
    if traced is not None:
        taints.append(traced)
    if taints:
        absent = _absent_keys(site.position)
        taints = [
            taint
            for taint in taints
            if taint.key not in absent and not is_absent(printed.node, site.position, exactly=True)
        ]
    if taints:
        best = max(taints, key=lambda taint: (taint.grade, taint.category == "secret"))
        if best.field == "generic-key":
            return _key_of_account(site, best)
        if best.grade == BULK and _is_request(site, printed, best):
            best = best._replace(kind=Kind.HTTP, field="http-request", grade=LIKELY)
        if best.grade == BULK and best.kind is Kind.COMMAND and _runs_anything(site, printed, best):
            best = best._replace(grade=LIKELY)
        is_logged = site.sink not in QUIET_SINKS
        if is_logged and best.grade == SURE and best.category == "secret" and _is_refused(site, printed):
            best = best._replace(grade=LIKELY)
        if best.key is not None and best.kind in (Kind.NAME, Kind.FLOW):
            best = best._replace(kind=Kind.CONTAINER)
        return best
    if value.masked or value.constant is not None:
        return None
    return _by_label(site, printed, value, words, flow)


def _by_label(site: Site, printed: Printed, value: Value, words: Words, flow: Flow) -> Taint | None:
    """A value that is printed right after ``password:`` is one, whatever its name."""
    for name in (printed.label, printed.name):
        if not name or value.known:
            continue
        word = words.sensitive(name.replace(" ", "_"))
        if word is None or word.grade < SURE or word.category != "secret" or _says_little(printed.node, words):
            continue
        if word.field == "token" and len(name.split()) < 2:
            continue
        trail = Trail(site.position.scope.module.path, printed.node, f"printed as {name!r}", None)
        return Taint(Kind.NAME, word.field, LIKELY, "secret", name, None, trail)
    return None


def _says_little(node: ast.expr, words: Words) -> bool:
    """Tell whether a name says that the value is about a secret: ``password: %s`` of an error, a file, a status."""
    name = last_name(node)
    if isinstance(node, ast.Call):
        return True
    verdict = words.lexicon.judge(name) if name else None
    if verdict is not None:
        return False
    return any(word in _ABOUT_VALUE for word in name.lower().split("_"))


def _runs_anything(site: Site, printed: Printed, taint: Taint) -> bool:
    """Tell whether a function prints the command line it is given to run, whatever that is."""
    scope = site.position.scope
    if site.sink in QUIET_SINKS or taint.name not in (*scope.parameters, scope.variadic):
        return False
    if not isinstance(printed.node, (ast.Name, ast.Call)):
        return False  # a choice: the caller may give what is to be printed
    if isinstance(printed.node, ast.Call) and last_name(printed.node.func) not in _AS_TEXT:
        return False
    if taint.name not in render(printed.node) or not _OUTPUTS.isdisjoint(split_words(taint.name)):
        return False
    return not _RUNNERS.isdisjoint(split_words(scope.qualname.rpartition(".")[2]))


_AS_TEXT = frozenset({"join", "str", "repr", "list2cmdline"})
_OUTPUTS = frozenset({"out", "err", "stdout", "stderr", "output"})
_REFUSED = re.compile(
    r"\b(?:invalid|malformed|incorrect|illegal|unrecogni[sz]ed|bad|wrong|missing|not (?:a )?(?:valid|recogni[sz]ed))\b",
    re.IGNORECASE,
)


def _is_refused(site: Site, printed: Printed) -> bool:
    """Tell whether what is printed was not accepted: a mistyped password is worth less than one that opens."""
    return _REFUSED.search(_text(site)) is not None or is_absent(printed.node, site.position, exactly=False)


def _absent_keys(at: Position) -> set[str | None]:
    """Keys that a condition says are not there: ``if "token" not in data: log(data)``."""
    absent: set[str | None] = set()
    for block in at.block:
        test = at.scope.guards.get(block)
        for one in test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]:
            if isinstance(one, ast.Compare) and isinstance(one.ops[0], ast.NotIn) and key_text(one.left):
                absent.add(key_text(one.left))
    return absent


def is_absent(node: ast.expr, at: Position, exactly: bool) -> bool:
    """Tell whether a call only runs where a value is missing: ``if token is None: log(token)``.

    Args:
        exactly: the very expression is tested, not one of the same last name.
    """
    for block in at.block:
        test = at.scope.guards.get(block)
        for missing in _missing(test) if test is not None else ():
            same = render(missing) == render(node) if exactly else last_name(missing) == last_name(node)
            if same and last_name(node):
                return True
    return False


def _missing(test: ast.expr) -> Iterator[ast.expr]:
    """The expressions a condition says are missing; of several alternatives none is certain."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for one in test.values:
            yield from _missing(one)
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield test.operand
    elif isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Is, ast.Eq)):
        other = test.comparators[0]
        if isinstance(other, ast.Constant) and other.value in (None, ""):
            yield test.left


_REQUESTS = frozenset({"req", "request", "body", "action_args", "request_body", "req_body"})
_BODIES = re.compile(r"\b(?:request|req|http|post)\b.{0,20}\b(?:body|data|payload|params)\b", re.IGNORECASE)


def _is_request(site: Site, printed: Printed, taint: Taint) -> bool:
    """Tell whether it is all that a client sent: its text has the headers, its body the fields of a form."""
    name = last_name(printed.node)
    if taint.field not in ("http-body", "whole-object") or taint.name.lower() not in _REQUESTS:
        return False
    if isinstance(printed.node, ast.Name) and name.lower() not in _REQUESTS:
        return False
    scope = site.position.scope
    if "http-request" in scope.module.evidence and (name != "req" or "request" in _text(site).lower()):
        return True
    if name == "body" and not {"req", "request"}.isdisjoint(scope.parameters):
        return True
    return name == "body" and _BODIES.search(f"{printed.label} {_text(site)}") is not None


_ABOUT_VALUE = vocabulary("about_a_value")


def _key_of_account(site: Site, taint: Taint) -> Taint | None:
    """A ``key`` that is printed beside a user or an account opens it."""
    for printed in site.printed:
        for name in (printed.name, printed.label, last_name(printed.node)):
            if any(word in _ACCOUNT for word in name.lower().replace("_", " ").split()):
                return taint._replace(grade=SURE if "auth" in _text(site) or "onnection" in _text(site) else LIKELY)
    return None


def _text(site: Site) -> str:
    return " ".join(part for part in site.parts or () if isinstance(part, str))


def _traced(site: Site, value: Value) -> Taint | None:
    """The arguments of whatever a wrapper wraps: a decorator, a dispatcher of remote calls."""
    scope = site.position.scope
    outer = scope.outer
    if outer is None or outer.node is None or not (scope.variadic and scope.keyworded):
        return None
    for taint in value.taints:
        if taint.category != "parameter" or taint.name not in (scope.variadic, scope.keyworded):
            continue
        if _root(taint.trail).node is scope.node and (outer.parameters or outer.variadic):
            return Taint(Kind.TRACE, "call-arguments", LIKELY, "object", taint.name, None, taint.trail)
    return None


def _root(trail: Trail) -> Trail:
    while trail.before is not None:
        trail = trail.before
    return trail


def _argument(printed: Printed, value: Value, taint: Taint | None, places: Places) -> Argument:
    if taint is not None:
        if taint.category == "object" or taint.grade == BULK:
            sensitivity = Sensitivity.BULK
        else:
            sensitivity = Sensitivity.SECRET if taint.category == "secret" else Sensitivity.PERSONAL
        return Argument(render(printed.node), places.of(printed.node), printed.name, sensitivity, taint.field)
    if value.masked:
        sensitivity = Sensitivity.MASKED
    elif value.constant is not None:
        sensitivity = Sensitivity.LITERAL
    else:
        sensitivity = Sensitivity.METADATA
    return Argument(render(printed.node), places.of(printed.node), printed.name, sensitivity)


def _logger_name(site: Site) -> str:
    """The name of a module's logger is the module's, as nearly every project has it."""
    return site.position.scope.module.name if site.sink not in QUIET_SINKS else ""


def severity_of(taint: Taint, sink: str) -> Severity | None:
    """Return how bad it is to print something there; None if it is none."""
    if sink == "raise":
        if taint.category == "secret" and taint.grade >= SURE and taint.key is None:
            return Severity.MEDIUM
        return Severity.LOW if taint.grade >= LIKELY or taint.kind in _RAISED else None
    if sink == "repr":
        if taint.category == "secret" and taint.grade >= LIKELY and taint.key is None:
            return Severity.MEDIUM
        return Severity.LOW if taint.grade >= LIKELY or taint.kind is Kind.URL else None
    if taint.grade >= SURE and sink not in QUIET_SINKS:
        return Severity.HIGH
    if taint.grade >= SURE:
        return Severity.MEDIUM
    if taint.grade >= LIKELY:
        if sink in QUIET_SINKS and taint.category == "object":
            return Severity.LOW
        return Severity.MEDIUM
    return Severity.LOW


_RAISED = frozenset({Kind.HTTP, Kind.URL, Kind.COMMAND, Kind.LOCALS, Kind.EXCEPTION})
_RULES = {
    Kind.HTTP: "code.http-in-log",
    Kind.URL: "code.url-in-log",
    Kind.COMMAND: "code.command-in-log",
    Kind.LOCALS: "code.locals-in-log",
    Kind.TRACE: "code.trace-in-log",
    Kind.EXCEPTION: "code.exception-in-log",
}
_SINK_RULES = {
    "print": "code.secret-in-output",
    "warnings": "code.secret-in-warning",
    "raise": "code.secret-in-exception",
    "repr": "code.secret-in-repr",
    "result": "code.secret-in-result",
}


def rule_of(taint: Taint, sink: str) -> str:
    """Return the id of what was found."""
    if taint.category == "object":
        return _RULES.get(taint.kind, "code.object-in-log")
    if taint.kind in (Kind.URL, Kind.LOCALS):
        return _RULES[taint.kind]
    if taint.category == "personal":
        return "code.personal-in-log"
    return _SINK_RULES.get(sink, "code.secret-in-log")


def finding_of(leak: Leak, site: Site, severity: Severity, places: Places) -> CodeFinding:
    """Tell the whole story of a leak."""
    taint, printed = leak.taint, leak.printed
    kind = taint.kind
    if site.sink == "repr" and kind in (Kind.NAME, Kind.FLOW):
        kind = Kind.REPR
    elif site.sink == "raise" and kind in (Kind.NAME, Kind.FLOW):
        kind = Kind.EXCEPTION
    place = places.of(site.node)
    scope = site.position.scope
    call = _call_text(site)
    steps = (*_steps(taint.trail, places), Step(place, f"{call} prints {render(printed.node)}"))
    return CodeFinding(
        rule=rule_of(taint, site.sink),
        kind=kind,
        severity=severity,
        field=taint.field,
        place=place,
        function=scope.qualname,
        level=site.level,
        expression=render(printed.node),
        message=_message(taint, printed, call),
        printed=_printed(site, leak),
        steps=steps,
        fix=_fix(taint, printed, site),
        repair=_repair(taint, printed, site, places),
        cwe=_CWE.get(site.sink, (532,)) if taint.category != "personal" else (532, 359),
    )


_CWE = {"raise": (209,), "repr": (532, 200), "print": (312, 532), "warnings": (532,), "result": (532,)}


def _steps(trail: Trail | None, places: Places) -> tuple[Step, ...]:
    steps: list[Step] = []
    while trail is not None:
        steps.append(Step(places.of(trail.node, trail.path), _told(trail)))
        trail = trail.before
    # Of a very long way, the source and what is near to the call say most.
    return tuple(reversed(steps if len(steps) <= _MOST_STEPS else [*steps[: _MOST_STEPS - 1], steps[-1]]))


def _told(trail: Trail) -> str:
    if not trail.text:
        return render_binding(trail.node)
    if "{}" not in trail.text:
        return trail.text
    shown = trail.node.func if isinstance(trail.node, ast.Call) and "{}()" in trail.text else trail.node
    return trail.text.replace("{}", render(shown))


def _call_text(site: Site) -> str:
    node: Any = site.node
    if isinstance(node, ast.Call):
        return f"{render(node.func)}()"
    if isinstance(node, ast.Raise):
        return f"raise {site.receiver}"
    return f"{site.position.scope.qualname}()"


_OTHERS = {
    "http-request": "all that a client sent, headers or form fields with passwords",
    "call-arguments": "the arguments of every call it wraps",
    "all-options": "every option, passwords among them",
    "all-attributes": "every attribute of an object",
    "all-locals": "every local name",
    "exception-text": "an exception that carries the request or command it is about",
}


def _title(field: str) -> str:
    """What to say of a kind of object."""
    found = next((one.title for one in load().objects if one.id == field), None)
    return found or _OTHERS.get(field, field)


def _message(taint: Taint, printed: Printed, call: str) -> str:
    shown = render(printed.node)
    if taint.category == "object":
        return f"{call} prints {shown}: {_title(taint.field)}"
    what = (
        f"{_article(taint.field)} {taint.field.replace('-', ' ')}"
        if taint.category == "secret"
        else f"personal data ({taint.field.replace('-', ' ')})"
    )
    if taint.key is not None:
        return f"{call} prints all of {shown}, with {what} under {taint.key!r}"
    if taint.kind is Kind.LOCALS:
        return f"{call} prints {shown}, with {what} in {taint.name!r}"
    if taint.name == last_name(printed.node):
        return f"{call} prints {shown}: {what}"
    return f"{call} prints {shown}, which holds {what} ({taint.name})"


def _article(noun: str) -> str:
    return "an" if noun[:1] in "aeio" else "a"


def _printed(site: Site, leak: Leak) -> str:
    """What the log would show, with markers in place of values."""
    if site.parts is None:
        return f"[{leak.taint.field}]"
    pieces = []
    for part in site.parts:
        if isinstance(part, str):
            pieces.append(part)
        elif part < len(site.printed):
            printed = site.printed[part]
            pieces.append(
                f"[{leak.taint.field}]" if printed.node is leak.printed.node else f"{{{render(printed.node)}}}"
            )
    if leak.printed not in [
        site.printed[part] for part in site.parts if isinstance(part, int) and part < len(site.printed)
    ]:
        pieces.append(f" {leak.printed.name}=[{leak.taint.field}]")
    text = "".join(pieces)
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _fix(taint: Taint, printed: Printed, site: Site) -> str:
    shown = render(printed.node)
    if taint.kind is Kind.TRACE:
        return "print the names of the arguments, or mask their values by name: logscrub.mask(kwargs)"
    if taint.category == "object" or taint.key is not None:
        return f"print the fields that are needed, or logscrub.mask({shown}), which hides the sensitive ones"
    if site.sink == "repr":
        return f"leave {shown} out of the text of the object, or mask it"
    if site.sink == "raise":
        return f"leave {shown} out of the message: it is logged wherever the exception is"
    return f"leave {shown} out, or print logscrub.mask({shown}, {taint.field!r})"


def _repair(taint: Taint, printed: Printed, site: Site, places: Places) -> Repair | None:
    if isinstance(printed.node, ast.Constant):
        return None
    name = taint.field if taint.category in ("secret", "personal") and taint.key is None else ""
    return Repair("mask", places.of(printed.node), "", name)
