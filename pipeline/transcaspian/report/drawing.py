"""The pictures of a run, drawn by this process and by one beside it: matplotlib holds the interpreter while it draws.

The other process is begun by `exec`, so that threads of this one do no harm, and loads its libraries while the run is
still put together. Both take the next picture from one queue. What the other has not drawn, whatever became of it, is
drawn here: so there is one way for a picture to fail.
"""

from __future__ import annotations

import io
import mmap
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from transcaspian.core.codec import ALIGNMENT, Packed, pack, unpack
from transcaspian.core.disk import anonymous_file
from transcaspian.core.reading import begins_processes, command_beside
from transcaspian.report.pictures import Draw, pictures

TURN_BYTES = 4
"""Of the number of a picture in the queue."""


class Drawing:
    """The process that draws beside this one, and what leads to it.

    Raises
    ------
    OSError
        When no process can be begun.
    """

    def __init__(self) -> None:
        self.file = anonymous_file("pictures")  # what is to be drawn, and behind it the pictures
        self.turns, self.turns_in = os.pipe()
        try:
            self.process = subprocess.Popen(
                command_beside(__name__, self.file, self.turns),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(self.file, self.turns),
            )
        except OSError:
            self.forget()
            raise

    def begin(self, shown: Mapping[str, Any], count: int) -> None:
        """Hand over what `pictures` is called with, and put the number of each picture into the queue."""
        packed = pack(shown)
        tree = packed.tree.encode()
        tree += b" " * (-len(tree) % ALIGNMENT)
        for part in (tree, packed.block):
            rest = memoryview(part)
            while rest:
                rest = rest[os.write(self.file, rest) :]
        os.write(self.turns_in, b"".join(number.to_bytes(TURN_BYTES, "big") for number in range(count)))
        os.close(self.turns_in)
        self.turns_in = -1
        with suppress(BrokenPipeError):
            self.tell(f"{len(tree)}\n".encode())

    def tell(self, line: bytes) -> None:
        """Say a line to the process."""
        assert self.process.stdin is not None
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def turn(self) -> int | None:
        """The number of the next picture that neither process has begun; None where there is none."""
        return next_turn(self.turns)

    def drawn(self) -> tuple[int, bytes] | None:
        """The next picture that the other process drew, with its number; None where it will draw no more."""
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        if not words:
            return None
        number, start, length = map(int, words)
        return number, os.pread(self.file, length, start)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        with suppress(BrokenPipeError):
            self.process.communicate()
        self.forget()

    def forget(self) -> None:
        """Let go of what leads to the process."""
        for descriptor in (self.file, self.turns, self.turns_in):
            if descriptor >= 0:
                os.close(descriptor)


@contextmanager
def drawing_beside(systems: int) -> Iterator[Drawing | None]:
    """A process that draws within the block; None where this machine has no core, or no room, for one.

    The pictures of one system are drawn before a process could have loaded what it draws with.
    """
    process = None
    if systems > 1 and begins_processes() and (os.cpu_count() or 1) > 1:
        with suppress(OSError):
            process = Drawing()
    try:
        yield process
    finally:
        if process is not None:
            process.end()


def shared_pictures(
    wanted: Mapping[str, Draw], beside: Drawing | None, shown: Mapping[str, Any]
) -> Mapping[str, Callable[[Path], None]]:
    """What writes each picture, by the relative name of its file.

    Parameters
    ----------
    wanted
        What draws each in this process.
    beside
        Draws some of them, from now on; None: all are drawn when they are written.
    shown
        What `pictures` was called with.
    """
    if beside is None:
        return wanted
    beside.begin(shown, len(wanted))
    shared = SharedPictures(beside, list(wanted.values()))
    return {name: partial(shared.write, number=number) for number, name in enumerate(wanted)}


class SharedPictures:
    """The pictures of a run, each drawn by the process that takes it from the queue."""

    def __init__(self, beside: Drawing, wanted: Sequence[Draw]) -> None:
        self.beside = beside
        self.wanted = wanted
        self.there: dict[int, bytes] = {}

    def write(self, path: Path, number: int) -> None:
        """Write one of them, by its place among all."""
        while number not in self.there:
            if (turn := self.beside.turn()) is not None:
                self.there[turn] = drawn_by(self.wanted[turn])
            elif (drawn := self.beside.drawn()) is not None:
                self.there[drawn[0]] = drawn[1]
            else:
                self.there[number] = drawn_by(self.wanted[number])
        path.write_bytes(self.there.pop(number))


def drawn_by(draw: Draw) -> bytes:
    """A picture as bytes of a file."""
    file = io.BytesIO()
    draw(file)
    return file.getvalue()


def next_turn(turns: int) -> int | None:
    """The next number in the queue, which each process reads alone; None where it is empty."""
    number = os.read(turns, TURN_BYTES)
    return int.from_bytes(number, "big") if number else None


def main(file: int, turns: int) -> None:
    """Draw for another process until the queue is empty: the other side of `Drawing`."""
    from transcaspian.core.reading_process import end_with, spare_memory_of_others

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks ends this one
    tree = int(sys.stdin.buffer.readline() or -1)
    if tree < 0:
        return
    end_with(sys.stdin.fileno())
    spare_memory_of_others()
    memory = memoryview(mmap.mmap(file, 0, access=mmap.ACCESS_COPY))
    wanted = list(pictures(**unpack(Packed(str(memory[:tree], "utf-8"), memory[tree:]))).values())
    end = len(memory)
    while (number := next_turn(turns)) is not None:
        picture = drawn_by(wanted[number])
        os.pwrite(file, picture, end)
        print(number, end, len(picture), flush=True)
        end += len(picture)
