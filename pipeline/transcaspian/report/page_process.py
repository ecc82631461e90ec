"""The pictures and lists of a run, made by this process and by one beside it: both take the interpreter whole.

The other process is begun by `exec`, so that threads of this one do no harm, and loads its libraries while the run is
still put together. Both take the next page from one queue, and write and verify it where it is to be. What the other
has not finished, whatever became of it, is made here: so there is one way for a page to fail.
"""

from __future__ import annotations

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
from transcaspian.export.write import list_pages, unverified
from transcaspian.report.pictures import pictures

TURN_BYTES = 4
"""Of the number of a page in the queue."""
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

    def begin(self, folder: Path, shown: Mapping[str, Any], names: Sequence[str]) -> None:
        """Hand over the folder of the run, what `pages` is called with, and which of them are in the queue."""
        packed = pack({"folder": str(folder.resolve()), "shown": shown, "names": list(names)})
        tree = packed.tree.encode()
        tree += b" " * (-len(tree) % ALIGNMENT)
        for part in (tree, packed.block):
            rest = memoryview(part)
            while rest:
                rest = rest[os.write(self.file, rest) :]
        os.write(self.turns_in, b"".join(number.to_bytes(TURN_BYTES, "big") for number in range(len(names))))
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
        """The number of the next page that neither process has begun; None where there is none."""
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
    """What writes each picture and each Route Position List, by the relative name of its file.

    Parameters
    ----------
    shown
        ``pictures``: what `pictures` is called with, with the routes that have the lists; ``created_utc``: the date
        that is printed on these.
    """
    drawn = shown["pictures"]
    rpls = (route.rpl for route in drawn["routes"].values())
    return {**pictures(**drawn), **list_pages(rpls, shown["created_utc"])}


def shared_pages(folder: Path, shown: Mapping[str, Any], beside: PageProcess | None) -> Mapping[str, Write]:
    """`pages` of which another process makes some.

    Parameters
    ----------
    folder
        Of the run; the pages are asked for under the names that `unverified` gives there.
    shown
        As in `pages`.
    beside
        Makes some of them, from now on; None: all are made when they are asked for.
    """
    wanted = pages(shown)
    if beside is None:
        return wanted
    beside.begin(folder, shown, list(wanted))
    shared = SharedPages(folder, wanted, beside)
    return {name: partial(shared.write, number=number) for number, name in enumerate(wanted)}


class SharedPages:
    """The pages of a run, each made by the process that takes it from the queue."""

    def __init__(self, folder: Path, wanted: Mapping[str, Write], beside: PageProcess) -> None:
        self.folder = folder
        self.wanted = list(wanted.items())
        self.beside = beside
        self.there: set[int] = set()

    def write(self, path: Path, number: int) -> None:
        """See that one of them is at its path, by its place among all."""
        while number not in self.there:
            if (turn := self.beside.turn()) is not None:
                self.make(turn)
            elif (finished := self.beside.finished()) is not None:
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


def main(file: int, turns: int) -> None:
    """Make pages for another process until the queue is empty: the other side of `PageProcess`."""
    from transcaspian.core.reading_process import end_with, spare_memory_of_others

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks ends this one
    tree = int(sys.stdin.buffer.readline() or -1)
    if tree < 0:
        return
    end_with(sys.stdin.fileno())
    spare_memory_of_others()
    memory = memoryview(mmap.mmap(file, 0, access=mmap.ACCESS_COPY))
    given = unpack(Packed(str(memory[:tree], "utf-8"), memory[tree:]))
    wanted = pages(given["shown"])
    while (number := next_turn(turns)) is not None:
        name = given["names"][number]
        make_page(Path(given["folder"]), name, wanted[name])
        print(number, flush=True)
