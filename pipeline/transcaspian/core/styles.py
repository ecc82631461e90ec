"""How layers look, wherever they are shown: colours, symbols, classes and labels, by the name of the layer.

GeoPackage styles, the QGIS project, the pictures and the report all take them from here. Colours are of Okabe and
Ito's palette (told apart with every kind of colour vision) and of ColorBrewer's YlGnBu for depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.vocabulary import NOT_KNOWN

Dash = Literal["solid", "dash", "dot"]
Marker = Literal["circle", "square", "triangle", "diamond", "cross", "star"]
Fill = Literal["none", "solid", "hatched"]

SYSTEM_COLOURS = ("#D55E00", "#009E73", "#CC79A7", "#E69F00", "#000000", "#56B4E9")
"""One route after another; `system_colours` begins again after the last."""
CABLE_COLOURS = {"DA": "#D55E00", "RA": "#E69F00", "SA": "#F0E442", "LWP": "#56B4E9", "LW": "#0072B2"}
BURIAL_COLOURS = {"plough": "#009E73", "jetting": "#56B4E9", "trenching": "#CC79A7", "surface laid": "#999999"}
ZONE_COLOURS = {"territorial": "#0072B2", "fishing": "#56B4E9", "seabed": "#cfe6f5"}
NETWORK_NODE_SYMBOLS: tuple[tuple[str, str, Marker], ...] = (
    ("border", "#D55E00", "triangle"),
    ("city", "#111111", "square"),
    ("landing", "#0072B2", "diamond"),
)
NETWORK_LEG_SYMBOLS: tuple[tuple[str, str, Dash], ...] = (
    ("subsea", "#0072B2", "solid"),
    ("railway", "#111111", "dash"),
    ("highway", "#D55E00", "solid"),
    ("given", "#999999", "dot"),
)
GOOD, BAD, UNDECIDED = "#009E73", "#D55E00", "#E69F00"
"""Colours of verdicts; the last is that of "insufficient information", neither good nor bad and never left out."""
LAND, SHORE, QUIET = "#d9d2c0", "#6b6558", "#666666"

DEPTH_STOPS: tuple[tuple[float, str], ...] = (
    (0.0, "#ffffd9"),
    (20.0, "#edf8b1"),
    (50.0, "#c7e9b4"),
    (100.0, "#7fcdbb"),
    (200.0, "#41b6c4"),
    (400.0, "#1d91c0"),
    (600.0, "#225ea8"),
    (800.0, "#253494"),
    (1000.0, "#081d58"),
    (2000.0, "#050f33"),
    (6000.0, "#02061a"),
)
"""Depth in metres and its colour; between two stops the colour goes over evenly."""
COST_STOPS: tuple[tuple[float, str], ...] = (
    (1.0, "#ffffcc"),
    (1.5, "#fed976"),
    (2.0, "#fd8d3c"),
    (3.0, "#e31a1c"),
    (6.0, "#800026"),
)
"""Friction cost per metre of cable over that of clear seabed."""
FRICTION_STOPS: tuple[tuple[float, str], ...] = (
    (0.0, "#ffffff"),
    (0.5, "#fed976"),
    (1.0, "#fd8d3c"),
    (2.0, "#e31a1c"),
    (5.0, "#800026"),
)
"""What one criterion adds to the cost."""
EXCESS_STOPS: tuple[tuple[float, str], ...] = (
    (0.0, "#00441b"),
    (0.005, "#238b45"),
    (0.01, "#74c476"),
    (0.02, "#c7e9c0"),
    (0.05, "#f7fcf5"),
)
"""Share that the best line through a cell costs more than the least-cost path."""
PROBABILITY_STOPS: tuple[tuple[float, str], ...] = (
    (0.0, "#fde725"),
    (0.05, "#b5de2b"),
    (0.25, "#35b779"),
    (0.5, "#31688e"),
    (1.0, "#440154"),
)
"""Share of the samples whose route goes through a cell."""
FAULT_STOPS: tuple[tuple[float, str], ...] = (
    (0.0, "#ffffe5"),
    (0.001, "#fee391"),
    (0.003, "#fe9929"),
    (0.006, "#cc4c02"),
    (0.02, "#662506"),
)
"""Expected faults of a bare cable per km and year."""
SURFACE_STOPS: dict[str, tuple[tuple[float, str], ...]] = {
    "faults": FAULT_STOPS,
    "probability": PROBABILITY_STOPS,
}
"""Colours of the rasters of optional stages, by the name that the stage gives."""


@dataclass(frozen=True)
class Symbol:
    """How one feature is drawn.

    Attributes
    ----------
    colour
        ``#rrggbb`` of a line, a marker or the edge of an area.
    size_mm
        Width of a line or an edge, diameter of a marker, on paper.
    fill
        Of areas, in the colour of their edge.
    opacity
        0 (not seen) to 1.
    """

    colour: str
    size_mm: float = 0.4
    dash: Dash = "solid"
    marker: Marker = "circle"
    fill: Fill = "none"
    opacity: float = 1.0


@dataclass(frozen=True)
class Category:
    """The features whose attribute has this value."""

    value: str
    label: str
    symbol: Symbol


@dataclass(frozen=True)
class Band:
    """The features whose attribute lies from ``low`` to ``high``."""

    low: float
    high: float
    label: str
    symbol: Symbol


@dataclass(frozen=True)
class Style:
    """One way to draw a layer.

    Attributes
    ----------
    name
        What the style shows.
    symbol
        Of every feature, or of those that belong to none of the classes.
    attribute
        Column that the classes go by; empty: all features look the same.
    by_system
        Each system has a colour of its own, by `system_colours`.
    label
        What is written beside a feature: an expression that QGIS evaluates; empty: nothing.
    label_from_scale
        Denominator of the smallest scale at which labels are shown, so that a sea of them never is.
    other
        What the legend calls features that belong to none of the classes.
    """

    name: str
    symbol: Symbol
    attribute: str = ""
    categories: tuple[Category, ...] = ()
    bands: tuple[Band, ...] = ()
    by_system: bool = False
    label: str = ""
    label_from_scale: int = 0
    other: str = NOT_KNOWN


@dataclass(frozen=True)
class Group:
    """Layers that belong together, from top to bottom; ``shown`` are those that a new project switches on."""

    title: str
    layers: tuple[str, ...]
    shown: tuple[str, ...] = ()


GROUPS: tuple[Group, ...] = (
    Group("Route", ("landing_points", "kp_marks", "routes"), ("landing_points", "kp_marks", "routes")),
    Group("Route Position List", ("rpl_points", "rpl_lines")),
    Group("Along the route", ("sld", "route_profile", "seabed_bends", "route_sectors")),
    Group(
        "Neighbours and hazards",
        ("crossings", "parallel_runs", "route_hazards", "cables", "hazards", "no_go"),
        ("crossings", "cables", "hazards", "no_go"),
    ),
    Group("Other lines", ("alternatives", "least_cost_paths", "corridors"), ("alternatives", "corridors")),
    Group("Network", ("network_nodes", "network_paths", "network_legs"), ("network_nodes", "network_legs")),
    Group("Cost against risk", ("risk_front", "risk_sections", "route_risk")),
    Group(
        "Systems planned together",
        ("branching_units", "branch_legs", "shared_hazards", "design_routes"),
        ("branching_units", "branch_legs"),
    ),
    Group("Waters of the states", ("median_lines", "sectors"), ("median_lines",)),
    Group("Lower levels of the sea", ("scenario_routes", "scenario_seas")),
    Group("How sure", ("robustness", "rank_acceptability", "weight_flips", "sample_routes"), ("robustness",)),
    Group("Base", ("quarantine", "coastline"), ("coastline",)),
)
"""Every published layer stands in one of them."""


def categories(colours: dict[str, str], size_mm: float, fill: Fill = "none") -> tuple[Category, ...]:
    """A category for each value, told apart by colour alone."""
    return tuple(Category(value, value, Symbol(colour, size_mm, fill=fill)) for value, colour in colours.items())


def depth_bands(size_mm: float) -> tuple[Band, ...]:
    """A band between every two stops of the colours of depth, in the colour of the deeper."""
    return tuple(
        Band(low, high, f"{low:g}–{high:g} m", Symbol(colour, size_mm))
        for (low, _), (high, colour) in pairwise(DEPTH_STOPS)
    )


def verdicts(good: str, bad: str, size_mm: float, marker: Marker = "circle") -> tuple[Category, ...]:
    """Categories of what was judged; what could not be judged is the symbol of all the others."""
    return (
        Category(good, good, Symbol(GOOD, size_mm, marker=marker)),
        Category(bad, bad, Symbol(BAD, size_mm, marker=marker)),
    )


def fault_bands(size_mm: float) -> tuple[Band, ...]:
    """Bands of expected faults per 1,000 km and year; a well buried cable of the shelf has some 0.1 to 0.5."""
    limits = (0.0, 0.1, 0.3, 1.0, 3.0, 1000.0)
    colours = ("#0072B2", "#56B4E9", "#F0E442", "#E69F00", "#D55E00")
    labels = ("under 0.1", "0.1–0.3", "0.3–1", "1–3", "3 and more")
    return tuple(
        Band(low, high, f"{label} per 1,000 km and year", Symbol(colour, size_mm))
        for (low, high), colour, label in zip(pairwise(limits), colours, labels, strict=True)
    )


_NOT_KNOWN = Symbol("#bbbbbb", 0.8, "dot")
_KP_LABEL = 'CASE WHEN "kp_km" % 10 = 0 THEN \'KP \' || format_number("kp_km", 0) END'
_RANGE_LABEL = "format_number(\"length_km\", 1) || ' km'"

STYLES: dict[str, tuple[Style, ...]] = {
    "routes": (
        Style("system", Symbol("#000000", 0.9), "system_id", by_system=True, label='"system_id"', other="other"),
        Style("plain", Symbol("#D55E00", 0.9)),
    ),
    "landing_points": (Style("landing", Symbol("#111111", 3.0, marker="diamond"), label='"name"'),),
    "kp_marks": (
        Style("kilometre points", Symbol("#333333", 1.4), label=_KP_LABEL, label_from_scale=1_500_000),
        Style("depth", Symbol("#bbbbbb", 1.6), "depth_m", bands=depth_bands(1.6)),
    ),
    "rpl_points": (
        Style(
            "positions",
            Symbol("#333333", 1.6, marker="square"),
            label='"PosNo" || \' \' || "Event"',
            label_from_scale=750_000,
        ),
    ),
    "rpl_lines": (
        Style("cable type", _NOT_KNOWN, "CableType", categories(CABLE_COLOURS, 1.0)),
        Style("protection", _NOT_KNOWN, "ProtectionMethod", categories(BURIAL_COLOURS, 1.0)),
        Style("territorial water", Symbol(QUIET, 0.6), label='"TerritorialWater"', label_from_scale=1_500_000),
    ),
    "sld": (
        Style("cable type", _NOT_KNOWN, "cable_type", categories(CABLE_COLOURS, 1.6)),
        Style("protection", _NOT_KNOWN, "protection_method", categories(BURIAL_COLOURS, 1.6)),
        Style("greatest depth", _NOT_KNOWN, "max_depth_m", bands=depth_bands(1.6)),
        Style("waters", _NOT_KNOWN, "zone", categories(ZONE_COLOURS, 1.6), label='"state"', label_from_scale=1_500_000),
    ),
    "route_profile": (
        Style("depth", Symbol("#bbbbbb", 1.2), "depth_m", bands=depth_bands(1.2)),
        Style(
            "slope",
            Symbol("#bbbbbb", 1.2),
            "side_slope_deg",
            bands=(
                Band(-90.0, -5.0, "5° and more, falls to port", Symbol("#0072B2", 1.2)),
                Band(-5.0, -1.0, "1–5°, falls to port", Symbol("#56B4E9", 1.2)),
                Band(-1.0, 1.0, "under 1°", Symbol("#dddddd", 1.2)),
                Band(1.0, 5.0, "1–5°, falls to starboard", Symbol("#E69F00", 1.2)),
                Band(5.0, 90.0, "5° and more, falls to starboard", Symbol("#D55E00", 1.2)),
            ),
        ),
    ),
    "seabed_bends": (
        Style(
            "kind",
            Symbol(QUIET, 1.4),
            "kind",
            (
                Category("hollow", "hollow: may hang free", Symbol("#CC79A7", 1.4)),
                Category("crest", "crest: may chafe", Symbol("#D55E00", 1.4)),
            ),
            other="other",
        ),
    ),
    "route_sectors": (
        Style(
            "zone", _NOT_KNOWN, "zone", categories(ZONE_COLOURS, 1.6), label=_RANGE_LABEL, label_from_scale=1_500_000
        ),
    ),
    "scenario_routes": (Style("level", Symbol("#0072B2", 0.8), label='"level_m_msl"', label_from_scale=1_500_000),),
    "scenario_seas": (Style("shore at that level", Symbol("#0072B2", 0.3, "dash"), label='"level_id"'),),
    "least_cost_paths": (Style("path", Symbol("#555555", 0.4, "dot")),),
    "corridors": (
        Style(
            "limit",
            Symbol("#238b45", 0.2, fill="solid", opacity=0.1),
            label="format_number(100 * \"excess_limit\", 1) || ' %'",
            label_from_scale=750_000,
        ),
    ),
    "alternatives": (Style("system", Symbol("#000000", 0.6, "dash"), "system_id", by_system=True, other="other"),),
    "risk_front": (
        Style("system", Symbol("#000000", 0.5), "system_id", by_system=True, label='"rank"', other="other"),
        Style(
            "choice",
            Symbol("#999999", 0.5),
            label="CASE WHEN \"is_knee\" THEN 'knee' WHEN \"is_least_present_value\" THEN 'least present value' END",
        ),
    ),
    "risk_sections": (
        Style("cable type", _NOT_KNOWN, "cable_type", categories(CABLE_COLOURS, 1.0)),
        Style("protection", _NOT_KNOWN, "protection_method", categories(BURIAL_COLOURS, 1.0)),
    ),
    "route_risk": (
        Style("faults", _NOT_KNOWN, "faults_at_most_per_1000km_year", bands=fault_bands(1.6)),
        Style(
            "verdict",
            Symbol(UNDECIDED, 1.4),
            "verdict",
            (Category("known", "known", Symbol(GOOD, 1.4)),),
        ),
    ),
    "design_routes": (
        Style("system", Symbol("#000000", 0.7), "system_id", by_system=True, other="other"),
        Style(
            "separation asked for",
            Symbol("#333333", 0.5),
            label="format_number(\"separation_asked_km\", 0) || ' km'",
            label_from_scale=1_500_000,
        ),
    ),
    "shared_hazards": (
        Style(
            "kind",
            Symbol(QUIET, 1.6),
            "kind",
            (
                Category("anchor", "an anchor", Symbol("#0072B2", 1.6)),
                Category("earthquake", "an earthquake", Symbol("#D55E00", 1.6)),
                Category("mud_volcano", "a mud volcano", Symbol("#8c510a", 1.6)),
            ),
            other="other",
        ),
    ),
    "branching_units": (
        Style(
            "way of joining",
            Symbol("#CC79A7", 2.6, marker="triangle"),
            "way",
            (
                Category("best place", "at the best place", Symbol("#009E73", 3.0, marker="triangle")),
                Category("on the trunk", "on the trunk as it is", Symbol("#E69F00", 2.6, marker="triangle")),
            ),
            other="other",
            label="'BU'",
        ),
    ),
    "branch_legs": (
        Style(
            "way of joining",
            Symbol(QUIET, 0.6),
            "way",
            (
                Category("best place", "by a unit at the best place", Symbol("#009E73", 0.8)),
                Category("on the trunk", "by a unit on the trunk as it is", Symbol("#E69F00", 0.6, "dash")),
                Category("separate", "by a cable of its own", Symbol("#56B4E9", 0.6, "dot")),
            ),
            other="other",
        ),
    ),
    "coastline": (Style("shoreline", Symbol(SHORE, 0.3)),),
    "cables": (
        Style(
            "kind",
            Symbol("#5e3c99", 0.4, "dot"),
            "kind",
            (
                Category("telecom_cable", "telecom cable", Symbol("#5e3c99", 0.4, "dot")),
                Category("power_cable", "power cable", Symbol("#b35806", 0.4, "dot")),
                Category("pipeline", "pipeline", Symbol("#444444", 0.4, "dash")),
            ),
            other="other",
            label='"name"',
            label_from_scale=1_500_000,
        ),
    ),
    "hazards": (
        Style(
            "kind",
            Symbol("#222222", 1.6),
            "kind",
            (
                Category("platform", "platform", Symbol("#222222", 1.8, marker="square")),
                Category("mud_volcano", "mud volcano", Symbol("#8c510a", 2.0, marker="triangle")),
                Category("oil_gas_field", "oil or gas field", Symbol("#7a0177", 1.8)),
                Category("restricted_area", "restricted area", Symbol("#7a0177", 2.0, marker="cross")),
            ),
            other="other",
            label='"name"',
            label_from_scale=750_000,
        ),
    ),
    "no_go": (Style("no-go", Symbol("#7a0177", 0.3, fill="hatched"), label='"name"', label_from_scale=750_000),),
    "crossings": (
        Style(
            "verdict",
            Symbol(UNDECIDED, 2.6, marker="cross"),
            "verdict",
            verdicts("pass", "fail", 2.6, "cross"),
            label='"name"',
        ),
    ),
    "parallel_runs": (Style("verdict", Symbol(UNDECIDED, 1.8), "verdict", verdicts("pass", "fail", 1.8)),),
    "route_hazards": (Style("verdict", Symbol(UNDECIDED, 1.4), "verdict", verdicts("clear", "inside", 1.4)),),
    "sectors": (
        Style(
            "zone",
            Symbol(QUIET, 0.3),
            "zone",
            tuple(
                Category(zone, zone, Symbol(colour, 0.3, fill="solid", opacity=0.35))
                for zone, colour in ZONE_COLOURS.items()
            ),
            other="other",
            label='"state"',
        ),
    ),
    "median_lines": (Style("median line", Symbol("#0072B2", 0.4, "dash"), label='"state_a" || \'–\' || "state_b"'),),
    "robustness": (
        Style(
            "share of samples near by",
            Symbol("#332288", 1.4),
            "system_id",
            by_system=True,
            other="other",
            label="format_number(100 * \"near_share\", 0) || ' % near'",
        ),
    ),
    "sample_routes": (
        Style("system", Symbol("#888888", 0.15), "system_id", by_system=True, other="other"),
        Style(
            "near or not",
            Symbol("#888888", 0.15),
            "is_near",
            (Category("true", "near", Symbol(GOOD, 0.15)), Category("false", "elsewhere", Symbol(BAD, 0.15))),
        ),
    ),
    "rank_acceptability": (
        Style(
            "candidate",
            Symbol("#888888", 0.8),
            "system_id",
            by_system=True,
            other="other",
            label="format_number(100 * \"best_share\", 0) || ' % best'",
        ),
    ),
    "weight_flips": (
        Style(
            "criterion",
            Symbol("#CC79A7", 0.5, "dash"),
            label='"criterion" || \' \' || "step" || \' to \' || format_number("factor", 2)',
            label_from_scale=1_500_000,
        ),
    ),
    "network_nodes": (
        Style(
            "kind",
            Symbol(QUIET, 2.4, marker="square"),
            "kind",
            tuple(
                Category(kind, kind, Symbol(colour, 2.6, marker=marker))
                for kind, colour, marker in NETWORK_NODE_SYMBOLS
            ),
            label='"name"',
        ),
    ),
    "network_legs": (
        Style(
            "what it follows",
            Symbol(QUIET, 0.6),
            "kind",
            tuple(Category(kind, kind, Symbol(colour, 0.8, dash)) for kind, colour, dash in NETWORK_LEG_SYMBOLS),
            label="\"leg_id\" || ' ' || format_number(\"length_km\", 0) || ' km'",
            label_from_scale=10_000_000,
        ),
    ),
    "network_paths": (Style("path", Symbol("#CC79A7", 1.4, opacity=0.5), label='"name"'),),
    "quarantine": (Style("in quarantine", Symbol("#D55E00", 2.0, marker="star"), label='"reason"'),),
}
"""The styles of every published layer; the first is the one it opens with."""


def system_colours(system_ids: Sequence[str]) -> dict[str, str]:
    """A colour for each system, in the order of the study."""
    return {system_id: SYSTEM_COLOURS[index % len(SYSTEM_COLOURS)] for index, system_id in enumerate(system_ids)}


def for_systems(style: Style, system_ids: Sequence[str]) -> Style:
    """The style with a category for every system, where it goes by system."""
    if not style.by_system:
        return style
    found = tuple(
        Category(system_id, system_id, Symbol(colour, style.symbol.size_mm, style.symbol.dash))
        for system_id, colour in system_colours(system_ids).items()
    )
    return replace(style, categories=found, by_system=False)


def channels_of(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of ``#rrggbb``, 0 to 255."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def rgb_at(stops: Sequence[tuple[float, str]], values: ArrayLike) -> NDArray[np.uint8]:
    """Red, green and blue of values, evenly between the two stops around each; shape ``values.shape + (3,)``.

    A value beyond the first or the last stop has the colour of that stop; NaN is black, so mask it.
    """
    places = [value for value, _ in stops]
    channels = np.array([channels_of(colour) for _, colour in stops], float)
    known = np.nan_to_num(np.asarray(values, float))
    return np.stack([np.interp(known, places, channel).round().astype(np.uint8) for channel in channels.T], axis=-1)
