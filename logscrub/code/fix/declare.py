"""Say of an option, a parameter or a field that it is secret."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

from logscrub.code.fix.edit import Edit, Refused
from logscrub.code.fix.names import Names
from logscrub.code.fix.tree import Tree, append_item, comma_after
from logscrub.code.model import Repair

_KEYWORD = re.compile(r"([A-Za-z_]\w*)=([\w.]+)")


def declare(tree: Tree, names: Names, repair: Repair) -> list[Edit]:
    """Return the edits that add a keyword argument to what is declared at the place of a repair.

    Raises:
        Refused: it cannot be done.
    """
    keyword = _KEYWORD.fullmatch(repair.text)
    if keyword is None:
        raise Refused(f"{repair.text!r} is not a keyword argument")
    span = tree.span_of(repair.place)
    nodes = tree.nodes_at(span)
    field = _field_at(tree, nodes, span)
    if field is not None:
        if not isinstance(field.value, cst.Call) or not _is_field(tree, field.value):
            return _make_field(tree, names, field, repair.text)
        return _into_call(tree, field.value, keyword[1], keyword[2])
    for node in nodes:
        if isinstance(node, cst.Call):
            return _into_call(tree, node, keyword[1], keyword[2])
        if isinstance(node, cst.Dict):
            return _into_dict(tree, node, keyword[1], keyword[2])
    raise Refused("there is no call and no field at this place any more")


def _into_call(tree: Tree, call: cst.Call, name: str, value: str) -> list[Edit]:
    for arg in call.args:
        if arg.keyword is not None and arg.keyword.value == name:
            said = "is declared already" if tree.code(arg.value) == value else f"{name} is set to something else"
            raise Refused(said)
    if len(call.args) == 1 and isinstance(call.args[0].value, cst.GeneratorExp):
        raise Refused("the call takes a generator")
    if not call.args:
        end = tree.bare_span(call)[1] - 1
        return [Edit(end, end, f"{name}={value}")]
    return append_item(tree, call.args[-1], comma_after(tree, call.args[-1]), f"{name}={value}")


def _into_dict(tree: Tree, node: cst.Dict, name: str, value: str) -> list[Edit]:
    quote = tree.quote
    for element in node.elements:
        if isinstance(element, cst.DictElement) and isinstance(element.key, cst.SimpleString):
            quote = element.key.quote[:1]
            if element.key.evaluated_value == name:
                said = (
                    "is declared already" if tree.code(element.value) == value else f"{name} is set to something else"
                )
                raise Refused(said)
    item = f"{quote}{name}{quote}: {value}"
    if not node.elements:
        end = tree.bare_span(node)[1] - 1
        return [Edit(end, end, item)]
    last = node.elements[-1]
    return append_item(tree, last, comma_after(tree, last), item)


def _field_at(tree: Tree, nodes: Sequence[cst.CSTNode], span: tuple[int, int]) -> cst.AnnAssign | None:
    """The ``name: type = default`` of a class that is meant: all of it, or its name."""
    for node in nodes:
        if isinstance(node, cst.AnnAssign):
            return node
        parent = next(tree.ancestors(node), None)
        if isinstance(node, cst.Name) and isinstance(parent, cst.AnnAssign) and parent.target is node:
            return parent
        if isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], cst.AnnAssign):
            return node.body[0]
    return None


def _is_field(tree: Tree, call: cst.Call) -> bool:
    return tree.code(call.func).rpartition(".")[2] in ("field", "Field", "attrib", "ib")


def _make_field(tree: Tree, names: Names, field: cst.AnnAssign, keyword: str) -> list[Edit]:
    makes = _maker(tree, names, field)
    if field.value is None:
        end = tree.bare_span(field)[1]
        return [Edit(end, end, f" = {makes}({keyword})")]
    start, end = tree.span(field.value)
    return [Edit(start, start, f"{makes}(default="), Edit(end, end, f", {keyword})")]


def _maker(tree: Tree, names: Names, field: cst.AnnAssign) -> str:
    """The function that makes a field in the class a field stands in."""
    owner = next((node for node in tree.ancestors(field) if isinstance(node, (cst.ClassDef, cst.FunctionDef))), None)
    if not isinstance(owner, cst.ClassDef):
        raise Refused("is no field of a class")
    for decorator in owner.decorators:
        made = decorator.decorator
        code = tree.code(made.func if isinstance(made, cst.Call) else made)
        module, _, name = names.origin(code).rpartition(".")
        by_module = "." in code
        if module in ("dataclasses", "pydantic.dataclasses"):
            return names.member("dataclasses", "field", prefer_module=by_module)
        if module == "attrs" or (module == "attr" and name in ("define", "frozen", "mutable")):
            return names.member(module, "field", prefer_module=by_module)
        if module == "attr":
            return names.member("attr", "ib", prefer_module=by_module)
    for base in owner.bases:
        code = tree.code(base.value).partition("[")[0]
        module, _, name = names.origin(code).rpartition(".")
        if module.startswith("pydantic") or name in ("BaseModel", "BaseSettings"):
            return names.member("pydantic", "Field", prefer_module="." in code and module == "pydantic")
    raise Refused("the class is none whose fields can be declared")
