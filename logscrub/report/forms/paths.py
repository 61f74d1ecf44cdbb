"""Paths of inputs as services that show a project want them: relative to its top, or as an address."""

from __future__ import annotations

import os
from urllib.parse import quote

from logscrub.code.suppress import project_path
from logscrub.report.visible import visible
from logscrub.sources.paths import STDIN

_MEMBER = "!/"
_OF_ADDRESSES = "/:?#[]@!$&'()*+,;=%~"


def project_name(path: str) -> str:
    """Return a path as the project knows it, with ``/``; standard input and addresses stay as they are.

    What an archive calls its members is no path of this machine, and stays as it is too.

    >>> project_name("s3://logs/web.log"), project_name("logs.zip!/../web.log")
    ('s3://logs/web.log', 'logs.zip!/../web.log')
    """
    if path == STDIN or "://" in path:
        return path
    outer, inside, member = path.partition(_MEMBER)
    return project_path(outer) + inside + member


def shown_name(path: str) -> str:
    """Return the same, safe to print."""
    return visible(project_name(path))


def uri(path: str) -> str:
    """Return a path of the project as a relative URI reference (RFC 3986); as ``file:`` if it lies elsewhere.

    >>> uri("src/a b.py"), uri("s3://logs/a b.log")
    ('src/a%20b.py', 's3://logs/a%20b.log')
    """
    name = project_name(path)
    if "://" in name:
        return quote(_encoded(name), safe=_OF_ADDRESSES)
    quoted = quote(_encoded(name))
    if os.path.isabs(name):
        return f"file://{quoted}" if quoted.startswith("/") else f"file:///{quoted}"
    return quoted


def _encoded(name: str) -> bytes:
    try:
        return os.fsencode(name)
    except UnicodeEncodeError:  # half a character, from an archive: no file system has that
        return visible(name).encode()
