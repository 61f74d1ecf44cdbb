"""What can be said of URLs, and of the errors of those who read them, without any of their packages.

No text that comes out of here holds credentials.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from logscrub.errors import SourceError

# At least two letters: one is a drive of Windows. ``simplecache::s3://…`` is a URL as well.
_URL = re.compile(r"(?:[a-z][a-z0-9+.\-]+::)*[a-z][a-z0-9+.\-]+://", re.IGNORECASE)
MAGIC = re.compile(r"[*?\[]")
LOCAL = ("file", "local")
WEB = ("http", "https")
# Where the name before @ is none that opens anything: a container, or an account with its password elsewhere.
_HARMLESS_USER = ("abfs", "abfss", "az", "adl", "wasb", "wasbs", "ssh", "sftp", "scp", "ftp", "hdfs", "webhdfs", "smb")
_HARMLESS_QUERY = ("versionid", "generation")
PACKAGES = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "adl": "adlfs",
    "ssh": "paramiko",
    "sftp": "paramiko",
    "hdfs": "pyarrow",
    "http": "aiohttp",
    "https": "aiohttp",
    "smb": "smbprotocol",
    "webhdfs": "requests",
    "oci": "ocifs",
    "oss": "ossfs",
}
_SHOWN_URL = re.compile(r"[a-z][a-z0-9+.\-]+://[^\s'\"<>]+", re.IGNORECASE)
_SHOWN_SETTING = re.compile(
    r"((?:sig|signature|token|key|secret|password|passwd|credential|authorization)\w*[\"']?\s*[=:]\s*)[^\s,;&]+",
    re.IGNORECASE,
)


def is_url(path: str) -> bool:
    r"""Say whether a path is a URL rather than the name of a local file.

    >>> is_url("s3://logs/app"), is_url("C:\\logs"), is_url("a:b"), is_url("c://x")
    (True, False, False, False)
    """
    return _URL.match(path) is not None


def shown(url: str) -> str:
    """Return a URL as it may be shown: without passwords, and without the values of its query.

    >>> shown("https://bob:pw@example.org/a.log?sig=abc&versionId=3")
    'https://example.org/a.log?sig=…&versionId=3'
    """
    chain, mark, rest = url.rpartition("::")
    scheme, colon, rest = rest.partition("://")
    cut = next((at for at, sign in enumerate(rest) if sign in "/?#"), len(rest))
    user, at_sign, host = rest[:cut].rpartition("@")
    tail = rest[cut:]
    if at_sign and scheme.lower() in _HARMLESS_USER:
        host = f"{user.partition(':')[0]}@{host}"
    path, question, query = tail.partition("?")
    if scheme.lower() in WEB:
        path = path.partition("#")[0]
        query = query.partition("#")[0]
    if question and (scheme.lower() in WEB or "=" in query):
        query = "&".join(map(_parameter, query.split("&")))
    chained = "::".join(map(shown, chain.split("::"))) if "://" in chain else chain
    return f"{chained}{mark}{scheme}{colon}{host}{path}{question}{query}"


def _parameter(text: str) -> str:
    name, equals, _ = text.partition("=")
    if name.lower() in _HARMLESS_QUERY:
        return text
    return f"{name}=…" if equals else "…" if text else ""


def options_of(settings: Sequence[str]) -> dict[str, Any]:
    """Read options for a filesystem; values are JSON where they can be, or else text.

    Raises:
        SourceError: one of them is not ``KEY=VALUE``.

    >>> options_of(["anon=true", "endpoint_url=http://localhost:9000", 'client_kwargs={"region_name": "x"}'])
    {'anon': True, 'endpoint_url': 'http://localhost:9000', 'client_kwargs': {'region_name': 'x'}}
    """
    options: dict[str, Any] = {}
    for number, setting in enumerate(settings, 1):
        name, equals, value = setting.partition("=")
        if not equals or not name.isidentifier():
            raise SourceError(f"storage option {number} is not KEY=VALUE")
        try:
            options[name] = json.loads(value)
        except ValueError:
            options[name] = value
    return options


def may_pass(error: BaseException) -> bool:
    """Tell whether an error may pass by itself: of the network, or a server that is busy."""
    status = status_of(error)
    if status:
        return status >= 500 or status in (408, 425, 429)
    if isinstance(error, FileNotFoundError) and error.__cause__ is not None:
        return may_pass(error.__cause__)  # how HTTP tells every error
    if isinstance(error, (FileNotFoundError, PermissionError, NotADirectoryError, IsADirectoryError)):
        return False
    if isinstance(error, (OSError, TimeoutError, EOFError)):
        return not isinstance(error, SourceError)
    # Errors of clients that are no errors of the operating system.
    return type(error).__module__.partition(".")[0] in (
        "aiohttp",
        "botocore",
        "aiobotocore",
        "gcsfs",
        "azure",
        "paramiko",
    )


def status_of(error: BaseException | None) -> int:
    """Return the HTTP status an error tells, of itself or of its cause; 0 if it tells none."""
    for _ in range(4):
        if error is None:
            break
        for name in ("status", "status_code", "code"):
            value = getattr(error, name, None)
            if isinstance(value, int) and 100 <= value < 600:
                return value
        response = getattr(error, "response", None)
        if isinstance(response, dict):
            value = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if isinstance(value, int):
                return value
        error = error.__cause__
    return 0


def is_missing(error: BaseException) -> bool:
    """Tell whether an error says that there is no such object."""
    status = status_of(error)
    return status in (404, 410) or (not status and isinstance(error, FileNotFoundError) and error.__cause__ is None)


def reason(error: BaseException) -> str:
    """What an error of a filesystem says, in words that may be shown: no address with credentials, no key.

    >>> reason(OSError("cannot reach https://me:pw@example.org/x?sig=12: refused"))
    'cannot reach https://example.org/x?sig=… refused'
    >>> reason(FileNotFoundError("https://example.org/x?sig=12"))
    'no such file or directory'
    """
    status = status_of(error)
    if is_missing(error):
        return "no such file or directory"
    if status in (401, 403) or isinstance(error, PermissionError):
        return f"access denied (HTTP {status})" if status else "access denied"
    if status:
        return f"the server answers HTTP {status}"
    if isinstance(error, FileNotFoundError) and error.__cause__ is not None:
        return reason(error.__cause__)
    if isinstance(error, TimeoutError):
        return "timed out"
    text = getattr(error, "strerror", None) or str(error)
    text = _SHOWN_URL.sub(lambda found: shown(found[0]), " ".join(str(text).split()))
    text = _SHOWN_SETTING.sub(r"\1…", text)[:200] or type(error).__name__
    return text[:1].lower() + text[1:]
