"""What stands for an object that may not be shown: its scrubbed text, with scrubbed attributes."""

from __future__ import annotations

from typing import Any

from logscrub.scrubber import Scrubber


class StandIn(str):
    """The scrubbed text of an object; its attributes are those of the object, scrubbed when they are asked for.

    A formatter that writes ``record.user.id`` goes on working.

    >>> class User:
    ...     id = 7
    ...     password = "hunter2-correct-horse"
    >>> shown = StandIn.of("[email]", User(), Scrubber())
    >>> shown, shown.id, shown.password
    ('[email]', 7, '[password]')
    """

    _owner: object
    _scrubber: Scrubber

    @classmethod
    def of(cls, text: str, owner: object, scrubber: Scrubber) -> StandIn:
        """Make the stand-in of an object.

        Args:
            text: its scrubbed text.
            owner: the object.
            scrubber: scrubs its attributes.
        """
        made = cls(text)
        made._owner = owner
        made._scrubber = scrubber
        return made

    def __format__(self, spec: str) -> str:
        try:
            return super().__format__(spec)
        except ValueError:  # a number may be asked for: "{pin:04d}"
            return str(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = getattr(self._owner, name)
        if callable(value):
            return lambda *args, **options: self._clean(name, value(*args, **options))
        return self._clean(name, value)

    def _clean(self, name: str, value: object) -> Any:
        made = self._scrubber.scrub({name: value})
        return made[name] if isinstance(made, dict) and name in made else made

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (str(self),)
