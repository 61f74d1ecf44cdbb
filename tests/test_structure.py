"""The deep walk: the same shape comes back, nothing of the caller's is changed or consumed."""

from __future__ import annotations

import collections
import copy
import dataclasses
import datetime
import decimal
import enum
import io
import threading
import types
import uuid
from collections import OrderedDict, UserDict, defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import pytest

from logscrub import Policy, Scrubber


@cache
def scrubber() -> Scrubber:
    """The defaults."""
    return Scrubber()


def scrub(value: Any) -> Any:
    """Scrub, and make sure nothing went wrong on the way."""
    before = scrubber().errors.total()
    out = scrubber().scrub(value)
    assert scrubber().errors.total() == before
    return out


class Login(NamedTuple):
    """A named tuple."""

    user: str
    note: str


@dataclasses.dataclass
class User:
    """A dataclass."""

    name: str
    password: str
    pin: int = 0


@dataclasses.dataclass(frozen=True)
class Frozen:
    """A frozen dataclass."""

    password: str
    inner: Any = None


@dataclasses.dataclass(slots=True)
class Slotted:
    """A dataclass with slots."""

    password: str
    n: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Both:
    """A frozen dataclass with slots."""

    password: str
    n: int = 1


class Plain:
    """An object that shows a secret in its text."""

    def __str__(self) -> str:
        return "Plain(password='hunter2')"


class Bad:
    """An object whose text cannot be had."""

    def __str__(self) -> str:
        raise ValueError("hunter2")

    __repr__ = __str__


class Level(enum.Enum):
    """An enumeration."""

    LOW = "low"
    PASSWORD = "field"


class Account(NamedTuple):
    """A named tuple with a secret."""

    user: str
    password: str


SECRETS = [
    ({"password": "hunter2"}, {"password": "[password]"}),
    ({"user": "bob", "password": "hunter2", "n": 3}, {"user": "bob", "password": "[password]", "n": 3}),
    ({"a": {"b": [{"password": "hunter2"}]}}, {"a": {"b": [{"password": "[password]"}]}}),
    ({"msg": "password=hunter2"}, {"msg": "password=[password]"}),
    ({"password": {"old": "hunter2", "new": "hunter3"}}, {"password": {"old": "[password]", "new": "[password]"}}),
    ({"passwords": ["hunter2", "hunter3"]}, {"passwords": ["[password]", "[password]"]}),
    ({"pin": 4821}, {"pin": "[one-time-code]"}),
    ({b"password": b"hunter2"}, {b"password": b"[password]"}),
    ({"password": b"hunter2"}, {"password": b"[password]"}),
    ({"name": "password", "value": "hunter2"}, {"name": "password", "value": "[password]"}),
    ([{"Key": "password", "Value": "hunter2"}], [{"Key": "password", "Value": "[password]"}]),
    (["password=hunter2", 1], ["password=[password]", 1]),
    (("password=hunter2", 1), ("password=[password]", 1)),
    (("password", "hunter2"), ("password", "[password]")),
    ([("Accept", "*/*"), ("X-Auth-Token", "9f6372d0dc189a22")], [("Accept", "*/*"), ("X-Auth-Token", "[token]")]),
    ([(b"authorization", b"Bearer 2YotnFZFEjr1zCsi")], [(b"authorization", b"Bearer [authorization]")]),
    ({"password=hunter2"}, {"password=[password]"}),
    (frozenset({"password=hunter2"}), frozenset({"password=[password]"})),
    (Login("bob", "password=hunter2"), Login("bob", "password=[password]")),
    (User("bob", "hunter2", 4821), User("bob", "[password]", "[one-time-code]")),  # type: ignore[arg-type]
    (Frozen("hunter2"), Frozen("[password]")),
    (Frozen("", [Slotted("hunter2")]), Frozen("", [Slotted("[password]")])),
    (Slotted("hunter2"), Slotted("[password]")),
    (Both("hunter2"), Both("[password]")),
    (OrderedDict(a=1, password="hunter2"), OrderedDict(a=1, password="[password]")),
    (defaultdict(list, password="hunter2"), defaultdict(list, password="[password]")),
    (types.MappingProxyType({"password": "hunter2"}), {"password": "[password]"}),
    (UserDict(password="hunter2"), {"password": "[password]"}),
    (collections.ChainMap({"password": "hunter2"}, {"a": 1}), {"password": "[password]", "a": 1}),
    ({"a": bytearray(b"password=hunter2")}, {"a": bytearray(b"password=[password]")}),
    ([Plain()], ["Plain(password='[password]')"]),
    ({"e": ValueError("password=hunter2")}, {"e": "password=[password]"}),
    ({"k": "password", "v": "hunter2"}, {"k": "password", "v": "[password]"}),
    ({"setting": "password", "value": "hunter2"}, {"setting": "password", "value": "[password]"}),
    ({("db", "password"): "hunter2"}, {("db", "password"): "[password]"}),
    ({Level.PASSWORD: "hunter2"}, {Level.PASSWORD: "[password]"}),
    ({"session": {"_id": "hunter2"}}, {"session": {"_id": "[session-id]"}}),
    (Account("bob", "hunter2"), Account("bob", "[password]")),
    ({"client_secret": uuid.UUID("3b0c9a5e-7d21-4f6a-9c3e-5a8d1e2f4b60")}, {"client_secret": "[secret]"}),
    ({"date_of_birth": datetime.date(1991, 7, 4)}, {"date_of_birth": "[birth-date]"}),
    ({"auth": ("bob", "hunter2-x9")}, {"auth": ("bob", "[auth]")}),
    ({"secrets": {"db": {"x": "hunter2-x9"}}}, {"secrets": {"db": {"x": "[secret]"}}}),
    ({"cookies": {"sid": "abcdef12"}}, {"cookies": {"sid": "[cookie]"}}),
    ({"email": "bob@example.com", "bob@example.com": 1}, {"email": "[email]", "[email]": 1}),
]


