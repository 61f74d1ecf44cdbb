"""A source file with its parse tree, and what stands at a place of it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache

import libcst as cst
from libcst.metadata import CodePosition, CodeRange, MetadataWrapper, PositionProvider

from logscrub.code.fix.edit import Edit, Refused
from logscrub.code.model import Place

_BREAK = re.compile(r"\r\n|\r|\n")
_STRING_OPENING = re.compile(r"""[A-Za-z]*(['"])""")
_REST_OF_LINE = re.compile(r"[ \t]*(#[^\r\n]*)?(?=\r|\n|$)")

_BLANKS = ("leading_lines", "lines_after_decorators", "header", "footer", "trailing_whitespace", "lpar", "rpar")

Span = tuple[int, int]


class Tree:
    """One source file.

    Args:
        text: its text, line ends as they are.

    Raises:
        Refused: it does not parse.
    """

    def __init__(self, text: str) -> None:
        try:
            module = cst.parse_module(text)
        except cst.ParserSyntaxError as error:
            raise Refused(f"does not parse (line {error.raw_line})") from None
        except RecursionError:
            raise Refused("is nested too deeply") from None
        if module.code != text:
            raise Refused("cannot be written back as it is")
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        self.text = text
        self.module = wrapper.module
        self.parents = _parents(self.module)
        self._inner = wrapper.resolve(PositionProvider)
        self._lines = [0, *(found.end() for found in _BREAK.finditer(text))]
        ends = [found.group() for found in _BREAK.finditer(text)]
        self.newline = max(set(ends), key=ends.count) if ends else "\n"
        self.quote = self._usual_quote()

    def span_of(self, place: Place) -> Span:
        """Return the offsets of a place.

        Raises:
            Refused: there is no such place.
        """
        ends = []
        for line, column in ((place.line, place.column), (place.end_line, place.end_column)):
            if not 1 <= line <= len(self._lines) or self._lines[line - 1] + column - 1 > len(self.text):
                raise Refused("the file changed since it was read")
            ends.append(self._lines[line - 1] + column - 1)
        return ends[0], ends[1]

    def line(self, offset: int) -> int:
        """Return the line of an offset, from 1."""
        return bisect_right(self._lines, offset)

    def span(self, node: cst.CSTNode) -> Span:
        """Return the span of a node, parentheses around an expression included."""
        start, end = self.bare_span(node)
        if isinstance(node, cst.BaseExpression):
            start -= sum(len(self.module.code_for_node(paren)) for paren in node.lpar)
            end += sum(len(self.module.code_for_node(paren)) for paren in node.rpar)
        return start, end

    def bare_span(self, node: cst.CSTNode) -> Span:
        """Return the span of a node without the parentheses around it."""
        where: CodeRange = self._inner[node]
        return self._offset(where.start), self._offset(where.end)

    def _offset(self, position: CodePosition) -> int:
        # The line break that a last line without one is thought to have lies outside of the text.
        if position.line > len(self._lines):
            return len(self.text)
        return min(self._lines[position.line - 1] + position.column, len(self.text))

    def code(self, node: cst.CSTNode) -> str:
        """Return the text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def nodes_at(self, span: Span) -> list[cst.CSTNode]:
        """Return the nodes with this span, whichever of the parentheses around them it counts, the outermost first."""
        first, last = self.line(span[0]), self.line(span[1])
        return [
            node
            for node in self.parents
            if (where := self._inner[node]).start.line <= last
            and where.end.line >= first
            and _lies_between(span, self.bare_span(node), self.span(node))
        ]

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Yield what a node stands in, from the inside out."""
        while not isinstance(node, cst.Module):
            node = self.parents[node]
            yield node

    def indent_at(self, offset: int) -> str | None:
        """Return the white space before an offset, None if there is anything else on its line."""
        start = max(self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset)) + 1
        before = self.text[start:offset]
        return before if not before.strip(" \t\f") else None

    def _usual_quote(self) -> str:
        found = [
            opening[1]
            for node in self.parents
            if isinstance(node, cst.SimpleString) and (opening := _STRING_OPENING.match(node.value))
        ]
        return "'" if found.count("'") > found.count('"') else '"'


def _parents(module: cst.Module) -> dict[cst.CSTNode, cst.CSTNode]:
    """What each node stands in, from the outside in; white space and comments left out.

    The library's own way visits those too, which takes several times as long.
    """
    parents: dict[cst.CSTNode, cst.CSTNode] = {}
    waiting: list[cst.CSTNode] = [module]
    while waiting:
        node = waiting.pop()
        for name in _parts(type(node)):
            part = getattr(node, name)
            for child in part if isinstance(part, (list, tuple)) else (part,):
                if isinstance(child, cst.CSTNode):
                    parents[child] = node
                    waiting.append(child)
    return parents


@cache
def _parts(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(
        name for name in kind.__dataclass_fields__ if not name.startswith("whitespace") and name not in _BLANKS
    )


def _lies_between(span: Span, inner: Span, outer: Span) -> bool:
    return outer[0] <= span[0] <= inner[0] and inner[1] <= span[1] <= outer[1]


def append_item(tree: Tree, last: cst.CSTNode, comma: Span | None, new: str) -> list[Edit]:
    """Return the edits that put one more item after the last one of a list of arguments, elements or names.

    It goes on a line of its own where the last one has one; comments stay with their lines.

    Args:
        tree: the file.
        last: the last item.
        comma: span of the comma after it, if there is one.
        new: the item.
    """
    start, end = tree.span(last)
    after = comma[1] if comma else end
    indent = tree.indent_at(start)
    if indent is None:
        return [Edit(after, after, f" {new}" if comma else f", {new}")]
    rest = _REST_OF_LINE.match(tree.text, after)
    if rest is None or not rest[1]:
        return [Edit(after, after, f"{'' if comma else ','}{tree.newline}{indent}{new}{',' if comma else ''}")]
    line = Edit(rest.end(), rest.end(), f"{tree.newline}{indent}{new}{',' if comma else ''}")
    return [line] if comma else [Edit(end, end, ","), line]


def comma_after(tree: Tree, item: cst.CSTNode) -> Span | None:
    """Return the span of the comma that belongs to an item."""
    comma = getattr(item, "comma", None)
    if not isinstance(comma, cst.Comma):
        return None
    return tree.bare_span(comma)
