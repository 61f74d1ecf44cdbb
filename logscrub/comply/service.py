"""What the doctor says of a service, in a process of its own: the service's code is imported there and nowhere else."""

from __future__ import annotations

import json
import subprocess
import sys

from logscrub.comply.evidence import Service, Way
from logscrub.errors import SetupError

_GRACE = 30.0  # seconds for the doctor beyond what the service may take
_FINDINGS = (0, 1)
_SHOWN = 500


def examined(app: str, directory: str = ".", timeout: float = 30.0) -> Service:
    """Bring a service's logging up and send canaries through it.

    Args:
        app: ``module`` or ``module:function``.
        directory: where the module is looked for.
        timeout: seconds the function may take.

    Raises:
        SetupError: the service cannot be brought up; says why.
    """
    command = [sys.executable, "-m", "logscrub", "doctor", app, "-C", directory, "--format", "json"]
    try:
        done = subprocess.run(  # noqa: S603
            [*command, "--timeout", str(timeout)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout + _GRACE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SetupError(f"{app}: no answer within {timeout:g} seconds; see logscrub doctor {app}") from None
    if done.returncode not in _FINDINGS:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = next((line.removeprefix("error: ") for line in reversed(said) if line.startswith("error: ")), "")
        raise SetupError(reason[:_SHOWN] or f"{app}: cannot be examined; see logscrub doctor {app}")
    return _service(app, json.loads(done.stdout))


def _service(app: str, report: dict[str, object]) -> Service:
    paths = report["paths"]
    assert isinstance(paths, list)
    ways = tuple(
        Way(one["state"], one["area"], one["target"], one["channel"], one.get("reason", ""), one.get("fix", ""))
        for one in paths
    )
    return Service(app, bool(report["installed"]), bool(report["report_only"]), ways)
