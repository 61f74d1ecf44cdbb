"""One source file, indexed as far as needed: what it imports, its classes and functions, and who binds which name."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

from logscrub.code.evidence import evidence_of

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_MUTATORS = frozenset({"append", "extend", "insert", "update", "add", "setdefault", "appendleft", "write", "push"})
_REMOVERS = frozenset({"pop", "remove", "discard", "clear"})
_WRITERS = ("__repr__", "__str__", "__unicode__", "__format__")


class How(IntEnum):
    """How a statement binds a name."""

    ASSIGN = 0  # name = value
    ADD = 1  # name += value, name.append(value), name.update(value)
    ITEM = 2  # name[key] = value
    REMOVE = 3  # del name[key], name.pop(key)
    ELEMENT = 4  # for name in value; with value as name
    PART = 5  # name, other = value
    CAUGHT = 6  # except value as name


class Binding(NamedTuple):
    """One place where a name gets or changes its value.

    Attributes:
        order: number of the statement within its function.
        block: numbers of the blocks it stands in, outermost first.
        value: the expression it gets, or what it is an element of.
        key: for ``ITEM`` and ``REMOVE`` the key; for ``PART`` the index; for ``ELEMENT`` over ``items()`` whether the
            name is the key (0) or the value (1).
        node: the statement.
    """

    how: How
    order: int
    block: tuple[int, ...]
    value: ast.expr | None
    key: ast.expr | int | None
    node: ast.AST


class Statement(NamedTuple):
    """A statement that may hold a call that prints."""

    order: int
    block: tuple[int, ...]
    node: ast.stmt


class Scope:
    """A function, or the top level of a module: its bindings in the order of the text.

    Attributes:
        module: the module it is part of.
        node: the function; None for the top level.
        qualname: ``Class.method``, ``<module>`` for the top level.
        owner: the class it is a method of.
        outer: the function it stands in.
        parameters: names, in order, without ``self``.
        guards: the condition under which a block of this number runs.
        ordered: names that are compared by size; None if nobody asked yet.
        attributes: names one of whose attributes is read that no text has; the same.
    """

    __slots__ = (
        "annotations",
        "attributes",
        "bindings",
        "body",
        "defaults",
        "functions",
        "guards",
        "indexed",
        "keyworded",
        "memo",
        "module",
        "node",
        "ordered",
        "outer",
        "owner",
        "parameters",
        "qualname",
        "returns",
        "sinks",
        "statements",
        "summary",
        "variadic",
    )  # fmt: skip

    def __init__(
        self,
        module: Module,
        node: FunctionNode | None,
        qualname: str,
        owner: Class | None,
        outer: Scope | None,
        body: Sequence[ast.stmt],
    ) -> None:
        self.module = module
        self.node = node
        self.qualname = qualname
        self.owner = owner
        self.outer = outer
        self.body = body
        self.bindings: dict[str, list[Binding]] = {}
        self.statements: list[Statement] = []
        self.returns: list[Statement] = []
        self.functions: dict[str, Scope] = {}
        self.memo: dict[int, tuple[ast.AST, Any]] = {}
        self.summary: object | None = None
        self.sinks: object | None = None
        self.guards: dict[int, ast.expr] = {}
        self.ordered: frozenset[str] | None = None
        self.attributes: frozenset[str] | None = None
        self.indexed = False
        self.parameters: list[str] = []
        self.annotations: dict[str, ast.expr] = {}
        self.defaults: dict[str, ast.expr] = {}
        self.variadic = ""
        self.keyworded = ""
        if node is not None:
            self._read_parameters(node.args)

    def _read_parameters(self, arguments: ast.arguments) -> None:
        positional = [*arguments.posonlyargs, *arguments.args]
        for one in [*positional, *arguments.kwonlyargs]:
            self.parameters.append(one.arg)
            if one.annotation is not None:
                self.annotations[one.arg] = one.annotation
        for one, default in zip(reversed(positional), reversed(arguments.defaults)):
            self.defaults[one.arg] = default
        if self.owner is not None and self.parameters and self.parameters[0] in ("self", "cls"):
            del self.parameters[0]
        if arguments.vararg is not None:
            self.variadic = arguments.vararg.arg
        if arguments.kwarg is not None:
            self.keyworded = arguments.kwarg.arg

    def index(self) -> Scope:
        """Read the bindings and statements; once."""
        if not self.indexed:
            self.indexed = True
            _Indexer(self).run(self.body, ())
        return self

    def reaching(self, name: str, order: int, block: tuple[int, ...]) -> list[Binding]:
        """Return the bindings of a name that may hold at a place, the latest first."""
        found = []
        for binding in reversed(self.bindings.get(name, ())):
            if binding.order >= order:
                continue
            found.append(binding)
            if binding.how in _REPLACING and binding.block == block[: len(binding.block)]:
                break
        return found


_REPLACING = frozenset({How.ASSIGN, How.PART, How.ELEMENT, How.CAUGHT})


class Class:
    """A class: its bases, methods, and what is assigned to its attributes."""

    __slots__ = ("attributes", "bases", "decorators", "fields", "methods", "module", "name", "node", "written")

    def __init__(self, module: Module, node: ast.ClassDef) -> None:
        self.module = module
        self.node = node
        self.name = node.name
        self.bases = node.bases
        self.decorators = node.decorator_list
        self.methods: dict[str, Scope] = {}
        self.fields: list[ast.AnnAssign | ast.Assign] = []
        self.written: dict[str, list[tuple[Scope, Binding]]] | None = None

    def writes(self) -> dict[str, list[tuple[Scope, Binding]]]:
        """Return what methods assign to each attribute of ``self``."""
        if self.written is None:
            self.written = {}
            for method in self.methods.values():
                for name, bindings in method.index().bindings.items():
                    if name.startswith("self."):
                        rows = self.written.setdefault(name[5:], [])
                        rows += [(method, binding) for binding in bindings]
        return self.written


class Module:
    """A source file.

    Attributes:
        name: dotted name, as far as the path tells.
        imports: local name to ``module`` or ``module:name``.
        text: the source.
        lexical: it works on the tokens of a language; None if nobody asked yet.
    """

    def __init__(self, path: str, name: str, tree: ast.Module, package: bool = False) -> None:
        self.path = path
        self.name = name
        self.package = package
        self.text = ""
        self.lexical: bool | None = None
        self._evidence: frozenset[str] | None = None
        self._lines: list[str] | None = None
        self.imports: dict[str, str] = {}
        self.functions: dict[str, Scope] = {}
        self.classes: dict[str, Class] = {}
        self.scopes: list[Scope] = []
        self.top = Scope(self, None, "<module>", None, None, tree.body)
        self.scopes.append(self.top)
        self._collect(tree.body, "", None, None)

    def _collect(self, body: Sequence[ast.stmt], prefix: str, owner: Class | None, outer: Scope | None) -> None:
        """Find imports, classes and functions: statements only, no expression is looked at."""
        pending = list(reversed(body))
        while pending:
            node = pending.pop()
            kind = type(node)
            if kind is ast.Expr or kind is ast.Assign or kind is ast.Return:
                if owner is not None and kind is ast.Assign:
                    owner.fields.append(node)  # type: ignore[arg-type]
                continue
            if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
                self._function(node, prefix, owner, outer)  # type: ignore[arg-type]
            elif kind is ast.ClassDef:
                one = Class(self, node)  # type: ignore[arg-type]
                name = f"{prefix}{one.name}"
                self.classes.setdefault(one.name, one)
                self._collect(node.body, f"{name}.", one, outer)  # type: ignore[attr-defined]
            elif kind is ast.ImportFrom:
                self._import_from(node)  # type: ignore[arg-type]
            elif kind is ast.Import:
                for alias in node.names:  # type: ignore[attr-defined]
                    self.imports[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            elif kind is ast.AnnAssign:
                if owner is not None:
                    owner.fields.append(node)  # type: ignore[arg-type]
            else:
                for inner in _blocks(node):
                    pending += reversed(inner)

    def _function(self, node: FunctionNode, prefix: str, owner: Class | None, outer: Scope | None) -> None:
        name = f"{prefix}{node.name}"
        scope = Scope(self, node, name, owner, outer, node.body)
        self.scopes.append(scope)
        if owner is not None:
            owner.methods.setdefault(node.name, scope)
        elif outer is not None:
            outer.functions.setdefault(node.name, scope)
        else:
            self.functions.setdefault(node.name, scope)
        self._collect(node.body, f"{name}.", None, scope)

    def _import_from(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            parts = self.name.split(".")
            keep = len(parts) - node.level + (1 if self.package else 0)
            base = ".".join([*parts[: max(keep, 0)], *([base] if base else [])])
        for alias in node.names:
            self.imports[alias.asname or alias.name] = f"{base}:{alias.name}"

    @property
    def evidence(self) -> frozenset[str]:
        """Kinds of object that this file is seen to fill with secrets."""
        if self._evidence is None:
            named = f"{self.path.rpartition('/')[0][-40:]}\n{self.text}"  # the package says what it is about, too
            self._evidence = evidence_of(named.encode("utf-8", "surrogatepass"))
        return self._evidence

    def lines(self, first: int, last: int) -> str:
        """Return the text of some lines."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return "\n".join(self._lines[first - 1 : last])

    def scope_at(self, line: int) -> Scope:
        """Return the innermost function a line stands in."""
        best = self.top
        for scope in self.scopes[1:]:
            node = scope.node
            if node is None or not node.lineno <= line <= (node.end_lineno or 0):
                continue
            if best.node is None or node.lineno >= best.node.lineno:
                best = scope
        return best

    def scopes_with(self, lines: Sequence[int]) -> Iterator[Scope]:
        """Yield the scopes that hold one of the lines (ascending)."""
        for scope in self.scopes[1:]:
            node = scope.node
            if node is not None:
                at = bisect_left(lines, node.lineno)
                if at < len(lines) and lines[at] <= (node.end_lineno or 0):
                    yield scope
        if lines:
            yield self.top


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    body = getattr(node, "body", None)
    if body:
        yield body
    handlers = getattr(node, "handlers", None)
    if handlers:
        for handler in handlers:
            yield handler.body
    for name in ("orelse", "finalbody"):
        more = getattr(node, name, None)
        if more:
            yield more
    for case in getattr(node, "cases", ()):
        yield case.body


