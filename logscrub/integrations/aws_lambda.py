"""AWS Lambda.

    from logscrub.integrations import aws_lambda

    aws_lambda.install()

Write this at the top of the function's module: what is imported after it may fail with a secret in the error, and the
runtime logs that.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from logscrub import cache
from logscrub.emit import Installation
from logscrub.integrations._installed import ensure
from logscrub.known.load import protect_environ
from logscrub.policy import Policy

SHIPPED = ".logscrub"
"""Directory of a function's package with the compiled rules."""


def install(policy: Policy | str | None = None, *, protect: bool = True, **options: Any) -> Installation:
    """Keep secrets out of a function's log, and those of its environment in particular.

    Args:
        policy: what to look for, if logscrub is not installed yet; the default policy if left out.
        protect: whether to protect the secrets among the environment's variables, such as ``AWS_SESSION_TOKEN``: they
            are then found wherever they are written, without a name next to them.
        options: arguments of :func:`logscrub.install`.

    Raises:
        ConfigError: the policy or an option is wrong.
    """
    _use_shipped_rules()
    installation = ensure(policy, **options)
    if protect:
        protect_environ()
    return installation


def _use_shipped_rules() -> None:
    """Have compiled rules read from the package; the cache, for good reason, only takes private files of this user.

    Whoever can change the package can change the code that runs, so nothing is lost by trusting it.
    """
    shipped = Path(os.environ.get("LAMBDA_TASK_ROOT", "."), SHIPPED)
    if cache.ENVIRONMENT in os.environ or "LAMBDA_TASK_ROOT" not in os.environ or not shipped.is_dir():
        return
    with contextlib.suppress(OSError):  # no room in /tmp: then they are compiled
        private = tempfile.mkdtemp(prefix="logscrub-")
        for path in shipped.iterdir():
            if path.is_file():
                copy = shutil.copyfile(path, Path(private, path.name))
                copy.chmod(0o600)
        os.environ[cache.ENVIRONMENT] = private
