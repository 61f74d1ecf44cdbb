"""Which calls write to a log, to the screen or into an exception, and what each of them prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from logscrub.code.flow import Flow
from logscrub.code.knowledge import Knowledge, vocabulary
from logscrub.code.module import How, Module, Scope, Statement
from logscrub.code.position import Position
from logscrub.code.render import dotted, last_name, render
from logscrub.code.template import Hole, brace, is_numeric, label, percent
from logscrub.detect.keys import split_words

_LOG_METHOD = vocabulary("log_methods")
_NOT_PRINTED = vocabulary("keywords_not_printed")
_STRINGS = (ast.Constant, ast.JoinedStr)


class Printed(NamedTuple):
    """One value a call prints.

    Attributes:
        node: the expression.
        name: the name it is printed under by the template, or its keyword.
        label: what the text says just before it, if that reads like a key.
        numeric: only a number can be printed there.
    """

    node: ast.expr
    name: str
    label: str
    numeric: bool = False


class Site(NamedTuple):
    """A call that prints.

    Attributes:
        sink: ``logging``, ``print``, ``warnings``, ``raise``, ``repr``, …
        parts: fixed text and indexes of ``printed``; None if the text is not known.
    """

    node: ast.AST
    position: Position
    sink: str
    receiver: str
    level: str
    parts: tuple[str | int, ...] | None
    printed: tuple[Printed, ...]


class Sinks:
    """Finds the calls of a module that print.

    Args:
        knowledge: names of loggers and outputs.
        flow: resolves templates that have a name.
        loggers: further names of loggers, or functions that log.
    """

    def __init__(self, knowledge: Knowledge, flow: Flow, loggers: tuple[str, ...] = ()) -> None:
        self._knowledge = knowledge
        self._flow = flow
        self._loggers = frozenset(name.lower() for name in loggers)
        self._levels: dict[str, str | None] = {}
        self._logging: dict[str, bool] = {}

    def of(self, scope: Scope, lines: frozenset[int] | None) -> Iterator[Site]:
        """Yield what a function prints, in the order of the text.

        Args:
            scope: the function.
            lines: lines on which something may be; None for any.
        """
        scope.index()
        for statement in scope.statements:
            node = statement.node
            if lines is not None and not _touches(node, lines):
                continue
            at = Position(scope, statement.order, statement.block)
            yield from self._statement(statement, at)

    def _statement(self, statement: Statement, at: Position) -> Iterator[Site]:
        node = statement.node
        kind = type(node)
        if kind is ast.Expr:
            yield from self._expression(node.value, at)  # type: ignore[attr-defined]
        elif kind is ast.Raise:
            site = self._raised(node, at)  # type: ignore[arg-type]
            if site is not None:
                yield site
        elif kind is ast.Return:
            value = node.value  # type: ignore[attr-defined]
            function = at.scope.node
            if function is not None and function.name in ("__repr__", "__str__", "__unicode__"):
                yield self._site(node, at, "repr", "", "", [value], {}, [])
            else:
                yield from self._expression(value, at)
        elif kind is ast.Assign:
            if type(node.value) is ast.Call:  # type: ignore[attr-defined]
                yield from self._expression(node.value, at)  # type: ignore[attr-defined]
        elif kind in (ast.If, ast.While):
            yield from self._expression(node.test, at)  # type: ignore[attr-defined]

    def _expression(self, node: ast.expr, at: Position) -> Iterator[Site]:
        while type(node) is ast.Await:
            node = node.value
        kind = type(node)
        if kind is ast.Call:
            site = self.call(node, at)  # type: ignore[arg-type]
            if site is not None:
                yield site
                return
            for argument in node.args:  # type: ignore[attr-defined]
                if type(argument) in (ast.Call, ast.Lambda):
                    yield from self._expression(argument, at)
        elif kind is ast.Lambda:
            yield from self._expression(node.body, at)  # type: ignore[attr-defined]
        elif kind is ast.BoolOp:
            for one in node.values:  # type: ignore[attr-defined]
                yield from self._expression(one, at)
        elif kind is ast.IfExp:
            yield from self._expression(node.body, at)  # type: ignore[attr-defined]
            yield from self._expression(node.orelse, at)  # type: ignore[attr-defined]

    def call(self, node: ast.Call, at: Position) -> Site | None:
        """Return what a call prints, if it is one that prints."""
        function = node.func
        if type(function) is ast.Name:
            return self._function(node, function.id, at)
        if type(function) is not ast.Attribute:
            return None
        method = function.attr
        name = dotted(function)
        known = self._knowledge
        if name in known.output_dotted:
            sink = "warnings" if name.startswith("warnings") else "syslog" if name.startswith("syslog") else "print"
            if name == "logging.log":
                return self._site(
                    node, at, "logging", "logging", self._level_of(node, ""), node.args[1:], _keywords(node), []
                )
            if name == "syslog.syslog" and len(node.args) > 1:
                return self._site(node, at, sink, "syslog", "info", node.args[1:], {}, [])
            arguments = node.args[:1] if sink != "print" or method in ("echo", "secho") else node.args
            return self._site(
                node, at, sink, render(function.value), "warning" if sink == "warnings" else "", arguments, {}, []
            )
        receiver = function.value
        if method in known.output_methods and last_name(receiver).lower() in known.output_receivers:
            return self._site(node, at, "print", render(receiver), "", node.args, {}, [])
        if method in known.output_results:
            return self._site(
                node,
                at,
                "result",
                render(receiver),
                "",
                node.args,
                _keywords(node),
                [k.value for k in node.keywords if k.arg is None],
            )
        level = self.level(method)
        if level is None:
            if method in known.output_functions and last_name(receiver).lower() in (
                "console",
                "rich",
                "typer",
                "click",
                "pprint",
                "builtins",
                "six",
            ):
                return self._site(node, at, "print", render(receiver), "", node.args, {}, [])
            return None
        if not self.is_logger(receiver, at) and not self._reads_like_a_log(node, method, receiver, at):
            return None
        arguments = node.args
        if method == "log":
            level = self._level_of(node, "")
            if len(arguments) > 1 and not _is_text(arguments[0]):
                arguments = arguments[1:]
        elif len(arguments) > 1 and _is_level(arguments[0]):
            arguments = arguments[1:]
        if not arguments and not node.keywords:
            return None
        return self._site(
            node,
            at,
            self._library(at.scope.module, receiver),
            render(receiver),
            level,
            arguments,
            _keywords(node),
            [k.value for k in node.keywords if k.arg is None],
        )

    def _function(self, node: ast.Call, name: str, at: Position) -> Site | None:
        known = self._knowledge
        if name in known.output_functions:
            for keyword in node.keywords:
                if keyword.arg == "file" and last_name(keyword.value) not in ("stdout", "stderr"):
                    return None
            if name not in ("print", "pprint", "pp") and name not in at.scope.module.imports:
                return None
            return self._site(node, at, "print", "", "", node.args, {}, [])
        imported = at.scope.module.imports.get(name, "")
        if imported.replace(":", ".") in known.output_dotted:
            return self._site(
                node,
                at,
                "warnings" if "warn" in name else "print",
                "",
                "warning" if "warn" in name else "",
                node.args[:1],
                {},
                [],
            )
        if name.lower() in self._loggers or self._is_log_function(name, at):
            level = self.level(name) or ""
            return self._site(node, at, "logging", "", level, node.args, _keywords(node), [])
        return None

    def _is_log_function(self, name: str, at: Position) -> bool:
        """``log_debug("…")``, ``debug("…")`` from a logging module, ``method = getattr(logger, level)``."""
        words = split_words(name)
        if words and words[0] in ("log", "debug", "vlog") and (len(words) == 1 or self.level(words[-1]) is not None):
            return True
        imported = at.scope.module.imports.get(name, "")
        if imported.startswith(("logging:", "loguru:")) and self.level(name) is not None:
            return True
        for binding in at.scope.index().reaching(name, at.order, at.block):
            value = binding.value
            if (
                binding.how is How.ASSIGN
                and type(value) is ast.Call
                and last_name(value.func) == "getattr"
                and value.args
            ):
                return self.is_logger(value.args[0], at)
            if binding.how is How.ASSIGN and type(value) is ast.Attribute and self.level(value.attr) is not None:
                return self.is_logger(value.value, at)
        return False

    def level(self, method: str) -> str | None:
        """Return the level a method logs at, empty for one it is told; None if it does not log."""
        found = self._levels.get(method, "?")
        if found == "?":
            found = None
            for word in reversed(split_words(method)):
                if word in self._knowledge.levels:
                    found = self._knowledge.levels[word]
                    break
            if found == "" and not _LOG_METHOD.issuperset(split_words(method)):
                found = None  # event_logger.log_function_call() records something
            if method.startswith(("set_", "get_", "is_", "add_", "has_", "basic", "to_")) or method in (
                "get_logger",
                "getLogger",
                "log_message_type",
            ):
                found = None
            self._levels[method] = found
        return found

    def is_logger(self, receiver: ast.expr, at: Position, depth: int = 0) -> bool:
        """Tell whether an expression is a logger: by its name, or by what it is made with."""
        name = last_name(receiver)
        if self._named_logger(name) or name.lower() in self._loggers:
            return True
        if type(receiver) is ast.Call:
            return (
                name.lower() in self._knowledge.factories and name.lower() not in ("new", "patch", "bind", "opt")
            ) or (
                type(receiver.func) is ast.Attribute
                and name.lower() in self._knowledge.factories
                and depth < 4
                and self.is_logger(receiver.func.value, at, depth + 1)
            )
        if depth > 2:
            return False
        if type(receiver) is ast.Attribute:
            return receiver.attr == "root" and last_name(receiver.value) == "logging"
        if type(receiver) is ast.Name:
            scopes: list[Scope] = [at.scope]
            if at.scope is not at.scope.module.top:
                scopes.append(at.scope.module.top)
            for scope in scopes:
                rows = scope.index().bindings.get(receiver.id, ())
                for binding in rows[-3:]:
                    value = binding.value
                    if binding.how is not How.ASSIGN or value is receiver:
                        continue
                    if isinstance(value, (ast.Call, ast.Name, ast.Attribute)) and self.is_logger(value, at, depth + 1):
                        return True
        return False

    def _named_logger(self, name: str) -> bool:
        found = self._logging.get(name)
        if found is None:
            words = split_words(name)
            found = (
                bool(words)
                and (
                    any(word in self._knowledge.logger_words for word in words[-2:])
                    or (
                        len(words[-1]) > 4
                        and words[-1].endswith(self._knowledge.logger_glued)
                        and not words[-1].endswith(("dialog", "catalog", "backlog", "blog", "analog", "prolog"))
                    )
                )
                and words[-1]
                not in (
                    "file",
                    "path",
                    "dir",
                    "name",
                    "level",
                    "entry",
                    "entries",
                    "record",
                    "message",
                    "handler",
                    "model",
                    "probs",
                    "softmax",
                )
            )
            self._logging[name] = found
        return found

    def _reads_like_a_log(self, node: ast.Call, method: str, receiver: ast.expr, at: Position) -> bool:
        """A call of ``debug`` and the like whose first argument is a text: ``self.debug("…")``."""
        if method not in self._knowledge.levels and not any(w in self._knowledge.levels for w in split_words(method)):
            return False
        name = last_name(receiver).lower()
        if name not in self._knowledge.logger_with_text or not node.args:
            return False
        if type(receiver) is ast.Attribute and name in ("self", "cls"):
            return False
        return any(self._is_template(argument, at) for argument in node.args[:2])

    def _is_template(self, node: ast.expr, at: Position) -> bool:
        if type(node) is ast.BinOp:
            return self._is_template(node.left, at)
        if type(node) is ast.Call:
            return (
                type(node.func) is ast.Attribute
                and node.func.attr == "format"
                and self._is_template(node.func.value, at)
            ) or self._flow.texts.template_text(node, at) is not None
        return _is_text(node)

    def _library(self, module: Module, receiver: ast.expr) -> str:
        values = module.imports.values()
        for value in values:
            top = value.partition(":")[0].partition(".")[0]
            if top in ("loguru", "structlog", "oslo_log", "twisted"):
                return top
        return "logging"

    @staticmethod
    def _level_of(node: ast.Call, default: str) -> str:
        if node.args:
            name = last_name(node.args[0]).lower()
            if name in ("debug", "info", "warning", "error", "critical", "warn"):
                return "warning" if name == "warn" else name
        return default

    def _raised(self, node: ast.Raise, at: Position) -> Site | None:
        call = node.exc
        if type(call) is not ast.Call or not (call.args or call.keywords):
            return None
        printed = [argument for argument in call.args if type(argument) is not ast.Starred]
        return self._site(node, at, "raise", last_name(call.func), "", printed, _keywords(call), [], all_values=True)

    # What is printed

    def _site(
        self,
        node: ast.AST,
        at: Position,
        sink: str,
        receiver: str,
        level: str,
        arguments: list[ast.expr],
        keywords: dict[str, ast.expr],
        unpacked: list[ast.expr],
        all_values: bool = False,
    ) -> Site:
        printed: list[Printed] = []
        parts: list[str | int] | None
        if sink in ("print", "raise", "result") or all_values or not arguments:
            parts = []
            for index, argument in enumerate(arguments):
                if index and parts is not None:
                    parts.append(" ")
                more = self._text(argument, [], at, printed, 0)
                parts = parts + more if parts is not None and more is not None else None
        elif sink == "loguru" and keywords and _is_text(arguments[0]) and isinstance(arguments[0], ast.Constant):
            given = ast.Call(arguments[0], arguments[1:], [ast.keyword(name, one) for name, one in keywords.items()])
            parts = self._formatted(brace(str(arguments[0].value)), given, at, printed)
            told = {id(one.node) for one in printed}
            keywords = {name: one for name, one in keywords.items() if id(one) not in told}
        else:
            parts = self._text(arguments[0], arguments[1:], at, printed, 0)
        for name, value in keywords.items():
            if name not in _NOT_PRINTED:
                printed.append(Printed(value, name, ""))
        printed += [Printed(value, "", "") for value in unpacked]
        return Site(node, at, sink, receiver, level, None if parts is None else tuple(parts), tuple(printed))

    def _text(
        self, node: ast.expr, values: list[ast.expr], at: Position, printed: list[Printed], depth: int
    ) -> list[str | int] | None:
        """Split what a message is made of; values are the arguments that follow it."""
        kind = type(node)
        if kind is ast.Constant:
            text = node.value if isinstance(node.value, str) else str(node.value)  # type: ignore[attr-defined]
            if not values:
                return [text] if text else []
            pieces = percent(text)
            if not any(isinstance(piece, Hole) for piece in pieces) and "{" in text:
                pieces = brace(text)
            return self._filled(pieces, values, at, printed)
        if kind is ast.JoinedStr:
            parts: list[str | int] = []
            before = ""
            for one in node.values:  # type: ignore[attr-defined]
                if type(one) is ast.Constant:
                    before = str(one.value)
                    parts.append(before)
                else:
                    parts += self._value(one.value, "", label(before), printed, is_numeric(one))
                    before = ""
            for value in values:
                self._value(value, "", "", printed)
            return parts
        if kind is ast.BinOp and type(node.op) is ast.Mod:  # type: ignore[attr-defined]
            text_of = self._flow.texts.template_text(node.left, at)  # type: ignore[attr-defined]
            right = node.right  # type: ignore[attr-defined]
            given = list(right.elts) if type(right) is ast.Tuple else [right]
            if text_of is None:
                for value in given:
                    self._value(value, "", "", printed)
                return None
            return self._filled(percent(text_of), given, at, printed)
        if kind is ast.BinOp and type(node.op) is ast.Add and depth < 30:  # type: ignore[attr-defined]
            left = self._text(node.left, [], at, printed, depth + 1)  # type: ignore[attr-defined]
            before = left[-1] if left and isinstance(left[-1], str) else ""
            right_node = node.right  # type: ignore[attr-defined]
            if type(right_node) in (ast.Constant, ast.BinOp, ast.JoinedStr):
                right_parts = self._text(right_node, values, at, printed, depth + 1)
            else:
                right_parts = self._message(right_node, at, printed, depth + 1, label(before))
            return left + right_parts if left is not None and right_parts is not None else None
        if kind is ast.Call:
            function = node.func  # type: ignore[attr-defined]
            name = last_name(function)
            if name == "format" and type(function) is ast.Attribute:
                text_of = self._flow.texts.template_text(function.value, at)
                if text_of is not None:
                    return self._formatted(brace(text_of), node, at, printed)  # type: ignore[arg-type]
            text_of = self._flow.texts.template_text(node, at)
            if text_of is not None:
                return self._filled(percent(text_of), values, at, printed) if values else [text_of]
        if kind is ast.Name:
            text_of = self._flow.texts.template_text(node, at)
            if text_of is not None:
                return self._filled(percent(text_of), values, at, printed) if values else [text_of]
            if not values and depth < 3:
                return self._message(node, at, printed, depth, "")
        parts = self._value(node, "", "", printed)
        for value in values:
            self._value(value, "", "", printed)
        return parts

    def _message(
        self, node: ast.expr, at: Position, printed: list[Printed], depth: int, before: str
    ) -> list[str | int] | None:
        """A message that was put together above and has a name."""
        if type(node) is ast.Name and depth < 3:
            bindings = at.scope.index().reaching(node.id, at.order, at.block)
            if (
                len(bindings) == 1
                and bindings[0].how is How.ASSIGN
                and type(bindings[0].value) in (ast.BinOp, ast.JoinedStr, ast.Call)
            ):
                value = bindings[0].value
                inner = Position(at.scope, bindings[0].order, bindings[0].block)
                if type(value) is not ast.Call or last_name(value.func) == "format":
                    inside: list[Printed] = []
                    parts = self._text(value, [], inner, inside, depth + 1)  # type: ignore[arg-type]
                    if parts is not None and any(isinstance(part, str) and len(part) > 3 for part in parts):
                        offset = len(printed)
                        printed += [Printed(node, one.name, one.label) if False else one for one in inside]
                        return [part + offset if isinstance(part, int) else part for part in parts]
        return self._value(node, "", before, printed)

    def _filled(
        self, pieces: list[str | Hole], values: list[ast.expr], at: Position, printed: list[Printed]
    ) -> list[str | int]:
        """Put values into the holes of a ``%`` template."""
        parts: list[str | int] = []
        named = values[0] if len(values) == 1 else None
        position = 0
        used: set[str] = set()
        before = ""
        for piece in pieces:
            if isinstance(piece, str):
                parts.append(piece)
                before = piece
                continue
            if piece.name and named is not None:
                found = _under(named, piece.name)
                used.add(piece.name)
                if found is not None:
                    parts += self._value(found, piece.name, label(before), printed, piece.numeric)
                elif last_name(named) in ("locals", "vars") and type(named) is ast.Call:
                    local = ast.copy_location(ast.Name(piece.name, ast.Load()), named)
                    parts += self._value(local, piece.name, label(before), printed, piece.numeric)
                else:
                    item = ast.copy_location(ast.Subscript(named, ast.Constant(piece.name), ast.Load()), named)
                    parts += self._value(item, piece.name, label(before), printed, piece.numeric)
            else:
                index = piece.position if piece.position is not None else position
                position = index + 1
                if index < len(values):
                    parts += self._value(values[index], "", label(before), printed, piece.numeric)
                else:
                    parts.append("")
            before = ""
        for value in values[position:] if not used else []:
            self._value(value, "", "", printed)
        return parts

    def _formatted(
        self, pieces: list[str | Hole], call: ast.Call, at: Position, printed: list[Printed]
    ) -> list[str | int]:
        parts: list[str | int] = []
        position = 0
        before = ""
        named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
        for piece in pieces:
            if isinstance(piece, str):
                parts.append(piece)
                before = piece
                continue
            if piece.name:
                value = named.get(piece.name)
                if value is None:
                    spread = next((keyword.value for keyword in call.keywords if keyword.arg is None), None)
                    if spread is None:
                        continue
                    if last_name(spread) in ("locals", "vars"):
                        value = ast.copy_location(ast.Name(piece.name, ast.Load()), spread)
                    else:
                        value = ast.copy_location(ast.Subscript(spread, ast.Constant(piece.name), ast.Load()), spread)
            else:
                index = piece.position if piece.position is not None else position
                position = index + 1
                value = call.args[index] if index < len(call.args) else None
            if value is not None:
                parts += self._value(value, piece.name, label(before), printed, piece.numeric)
            before = ""
        return parts

    @staticmethod
    def _value(
        node: ast.expr, name: str, before: str, printed: list[Printed], numeric: bool = False
    ) -> list[str | int]:
        if type(node) is ast.Constant and isinstance(node.value, str):
            return [node.value]
        printed.append(Printed(node, name, before, numeric))
        return [len(printed) - 1]


def _under(container: ast.expr, key: str) -> ast.expr | None:
    """Return what a dict display or ``dict(…)`` holds under a key."""
    if type(container) is ast.Dict:
        for one, value in zip(container.keys, container.values):
            if type(one) is ast.Constant and one.value == key:
                return value
    if type(container) is ast.Call and last_name(container.func) == "dict":
        for keyword in container.keywords:
            if keyword.arg == key:
                return keyword.value
    return None


def _keywords(node: ast.Call) -> dict[str, ast.expr]:
    return {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}


def _is_text(node: ast.expr) -> bool:
    return type(node) is ast.JoinedStr or (type(node) is ast.Constant and isinstance(node.value, str))


def _is_level(node: ast.expr) -> bool:
    return last_name(node) in ("DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL")


def _touches(node: ast.stmt, lines: frozenset[int]) -> bool:
    kind = type(node)
    if kind in (ast.If, ast.While, ast.With, ast.AsyncWith):
        test = getattr(node, "test", None)
        if test is None:
            return False
        node = test
    first, last = node.lineno, node.end_lineno or node.lineno
    if first == last:
        return first in lines
    return any(line in lines for line in range(first, min(last, first + 400) + 1))
