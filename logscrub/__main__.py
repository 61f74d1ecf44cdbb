"""``python -m logscrub``."""

from __future__ import annotations

import os
import sys

from logscrub.cli import main as run


def main() -> int:
    """Run the command line and end the process at once where much memory would be freed for nobody."""
    if "code" in sys.argv[1:3]:
        from logscrub.code.audit import hold_memory

        hold_memory()
        code = run()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return run()


if __name__ == "__main__":
    sys.exit(main())
