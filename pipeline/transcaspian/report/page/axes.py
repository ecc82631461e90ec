"""Axes of a chart as SVG: where a value stands, its round ticks with their names, and the frame they make."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from transcaspian.core.svg import element, path_data

LEFT, RIGHT, TOP, BOTTOM = 74.0, 18.0, 16.0, 46.0
"""Room around the frame of a chart, for its ticks and their names."""
ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
LETTER = 7.4
"""What a letter of a chart takes in width, at most."""
BAR, TICK = 20.0, 6.0
"""Height of a bar that has parts, and half that of the ends of a whisker."""
DARK = {"#D55E00", "#8c510a", "#0072B2", "#009E73", "#111111"}
"""Colours that a text stands on in white."""


@dataclass(frozen=True)
class Scale:
    """From values to units of a chart; ``start`` is where ``low`` stands."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def at(self, value: float) -> float:
        """Where a value stands."""
        low, high, place = (math.log(one) if self.is_log else one for one in (self.low, self.high, value))
        return self.start + (place - low) / (high - low) * (self.end - self.start)

    def ticks(self, parts: int = 5) -> list[float]:
        """Round values inside the scale, about so many."""
        if self.is_log:
            return log_ticks(self.low, self.high)
        step = round_step((self.high - self.low) / parts)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


def round_step(length: float) -> float:
    """The least round length that is not under this one."""
    power = 10.0 ** math.floor(math.log10(length))
    return next(one * power for one in ROUND if one * power >= length * (1 - 1e-9))


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of every power of ten, or those powers alone where there are many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ones = (1.0, 2.0, 5.0) if math.log10(high / low) <= 3 else (1.0,)
    return [one * 10.0**power for power in powers for one in ones if low * 0.999 <= one * 10.0**power <= high * 1.001]


def covering(values: Iterable[float], start: float, end: float, *, from_zero: bool = False, parts: int = 5) -> Scale:
    """A scale with round ends that holds all values, with some room."""
    given = [float(value) for value in values if math.isfinite(value)]
    low, high = (min(given), max(given)) if given else (0.0, 1.0)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high <= low:
        low, high = (low, low + 1.0) if from_zero else (low - 0.5, low + 0.5)
    room = 0.04 * (high - low)
    low, high = low - (0 if from_zero and low == 0 else room), high + room
    step = round_step((high - low) / parts)
    return Scale(math.floor(low / step) * step, math.ceil(high / step) * step, start, end)


def figure(value: float) -> str:
    """A tick as it is read.

    >>> figure(0.30000000000000004), figure(-2500.0)
    ('0.3', '−2,500')
    """
    return f"{value:,.10g}".replace("-", "\u2212")


def chart(name: str, told: str, width: float, height: float) -> ET.Element:
    """An empty chart, with what it shows for who does not see it."""
    root = element(
        None, "svg", viewBox=f"0 0 {width:g} {height:g}", role="img", class_="chart-svg", id=name,
        aria_labelledby=f"{name}-title",
    )  # fmt: skip
    element(root, "title", told, id=f"{name}-title")
    return root


def draw_x_axis(root: ET.Element, x: Scale, top: float, bottom: float, title: str, parts: int = 5) -> None:
    """Ticks of the values along the foot of a chart, with their lines up to its head, and what they are."""
    for value in x.ticks(parts):
        place = f"{x.at(value):.2f}"
        element(root, "line", x1=place, x2=place, y1=f"{top:g}", y2=f"{bottom:g}", class_="grid")
        element(root, "text", figure(value), x=place, y=f"{bottom + 16:g}", text_anchor="middle", class_="tick x")
    element(root, "line", x1=f"{x.start:g}", x2=f"{x.end:g}", y1=f"{bottom:g}", y2=f"{bottom:g}", class_="frame")
    middle = f"{(x.start + x.end) / 2:g}"
    element(root, "text", title, x=middle, y=f"{bottom + 36:g}", text_anchor="middle", class_="axis")


def draw_y_axis(root: ET.Element, y: Scale, left: float, right: float, title: str, parts: int = 5) -> None:
    """Ticks of the values up the left side of a chart, with their lines across it, and what they are."""
    for value in y.ticks(parts):
        place = y.at(value)
        element(root, "line", x1=f"{left:g}", x2=f"{right:g}", y1=f"{place:.2f}", y2=f"{place:.2f}", class_="grid")
        element(
            root, "text", figure(value), x=f"{left - 8:g}", y=f"{place + 4.5:.2f}", text_anchor="end", class_="tick y"
        )
    element(root, "line", x1=f"{left:g}", x2=f"{left:g}", y1=f"{y.start:g}", y2=f"{y.end:g}", class_="frame")
    middle = (y.start + y.end) / 2
    element(
        root, "text", title, x=16, y=f"{middle:g}", text_anchor="middle", transform=f"rotate(-90 16 {middle:g})",
        class_="axis",
    )  # fmt: skip


def wrapped(text: str, letters: int) -> list[str]:
    """Lines of at most so many letters, broken between words; a longer word is broken."""
    lines = [""]
    for word in text.split():
        while len(word) > letters:
            lines, word = [*[line for line in lines if line], word[:letters], ""], word[letters:]
        if len(lines[-1]) + len(word) + 1 > letters and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def draw_row_name(root: ET.Element, name: str, right: float, y: float) -> None:
    """What a row of a chart is called, up to where the row begins; a long name is cut in its middle.

    Its title tells the whole of it; what tells neighbours apart often stands at the end.
    """
    letters = int((right - 12) / LETTER)
    tail = 2 * letters // 3
    drawn = name if len(name) <= letters else f"{name[: letters - tail - 1]}…{name[-tail:]}"
    text = element(root, "text", drawn, x=f"{right - 8:g}", y=f"{y:g}", text_anchor="end", class_="row")
    if drawn != name:
        element(text, "title", name)


@dataclass(frozen=True)
class Part:
    """A part of a bar: how much, what is told of it, and texts for its inside, of which the first that fits stands."""

    value: float
    colour: str
    told: str
    texts: tuple[str, ...]
    kind: str = ""


def draw_parts(bar: ET.Element, x: Scale, top: float, parts: Sequence[Part], free_to: float = math.inf) -> float:
    """The parts of a bar one after another, each with its text where there is room; the value where they end.

    Parameters
    ----------
    free_to
        Up to where texts may stand: a whisker begins there.
    """
    done = 0.0
    for part in parts:
        left, right = x.at(done), x.at(done + part.value)
        done += part.value
        rect = element(
            bar, "rect", x=f"{left:.2f}", y=f"{top:g}", width=f"{right - left:.2f}", height=BAR, fill=part.colour,
            stroke="#ffffff", stroke_width=0.6, **({"data_kind": part.kind} if part.kind else {}),
        )  # fmt: skip
        element(rect, "title", part.told)
        free = min(right, free_to) - left
        text = next((one for one in part.texts if len(one) * LETTER < free), "")
        if text:
            inside = "inside dark" if part.colour in DARK else "inside"
            middle = f"{left + free / 2:.1f}"
            element(bar, "text", text, x=middle, y=f"{top + 14.5:g}", text_anchor="middle", class_=inside)
    return done


def draw_whisker(group: ET.Element, left: float, right: float, y: float) -> ET.Element:
    """From one end of an interval to the other."""
    d = path_data([(left, y), (right, y)])
    d += "".join(path_data([(end, y - TICK), (end, y + TICK)]) for end in (left, right))
    return element(group, "path", d=d, class_="whisker")
