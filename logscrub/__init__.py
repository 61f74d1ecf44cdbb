"""Keep secrets and personal data out of logs; find them where they already are.

>>> import logscrub
>>> logscrub.Scrubber().scrub("login user=bob password=hunter2 from 10.0.0.7")
'login user=bob password=[password] from 10.0.0.7'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logscrub._version import __version__

if TYPE_CHECKING:
    from logscrub.audit import scan
    from logscrub.code.audit import CodeOptions, audit_code
    from logscrub.code.model import CodeResult
    from logscrub.emit import Event, Installation, ScrubFilter, ScrubFormatter, install
    from logscrub.emit.doctor import DoctorResult, verify
    from logscrub.errors import LogscrubError
    from logscrub.findings import ScanResult
    from logscrub.known.load import protect_environ, protect_file
    from logscrub.known.protect import Protection, forget, protect
    from logscrub.masking import mask
    from logscrub.model import Match
    from logscrub.policy import Policy
    from logscrub.scrubber import Scrubber

__all__ = [
    "CodeOptions",
    "CodeResult",
    "DoctorResult",
    "Event",
    "Installation",
    "LogscrubError",
    "Match",
    "Policy",
    "Protection",
    "ScanResult",
    "ScrubFilter",
    "ScrubFormatter",
    "Scrubber",
    "__version__",
    "audit_code",
    "forget",
    "install",
    "mask",
    "protect",
    "protect_environ",
    "protect_file",
    "scan",
    "verify",
]

# Loaded when first used: importing logscrub costs a service next to nothing.
_HOMES = {
    "CodeOptions": "logscrub.code.audit",
    "CodeResult": "logscrub.code.model",
    "DoctorResult": "logscrub.emit.doctor",
    "Event": "logscrub.emit",
    "Installation": "logscrub.emit",
    "LogscrubError": "logscrub.errors",
    "Match": "logscrub.model",
    "Policy": "logscrub.policy",
    "Protection": "logscrub.known.protect",
    "ScanResult": "logscrub.findings",
    "ScrubFilter": "logscrub.emit",
    "ScrubFormatter": "logscrub.emit",
    "Scrubber": "logscrub.scrubber",
    "audit_code": "logscrub.code.audit",
    "forget": "logscrub.known.protect",
    "install": "logscrub.emit",
    "mask": "logscrub.masking",
    "protect": "logscrub.known.protect",
    "protect_environ": "logscrub.known.load",
    "protect_file": "logscrub.known.load",
    "scan": "logscrub.audit",
    "verify": "logscrub.emit.doctor",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'logscrub' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
