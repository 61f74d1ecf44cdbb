"""Which names a file binds, and the imports a repair needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

import libcst as cst

from logscrub.code.fix.edit import Edit
from logscrub.code.fix.tree import Tree, append_item, comma_after

_BINDERS = (
    cst.AssignTarget,
    cst.AnnAssign,
    cst.AugAssign,
    cst.Param,
    cst.FunctionDef,
    cst.ClassDef,
    cst.CompFor,
    cst.For,
    cst.NamedExpr,
    cst.AsName,
    cst.NameItem,
    cst.Element,
    cst.MatchAs,
)


class Names:
    """The names of one file, and the imports that were asked for.

    Args:
        tree: the file.
        path: where it lies, to tell its own package from others.
    """

    def __init__(self, tree: Tree, path: str) -> None:
        self._tree = tree
        self._package = _package_of(path)
        self._head = _head(tree.module.body)
        self._modules: dict[str, str] = {}
        """Bound name → module, for ``import x`` and ``import x as y`` at the top level."""
        self._members: dict[str, tuple[str, str]] = {}
        """Bound name → module and name in it, for ``from x import y``."""
        for statement in _imports(tree.module.body):
            self._note(statement)
        self._taken = {node.value for node in tree.parents if isinstance(node, cst.Name) and self._is_bound(node)}
        self._defined = {
            node.name.value for node in tree.module.body if isinstance(node, (cst.FunctionDef, cst.ClassDef))
        }
        self._wanted: set[str] = set()
        self._added: dict[cst.ImportFrom, list[str]] = {}

    def member(self, module: str, name: str, prefer_module: bool = False) -> str:
        """Return the code by which a name of a module can be used; its import is added if there is none.

        Args:
            module: the module.
            name: a function of it.
            prefer_module: use ``import module`` rather than ``from module import name``.
        """
        for bound, member in self._members.items():
            if member == (module, name) and bound not in self._taken:
                return bound
        for bound, imported in self._modules.items():
            if imported == module and bound not in self._taken:
                return f"{bound}.{name}"
        if not prefer_module and self._is_free(name):
            statement = self._from(module)
            if statement is not None:
                self._added.setdefault(statement, [])
                if name not in self._added[statement]:
                    self._added[statement].append(name)
            else:
                self._wanted.add(f"from {module} import {name}")
            return name
        bound = module if self._is_free(module) else f"_{module}"
        self._wanted.add(f"import {module}" if bound == module else f"import {module} as {bound}")
        return f"{bound}.{name}"

    def own(self, code: str) -> str | None:
        """Return the code of a function of the project's own as it can be called in this file, None if it cannot."""
        root = code.partition(".")[0]
        if root in self._modules or root in self._members or root in self._defined:
            return code
        module, _, name = code.rpartition(".")
        return next((bound for bound, member in self._members.items() if member == (module, name)), None)

    def origin(self, code: str) -> str:
        """Return the full name of a dotted name, as far as imports tell.

        ``define`` is ``attrs.define`` after ``from attrs import define``.
        """
        root, dot, rest = code.partition(".")
        if root in self._members:
            return ".".join(self._members[root]) + dot + rest
        return self._modules.get(root, root) + dot + rest

    def edits(self) -> list[Edit]:
        """Return the edits that make the imports asked for."""
        edits = []
        for statement, names in self._added.items():
            assert not isinstance(statement.names, cst.ImportStar)
            last = statement.names[-1]
            edits += append_item(self._tree, last, comma_after(self._tree, last), ", ".join(names))
        return edits + [self._new_import(line) for line in sorted(self._wanted)]

    def _is_free(self, name: str) -> bool:
        return name not in (self._taken | self._defined | self._members.keys() | self._modules.keys())

    def _is_bound(self, name: cst.Name) -> bool:
        """Whether this is where something other than a top-level import binds the name."""
        parent = self._tree.parents[name]
        if isinstance(parent, (cst.Global, cst.Nonlocal)):
            return True
        if isinstance(parent, cst.ImportAlias):
            return parent.name is name and parent.asname is None and not self._is_top_import(parent)
        if isinstance(parent, cst.AsName):
            grand = self._tree.parents[parent]
            return not (isinstance(grand, cst.ImportAlias) and self._is_top_import(grand))
        if isinstance(parent, cst.Element):
            # ``a, b = …`` binds; ``[a, b]`` as a value does not.
            around = self._tree.parents[self._tree.parents[parent]]
            return isinstance(around, (cst.AssignTarget, cst.For, cst.CompFor, cst.AsName))
        if isinstance(parent, (cst.AnnAssign, cst.AugAssign, cst.For, cst.CompFor, cst.NamedExpr, cst.AssignTarget)):
            return parent.target is name
        if isinstance(parent, (cst.Param, cst.FunctionDef, cst.ClassDef)):
            return parent.name is name
        return isinstance(parent, _BINDERS)

    def _is_top_import(self, alias: cst.ImportAlias) -> bool:
        line = self._tree.parents[self._tree.parents[alias]]
        return self._tree.parents[line] is self._tree.module

    def _note(self, statement: cst.Import | cst.ImportFrom) -> None:
        if isinstance(statement.names, cst.ImportStar):
            return
        for alias in statement.names:
            name = self._tree.code(alias.name)
            bound = alias.evaluated_alias
            if isinstance(statement, cst.ImportFrom):
                module = "." * len(statement.relative) + (self._tree.code(statement.module) if statement.module else "")
                self._members[bound or name] = (module, name)
            elif bound is not None:
                self._modules[bound] = name
            else:
                root = name.partition(".")[0]
                self._modules[root] = root

    def _from(self, module: str) -> cst.ImportFrom | None:
        for statement in _imports(self._head):
            if (
                isinstance(statement, cst.ImportFrom)
                and not isinstance(statement.names, cst.ImportStar)
                and not statement.relative
                and statement.module is not None
                and self._tree.code(statement.module) == module
            ):
                return statement
        return None

    def _new_import(self, line: str) -> Edit:
        newline = self._tree.newline
        lines = [each for each in self._head if next(_imports([each]), None) is not None]
        lines = [each for each in lines if not self._is_future(each)]
        if not lines:
            return self._first_import(line)
        mine = self._rank(line.split()[1])
        before = [each for each in lines if self._sort_key(each) <= (mine, line.startswith("from"), line.split()[1])]
        following = next((each for each in lines if self._sort_key(each)[0] == mine and each not in before), None)
        if not before or (following is not None and self._sort_key(before[-1])[0] != mine):
            beside = following or lines[0]
            start = self._line_start(beside)
            return Edit(start, start, f"{line}{newline}{'' if following else newline}")
        end = self._line_end(before[-1])
        apart = "" if self._sort_key(before[-1])[0] == mine else newline
        touches = self._tree.text[end : end + 1] not in ("", "\r", "\n")
        return Edit(end, end, f"{self._line_break_before(end)}{apart}{line}{newline}{apart if touches else ''}")

    def _first_import(self, line: str) -> Edit:
        """There is no import yet: below the docstring and ``__future__``, above everything else."""
        tree, newline = self._tree, self._tree.newline
        if self._head:
            end = self._line_end(self._head[-1])
            rest = tree.text[end:].startswith(("\r", "\n"))
            return Edit(end, end, f"{self._line_break_before(end)}{newline}{line}{newline}{'' if rest else newline}")
        first = tree.module.body[0]
        start = tree.bare_span(first)[0]
        if isinstance(first, (cst.FunctionDef, cst.ClassDef)) and first.decorators:
            start = tree.bare_span(first.decorators[0])[0]
        # A comment right above belongs to the statement, unless it is where the file begins.
        lines = tree.text[:start].splitlines(keepends=True)
        above = len(lines)
        while above and lines[above - 1].lstrip().startswith("#"):
            above -= 1
        if above:
            start = sum(map(len, lines[:above]))
        return Edit(start, start, f"{line}{newline}{newline}")

    def _line_start(self, statement: cst.CSTNode) -> int:
        return self._tree.bare_span(statement)[0]

    def _line_end(self, statement: cst.CSTNode) -> int:
        """The offset after the line break that ends a statement."""
        text = self._tree.text
        end = self._tree.bare_span(statement)[1]
        while end < len(text) and text[end] not in "\r\n":
            end += 1
        return end + (2 if text.startswith("\r\n", end) else 1 if end < len(text) else 0)

    def _line_break_before(self, offset: int) -> str:
        return "" if self._tree.text[:offset].endswith(("\r", "\n")) else self._tree.newline

    def _is_future(self, statement: cst.CSTNode) -> bool:
        return any(
            isinstance(each, cst.ImportFrom)
            and each.module is not None
            and self._tree.code(each.module) == "__future__"
            for each in _imports([statement])
        )

    def _sort_key(self, statement: cst.CSTNode) -> tuple[int, bool, str]:
        """As import sorters do: by section, ``import`` before ``from``, by name."""
        first = next(_imports([statement]))
        if isinstance(first, cst.ImportFrom):
            if first.relative or first.module is None:
                return 3, True, ""
            name = self._tree.code(first.module)
            return self._rank(name), True, name
        name = self._tree.code(first.names[0].name)
        return self._rank(name), False, name

    def _rank(self, module: str) -> int:
        root = module.partition(".")[0]
        if root in sys.stdlib_module_names:
            return 0
        return 2 if root == self._package else 1


def _imports(statements: Sequence[cst.CSTNode]) -> Iterator[cst.Import | cst.ImportFrom]:
    for statement in statements:
        if isinstance(statement, cst.SimpleStatementLine):
            yield from (each for each in statement.body if isinstance(each, (cst.Import, cst.ImportFrom)))


def _head(body: Sequence[cst.BaseStatement | cst.BaseSmallStatement]) -> list[cst.SimpleStatementLine]:
    """The docstring and the imports a file begins with, up to the last import before anything runs."""
    head: list[cst.SimpleStatementLine] = []
    for number, statement in enumerate(body):
        if not isinstance(statement, cst.SimpleStatementLine):
            break
        is_docstring = (
            number == 0
            and isinstance(statement.body[0], cst.Expr)
            and isinstance(statement.body[0].value, (cst.SimpleString, cst.ConcatenatedString))
        )
        if not is_docstring and not all(isinstance(each, (cst.Import, cst.ImportFrom)) for each in statement.body):
            break
        head.append(statement)
    return head


def _package_of(path: str) -> str:
    folder = os.path.dirname(os.path.abspath(path))
    package = ""
    while os.path.exists(os.path.join(folder, "__init__.py")) and os.path.basename(folder):
        folder, package = os.path.split(folder)
    return package
