"""Reads JavaScript and TypeScript."""

from __future__ import annotations

import re

from tree_sitter import Node

from logscrub.code.languages.forms import (
    Assign,
    Call,
    Choice,
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
    Skip,
    Test,
    text,
)

_FUNCTIONS = frozenset(
    {
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function",
        "generator_function_declaration",
    }
)
_SAME = frozenset(
    {
        "parenthesized_expression",
        "await_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "spread_element",
        "yield_expression",
    }
)
_SKIP = frozenset(
    {
        "comment",
        "type_annotation",
        "type_arguments",
        "type_parameters",
        "interface_declaration",
        "type_alias_declaration",
        "ambient_declaration",
        "decorator",
        "enum_declaration",
        "html_comment",
        "hash_bang_line",
        "function_signature",
        "method_signature",
    }
)
_COMPARES = frozenset({"==", "===", "!=", "!==", "<", ">", "<=", ">=", "in", "instanceof"})
_TARGETS = frozenset({"member_expression", "subscript_expression"})
_INT = re.compile(r"\d{1,9}")


def read(node: Node) -> Form:
    """Return the form of a node."""
    kind = node.type
    field = node.child_by_field_name
    if kind in ("identifier", "shorthand_property_identifier", "this", "undefined"):
        return Name(text(node)) if kind != "undefined" else Literal("null")
    if kind == "member_expression":
        base = field("object")
        return Member(base, text(field("property")).lstrip("#")) if base is not None else Skip()
    if kind == "subscript_expression":
        base, index = field("object"), field("index")
        return Index(base, index) if base is not None and index is not None else Sequence(node.named_children)
    if kind in ("call_expression", "new_expression"):
        return _call(node)
    if kind in ("string", "template_string"):
        return _string(node)
    if kind == "number":
        raw = text(node)
        return Literal("number", number=int(raw) if _INT.fullmatch(raw) else None)
    if kind in ("true", "false"):
        return Literal("bool")
    if kind == "null":
        return Literal("null")
    if kind == "regex":
        return Literal("regex", text(field("pattern")), flags=text(field("flags")))
    if kind == "object":
        return _object(node)
    if kind == "array":
        return Items(node.named_children)
    if kind in ("variable_declarator", "assignment_expression", "augmented_assignment_expression"):
        return _assign(node)
    if kind in ("field_definition", "public_field_definition"):
        name = text(field("property") or field("name")).lstrip("#")
        return Assign([("this." + name, "")], None, field("value"), type=_type(field("type")))
    if kind in _FUNCTIONS:
        return _function(node)
    if kind in ("class_declaration", "class", "abstract_class_declaration"):
        body = field("body")
        return Class(text(field("name")), [], body.named_children if body is not None else [])
    if kind == "binary_expression":
        return _binary(node)
    if kind == "ternary_expression":
        options = [one for one in (field("consequence"), field("alternative")) if one is not None]
        return Choice(field("condition"), options)
    if kind == "unary_expression":
        return Test(node.named_children)
    if kind == "update_expression":
        argument = field("argument")
        return Assign(_names(argument), None, None, adds=True) if argument is not None else Skip()
    if kind == "if_statement":
        return Guard(None, field("condition"), field("consequence"), field("alternative"))
    if kind == "return_statement":
        return Return(node.named_children)
    if kind == "for_in_statement":
        left, over = field("left"), field("right")
        if left is None or over is None:
            return Sequence(node.named_children)
        keys = text(field("operator")) == "in"
        return Each([] if keys else [name for name, _ in _names(left)], over, field("body"))
    if kind in _SAME:
        inner = [one for one in node.named_children if one.type not in _SKIP]
        return Same(inner[0]) if inner else Skip()
    if kind == "type_assertion":
        return Same(node.named_children[-1])
    if kind == "sequence_expression":
        return Choice(None, node.named_children)
    if kind == "import_statement":
        return _import(node)
    if kind in _SKIP:
        return Skip()
    return Sequence(node.named_children)


def _call(node: Node) -> Form:
    field = node.child_by_field_name
    arguments = field("arguments")
    args: list[Node] = []
    if arguments is not None:
        if arguments.type == "template_string":
            args = [arguments]
        else:
            args = [one for one in arguments.named_children if one.type != "comment"]
    new = node.type == "new_expression"
    called = field("constructor") if new else field("function")
    while called is not None and called.type in ("parenthesized_expression", "sequence_expression"):
        called = called.named_children[-1] if called.named_children else None
    if called is None:
        return Sequence(node.named_children)
    if called.type == "subscript_expression":
        index = called.child_by_field_name("index")
        if index is not None and index.type == "string":
            return Call(text(index).strip("\"'"), args, called.child_by_field_name("object"), new=new)
    if called.type == "identifier":
        return Call(text(called), args, new=new)
    if called.type == "member_expression":
        return Call(text(called.child_by_field_name("property")), args, called.child_by_field_name("object"), new=new)
    return Call("", args, callee=called, new=new)


def _string(node: Node) -> Form:
    parts: list[str | Node] = []
    for child in node.named_children:
        if child.type == "template_substitution":
            parts += child.named_children[:1]
        elif child.type == "escape_sequence":
            parts.append(" ")
        else:
            parts.append(text(child))
    if any(not isinstance(part, str) for part in parts):
        return Join(parts)
    return Literal("text", "".join(part for part in parts if isinstance(part, str)))


