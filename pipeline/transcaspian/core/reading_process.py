"""The process that reads files for another, see `transcaspian.core.reading`."""

from __future__ import annotations

import json
import logging
import mmap
import os
import select
import signal
import socket
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

from transcaspian.core import reading_place
from transcaspian.core.codec import Packed, pack, unpack
from transcaspian.core.collector import seldom_collecting
from transcaspian.core.disk import anonymous_file
from transcaspian.core.errors import lacks_memory
from transcaspian.core.reading import LENGTH_BYTES, become_reader

IDLE_S = 10.0
PAGE_MB = mmap.PAGESIZE / 1e6
UNSAID = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ImportWarning, ResourceWarning)
"""Warnings of code to those who write it; they say nothing of a file."""


def main(life: int, place: int) -> None:
    """Read what is asked for, until nothing is asked any more.

    Parameters
    ----------
    life
        Descriptor of a pipe that ends with the process that asks.
    place
        Descriptor of the memory in which that process sees what is read now.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks ends this one
    end_with(life)
    spare_memory_of_others()
    reading_place.share(mmap.mmap(place, reading_place.SIZE))
    become_reader()
    wire = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    wire.settimeout(IDLE_S)
    with suppress(TimeoutError, ConnectionError), seldom_collecting():
        while (request := received(wire)) is not None:
            if "reader" in request:
                reply(wire, outcome(request))
            for module in request.get("load", ()):
                import_module(module)


def end_with(life: int) -> None:
    """End when the other end of a pipe is closed, whatever this process is doing then, be it in a library."""
    import fcntl

    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, os.O_ASYNC)
    if select.select([life], [], [], 0)[0]:  # it was closed before
        sys.exit(1)


def spare_memory_of_others() -> None:
    """Where the system runs out of memory this process goes first; a crash leaves no image of it."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def received(wire: socket.socket) -> dict[str, Any] | None:
    """The next request; None: there is none any more."""
    length = int.from_bytes(exactly(wire, LENGTH_BYTES), "big")
    found: dict[str, Any] | None = json.loads(exactly(wire, length)) if length else None
    return found


def exactly(wire: socket.socket, length: int) -> bytes:
    """So many bytes, or fewer where no more come."""
    data = b""
    while len(data) < length and (more := wire.recv(length - len(data))):
        data += more
    return data


def outcome(request: dict[str, Any]) -> Packed:
    """What becomes of a request: a value and warnings, or an error."""
    reading_place.at("")
    try:
        is_ours = limit(request["max_mb"], request["max_s"])
        reader = reader_of(request["reader"])
        with heard() as words:
            value = reader(*unpack(Packed(request["arguments"], bytearray())))
        return pack({"value": value, "warnings": words})
    except Exception as exc:
        starved = lacks_memory(exc)
        kind = "MemoryError" if starved else type(exc).__name__
        trace = "".join(traceback.format_exception(exc))
        return pack({"error": kind, "text": str(exc), "trace": trace, "is_ours": starved and is_ours})


def reader_of(name: str) -> Any:
    """A function by its module and name."""
    module, _, own = name.partition(":")
    return getattr(import_module(module), own)


def limit(max_mb: float, max_s: float) -> bool:
    """Limit the memory and the time of the processor; whether it is this limit of memory that will be met first."""
    import resource

    used_s = time.process_time()
    lower(resource.RLIMIT_CPU, int(used_s + 2 * max_s) + 1)  # where the process that asks does not end it
    try:
        with open("/proc/self/statm") as file:
            used_mb = int(file.read().split()[0]) * PAGE_MB
    except OSError:
        used_mb = 0.0
    return lower(resource.RLIMIT_AS, int((used_mb + max_mb) * 1e6))


def lower(kind: int, wanted: int) -> bool:
    """Set a limit of this process where that which it was begun with is no lower; whether it was set."""
    import resource

    begun_with, hard = BEGUN_WITH.setdefault(kind, resource.getrlimit(kind))
    if begun_with != resource.RLIM_INFINITY and begun_with <= wanted:
        return False
    with suppress(ValueError, OSError):  # not every system has each
        resource.setrlimit(kind, (wanted, hard))
    return True


BEGUN_WITH: dict[int, tuple[int, int]] = {}


@contextmanager
def heard() -> Iterator[list[str]]:
    """Collects what libraries say within the block: as warnings, in logs, or printed to standard error."""
    words: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: words.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    os.ftruncate(2, os.lseek(2, 0, os.SEEK_SET))
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield words
            words.extend(str(one.message) for one in caught if not issubclass(one.category, UNSAID))
    finally:
        logging.getLogger().removeHandler(handler)
    sys.stderr.flush()
    printed = os.pread(2, os.fstat(2).st_size, 0).decode("utf-8", "replace")
    words.extend(line.strip() for line in printed.splitlines() if line.strip("\0 \t"))
    words[:] = dict.fromkeys(words)


def reply(wire: socket.socket, packed: Packed) -> None:
    """Hand back what became of a request, in a file that both processes hold in memory."""
    tree = packed.tree.encode("utf-8", "surrogatepass")
    file = anonymous_file("answer")
    start = LENGTH_BYTES + len(tree)
    for part in (len(tree).to_bytes(LENGTH_BYTES, "big"), tree, bytes(-start % LENGTH_BYTES), packed.block):
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(file, rest) :]
    socket.send_fds(wire, [b"."], [file])
    os.close(file)
