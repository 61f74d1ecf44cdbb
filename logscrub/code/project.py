"""The modules of a project, parsed when somebody asks for them, and the way from a name to its definition."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from logscrub.code.files import module_name
from logscrub.code.model import Problem
from logscrub.code.module import Class, Module, Scope
from logscrub.code.parse import Parsed, parse

_MOST_HOPS = 4


class Project:
    """A set of source files that may import each other.

    Args:
        paths: all files that are read.
        read: gives the content of a file; empty if it cannot be read.
    """

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes]) -> None:
        self._read = read
        self._directories: dict[str, bool] = {}
        self._by_name: dict[str, str] = {}
        self._names: dict[str, tuple[str, bool]] = {}
        self._modules: dict[str, Module | None] = {}
        self._parsed: dict[str, Parsed] = {}
        for path in paths:
            if path.endswith(".py"):
                name, package = module_name(path, self._directories)
                self._names[path] = name, package
                self._by_name.setdefault(name, path)

    def module(self, path: str) -> Module | None:
        """Return a module, parsed; None if it cannot be."""
        if path not in self._modules:
            parsed = parse(self._read(path), path)
            self._parsed[path] = parsed
            name, package = self._names.get(path) or module_name(path, self._directories)
            module = Module(path, name, parsed.tree, package) if parsed.tree is not None else None
            if module is not None:
                module.text = parsed.text or ""
            self._modules[path] = module
        return self._modules[path]

    def parsed(self, path: str) -> Parsed:
        """Return what parsing a file gave."""
        self.module(path)
        return self._parsed[path]

    def problems(self, path: str) -> tuple[Problem, ...]:
        """Return what parsing a file had to say."""
        return self._parsed[path].problems if path in self._parsed else ()

    def function(self, module: Module, name: str) -> Scope | None:
        """Return the function a name in a module stands for: ``helper``, or ``helpers.mask``."""
        found = self._defined(module, name)
        return found if isinstance(found, Scope) else None

    def klass(self, module: Module, name: str) -> Class | None:
        """Return the class a name in a module stands for."""
        found = self._defined(module, name)
        return found if isinstance(found, Class) else None

    def _defined(self, module: Module, name: str) -> Scope | Class | None:
        head, _, rest = name.partition(".")
        imported = module.imports.get(head)
        if imported is None:
            return None
        source, _, item = imported.partition(":")
        target = f"{source}.{item}" if item and rest else source
        wanted = rest.rpartition(".")[2] if rest else item
        if not wanted:
            return None
        for _ in range(_MOST_HOPS):
            path = self._by_name.get(target)
            if path is None:
                return None
            other = self.module(path)
            if other is None:
                return None
            found: Scope | Class | None = other.functions.get(wanted) or other.classes.get(wanted)
            if found is not None:
                return found
            further = other.imports.get(wanted)
            if further is None:
                return None
            target, _, again = further.partition(":")
            wanted = again or wanted
        return None


def relative(path: str) -> str:
    """Return a path with ``/`` whatever the system."""
    return path.replace(os.sep, "/")
