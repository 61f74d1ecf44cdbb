"""Hooks that write past logging. Each runs in an interpreter of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Python = Callable[[str], str]

INSTALL = "from logscrub.emit.installation import install; installation = install()\n"
CASES = {
    "excepthook": "raise ValueError(token)",
    "cause": "raise ValueError('outer') from KeyError(token)",
    "thread": (
        "import threading\ndef work(): raise ValueError(token)\nt = threading.Thread(target=work); t.start(); t.join()"
    ),
    "unraisable": "class A:\n    def __del__(self): raise ValueError(token)\na = A()\ndel a",
    "unraisable_object": (
        "import weakref\nclass B: pass\nb = B()\n"
        "class Call:\n    def __call__(self, ref): 1/0\n    def __repr__(self): return token\n"
        "r = weakref.ref(b, Call())\ndel b"
    ),
    "warning": "import warnings; warnings.warn(token)",
    "custom excepthook": (
        "import sys\n"
        "sys.excepthook = lambda kind, error, trace: print('custom', kind.__name__, error, trace is not None)\n"
        "%INSTALL%raise ValueError(token)"
    ),
    "custom thread hook": (
        "import threading\n"
        "threading.excepthook = lambda args: print('custom', args.exc_type.__name__, args.exc_value)\n%INSTALL%"
        "def work(): raise ValueError(token)\nt = threading.Thread(target=work); t.start(); t.join()"
    ),
    "custom unraisable hook": (
        "import sys\nsys.unraisablehook = lambda args: print('custom', args.exc_type.__name__, args.exc_value)\n"
        "%INSTALL%class A:\n    def __del__(self): raise ValueError(token)\na = A()\ndel a"
    ),
    "asyncio": (
        "import asyncio\nasync def fail(): raise ValueError(token)\n"
        "async def main():\n    asyncio.create_task(fail())\n    await asyncio.sleep(0.01)\nasyncio.run(main())"
    ),
    "last resort": "import logging; logging.getLogger('x').error('token %s', token)",
}


@pytest.mark.parametrize("name", list(CASES))
def test_hook(python: Python, token: str, name: str) -> None:
    """The value is written without logscrub, and is not with it; the rest is."""
    body = CASES[name]
    head = f"token = '{token[:9]}' + '{token[9:]}'\n"
    before = python(head + body.replace("%INSTALL%", ""))
    installed = body.replace("%INSTALL%", INSTALL) if "%INSTALL%" in body else INSTALL + body
    after = python(head + installed)
    assert token in before
    assert token not in after
    for word in ("ValueError", "ZeroDivisionError", "UserWarning", "Traceback", "custom", "Exception in thread"):
        assert (word in after) == (word in before)


def test_clean_exception_is_printed_as_ever(python: Python) -> None:
    program = "def f(): raise ValueError('nothing')\nf()"
    assert python(INSTALL + program).replace("line 3", "line 2").replace("line 2", "line 1") == python(program).replace(
        "line 2", "line 1"
    )


def test_hook_with_broken_scrubber(python: Python, token: str) -> None:
    after = python(
        "from logscrub.scrubber import Scrubber\n"
        "def fail(self, x): 1/0\n"
        f"Scrubber.scrub_text = fail\n{INSTALL}token = '{token[:9]}' + '{token[9:]}'\nraise ValueError(token)"
    )
    assert token not in after
    assert after == "[logscrub: record not shown (ZeroDivisionError)]\n"


def test_system_exit_keeps_its_status(python: Python) -> None:
    assert python(f"{INSTALL}import sys; sys.exit('bye')") == "bye\n"
