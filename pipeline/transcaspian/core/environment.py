"""What libraries expect of the machine, made good before they are loaded: open descriptors, folders to write in."""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Options of glibc, as its `malloc.h` numbers them."""
MAPPED_BYTES = 16 * 2**20
"""An array of this size and above goes back as soon as it is freed; a lower limit takes time for cleared pages."""
KEPT_BYTES = 16 * 2**20
"""So much of a heap stays when arrays are freed: without it each new one takes pages that the system clears first."""
HEAPS = 2


def make_good() -> None:
    """Make good what is missing, for this process and those that it begins.

    Without a folder that it can write `matplotlib` warns.
    """
    for number in range(3):
        _keep_open(number)
    if home() is None:
        give_folder("HOME", "home")
    if "MPLCONFIGDIR" not in os.environ and not all(is_writable(user_folder(kind)) for kind in ("config", "cache")):
        give_folder("MPLCONFIGDIR", "matplotlib")


def return_memory() -> None:
    """Let memory that was freed go back to the system, now and from now on.

    By itself glibc keeps arrays of up to 32 MB, and a heap for each thread; other libraries for C do as they do.
    """
    if sys.platform == "linux":
        import ctypes

        library = ctypes.CDLL(None)
        with suppress(AttributeError):
            library.mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES)
            library.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
            library.mallopt(M_ARENA_MAX, HEAPS)
            library.malloc_trim(0)


def home() -> Path | None:
    """The home folder of the user; None where the user has none."""
    try:
        return Path.home()
    except RuntimeError:  # no HOME, and the system does not know the user, as in many containers
        return None


def is_writable(folder: Path) -> bool:
    """Whether a folder can be written, or made."""
    for place in (folder, *folder.absolute().parents):
        if os.path.lexists(place):
            return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return False


@cache
def temporary_folder() -> Path:
    """A folder of this user for what libraries keep: the same for each process, and no other user writes in it.

    Where another user has taken its name, one for this process alone.

    Raises
    ------
    OSError
        Where there is no place for one.
    """
    if not hasattr(os, "getuid"):  # Windows: the folder of temporary files is the user's own
        return Path(tempfile.gettempdir()) / "transcaspian"
    folder = Path(tempfile.gettempdir()) / f"transcaspian-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022:
        return folder
    folder = Path(tempfile.mkdtemp(prefix="transcaspian-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def give_folder(name: str, folder: str) -> None:
    """Let a variable name a temporary folder; where there is none, the library says what it cannot do."""
    try:
        place = temporary_folder() / folder
        place.mkdir(exist_ok=True)
    except OSError:
        return
    os.environ[name] = str(place)


def user_folder(kind: str) -> Path:
    """The folder of the user for configurations or caches."""
    return Path(os.environ.get(f"XDG_{kind.upper()}_HOME") or (home() or Path("/")) / f".{kind}")


def _keep_open(number: int) -> None:
    """Keep a closed standard stream from becoming a file, which would then receive what is printed to the stream."""
    try:
        os.fstat(number)
    except OSError:
        lead_nowhere(number)


def lead_nowhere(number: int) -> None:
    """Let what is written to a descriptor go nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere != number:
        os.dup2(nowhere, number)
        os.close(nowhere)
