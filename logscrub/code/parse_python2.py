"""Python 2 as Python 3 that means about the same, statement for statement on the same lines.

Good enough to follow values, not to run: a tuple parameter becomes several, ``except E, (a, b)`` binds ``b`` alone.
What later versions of Python brought and this one does not parse (type parameters, template strings) is adapted too.
Where a space can give way to a bracket it does, so that most columns stay the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from logscrub.code.parse_scan import CLOSE, OPEN, TRIVIA, Logical, Token, count_breaks

_COMPOUND = frozenset(
    ("async", "class", "def", "elif", "else", "except", "finally", "for", "if", "try", "while", "with")
)
_PREFIX = re.compile(r"[a-zA-Z]*")
_OLD_OCTAL = re.compile(r"0+[1-7][0-7]*")
# Python 2 reads these as themselves in a string that is not Unicode; Python 3 refuses them.
_BAD_ESCAPE = re.compile(
    r"(?<!\\)(\\\\)*+\\(?=N(?!\{)|u(?![0-9a-fA-F]{4})|U(?!00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})|x(?![0-9a-fA-F]{2}))"
)
_EXCEPTION = re.compile(r"(?:Error|Exception|Warning|Interrupt|Exit|Iteration)\Z")
_PRINT_FUNCTION = re.compile(r"^from\s+__future__\s+import\b[^#\n]*\bprint_function\b", re.MULTILINE)
_COROUTINE = re.compile(r"\basync\s+def\b")
# Tokens of a list of parameters that are looked at, which keeps the time for nested ones linear.
_PARAMETERS = 200
# What can follow the word ``print`` or ``exec`` where it is a name and not a statement.
_NAME_GOES_ON = frozenset(
    {"=", ".", ",", ")", "]", "}", ":", ";", "==", "!=", "<", ">", "<=", ">=", "*", "/", "//", "%", "&", "|", "^", "@"}
    | {":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "//=", "**=", ">>=", "<<="}
)


def translate(units: Sequence[Logical], text: str) -> None:
    r"""Change logical lines in place so that a Python 3 parser takes them. The number of lines stays the same.

    Args:
        units: all logical lines of a file.
        text: the file, for what holds for the whole of it.

    >>> from logscrub.code.parse_scan import logical_lines
    >>> def show(text):
    ...     units = logical_lines(text)
    ...     translate(units, text)
    ...     return "".join(unit.text for unit in units)
    >>> show("print 'a',\nprint >>log, b\nraise E, 'x'\n")
    "print('a', end=' ')\nprint(b, file=log)\nraise E( 'x')\n"
    >>> show("except E, e: exec s in d")
    'except E as e: exec(s , d)'
    """
    print_is_name = _PRINT_FUNCTION.search(text) is not None
    await_is_name = _COROUTINE.search(text) is None
    _expand_tabs(units)
    for unit in units:
        unit.tokens = _expressions(unit.tokens, await_is_name)
        code = unit.code
        _flatten_parameters(unit.tokens, code)
        _bracket_sequences(unit.tokens, code)
        for statement in _statements(unit.tokens, code):
            first = unit.tokens[statement[0]].text
            if first == "print" and not print_is_name:
                _print(unit.tokens, statement)
            elif first == "exec":
                _exec(unit.tokens, statement)
            elif first == "raise":
                _raise(unit.tokens, statement)
            elif first == "except":
                _except(unit.tokens, statement)
            elif first == "type" and len(statement) > 2 and unit.tokens[statement[1]].kind == "name":
                _type_alias(unit.tokens, statement)


def _expand_tabs(units: Sequence[Logical]) -> None:
    """Write indents with spaces if the file mixes them with tabs: a tab reaches to the next multiple of 8."""
    indents = "".join({unit.indent for unit in units})
    if "\t" not in indents or " " not in indents:
        return
    for unit in units:
        if "\t" in unit.indent:
            unit.tokens[0].text = unit.indent.rpartition("\f")[2].expandtabs(8)


def _expressions(tokens: list[Token], await_is_name: bool) -> list[Token]:
    """Change what is spelled differently wherever it stands: numbers, strings, operators, backticks, names."""
    result: list[Token] = []
    backticks: list[int] = []  # depths at which one is open
    depth = 0
    for index, token in enumerate(tokens):
        text = token.text
        if token.kind == "number":
            number = text.rstrip("lL")
            if _OLD_OCTAL.fullmatch(number):
                number = "0o" + number.lstrip("0")
            token.text = number + " " * (len(text) - len(text.rstrip("lL")))
        elif token.kind == "string":
            token.text = _string(text)
        elif token.kind == "blank" or token.kind == "tag":
            token.text = " " * len(text)
        elif token.kind == "hole":  # a placeholder of a template; as wide as it was
            token.kind, token.text = "name", re.sub(r"\W", "_", text)
        elif token.kind == "joint":
            token.text = "\\" + text.lstrip("\\ \t")
        elif token.kind == "command" or (token.kind == "op" and text == "?"):
            token.kind, token.text = "name", "pass" if token.kind == "command" else ""
        elif token.kind == "name":
            if text == "async" and _word_after(tokens, index) not in {"def", "for", "with"}:
                token.text = "async_"
            elif text == "await" and await_is_name:
                token.text = "await_"
            elif text in {"None", "True", "False"} and index and tokens[index - 1].text == ".":
                token.text += "_"
        elif text == "<>":
            token.text = "!="
        elif text in OPEN:
            depth += 1
        elif text in CLOSE:
            depth -= 1
        elif text == "`":
            if backticks and backticks[-1] == depth:
                backticks.pop()
                token.text = ")"
            else:
                backticks.append(depth)
                result.append(Token("name", "repr"))
                token.text = "("
        result.append(token)
    return result


def _string(text: str) -> str:
    """Spell a string literal as Python 3 would."""
    prefix = _PREFIX.match(text).group()  # type: ignore[union-attr]
    body, kind = text[len(prefix) :], prefix.lower()
    if kind == "ur":
        prefix = prefix[1:]
    elif "t" in kind:  # template strings of Python 3.14
        prefix = prefix.replace("t", "f").replace("T", "f")
    elif "b" in kind and not body.isascii():
        prefix = prefix.replace("b", "").replace("B", "")
    elif not kind or kind == "u":
        body = _BAD_ESCAPE.sub(r"\g<0>\\", body)
    return prefix + body


def _word_after(tokens: Sequence[Token], index: int) -> str:
    for token in tokens[index + 1 :]:
        if token.kind not in TRIVIA:
            return token.text
    return ""


def _statements(tokens: Sequence[Token], code: Sequence[int]) -> list[list[int]]:
    """Cut the code of a logical line at ``;`` and after the ``:`` of ``if``, ``else``, …: lists of token indexes."""
    result: list[list[int]] = []
    current: list[int] = []
    depth = lambdas = 0
    for index in code:
        text = tokens[index].text
        if text in OPEN:
            depth += 1
        elif text in CLOSE:
            depth -= 1
        elif not depth:
            if text == ";":
                if current:
                    result.append(current)
                current = []
                continue
            if text == "lambda":
                lambdas += 1
            elif text == ":":
                if lambdas:
                    lambdas -= 1
                elif current and tokens[current[0]].text in _COMPOUND:
                    result.append(current)
                    current = []
                    continue
        current.append(index)
    if current:
        result.append(current)
    return result


def _find(tokens: Sequence[Token], code: Sequence[int], wanted: str) -> list[int]:
    """Positions in ``code`` of a token outside of all brackets and parameters of ``lambda``."""
    result = []
    depth = lambdas = 0
    for position, index in enumerate(code):
        text = tokens[index].text
        if text in OPEN:
            depth += 1
        elif text in CLOSE:
            depth -= 1
        elif not depth:
            if text == wanted and not lambdas:
                result.append(position)
            elif text == "lambda":
                lambdas += 1
            elif text == ":" and lambdas:
                lambdas -= 1
    return result


def _closing(tokens: Sequence[Token], code: Sequence[int], opening: int) -> int:
    """Position in ``code`` of the bracket that closes the one at ``opening``; -1 if none does."""
    depth = 0
    for position in range(opening, len(code)):
        text = tokens[code[position]].text
        if text in OPEN:
            depth += 1
        elif text in CLOSE:
            depth -= 1
            if not depth:
                return position
    return -1


def _open_after(tokens: list[Token], index: int) -> None:
    """Put a bracket after a token, in place of a space if there is one."""
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if after is not None and after.kind == "space":
        after.text = "(" + after.text[1:]
    else:
        tokens[index].text += "("


@dataclass(slots=True)
class _Bracket:
    """An open bracket: whether a ``for`` waits for its ``in``, where that ``in`` is, and whether a comma follows it."""

    text: str
    loop: bool = False
    start: int = -1
    comma: bool = False


def _bracket_sequences(tokens: list[Token], code: list[int]) -> None:
    """Put brackets around ``a, b`` in ``[x for x in a, b]``."""
    opened = [_Bracket("")]
    for position, index in enumerate(code):
        text, inner = tokens[index].text, opened[-1]
        if inner.start >= 0 and text in {"]", "for", "if"}:
            if inner.comma:
                tokens[code[inner.start]].text += " ("
                tokens[code[position - 1]].text += ")"
            inner.start, inner.comma = -1, False
        if text in OPEN:
            opened.append(_Bracket(text))
        elif text in CLOSE:
            if len(opened) > 1:
                opened.pop()
        elif text == "for":
            inner.loop = inner.text == "["
        elif text == "in" and inner.loop:
            inner.loop, inner.start = False, position
        elif text == "," and inner.start >= 0:
            inner.comma = True


def _print(tokens: list[Token], code: list[int]) -> None:
    if len(code) == 1:
        tokens[code[0]].text = "print()"
        return
    second = tokens[code[1]].text
    if second in _NAME_GOES_ON:
        return
    if second == "(" and _closing(tokens, code, 1) == len(code) - 1:
        return
    tail = ""
    if second == ">>":
        commas = _find(tokens, code, ",")
        stop = code[commas[0]] if commas else code[-1] + 1
        tail = "file=" + "".join([token.text for token in tokens[code[1] + 1 : stop]]).strip()
        for token in tokens[code[1] : stop + 1 if commas else stop]:
            token.text = ""
        code = [code[0], *code[commas[0] + 1 :]] if commas else [code[0]]
        if len(code) == 1:
            tokens[code[0]].text = f"print({tail})"
            return
        if tokens[code[1] - 1].kind == "space":
            tokens[code[1] - 1].text = ""
    last = tokens[code[-1]]
    _open_after(tokens, code[0])
    if last.text == "," and len(code) > 2:
        last.text = ", end=' '"
    last.text += f", {tail})" if tail else ")"


def _exec(tokens: list[Token], code: list[int]) -> None:
    if len(code) == 1 or tokens[code[1]].text in _NAME_GOES_ON:
        return
    if tokens[code[1]].text == "(" and _closing(tokens, code, 1) == len(code) - 1:
        return
    _open_after(tokens, code[0])
    for position in _find(tokens, code, "in")[:1]:
        tokens[code[position]].text = ","
    tokens[code[-1]].text += ")"


def _raise(tokens: list[Token], code: list[int]) -> None:
    commas = _find(tokens, code, ",")
    if not commas or commas[0] + 1 == len(code):
        return
    value = commas[0] + 1
    end = commas[1] if len(commas) > 1 else len(code)
    closing = ")"
    if tokens[code[value]].text == "(" and _closing(tokens, code, value) == end - 1:
        tokens[code[commas[0]]].text, closing = " ", ""
    elif end == value + 1 and tokens[code[value]].text == "None":
        tokens[code[commas[0]]].text = tokens[code[value]].text = closing = ""
    else:
        tokens[code[commas[0]]].text = "("
    if len(commas) > 1:
        tokens[code[end]].text = closing + ".with_traceback("
        tokens[code[-1]].text += ")"
    else:
        tokens[code[-1]].text += closing


def _except(tokens: list[Token], code: list[int]) -> None:
    commas = _find(tokens, code, ",")
    if not commas or commas[0] == 1:
        return
    names = [index for index in code[commas[0] + 1 :] if tokens[index].kind == "name"]
    if not names:
        return
    if len(commas) > 1 or _EXCEPTION.search(tokens[names[-1]].text):  # several exceptions, as Python 3.14 has it
        tokens[code[1]].text = "(" + tokens[code[1]].text
        tokens[code[-1]].text += ")"
        return
    for index in code[commas[0] + 1 :]:
        if index != names[-1]:
            tokens[index].text = _breaks(tokens[index].text)
    tokens[code[commas[0]]].text = " as"
    if tokens[code[commas[0]] + 1].kind != "space":
        tokens[code[commas[0]]].text += " "


def _breaks(text: str) -> str:
    """What is left of a token that is taken out: its lines, continued."""
    return "\\\n" * count_breaks(text)


def _type_alias(tokens: list[Token], code: list[int]) -> None:
    """``type X[T] = Y`` of Python 3.12."""
    position = 2
    if tokens[code[2]].text == "[":
        position = _closing(tokens, code, 2) + 1
    if 0 < position < len(code) and tokens[code[position]].text == "=":
        for index in (code[0], *code[2:position]):
            tokens[index].text = _breaks(tokens[index].text)
        if tokens[code[0] + 1].kind == "space":  # it would be an indent now
            tokens[code[0] + 1].text = ""


def _flatten_parameters(tokens: list[Token], code: list[int]) -> None:
    """Write ``def f(a, (b, c))`` and ``lambda (a, b): …`` without the inner brackets; drop type parameters."""
    for position, index in enumerate(code):
        text = tokens[index].text
        if text in {"def", "class"} and position + 2 < len(code):
            start = position + 2
            if tokens[code[start]].text == "[":
                end = start + _closing(tokens, code[start : start + _PARAMETERS], 0)
                if end < start:
                    continue
                for inner in code[start : end + 1]:
                    tokens[inner].text = _breaks(tokens[inner].text)
                start = end + 1
            if text == "def" and start < len(code) and tokens[code[start]].text == "(":
                _flatten(tokens, code, start + 1, ")")
        elif text == "lambda":
            _flatten(tokens, code, position + 1, ":")


def _flatten(tokens: list[Token], code: list[int], position: int, last: str) -> None:
    """Do so for the parameters that begin at a position in ``code`` and end at the token ``last``."""
    starts = True
    depth = 0
    code = code[position : position + _PARAMETERS]
    position = 0
    while position < len(code):
        token = tokens[code[position]]
        if starts and token.text == "(":
            end = _closing(tokens, code, position)
            if end < 0:
                return
            default = end + 1 < len(code) and tokens[code[end + 1]].text == "="
            names = [index for index in code[position:end] if tokens[index].kind == "name"]
            before = ""
            for index in reversed(code[position : end + 1]):
                if tokens[index].text in {"(", ")"} or (tokens[index].text == "," and before == ")"):
                    before, tokens[index].text = tokens[index].text, " "
                else:
                    before = tokens[index].text
            for index in names[:-1] if default else ():
                tokens[index].text += "=None"
            position = end + 1
            starts = False
            continue
        if not depth and token.text == last:
            return
        if token.text in OPEN:
            depth += 1
        elif token.text in CLOSE:
            depth -= 1
        starts = not depth and token.text == ","
        position += 1