def _object(node: Node) -> Form:
    entries: list[Entry] = []
    spreads: list[Node] = []
    functions: list[Node] = []
    for child in node.named_children:
        if child.type == "pair":
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if value is not None and value.type in _FUNCTIONS:
                functions.append(value)
                entries.append(Entry(_key(key), None))
            else:
                computed = key.named_children[0] if key is not None and key.type == "computed_property_name" else None
                entries.append(Entry(_key(key), value, computed))
        elif child.type == "shorthand_property_identifier":
            entries.append(Entry(text(child), child))
        elif child.type == "spread_element":
            spreads += child.named_children[:1]
        elif child.type == "method_definition":
            functions.append(child)
            entries.append(Entry(_key(child.child_by_field_name("name")), None))
    return Object(entries, spreads, functions)


def _key(node: Node | None) -> str:
    if node is None or node.type == "computed_property_name":
        return ""
    return text(node).strip("\"'")


def _assign(node: Node) -> Form:
    field = node.child_by_field_name
    declares = node.type == "variable_declarator"
    target = field("name") if declares else field("left")
    value = field("value") if declares else field("right")
    if target is None:
        return Sequence(node.named_children)
    adds = node.type == "augmented_assignment_expression" and text(field("operator")) == "+="
    constant = declares and node.parent is not None and text(node.parent.child_by_field_name("kind")) == "const"
    if target.type in _TARGETS:
        return Assign([], target, value, adds=adds)
    return Assign(_names(target), None, value, adds=adds, constant=constant, type=_type(field("type")))


def _names(target: Node) -> list[tuple[str, str]]:
    """Return the variables a pattern binds, each with the member it takes ('' for the whole value)."""
    found: list[tuple[str, str]] = []
    todo: list[tuple[Node, str]] = [(target, "")]
    while todo:
        node, member = todo.pop()
        kind = node.type
        if kind == "identifier":
            found.append((text(node), member))
        elif kind == "shorthand_property_identifier_pattern":
            found.append((text(node), text(node)))
        elif kind == "pair_pattern":
            value = node.child_by_field_name("value")
            if value is not None:
                todo.append((value, _key(node.child_by_field_name("key"))))
        elif kind in ("object_assignment_pattern", "assignment_pattern"):
            left = node.child_by_field_name("left")
            if left is not None:
                todo.append((left, member))
        elif kind in ("object_pattern", "array_pattern", "rest_pattern", "parenthesized_expression"):
            todo += [(child, member) for child in reversed(node.named_children)]
        elif kind in ("lexical_declaration", "variable_declaration", "variable_declarator"):
            todo += [(child, member) for child in node.named_children[:1]]
    return found


def _function(node: Node) -> Form:
    field = node.child_by_field_name
    parameters: list[Parameter] = []
    single = field("parameter")
    if single is not None:
        parameters.append(Parameter(_names(single)))
    listed = field("parameters")
    for child in listed.named_children if listed is not None else ():
        if child.type in ("required_parameter", "optional_parameter"):
            pattern = child.child_by_field_name("pattern")
            if pattern is not None:
                parameters.append(
                    Parameter(
                        _names(pattern),
                        _type(child.child_by_field_name("type")),
                        child.child_by_field_name("value"),
                        member=any(one.type == "accessibility_modifier" for one in child.named_children),
                    )
                )
        elif child.type != "comment":
            parameters.append(Parameter(_names(child), default=child.child_by_field_name("right")))
    body = field("body")
    name = text(field("name")).lstrip("#")
    if not name and node.parent is not None:
        if node.parent.type == "variable_declarator":
            name = text(node.parent.child_by_field_name("name"))
        elif node.parent.type == "pair":
            name = _key(node.parent.child_by_field_name("key"))
        elif node.parent.type in ("field_definition", "public_field_definition"):
            name = text(node.parent.child_by_field_name("property") or node.parent.child_by_field_name("name"))
    arrow = body is not None and body.type != "statement_block"
    return Function(name, parameters, body, me="this", arrow=arrow)


def _binary(node: Node) -> Form:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = text(node.child_by_field_name("operator"))
    if left is None or right is None:
        return Sequence(node.named_children)
    if operator == "+":
        return Join(flatten(node, "binary_expression", "+"))
    if operator in ("||", "??"):
        return Choice(None, [left, right])
    if operator == "&&":
        return Choice(left, [right])
    return Test([left, right])


def flatten(node: Node, kind: str, operator: str) -> list[str | Node]:
    """Return the operands of a chain of one operator, from left to right, however long it is."""
    parts: list[str | Node] = []
    current: Node | None = node
    while current is not None and current.type == kind and text(current.child_by_field_name("operator")) == operator:
        right = current.child_by_field_name("right")
        if right is not None:
            parts.append(right)
        current = current.child_by_field_name("left")
    if current is not None:
        parts.append(current)
    return parts[::-1]


def _type(node: Node | None) -> str:
    return text(node).lstrip(": ").split("<")[0].strip() if node is not None else ""


def _import(node: Node) -> Form:
    source = text(node.child_by_field_name("source")).strip("\"'")
    names: list[tuple[str, str]] = []
    todo = [child for child in node.named_children if child.type == "import_clause"]
    while todo:
        child = todo.pop()
        if child.type == "identifier":
            names.append((text(child), source))
        elif child.type == "import_specifier":
            local = child.child_by_field_name("alias") or child.child_by_field_name("name")
            names.append((text(local), source))
        else:
            todo += child.named_children
    return Import(names)
