"""A chart of points that a curve leads through, some of them named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.styles import Symbol
from transcaspian.core.svg import element, path_data
from transcaspian.report.page.axes import BOTTOM, LEFT, RIGHT, TOP, chart, covering, draw_x_axis, draw_y_axis
from transcaspian.report.page.parts import draw_mark
from transcaspian.report.page.placing import Box, draw_names, place_names

WIDTH, HEIGHT = 520.0, 360.0
NAME_SIZE = 13.0
POINT = Symbol("#0072B2")
KNEE = Symbol("#D55E00", marker="square")


@dataclass(frozen=True)
class ChartPoint:
    """A point: its values, its mark with what is told of it, and the name beside it, if any.

    ``is_on_curve``: whether the curve leads through it.
    """

    id: str
    x: float
    y: float
    symbol: Symbol
    told: str
    name: str = ""
    radius: float = 6.0
    is_on_curve: bool = True


def points_svg(
    name: str, told: str, axes: tuple[str, str], points: Sequence[ChartPoint], *, y_from_zero: bool = False
) -> ET.Element:
    """The chart; the curve leads through its points in the order of x.

    Parameters
    ----------
    told
        What it shows, for who does not see it.
    axes
        What stands along x and along y.
    """
    x = covering([one.x for one in points], LEFT, WIDTH - RIGHT)
    y = covering([one.y for one in points], HEIGHT - BOTTOM, TOP, from_zero=y_from_zero)
    root = chart(name, told, WIDTH, HEIGHT)
    draw_x_axis(root, x, TOP, HEIGHT - BOTTOM, axes[0])
    draw_y_axis(root, y, LEFT, WIDTH - RIGHT, axes[1])
    places = np.array([(x.at(one.x), y.at(one.y)) for one in points]).reshape(-1, 2)
    line = places[[one.is_on_curve for one in points]]
    line = line[np.argsort(line[:, 0], kind="stable")]
    if len(line):
        element(root, "path", d=path_data(line), class_="curve")
    for one, place in zip(points, places, strict=True):
        draw_mark(root, place, one.symbol, one.radius, title=one.told).set("data-point", one.id)
    named = [number for number, one in enumerate(points) if one.name]
    if named:
        frame = Box(LEFT + 2, TOP - 10, WIDTH - 2, HEIGHT - BOTTOM - 2)
        placed = place_names(places[named], [points[number].name for number in named], NAME_SIZE, frame, along(line))
        draw_names(element(root, "g", class_="names"), placed, NAME_SIZE)
    return root


def along(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places along a line, close enough that a name does not slip between them; shape ``(n, 2)``."""
    if len(line) < 2:
        return line
    steps = np.linspace(0.0, len(line) - 1.0, 40 * len(line))
    return np.column_stack([np.interp(steps, np.arange(len(line)), line[:, k]) for k in (0, 1)])
