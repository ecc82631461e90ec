"""The parts of the sections of a page: charts with their keys, tables, and figures, in the order they are read."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET

import numpy as np
from markupsafe import Markup
from numpy.typing import ArrayLike

from transcaspian.core.styles import Dash, Symbol
from transcaspian.core.svg import as_html, element
from transcaspian.report.page.chart_map import MARKS
from transcaspian.report.page.content import Table

KEY_WIDTH, KEY_HEIGHT = 34, 14


@dataclass(frozen=True)
class Key:
    """An entry of a legend: what it looks like, and what that means."""

    drawn: ET.Element
    title: str

    @property
    def svg(self) -> Markup:
        """As it stands in the page."""
        return Markup(as_html(self.drawn))


@dataclass(frozen=True)
class Picture:
    """A chart or a map.

    Attributes
    ----------
    is_wide
        Whether it keeps a width at which its letters can be read, and scrolls inside its frame on a small screen.
    """

    title: str
    drawn: ET.Element
    keys: tuple[Key, ...] = ()
    note: str = ""
    status: str = "DERIVED"
    is_wide: bool = True

    @property
    def svg(self) -> Markup:
        """As it stands in the page."""
        return Markup(as_html(self.drawn))


@dataclass(frozen=True)
class Block:
    """A part of a section: pictures side by side, or a table, which may be folded away."""

    pictures: tuple[Picture, ...] = ()
    table: Table | None = None
    is_folded: bool = False


@dataclass(frozen=True)
class Section:
    """A section of a page: the first block stands before the appendix, all others in it.

    One whose first block is empty stands in the appendix alone.
    """

    id: str
    title: str
    lead: str
    blocks: tuple[Block, ...]

    @property
    def is_first(self) -> bool:
        """Whether anything of it stands before the appendix."""
        return bool(self.blocks[0].pictures or self.blocks[0].table)


def key_of_line(title: str, colour: str, dash: Dash = "solid", width: float = 2.5, opacity: float = 1.0) -> Key:
    """A line."""
    drawn = swatch()
    element(
        drawn, "line", x1=1, x2=KEY_WIDTH - 1, y1=KEY_HEIGHT / 2, y2=KEY_HEIGHT / 2, stroke=colour,
        stroke_width=f"{width:g}", stroke_opacity=f"{opacity:g}", class_=f"line {dash}",
    )  # fmt: skip
    return Key(drawn, title)


def key_of_mark(title: str, symbol: Symbol, *, is_hollow: bool = False) -> Key:
    """A mark."""
    drawn = swatch()
    draw_mark(drawn, (KEY_WIDTH / 2, KEY_HEIGHT / 2), symbol, 5.5, is_hollow=is_hollow)
    return Key(drawn, title)


def key_of_fill(title: str, colour: str) -> Key:
    """A filled area."""
    drawn = swatch()
    element(drawn, "rect", x=1, y=1, width=KEY_WIDTH - 2, height=KEY_HEIGHT - 2, fill=colour, stroke="#333333")
    return Key(drawn, title)


def swatch() -> ET.Element:
    """An empty entry."""
    return element(None, "svg", viewBox=f"0 0 {KEY_WIDTH} {KEY_HEIGHT}", class_="key", aria_hidden="true")


def draw_mark(
    parent: ET.Element, at: ArrayLike, symbol: Symbol, radius: float, *, is_hollow: bool = False, title: str = ""
) -> ET.Element:
    """A mark at a place (x, y) of a chart; hollow: only its edge has the colour."""
    x, y = np.asarray(at, float)
    place = element(parent, "g", transform=f"translate({x:.2f},{y:.2f})")
    ink = {"fill": "#ffffff", "stroke": symbol.colour} if is_hollow else {"fill": symbol.colour, "stroke": "#ffffff"}
    mark = element(place, "path", d=MARKS[symbol.marker](radius), stroke_width=1.8 if is_hollow else 0.8, **ink)
    if title:
        element(mark, "title", title)
    return place
