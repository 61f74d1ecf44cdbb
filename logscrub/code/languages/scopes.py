"""What a reading of a file keeps: the variables in their scopes, and what it teaches the next reading."""

from __future__ import annotations

from dataclasses import dataclass, field

from logscrub.code.languages.values import Value, union


@dataclass(slots=True)
class Scope:
    """The variables of a function, a class or the file."""

    parent: Scope | None = None
    function: int = -1
    name: str = ""
    vars: dict[str, Value] = field(default_factory=dict)
    owner: str = ""


@dataclass(slots=True)
class Learnt:
    """What one reading of the file teaches the next.

    Attributes:
        functions: functions by name; -1 where there are several.
        methods: functions by type and name.
        types: fields of types that are declared in the file.
        printing: types that say themselves how they are printed.
        seeds: what is passed to parameters.
        returns: what functions give back.
        constants: literals that do not change.
        pending: what is passed to functions that are not known yet, by name and position.
    """

    functions: dict[str, int] = field(default_factory=dict)
    methods: dict[tuple[str, str], int] = field(default_factory=dict)
    types: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    printing: set[str] = field(default_factory=set)
    seeds: dict[tuple[int, int], Value] = field(default_factory=dict)
    returns: dict[int, Value] = field(default_factory=dict)
    constants: dict[str, Value] = field(default_factory=dict)
    pending: dict[tuple[str, int], Value] = field(default_factory=dict)

    def settle(self) -> None:
        """Give what is pending to the functions that were found since."""
        for (name, index), value in self.pending.items():
            key = self.functions.get(name, -1)
            if key >= 0:
                before = self.seeds.get((key, index))
                self.seeds[(key, index)] = value if before is None else union([before, value])
        self.pending.clear()

    def is_worth_another(self) -> bool:
        """Tell whether reading the file again would show more."""
        return any(one.taints for one in self.seeds.values()) or any(
            one.taints or one.state for one in self.returns.values()
        )
