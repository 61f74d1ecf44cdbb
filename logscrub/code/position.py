"""Where an expression stands, and how names of other modules are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from logscrub.code.module import Binding, Class, Module, Scope


class Position(NamedTuple):
    """Where in a function an expression stands."""

    scope: Scope
    order: int
    block: tuple[int, ...]


class Resolver(NamedTuple):
    """How to find what other modules define; answers None for what is not part of the project."""

    function: Callable[[Module, str], Scope | None]
    klass: Callable[[Module, str], Class | None]


class Frozen:
    """A scope as it is at one place, for the names a comprehension takes from around it."""

    def __init__(self, at: Position) -> None:
        self._at = at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._at.scope, name)

    def index(self) -> Any:
        self._at.scope.index()
        return self

    def reaching(self, name: str, order: int, block: tuple[int, ...]) -> list[Binding]:
        at = self._at
        return at.scope.reaching(name, min(order, at.order), block or at.block)
