"""The laws: what must hold for every record. ``strategies`` is importable by name in this room."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).resolve().parent))

settings.register_profile(
    "laws",
    deadline=None,  # the machine is shared
    derandomize=True,  # a red run can be repeated; LOGSCRUB_LAWS=search looks elsewhere each time
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
