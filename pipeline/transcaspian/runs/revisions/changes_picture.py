"""What changed against the last good run: a page of Markdown, and a map where a route moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from transcaspian.core.frames import of_system
from transcaspian.report.chart import draw_shoreline, frame_map, literal
from transcaspian.report.png import save_png
from transcaspian.rpl.compare import Comparison
from transcaspian.runs.revisions import RunDiff

WIDTH_IN, PANEL_IN, DPI = 7.0, 4.2, 130
MARGIN_DEG = 0.3
BEFORE, NOW = "#777777", "#c2185b"


@dataclass(frozen=True)
class ShiftedRoute:
    """A system whose route moved, with its line before, shape ``(n, 2)``."""

    system_id: str
    lists: Comparison
    lonlat_before: NDArray[np.float64]


def change_pages(changes: RunDiff, layers: Mapping[str, gpd.GeoDataFrame]) -> dict[str, Callable[[Path], None]]:
    """What writes each page, by the name of its file."""
    text = changes.as_markdown()
    found: dict[str, Callable[[Path], None]] = {"changes.md": lambda path: _write(path, text)}
    moved = [
        ShiftedRoute(item.system_id, item.lists, item.lonlat_before)
        for item in changes.systems
        if item.lists is not None and item.lonlat_before is not None and item.lists.moved_ranges
    ]
    if moved:
        found["changes.png"] = partial(_draw_shifts, changes=changes, moved=moved, layers=layers)
    return found


def _draw_shifts(
    path: Path,
    *,
    changes: RunDiff,
    moved: list[ShiftedRoute],
    layers: Mapping[str, gpd.GeoDataFrame],
) -> None:
    """A map of each system that moved: its route now, its route before, and where they lie farthest apart."""
    figure = Figure(figsize=(WIDTH_IN, PANEL_IN * len(moved) + 0.5), dpi=DPI)
    for panel, item in zip(np.ravel(figure.subplots(len(moved), 1, squeeze=False)), moved, strict=True):
        old = item.lonlat_before
        new = np.vstack([np.asarray(line.coords) for line in of_system(layers["routes"], item.system_id).geometry])
        west, south = np.minimum(old.min(axis=0), new.min(axis=0)) - MARGIN_DEG
        east, north = np.maximum(old.max(axis=0), new.max(axis=0)) + MARGIN_DEG
        draw_shoreline(panel, layers["coastline"], 2)
        panel.plot(*old.T, color=BEFORE, linewidth=1.6, linestyle=(0, (4, 2)), label=f"before: {changes.before}")
        panel.plot(*new.T, color=NOW, linewidth=1.6, label=f"now: {changes.now}")
        at = item.lists.max_offset
        panel.set_title(
            literal(f"{item.system_id}: up to {abs(at.offset_m):,.0f} m at KP {at.old_kp_km:.1f}"), fontsize=10
        )
        frame_map(panel, (west, south, east, north))
        panel.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.03, 1.0), frameon=False)
    figure.tight_layout()
    save_png(figure, path)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
