"""Locks of the operating system: they go with the process that holds them, however it ends.

The number of a process is no identity: in another container, or after a reboot, it is that of another.
"""

from __future__ import annotations

import errno
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from transcaspian.core.errors import ExportError

WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}
POLL_S = 0.02


@contextmanager
def locked(path: Path, *, wait_s: float = math.inf) -> Iterator[int | None]:
    """Hold the lock of a file while the block lasts; the file is removed at its end, not by a process that is killed.

    Parameters
    ----------
    wait_s
        How long to wait for another holder.

    Yields
    ------
    The open file; None where another holds the lock all that time.

    Raises
    ------
    ExportError
        When the volume has no locks.
    OSError
        When the operating system refuses the file.
    """
    handle = _opened(path, time.monotonic() + wait_s)
    try:
        yield handle
    finally:
        if handle is not None:
            with suppress(OSError):  # Windows removes no open file
                path.unlink()
            os.close(handle)


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock of a file; a question that leaves the file as it is."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        _lock(handle)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _opened(path: Path, until_s: float) -> int | None:
    """The file with its lock; None where another holds it until then, by the monotonic clock."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(handle)
            # its holder removes the file at the end: what we hold may be the lock of a file that is gone
            if os.path.samestat(os.fstat(handle), os.stat(path)):
                return handle
        except (BlockingIOError, FileNotFoundError):
            if time.monotonic() >= until_s:
                os.close(handle)
                return None
        except OSError as exc:
            os.close(handle)
            if exc.errno not in WITHOUT_LOCKS:
                raise
            raise ExportError(
                f"{path.parent} lies on a volume without file locks ({exc.strerror}): two runs at once could not be "
                "kept apart there. Name a folder on another volume by --out"
            ) from exc
        os.close(handle)
        time.sleep(POLL_S)


def _flock(handle: int) -> None:
    fcntl: Any = import_module("fcntl")
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _msvcrt(handle: int) -> None:
    msvcrt: Any = import_module("msvcrt")
    msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)


_lock: Callable[[int], None] = _msvcrt if os.name == "nt" else _flock
