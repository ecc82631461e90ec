"""What a chapter consists of: plain values, so that chapters know nothing of any file format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from transcaspian.report.page.content import Table

Look = Literal["body", "note", "bullet", "number", "quote", "code"]


@dataclass(frozen=True)
class Run:
    """A piece of text that is alike; ``link``: an address that it leads to."""

    text: str
    is_bold: bool = False
    is_italic: bool = False
    is_code: bool = False
    link: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading inside a chapter; ``level`` 2 is the first below its title."""

    text: str
    level: int = 2
    on_new_page: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``depth`` counts lists inside lists from 0."""

    runs: tuple[Run, ...]
    look: Look = "body"
    depth: int = 0


@dataclass(frozen=True)
class Figure:
    """A picture with its caption.

    Attributes
    ----------
    is_wide
        Whether it needs a page in landscape.
    max_height_mm
        None: as the page has room for.
    """

    path: Path
    caption: str
    is_wide: bool = False
    max_height_mm: float | None = None


@dataclass(frozen=True)
class TableBlock:
    """A table with its caption: the title of the table, with the status of its figures.

    Attributes
    ----------
    is_wide
        Whether it needs a page in landscape, whatever the number of its columns.
    """

    table: Table
    is_wide: bool = False


Block = Heading | Paragraph | Figure | TableBlock


@dataclass(frozen=True)
class Chapter:
    """A chapter: its id, by which texts of a client find it, its title, and what it has."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    is_appendix: bool = False


def said(text: str, look: Look = "body") -> Paragraph:
    """A paragraph of one piece."""
    return Paragraph((Run(text),), look)


def bullets(*texts: str) -> Iterator[Paragraph]:
    """A list."""
    return (said(text, "bullet") for text in texts)
