"""``python -m logscrub``."""

from __future__ import annotations

import sys

from logscrub.cli import main

if __name__ == "__main__":
    sys.exit(main())
