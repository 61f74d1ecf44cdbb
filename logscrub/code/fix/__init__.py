"""Repair findings in the source: a call that prints a secret keeps its line and prints a marker.

Only text is inserted, at places a parse tree gives; everything else of a file stays as it is, byte for byte.
"""

from logscrub.code.fix.files import Change, FixResult, Refusal, fix_files

__all__ = ["Change", "FixResult", "Refusal", "fix_files"]
