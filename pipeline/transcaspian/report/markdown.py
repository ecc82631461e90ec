"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join(lines_of(headings, rows)) + "\n"


def lines_of(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Its lines; a bar inside a cell is escaped."""
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
