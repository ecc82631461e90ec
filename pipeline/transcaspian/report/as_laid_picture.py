"""A laid cable against its design as a picture: burial, slack and offset along the design's KP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from transcaspian.core.styles import BAD
from transcaspian.report.chart import literal, small_print
from transcaspian.report.png import save_png
from transcaspian.rpl.as_laid import LESS, MORE, SHORT, AsLaid, LaidStretch

WIDTH_IN, HEIGHT_IN, DPI = 11.7, 8.3, 110
DESIGN, LAID = "#555555", "#0072B2"
LEFT, SHARE = 0.075, 0.905


def draw_as_laid_figure(path: Path, found: AsLaid) -> None:
    """Draw the comparison as PNG; the same values give the same bytes."""
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI)
    burial, slack, offset = (figure.add_axes((LEFT, bottom, SHARE, 0.225)) for bottom in (0.645, 0.37, 0.095))
    _draw_pair(burial, found, (lambda s: s.target_burial_m, lambda s: s.burial_m), (SHORT,))
    burial.set_ylabel("burial, m", fontsize=9)
    burial.invert_yaxis()
    _draw_pair(slack, found, (lambda s: s.design_slack_percent, lambda s: s.slack_percent), (LESS, MORE))
    slack.set_ylabel("slack, %", fontsize=9)
    draw_offsets(offset, found)
    for axes in (burial, slack, offset):
        axes.set_xlim(found.stretches[0].from_km, found.stretches[-1].to_km)
        axes.grid(color="#999999", linewidth=0.3, alpha=0.6)
        axes.tick_params(labelsize=8)
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), fontsize=7.5, ncols=3, frameon=False)
    offset.set_xlabel("KP of the design, km", fontsize=9)
    figure.text(
        LEFT, 0.955, literal(f"{found.as_laid} as laid, against {found.design}"), fontsize=12, fontweight="bold"
    )
    figure.text(LEFT, 0.915, literal(" · ".join([*found.summary()][1:3])), fontsize=8.5)
    said = f"{len(found.findings)} out of tolerance. What a list does not state is not drawn and not judged."
    small_print(figure, said, LEFT, 0.012, SHARE * WIDTH_IN)
    save_png(figure, path)


def _draw_pair(
    axes: Any, found: AsLaid, values: Sequence[Callable[[LaidStretch], float | None]], whats: Sequence[str]
) -> None:
    """What was designed and what was laid, as steps, and what of it is out of tolerance."""
    edges_km = np.array([found.stretches[0].from_km, *(item.to_km for item in found.stretches)])
    for value, colour, label in zip(values, (DESIGN, LAID), ("designed", "as laid"), strict=True):
        steps = np.array([np.nan if (figure := value(item)) is None else figure for item in found.stretches])
        axes.stairs(steps, edges_km, baseline=None, color=colour, linewidth=1.3, label=label)
        if np.isnan(steps).all():
            axes.text(0.5, 0.5, f"{label}: insufficient information", transform=axes.transAxes, ha="center", fontsize=9)
    shade(axes, found, whats)


def draw_offsets(axes: Any, found: AsLaid) -> None:
    """Offset of the laid route, to starboard above the line, and what is allowed."""
    kp_km, aside_m = found.offsets
    axes.plot(kp_km, aside_m, color=LAID, linewidth=1.0, label="as laid")
    axes.axhline(0.0, color=DESIGN, linewidth=1.0, label="designed")
    for sign in (-1, 1):
        axes.axhline(sign * found.tolerances.offset.value, color=BAD, linewidth=0.8, linestyle=(0, (4, 2)))
    shade(axes, found, ("the cable lies to",))
    axes.set_ylabel("offset, m, starboard +", fontsize=9)


def shade(axes: Any, found: AsLaid, whats: Sequence[str]) -> None:
    """The stretches that are out of tolerance."""
    label: str | None = "out of tolerance"
    for item in found.findings:
        if item.what.startswith(tuple(whats)):
            axes.axvspan(item.from_km, item.to_km, color=BAD, alpha=0.3, linewidth=0, label=label)
            label = None
