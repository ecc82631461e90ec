"""The profile of a system as a picture: depth and slopes over KP, with what stands along it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from transcaspian.core.styles import BAD
from transcaspian.engineering import EngineeredRoute, Profile
from transcaspian.report.chart import fill_depth, floor_m, literal, small_print
from transcaspian.report.png import save_png
from transcaspian.rpl.model import waterlines

WIDTH_IN, HEIGHT_IN, DPI = 10.0, 6.6, 160
SHOWN_EVENTS = {
    "AC": ("v", "#000000", "alter course"),
    "RPTR": ("D", "#CC79A7", "repeater"),
    "ROPA": ("D", "#009E73", "amplifier"),
}
IN_LINE, SIDE = "#0072B2", "#D55E00"


def draw_profile_figure(to: Path | BinaryIO, *, route: EngineeredRoute, credits: str) -> None:
    """Draw depth, in-line slope and side slope of a route as PNG; the same values give the same bytes."""
    profile, rpl = route.profile, route.rpl
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI)
    depth = figure.add_axes((0.075, 0.485, 0.905, 0.40))
    slope = figure.add_axes((0.075, 0.225, 0.905, 0.20))
    depth.plot(profile.kp_km, profile.depth_m, color="#4d3b1f", linewidth=1.2, label="seabed")
    fill_depth(depth, profile)
    draw_events(depth, route)
    draw_bends(depth, route)
    draw_slopes(slope, profile)
    for axes in (depth, slope):
        axes.set_xlim(0.0, profile.length_km)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=12, steps=[1, 2, 2.5, 5, 10]))
        axes.tick_params(labelsize=8)
        axes.grid(color="#999999", linewidth=0.3, alpha=0.6)
    depth.legend(loc="lower right", fontsize=7.5, framealpha=0.92)
    slope.set_xlabel("KP, km", fontsize=9)
    shores = [position.remarks.partition("; ")[0] for position in waterlines(rpl)]
    first, last = (shores[0], shores[-1]) if len(shores) > 1 else ("", "")  # a given list may have no waterline
    figure.text(0.075, 0.945, literal(rpl.title), fontsize=12.5, fontweight="bold")
    figure.text(0.075, 0.905, literal(_subtitle(profile, rpl.revision, first, last)), fontsize=8.5)
    resolution = "not known" if profile.resolution_deg is None else f"{profile.resolution_deg:g}°"
    warning = f"The seabed data resolve {resolution}: no slope of anything smaller can be seen."
    small_print(figure, f"{warning} {credits}", 0.075, 0.012, 0.905 * WIDTH_IN)
    save_png(figure, to)


def _subtitle(profile: Profile, revision: str, first: str, last: str) -> str:
    """Ends, length, and how much the depth is exaggerated."""
    deepest_m = profile.max_depth_m
    ends = f"{first} to {last} · " if first and last else ""
    length = f"{profile.length_km:,.1f} km"
    if deepest_m is None:
        return f"{ends}revision {revision} · {length} · no depth is known: insufficient information"
    across_in_per_km = 0.905 * WIDTH_IN / profile.length_km
    down_in_per_km = 0.40 * HEIGHT_IN / (floor_m(profile) / 1000)
    factor = down_in_per_km / across_in_per_km
    return f"{ends}revision {revision} · {length} · deepest {deepest_m:,.0f} m · depth exaggerated {factor:,.0f} times"


def draw_events(axes: Any, route: EngineeredRoute) -> None:
    """Alter courses and amplifiers, on the seabed beneath them."""
    profile = route.profile
    for event, (mark, colour, name) in SHOWN_EVENTS.items():
        found = [
            at.route_km
            for at in route.rpl.positions
            if any(item.name == event for item in at.events) and at.route_km is not None
        ]
        if found:
            depth_m = np.nan_to_num(np.interp(found, profile.kp_km, profile.depth_m))
            axes.plot(
                found, depth_m, mark, color=colour, markersize=6, markeredgecolor="white", linestyle="none",
                label=f"{name} ({len(found)})", zorder=5,
            )  # fmt: skip


def draw_bends(axes: Any, route: EngineeredRoute) -> None:
    """Stretches where the seabed bends more than the limit."""
    for number, bend in enumerate(route.bends):
        label = f"seabed bends over the limit ({len(route.bends)})" if number == 0 else None
        axes.axvspan(bend.from_km, bend.to_km, color=BAD, alpha=0.35, linewidth=0, label=label)


def draw_slopes(axes: Any, profile: Profile) -> None:
    """In-line and side slope; positive falls away ahead, and to starboard."""
    axes.axhline(0.0, color="#444444", linewidth=0.6)
    for values, colour, dashes, label in (
        (profile.in_line_slope_deg, IN_LINE, "solid", "in line, + falls away ahead"),
        (profile.side_slope_deg, SIDE, (0, (4, 2)), "side, + falls to starboard"),
    ):
        axes.plot(profile.kp_km, values, color=colour, linestyle=dashes, linewidth=1.1, label=label)
    axes.set_ylabel("slope, °", fontsize=9)
    axes.legend(loc="upper right", fontsize=7.5, ncols=2, framealpha=0.92)
