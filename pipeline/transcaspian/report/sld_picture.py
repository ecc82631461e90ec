"""The straight-line diagram of a system as a picture: bands of cable and waters over KP, the depth beneath."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from transcaspian.core.styles import BURIAL_COLOURS, CABLE_COLOURS
from transcaspian.engineering import EngineeredRoute, Profile
from transcaspian.report.bands import joined
from transcaspian.report.chart import fill_depth, literal, small_print
from transcaspian.report.png import save_png

ZONE_SHADES = {"territorial": 0.55, "fishing": 0.75, "seabed": 0.92, "": 1.0}
QUIET = {"AC", "SLACK", "WD", "PLDN", "PLUP", "PROT", "Tr"}
"""Events that the bands or the profile show: a tick without a name."""
WIDTH_IN, HEIGHT_IN, DPI = 11.7, 8.3, 160
LABEL_LEVELS = 4
LABEL_WIDTH_SHARE = 0.062
NAMED_SHARE = 0.018

Colour = str | tuple[float, float, float]
Band = tuple[float, float, str, Colour]
"""From KP, to KP, text, colour."""


def draw_sld(to: Path | BinaryIO, route: EngineeredRoute, credits: str) -> None:
    """Draw the diagram as PNG; the same values give the same bytes.

    Parameters
    ----------
    credits
        Small print: resolution of the seabed, sources.
    """
    profile, rpl = route.profile, route.rpl
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI)
    flags, bands, depth = (
        figure.add_axes((0.10, bottom, 0.87, height)) for bottom, height in ((0.75, 0.17), (0.47, 0.27), (0.155, 0.30))
    )
    draw_flags(flags, route)
    draw_bands(bands, bands_of(route))
    draw_profile(depth, profile)
    for axes in (flags, bands, depth):
        axes.set_xlim(0.0, profile.length_km)
    bands.tick_params(labelbottom=False)
    figure.text(0.10, 0.955, literal(rpl.title), fontsize=13, fontweight="bold")
    figure.text(
        0.10,
        0.930,
        f"Straight-line diagram · revision {rpl.revision} · {profile.length_km:,.1f} km of route, "
        f"{route.cable.length_km:,.1f} km of cable · depths below {rpl.water_level}",
        fontsize=8.5,
    )
    small_print(figure, credits, 0.10, 0.012, 0.87 * WIDTH_IN)
    save_png(figure, to)


def bands_of(route: EngineeredRoute) -> dict[str, list[Band]]:
    """The bands from top to bottom, by name."""
    cable = route.cable
    found: dict[str, list[Band]] = {
        "cable": [
            (item.from_km, item.to_km, item.rule.cable_type, CABLE_COLOURS[item.rule.cable_type])
            for item in cable.types
        ],
        "slack": [
            (item.from_km, item.to_km, f"{item.rule.slack_percent:g} %", "#eeeeee" if i % 2 else "#d5d5d5")
            for i, item in enumerate(cable.slack)
        ],
        "burial": [
            (
                item.from_km,
                item.to_km,
                f"{item.rule.method}, {item.rule.target_m:g} m" if item.rule.target_m else item.rule.method,
                BURIAL_COLOURS[item.rule.method],
            )
            for item in cable.burial
        ],
    }
    if route.stretches:
        states = sorted({item.state for item in route.stretches})
        found["waters"] = [
            (item.from_km, item.to_km, f"{item.state} {item.zone}", zone_colour(states.index(item.state), item.zone))
            for item in route.stretches
        ]
    return {name: joined(bands) for name, bands in found.items()}


def zone_colour(state: int, zone: str) -> tuple[float, float, float]:
    """A hue per state, paler the farther from the shore."""
    hues = ((0.84, 0.37, 0.0), (0.0, 0.45, 0.70), (0.0, 0.62, 0.45), (0.80, 0.47, 0.65), (0.34, 0.71, 0.91))
    shade = ZONE_SHADES[zone]
    red, green, blue = hues[state % len(hues)]
    return (red + (1 - red) * shade, green + (1 - green) * shade, blue + (1 - blue) * shade)


def draw_bands(axes: Any, bands: dict[str, list[Band]]) -> None:
    """One row of boxes per band; a box wide enough has its text, or its length where that is all that fits."""
    names = list(bands)
    end_km = max(band[1] for row in bands.values() for band in row)
    for row, name in enumerate(names):
        for from_km, to_km, text, colour in bands[name]:
            share = (to_km - from_km) / end_km
            axes.barh(
                -row, to_km - from_km, left=from_km, height=0.78, color=colour, edgecolor="#333333", linewidth=0.5
            )
            label = f"{text}\n{to_km - from_km:,.1f} km"
            if share > NAMED_SHARE:
                fits = share * 135 > max(len(line) for line in label.split("\n"))
                axes.text(
                    (from_km + to_km) / 2, -row, label, ha="center", va="center", fontsize=7 if fits else 5.5,
                    rotation=0 if fits else 90,
                )  # fmt: skip
    axes.set_yticks([-row for row in range(len(names))], names, fontsize=9)
    axes.set_ylim(-len(names) + 0.5, 0.5)
    axes.tick_params(left=False)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def draw_flags(axes: Any, route: EngineeredRoute) -> None:
    """A tick at every position; names where the bands do not tell, staggered so that none covers another."""
    end_km = route.profile.length_km
    free_from_km = [-end_km] * LABEL_LEVELS
    for position in route.rpl.positions:
        kp_km = position.route_km or 0.0
        if not 0.0 <= kp_km <= end_km:
            continue  # a land tail
        names = [name for name in position.event.split(" / ") if name.split(" ")[0] not in QUIET]
        if not names:
            axes.plot([kp_km, kp_km], [0.0, 0.10], color="#777777", linewidth=0.7)
            continue
        # a name runs to the right, so the next flag stays below it; from the top again where the way up is free
        covering = [i for i, km in enumerate(free_from_km) if kp_km < km]
        level = min(covering, default=LABEL_LEVELS) - 1
        level = LABEL_LEVELS - 1 if level < 0 else level
        free_from_km[level] = kp_km + LABEL_WIDTH_SHARE * end_km
        top = 0.28 + 0.2 * level
        axes.plot([kp_km, kp_km], [0.0, top], color="#222222", linewidth=0.8)
        last = kp_km > (1 - LABEL_WIDTH_SHARE) * end_km
        axes.text(
            kp_km, top, f"{' / '.join(names)}\nKP {kp_km:.1f}", fontsize=6.5, va="bottom",
            ha="right" if last else "left", zorder=5,
            bbox={"boxstyle": "square,pad=0.05", "facecolor": "white", "edgecolor": "none"},
        )  # fmt: skip
    axes.set_ylim(0.0, 1.2)
    axes.set_yticks([])
    axes.tick_params(labelbottom=False, bottom=False)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.set_ylabel("positions", fontsize=9)


def draw_profile(axes: Any, profile: Profile) -> None:
    """Depth, positive down; stretches without one are hatched and named."""
    fill_depth(axes, profile)
    axes.plot(profile.kp_km, profile.depth_m, color="#4d3b1f", linewidth=1.1)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="lower right", fontsize=6.5)
    axes.set_xlabel("KP, km", fontsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=18, steps=[1, 2, 2.5, 5, 10]))
    axes.tick_params(labelsize=8)
    axes.grid(color="#999999", linewidth=0.3, alpha=0.6)
