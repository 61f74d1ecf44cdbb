"""Replace attributes of modules and classes, and put exactly the same objects back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Retire = Callable[[], None]


class Patches:
    """The attributes one installation has replaced, in order.

    >>> import types
    >>> place = types.SimpleNamespace(name="old")
    >>> patches = Patches()
    >>> patches.put(place, "name", "new")
    >>> place.name
    'new'
    >>> patches.undo()
    >>> place.name
    'old'
    """

    def __init__(self) -> None:
        self._done: list[tuple[Any, str, Any, Any, Retire | None]] = []
        self._calls: list[Retire] = []

    def put(self, owner: Any, name: str, ours: Any, retire: Retire | None = None) -> None:
        """Replace ``owner.name``.

        Args:
            retire: turns ``ours`` into a plain pass-through. It is called by :meth:`undo` in any case, because someone
                may have patched on top, or may hold a reference to ``ours``.
        """
        before = vars(owner)[name]
        setattr(owner, name, ours)
        self._done.append((owner, name, ours, before, retire))

    def found(self, owner: Any, name: str) -> tuple[Any, Any] | None:
        """Return what was put at ``owner.name`` and what was there before; ``None`` if nothing was put there."""
        for place, attribute, ours, before, _ in reversed(self._done):
            if place is owner and attribute == name:
                return ours, before
        return None

    def mark(self) -> tuple[int, int]:
        """Return a place to go back to with :meth:`undo_to`."""
        return len(self._calls), len(self._done)

    def undo_to(self, mark: tuple[int, int]) -> None:
        """Put back what has been replaced since a place; what has been patched on top stays, on a pass-through."""
        calls, done = mark
        while len(self._calls) > calls:
            self._calls.pop()()
        while len(self._done) > done:
            owner, name, ours, before, retire = self._done.pop()
            if retire is not None:
                retire()
            if vars(owner).get(name) is ours:
                setattr(owner, name, before)

    def undone(self, call: Retire) -> None:
        """Have something called by :meth:`undo`."""
        self._calls.append(call)

    def undo(self) -> None:
        """Put everything back; what has been patched on top meanwhile stays, on an inert pass-through."""
        self.undo_to((0, 0))
