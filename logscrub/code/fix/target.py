"""Which expression is to be masked: the one a repair names, or the smallest one around it that stays the same value.

What is printed may be used on its way: ``LOG.debug("%s", build(password))``. A stand-in would break ``build``, so the
mask goes around the call. Where the value is only put into text (an f-string, ``%``, ``+``, ``format``), the mask goes
around the value, and the text stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst

from logscrub.code.fix.edit import Refused
from logscrub.code.fix.names import Names
from logscrub.code.fix.tree import Span, Tree
from logscrub.code.model import CodeFinding, Place

_WORD = re.compile(r"[A-Za-z_]\w*")
# What they give holds or shows the value, whatever it is.
_SHOWERS = frozenset({"str", "repr", "ascii", "format"})
_BUILDERS = frozenset({"dict", "list", "tuple", "set"})
_TEXT_METHODS = frozenset({"format", "format_map", "join"})
# They take nothing but text.
_TEXT_SINKS = frozenset({"write", "warn", "warn_explicit", "join", "exit"})
_REPRS = frozenset({"__repr__", "__str__", "__unicode__", "__format__", "__rich__", "__rich_repr__"})


_TRANSLATIONS = frozenset({"_", "_LC", "_LE", "_LI", "_LW", "gettext", "ugettext", "N_"})
# A text that only these take may be masked where it is made.
_LOG_METHODS = frozenset(
    {"debug", "info", "warn", "warning", "error", "exception", "critical", "fatal", "log", "print", "trace", "audit"}
)


@dataclass(frozen=True, slots=True)
class Target:
    """An expression to be masked.

    Attributes:
        node: the expression.
        span: its span, with parentheses.
        as_text: text is needed here: nothing but ``str`` can stand in its place.
        field: the braces of an f-string it stands in, if any.
        quotes: quote characters of the f-strings around it.
        sink: the call that prints it; None in a ``__repr__`` or a ``raise`` of something that is no call.
    """

    node: cst.BaseExpression
    span: Span
    as_text: bool
    field: cst.FormattedStringExpression | None
    quotes: frozenset[str]
    sink: cst.Call | None


def find_targets(tree: Tree, names: Names, finding: CodeFinding) -> list[Target]:
    """Find the expressions that are masked for a finding: the one it names, and the same code again in the same call.

    Raises:
        Refused: there is none, or masking it would change what the program does.
    """
    assert finding.repair is not None
    node = _expression_at(tree, finding.repair.place)
    _check_unchanged(tree, finding, node)
    around = list(tree.ancestors(node))
    for each in around:
        if isinstance(each, cst.Call) and _is_mask(tree, names, finding, each):
            raise Refused("is masked already")
    sink = _sink(tree, finding, around)
    nodes = [node, *_again(tree, node, sink)] if sink is not None else [node]
    return [_target(tree, each, sink) for each in nodes]


def _target(tree: Tree, node: cst.BaseExpression, sink: cst.Call | None) -> Target:
    node = _climb(tree, node, sink)
    if isinstance(tree.parents[node], cst.Assign):
        raise Refused("its text is made outside of the call that prints it")
    path = _path(tree, node)
    field = next((each for each in path if isinstance(each, cst.FormattedStringExpression)), None)
    quotes = frozenset(each.end[0] for each in path if isinstance(each, cst.FormattedString))
    return Target(node, tree.span(node), _needs_text(tree, node, sink), field, quotes, sink)


def _again(tree: Tree, node: cst.BaseExpression, sink: cst.Call) -> list[cst.BaseExpression]:
    start, end = tree.span(sink)
    code = tree.code(node)
    return [
        other
        for other in tree.parents
        if isinstance(other, type(node))
        and other is not node
        and start <= tree.bare_span(other)[0] < end
        and tree.code(other) == code
        and isinstance(tree.parents[other], (cst.Arg, cst.Element, cst.DictElement, cst.FormattedStringExpression))
        and other is not getattr(tree.parents[other], "keyword", None)
        and other is not getattr(tree.parents[other], "key", None)
        and _sinks_directly(tree, other, sink)
    ]


def _sinks_directly(tree: Tree, node: cst.CSTNode, sink: cst.Call) -> bool:
    """Whether an expression is printed as it is, not what another call makes of it."""
    for each in tree.ancestors(node):
        if each is sink:
            return True
        if isinstance(each, cst.Call) and not (
            isinstance(each.func, cst.Attribute) and each.func.attr.value == "format"
        ):
            return False
    return False


def _is_mask(tree: Tree, names: Names, finding: CodeFinding, call: cst.Call) -> bool:
    code = tree.code(call.func)
    own = finding.repair.text if finding.repair is not None else ""
    return names.origin(code) in ("logscrub.mask", own or "logscrub.mask") or code == own


def _expression_at(tree: Tree, place: Place) -> cst.BaseExpression:
    for node in tree.nodes_at(tree.span_of(place)):
        if isinstance(node, cst.BaseExpression):
            return node
        if isinstance(node, cst.Arg) and node.star:
            return node.value
    raise Refused("there is no expression at this place any more")


def _check_unchanged(tree: Tree, finding: CodeFinding, node: cst.BaseExpression) -> None:
    """No word in common with what was found: the file is another one by now."""
    assert finding.repair is not None
    if is_all_locals(node):
        return  # the finding names one of them
    inside = (finding.place.line, finding.place.column) <= (finding.repair.place.line, finding.repair.place.column)
    words = set(_WORD.findall(finding.expression))
    if words and inside and words.isdisjoint(_WORD.findall(tree.code(node))):
        raise Refused("the file changed since it was read")


def is_all_locals(node: cst.BaseExpression) -> bool:
    """Tell whether an expression is ``locals()``, or ``vars()`` without an argument, which is the same."""
    return (
        isinstance(node, cst.Call)
        and not node.args
        and isinstance(node.func, cst.Name)
        and node.func.value in ("locals", "vars")
    )


def _sink(tree: Tree, finding: CodeFinding, around: list[cst.CSTNode]) -> cst.Call | None:
    """The call the finding is about, if the expression stands in it; else where a text is made for printing."""
    calls: list[cst.Call] = []
    for each in around:
        if isinstance(each, (cst.Lambda, cst.Param, cst.Decorator)):
            raise Refused("stands in a default argument, a decorator or a lambda")
        if isinstance(each, cst.Call):
            calls.append(each)
            if finding.place.end_line and _is_at(tree, each, finding.place):
                return each
        if isinstance(each, cst.Raise):
            return calls[-1] if calls else None
        if isinstance(each, cst.Assert):
            return None
        if isinstance(each, cst.Return):
            owner = next((node for node in tree.ancestors(each) if isinstance(node, cst.FunctionDef)), None)
            if owner is not None and owner.name.value in _REPRS:
                return None
        if isinstance(each, cst.Expr) and calls and tree.line(tree.bare_span(each)[0]) == finding.place.line:
            return calls[-1]
        if isinstance(each, cst.Assign) and _is_message(tree, finding, each):
            return None
        if isinstance(each, (cst.BaseSmallStatement, cst.BaseCompoundStatement)):
            break
    raise Refused("its text is made outside of the call that prints it")


def _is_message(tree: Tree, finding: CodeFinding, statement: cst.Assign) -> bool:
    """Whether a statement makes a text that is used for nothing but log calls and exceptions."""
    name = statement.targets[0].target
    if len(statement.targets) > 1 or not isinstance(name, cst.Name):
        return False
    owner = next((each for each in tree.ancestors(statement) if isinstance(each, cst.FunctionDef)), None)
    if owner is None:
        return False
    printed = False
    for node in tree.parents:
        if (
            not isinstance(node, cst.Name)
            or node.value != name.value
            or isinstance(tree.parents[node], cst.AssignTarget)
        ):
            continue
        around = list(tree.ancestors(node))
        if owner not in around or isinstance(tree.parents[node], cst.Attribute):
            continue
        line = next(each for each in around if isinstance(each, (cst.BaseSmallStatement, cst.BaseCompoundStatement)))
        if isinstance(line, cst.Raise):
            continue
        call = line.value if isinstance(line, cst.Expr) else None
        call = call.expression if isinstance(call, cst.Await) else call
        if not isinstance(call, cst.Call) or _last_name(call) not in _LOG_METHODS:
            return False
        printed = printed or tree.line(tree.bare_span(call)[0]) == finding.place.line
    return printed


def _is_at(tree: Tree, node: cst.CSTNode, place: Place) -> bool:
    try:
        return tree.span_of(place) in (tree.bare_span(node), tree.span(node))
    except Refused:
        return False


def _path(tree: Tree, node: cst.CSTNode) -> list[cst.CSTNode]:
    """What a node stands in, up to its statement."""
    path: list[cst.CSTNode] = []
    for each in tree.ancestors(node):
        if isinstance(each, (cst.BaseSmallStatement, cst.BaseCompoundStatement)):
            break
        path.append(each)
    return path


def _climb(tree: Tree, node: cst.BaseExpression, sink: cst.Call | None) -> cst.BaseExpression:
    target = node
    inner: cst.CSTNode = node
    for outer in _path(tree, node):
        if outer is sink:
            break
        if isinstance(outer, (cst.Lambda, cst.Param, cst.Decorator)):
            raise Refused("stands in a default argument, a decorator or a lambda")
        if (
            isinstance(outer, cst.BaseExpression)
            and not _keeps(tree, outer, inner, target)
            and not _is_receiver(tree, outer, sink)
        ):
            target = outer
        elif isinstance(outer, (cst.Arg, cst.StarredElement)) and _is_star(outer) and outer.value is target:
            raise Refused("is spread over the arguments with *")
        elif isinstance(outer, cst.FormattedStringExpression) and outer.expression is not inner:
            raise Refused("stands in a format specification")
        inner = outer
    return target


def _is_receiver(tree: Tree, node: cst.CSTNode, sink: cst.Call | None) -> bool:
    """``logger.bind(user=…)`` in ``logger.bind(user=…).info(…)``."""
    return sink is not None and any(each is sink.func for each in (node, *tree.ancestors(node)))


def _is_star(node: cst.Arg | cst.StarredElement) -> bool:
    return isinstance(node, cst.StarredElement) or node.star == "*"


def _keeps(tree: Tree, outer: cst.BaseExpression, inner: cst.CSTNode, target: cst.BaseExpression) -> bool:
    """Whether a stand-in can be used inside ``outer`` as the value can."""
    if isinstance(outer, (cst.Tuple, cst.List, cst.Set, cst.Dict, cst.FormattedString, cst.ConcatenatedString)):
        return True
    if isinstance(outer, cst.BinaryOperation):
        return isinstance(outer.operator, cst.Add) or (
            isinstance(outer.operator, cst.Modulo) and (inner is outer.right or inner is not target)
        )
    if isinstance(outer, cst.IfExp):
        return inner is not outer.test
    if isinstance(outer, (cst.GeneratorExp, cst.ListComp, cst.SetComp)):
        return inner is outer.elt
    if isinstance(outer, cst.DictComp):
        return inner in (outer.key, outer.value)
    if isinstance(outer, cst.Attribute):
        # ``("…" + value).strip()``: the text was made before.
        return inner is not target and (
            outer.attr.value in _TEXT_METHODS
            or isinstance(inner, (cst.FormattedString, cst.ConcatenatedString, cst.BinaryOperation))
        )
    if isinstance(outer, cst.Call):
        return _call_keeps(tree, outer, inner, target)
    return False


def _call_keeps(tree: Tree, call: cst.Call, inner: cst.CSTNode, target: cst.BaseExpression) -> bool:
    if inner is call.func:
        return inner is not target
    name = tree.code(call.func)
    if is_translation(call):
        return isinstance(inner, cst.Arg) and inner.value is not target
    is_direct = isinstance(inner, cst.Arg) and inner.value is target
    if name in _SHOWERS:
        # ``str(data, "utf-8")`` decodes.
        return len(call.args) == 1 or name == "format"
    if name in _BUILDERS:
        return not is_direct or (isinstance(inner, cst.Arg) and inner.keyword is not None)
    if isinstance(call.func, cst.Attribute) and call.func.attr.value in _TEXT_METHODS:
        return not (is_direct and call.func.attr.value == "join")
    return False


def is_translation(call: cst.Call) -> bool:
    """Tell whether a call is ``_("…")``, ``_LE("…")`` or ``gettext("…")``: what it gives is what it takes."""
    return len(call.args) == 1 and isinstance(call.func, cst.Name) and call.func.value in _TRANSLATIONS


def _needs_text(tree: Tree, node: cst.BaseExpression, sink: cst.Call | None) -> bool:
    inner: cst.CSTNode = node
    outer = tree.parents[inner]
    while isinstance(outer, cst.IfExp):
        inner, outer = outer, tree.parents[outer]
    if isinstance(outer, cst.BinaryOperation):
        return isinstance(outer.operator, cst.Add)
    if isinstance(outer, (cst.Return, cst.Raise)):
        return True
    if isinstance(outer, (cst.Element, cst.GeneratorExp, cst.ListComp)):
        group = tree.parents[outer] if isinstance(outer, cst.Element) else outer
        arg = tree.parents[group]
        call = tree.parents[arg]
        return isinstance(arg, cst.Arg) and isinstance(call, cst.Call) and _last_name(call) == "join"
    if isinstance(outer, cst.Arg) and not outer.star:
        call = tree.parents[outer]
        if isinstance(call, cst.Call) and call is sink:
            is_raised = any(isinstance(each, cst.Raise) for each in tree.ancestors(call))
            return is_raised or _last_name(call) in _TEXT_SINKS
    return False


def _last_name(call: cst.Call) -> str:
    if isinstance(call.func, cst.Attribute):
        return call.func.attr.value
    return call.func.value if isinstance(call.func, cst.Name) else ""
