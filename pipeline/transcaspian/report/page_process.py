"""The pictures and lists of a run, made by this process and by one beside it: both take the interpreter whole.

The other process is begun by `exec`, so that threads of this one do no harm. It makes what shows routes alone while the
run is still put together. Both take the next page from one queue, and write and verify it where it is to be. What the
other has not finished, whatever became of it, is made here: so there is one way for a page to fail.
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from transcaspian.core.codec import ALIGNMENT, Packed, pack, unpack
from transcaspian.core.disk import anonymous_file
from transcaspian.core.reading import begins_processes, command_beside
from transcaspian.export.write import list_pages, unverified
from transcaspian.report.pictures import pictures

TURN_BYTES = 4
"""Of the number of a page in the queue."""
SIZES = struct.Struct("=QQ")
"""Before what is handed over: the bytes of its text and of its block."""
Write = Callable[[Path], None]
"""Writes a page to a path, and verifies it."""


class PageProcess:
    """The process that makes pages beside this one, and what leads to it.

    Raises
    ------
    OSError
        When no process can be begun.
    """

    def __init__(self) -> None:
        self.file = anonymous_file("pages")  # what goes into them
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

    def begin(self, folder: Path, shown: Mapping[str, Any], names: Mapping[int, str]) -> None:
        """Hand over the folder of the run and what `pages` is called with, and put pages, by number, into the queue."""
        packed = pack({"folder": str(folder.resolve()), "shown": shown, "names": list(names.values())})
        tree = packed.tree.encode()
        head = SIZES.pack(len(tree), len(packed.block)) + tree
        for part in (head, bytes(-len(head) % ALIGNMENT), packed.block, bytes(-len(packed.block) % ALIGNMENT)):
            rest = memoryview(part)
            while rest:
                rest = rest[os.write(self.file, rest) :]
        os.write(self.turns_in, b"".join(number.to_bytes(TURN_BYTES, "big") for number in names))

    def turn(self) -> int | None:
        """The number of the next page that neither process has begun; None where there is none, and will be none."""
        if self.turns_in >= 0:
            os.close(self.turns_in)
            self.turns_in = -1
        return next_turn(self.turns)

    def finished(self) -> int | None:
        """The number of the next page that the other process finished; None where it will finish no more."""
        assert self.process.stdout is not None
        return int(number) if (number := self.process.stdout.readline()) else None

    def end(self) -> None:
        """End the process, whatever it is doing."""
        if self.file >= 0:
            self.process.kill()
            with suppress(BrokenPipeError):
                self.process.communicate()
            self.forget()

    def forget(self) -> None:
        """Let go of what leads to the process."""
        for descriptor in (self.file, self.turns, self.turns_in):
            if descriptor >= 0:
                os.close(descriptor)
        self.file = self.turns = self.turns_in = -1


@contextmanager
def page_process(systems: int) -> Iterator[PageProcess | None]:
    """A process that makes pages within the block; None where this machine has no core, or no room, for one.

    The pages of one system are made before a process could have loaded what it makes them with.
    """
    process = None
    if systems > 1 and begins_processes() and (os.cpu_count() or 1) > 1:
        with suppress(OSError):
            process = PageProcess()
    with ending(process):
        yield process


@contextmanager
def ending(process: PageProcess | None) -> Iterator[None]:
    """The process ends with the block, and writes no more into a folder that is removed after it."""
    try:
        yield
    finally:
        if process is not None:
            process.end()


def pages(shown: Mapping[str, Any]) -> dict[str, Write]:
    """What writes each picture, and each Route Position List of the routes shown, by the relative name of its file.

    Parameters
    ----------
    shown
        ``pictures``: what `pictures` is called with; ``created_utc``: the date that is printed on lists.
    """
    drawn = shown["pictures"]
    rpls = (route.rpl for route in drawn.get("routes", {}).values())
    return {**pictures(**drawn), **list_pages(rpls, shown["created_utc"])}


class SharedPages:
    """The pages of a run, each made by the process that takes it from the queue.

    Parameters
    ----------
    folder
        Of the run; the pages are asked for under the names that `unverified` gives there.
    beside
        Makes some of them; None: all are made when they are asked for.
    """

    def __init__(self, folder: Path, beside: PageProcess | None) -> None:
        self.folder = folder
        self.beside = beside
        self.wanted: list[tuple[str, Write]] = []
        self.there: set[int] = set()

    def share(self, shown: Mapping[str, Any]) -> Mapping[str, Write]:
        """`pages`, some of which the other process makes from now on; to be called before any is asked for."""
        wanted = pages(shown)
        if self.beside is None:
            return wanted
        numbers = range(len(self.wanted), len(self.wanted) + len(wanted))
        self.wanted += wanted.items()
        self.beside.begin(self.folder, shown, dict(zip(numbers, wanted, strict=True)))
        return {
            name: partial(self.write, number=number, beside=self.beside)
            for name, number in zip(wanted, numbers, strict=True)
        }

    def write(self, path: Path, number: int, beside: PageProcess) -> None:
        """See that one of them is at its path, by its place among all."""
        while number not in self.there:
            if (turn := beside.turn()) is not None:
                self.make(turn)
            elif (finished := beside.finished()) is not None:
                self.there.add(finished)
            else:
                self.make(number)

    def make(self, number: int) -> None:
        """Make one of them here."""
        make_page(self.folder, *self.wanted[number])
        self.there.add(number)


def make_page(folder: Path, name: str, write: Write) -> None:
    """Write a page under the name that it has until all of the run is written."""
    path = unverified(folder / name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path)


def next_turn(turns: int) -> int | None:
    """The next number in the queue, which each process reads alone; None where it is empty."""
    number = os.read(turns, TURN_BYTES)
    return int.from_bytes(number, "big") if number else None


def handed_over(file: int) -> Iterator[list[tuple[Path, str, Write]]]:
    """The folder of the run, with name and writer of each page, once for each time that pages were begun."""
    start = 0
    while True:
        memory = memoryview(mmap.mmap(file, 0, access=mmap.ACCESS_COPY))[start:]
        text, block = SIZES.unpack_from(memory)
        tree = str(memory[SIZES.size : SIZES.size + text], "utf-8")
        begin = SIZES.size + text + -(SIZES.size + text) % ALIGNMENT
        given = unpack(Packed(tree, memory[begin : begin + block]))
        made = pages(given["shown"])
        yield [(Path(given["folder"]), name, made[name]) for name in given["names"]]
        start += begin + block + -block % ALIGNMENT


def main(file: int, turns: int) -> None:
    """Make pages for another process until the queue is closed and empty: the other side of `PageProcess`."""
    from transcaspian.core.reading_process import end_with, spare_memory_of_others

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks ends this one
    end_with(sys.stdin.fileno())
    spare_memory_of_others()
    begun, wanted = handed_over(file), list[tuple[Path, str, Write]]()
    while (number := next_turn(turns)) is not None:
        while number >= len(wanted):
            wanted += next(begun)
        make_page(*wanted[number])
        print(number, flush=True)
