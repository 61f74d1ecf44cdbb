"""What a scan looks for, made once in every process that takes part in it."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from logscrub._version import __version__
from logscrub.detect import Detector
from logscrub.findings import MAX_FINDINGS
from logscrub.fingerprint import Fingerprinter
from logscrub.policy import Policy
from logscrub.sources import Limits

if TYPE_CHECKING:
    from logscrub.presidio.deep import Deep


@dataclass(frozen=True)
class Job:
    """All that a worker must know of a scan. It can be pickled; it holds secrets and must not be stored.

    Attributes:
        policy: what to look for, with a key for fingerprints.
        limits: bounds on what is read from one input.
        max_findings: distinct values kept for a rule.
        known: registered values with their names.
        allow: comments in the input allow findings on their line.
        ident: tells scans of one process apart.
    """

    policy: Policy
    limits: Limits = field(default_factory=Limits)
    max_findings: int = MAX_FINDINGS
    known: Mapping[bytes, str] = field(default_factory=dict, repr=False)
    allow: bool = False
    ident: str = field(default_factory=lambda: os.urandom(8).hex())

    @classmethod
    def of(cls, policy: Policy | None, limits: Limits | None, max_findings: int, allow: bool = False) -> Job:
        """Return the job of a scan in this process; without a key, fingerprints get one of their own."""
        policy = policy or Policy()
        known = policy.known()
        named = known.named() if known is not None else {}
        return cls(replace(policy, key=policy.key or os.urandom(32)), limits or Limits(), max_findings, named, allow)

    def outlook(self, engine: Engine) -> tuple[str, ...]:
        """Return all that what a scan finds depends on, beside what it reads."""
        policy = self.policy
        known = sorted(engine.fingerprinter.digest(value + b"\0" + name.encode()) for value, name in self.known.items())
        return (
            __version__,
            engine.detector.rules.digest,
            *(rule.id for rule in engine.detector.rules.everything()),
            repr((policy.min_confidence, policy.time_limit, self.limits, self.max_findings, self.allow)),
            *known,
        )


@dataclass(frozen=True)
class Engine:
    """What judges records and names values.

    Attributes:
        deep: finds names and places in prose as well; in one process only.
        allow: comments in the input allow findings on their line.
    """

    detector: Detector
    fingerprinter: Fingerprinter
    deep: Deep | None = None
    allow: bool = False

    @classmethod
    def of(cls, policy: Policy, deep: Deep | None = None, allow: bool = False) -> Engine:
        """Make the engine of a policy."""
        detector = Detector(
            policy.rules(), min_confidence=policy.min_confidence, time_limit=policy.time_limit, known=policy.known()
        )
        return cls(detector, Fingerprinter(policy.key), deep, allow)

    def describe(self, rule: str) -> tuple[str, tuple[str, ...]]:
        """Return the title and the tags of a rule."""
        if self.deep is not None and rule in self.deep.titles:
            return self.deep.titles[rule], ()
        try:
            known = self.detector.rule(rule)
        except KeyError:
            return rule, ()
        return known.title, known.tags


_MOST = 4
_engines: dict[str, Engine] = {}
_lock = threading.Lock()


def engine_for(job: Job) -> Engine:
    """Return the engine of a job, made when this process meets the job first."""
    engine = _engines.get(job.ident)
    if engine is None:
        with _lock:
            engine = _engines.get(job.ident)
            if engine is None:
                known = job.policy.known()
                if known is not None and job.known:
                    known.add(job.known)
                engine = Engine.of(job.policy, allow=job.allow)
                while len(_engines) >= _MOST:
                    del _engines[next(iter(_engines))]
                _engines[job.ident] = engine
    return engine


def keep_engine(job: Job, engine: Engine) -> None:
    """Let this process, and those that are forked from it, use an engine for a job."""
    with _lock:
        _engines[job.ident] = engine
