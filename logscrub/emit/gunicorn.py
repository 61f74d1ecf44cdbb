"""gunicorn: headers in its access log, and errors it prints next to logging them."""

from __future__ import annotations

import functools
import re
from typing import Any

from logscrub.emit.engine import Engine
from logscrub.emit.headers import header

# %({Authorization}i)s: a header of the request, of the response (o), a variable of the environment (e)
_NAMED = re.compile(r"%\((\{([^{}()]+)\}[ioe])\)")


def put(engine: Engine) -> None:
    """Wrap ``Logger.atoms``, and ``print`` as the modules that start the application know it."""
    import builtins

    from gunicorn import arbiter, glogging
    from gunicorn.app import base

    atoms = glogging.Logger.atoms

    @functools.wraps(atoms)
    def atoms_scrubbed(self: Any, *args: Any, **options: Any) -> dict[str, Any]:
        made: dict[str, Any] = atoms(self, *args, **options)
        if engine.active:
            for key, name in _NAMED.findall(self.cfg.access_log_format):
                key = key.lower()
                if key in made:
                    made[key] = header(engine, name, made[key])
        return made

    def print_scrubbed(*values: Any, **options: Any) -> None:
        builtins.print(*map(engine.text, map(str, values)), **options)

    engine.patches.put(glogging.Logger, "atoms", atoms_scrubbed)
    for module in (arbiter, base):
        # The exception that keeps the application from starting is logged with a traceback, then printed.
        names = vars(module)
        names["print"] = print_scrubbed
        engine.patches.undone(functools.partial(names.pop, "print", None))
