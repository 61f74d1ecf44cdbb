"""Bring a service's logging up as the service does: import a module, and call a function of it."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from logscrub.errors import ConfigError, SetupError

_TARGET = re.compile(r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*)(?::(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*))?")
_EXAMPLE = "name a module, and a function after a colon if one is to be called: myapp.logs:setup"


def start(target: str, *, path: str = ".", timeout: float = 30.0) -> str:
    """Import a module and call a function of it without arguments; a coroutine is run to its end.

    Args:
        target: ``module`` or ``module:function``.
        path: directory that goes first on ``sys.path``.
        timeout: seconds after which the process is ended with exit code 2.

    Returns:
        The name of the module.

    Raises:
        ConfigError: the target is not written like that.
        SetupError: it cannot be imported or called, or raises. What it raises is not shown, only where.
    """
    named = _TARGET.fullmatch(target)
    if named is None:
        raise ConfigError(f"{target!r} is no module: {_EXAMPLE}")
    module, name = named["module"], named["name"]
    sys.path.insert(0, os.path.abspath(path))
    sys.argv = [module]
    with _watched(target, timeout):
        function = _imported(module)
        if name is not None:
            _call(target, _attribute(module, function, name))
    return module


def _imported(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or "?"
        if f"{module}.".startswith(f"{missing}."):
            hint = "name the directory it is in with -C, or install the service in this environment"
            raise SetupError(f"{module}: there is no module {missing}; {hint}") from None
        hint = f"install it where logscrub runs, which is {sys.executable}"
        raise SetupError(f"{module} needs the module {missing}, which is not there; {hint}") from None
    except SystemExit:
        raise SetupError(f"{module}: it ends the program when it is imported; {_GUARD}") from None
    except Exception as error:
        raise SetupError(f"{module} cannot be imported: {_what(error)}") from None


def _attribute(module: str, owner: Any, name: str) -> Any:
    for part in name.split("."):
        try:
            owner = getattr(owner, part)
        except AttributeError:
            raise SetupError(f"{module} has no {name}; {_EXAMPLE}") from None
    if not callable(owner):
        raise SetupError(f"{module}:{name} is a {type(owner).__name__} and cannot be called; {_EXAMPLE}")
    try:
        inspect.signature(owner).bind()
    except TypeError:
        raise SetupError(f"{module}:{name} needs arguments; name a function that takes none") from None
    except ValueError:
        pass  # it is not known what it takes
    return owner


def _call(target: str, function: Any) -> None:
    try:
        made = function()
        if inspect.isawaitable(made):
            import asyncio  # it brings loggers of its own

            asyncio.run(_awaited(made))
    except SystemExit:
        raise SetupError(f"{target}: it ends the program; name what sets logging up only") from None
    except Exception as error:
        raise SetupError(f"{target} failed: {_what(error)}") from None


async def _awaited(made: Any) -> None:
    await made


_GUARD = "put what runs the service under: if __name__ == '__main__'"


def _what(error: BaseException) -> str:
    """Return what was raised, and where: its text may hold values."""
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{error.filename}:{error.lineno}"
    else:
        last = frames[-1]
        place = f"{last.filename}:{last.lineno}, in {last.name}"
    return f"{type(error).__name__} at {place}; run it by itself to see more"


@contextmanager
def _watched(target: str, timeout: float) -> Iterator[None]:
    """End the process if this takes too long: nothing else stops code that waits."""
    main = threading.get_ident()

    def stop() -> None:
        frame = sys._current_frames().get(main)
        where = f" It is at {frame.f_code.co_filename}:{frame.f_lineno}, in {frame.f_code.co_name}." if frame else ""
        text = f"error: {target} takes longer than {timeout:g} s (--timeout).{where} Name what sets logging up only.\n"
        os.write(2, text.encode("utf-8", "backslashreplace"))
        os._exit(2)

    timer = threading.Timer(timeout, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
