"""What stands for an object that may not be shown: its scrubbed text, with scrubbed attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from logscrub.scrubber import Scrubber


class StandIn(str):
    """The scrubbed text of an object that takes any format; its attributes are looked up when they are asked for.

    A formatter that writes ``record.user.id`` goes on working.

    >>> shown = StandIn.of("[email]", {"id": 7}.__getitem__)
    >>> shown, shown.id, f"{shown:04d}"
    ('[email]', 7, '[email]')
    """

    _attribute: Callable[[str], Any]

    @classmethod
    def of(cls, text: str, attribute: Callable[[str], Any]) -> StandIn:
        """Make the stand-in of an object.

        Args:
            text: its scrubbed text.
            attribute: returns one of its attributes, scrubbed.
        """
        made = cls(text)
        made._attribute = attribute
        return made

    def __format__(self, spec: str) -> str:
        try:
            return super().__format__(spec)
        except ValueError:  # it may have been a number: "{pin:04d}"
            return str(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._attribute(name)

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (str(self),)


def attribute(owner: object, scrubber: Scrubber, name: str) -> Any:
    """Return an attribute of an object, scrubbed; of a method what it returns.

    >>> class User:
    ...     password = "hunter2-correct-horse"
    >>> attribute(User(), Scrubber(), "password")
    '[password]'
    """
    value = getattr(owner, name)
    if callable(value):
        return lambda *args, **options: _clean(name, value(*args, **options), scrubber)
    return _clean(name, value, scrubber)


def _clean(name: str, value: object, scrubber: Scrubber) -> Any:
    made = scrubber.scrub({name: value})
    return made[name] if isinstance(made, dict) and name in made else made
