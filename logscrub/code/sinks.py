"""Which calls write to a log, to the screen or into an exception, and under which level."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from logscrub.code.flow import Flow
from logscrub.code.knowledge import Knowledge, vocabulary
from logscrub.code.module import How, Module, Scope, Statement
from logscrub.code.position import Position
from logscrub.code.printed import Message, Printed
from logscrub.code.render import dotted, last_name, render
from logscrub.detect.keys import split_words

_NOT_LEVELS = vocabulary("not_levels")
_LOGGERS_IMPORTED = frozenset({"logging", "loguru:logger"})
_LOG_METHOD = vocabulary("log_methods")
# What prints its arguments one after another; the others take a template first.
_LISTING = frozenset({"print", "raise", "result"})
_AS_TEXT = frozenset({"__repr__", "__str__", "__unicode__"})
_BUILT_IN = frozenset({"print", "pprint", "pp"})
_STREAMS = frozenset({"stdout", "stderr"})
_CONSOLES = frozenset({"console", "rich", "typer", "click", "pprint", "builtins", "six"})
_LIBRARIES = frozenset({"loguru", "structlog", "oslo_log", "twisted"})
_LEVELS = frozenset({"debug", "info", "warning", "error", "critical"})
_LEVEL_NAMES = frozenset({"DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL"})
# Names with a word for a level or a logger in them that are none.
_NO_LEVEL = ("set_", "get_", "is_", "add_", "has_", "basic", "to_")
_NO_LEVELS = frozenset({"get_logger", "getLogger", "log_message_type"})
_NO_FACTORIES = frozenset({"new", "patch", "bind", "opt"})
_NO_LOG = ("dialog", "catalog", "backlog", "blog", "analog", "prolog")
_OF_A_LOG = frozenset(
    {
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
    }
)


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
        self._texts = flow.texts
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
            if lines is not None:
                if node.lineno not in lines and node.lineno == node.end_lineno:
                    continue
                if not _touches(node, lines):
                    continue
            at = Position(scope, statement.order, statement.block)
            yield from self._statement(statement, at)

    def _statement(self, statement: Statement, at: Position) -> Iterator[Site]:
        node = statement.node
        if isinstance(node, ast.Expr):
            yield from self._expression(node.value, at)
        elif isinstance(node, ast.Raise):
            site = self._raised(node, at)
            if site is not None:
                yield site
        elif isinstance(node, ast.Return):
            function = at.scope.node
            if node.value is None:
                return
            if function is not None and function.name in _AS_TEXT:
                yield self._site(node, at, "repr", [node.value])
            else:
                yield from self._expression(node.value, at)
        elif isinstance(node, ast.Assign):
            if isinstance(node.value, ast.Call):
                yield from self._expression(node.value, at)
        elif isinstance(node, ast.If | ast.While):
            yield from self._expression(node.test, at)

    def _expression(self, node: ast.expr, at: Position) -> Iterator[Site]:
        while isinstance(node, ast.Await):
            node = node.value
        if isinstance(node, ast.Call):
            site = self.call(node, at)
            if site is not None:
                yield site
                return
            for argument in node.args:
                if isinstance(argument, ast.Call | ast.Lambda):
                    yield from self._expression(argument, at)
        elif isinstance(node, ast.Lambda):
            yield from self._expression(node.body, at)
        elif isinstance(node, ast.BoolOp):
            for one in node.values:
                yield from self._expression(one, at)
        elif isinstance(node, ast.IfExp):
            yield from self._expression(node.body, at)
            yield from self._expression(node.orelse, at)

    def call(self, node: ast.Call, at: Position) -> Site | None:
        """Return what a call prints, if it is one that prints."""
        function = node.func
        if isinstance(function, ast.Name):
            return self._function(node, function.id, at)
        if not isinstance(function, ast.Attribute):
            return None
        known = self._knowledge
        method, receiver = function.attr, function.value
        name = dotted(function)
        if name in known.output_dotted:
            return self._output(node, name, method, receiver, at)
        if method in known.output_methods and last_name(receiver).lower() in known.output_receivers:
            return self._site(node, at, "print", node.args, receiver=render(receiver))
        if method in known.output_results:
            return self._site(node, at, "result", node.args, receiver=render(receiver), keywords=node.keywords)
        level = self.level(method)
        if level is None:
            if method in known.output_functions and last_name(receiver).lower() in _CONSOLES:
                return self._site(node, at, "print", node.args, receiver=render(receiver))
            return self._given_a_logger(node, method, at)
        if not self.is_logger(receiver, at) and not self._reads_like_a_log(node, method, receiver, at):
            return self._given_a_logger(node, method, at)
        return self._logged(node, method, receiver, level, at)

    def _output(self, node: ast.Call, name: str, method: str, receiver: ast.expr, at: Position) -> Site:
        """A function that is known by its whole name: ``sys.stdout.write``, ``warnings.warn``, ``logging.log``."""
        arguments = node.args
        if name == "logging.log":
            level, keywords = _level_of(node), _with_names(node)
            return self._site(node, at, "logging", arguments[1:], receiver="logging", level=level, keywords=keywords)
        if name == "syslog.syslog" and len(arguments) > 1:
            return self._site(node, at, "syslog", arguments[1:], receiver="syslog", level="info")
        sink = "warnings" if name.startswith("warnings") else "syslog" if name.startswith("syslog") else "print"
        if sink != "print" or method in ("echo", "secho"):
            arguments = arguments[:1]
        level = "warning" if sink == "warnings" else ""
        return self._site(node, at, sink, arguments, receiver=render(receiver), level=level)

    def _given_a_logger(self, node: ast.Call, method: str, at: Position) -> Site | None:
        """``utils.log_request(LOG, request)``: a helper that logs with the logger it is given."""
        if "log" not in method.lower() or len(node.args) < 2 or not self.is_logger(node.args[0], at):
            return None
        values = node.args[1:]
        texts = values if _is_text(values[0]) else [ast.copy_location(ast.Constant(""), node), *values]
        return self._site(node, at, _library(at.scope.module), texts, receiver=render(node.func))

    def _logged(self, node: ast.Call, method: str, receiver: ast.expr, level: str, at: Position) -> Site | None:
        arguments = node.args
        if method == "log":
            level = _level_of(node)
            if len(arguments) > 1 and not _is_text(arguments[0]):
                arguments = arguments[1:]
        elif len(arguments) > 1 and (last_name(arguments[0]) in _LEVEL_NAMES or _is_nothing(arguments[0])):
            arguments = arguments[1:]
        if not arguments and not node.keywords:
            return None
        sink = _library(at.scope.module)
        # What a method of one's own does with other arguments than the text, its body says.
        is_own = isinstance(receiver, ast.Name) and receiver.id in ("self", "cls")
        keywords = [] if is_own else node.keywords
        return self._site(node, at, sink, arguments, receiver=render(receiver), level=level, keywords=keywords)

    def _function(self, node: ast.Call, name: str, at: Position) -> Site | None:
        known = self._knowledge
        imports = at.scope.module.imports
        if name in known.output_functions:
            for keyword in node.keywords:
                if keyword.arg == "file" and last_name(keyword.value) not in _STREAMS:
                    return None
            if name not in _BUILT_IN and name not in imports:
                return None
            return self._site(node, at, "print", node.args)
        if imports.get(name, "").replace(":", ".") in known.output_dotted:
            if "warn" in name:
                return self._site(node, at, "warnings", node.args[:1], level="warning")
            return self._site(node, at, "print", node.args[:1])
        if name.lower() in self._loggers or self._is_log_function(name, at):
            level = self.level(name) or ""
            return self._site(node, at, "logging", node.args, level=level, keywords=_with_names(node))
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
        if method not in self._levels:
            self._levels[method] = self._level(method)
        return self._levels[method]

    def _level(self, method: str) -> str | None:
        if method.startswith(_NO_LEVEL) or method in _NO_LEVELS:
            return None
        words = split_words(method)
        levels = self._knowledge.levels
        if method.lower() not in levels and (len(words) > 3 or not _NOT_LEVELS.isdisjoint(words)):
            return None
        found = next((levels[word] for word in reversed(words) if word in levels), None)
        # event_logger.log_function_call() records something.
        return None if found == "" and not _LOG_METHOD.issuperset(words) else found

    def is_logger(self, receiver: ast.expr, at: Position, depth: int = 0) -> bool:
        """Tell whether an expression is a logger: by its name, or by what it is made with."""
        name = last_name(receiver)
        if self._named_logger(name) or name.lower() in self._loggers:
            return True
        if type(receiver) is ast.Call:
            return (name.lower() in self._knowledge.factories and name.lower() not in _NO_FACTORIES) or (
                type(receiver.func) is ast.Attribute
                and name.lower() in self._knowledge.factories
                and depth < 4
                and self.is_logger(receiver.func.value, at, depth + 1)
            )
        if depth > 2:
            return False
        if type(receiver) is ast.Subscript:  # LOGGERS["jobs"]
            return self.is_logger(receiver.value, at, depth + 1)
        if type(receiver) is ast.Attribute:
            return receiver.attr == "root" and last_name(receiver.value) == "logging"
        if type(receiver) is ast.Name:
            if at.scope.module.imports.get(receiver.id) in _LOGGERS_IMPORTED:
                return True
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
        if name not in self._logging:
            self._logging[name] = self._is_logger_name(split_words(name))
        return self._logging[name]

    def _is_logger_name(self, words: Sequence[str]) -> bool:
        if not words or words[-1] in _OF_A_LOG:
            return False
        last = words[-1]
        glued = len(last) > 4 and last.endswith(self._knowledge.logger_glued) and not last.endswith(_NO_LOG)
        return glued or any(word in self._knowledge.logger_words for word in words[-2:])

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
            ) or self._texts.template_text(node, at) is not None
        return _is_text(node)

    def _raised(self, node: ast.Raise, at: Position) -> Site | None:
        call = node.exc
        if not isinstance(call, ast.Call) or not (call.args or call.keywords):
            return None
        arguments = [argument for argument in call.args if not isinstance(argument, ast.Starred)]
        return self._site(node, at, "raise", arguments, receiver=last_name(call.func), keywords=_with_names(call))

    def _site(
        self,
        node: ast.AST,
        at: Position,
        sink: str,
        arguments: Sequence[ast.expr],
        *,
        receiver: str = "",
        level: str = "",
        keywords: Sequence[ast.keyword] = (),
    ) -> Site:
        message = Message(self._texts, at)
        named = [keyword for keyword in keywords if keyword.arg is not None]
        if sink in _LISTING or not arguments:
            parts = message.listed(arguments)
        else:
            first, rest = arguments[0], arguments[1:]
            if sink == "loguru" and named and isinstance(first, ast.Constant) and isinstance(first.value, str):
                parts = message.formatted(first.value, rest, named)
            else:
                parts = message.text(first, rest)
        message.beside(keywords)
        return Site(node, at, sink, receiver, level, None if parts is None else tuple(parts), tuple(message.printed))


def _library(module: Module) -> str:
    for value in module.imports.values():
        top = value.partition(":")[0].partition(".")[0]
        if top in _LIBRARIES:
            return top
    return "logging"


def _level_of(node: ast.Call) -> str:
    """Return the level that ``log(level, …)`` is told."""
    name = last_name(node.args[0]).lower() if node.args else ""
    return "warning" if name == "warn" else name if name in _LEVELS else ""


def _with_names(node: ast.Call) -> list[ast.keyword]:
    return [keyword for keyword in node.keywords if keyword.arg is not None]


def _is_nothing(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


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
