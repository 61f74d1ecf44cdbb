"""Reads Java."""

from __future__ import annotations

import re

from tree_sitter import Node

from logscrub.code.languages.forms import (
    Assign,
    Call,
    Choice,
    Class,
    Each,
    Form,
    Function,
    Guard,
    Index,
    Items,
    Join,
    Literal,
    Member,
    Name,
    Parameter,
    Return,
    Same,
    Sequence,
    Several,
    Skip,
    Test,
    text,
)
from logscrub.code.languages.javascript import flatten

_CLASSES = frozenset(
    {"class_declaration", "interface_declaration", "enum_declaration", "record_declaration", "class_body"}
)
_SKIP = frozenset(
    {
        "line_comment",
        "block_comment",
        "import_declaration",
        "package_declaration",
        "modifiers",
        "annotation",
        "marker_annotation",
        "type_parameters",
        "annotation_type_declaration",
        "method_reference",
        "class_literal",
    }
)
_NUMBERS = frozenset(
    {"decimal_integer_literal", "hex_integer_literal", "decimal_floating_point_literal", "octal_integer_literal"}
)
_INT = re.compile(r"(\d{1,9})[lL]?")


def read(node: Node) -> Form:
    """Return the form of a node."""
    kind = node.type
    field = node.child_by_field_name
    if kind in ("identifier", "this", "super"):
        return Name(text(node))
    if kind == "field_access":
        base = field("object")
        return Member(base, text(field("field"))) if base is not None else Skip()
    if kind == "array_access":
        base, index = field("array"), field("index")
        return Index(base, index) if base is not None and index is not None else Sequence(node.named_children)
    if kind == "method_invocation":
        return Call(text(field("name")), _arguments(node), field("object"))
    if kind in ("object_creation_expression", "explicit_constructor_invocation"):
        bodies = [child for child in node.named_children if child.type == "class_body"]
        return Call(_type(field("type")), _arguments(node), new=True, body=bodies[0] if bodies else None)
    if kind == "string_literal":
        return Literal("text", "".join(_piece(child) for child in node.named_children))
    if kind in _NUMBERS:
        number = _INT.fullmatch(text(node))
        return Literal("number", number=int(number.group(1)) if number else None)
    if kind in ("true", "false", "character_literal"):
        return Literal("bool")
    if kind == "null_literal":
        return Literal("null")
    if kind in ("local_variable_declaration", "field_declaration"):
        return _declaration(node)
    if kind == "resource":
        return Assign([(text(field("name")), "")], None, field("value"), type=_type(field("type")))
    if kind == "assignment_expression":
        return _assign(node)
    if kind in ("method_declaration", "constructor_declaration", "compact_constructor_declaration"):
        return Function(text(field("name")), _parameters(field("parameters")), field("body"), me="this")
    if kind == "lambda_expression":
        body = field("body")
        arrow = body is not None and body.type != "block"
        return Function("", _parameters(field("parameters")), body, me="this", arrow=arrow)
    if kind in _CLASSES:
        return _class(node)
    if kind == "binary_expression":
        return _binary(node)
    if kind == "ternary_expression":
        options = [one for one in (field("consequence"), field("alternative")) if one is not None]
        return Choice(field("condition"), options)
    if kind in ("unary_expression", "instanceof_expression"):
        return Test(node.named_children)
    if kind == "update_expression":
        return Assign([(text(child), "") for child in node.named_children[:1]], None, None, adds=True)
    if kind == "if_statement":
        return Guard(None, field("condition"), field("consequence"), field("alternative"))
    if kind == "return_statement":
        return Return(node.named_children)
    if kind == "enhanced_for_statement":
        over = field("value")
        if over is not None:
            return Each([text(field("name"))], over, field("body"))
    if kind == "cast_expression":
        value = field("value")
        return Same(value) if value is not None else Skip()
    if kind == "parenthesized_expression" and node.named_children:
        return Same(node.named_children[0])
    if kind == "array_initializer":
        return Items(node.named_children)
    if kind == "array_creation_expression":
        value = field("value")
        return Same(value) if value is not None else Literal("null")
    if kind in _SKIP:
        return Skip()
    return Sequence(node.named_children)


def _piece(node: Node) -> str:
    return " " if node.type == "escape_sequence" else text(node)


def _arguments(node: Node) -> list[Node]:
    arguments = node.child_by_field_name("arguments")
    if arguments is None:
        return []
    return [child for child in arguments.named_children if not child.type.endswith("comment")]


def _declaration(node: Node) -> Form:
    declared = _type(node.child_by_field_name("type"))
    modifiers = text(node.named_children[0]) if node.named_children else ""
    constant = "final" in modifiers.split()
    prefix = "this." if node.type == "field_declaration" else ""
    return Several(
        [
            Assign(
                [(prefix + text(child.child_by_field_name("name")), "")],
                None,
                child.child_by_field_name("value"),
                constant=constant,
                type=declared,
            )
            for child in node.children_by_field_name("declarator")
        ]
    )


def _assign(node: Node) -> Form:
    target, value = node.child_by_field_name("left"), node.child_by_field_name("right")
    if target is None:
        return Sequence(node.named_children)
    adds = text(node.child_by_field_name("operator")) == "+="
    if target.type == "identifier":
        return Assign([(text(target), "")], None, value, adds=adds)
    return Assign([], target, value, adds=adds)


def _parameters(node: Node | None) -> list[Parameter]:
    if node is None:
        return []
    if node.type == "identifier":
        return [Parameter([(text(node), "")])]
    found: list[Parameter] = []
    for child in node.named_children:
        name = child.child_by_field_name("name")
        if child.type == "identifier":
            found.append(Parameter([(text(child), "")]))
        elif child.type == "spread_parameter":
            names = [
                one.child_by_field_name("name") for one in child.named_children if one.type == "variable_declarator"
            ]
            found.append(Parameter([(text(one), "") for one in names]))
        elif name is not None:
            found.append(Parameter([(text(name), "")], _type(child.child_by_field_name("type"))))
    return found


def _class(node: Node) -> Form:
    body = node if node.type == "class_body" else node.child_by_field_name("body")
    fields = [
        (text(one.child_by_field_name("name")), _type(one.child_by_field_name("type")))
        for one in _record_parts(node)
        if one.type == "formal_parameter"
    ]
    return Class(text(node.child_by_field_name("name")), fields, body.named_children if body is not None else [])


def _record_parts(node: Node) -> list[Node]:
    parameters = node.child_by_field_name("parameters") if node.type == "record_declaration" else None
    return parameters.named_children if parameters is not None else []


def _binary(node: Node) -> Form:
    operator = text(node.child_by_field_name("operator"))
    if operator == "+":
        return Join(flatten(node, "binary_expression", "+"))
    return Test(
        [one for one in (node.child_by_field_name("left"), node.child_by_field_name("right")) if one is not None]
    )


def _type(node: Node | None) -> str:
    return text(node).split("<")[0].rsplit(".", 1)[-1].strip() if node is not None else ""