class _Indexer:
    """Walks the statements of one function, not those of functions and classes inside it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.order = 0
        self.block = 0

    def run(self, body: Sequence[ast.stmt], path: tuple[int, ...]) -> None:
        for node in body:
            self.order += 1
            handler = _HANDLERS.get(type(node))
            if handler is not None:
                handler(self, node, path)

    def inner(self, body: Sequence[ast.stmt], path: tuple[int, ...]) -> None:
        if body:
            self.block += 1
            self.run(body, (*path, self.block))

    def bind(
        self,
        target: ast.expr,
        how: How,
        value: ast.expr | None,
        path: tuple[int, ...],
        node: ast.AST,
        key: ast.expr | int | None = None,
    ) -> None:
        kind = type(target)
        if kind is ast.Name:
            name = target.id  # type: ignore[attr-defined]
        elif kind is ast.Attribute:
            base = target.value  # type: ignore[attr-defined]
            if type(base) is not ast.Name:
                return
            name = f"{base.id}.{target.attr}"  # type: ignore[attr-defined]
        elif kind is ast.Subscript:
            if how is How.ASSIGN:
                inner = target.value  # type: ignore[attr-defined]
                index = target.slice  # type: ignore[attr-defined]
                while type(inner) is ast.Subscript:  # x["a"]["b"] = value changes x
                    inner = inner.value
                self.bind(inner, How.ITEM, value, path, node, index)
            return
        elif kind is ast.Tuple or kind is ast.List:
            self._unpack(target, how, value, path, node)
            return
        elif kind is ast.Starred:
            self.bind(target.value, how, value, path, node, key)  # type: ignore[attr-defined]
            return
        else:
            return
        self.scope.bindings.setdefault(name, []).append(Binding(how, self.order, path, value, key, node))

    def _unpack(self, target: ast.expr, how: How, value: ast.expr | None, path: tuple[int, ...], node: ast.AST) -> None:
        elements = target.elts  # type: ignore[attr-defined]
        if how is How.ASSIGN and type(value) in (ast.Tuple, ast.List) and len(value.elts) == len(elements):  # type: ignore[union-attr]
            for one, part in zip(elements, value.elts):  # type: ignore[union-attr]
                self.bind(one, how, part, path, node)
            return
        for index, one in enumerate(elements):
            self.bind(one, How.PART if how is How.ASSIGN else how, value, path, node, index)

    def statement(self, node: ast.stmt, path: tuple[int, ...]) -> None:
        self.scope.statements.append(Statement(self.order, path, node))

    def assign(self, node: ast.Assign, path: tuple[int, ...]) -> None:
        value = node.value
        if type(value) is ast.Call and type(value.func) is ast.Attribute and value.func.attr == "pop" and value.args:
            self.bind(value.func.value, How.REMOVE, None, path, node, value.args[0])
        for target in node.targets:
            self.bind(target, How.ASSIGN, node.value, path, node)
        self.statement(node, path)

    def annotated(self, node: ast.AnnAssign, path: tuple[int, ...]) -> None:
        if node.value is not None:
            self.bind(node.target, How.ASSIGN, node.value, path, node)

    def augmented(self, node: ast.AugAssign, path: tuple[int, ...]) -> None:
        self.bind(node.target, How.ADD, node.value, path, node)

    def expression(self, node: ast.Expr, path: tuple[int, ...]) -> None:
        call = node.value
        if type(call) is ast.Call and type(call.func) is ast.Attribute:
            method, target = call.func.attr, call.func.value
            if method in _MUTATORS and (call.args or call.keywords):
                if method == "setdefault" and len(call.args) == 2:
                    self.bind_item(target, call.args[1], path, node, call.args[0])
                else:
                    for argument in call.args[-1:]:
                        self.bind(target, How.ADD, argument, path, node)
                    for keyword in call.keywords:
                        if keyword.arg is not None:
                            self.bind_item(target, keyword.value, path, node, ast.Constant(keyword.arg))
                        else:
                            self.bind(target, How.ADD, keyword.value, path, node)
            elif method in _REMOVERS and call.args:
                self.bind(target, How.REMOVE, None, path, node, call.args[0])
        elif type(call) in (ast.Yield, ast.YieldFrom):
            self.scope.returns.append(Statement(self.order, path, node))
        self.statement(node, path)

    def bind_item(self, target: ast.expr, value: ast.expr, path: tuple[int, ...], node: ast.AST, key: ast.expr) -> None:
        while type(target) is ast.Subscript:
            target = target.value
        self.bind(target, How.ITEM, value, path, node, key)

    def delete(self, node: ast.Delete, path: tuple[int, ...]) -> None:
        for target in node.targets:
            if type(target) is ast.Subscript:
                inner: ast.expr = target.value
                while type(inner) is ast.Subscript:
                    inner = inner.value
                self.bind(inner, How.REMOVE, None, path, node, target.slice)

    def loop(self, node: ast.For | ast.AsyncFor, path: tuple[int, ...]) -> None:
        self.block += 1
        inner = (*path, self.block)
        target = node.target
        if type(target) is ast.Tuple and is_pairs(node.iter):
            for index, one in enumerate(target.elts):
                self.bind(one, How.ELEMENT, node.iter, inner, node, index)
        else:
            self.bind(target, How.ELEMENT, node.iter, inner, node)
        self.run(node.body, inner)
        self.inner(node.orelse, path)

    def branch(self, node: ast.If | ast.While, path: tuple[int, ...]) -> None:
        self.statement(node, path)
        test = node.test
        if type(test) is ast.NamedExpr:
            self.bind(test.target, How.ASSIGN, test.value, path, node)
        self.scope.guards[self.block + 1] = test
        self.inner(node.body, path)
        self.inner(node.orelse, path)

    def context(self, node: ast.With | ast.AsyncWith, path: tuple[int, ...]) -> None:
        self.statement(node, path)
        for item in node.items:
            if item.optional_vars is not None:
                self.bind(item.optional_vars, How.ELEMENT, item.context_expr, path, node, -1)
        self.run(node.body, path)

    def attempt(self, node: ast.Try, path: tuple[int, ...]) -> None:
        self.run(node.body, path)
        for handler in node.handlers:
            self.block += 1
            inner = (*path, self.block)
            if handler.name:
                self.order += 1
                self.scope.bindings.setdefault(handler.name, []).append(
                    Binding(How.CAUGHT, self.order, inner, handler.type, None, handler)
                )
            self.run(handler.body, inner)
        self.inner(node.orelse, path)
        self.run(node.finalbody, path)

    def choose(self, node: ast.Match, path: tuple[int, ...]) -> None:
        for case in node.cases:
            self.inner(case.body, path)

    def give(self, node: ast.Return, path: tuple[int, ...]) -> None:
        if node.value is not None:
            self.scope.returns.append(Statement(self.order, path, node))
        self.statement(node, path)


def is_pairs(iterated: ast.expr) -> bool:
    """Tell whether a loop goes over keys and values."""
    if type(iterated) is ast.Call:
        for argument in iterated.args:
            if is_pairs(argument):
                return True
        function = iterated.func
        name = function.attr if type(function) is ast.Attribute else getattr(function, "id", "")
        return name in ("items", "iteritems", "viewitems", "enumerate")
    return False


_HANDLERS: dict[type, Callable[[_Indexer, Any, tuple[int, ...]], None]] = {
    ast.Assign: _Indexer.assign,
    ast.AnnAssign: _Indexer.annotated,
    ast.AugAssign: _Indexer.augmented,
    ast.Expr: _Indexer.expression,
    ast.Delete: _Indexer.delete,
    ast.For: _Indexer.loop,
    ast.AsyncFor: _Indexer.loop,
    ast.If: _Indexer.branch,
    ast.While: _Indexer.branch,
    ast.With: _Indexer.context,
    ast.AsyncWith: _Indexer.context,
    ast.Try: _Indexer.attempt,
    ast.TryStar: _Indexer.attempt,
    ast.Match: _Indexer.choose,
    ast.Return: _Indexer.give,
    ast.Raise: _Indexer.statement,
    ast.Assert: _Indexer.statement,
}
