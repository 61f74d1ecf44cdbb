"""From bytes to trees: encodings, Python 2, broken files, hostile files."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logscrub.code.parse import MAX_BYTES, MAX_DEPTH, Parsed, parse
from logscrub.code.parse_repair import LONGEST
from logscrub.code.parse_scan import count_breaks, logical_lines


def read(source: str) -> Parsed:
    return parse(textwrap.dedent(source).encode(), "a.py")


def tree_of(source: str) -> ast.Module:
    parsed = read(source)
    assert parsed.tree is not None
    assert parsed.problems == ()
    return parsed.tree


def depth_of(tree: ast.AST) -> int:
    depth, level = 0, [tree]
    while level:
        depth, level = depth + 1, [child for node in level for child in ast.iter_child_nodes(node)]
    return depth


# Good source


def test_good_source_is_exact_and_unchanged():
    parsed = parse(b"a = 1\r\n\x0cb = 2\r\n", "a.py")
    assert parsed.exact and parsed.text == "a = 1\r\n\x0cb = 2\r\n"
    assert [node.lineno for node in parsed.tree.body] == [1, 2]


@pytest.mark.parametrize(
    ("data", "encoding", "value"),
    [
        ("x = 'é'".encode(), "utf-8", "é"),
        (b"\xef\xbb\xbfx = '\xc3\xa9'", "utf-8-sig", "é"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'", "iso8859-1", "é"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1251 :\nx = '\xe9'", "cp1251", "й"),
        (b"# coding: shift_jis\nx = '\x83e'", "shift_jis", "テ"),
    ],
)
def test_encodings(data, encoding, value):
    parsed = parse(data, "a.py")
    assert parsed.encoding == encoding and parsed.problems == ()
    assert parsed.tree.body[0].value.value == value
    assert parsed.text.encode(parsed.encoding) == data


@pytest.mark.parametrize(
    "data",
    [
        b"x = '\xe9'",
        b"# coding: nothing-of-that-name\nx = '\xe9'",
        b"# coding: rot13\nx = '\xe9'",
        b"# coding: utf-7\nx = '\xe9'",
        b"# coding: ascii\nx = '\xe9'",
        b"x = '\xed\xa0\x80 \xc0\xaf \xe9'",
    ],
)
def test_what_is_not_valid_is_read_as_latin_1_and_said(data):
    parsed = parse(data, "a.py")
    assert parsed.tree is not None and parsed.text.encode("latin-1") == data
    assert [problem.partial for problem in parsed.problems] == [True]


def test_utf_16_is_read_and_said():
    parsed = parse("x = 'é'\n".encode("utf-16"), "a.py")
    assert parsed.text == "x = 'é'\n" and parsed.tree is not None and parsed.problems


def test_invalid_escapes_say_nothing(capfd):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert parse(rb"x = '\d'; y = 1if x else 2", "a.py").exact
    assert not caught and capfd.readouterr().err == ""


def test_a_stray_nul_is_read_and_a_binary_file_refused():
    assert parse(b"a = 1\0\nb = 2\n", "a.py").tree.body[1].lineno == 2
    refused = parse(b"\x7fELF" + bytes(100), "a.py")
    assert refused.tree is None and refused.text is None and refused.problems[0].reason == "a binary file"


def test_code_is_not_run(tmp_path):
    target = tmp_path / "made"
    read(f"open({str(target)!r}, 'w')\nprint 1\n")
    assert not target.exists()


# Python 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("print; print 1", "print()\nprint(1)"),
        ("print x", "print(x)"),
        ("print x, y", "print(x, y)"),
        ("print x,", "print(x, end=' ')"),
        ("print 'a %s' % b", "print('a %s' % b)"),
        ("print ('a %s') % b; print 1", "print('a %s' % b)\nprint(1)"),
        ("print >>f, x", "print(x, file=f)"),
        ("print >>sys.stderr, 'a', b,", "print('a', b, end=' ', file=sys.stderr)"),
        ("print >>f", "print(file=f)"),
        ("print -1; print not a", "print(-1)\nprint(not a)"),
        ("if a: print b", "if a:\n    print(b)"),
        ("print lambda x: x, 1", "print(lambda x: x, 1)"),
        ("try: a\nexcept E, e: b", "try:\n    a\nexcept E as e:\n    b"),
        ("try: a\nexcept (E, F), e: b", "try:\n    a\nexcept (E, F) as e:\n    b"),
        ("try: a\nexcept E, (no, text): b", "try:\n    a\nexcept E as text:\n    b"),
        (
            "try: a\nexcept KeyError, IndexError: b\nprint 1",
            "try:\n    a\nexcept (KeyError, IndexError):\n    b\nprint(1)",
        ),
        ("raise E, 'a'", "raise E('a')"),
        ("raise E, ('a', b)", "raise E('a', b)"),
        ("raise E, 'a', tb", "raise E('a').with_traceback(tb)"),
        ("raise E, None, tb", "raise E.with_traceback(tb)"),
        ("raise a[0], a[1], a[2]", "raise a[0](a[1]).with_traceback(a[2])"),
        ("x = `a` + `b, (`c`)`", "x = repr(a) + repr(b, repr(c))"),
        ("exec code in ns", "exec(code, ns)"),
        ("exec code in a, b", "exec(code, a, b)"),
        ("exec 'x'", "exec('x')"),
        ("a <> b", "a != b"),
        ("a = 0755 + 00 + 0xFFL + 10L + 7L.real", "a = 493 + 0 + 255 + 10 + 7 .real"),
        ("a = ur'\\d' + ub", "a = '\\\\d' + ub"),
        ("a = 'C:\\Users' \"\\N\"; print", "a = 'C:\\\\Users\\\\N'\nprint()"),
        ("a = b'\u00e9'", "a = 'é'"),
        ("def f(a, (b, (c, d)), *e): pass", "def f(a, b, c, d, *e):\n    pass"),
        ("def f(a=1, (b, c)=(2, 3)): pass", "def f(a=1, b=None, c=(2, 3)):\n    pass"),
        ("x = lambda (k, v): v", "x = lambda k, v: v"),
        ("x = [a for a in 1, 2 if a]", "x = [a for a in (1, 2) if a]"),
        ("x.False = f(async=True, await=1)", "x.False_ = f(async_=True, await_=1)"),
    ],
)
def test_python_2(old, new):
    parsed = parse(old.encode(), "a.py")
    assert parsed.problems == () and not parsed.exact and parsed.text == old
    assert ast.unparse(parsed.tree) == new


def test_python_2_keeps_lines_and_most_columns():
    tree = tree_of("""\
        import os
        def f(a,
              (b, c)):
            print "one" \\
                % a
            print >>log, '''two
            three''', b
            raise E, (
                a)
        print g(1)
    """)
    places = {(type(node).__name__, node.lineno) for node in ast.walk(tree) if isinstance(node, ast.stmt)}
    assert places == {("Import", 1), ("FunctionDef", 2), ("Expr", 4), ("Expr", 6), ("Raise", 8), ("Expr", 10)}
    assert tree.body[-1].value.args[0].col_offset == len("print ")


def test_mixed_tabs_and_spaces():
    tree = tree_of("if a:\n        b\n\tprint c\nprint d\n")
    assert len(tree.body) == 2 and len(tree.body[0].body) == 2


def test_print_function_of_the_future_stays():
    assert "print('a') % b" in ast.unparse(tree_of("from __future__ import print_function\nprint ('a') % b\nx = 1L\n"))


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="parsed as it is")
def test_type_parameters_of_later_versions():
    assert (
        ast.unparse(tree_of("type X[T] = list[T]\ndef f[T](a: T): pass\n")) == "X = list[T]\n\ndef f(a: T):\n    pass"
    )


# Broken source


@pytest.mark.parametrize(
    ("source", "cut"),
    [
        ("def f():\n    a b\n    LOG.info(x)\n", 2),
        ("def f(:\n    LOG.info(x)\n", 1),
        ("if x y:\n    LOG.info(x)\nelse:\n    LOG.info(y)\n", 1),
        ("try:\n    LOG.info(x)\nb = 1\n", 1),
        ("def f():\nLOG.info(x)\n", 1),
        ("a = 1\n    LOG.info(x)\nb = 2\n", 2),
        ("if a:\n        b\n    LOG.info(x)\n", 3),
        ("LOG.info(x)\na = foo(1,\n", 2),
        ("a = foo(1,\n\ndef f():\n    LOG.info(x)\n", 1),
        ("LOG.info(x)\na = '''never\nclosed\n", 2),
        ("a = 'never closed\nLOG.info(x)\n", 1),
        ("a = )\nLOG.info(x)\n", 1),
        ("%matplotlib inline\n!ls (\nLOG.info(x)\n", 1),
        ("import {{ cookiecutter.name }}\n{% if a %}\nLOG.info(x)\n{% endif %}\n", 1),
        ("<<<<<<< HEAD\nLOG.info(x)\n=======\nLOG.info(y)\n>>>>>>> other\n", 1),
        ("x = 1\u00a0+ 2\nLOG.info(x)\ny z\n", 3),
    ],
)
def test_what_is_whole_is_read(source, cut):
    parsed = parse(source.encode(), "a.py")
    assert parsed.tree is not None and not parsed.exact
    assert parsed.problems[0].line == cut and all(problem.partial for problem in parsed.problems)
    calls = {node.lineno for node in ast.walk(parsed.tree) if isinstance(node, ast.Call)}
    wanted = {number for number, line in enumerate(source.split("\n"), 1) if "LOG.info" in line}
    assert wanted <= calls


def test_many_faults_lose_only_their_blocks():
    source = "".join(f"def f{n}():\n    a b\n    LOG.info({n})\n" for n in range(60)) + "LOG.info(x)\n"
    parsed = read(source)
    lines = {node.lineno for node in ast.walk(parsed.tree) if isinstance(node, ast.Call)}
    assert 181 in lines and 3 in lines
    assert parsed.problems[-1].reason == "10 more faults"


def test_problems_hold_nothing_of_the_file():
    parsed = read("password = 'hunter2 hunter2\nhunter2 hunter2\n")
    assert "hunter2" not in repr(parsed.problems)


# Hostile source

SHAPES = {
    "parentheses": "'(' * n + ')' * n",
    "open": "'[' * n",
    "not": "'not ' * n + 'x'",
    "minus": "'-' * n + 'x'",
    "attributes": "'a' + '.a' * n",
    "calls": "'a' + '()' * n",
    "sum": "'a' + '+a' * n",
    "sum of lines": "'(a' + '\\n+a' * n + ')'",
    "power": "'a' + '**a' * n",
    "lambda": "'lambda: ' * n + 'a'",
    "lambda defaults": "'lambda a=' * n + '1'",
    "if": "'a' + ' if a else a' * (n // 10)",
    "elif": "'if a:\\n pass\\n' + 'elif a:\\n pass\\n' * (n // 10)",
    "functions": "''.join(' ' * i + 'def f():\\n' for i in range(500))",
    "f-strings": "'f\"{' * n + 'a' + '}\"' * n",
    "import": "'import a' + '.a' * n",
    "backticks": "'print ' + '`' * n",
    "tuple parameters": "'def f(' + '(' * n + 'a' + ')' * n + '): pass'",
    "type parameters": "'print 1;' + 'class A[' * n",
    "escaped quotes": "'\\\\\"x\\\\\\n' * n",
    "triple quotes": '\'"""\\\\\' * n',
    "digits": "'1' * n",
}


