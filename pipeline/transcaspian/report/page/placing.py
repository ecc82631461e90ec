"""Where names stand beside what they name, so that no two of them, and no mark and name, lie on each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.svg import element
from transcaspian.report.page.axes import wrapped

Anchor = Literal["start", "middle", "end"]
Floats = NDArray[np.float64]

DISTANCES = (10.0, 18.0, 28.0, 40.0, 55.0, 75.0, 100.0, 130.0)
DIRECTIONS = 16
LEADER_FROM = 20.0
"""A name farther away than this is joined to its place by a line."""
MARK = 7.0
"""Half the side of what a mark takes."""
ASCENT, DESCENT = 0.85, 0.3
"""Of a letter, in sizes of the letters."""
WIDTH_OF_LETTER, LINE = 0.68, 1.15
MAX_LETTERS = 18
"""In a line."""
CLASH = 1000.0
"""How bad it is to lie on something: worse than any way to stand clear of it."""


@dataclass(frozen=True)
class Box:
    """What a text covers, in the units of its drawing."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two share anything."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, places: Floats) -> int:
        """How many places lie inside, of shape ``(n, 2)``."""
        x, y = places.T
        return int(((x > self.left) & (x < self.right) & (y > self.top) & (y < self.bottom)).sum())


@dataclass(frozen=True)
class Placed:
    """A name: its lines, where the first begins or ends, what they cover, and the place that they name.

    ``is_clear``: it lies on no other name and no mark, and inside its frame.
    """

    lines: tuple[str, ...]
    x: float
    y: float
    anchor: Anchor
    box: Box
    of: tuple[float, float]
    is_clear: bool = True

    @property
    def is_far(self) -> bool:
        """Whether it needs a line to what it names."""
        left, right = max(self.box.left - self.of[0], 0.0), max(self.of[0] - self.box.right, 0.0)
        above, below = max(self.box.top - self.of[1], 0.0), max(self.of[1] - self.box.bottom, 0.0)
        return float(np.hypot(left + right, above + below)) > LEADER_FROM


def place_names(
    places: Floats,
    names: Sequence[str],
    size: float,
    frame: Box,
    lines: Floats | None = None,
    taken: Sequence[Box] = (),
) -> list[Placed]:
    """Names beside their places, in the order given; the most crowded places choose first.

    Parameters
    ----------
    places
        Shape ``(n, 2)``, units of the drawing; each has a mark that no name may cover.
    frame
        What a name may not leave.
    lines
        Places on lines that names should rather not cover, shape ``(m, 2)``.
    taken
        What is covered by something else.
    """
    marks = [Box(x - MARK, y - MARK, x + MARK, y + MARK) for x, y in places]
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) + np.diag(np.full(len(places), np.inf))
    found: dict[int, Placed] = {}
    for number in np.argsort(apart.min(axis=1) if len(places) > 1 else np.zeros(len(places)), kind="stable"):
        others = [*marks, *taken, *(one.box for one in found.values())]
        ways = [
            _way(names[number], places[number], size, distance, 2 * np.pi * turn / DIRECTIONS)
            for distance in DISTANCES
            for turn in range(DIRECTIONS)
        ]
        best = min(ways, key=lambda one: _badness(one, others, frame, lines))
        found[int(number)] = replace(best, is_clear=_badness(best, others, frame, None) < CLASH)
    return [found[number] for number in range(len(places))]


def _way(text: str, of: Floats, size: float, distance: float, angle: float) -> Placed:
    """A name at a distance from its place, in a direction from east on, clockwise as y grows downwards."""
    right, down = np.cos(angle), np.sin(angle)
    anchor: Anchor = "middle" if abs(right) < 0.3 else "start" if right > 0 else "end"
    lines = tuple(wrapped(text, MAX_LETTERS))
    more = (len(lines) - 1) * LINE * size
    x, y = float(of[0] + distance * right), float(of[1] + distance * down)
    y += size * ASCENT if down > 0.3 else -more if down < -0.3 else 0.35 * size - more / 2
    width = WIDTH_OF_LETTER * size * max(len(line) for line in lines)
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * width
    box = Box(left, y - ASCENT * size, left + width, y + more + DESCENT * size)
    return Placed(lines, x, y, anchor, box, (float(of[0]), float(of[1])))


def _badness(one: Placed, others: Sequence[Box], frame: Box, lines: Floats | None) -> float:
    """How badly a name stands there: on others or outside worst, then on lines, then far away."""
    clashes = sum(one.box.meets(other) for other in others)
    outside = (
        one.box.left < frame.left
        or one.box.top < frame.top
        or one.box.right > frame.right
        or one.box.bottom > frame.bottom
    )
    covered = 0 if lines is None else one.box.holds(lines)
    away = np.hypot(one.x - one.of[0], one.y - one.of[1])
    return float(CLASH * clashes + 3 * CLASH * outside + 4.0 * min(covered, 12) + away)


def draw_names(group: ET.Element, placed: Sequence[Placed], size: float) -> None:
    """The names, and lines to what they name where that is far."""
    for one in placed:
        if one.is_far:
            x = float(np.clip(one.of[0], one.box.left, one.box.right))
            y = float(np.clip(one.of[1], one.box.top, one.box.bottom))
            element(
                group, "line", x1=f"{one.of[0]:.1f}", y1=f"{one.of[1]:.1f}", x2=f"{x:.1f}", y2=f"{y:.1f}",
                class_="leader",
            )  # fmt: skip
    for one in placed:
        for number, line in enumerate(one.lines):
            y = one.y + number * LINE * size
            element(group, "text", line, x=f"{one.x:.1f}", y=f"{y:.1f}", text_anchor=one.anchor)
