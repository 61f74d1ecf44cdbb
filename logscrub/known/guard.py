"""Which values are too common to be looked for: removing them would shred logs and hide nothing."""

from __future__ import annotations

import re
from functools import lru_cache

SHORTEST = 6
"""Bytes a value must have, unless forced."""
SHORTEST_FORCED = 4
LONGEST = 1 << 16
"""Bytes a value may have."""

_FEWEST_DIFFERENT = 4
_SHORT_NUMBER = 8
# The same measure as for matches that hold a marker: logscrub/detect/markers.py.
_BESIDE_MARKERS = 8
_MARKER = re.compile(rb"\[[a-z0-9]+(?:-[a-z0-9]+)*(?::[^\[\]\n]{1,60})?\]|\[logscrub: [^\[\]\n]{1,100}\]")
_SEPARATORS = re.compile(r"[\s_.\-/]+")
_EVERYDAY_SHAPE = re.compile(
    r"""
    \d{1,3}(?:\.\d{1,3}){3}(?::\d+|/\d+)?              # an IPv4 address
    | \d{4}-\d\d-\d\d(?:[T\ ]\d\d:\d\d(?::\d\d)?.*)?     # a date
    | v?\d+\.\d+\.\d+                                  # a version
    | (?:us|eu|ap|sa|ca|af|me|il)-[a-z]{4,9}-\d[a-z]?  # a region
    """,
    re.VERBOSE,
)
_EVERYDAY = frozenset(
    """
    true false none null nil undefined default unknown enabled disabled enable disable always never required optional
    localhost localdomain production staging development testing preview sandbox release master primary secondary
    replica standby public private internal external shared global system service server client worker backend
    frontend gateway cluster namespace container application database username password passwd secret token
    administrator anonymous nobody guest account service account user admin root postgres postgresql mysql mariadb
    mongodb redis rabbitmq memcached elasticsearch opensearch cassandra kafka zookeeper docker kubernetes github
    gitlab bitbucket jenkins google amazon azure digitalocean cloudflare python django flask fastapi celery gunicorn
    uvicorn nginx apache traefik example example com example org debug info warning error critical fatal notset
    verbose basic bearer digest header cookie session string integer number object boolean array active inactive
    pending running stopped failed success started finished completed utf 8 us ascii
    application json text plain text html
    """.split()  # noqa: SIM905
)


def refused(value: bytes, *, force: bool = False) -> str:
    """Say why a value is not looked for; empty if it is.

    Args:
        value: the value.
        force: let pass what is merely common.

    >>> refused(b"production"), refused(b"Tr0ub4dor&3"), refused(b"4711")
    ('is an everyday word', '', 'is shorter than 6 bytes')
    >>> refused(b"4711", force=True), refused(b"711", force=True)
    ('', 'is shorter than 4 bytes')
    """
    if not value.strip():
        return "is empty"
    if len(value) < SHORTEST_FORCED:
        return f"is shorter than {SHORTEST_FORCED} bytes"
    if len(value) > LONGEST:
        return f"is longer than {LONGEST:,} bytes"
    if _MARKER.search(value) and sum(chr(byte).isalnum() for byte in _MARKER.sub(b"", value)) < _BESIDE_MARKERS:
        return "reads like one of logscrub's own markers"
    return "" if force else _common(value)


def _common(value: bytes) -> str:
    if len(value) < SHORTEST:
        return f"is shorter than {SHORTEST} bytes"
    if len(set(value)) < _FEWEST_DIFFERENT:
        return f"has fewer than {_FEWEST_DIFFERENT} different characters"
    text = value.decode("utf-8", "replace").strip()
    if text.isdecimal() and len(text) < _SHORT_NUMBER:
        return f"is a number of fewer than {_SHORT_NUMBER} digits"
    if _EVERYDAY_SHAPE.fullmatch(text):
        return "is an address, date, version or region"
    words = [word for word in _SEPARATORS.split(text.casefold()) if word]
    if all(word in _EVERYDAY for word in words):
        return "is an everyday word"
    if " ".join(words) in _key_names():
        return "is the name of a key"
    return ""


def looks_random(text: str) -> bool:
    """Tell whether a text is rather a token than something to read.

    >>> looks_random("q8Zt3LbN0vXc5RmK1sYw"), looks_random("service_account"), looks_random("102234449335144000000")
    (True, False, False)
    """
    return (
        len(text) >= 16
        and re.fullmatch(r"[\w+/=.~\-]+", text) is not None
        and any(one.isdigit() for one in text)
        and any(one.isalpha() for one in text)
        and len(set(text)) >= 10
        and not _EVERYDAY_SHAPE.fullmatch(text)
    )


@lru_cache(maxsize=1)
def _key_names() -> frozenset[str]:
    """The names of the lexicon: where one of them is a value, it is a placeholder."""
    from logscrub.rules import builtin_rules

    return frozenset(word for field in builtin_rules().fields for word in field.words)
