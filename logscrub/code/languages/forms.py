"""What the languages have in common: each node of a syntax tree is read as one of these forms.

A form names its children by their nodes; they are read when they are needed, so that a tree is never walked twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(slots=True)
class Name:
    """A variable."""

    text: str


@dataclass(slots=True)
class Member:
    """``base.name``."""

    base: Node
    name: str


@dataclass(slots=True)
class Index:
    """``base[index]``."""

    base: Node
    index: Node


@dataclass(slots=True)
class Slice:
    """``base[start:end]``."""

    base: Node
    start: Node | None
    end: Node | None


@dataclass(slots=True)
class Call:
    """``base.name(args)``, ``name(args)``, or ``callee(args)`` where what is called has no name."""

    name: str
    args: list[Node]
    base: Node | None = None
    callee: Node | None = None
    new: bool = False
    body: Node | None = None


@dataclass(slots=True)
class Entry:
    """A key and its value; ``value`` is None for a function."""

    key: str
    value: Node | None
    computed: Node | None = None


@dataclass(slots=True)
class Object:
    """A literal with named fields."""

    entries: list[Entry]
    spreads: list[Node] = field(default_factory=list)
    functions: list[Node] = field(default_factory=list)
    type: str = ""


@dataclass(slots=True)
class Items:
    """A literal without names: an array, several results."""

    nodes: list[Node]
    type: str = ""


@dataclass(slots=True)
class Join:
    """Concatenation, or a template."""

    parts: list[str | Node]


@dataclass(slots=True)
class Literal:
    """A literal. ``kind`` is ``text``, ``number``, ``null``, ``bool`` or ``regex``."""

    kind: str
    text: str = ""
    number: int | None = None
    flags: str = ""


@dataclass(slots=True)
class Parameter:
    """A parameter: the variables it binds, each with the member it takes; ``member``: it becomes one of the object."""

    binds: list[tuple[str, str]]
    type: str = ""
    default: Node | None = None
    member: bool = False


@dataclass(slots=True)
class Function:
    """A function with its body; ``owner`` is the type it is a method of, ``me`` the name it calls that by."""

    name: str
    parameters: list[Parameter]
    body: Node | None
    owner: str = ""
    me: str = ""
    arrow: bool = False


@dataclass(slots=True)
class Class:
    """A type with its fields (name and type) and what is inside."""

    name: str
    fields: list[tuple[str, str]]
    nodes: list[Node]


@dataclass(slots=True)
class Assign:
    """``target = value``. ``binds`` are variables, each with the member of the value it takes ('' for all of it)."""

    binds: list[tuple[str, str]]
    target: Node | None
    value: Node | None
    adds: bool = False
    constant: bool = False
    type: str = ""


@dataclass(slots=True)
class Several:
    """Several assignments in parallel."""

    assigns: list[Assign]


@dataclass(slots=True)
class Choice:
    """One of several values."""

    condition: Node | None
    options: list[Node]


@dataclass(slots=True)
class Test:
    """A comparison, a negation, arithmetic: nothing of the operands is in the result."""

    nodes: list[Node]


@dataclass(slots=True)
class Guard:
    """``if (condition) then else otherwise``."""

    first: Node | None
    condition: Node | None
    then: Node | None
    otherwise: Node | None


@dataclass(slots=True)
class Return:
    """What a function gives back."""

    nodes: list[Node]


@dataclass(slots=True)
class Each:
    """A loop over the elements of something. ``binds`` are the variables."""

    binds: list[str]
    over: Node
    body: Node | None


@dataclass(slots=True)
class Same:
    """A cast, parentheses, ``await``: the same value."""

    node: Node


@dataclass(slots=True)
class Skip:
    """Nothing that runs."""


@dataclass(slots=True)
class Import:
    """A module under a local name."""

    names: list[tuple[str, str]]


@dataclass(slots=True)
class Sequence:
    """Everything else: what is inside runs in order."""

    nodes: list[Node]


Form = (
    Name
    | Member
    | Index
    | Slice
    | Call
    | Object
    | Items
    | Join
    | Literal
    | Function
    | Class
    | Assign
    | Several
    | Choice
    | Test
    | Guard
    | Return
    | Each
    | Same
    | Skip
    | Import
    | Sequence
)


class Reader(Protocol):
    """Reads the nodes of one language."""

    def __call__(self, node: Node, /) -> Form:
        """Return the form of a node."""


def text(node: Node | None) -> str:
    """Return the source of a node."""
    return node.text.decode("utf-8", "replace") if node is not None and node.text is not None else ""


def text_of(node: Node | None, read: Reader) -> str:
    """Return a chain of names (``req.body``) as text; empty for anything else."""
    names: list[str] = []
    while node is not None and len(names) < 8:
        form = read(node)
        if isinstance(form, Member):
            names.append(form.name)
            node = form.base
        elif isinstance(form, Same):
            node = form.node
        elif isinstance(form, Name):
            names.append(form.text)
            return ".".join(reversed(names))
        else:
            break
    return names[0] if names else ""
