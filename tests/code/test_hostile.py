"""Files made to hurt, or that are simply not what they seem."""

from __future__ import annotations

import itertools
import os
import sys
import threading
from pathlib import Path

import pytest

from logscrub.code.audit import CodeOptions, audit_code
from logscrub.code.model import CodeResult
from logscrub.code.parse import MAX_BYTES

LEAK = b"import logging\nlog = logging.getLogger()\ndef f(password):\n    log.info('%s', password)\n"
DEEP = 3000


def audited(*paths: Path, **options: bool) -> CodeResult:
    return audit_code(paths, CodeOptions(cache=False, jobs=1, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "source",
    [
        "x = " + "(" * DEEP + "password" + ")" * DEEP,
        "x = " + "[" * DEEP + "password" + "]" * DEEP,
        "x = " + "[" * 50_000,
        "x = " + "-" * DEEP + "password",
        "x = " + "not " * DEEP + "password",
        "log.info(" + "password + " * DEEP + "password)",
        "log.info('%s', " + "f(" * 150 + "password" + ")" * 150 + ")",
        "log.info('%s', password" + ".a" * DEEP + ")",
        "log.info('%s', password" + "[0]" * DEEP + ")",
        "log.info('%s', password" + "()" * DEEP + ")",
        "log.info('%s', " + "lambda: " * DEEP + "password)",
        "log.info('%s', " + "password if x else " * DEEP + "password)",
        "log.info(" + "f'{" * 100 + "password" + "}'" * 100 + ")",
        "log.info(" + "'%s' " * 20_000 + "% password)",
        "log.info('" + "%(" * 20_000 + "', password)",
        "log.info('" + "{" * 20_000 + "'.format(password))",
        "log.info('%" + "9" * 20_000 + "s', password)",
        "log.info('{" + "9" * 20_000 + "}'.format(password))",
        "log.info('%s', {" + "**" * 1 + "password})",
        "\n".join("    " * depth + "if password:" for depth in range(90)) + "\n" + "    " * 90 + "log.info(password)",
        "\n".join("    " * depth + f"def f{depth}(password):" for depth in range(90))
        + "\n"
        + "    " * 90
        + "log.info(password)",
        "\n".join(f"v{n} = v{n - 1}" for n in range(1, 3000)) + "\nlog.info(v2999)\nv0 = password",
        "v0 = password\n" + "\n".join(f"v{n} = [v{n - 1}, v{n - 1}]" for n in range(1, 300)) + "\nlog.info(v299)",
        "v0 = password\n"
        + "\n".join(f"v{n} = f'{{v{n - 1}}} {{v{n - 1}}}'" for n in range(1, 300))
        + "\nlog.info(v299)",
        "v0 = password\n" + "\n".join(f"v{n} = g(v{n - 1}, v{n - 1})" for n in range(1, 300)) + "\nlog.info(v299)",
        "v0 = password\n" + "\n".join(f"v{n} = v{n - 1} or v{n - 1}" for n in range(1, 300)) + "\nlog.info(v299)",
        "v0 = password\n"
        + "\n".join(f"v{n} = {{'a': v{n - 1}, 'b': v{n - 1}}}" for n in range(1, 300))
        + "\nlog.info(v299)",
        "\n".join(f"def f{n}(a):\n    b = f{n + 1}(a)\n    c = f{n + 1}(b)\n    return [b, c]" for n in range(60))
        + "\nlog.info(f0(password))",
        "\n".join(f"def f{n}(a):\n    f{n + 1}(a)\n    f{n + 1}(password)\n    log.info(a)" for n in range(60))
        + "\nf0(password)",
        "\n".join(f"class C{n}(C{n + 1}, C{n + 2}):\n    pass" for n in range(60))
        + "\nclass D(C0):\n    def f(self):\n        log.info(self.g())",
        "\n".join(f"def f{n}(password):\n    return f{n + 1}(password)" for n in range(500))
        + "\nlog.info(f0(password))",
        "\n".join(f"def f{n}(a):\n    return f{n + 1}(a) + f{n + 1}(a)" for n in range(60))
        + "\nlog.info(f0(password))",
        "def f(a):\n    return f(a)\nlog.info(f(password))",
        "def f(a):\n    return g(a)\ndef g(a):\n    return f(a)\nlog.info(f(password))",
        "a = b\nb = a\nlog.info('%s', a)",
        "x = x\nlog.info('%s', x)\nx = x + password",
        "class A(A):\n    def f(self):\n        log.info('%s', self.f())\n        return self.password",
        "class A(B):\n    pass\nclass B(A):\n    def f(self):\n        log.info('%s', self.g())",
        "from app import a as a\nfrom . import app\nlog.info('%s', a())",
        "password = 1\n" * 20_000 + "log.info('%s', password)",
        "d = {" + ", ".join(f"'k{n}': password" for n in range(20_000)) + "}\nlog.info('%s', d)",
        "if x:\n    pass\n" + "elif password:\n    log.info('%s', password)\n" * 900,
        "\\\n" * 20_000 + "log.info(password)",
        "'''" + "\n" * 50_000,
        "log.info('%s', password) # " + "logscrub: ok(" * 20_000,
        "@" * 50_000,
        "log.info(" * 50_000,
        "print password," * 20_000,
    ],
    ids=itertools.count(),
)
def test_source_made_to_hurt_ends_without_an_error(source: str, tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_text(f"import logging\nlog = logging.getLogger()\n{source}\n")
    result = audited(path, bulk=True, inventory=True)
    assert result.files == 1


# Texts are long and each value looks at all of them; every use of a name asks anew what it held before.


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "source",
    [
        "v0 = password\n" + "\n".join(f"v{n} = v{n - 1} + v{n - 1}" for n in range(1, 300)) + "\nlog.info(v299)",
        "v = password\n" + "v = v + v\n" * 300 + "log.info(v)",
        "v = password\n" + "if x:\n    v = v + v\n" * 300 + "log.info(v)",
        "v = password\n" + "v.append(v)\n" * 300 + "log.info(v)",
        "v = password\nw = 1\n" + "if x:\n    v, w = w, v\n" * 300 + "log.info(v)",
        "log.info('" + "%s" * 5_000 + "', " + "password, " * 5_000 + ")",
    ],
    ids=itertools.count(),
)
def test_source_with_many_uses_of_a_name_ends(source: str, tmp_path: Path) -> None:
    test_source_made_to_hurt_ends_without_an_error(source, tmp_path)


def test_what_stands_beside_it_is_found_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"x = " + b"(" * 100_000)
    (tmp_path / "b.py").write_bytes(LEAK)
    result = audited(tmp_path)
    assert [one.place.path for one in result.findings] == [str(tmp_path / "b.py")]


