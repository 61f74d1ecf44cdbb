"""Put a mask around an expression, however it is printed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter

import libcst as cst

from logscrub.code.fix.edit import Edit, Refused
from logscrub.code.fix.names import Names
from logscrub.code.fix.target import Target, is_all_locals, is_translation
from logscrub.code.fix.tree import Tree
from logscrub.code.model import CodeFinding, Kind
from logscrub.emit.template import split

_LABEL = re.compile(r"[\w.\- ]{1,60}")
# What is printed holds much beside the secret: what it holds is judged by its own names.
_WHOLE = (Kind.CONTAINER, Kind.LOCALS, Kind.TRACE, Kind.URL)
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def wrap(tree: Tree, names: Names, finding: CodeFinding, target: Target, said: Mapping[str, str]) -> list[Edit]:
    """Return the edits that mask an expression.

    Args:
        tree: the file.
        names: its names.
        finding: what was found.
        target: the expression.
        said: what findings about this expression say is sensitive, with the label of its mask: names, if the
            expression is ``locals()``.

    Raises:
        Refused: it cannot be done.
    """
    assert finding.repair is not None
    repair = finding.repair
    label = repair.name if finding.kind not in _WHOLE and _LABEL.fullmatch(repair.name) else ""
    if is_all_locals(target.node):
        listed = _names_used(tree, target)
        if listed:
            return [Edit(*target.span, _dict_of(names, listed, said, tree.quote))]
    _check_template(tree, target)
    own = names.own(repair.text) if _DOTTED.fullmatch(repair.text) else None
    start, end = target.span
    opening, closing = "", ")"
    if own is not None:
        opening = f"{own}("
    else:
        if label:
            quote = _free_quote(tree, target)
            closing = f", {quote}{label}{quote})"
        opening = f"{names.member('logscrub', 'mask', prefer_module=True)}("
        if target.as_text:
            opening, closing = f"str({opening}", f"{closing})"
    if isinstance(target.node, (cst.GeneratorExp, cst.Yield)) and not target.node.lpar:
        opening, closing = f"{opening}(", f"){closing}"
    edits = [Edit(start, start, opening), Edit(end, end, closing)]
    if target.field is not None and target.field.equal is not None:
        edits += _spelled_out(tree, target.field)
    return edits


def _free_quote(tree: Tree, target: Target) -> str:
    """A quote character that no f-string around the expression uses: before Python 3.12 it would end there."""
    for quote in (tree.quote, '"', "'"):
        if quote not in target.quotes:
            return quote
    raise Refused("stands in f-strings that leave no quote to use")


def _spelled_out(tree: Tree, field: cst.FormattedStringExpression) -> list[Edit]:
    """``{pw=}`` prints its own code: that is written out, so that the mask does not show."""
    assert field.equal is not None
    brace = tree.bare_span(field)[0]
    end = tree.span(field.expression)[1]
    equal = tree.module.code_for_node(field.equal)
    at = tree.text.index("=", end)
    stop = at - len(equal[: equal.index("=")]) + len(equal)
    label = tree.text[brace + 1 : stop]
    if "\\" in label or "\n" in label or "\r" in label:
        raise Refused("prints its own code over several lines")
    conversion = "" if field.conversion or field.format_spec is not None else "!r"
    return [
        Edit(brace, brace, label.replace("{", "{{").replace("}", "}}")),
        Edit(end, stop, conversion),
    ]


def _check_template(tree: Tree, target: Target) -> None:
    """Refuse where the template takes the value apart: a stand-in has no parts."""
    outer = tree.parents[target.node]
    if isinstance(outer, cst.BinaryOperation) and isinstance(outer.operator, cst.Modulo):
        template = _text(outer.left)
        pieces = split(template) if template is not None else []
        is_named = any(piece.key is not None for piece in pieces)
        if isinstance(target.node, cst.Tuple) or (
            not is_named and sum(piece.takes for piece in pieces) != 1 and not isinstance(target.node, cst.Dict)
        ):
            raise Refused("is spread over the template")
    if isinstance(outer, cst.Arg):
        call = tree.parents[outer]
        if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and call.func.attr.value == "format":
            template = _text(call.func.value)
            if template is not None and _takes_apart(template, call, outer):
                raise Refused("the template takes it apart")


def _takes_apart(template: str, call: cst.Call, arg: cst.Arg) -> bool:
    name = arg.keyword.value if arg.keyword is not None else str(call.args.index(arg))
    try:
        fields = [field for _, field, _, _ in Formatter().parse(template) if field is not None]
    except ValueError:
        return True
    counted = 0
    for field in fields:
        first = re.split(r"[.\[]", field, maxsplit=1)[0]
        if not first:
            first, counted = str(counted), counted + 1
        if first == name and re.search(r"[.\[]", field):
            return True
    return False


def _text(node: cst.BaseExpression) -> str | None:
    if isinstance(node, cst.Call) and is_translation(node):
        node = node.args[0].value
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    return None


def _names_used(tree: Tree, target: Target) -> list[str]:
    """The names a ``%(name)s`` template takes out of ``locals()``; none if that is not known."""
    outer = tree.parents[target.node]
    template: str | None = None
    if isinstance(outer, cst.BinaryOperation) and isinstance(outer.operator, cst.Modulo):
        template = _text(outer.left)
    elif isinstance(outer, cst.Arg) and target.sink is not None and outer in target.sink.args and not outer.star:
        before = target.sink.args[target.sink.args.index(outer) - 1]
        template = _text(before.value) if before is not outer else None
    if template is None:
        return []
    pieces = [piece for piece in split(template) if not piece.literal]
    keys = list(dict.fromkeys(piece.key or "" for piece in pieces))
    return keys if all(key.isidentifier() for key in keys) else []


def _dict_of(names: Names, listed: list[str], said: Mapping[str, str], quote: str) -> str:
    from logscrub.masking import field_of

    items = []
    for name in listed:
        value = name
        label = said.get(name) or field_of(name)
        if label or name in said:
            mask = names.member("logscrub", "mask", prefer_module=True)
            value = f"{mask}({name}, {quote}{label}{quote})" if label else f"{mask}({name})"
        items.append(f"{quote}{name}{quote}: {value}")
    return "{" + ", ".join(items) + "}"
