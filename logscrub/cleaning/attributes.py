"""What a file is beside its content: owner, group, mode, times, extended attributes, access lists."""

from __future__ import annotations

import errno
import os
import stat

from logscrub.cleaning.outcome import RefusedError

# Digests of the content, which is another now: the system makes them anew.
_OF_CONTENT = frozenset({"security.ima", "security.evm"})
_NONE = (errno.ENOTSUP, errno.EINVAL, errno.EPERM)


def check_owner(status: os.stat_result) -> None:
    """Refuse at once a file whose owner could not be kept.

    Raises:
        RefusedError: it is somebody else's, and only the administrator could give the new one away.
    """
    if hasattr(os, "geteuid") and os.geteuid() not in (0, status.st_uid):
        raise RefusedError(f"belongs to user {status.st_uid}; only root can replace it and leave it theirs")


def keep(source: int, target: int, status: os.stat_result) -> None:
    """Give an open file the attributes of another one.

    Args:
        source: that one, open for reading.
        target: open for writing.
        status: of ``source``.

    Raises:
        RefusedError: one of them cannot be kept.
    """
    if hasattr(os, "fchown"):
        try:
            os.fchown(target, status.st_uid, status.st_gid)
        except OSError:
            raise RefusedError(f"its owner and group ({status.st_uid}:{status.st_gid}) cannot be kept") from None
    if hasattr(os, "listxattr"):
        _keep_extended(source, target)
    if hasattr(os, "fchmod"):
        os.fchmod(target, stat.S_IMODE(status.st_mode))
    keep_times(target, status)


def keep_times(target: int, status: os.stat_result) -> None:
    """Give an open file the times of access and modification of another one."""
    if os.utime in os.supports_fd:
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _keep_extended(source: int, target: int) -> None:
    wanted, present = _extended(source), _extended(target)
    for name, value in wanted.items():
        if present.get(name) == value or name in _OF_CONTENT:
            continue
        try:
            os.setxattr(target, name, value)
        except OSError:
            raise RefusedError(f"its extended attribute {name} cannot be kept") from None
    for name in present.keys() - wanted.keys():
        # An access list that the directory gives to new files.
        if name.startswith("system."):
            os.removexattr(target, name)


def _extended(fd: int) -> dict[str, bytes]:
    try:
        return {name: os.getxattr(fd, name) for name in os.listxattr(fd)}
    except OSError as error:
        if error.errno in _NONE:
            return {}
        raise
