"""Redacting files where they lie, or into copies, such that each is whole at any moment.

``plan`` says which files, ``workers`` does them in processes, ``file`` does one of them: the clean copy is a temporary
file (``temporary``) in the same directory (``folder``) and takes the place of the old one when nobody is writing that
(``watch``), with everything a file is beside its content (``attributes``). ``manifest`` is the record of it.
"""

from __future__ import annotations

from logscrub.cleaning.outcome import Action, Content, Outcome, Redaction
from logscrub.cleaning.run import redact_files

__all__ = ["Action", "Content", "Outcome", "Redaction", "redact_files"]
