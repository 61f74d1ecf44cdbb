"""Reads Go."""

from __future__ import annotations

import re

from tree_sitter import Node

from logscrub.code.languages.forms import (
    Assign,
    Call,
    Class,
    Each,
    Entry,
    Form,
    Function,
    Guard,
    Import,
    Index,
    Items,
    Join,
    Literal,
    Member,
    Name,
    Object,
    Parameter,
    Return,
    Same,
    Sequence,
    Several,
    Skip,
    Slice,
    Test,
    text,
)
from logscrub.code.languages.javascript import flatten

_INT = re.compile(r"\d{1,9}")
_VERSION = re.compile(r"v\d+")
_SAME = frozenset({"parenthesized_expression", "variadic_argument", "literal_element"})
_SKIP = frozenset({"comment", "package_clause"})
_TEXTS = frozenset({"interpreted_string_literal", "raw_string_literal"})
_CASTS = frozenset({"slice_type", "array_type", "pointer_type"})


def read(node: Node) -> Form:
    """Return the form of a node."""
    kind = node.type
    field = node.child_by_field_name
    if kind in ("identifier", "field_identifier", "type_identifier", "package_identifier"):
        return Name(text(node))
    if kind == "selector_expression":
        base = field("operand")
        return Member(base, text(field("field"))) if base is not None else Skip()
    if kind == "index_expression":
        base, index = field("operand"), field("index")
        return Index(base, index) if base is not None and index is not None else Sequence(node.named_children)
    if kind == "slice_expression":
        base = field("operand")
        return Slice(base, field("start"), field("end")) if base is not None else Skip()
    if kind == "call_expression":
        return _call(node)
    if kind == "type_conversion_expression":
        operand = field("operand")
        return Same(operand) if operand is not None else Skip()
    if kind in _TEXTS:
        return Literal(
            "text", "".join(" " if one.type == "escape_sequence" else text(one) for one in node.named_children)
        )
    if kind == "int_literal":
        raw = text(node)
        return Literal("number", number=int(raw) if _INT.fullmatch(raw) else None)
    if kind in ("float_literal", "imaginary_literal"):
        return Literal("number")
    if kind in ("true", "false", "rune_literal", "iota"):
        return Literal("bool")
    if kind == "nil":
        return Literal("null")
    if kind == "composite_literal":
        return _composite(field("body"), _type(field("type")))
    if kind == "literal_value":
        return _composite(node, "")
    if kind in ("short_var_declaration", "assignment_statement"):
        return _assign(node)
    if kind in ("var_spec", "const_spec"):
        return _spec(node)
    if kind in ("inc_statement", "dec_statement"):
        return Assign([(text(child), "") for child in node.named_children[:1]], None, None, adds=True)
    if kind in ("function_declaration", "method_declaration", "func_literal"):
        return _function(node)
    if kind == "type_spec":
        return _struct(node)
    if kind == "binary_expression":
        operator = text(field("operator"))
        if operator == "+":
            return Join(flatten(node, "binary_expression", "+"))
        return Test(node.named_children)
    if kind == "unary_expression":
        operand = field("operand")
        if text(field("operator")) in ("&", "*", "<-") and operand is not None:
            return Same(operand)
        return Test(node.named_children)
    if kind == "type_assertion_expression":
        operand = field("operand")
        return Same(operand) if operand is not None else Skip()
    if kind == "if_statement":
        return Guard(field("initializer"), field("condition"), field("consequence"), field("alternative"))
    if kind == "return_statement":
        lists = [child for child in node.named_children if child.type == "expression_list"]
        return Return(lists[0].named_children if lists else [])
    if kind == "for_statement":
        clauses = [child for child in node.named_children if child.type == "range_clause"]
        if clauses:
            left, over = clauses[0].child_by_field_name("left"), clauses[0].child_by_field_name("right")
            if over is not None:
                names = [text(child) for child in left.named_children] if left is not None else []
                return Each(names[1:2], over, field("body"))
    if kind == "import_spec":
        return _import(node)
    if kind in _SAME and node.named_children:
        return Same(node.named_children[0])
    if kind in _SKIP:
        return Skip()
    return Sequence(node.named_children)


