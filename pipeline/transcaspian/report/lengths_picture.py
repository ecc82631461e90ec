"""Routed, geodesic and published lengths beside each other, with the verdict on each."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import geopandas as gpd
import pandas as pd
from matplotlib.figure import Figure

from transcaspian.report.chart import literal, small_print
from transcaspian.report.png import save_png

WIDTH_IN, DPI = 10.0, 160
ROW_IN, HEAD_IN, FOOT_IN = 0.8, 0.95, 1.35
MARKS: dict[str, tuple[str, dict[str, Any]]] = {
    "geodesic_km": (
        "geodesic between the landings (DERIVED)",
        {"marker": "|", "color": "#000000", "markersize": 15, "markeredgewidth": 2},
    ),
    "length_km": ("route (DERIVED)", {"marker": "o", "color": "#D55E00", "markersize": 8, "markeredgewidth": 0}),
    "cable_km": ("cable (DERIVED)", {"marker": "s", "color": "#009E73", "markersize": 6, "markeredgewidth": 0}),
    "published_km": ("published (REAL)", {"marker": "D", "color": "#0072B2", "markersize": 8, "markeredgewidth": 0}),
}
NEVER_TUNED = (
    "Published lengths are never tuned to. Differences are those of our cable; why each is consistent or not stands in "
    "the report, under published figures. "
)


def draw_lengths_figure(to: Path | BinaryIO, *, routes: gpd.GeoDataFrame, title: str, credits: str) -> None:
    """Draw the lengths of each system as PNG; the same values give the same bytes."""
    height_in = HEAD_IN + FOOT_IN + ROW_IN * len(routes)
    figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DPI)
    axes = figure.add_axes((0.20, FOOT_IN / height_in, 0.53, ROW_IN * len(routes) / height_in))
    for number, row in enumerate(routes.to_dict("records")):
        known = [row[name] for name in MARKS if not pd.isna(row[name])]
        axes.plot([min(known), max(known)], [-number, -number], color="#aaaaaa", linewidth=1.5, zorder=1)
        for name, (_, mark) in MARKS.items():
            if not pd.isna(row[name]):
                axes.plot(row[name], -number, **mark)
        axes.text(1.02, -number, said(row), transform=axes.get_yaxis_transform(), fontsize=8, va="center")
    names = [textwrap.fill(literal(f"{row.system_id}: {row.name}"), 24) for row in routes.itertuples(index=False)]
    axes.set_yticks([-number for number in range(len(routes))], names, fontsize=8)
    axes.set_ylim(-len(routes) + 0.4, 0.6)
    axes.set_xlabel("length, km", fontsize=9)
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="x", color="#999999", linewidth=0.3, alpha=0.6)
    for label, mark in MARKS.values():
        axes.plot([], [], linestyle="none", label=label, **mark)
    figure.legend(loc="upper left", bbox_to_anchor=(0.19, 1 - 0.42 / height_in), ncols=2, fontsize=8, frameon=False)
    figure.text(0.03, 1 - 0.35 / height_in, literal(title), fontsize=12.5, fontweight="bold")
    small_print(figure, NEVER_TUNED + credits, 0.03, 0.1 / height_in, 0.94 * WIDTH_IN)
    save_png(figure, to)


def said(row: Mapping[str, Any]) -> str:
    """What the figures of a system say of each other."""
    detour = 100 * (row["length_km"] / row["geodesic_km"] - 1)
    text = f"{row['length_km']:,.1f} km, {detour:.1f} % over the geodesic"
    if pd.isna(row["published_km"]):
        return f"{text}\nnothing published"
    text += f"\npublished {row['published_km']:,.0f} km: {row['difference_km']:+,.1f} km".replace("-", "\u2212")
    return f"{text}\n{row['published_verdict']}"
