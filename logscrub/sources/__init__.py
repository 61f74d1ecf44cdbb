"""Opening inputs and framing the records in them.

``paths`` says what to read, ``open`` turns it into plain bytes, with ``unpack`` for what is compressed and ``archives``
for what lies in tar and zip archives; ``blocks`` cuts the bytes into whole lines, ``records`` frames the record around
each hit, ``timestamps`` reads its time, and ``rewrite`` writes a redacted copy.
"""

from __future__ import annotations

from logscrub.sources.blocks import Block, blocks
from logscrub.sources.open import Limits, NotTextError, Reader, texts
from logscrub.sources.paths import STDIN, Source, Unread, expand
from logscrub.sources.records import matched_records

__all__ = [
    "STDIN",
    "Block",
    "Limits",
    "NotTextError",
    "Reader",
    "Source",
    "Unread",
    "blocks",
    "expand",
    "matched_records",
    "texts",
]
