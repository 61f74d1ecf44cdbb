"""Shannon entropy: how random some bytes look."""

from __future__ import annotations

import math

_ENTROPY_SAMPLE = 1024
_N_LOG_N = [0.0, *(n * math.log2(n) for n in range(1, _ENTROPY_SAMPLE + 1))]


def entropy(data: bytes) -> float:
    """Shannon entropy of the byte frequencies, in bits per byte; of more than 1024 bytes, the first 1024.

    >>> entropy(b"aaaa")
    0.0
    >>> entropy(b"abcd")
    2.0
    """
    if not data:
        return 0.0
    data = data[:_ENTROPY_SAMPLE]
    size = len(data)
    return math.log2(size) - sum(map(_N_LOG_N.__getitem__, map(data.count, set(data)))) / size


def entropy_at_least(data: bytes, bits: float) -> bool:
    """Tell whether the entropy of some bytes is at least so many bits per byte.

    With k different ones among n bytes it is lowest when all but one of them occur once; mostly that is enough.

    >>> entropy_at_least(b"a1B2c3D4e5F6", 3.0), entropy_at_least(b"aaaaaaaabbbb", 3.0)
    (True, False)
    """
    if not data:
        return bits <= 0
    data = data[:_ENTROPY_SAMPLE]
    size = len(data)
    different = set(data)
    most = math.log2(size)
    if most - _N_LOG_N[size - len(different) + 1] / size >= bits:
        return True
    return most - sum(map(_N_LOG_N.__getitem__, map(data.count, different))) / size >= bits