def test_a_very_long_line(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_bytes(LEAK + b"x = '" + b"password=1 " * 900_000 + b"'\nlog.info('%s', password)\n")
    assert path.stat().st_size > 9_000_000
    result = audited(path)
    assert result.findings or result.problems


def test_a_file_that_is_too_large_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    with path.open("wb") as stream:
        stream.write(LEAK)
        stream.truncate(MAX_BYTES + 100)
    (tmp_path / "b.py").write_bytes(LEAK)
    result = audited(tmp_path)
    assert [one.path for one in result.problems] == [str(path)]
    assert [one.place.path for one in result.findings] == [str(tmp_path / "b.py")]


def test_very_many_log_calls(tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_bytes(LEAK + b"    log.info('%s', count)\n" * 20_000 + b"    log.info('%s', password)\n")
    result = audited(path)
    assert result.findings or result.problems
    assert result.audited > 20_000 or result.problems


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs a right there")
def test_links_are_not_followed_round_and_round(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "app.py").write_bytes(LEAK)
    (tmp_path / "a" / "back").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "again.py").symlink_to(tmp_path / "a" / "app.py")
    (tmp_path / "a" / "self.py").symlink_to("self.py")
    (tmp_path / "a" / "gone.py").symlink_to("nowhere.py")
    result = audited(tmp_path)
    assert len(result.findings) == 1  # the same file by another name is the same file
    assert {os.path.basename(one.path) for one in result.problems} == {"gone.py", "self.py"}


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="the system has no such file")
def test_a_file_that_opens_and_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to("/proc/self/mem")
    (tmp_path / "b.py").write_bytes(LEAK)
    result = audited(tmp_path)
    assert [one.path for one in result.problems] == [str(tmp_path / "a.py")]
    assert [one.place.path for one in result.findings] == [str(tmp_path / "b.py")]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_nobody_may_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(LEAK)
    (tmp_path / "a.py").chmod(0)
    (tmp_path / "b.py").write_bytes(LEAK)
    result = audited(tmp_path)
    assert [one.path for one in result.problems] == [str(tmp_path / "a.py")]
    assert [one.place.path for one in result.findings] == [str(tmp_path / "b.py")]


