"""Expressions as short text, their literals left out."""

from __future__ import annotations

import ast
from typing import Any

_LONGEST = 80
_DEEPEST = 5
_KEY = 40


def render(node: Any) -> str:
    """Return the code of an expression in one short line, without what literals hold.

    Keys of items are names and are shown.

    >>> render(ast.parse("login(user['name'], 'hunter2', x + 1)").body[0].value)
    "login(user['name'], '…', x + …)"
    """
    text = _render(node, 0)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _render(node: Any, depth: int) -> str:
    kind = type(node)
    if kind is ast.Name:
        return str(node.id)
    if depth > _DEEPEST or node is None:
        return "…"
    if kind is ast.Attribute:
        return f"{_render(node.value, depth + 1)}.{node.attr}"
    if kind is ast.Constant:
        if node.value is None or isinstance(node.value, bool):
            return repr(node.value)
        return "'…'" if isinstance(node.value, (str, bytes)) else "…"
    if kind is ast.Subscript:
        return f"{_render(node.value, depth + 1)}[{_index(node.slice, depth)}]"
    if kind is ast.Call:
        parts = [_argument(node, one, depth) for one in node.args[:4]]
        parts += [f"{one.arg or '**'}={_render(one.value, depth + 1)}" for one in node.keywords[:4]]
        return f"{_render(node.func, depth + 1)}({', '.join(parts)})"
    if kind is ast.BinOp:
        return f"{_render(node.left, depth + 1)} {_OPERATORS.get(type(node.op), '?')} {_render(node.right, depth + 1)}"
    if kind is ast.JoinedStr:
        inner = [_render(one.value, depth + 1) for one in node.values if type(one) is ast.FormattedValue]
        return "f'" + "".join(f"…{{{one}}}" for one in inner[:4]) + "'"
    if kind in (ast.List, ast.Tuple, ast.Set):
        opening, closing = _BRACKETS[kind]
        return opening + ", ".join(_render(one, depth + 1) for one in node.elts[:6]) + closing
    if kind is ast.Dict:
        pairs = [f"{_index(key, depth)}: {_render(one, depth + 1)}" for key, one in zip(node.keys[:4], node.values[:4])]
        return "{" + ", ".join(pairs) + "}"
    if kind in (ast.Await, ast.Starred):
        return f"{'await ' if kind is ast.Await else '*'}{_render(node.value, depth + 1)}"
    if kind is ast.BoolOp:
        return (" or " if type(node.op) is ast.Or else " and ").join(_render(one, depth + 1) for one in node.values[:4])
    if kind is ast.IfExp:
        return f"{_render(node.body, depth + 1)} if … else {_render(node.orelse, depth + 1)}"
    if kind is ast.DictComp:
        return f"{{… for … in {_render(node.generators[0].iter, depth + 1)}}}"
    if kind in (ast.ListComp, ast.GeneratorExp, ast.SetComp):
        return f"[{_render(node.elt, depth + 1)} for … in {_render(node.generators[0].iter, depth + 1)}]"
    return "…"


def _argument(call: ast.Call, node: Any, depth: int) -> str:
    # The key in get("password") is a name.
    if type(node) is ast.Constant and isinstance(node.value, str) and last_name(call.func) in _KEYED:
        return _index(node, depth)
    return _render(node, depth + 1)


def _index(node: Any, depth: int) -> str:
    if type(node) is ast.Constant and isinstance(node.value, str):
        text = node.value
        return repr(text) if len(text) <= _KEY and text.replace("-", "_").replace(".", "_").isidentifier() else "'…'"
    if type(node) is ast.Slice:
        return ":"
    return _render(node, depth + 1)


def last_name(node: Any) -> str:
    """Return the last name of an expression: ``c`` of ``a.b.c``, ``f`` of ``a.f()``, the key of ``a["key"]``.

    >>> last_name(ast.parse("a.b['key'].f()").body[0].value)
    'f'
    """
    while True:
        kind = type(node)
        if kind is ast.Name:
            return str(node.id)
        if kind is ast.Attribute:
            return str(node.attr)
        if kind is ast.Subscript:
            if type(node.slice) is ast.Constant and isinstance(node.slice.value, str):
                return str(node.slice.value)
            node = node.value
        elif kind is ast.Call:
            node = node.func
        elif kind in (ast.Await, ast.Starred):
            node = node.value
        else:
            return ""


def dotted(node: Any) -> str:
    """Return ``a.b.c`` for names and attributes, an empty text for anything else.

    >>> dotted(ast.parse("os.path.join").body[0].value)
    'os.path.join'
    """
    parts = []
    while type(node) is ast.Attribute:
        parts.append(node.attr)
        node = node.value
    if type(node) is not ast.Name:
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


_KEYED = frozenset({"get", "pop", "getenv", "getattr", "setdefault", "getlist"})
_OPERATORS = {ast.Mod: "%", ast.Add: "+", ast.BitOr: "|", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_BRACKETS = {ast.List: ("[", "]"), ast.Tuple: ("(", ")"), ast.Set: ("{", "}")}


def render_binding(node: ast.AST) -> str:
    """Return a statement that binds a name as code without literals, shortened."""
    if isinstance(node, ast.Assign):
        return f"{render(node.targets[0])} = {render(node.value)}"
    if isinstance(node, ast.AnnAssign):
        return f"{render(node.target)} = {render(node.value)}" if node.value is not None else render(node.target)
    if isinstance(node, ast.AugAssign):
        return f"{render(node.target)} += {render(node.value)}"
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return f"for {render(node.target)} in {render(node.iter)}"
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return f"with {render(node.items[0].context_expr)}"
    if isinstance(node, ast.Expr):
        return render(node.value)
    return render(node)


def key_text(key: object) -> str | None:
    """Return the text of a literal key; None for anything else."""
    if type(key) is ast.Constant and isinstance(key.value, str):
        return key.value
    return None


def is_text_type(annotation: Any) -> bool:
    """Tell whether an annotation lets a text through: ``str``, ``bytes | None``, ``Optional[str]``.

    >>> is_text_type(ast.parse("Optional[str]").body[0].value), is_text_type(ast.parse("StreamToken").body[0].value)
    (True, False)
    """
    names = {last_name(node) for node in ast.walk(annotation) if isinstance(node, (ast.Name, ast.Attribute))}
    text = annotation.value if isinstance(annotation, ast.Constant) else ""
    return bool(names & {"str", "bytes", "Any", "AnyStr"}) or "str" in str(text)