@pytest.mark.parametrize(("value", "expected"), SECRETS)
def test_shapes(value: Any, expected: Any) -> None:
    """The same shape comes back with the secret replaced; the value itself is as it was."""
    before = copy.deepcopy(value) if not isinstance(value, types.MappingProxyType) else None
    out = scrub(value)
    assert out == expected
    assert type(out) is type(expected)
    assert "hunter2" not in repr(out)
    if before is not None:
        assert repr(value) == repr(before) or isinstance(value, list)
        assert out is not value


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        4821,
        3.14,
        10**400,
        10**5000,
        float("nan"),
        float("inf"),
        1j,
        decimal.Decimal("1.5"),
        {},
        [],
        (),
        set(),
        b"",
        {"a": 1, "b": [1, 2, {"c": None}]},
        [(), [], {}],
        Login("bob", "x"),
        Slotted("", 2),
        Frozen(""),
        {1: 2, None: 3, (1, 2): 4},
        datetime.datetime(2024, 5, 1),
        uuid.UUID(int=7),
        Path("/tmp/x"),
        Level.LOW,
        Level,
        len,
        threading.Lock(),
        {"lock": threading.Lock()},
        {"n": 10**5000},
        OrderedDict(a=1),
        defaultdict(int, a=1),
        collections.deque([1]),
        range(3),
        memoryview(b"x"),
        object(),
        {"password": None, "token": "", "pin": True},
        {"max_tokens": 4096, "password_policy": "strict"},
        {"token": {"type": "IDENT", "value": "foo"}},
        {"password": {"min_length": 12, "state": "changed", "rule": "include"}},
        {"password": ["This field is required."]},
        {"token_expires": datetime.date(2024, 5, 1), "password": datetime.date(2024, 5, 1)},
        {"session": {"user": "bob", "count": 3}},
        io.StringIO("password=hunter2"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_nothing_to_do(value: Any) -> None:
    """A value with nothing in it comes back as the very object, whatever it is."""
    assert scrub(value) is value


def test_the_unchanged_parts_are_the_same_objects() -> None:
    """Only what leads to a secret is made anew."""
    inner = {"a": [1, 2]}
    value = {"keep": inner, "password": "hunter2"}
    out = scrub(value)
    assert out["keep"] is inner
    assert value == {"keep": {"a": [1, 2]}, "password": "hunter2"}
    assert list(out) == list(value)


def test_circles() -> None:
    """A structure that holds itself comes to an end, and its secrets are gone."""
    value: dict[str, Any] = {"password": "hunter2"}
    value["self"] = value
    value["list"] = [value]
    assert scrub(value) == {"password": "[password]", "self": "[logscrub: circular]", "list": ["[logscrub: circular]"]}
    assert value["self"] is value


def test_the_same_object_twice_is_no_circle() -> None:
    """One object in two places is scrubbed in both."""
    shared = {"password": "hunter2"}
    assert scrub([shared, shared]) == [{"password": "[password]"}] * 2


@pytest.mark.parametrize("kind", [list, dict, tuple])
def test_very_deep(kind: type) -> None:
    """Ten thousand levels neither overflow the stack nor let the value at the bottom through."""
    value: Any = "password=hunter2"
    for _ in range(10_000):
        value = {"a": value} if kind is dict else kind([value])
    out: Any = scrub(value)
    for _ in range(200):
        if isinstance(out, str):
            break
        out = out["a"] if kind is dict else out[0]
    assert out == "[logscrub: not shown (too large)]"


def test_very_wide() -> None:
    """Beyond ``max_items`` elements nothing is looked at, and nothing comes out."""
    subject = Scrubber(Policy(max_items=50))
    out = subject.scrub([{"password": "hunter2"} for _ in range(100)])
    assert len(out) == 100
    assert out[0] == {"password": "[password]"}
    assert out[-1] == "[logscrub: not shown (too large)]"
    assert "hunter2" not in repr(out)


def test_generators_are_not_consumed() -> None:
    """What can be read once is left for the one it is meant for."""
    read = []

    def numbers() -> Iterator[int]:
        for number in range(3):
            read.append(number)
            yield number

    values = [numbers(), map(str, numbers()), filter(None, numbers()), zip(numbers(), "abc"), iter([1, 2])]
    for value in values:
        assert scrub({"a": value})["a"] is value
    assert read == []
    assert [len(list(value)) for value in values] == [3, 3, 2, 3, 2]


def test_a_file_is_not_read() -> None:
    """A file is not moved on."""
    file = io.StringIO("password=hunter2")
    scrub([file])
    assert file.tell() == 0


def test_an_object_without_text() -> None:
    """An object whose text cannot be had is replaced alone; what is beside it stays."""
    subject = Scrubber()
    out = subject.scrub({"a": 1, "bad": Bad(), "password": "hunter2"})
    assert out == {"a": 1, "bad": "[logscrub: not shown (ValueError)]", "password": "[password]"}
    assert subject.errors == {"ValueError": 1}


def test_a_repr_that_tells_more_than_str() -> None:
    """In a container an object shows itself by ``repr``: that is looked at too."""

    class Sly:
        def __str__(self) -> str:
            return "harmless"

        def __repr__(self) -> str:
            return "Sly(password='hunter2')"

    assert "hunter2" not in repr(scrub([Sly()]))


def test_a_mapping_that_breaks() -> None:
    """A mapping that raises while it is walked is not passed on."""

    class Broken(Mapping[str, str]):
        def __getitem__(self, key: str) -> str:
            raise KeyError("hunter2")

        def __iter__(self) -> Iterator[str]:
            yield "password"

        def __len__(self) -> int:
            return 1

        def __repr__(self) -> str:
            return "Broken(password='hunter2')"

    subject = Scrubber()
    assert "hunter2" not in repr(subject.scrub({"a": Broken(), "b": 1}))
    assert subject.errors


def test_two_keys_with_one_marker() -> None:
    """Keys that become the same marker do not swallow each other's values."""
    out = scrub({"bob@example.com": 1, "alice@example.com": 2})
    assert sorted(out.values()) == [1, 2]
    assert "example.com" not in repr(out)


def test_a_subclass_with_rules_of_its_own() -> None:
    """A container that is not built from its items is replaced by a plain one."""

    class Picky(tuple):  # type: ignore[type-arg]
        def __new__(cls, a: str, b: str) -> Self:
            return super().__new__(cls, (a, b))

    assert scrub(Picky("password=hunter2", "x")) == ("password=[password]", "x")


def test_a_number_with_a_shape() -> None:
    """A card number kept as a number is found by its shape."""
    assert scrub({"x": 4111111111111111}) != {"x": 4111111111111111}
    assert scrub({"x": 1700000000000}) == {"x": 1700000000000}


def test_threads() -> None:
    """A structure that another thread changes meanwhile never raises into the caller."""
    value = {f"k{n}": n for n in range(2000)}
    stop = threading.Event()

    def churn() -> None:
        n = 0
        while not stop.is_set():
            value[f"x{n % 50}"] = n
            value.pop(f"x{(n + 25) % 50}", None)
            n += 1

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(20):
            scrubber().scrub(value)
    finally:
        stop.set()
        thread.join()


def test_refused_input_of_a_validation_error() -> None:
    """The name of the field stands apart from the value; what is refused under a harmless name stays."""
    refused = [
        {"type": "int_parsing", "loc": ("body", "password"), "msg": "not a number", "input": "Tr0ub4dor-3xyz"},
        {"type": "int_parsing", "loc": ["items", 0, "age"], "msg": "not a number", "input": "twelve"},
    ]
    assert Scrubber().scrub(refused) == [{**refused[0], "input": "[password]"}, refused[1]]


def test_option_and_its_argument() -> None:
    """A command line as a list: the option says what comes after it."""
    given = ["app", "--password", "Tr0ub4dor-3xyz", "--verbose", "yes", "-p", "80"]
    assert Scrubber().scrub(given) == ["app", "--password", "[password]", "--verbose", "yes", "-p", "80"]
    assert Scrubber().scrub(("--max-tokens", "100")) == ("--max-tokens", "100")


def test_option_of_a_known_command() -> None:
    """An option of one letter means what it means to its command."""
    assert "hunter2" not in repr(scrub(["sshpass", "-p", "hunter2-x9", "ssh"]))
    assert "hunter2" not in repr(scrub(["curl", "-u", "bob:hunter2-x9", "https://x.example"]))
    assert scrub(["tar", "-p", "hunter2-x9"]) == ["tar", "-p", "hunter2-x9"]
