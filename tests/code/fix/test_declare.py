"""What is declared without saying that it is secret says so after a repair."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CALLS = [
    ('x = «Opt("a", help="b")»\n', 'x = Opt("a", help="b", secret=True)\n'),
    ('x = «Opt("a",\n        help="b")»\n', 'x = Opt("a",\n        help="b",\n        secret=True)\n'),
    ('x = «Opt(\n    "a",\n    help="b",\n)»\n', 'x = Opt(\n    "a",\n    help="b",\n    secret=True,\n)\n'),
    (
        'x = «Opt(\n    "a",\n    help="b"  # why\n)»\n',
        'x = Opt(\n    "a",\n    help="b",  # why\n    secret=True\n)\n',
    ),
    ('x = «Opt(\n\t"a",\n\thelp="b",  # why\n)»\n', 'x = Opt(\n\t"a",\n\thelp="b",  # why\n\tsecret=True,\n)\n'),
    ("x = «Opt()»\n", "x = Opt(secret=True)\n"),
    ("x = «Opt(*a, **b)»\n", "x = Opt(*a, **b, secret=True)\n"),
    ("x = [«Opt('a',)»]\n", "x = [Opt('a', secret=True)]\n"),
    ("@«option('--a')»\ndef f(): pass\n", "@option('--a', secret=True)\ndef f(): pass\n"),
    ("x = {'t': «{'type': 'str'}»}\n", "x = {'t': {'type': 'str', 'secret': True}}\n"),
    ("x = «{\n    'type': 'str', # s\n}»\n", "x = {\n    'type': 'str', # s\n    'secret': True,\n}\n"),
    ("x = «dict(\n    type='str')»\n", "x = dict(\n    type='str',\n    secret=True)\n"),
    ("x = «{}»\n", 'x = {"secret": True}\n'),
]


@pytest.mark.parametrize(("before", "after"), CALLS)
def test_call(fixer: Callable, before: str, after: str) -> None:
    """A keyword is added to a call or a dictionary, on a line of its own where the others have one."""
    text, result = fixer(before, action="declare", text="secret=True")
    assert not result.refused
    assert text == after


FIELDS = [
    (
        "from dataclasses import dataclass\n\n@dataclass\nclass A:\n    «password: str»\n    «token»: str = ''  # t\n",
        "from dataclasses import dataclass, field\n\n@dataclass\nclass A:\n    password: str = field(repr=False)\n    token: str = field(default='', repr=False)  # t\n",
    ),
    (
        "from dataclasses import (\n    asdict,\n    dataclass,\n)\n\n@dataclass(frozen=True)\nclass A:\n    «password: str»\n",
        "from dataclasses import (\n    asdict,\n    dataclass,\n    field,\n)\n\n@dataclass(frozen=True)\nclass A:\n    password: str = field(repr=False)\n",
    ),
    (
        "from dataclasses import dataclass\n\n@dataclass\nclass A:\n    field: str\n    «password: str»\n",
        "import dataclasses\nfrom dataclasses import dataclass\n\n@dataclass\nclass A:\n    field: str\n    password: str = dataclasses.field(repr=False)\n",
    ),
    (
        "from dataclasses import dataclass, field\n\n@dataclass\nclass A:\n    «token: list = field(default_factory=list)»\n",
        "from dataclasses import dataclass, field\n\n@dataclass\nclass A:\n    token: list = field(default_factory=list, repr=False)\n",
    ),
    (
        "import dataclasses\n\n@dataclasses.dataclass\nclass A:\n    «password: str»\n",
        "import dataclasses\n\n@dataclasses.dataclass\nclass A:\n    password: str = dataclasses.field(repr=False)\n",
    ),
    (
        "import attr\n\n@attr.s(auto_attribs=True)\nclass A:\n    «password: str = 'a'»\n",
        "import attr\n\n@attr.s(auto_attribs=True)\nclass A:\n    password: str = attr.ib(default='a', repr=False)\n",
    ),
    (
        "from attrs import define\n\n@define\nclass A:\n    «password: str»\n",
        "from attrs import define, field\n\n@define\nclass A:\n    password: str = field(repr=False)\n",
    ),
    (
        "import attr\n\n@attr.s\nclass A:\n    password = «attr.ib()»\n",
        "import attr\n\n@attr.s\nclass A:\n    password = attr.ib(repr=False)\n",
    ),
    (
        "from pydantic import BaseModel\n\nclass A(BaseModel):\n    «password: str»\n    «token: str = 'a'»\n",
        "from pydantic import BaseModel, Field\n\nclass A(BaseModel):\n    password: str = Field(repr=False)\n    token: str = Field(default='a', repr=False)\n",
    ),
    (
        "import pydantic\n\nclass A(pydantic.BaseModel):\n    «password: str»\n",
        "import pydantic\n\nclass A(pydantic.BaseModel):\n    password: str = pydantic.Field(repr=False)\n",
    ),
]


@pytest.mark.parametrize(("before", "after"), FIELDS)
def test_field(fixer: Callable, before: str, after: str) -> None:
    """A field gets the function of its kind of class, its default and its comment are kept, and its repr leaves it out."""
    text, result = fixer(before, action="declare", text="repr=False")
    assert not result.refused
    assert text == after
    if "attr" in before:
        pytest.importorskip("attr")
    if "pydantic" in before:
        pytest.importorskip("pydantic")
    names: dict = {"__name__": "made"}
    exec(compile(text, "made.py", "exec", dont_inherit=True), names)
    given = {"password": "hunter2-a", "token": "hunter2-b", "field": "c"}
    wanted = {name: value for name, value in given.items() if name in names["A"].__annotations__ or name == "password"}
    if "password" not in text:
        wanted.pop("password")
    assert "hunter2" not in repr(names["A"](**wanted))


REFUSED = [
    ('x = «Opt("a", secret=True)»\n', "declared already"),
    ('x = «Opt("a", secret=False)»\n', "set to something else"),
    ("x = «{'secret': False}»\n", "set to something else"),
    ("x = «Opt(y for y in z)»\n", "generator"),
    ("class A(TypedDict):\n    «password: str»\n", "none whose fields"),
    ("def f():\n    «password: str = ''»\n", "no field"),
    ("x = «y»\n", "no call"),
]


@pytest.mark.parametrize(("before", "reason"), REFUSED)
def test_refused(fixer: Callable, before: str, reason: str) -> None:
    """What says something already, or cannot say it, is left as it is."""
    text, result = fixer(before, action="declare", text="secret=True")
    assert text == before.replace("«", "").replace("»", "")
    assert [reason in refusal.reason for refusal in result.refused] == [True]


def test_twice(fixer: Callable) -> None:
    """Two findings about one declaration change it once."""
    text, result = fixer('x = ««Opt("a")»»\n', action="declare", text="secret=True")
    assert text == 'x = Opt("a", secret=True)\n'
    assert len(result.done) == 2


def test_not_a_keyword(fixer: Callable) -> None:
    """Only a plain keyword argument is ever written."""
    _, result = fixer("x = «Opt()»\n", action="declare", text="secret=f()")
    assert "not a keyword argument" in result.refused[0].reason
