"""Where compiled kernels are kept: one folder for each version of their source, in whatever checkout or wheel.

numba itself keeps them by the path of their source, so that every new checkout and every installed wheel would compile
them once more; and it does not see that a kernel changes with another file's kernel that it calls. Here the folder's
name is a digest of all their sources and of the versions of numba, llvmlite and Python. The processor needs no name:
numba keeps what it compiled for each in the same folder.

This module loads no numba: a run in which nothing is computed asks it only whether there is anything to compile.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from transcaspian.core.environment import is_writable, temporary_folder, user_folder

PACKAGE = Path(__file__).parents[1]
KERNELS = ("core/compiled.py", "routing/_kernels/*.py", "seabed/_feature_kernels.py", "analyses/risk/_choice_kernel.py")
"""Where the package has kernels: patterns of paths."""
COMPILE = "transcaspian.routing.compile_kernels"
"""The module that compiles all kernels, run in a process of its own."""
_ALL_THERE = "complete"
_MOST_VERSIONS = 6
"""So many folders are kept: those that runs used last."""
_beside: list[subprocess.Popen[bytes]] = []


@cache
def version() -> str:
    """Digest of all that compiled kernels depend on, but for the processor."""
    digest = hashlib.sha256(f"Python {sys.version_info[:2]}".encode())
    for package in ("numba", "llvmlite"):
        digest.update(f"{package} {importlib.metadata.version(package)}".encode())
    for source in sorted(found for pattern in KERNELS for found in PACKAGE.glob(pattern)):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def wanted_folder() -> Path:
    """The folder of this version: in ``NUMBA_CACHE_DIR`` where that is set, else in the user's cache."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    return Path(given or user_folder("cache") / "transcaspian" / "kernels") / version()


@cache
def folder() -> Path:
    """The folder that is used: a temporary one where the wanted one cannot be written and holds nothing."""
    wanted = wanted_folder()
    if is_writable(wanted) or any(wanted.glob("*.nbi")):
        return wanted
    try:
        return temporary_folder() / "kernels" / version()
    except OSError:
        return wanted


def mark_complete() -> None:
    """Note that all kernels are there, and remove folders of versions that no run has used for long."""
    (folder() / _ALL_THERE).touch()
    marks = [mark for mark in folder().parent.glob(f"*/{_ALL_THERE}") if re.fullmatch("[0-9a-f]{16}", mark.parent.name)]
    for old in sorted(marks, key=lambda mark: mark.stat().st_mtime, reverse=True)[_MOST_VERSIONS:]:
        shutil.rmtree(old.parent, ignore_errors=True)


def _mark_used() -> bool:
    """Note when the folder was used last; False where kernels are missing."""
    mark = folder() / _ALL_THERE
    if not mark.exists():
        return False
    with contextlib.suppress(OSError):  # a folder that cannot be written is not pruned, either
        os.utime(mark)
    return True


def compile_beside() -> None:
    """Compile all kernels in another process where they are not there yet, while this one does something else.

    Compiling holds Python's lock, so a thread would only take turns with what it should run beside.
    """
    if not _beside and not _mark_used() and is_writable(folder()):
        nowhere = subprocess.DEVNULL
        command = [sys.executable, "-m", COMPILE]
        _beside.append(subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere))


def is_compiling_beside() -> bool:
    """Whether the other process, if this one began it, is at work still."""
    return any(process.poll() is None for process in _beside)
