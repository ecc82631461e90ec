"""Standard output and error, whatever they are: closed, full, a pipe that is not read to its end, any encoding.

A command does its work to the end and with its own exit code; what cannot be shown is let go.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import click

from transcaspian.cli.options import EXIT_BAD_INPUT
from transcaspian.core.environment import lead_nowhere


class Outlet(io.FileIO):
    """A descriptor that is written to for as long as it can be, and then leads to nowhere.

    Attributes
    ----------
    fault
        Why it could not be written to, unless its reader had enough.
    """

    fault: OSError | None = None

    def write(self, data: object) -> int:
        """Write some of the bytes."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError as exc:
            if exc.errno != errno.EPIPE:
                self.fault = exc
            lead_nowhere(self.fileno())
            return super().write(data)  # type: ignore[arg-type]


@contextmanager
def any_streams() -> Iterator[None]:
    """Within the block both streams can be printed to; afterwards lost output is told.

    Raises
    ------
    SystemExit
        With exit code 2, where all was well but for standard output.
    """
    sys.stdout, out = _outlet(sys.stdout, 1)
    sys.stderr, _ = _outlet(sys.stderr, 2)
    code: object = 0
    try:
        yield
    except SystemExit as exc:
        code = exc.code
        raise
    finally:
        sys.stdout.flush()
        if out is not None and out.fault is not None:
            click.echo(f"error: standard output is not whole ({out.fault.strerror}); the rest was done", err=True)
            if not code:
                sys.exit(EXIT_BAD_INPUT)


def _outlet(stream: TextIO | None, number: int) -> tuple[TextIO, Outlet | None]:
    """The stream through an `Outlet`, where it is one of this process to a file, a pipe or a terminal."""
    if stream is None:  # it was closed when the process began
        return open(os.devnull, "w", encoding="utf-8"), None
    if not isinstance(stream, io.TextIOWrapper):
        return stream, None
    stream.reconfigure(errors="backslashreplace")
    raw = getattr(stream.buffer, "raw", stream.buffer)
    if type(raw) is not io.FileIO or raw.fileno() != number:
        return stream, None
    stream.flush()
    outlet = Outlet(number, "wb", closefd=False)
    return (
        io.TextIOWrapper(
            outlet if raw is stream.buffer else io.BufferedWriter(outlet),
            stream.encoding,
            "backslashreplace",
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        ),
        outlet,
    )