def _call(node: Node) -> Form:
    arguments = node.child_by_field_name("arguments")
    args = [one for one in arguments.named_children if one.type != "comment"] if arguments is not None else []
    called = node.child_by_field_name("function")
    while called is not None and called.type in ("parenthesized_expression", "type_instantiation_expression"):
        called = called.named_children[0] if called.named_children else None
    if called is None:
        return Sequence(args)
    if called.type == "identifier":
        return Call(text(called), args)
    if called.type == "selector_expression":
        return Call(text(called.child_by_field_name("field")), args, called.child_by_field_name("operand"))
    if called.type in _CASTS and len(args) == 1:
        return Same(args[0])
    return Call("", args, callee=called)


def _composite(body: Node | None, name: str) -> Form:
    entries: list[Entry] = []
    items: list[Node] = []
    for child in body.named_children if body is not None else ():
        if child.type != "keyed_element":
            if child.type != "comment":
                items.append(child)
            continue
        key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
        inner = key.named_children[0] if key is not None and key.named_children else None
        if inner is None:
            continue
        if inner.type == "identifier":
            entries.append(Entry(text(inner), value))
        elif inner.type in _TEXTS:
            entries.append(Entry(text(inner).strip('"`'), value))
        else:
            entries.append(Entry("", value, inner))
    if entries or not items:
        return Object(entries, type=name)
    return Items(items, type=name)


def _assign(node: Node) -> Form:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return Sequence(node.named_children)
    adds = text(node.child_by_field_name("operator")) == "+="
    return _pairs(left.named_children, right.named_children, "", adds=adds, constant=False)


def _spec(node: Node) -> Form:
    names = [child for child in node.children_by_field_name("name") if child.type == "identifier"]
    values = node.child_by_field_name("value")
    return _pairs(
        names,
        values.named_children if values is not None else [],
        _type(node.child_by_field_name("type")),
        adds=False,
        constant=node.type == "const_spec",
    )


def _pairs(left: list[Node], right: list[Node], declared: str, *, adds: bool, constant: bool) -> Form:
    found: list[Assign] = []
    for index, target in enumerate(left):
        # Of a call with several results the first is the value, the last most often an error.
        value = right[index] if index < len(right) and (len(left) == len(right) or index == 0) else None
        binds = [(text(target), "")] if target.type == "identifier" else []
        found.append(Assign(binds, None if binds else target, value, adds=adds, constant=constant, type=declared))
    return found[0] if len(found) == 1 else Several(found)


def _function(node: Node) -> Form:
    field = node.child_by_field_name
    receiver = _parameters(field("receiver"))
    owner = receiver[0].type if receiver else ""
    me = receiver[0].binds[0][0] if receiver and receiver[0].binds else ""
    return Function(text(field("name")), _parameters(field("parameters")), field("body"), owner, me)


def _parameters(node: Node | None) -> list[Parameter]:
    found: list[Parameter] = []
    for child in node.named_children if node is not None else ():
        declared = _type(child.child_by_field_name("type"))
        found += [Parameter([(text(name), "")], declared) for name in child.children_by_field_name("name")]
    return found


def _struct(node: Node) -> Form:
    shape = node.child_by_field_name("type")
    if shape is None or shape.type != "struct_type":
        return Skip()
    fields: list[tuple[str, str]] = []
    for listed in shape.named_children:
        for child in listed.named_children:
            if child.type == "field_declaration":
                declared = _type(child.child_by_field_name("type"))
                fields += [(text(name), declared) for name in child.children_by_field_name("name")]
    return Class(text(node.child_by_field_name("name")), fields, [])


def _type(node: Node | None) -> str:
    return text(node).lstrip("*[]").rsplit(".", 1)[-1] if node is not None else ""


def _import(node: Node) -> Form:
    path = text(node.child_by_field_name("path")).strip('"`')
    parts = [part for part in path.split("/") if part and not _VERSION.fullmatch(part)]
    module = parts[-1].removeprefix("go-") if parts else path
    name = text(node.child_by_field_name("name")) or module.split(".")[0]
    return Import([(name, module)])
