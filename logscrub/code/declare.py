"""Options, parameters and fields with a sensitive name that are not declared as secret."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from logscrub.code.knowledge import Knowledge
from logscrub.code.model import CodeFinding, Kind, Repair, Step
from logscrub.code.module import Class, Module
from logscrub.code.places import Places
from logscrub.code.render import last_name
from logscrub.code.shapes import hides, prints_fields
from logscrub.code.words import LIKELY, SURE, Word, Words
from logscrub.detect.keys import split_words
from logscrub.model import Severity

_RULE = "code.undeclared-secret"
_PATH = re.compile(
    r"\bpath (?:to|of)\b|\bpathname\b|\bfile ?name\b|\bfile (?:with|containing|that contains|in which)\b"
)
_PRINTED_CLASSES = frozenset({"config", "configuration", "settings", "options", "args", "arguments"})
_SAFE_OPTION_TYPES = frozenset(["bool", "int", "float", "path", "Path", "Boolean", "Integer", "Port"])
_SAFE_ANNOTATIONS = frozenset(
    [
        "bool",
        "int",
        "float",
        "datetime",
        "timedelta",
        "Path",
        "type",
        "Callable",
        "Type",
        "date",
        "Decimal",
        "UUID",
        "Enum",
    ]
)


def declarations(
    module: Module, knowledge: Knowledge, words: Words, places: Places, lines: frozenset[int]
) -> Iterator[CodeFinding]:
    """Yield the declarations of a module that leave a secret to be printed.

    Args:
        lines: lines that hold a sensitive word; nothing else is looked at.
    """
    ansible = any("ansible" in one for one in module.imports.values()) or "AnsibleModule" in module.imports
    imports = list(module.imports.values())
    for node in _calls(module, lines):
        name = last_name(node.func)
        for declaration in knowledge.declarations:
            if name in declaration.functions and (
                not declaration.imports or any(one.startswith(declaration.imports) for one in imports)
            ):
                found = _option(node, declaration.keyword, words)
                if found is not None:
                    yield _finding(node, found[0], found[1], declaration.says, places, name)
        if name == "dict" or name == "namedtuple" or name == "NamedTuple":
            if name == "dict":
                if ansible or _is_argument_spec(module, node):
                    yield from _argument_spec(node, words, places)
            else:
                yield from _namedtuple(node, words, places)
    if ansible:
        for table in _tables(module, lines):
            yield from _argument_table(table, words, places)
    for one in module.classes.values():
        yield from _class(one, words, places)


def _calls(module: Module, lines: frozenset[int]) -> Iterator[ast.Call]:
    for statement in _statements(module, lines):
        for node in ast.walk(statement):
            if type(node) is ast.Call and any(
                line in lines
                for line in range(node.lineno, min((node.end_lineno or node.lineno), node.lineno + 40) + 1)
            ):
                yield node


def _tables(module: Module, lines: frozenset[int]) -> Iterator[ast.Dict]:
    for statement in _statements(module, lines):
        for node in ast.walk(statement):
            if type(node) is ast.Dict:
                yield node


def _statements(module: Module, lines: frozenset[int]) -> Iterator[ast.stmt]:
    """Simple statements on the lines: assignments, calls and returns, at any depth."""
    ordered = sorted(lines)
    if not ordered:
        return
    pending: list[ast.stmt] = list(module.top.body)
    while pending:
        node = pending.pop()
        if (node.end_lineno or node.lineno) < ordered[0] or node.lineno > ordered[-1]:
            continue
        if not _any_between(ordered, node.lineno, node.end_lineno or node.lineno):
            continue
        inner = [
            one
            for name in ("body", "orelse", "finalbody")
            for one in getattr(node, name, ())
            if isinstance(one, ast.stmt)
        ]
        for handler in getattr(node, "handlers", ()):
            inner += handler.body
        if inner:
            pending += inner
        else:
            yield node


def _any_between(ordered: list[int], first: int, last: int) -> bool:
    from bisect import bisect_left

    at = bisect_left(ordered, first)
    return at < len(ordered) and ordered[at] <= last


def _option(node: ast.Call, keyword: str, words: Words) -> tuple[str, Word] | None:
    """An option: ``cfg.StrOpt("admin_password", help=…)``."""
    if not node.args:
        return None
    name = node.args[0]
    if type(name) is not ast.Constant or not isinstance(name.value, str):
        return None
    for one in node.keywords:
        if one.arg == keyword:
            return None
        if one.arg == "choices" or one.arg is None:
            return None
        if one.arg == "type" and last_name(one.value) in _SAFE_OPTION_TYPES:
            return None
    if _is_path(node):
        return None
    text = name.value.rstrip("?*+")
    word = _secret_word(text, words)
    if word is None and keyword == "secret":
        word = _credential_address(text, node, words)
    return (name.value, word) if word is not None else None


def _is_path(node: ast.Call) -> bool:
    """Tell whether the help of an option says that its value is the path of a file."""
    return bool(_PATH.search(_help(node)))


def _help(node: ast.Call) -> str:
    return " ".join(
        part.value.lower()
        for one in node.keywords
        if one.arg == "help"
        for part in ast.walk(one.value)
        if type(part) is ast.Constant and isinstance(part.value, str)
    )


def _secret_word(name: str, words: Words) -> Word | None:
    word = words.sensitive(name)
    if (
        word is not None
        and word.category == "secret"
        and word.grade >= LIKELY
        and word.field not in ("session-id", "one-time-code", "cookie")
    ):
        return word
    masked = words.lexicon.judge(name)  # an encrypted password is a password all the same
    if masked is not None and masked.sure and masked.field.id == "password" and "encrypt" in name:
        return Word("password", LIKELY, "secret")
    return None


def _credential_address(name: str, node: ast.Call, words: Words) -> Word | None:
    word = words.judge(name)
    if word is not None and word.field == "address-with-credentials":
        return word
    said = _help(node)
    if (
        "connection string" in said
        or "connection url" in said
        or ("password" in said and "url" in name)
        or "arguments supplied to the backend" in said
        or ("credentials" in said and "url" in name)
    ):
        return Word("connection-string", LIKELY, "secret", "url")
    if name.endswith("backend_argument"):
        return Word("connection-string", LIKELY, "secret", "url")
    return None


def _is_argument_spec(module: Module, node: ast.Call) -> bool:
    scope = module.scope_at(node.lineno)
    return "argument_spec" in scope.qualname or "argument_spec" in module.path


def _argument_spec(node: ast.Call, words: Words, places: Places) -> Iterator[CodeFinding]:
    """Parameters of an Ansible module: ``dict(password=dict(required=True))``."""
    for keyword in node.keywords:
        if keyword.arg is not None and type(keyword.value) is ast.Call and last_name(keyword.value.func) == "dict":
            yield from _parameter(
                keyword.arg,
                keyword.value,
                {one.arg: one.value for one in keyword.value.keywords if one.arg},
                words,
                places,
            )


def _argument_table(node: ast.Dict, words: Words, places: Places) -> Iterator[CodeFinding]:
    for key, value in zip(node.keys, node.values):
        if type(key) is ast.Constant and isinstance(key.value, str) and type(value) is ast.Dict:
            options = {
                one.value: inner
                for one, inner in zip(value.keys, value.values)
                if type(one) is ast.Constant and isinstance(one.value, str)
            }
            if "type" in options or "required" in options or "default" in options:
                yield from _parameter(key.value, value, options, words, places)


def _parameter(
    name: str, node: ast.Call | ast.Dict, options: dict[str, ast.expr], words: Words, places: Places
) -> Iterator[CodeFinding]:
    word = _secret_word(name, words)
    if word is None or "no_log" in options or "choices" in options:
        return
    kind = options.get("type")
    if type(kind) is ast.Constant and kind.value in ("bool", "int", "float", "path"):
        return
    if not all(option in _SPEC_KEYS for option in options):
        return
    yield _finding(node, name, word, "no_log=True", places, "parameter")


_SPEC_KEYS = frozenset(
    [
        "required",
        "default",
        "defalt",
        "type",
        "aliases",
        "elements",
        "options",
        "no_log",
        "fallback",
        "version_added",
        "removed_in_version",
        "choices",
        "description",
        "mutually_exclusive",
        "required_together",
    ]
)


def _namedtuple(node: ast.Call, words: Words, places: Places) -> Iterator[CodeFinding]:
    """A named tuple prints all its fields."""
    if len(node.args) < 2:
        return
    fields = node.args[1]
    names: list[str] = []
    if type(fields) in (ast.List, ast.Tuple):
        for one in fields.elts:  # type: ignore[attr-defined]
            inner = one.elts[0] if type(one) is ast.Tuple and one.elts else one
            if type(inner) is ast.Constant and isinstance(inner.value, str):
                names.append(inner.value)
    elif type(fields) is ast.Constant and isinstance(fields.value, str):
        names = fields.value.replace(",", " ").split()
    for name in names:
        word = words.sensitive(name)
        if word is not None and word.category == "secret" and word.grade >= SURE and word.field != "token":
            yield _finding(node, name, word, "", places, "named tuple", Kind.REPR)
            return


def _class(one: Class, words: Words, places: Places) -> Iterator[CodeFinding]:
    """A data class whose text shows its fields."""
    if not prints_fields(one) or any(last_name(base) == "TypedDict" for base in one.bases):
        return
    for decorator in one.decorators:
        if isinstance(decorator, ast.Call) and any(
            keyword.arg == "repr" and isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            for keyword in decorator.keywords
        ):
            return
    for field in one.fields:
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name) or hides(field):
            continue
        name = field.target.id
        word = words.sensitive(name)
        if (
            word is None
            or word.category != "secret"
            or word.grade < SURE
            or (word.field in ("token", "cookie") and len(name) < 6)
        ):
            continue
        kinds = {last_name(node) for node in ast.walk(field.annotation) if isinstance(node, (ast.Name, ast.Attribute))}
        if kinds & _SAFE_ANNOTATIONS or not kinds & {"str", "bytes", "Optional", "Any"}:
            continue
        # Settings are printed when a program starts; of other classes nobody knows.
        is_printed = any(word in _PRINTED_CLASSES for word in split_words(one.name))
        severity = Severity.MEDIUM if is_printed else Severity.LOW
        yield _finding(field, name, word, "repr=False", places, f"field of {one.name}", severity=severity)


def _finding(
    node: ast.expr | ast.stmt,
    name: str,
    word: Word,
    says: str,
    places: Places,
    what: str,
    kind: Kind = Kind.DECLARATION,
    severity: Severity = Severity.MEDIUM,
) -> CodeFinding:
    place = places.of(node)
    missing = says or "a __repr__ that leaves it out"
    return CodeFinding(
        rule=_RULE,
        kind=kind,
        severity=severity,
        field=word.field,
        place=place,
        function="",
        level="",
        expression=name,
        message=f"{what} {name!r} is declared without {missing}: whoever prints all of them prints it",
        printed=f"{name} = [{word.field}]",
        steps=(Step(place, f"{name!r} is declared here"),),
        fix=f"declare it with {missing}",
        repair=Repair("declare", place, says, word.field) if says and "(" not in says else None,
        cwe=(532,),
    )