@pytest.mark.parametrize("shapes", [list(SHAPES.values())[part::2] for part in range(2)])
def test_hostile_shapes_neither_crash_nor_hang(shapes):
    code = f"""
import ast, sys
from logscrub.code.parse import parse, MAX_DEPTH
n = 5_000
for shape in {shapes!r}:
    parsed = parse(eval(shape).encode() + b"\\nx = 1\\n", "a.py")
    level, depth = [parsed.tree] if parsed.tree else [], 0
    while level:
        level, depth = [child for node in level for child in ast.iter_child_nodes(node)], depth + 1
    assert depth <= MAX_DEPTH + 5, (shape, depth)
    assert parsed.problems, shape
print("done")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "done", "")


def test_large_files_are_refused():
    assert parse(b" " * (MAX_BYTES + 1), "a.py").problems[0].reason == "more than 8,000,000 bytes"
    long = parse(b"print x\n" * (LONGEST // 8 + 1), "a.py")
    assert long.tree is None and "too long" in long.problems[0].reason


def test_what_is_too_deep_is_cut_from_its_statement_on():
    parsed = read("def f():\n    LOG.info(x)\n    a = " + "+".join("a" * 2 * MAX_DEPTH) + "\n    LOG.info(y)\n")
    assert parsed.exact and [problem.line for problem in parsed.problems] == [3]
    assert [type(node) for node in parsed.tree.body[0].body] == [ast.Expr, ast.Pass, ast.Expr]
    assert depth_of(parsed.tree) <= MAX_DEPTH + 5


# Any source

PIECES = [
    *("print ", "except E, e", "raise ", "exec ", "lambda ", "def f(", "class A", "try:", "else:", "if ", "async ", "in ")
    + ("import a", "for x in ", "type ", "elif ", "with ", "%a", "!", "{{ a }}", "{% b %}", "<<<<<<< ", "#c", "\\\n")
    + ('"', "'", '"""', "'''", "u'", "f'{", "`", "(", ")", "[", "]", "{", "}", ":", ",", ";", "=", "<>", ">>", ".", "-")
    + ("a", "b", " ", "    ", "\t", "\n", "\n    ", "\r\n", "\r", "\f", "\0", "\u2028", "\u00a0", "é", "0755", "10L", "0x")
]  # fmt: skip


def holds(data: bytes) -> None:
    parsed = parse(data, "a.py")
    if parsed.text is None or parsed.tree is None:
        assert parsed.problems
        return
    last = count_breaks(parsed.text) + 1
    assert all(1 <= node.lineno <= last for node in ast.walk(parsed.tree) if isinstance(node, ast.stmt))
    assert "".join(unit.text for unit in logical_lines(parsed.text)) == parsed.text


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_pieces_of_code(text):
    holds(text.encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data):
    holds(data)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@example('except E, e"""\n"""print ')
def test_translation_keeps_the_number_of_lines(text):
    from logscrub.code.parse_python2 import translate

    units = logical_lines(text)
    translate(units, text)
    assert count_breaks("".join(unit.text for unit in units)) == count_breaks(text)
