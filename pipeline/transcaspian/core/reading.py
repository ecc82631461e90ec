"""The one way in for files: each is read in a process of its own, within limits of memory and time.

Readers stand on libraries in C and C++ (GDAL, PROJ, GEOS, HDF5). Whatever happens there (an exception, a crash, a
hang, all the memory) is one sentence here, with the file, the layer and the place; and what these libraries warn of
comes with the value. The process is begun by `exec` when the first file is read, so that threads of this one do no
harm. It reads one file after another, imports what its readers need and nothing of what computes, and ends when it has
had nothing to do for a while, or with this process, however that ends. Values come back in shared memory, as
`transcaspian.core.codec` packs them: nothing that could be executed.

On Windows files are read in this process, without these limits; the rest is the same.
"""

from __future__ import annotations

import atexit
import json
import math
import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from transcaspian.core import errors, reading_place
from transcaspian.core.codec import Packed, pack, unpack
from transcaspian.core.disk import anonymous_file
from transcaspian.core.errors import IngestError, StarvedError, TranscaspianError
from transcaspian.core.interrupt import check_interrupted

Value = TypeVar("Value")

SIZED_MB = 100.0
"""Reading may take the time of its limit for each of these, or a part of it."""
POLL_S = 0.2
LENGTH_BYTES = 8
WORDS_BYTES = 2000
"""How much is looked at of what a process printed before it died."""
GOODBYE_S = 5.0
"""How long a process may take to end that has closed the connection."""
READERS = ("transcaspian.ingest.layer_reader", "transcaspian.ingest.seabed_reader")
"""Modules that read the sources of a study."""
ROOT = Path(__file__).parents[2]
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Of the readers none multiplies matrices, and each thread of BLAS would take address space."""
REMEDY = "It may be damaged: write it again (ogr2ogr, gdal_translate), or give another file"


@dataclass(frozen=True)
class ReadingLimits:
    """What reading one file may take: seconds for each 100 MB of it, and megabytes of memory."""

    max_s: float = 120.0
    max_mb: float = 8_000.0


@dataclass(frozen=True)
class Reading(Generic[Value]):
    """A file to be read.

    Attributes
    ----------
    reader
        A function of a module, which imports what it reads with when it is called.
    arguments
        What it is called with: plain values, paths and value classes of ours.
    layer
        For messages.
    fault, remedy
        What is raised when the file cannot be read, and what can be done then.
    """

    reader: Callable[..., Value]
    path: Path
    arguments: tuple[Any, ...]
    layer: str | None = None
    limits: ReadingLimits = ReadingLimits()
    fault: type[TranscaspianError] = IngestError
    remedy: str = REMEDY

    @property
    def max_s(self) -> float:
        """What reading it may take, by its size."""
        size_mb = self.path.stat().st_size / 1e6 if self.path.is_file() else 0.0
        return self.limits.max_s * max(math.ceil(size_mb / SIZED_MB), 1)

    def failed(self, place: str, reason: str, remedy: str = "") -> TranscaspianError:
        """One sentence on what the file did to its reader."""
        layer = f", layer {self.layer}" if self.layer else ""
        return self.fault(f"{self.path}{layer}{f', {place}' if place else ''}: {reason}. {remedy or self.remedy}")

    def unforeseen(self, place: str, kind: str, text: str) -> TranscaspianError:
        """One sentence on an exception that no reader expected."""
        told = " ".join(text.split())
        return self.failed(place, f"it cannot be read ({kind}{f': {told}' if told else ''})")


@dataclass(frozen=True)
class Answer(Generic[Value]):
    """What was read, and what the libraries warned of meanwhile, each once."""

    value: Value
    warnings: tuple[str, ...]


def read(reading: Reading[Value]) -> Answer[Value]:
    """Read a file in the process that reads.

    Raises
    ------
    TranscaspianError
        What the reader says of the file; or one sentence on what became of the reader.
    """
    if not begins_processes():
        return read_here(reading)
    with _LOCK:
        answer = None
        while answer is None:  # a process that had nothing to do may be leaving when it is asked
            answer = _process().ask(reading)
        return answer


def prepare(*modules: str) -> None:
    """Let the process that reads load modules, while this one does something else."""
    if begins_processes():
        with _LOCK, suppress(OSError):
            _process().send({"load": modules})


def read_here(reading: Reading[Value]) -> Answer[Value]:
    """Read a file in this process."""
    reading_place.at("")
    try:
        with warnings.catch_warnings(record=True) as heard:
            value = reading.reader(*reading.arguments)
    except Exception as exc:
        if isinstance(exc, TranscaspianError | MemoryError):
            raise
        raise reading.unforeseen(reading_place.shown(), type(exc).__name__, str(exc)) from exc
    return Answer(value, tuple(dict.fromkeys(str(one.message) for one in heard)))


class ReadingProcess:
    """The process that reads, and the connection to it.

    Raises
    ------
    StarvedError
        When the machine has no room for another process.
    """

    def __init__(self) -> None:
        self.wire, theirs = socket.socketpair()
        life, self.life = os.pipe()  # nothing is written to it: its end tells the other side that this process is gone
        place, self.words = anonymous_file("place"), anonymous_file("words")
        os.ftruncate(place, reading_place.SIZE)
        self.place = mmap.mmap(place, reading_place.SIZE)
        try:
            self.process = subprocess.Popen(
                command_beside("transcaspian.core.reading_process", life, place),
                stdin=theirs.fileno(),
                stdout=self.words,
                stderr=self.words,
                pass_fds=(life, place),
                env={**os.environ, **ONE_THREAD},
            )
        except OSError as exc:
            raise StarvedError(
                f"no process can be begun to read files in: {exc.strerror}. Give the command more"
            ) from exc
        finally:
            theirs.close()
            os.close(life)
            os.close(place)

    def ask(self, reading: Reading[Value]) -> Answer[Value] | None:
        """Have a file read; None: the process had nothing to do and was leaving.

        Raises
        ------
        TranscaspianError
            As of `read`.
        """
        max_s = reading.max_s
        request = {
            "reader": f"{reading.reader.__module__}:{reading.reader.__qualname__}",
            "arguments": pack(reading.arguments).tree,
            "max_mb": reading.limits.max_mb,
            "max_s": max_s,
        }
        try:
            self.send(request)
            file = self.receive(time.monotonic() + max_s)
        except TimeoutError:
            self.end()
            raise self.too_slow(reading, max_s) from None
        except ConnectionError:
            file = None
        except BaseException:
            self.end()
            raise
        if file is not None:
            return self.answer(reading, file)
        code = self.end(GOODBYE_S)
        if code == 0:
            return None
        raise self.death(reading, code, max_s)

    def send(self, request: dict[str, Any]) -> None:
        """Hand over a request."""
        data = json.dumps(request).encode()
        self.wire.settimeout(None)
        self.wire.sendall(len(data).to_bytes(LENGTH_BYTES, "big") + data)

    def receive(self, deadline_s: float) -> int | None:
        """The file with the answer; None where the process ended.

        Raises
        ------
        TimeoutError
            When neither happens in time.
        """
        self.wire.settimeout(POLL_S)
        while time.monotonic() < deadline_s:
            check_interrupted()
            with suppress(TimeoutError):
                files = socket.recv_fds(self.wire, 1, 1)[1]
                return files[0] if files else None
        raise TimeoutError

    def answer(self, reading: Reading[Value], file: int) -> Answer[Value]:
        """What stands in the file of an answer; the arrays of the value share its memory."""
        try:
            memory = memoryview(mmap.mmap(file, 0, access=mmap.ACCESS_COPY))
        finally:
            os.close(file)
        start = LENGTH_BYTES + int.from_bytes(memory[:LENGTH_BYTES], "big")
        found = unpack(Packed(str(memory[LENGTH_BYTES:start], "utf-8"), memory[start + -start % LENGTH_BYTES :]))
        if "value" in found:
            return Answer(found["value"], tuple(found["warnings"]))
        if found["error"] == "MemoryError":
            raise self.too_much_memory(reading) if found["is_ours"] else MemoryError(found["text"])
        known = getattr(errors, found["error"], None)
        cause, text = RuntimeError(found["trace"]), found["text"]
        text = " ".join(text.split()) if "\n" in text else text  # what a library says within may have several lines
        if isinstance(known, type) and issubclass(known, TranscaspianError):
            raise known(text) from cause
        raise reading.unforeseen(self.where, found["error"], text) from cause

    def death(self, reading: Reading[Any], code: int, max_s: float) -> TranscaspianError:
        """One sentence on what ended the process."""
        printed = os.pread(self.words, WORDS_BYTES, max(os.fstat(self.words).st_size - WORDS_BYTES, 0))
        if code == -signal.SIGXCPU:
            return self.too_slow(reading, max_s)
        if code == -signal.SIGKILL or b"bad_alloc" in printed or b"MemoryError" in printed:
            return self.too_much_memory(reading)
        what = signal.strsignal(-code) if code < 0 else f"exit code {code}"
        return reading.failed(self.where, f"a library crashed over it ({what})")

    def too_slow(self, reading: Reading[Any], max_s: float) -> TranscaspianError:
        """One sentence on a file that takes too long."""
        reason = f"it was not read within {max_s:g} s (limits.max_read_s for each {SIZED_MB:g} MB)"
        return reading.failed(self.where, reason, f"{reading.remedy}, or raise that key")

    def too_much_memory(self, reading: Reading[Any]) -> TranscaspianError:
        """One sentence on a file that takes too much."""
        reason = f"reading it takes more memory than limits.max_read_mb {reading.limits.max_mb:,.0f}, or than there is"
        return reading.failed(self.where, reason, "Cut it to the area, or raise that key")

    @property
    def where(self) -> str:
        """What it was reading."""
        return reading_place.shown(self.place)

    @property
    def is_there(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def end(self, patience_s: float = 0.0) -> int:
        """Its exit code, by which it ends now where it does not by itself."""
        try:
            return self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def forget(self) -> None:
        """Let go of what leads to it."""
        self.wire.close()
        os.close(self.life)
        os.close(self.words)


_LOCK = threading.RLock()
_current: ReadingProcess | None = None
_is_reader = False


def become_reader() -> None:
    """Let this process be the one that reads: what a reader opens on its way is then opened here."""
    global _is_reader
    _is_reader = True


def command_beside(module: str, *descriptors: int) -> list[str]:
    """What begins a process of this Python that calls ``main`` of a module of ours, found as here.

    Parameters
    ----------
    module
        With its package.
    descriptors
        What ``main`` takes: open files that the process is given.
    """
    begin = f"import sys, json; sys.path[:] = json.loads(sys.argv[1]); from {module} import main; "
    path = json.dumps([*filter(None, map(str, sys.path)), str(ROOT)])
    return [sys.executable, "-P", "-c", f"{begin}main(*map(int, sys.argv[2:]))", path, *map(str, descriptors)]


def begins_processes() -> bool:
    """Whether files are read, and pictures drawn, in processes beside this one."""
    # where Python is embedded in another program, as in some builds of QGIS, there is no interpreter to begin
    return os.name != "nt" and not _is_reader and "py" in Path(sys.executable or "").name.lower()


def _process() -> ReadingProcess:
    """The process that reads, begun where there is none."""
    global _current
    if _current is None or not _current.is_there:
        if _current is not None:
            _current.forget()
        _current = ReadingProcess()
    return _current


@atexit.register
def _end() -> None:
    if _current is not None:
        _current.end()


def _forget_after_fork() -> None:
    """A process that was forked off begins a process of its own, and does not keep that of its parent alive."""
    global _LOCK, _current
    _LOCK = threading.RLock()
    if _current is not None:
        _current.forget()
        _current.process.returncode = 0  # it is not this one's to wait for
        _current = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
