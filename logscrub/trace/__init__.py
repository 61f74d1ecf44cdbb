"""Log line ↔ log call: which line of source wrote a log line, and which of its arguments carried a value."""

from __future__ import annotations
