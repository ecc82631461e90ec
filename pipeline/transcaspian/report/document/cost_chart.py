"""The bills of all systems as a picture: what each part costs, from low to high."""

from __future__ import annotations

from pathlib import Path

import matplotlib.figure

from transcaspian.core.cost_range import MILLION
from transcaspian.core.styles import system_colours
from transcaspian.report.chart import literal
from transcaspian.report.document.desk_study import DeskStudy
from transcaspian.report.document.maps import saved

WIDTH_IN, DPI = 7.0, 160
ROW_IN, EDGE_IN = 0.28, 0.8


def cost_chart(study: DeskStudy) -> Path:
    """Base cost of every item of the bills, a bar for each system, and a line from its low to its high cost."""
    bill = study.rows("bill")
    items = list(dict.fromkeys(bill["item"]))
    names = [row["system_id"] for row in study.systems]
    colours = system_colours(names)
    height_in = EDGE_IN + ROW_IN * len(items)
    figure = matplotlib.figure.Figure(figsize=(WIDTH_IN, height_in), dpi=DPI)
    axes = figure.add_axes((0.27, 0.5 / height_in, 0.70, ROW_IN * len(items) / height_in))
    thick = 0.8 / len(names)
    for number, name in enumerate(names):
        own = bill[bill["system_id"] == name]
        at = [items.index(item) + (number - (len(names) - 1) / 2) * thick for item in own["item"]]
        low, base, high = (own[f"cost_{end}_usd"] / MILLION for end in ("low", "base", "high"))
        axes.barh(at, base, thick, color=colours[name], label=literal(name))
        axes.hlines(at, low, high, color="#111111", linewidth=0.6)
    axes.set_yticks(range(len(items)), [literal(item) for item in items], fontsize=7)
    axes.set_ylim(len(items) - 0.5, -0.5)
    axes.set_xlabel("million USD: base, and from low to high", fontsize=8)
    axes.tick_params(axis="x", labelsize=7)
    axes.grid(axis="x", color="#999999", linewidth=0.3, alpha=0.6)
    axes.set_axisbelow(True)
    figure.legend(loc="upper left", ncols=4, fontsize=7, frameon=False)
    return saved(study, "cost_by_part", figure)