def test_a_directory_named_like_a_module_is_a_directory(tmp_path: Path) -> None:
    (tmp_path / "x.py").mkdir()
    (tmp_path / "x.py" / "app.py").write_bytes(LEAK)
    assert len(audited(tmp_path).findings) == 1
    assert len(audited(tmp_path / "x.py").findings) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with a name")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.py"
    os.mkfifo(pipe)
    (tmp_path / "app.py").write_bytes(LEAK)
    results: list[CodeResult] = []
    thread = threading.Thread(target=lambda: results.append(audited(tmp_path)))
    thread.start()
    thread.join(1.5)
    waits = thread.is_alive()
    if waits:  # let it go on
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    thread.join()
    assert not waits
    assert len(results[0].findings) == 1


@pytest.mark.parametrize(
    "data",
    [
        LEAK.replace(b"'%s'", "'ä %s'".encode("latin-1")),
        b"# -*- coding: latin-1 -*-\n" + LEAK.replace(b"'%s'", "'ä %s'".encode("latin-1")),
        b"# -*- coding: nothing-of-this-name -*-\n" + LEAK,
        b"\xef\xbb\xbf" + LEAK,
        LEAK.replace(b"\n", b"\r\n"),
        LEAK.replace(b"    ", b"\t"),
        LEAK + b"\x0c\n",
        LEAK + b"x = '\xff\xfe'\n",
        LEAK.replace(b"'%s'", "'𝔭 ä %s'".encode()),
    ],
)
def test_an_encoding_that_is_odd_or_broken_hides_no_leak(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_bytes(data)
    assert [one.expression for one in audited(path).findings] == ["password"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\x00" * 10_000,
        b"\xff\xfe" + LEAK.decode().encode("utf-16-le"),
        bytes(range(256)) * 80,
        b"\n" * 9,
    ],
    ids=itertools.count(),
)
def test_what_is_no_source_at_all_is_no_error(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_bytes(data)
    assert audited(path).files == 1


def test_a_file_that_is_gone_is_a_problem(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_bytes(LEAK)
    paths = [str(tmp_path / "a.py"), str(tmp_path / "b.py"), str(tmp_path / "never.py")]
    (tmp_path / "b.py").unlink()
    result = audit_code(paths, CodeOptions(cache=False))
    assert [one.place.path for one in result.findings] == paths[:1]
    assert [one.path for one in result.problems] == paths[1:]


def test_names_of_files_that_are_odd(tmp_path: Path) -> None:
    names = ["a b.py", "ä.py", "new\nline.py", "-x.py", "'quote'.py"]
    if sys.platform == "linux":
        names.append(os.fsdecode(b"\xff.py"))
    for name in names:
        (tmp_path / name).write_bytes(LEAK)
    result = audited(tmp_path)
    assert sorted(os.path.basename(one.place.path) for one in result.findings) == sorted(names)


def test_a_path_that_is_none_is_a_problem(tmp_path: Path) -> None:
    result = audit_code([tmp_path / "none", "a\0b"], CodeOptions(cache=False))
    assert len(result.problems) == 2 and not result.files
