"""Other projects' test cases, where they lie beside the repository. The benchmark that reads them is importable here."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "benchmarks"))
