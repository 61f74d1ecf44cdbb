"""What log records say of themselves, beyond what a scan finds in them.

``census`` counts what records tell: time, who, what, outcome. ``file_facts`` takes down the files themselves, ``cards``
looks at card numbers that are truncated or hashed, and ``together`` finds records that hold two things at once.

    census(paths, limits=None, storage_options=(), budget=20_000, progress=None) -> Census
    file_facts(paths) -> tuple[FileFact, ...]           recheck(facts) -> tuple[FileFact, ...]
    cards(paths, policy=None, limits=None, storage_options=(), seconds=20.0, progress=None) -> CardFacts
    together(paths, groups, policy=None, limits=None, storage_options=(), progress=None) -> Together

``progress(path, bytes)`` is called now and then; what it returns false to ends early (``stopped``). Nothing raises for
what a log holds.
"""

from __future__ import annotations

from logscrub.comply.records.cards import cards
from logscrub.comply.records.census import census
from logscrub.comply.records.files import file_facts, recheck
from logscrub.comply.records.model import (
    FIELDS,
    CardFacts,
    CardHash,
    Census,
    Conflict,
    ConflictKind,
    Keyed,
    Mask,
    SourceCensus,
    Together,
)
from logscrub.comply.records.together import together

__all__ = [
    "FIELDS",
    "CardFacts",
    "CardHash",
    "Census",
    "Conflict",
    "ConflictKind",
    "Keyed",
    "Mask",
    "SourceCensus",
    "Together",
    "cards",
    "census",
    "file_facts",
    "recheck",
    "together",
]
