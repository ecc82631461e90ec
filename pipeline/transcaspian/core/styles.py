"""How layers look, wherever they are shown: colours, symbols, classes and labels, by the name of the layer.

GeoPackage styles, the QGIS project, the pictures and the report all take them from here. Colours are of Okabe and
Ito's palette (told apart with every kind of colour vision) and of ColorBrewer's YlGnBu for depth.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.kinds import KIND_BY_NAME
from transcaspian.core.vocabulary import CONSTRAINT_KINDS, HAZARD_KINDS, NOT_KNOWN, SEVERITIES, Severity

Dash = Literal["solid", "dash", "dot"]
Marker = Literal["circle", "square", "triangle", "diamond", "cross", "star"]
Fill = Literal["none", "solid", "hatched"]
Stops = tuple[tuple[float, str], ...]
"""Values and the colours that stand for them; between two the colour goes over evenly."""

BLUE, SKY, GREEN, YELLOW = "#0072B2", "#56B4E9", "#009E73", "#F0E442"
ORANGE, VERMILION, PINK, BLACK = "#E69F00", "#D55E00", "#CC79A7", "#000000"
"""The palette of Okabe and Ito."""
SYSTEM_COLOURS = (VERMILION, GREEN, PINK, ORANGE, BLACK, SKY)
"""One route after another; `system_colours` begins again after the last."""
CABLE_COLOURS = {"DA": VERMILION, "RA": ORANGE, "SA": YELLOW, "LWA": GREEN, "LWP": SKY, "LW": BLUE}
BURIAL_COLOURS = {"plough": GREEN, "jetting": SKY, "trenching": PINK, "surface laid": "#999999"} | {
    "PLIB": BLUE,
    "mattress": BLACK,
    "beach trench": "#8c6d31",
    "HDD": "#5c4a1f",
}
INSTALLATION_COLOURS = {"beach": "#8c6d31", "shore end": ORANGE, "shallow": YELLOW, "main lay": BLUE}
ZONE_COLOURS = {"territorial": BLUE, "fishing": SKY, "seabed": "#cfe6f5"}
GOOD, BAD, UNDECIDED = GREEN, VERMILION, ORANGE
"""Colours of verdicts; the last is that of "insufficient information", neither good nor bad and never left out."""
MAX_CATEGORIES = 12
"""A legend of more shows those that a run has."""
LAND, SHORE, QUIET = "#d9d2c0", "#6b6558", "#666666"

DEPTH_STOPS: Stops = (
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
DEPTH_ERROR_STOPS: Stops = (
    (0.0, "#f7fcf5"),
    (2.0, "#fee8c8"),
    (10.0, "#fdbb84"),
    (50.0, "#e34a33"),
    (200.0, "#7f0000"),
)
"""One standard error of a depth in metres."""
DEPTH_SOURCE_STOPS: Stops = tuple(
    (float(number), colour) for number, colour in enumerate((SKY, ORANGE, GREEN, PINK, YELLOW, VERMILION, BLUE, BLACK))
)
"""Seabeds of a study by their number; those after the last are as the last."""
DEPTH_RESOLUTION_STOPS: Stops = (
    (1.0, "#00441b"),
    (50.0, "#41ab5d"),
    (500.0, "#c7e9c0"),
    (2000.0, "#fdbb84"),
    (12000.0, "#b30000"),
)
"""Spacing of seabed data in metres."""
COST_STOPS: Stops = (
    (1.0, "#ffffcc"),
    (1.5, "#fed976"),
    (2.0, "#fd8d3c"),
    (3.0, "#e31a1c"),
    (6.0, "#800026"),
)
"""Friction cost per metre of cable over that of clear seabed."""
FRICTION_STOPS: Stops = (
    (0.0, "#ffffff"),
    (0.5, "#fed976"),
    (1.0, "#fd8d3c"),
    (2.0, "#e31a1c"),
    (5.0, "#800026"),
)
"""What one criterion adds to the cost."""
EXCESS_STOPS: Stops = (
    (0.0, "#00441b"),
    (0.005, "#238b45"),
    (0.01, "#74c476"),
    (0.02, "#c7e9c0"),
    (0.05, "#f7fcf5"),
)
"""Share that the best line through a cell costs more than the published route."""


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
    label_wins
        Its labels are written whatever else is there.
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
    label_wins: bool = False


@dataclass(frozen=True)
class Group:
    """Layers that belong together, from top to bottom.

    Attributes
    ----------
    shown
        Those that a new project switches on.
    order
        Where the group stands among the others: first the lowest.
    note
        What the data dictionary says of them together.
    themes
        Of `THEMES`, those of the map that show its layers.
    closed
        Not opened in a legend, also where layers of it are shown.
    """

    title: str
    layers: tuple[str, ...]
    shown: tuple[str, ...] = ()
    order: int = 110
    note: str = ""
    themes: tuple[str, ...] = ()
    closed: bool = False


THEMES = ("Route", "Engineering", "Permits", "Risk", "Edit")
"""What a map is opened for: which layers it shows."""
SEVERE: dict[Severity, str] = {"critical": "#a4161a", "major": "#d55e00", "minor": "#e69f00", "information": "#666666"}
"""Colours of findings."""
CORE_GROUPS: tuple[Group, ...] = (
    Group("Findings", ("findings",), ("findings",), order=-10, themes=("Risk",)),
    Group(
        "Route",
        ("landing_points", "kp_marks", "routes"),
        ("landing_points", "kp_marks", "routes"),
        order=0,
        themes=THEMES,
    ),
    Group("Route Position List", ("rpl_points", "rpl_lines"), order=10, themes=("Engineering",)),
    Group(
        "Edit me",
        ("edit_vertices", "edit_via", "edit_keep_out", "edit_remarks"),
        order=15,
        themes=("Edit",),
        note="Copy the GeoPackage of a run, edit these layers in QGIS, and give the copy to `transcaspian adopt`.",
    ),
    Group(
        "Along the route",
        ("sld", "route_profile", "seabed_bends", "free_spans", "route_sectors", "route_findings", "bill"),
        order=20,
        themes=("Engineering",),
    ),
    Group(
        "Neighbours and hazards",
        ("crossings", "parallel_runs", "route_hazards", "cables", "hazards", "constraints", "no_go"),
        ("crossings", "cables", "hazards", "constraints", "no_go"),
        order=30,
        themes=("Route", "Permits", "Risk", "Edit"),
    ),
    Group(
        "Other lines",
        ("alternatives", "least_cost_paths", "cost_tolerance_zones", "corridors"),
        ("alternatives", "cost_tolerance_zones"),
        order=40,
        closed=True,
    ),
    Group(
        "Waters of the states",
        ("boundary_lines", "median_lines", "sectors"),
        ("boundary_lines", "median_lines"),
        order=80,
        themes=("Permits",),
    ),
    Group(
        "Landings",
        ("landing_sheets", "landing_levels", "landing_neighbours"),
        ("landing_sheets",),
        order=85,
        themes=("Engineering",),
    ),
    Group("Lower levels of the sea", ("scenario_routes", "scenario_seas"), order=90, closed=True),
    Group("Base", ("quarantine", "islands", "coastline"), ("islands", "coastline"), order=120, themes=THEMES),
)
"""Every layer of all runs stands in one of them."""


def categories(colours: dict[str, str], size_mm: float, fill: Fill = "none") -> tuple[Category, ...]:
    """A category for each value, told apart by colour alone."""
    return tuple(Category(value, value, Symbol(colour, size_mm, fill=fill)) for value, colour in colours.items())


def system_style(symbol: Symbol, label: str = "", name: str = "system") -> Style:
    """A style with a colour for each system."""
    return Style(name, symbol, "system_id", by_system=True, label=label, other="other")


def classes(symbol: Symbol, *rows: tuple[str, str, str]) -> tuple[Category, ...]:
    """A category for each value, label and colour, with the symbol otherwise the same."""
    return tuple(Category(value, label, replace(symbol, colour=colour)) for value, label, colour in rows)


def depth_bands(size_mm: float) -> tuple[Band, ...]:
    """A band between every two stops of the colours of depth, in the colour of the deeper."""
    return tuple(
        Band(low, high, f"{low:g}–{high:g} m", Symbol(colour, size_mm))
        for (low, _), (high, colour) in pairwise(DEPTH_STOPS)
    )


def kind_categories(names: Sequence[str]) -> tuple[Category, ...]:
    """A category for each kind, as the table of kinds has it."""
    kinds = [KIND_BY_NAME[name] for name in names]
    return tuple(
        Category(kind.name, kind.label, Symbol(kind.colour, kind.size_mm, marker=kind.marker)) for kind in kinds
    )


def _verdicts(good: str, bad: str, size_mm: float, marker: Marker = "circle") -> tuple[Category, ...]:
    """Categories of what was judged; what could not be judged is the symbol of all the others."""
    return classes(Symbol(GOOD, size_mm, marker=marker), (good, good, GOOD), (bad, bad, BAD))


UNKNOWN_SYMBOL = Symbol("#bbbbbb", 0.8, "dot")
_KP_LABEL = 'CASE WHEN "kp_km" % 10 = 0 THEN \'KP \' || format_number("kp_km", 0) END'
_RANGE_LABEL = "format_number(\"length_km\", 1) || ' km'"

LANDING_VERDICTS = classes(
    Symbol(QUIET, 3.0, marker="diamond"),
    ("viable", "viable", GOOD),
    ("not viable", "not viable: choose another", BAD),
    (NOT_KNOWN, NOT_KNOWN, UNDECIDED),
)

_SYSTEM_LABEL = "\"system_id\" || coalesce(' (alternative of ' || \"alternative_of\" || ')', '')"

CORE_STYLES: dict[str, tuple[Style, ...]] = {
    "routes": (
        system_style(Symbol(BLACK, 0.9), _SYSTEM_LABEL),
        Style("plain", Symbol(VERMILION, 0.9)),
    ),
    "landing_points": (Style("landing", Symbol("#111111", 3.0, marker="diamond"), label='"name"', label_wins=True),),
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
        Style("cable type", UNKNOWN_SYMBOL, "CableType", categories(CABLE_COLOURS, 1.0)),
        Style("protection", UNKNOWN_SYMBOL, "ProtectionMethod", categories(BURIAL_COLOURS, 1.0)),
        Style("territorial water", Symbol(QUIET, 0.6), label='"TerritorialWater"', label_from_scale=1_500_000),
    ),
    "sld": (
        Style("cable type", UNKNOWN_SYMBOL, "cable_type", categories(CABLE_COLOURS, 1.6)),
        Style("protection", UNKNOWN_SYMBOL, "protection_method", categories(BURIAL_COLOURS, 1.6)),
        Style("installation", UNKNOWN_SYMBOL, "installation", categories(INSTALLATION_COLOURS, 1.6)),
        Style("greatest depth", UNKNOWN_SYMBOL, "max_depth_m", bands=depth_bands(1.6)),
        Style(
            "waters", UNKNOWN_SYMBOL, "zone", categories(ZONE_COLOURS, 1.6), label='"state"', label_from_scale=1_500_000
        ),
    ),
    "route_profile": (
        Style("depth", Symbol("#bbbbbb", 1.2), "depth_m", bands=depth_bands(1.2)),
        Style(
            "slope",
            Symbol("#bbbbbb", 1.2),
            "side_slope_deg",
            bands=(
                Band(-90.0, -5.0, "5° and more, falls to port", Symbol(BLUE, 1.2)),
                Band(-5.0, -1.0, "1–5°, falls to port", Symbol(SKY, 1.2)),
                Band(-1.0, 1.0, "under 1°", Symbol("#dddddd", 1.2)),
                Band(1.0, 5.0, "1–5°, falls to starboard", Symbol(ORANGE, 1.2)),
                Band(5.0, 90.0, "5° and more, falls to starboard", Symbol(VERMILION, 1.2)),
            ),
        ),
    ),
    "seabed_bends": (
        Style(
            "kind",
            Symbol(QUIET, 1.4),
            "kind",
            classes(
                Symbol(QUIET, 1.4),
                ("hollow", "hollow: may hang free", PINK),
                ("crest", "crest: may chafe", VERMILION),
            ),
            other="other",
        ),
    ),
    "free_spans": (
        Style(
            "verdict",
            Symbol(QUIET, 1.4),
            "verdict",
            classes(
                Symbol(QUIET, 1.4),
                ("critical", "critical: beyond a limit of the study", VERMILION),
                ("within limits", "free span within the limits", SKY),
            ),
            other="insufficient information",
        ),
    ),
    "findings": (
        Style(
            "severity",
            Symbol(QUIET, 2.6, marker="triangle"),
            "severity",
            tuple(Category(name, name, Symbol(SEVERE[name], 3.0, marker="triangle")) for name in SEVERITIES),
            label='"kind"',
            label_from_scale=2_000_000,
        ),
    ),
    "route_findings": (Style("finding", Symbol(UNDECIDED, 2.0), label='"found"', label_from_scale=750_000),),
    "bill": (Style("item", Symbol(QUIET, 0.4)),),
    "edit_vertices": (Style("vertex", Symbol(BLACK, 2.4, marker="square"), label='"PosNo"', label_from_scale=750_000),),
    "edit_via": (Style("via", Symbol(PINK, 3.2, marker="diamond"), label='"order"'),),
    "edit_keep_out": (Style("keep out", Symbol(VERMILION, 0.5, fill="hatched")),),
    "edit_remarks": (Style("remark", Symbol(BLUE, 3.0, marker="star"), label='"remarks"', label_from_scale=1_500_000),),
    "route_sectors": (
        Style(
            "zone",
            UNKNOWN_SYMBOL,
            "zone",
            categories(ZONE_COLOURS, 1.6),
            label=_RANGE_LABEL,
            label_from_scale=1_500_000,
        ),
    ),
    "scenario_routes": (Style("level", Symbol(BLUE, 0.8), label='"level_m_msl"', label_from_scale=1_500_000),),
    "landing_sheets": (Style("verdict", UNKNOWN_SYMBOL, "verdict", LANDING_VERDICTS, label='"name"'),),
    "landing_levels": (Style("verdict", UNKNOWN_SYMBOL, "verdict", LANDING_VERDICTS, label='"stands_m_msl"'),),
    "landing_neighbours": (Style("near", Symbol(QUIET, 0.3, "dot"), label='"name"', label_from_scale=250_000),),
    "scenario_seas": (Style("shore at that level", Symbol(BLUE, 0.3, "dash"), label='"level_id"'),),
    "least_cost_paths": (Style("path", Symbol("#555555", 0.4, "dot")),),
    "cost_tolerance_zones": (
        Style(
            "limit",
            Symbol("#238b45", 0.2, fill="solid", opacity=0.1),
            label="format_number(100 * \"excess_limit\", 1) || ' %'",
            label_from_scale=750_000,
        ),
    ),
    "corridors": (
        Style(
            "limit",
            Symbol("#238b45", 0.2, fill="solid", opacity=0.1),
            label="format_number(100 * \"excess_limit\", 1) || ' %'",
            label_from_scale=750_000,
        ),
    ),
    "alternatives": (system_style(Symbol(BLACK, 0.6, "dash")),),
    "coastline": (Style("shoreline", Symbol(SHORE, 0.3)),),
    "islands": (Style("island", Symbol(SHORE, 0.3, fill="hatched"), label='"name"', label_from_scale=750_000),),
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
            kind_categories(HAZARD_KINDS),
            other="other",
            label='"name"',
            label_from_scale=750_000,
        ),
    ),
    "constraints": (
        Style(
            "kind",
            Symbol(QUIET, 1.6),
            "kind",
            kind_categories(CONSTRAINT_KINDS),
            other="other",
            label='"name"',
            label_from_scale=750_000,
        ),
        Style(
            "role",
            Symbol(QUIET, 1.6),
            "role",
            classes(
                Symbol(QUIET, 1.6),
                ("barrier", "no line enters it", VERMILION),
                ("friction", "more costly inside", ORANGE),
                ("friction_by_distance", "more costly nearby", YELLOW),
                ("follow", "to run along", GREEN),
                ("price_per_crossing", "a price for each crossing", PINK),
                ("advice", "listed only", SKY),
            ),
            other="other",
        ),
    ),
    "no_go": (Style("no-go", Symbol("#7a0177", 0.3, fill="hatched"), label='"name"', label_from_scale=750_000),),
    "crossings": (
        Style(
            "verdict",
            Symbol(UNDECIDED, 2.6, marker="cross"),
            "verdict",
            _verdicts("pass", "fail", 2.6, "cross"),
            label='"name"',
        ),
    ),
    "parallel_runs": (Style("verdict", Symbol(UNDECIDED, 1.8), "verdict", _verdicts("pass", "fail", 1.8)),),
    "route_hazards": (Style("verdict", Symbol(UNDECIDED, 1.4), "verdict", _verdicts("clear", "inside", 1.4)),),
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
    "median_lines": (Style("median line", Symbol(BLUE, 0.4, "dash"), label='"state_a" || \'–\' || "state_b"'),),
    "boundary_lines": (
        Style(
            "how it is known",
            Symbol(BLUE, 0.6),
            "kind",
            classes(
                Symbol(BLUE, 0.6),
                ("agreed", "agreed line", BLUE),
                ("assumed", "assumed from the end of one", PINK),
            ),
            other="other",
            label='"state_a" || \'–\' || "state_b" || \', \' || "kind"',
        ),
    ),
    "quarantine": (Style("in quarantine", Symbol(VERMILION, 2.0, marker="star"), label='"reason"'),),
}
"""The styles of the layers of all runs; the first is the one a layer opens with."""


def system_colours(system_ids: Sequence[str]) -> dict[str, str]:
    """A colour for each system, in the order of the study."""
    return {system_id: SYSTEM_COLOURS[index % len(SYSTEM_COLOURS)] for index, system_id in enumerate(system_ids)}


def for_run(style: Style, system_ids: Sequence[str], values: Container[object]) -> Style:
    """The style with a category for every system, where it goes by system; of many kinds, those that are there.

    Parameters
    ----------
    values
        What the column has that the classes go by.
    """
    if len(style.categories) > MAX_CATEGORIES:
        return replace(style, categories=tuple(item for item in style.categories if item.value in values))
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


def stops_to(stops: Stops, highest: float) -> Stops:
    """Colours over the range of the data: as many as stops begin below the highest value, spread over all colours.

    >>> [value for value, _ in stops_to(DEPTH_STOPS, 95.0)], stops_to(DEPTH_STOPS, 95.0)[-1][1]
    ([0.0, 20.0, 50.0, 95.0], '#02061a')
    """
    values = [value for value, _ in stops if value < highest]
    if not np.isfinite(highest) or not values:
        return stops
    places = np.linspace(0.0, len(stops) - 1.0, len(values) + 1)
    ramp = [(float(number), colour) for number, (_, colour) in enumerate(stops)]
    colours = ["#" + bytes(channels.tolist()).hex() for channels in rgb_at(ramp, places)]
    return tuple(zip([*values, float(highest)], colours, strict=True))


def rgb_at(stops: Sequence[tuple[float, str]], values: ArrayLike) -> NDArray[np.uint8]:
    """Red, green and blue of values, evenly between the two stops around each; shape ``values.shape + (3,)``.

    A value beyond the first or the last stop has the colour of that stop; NaN is black, so mask it.
    """
    places = [value for value, _ in stops]
    channels = np.array([channels_of(colour) for _, colour in stops], float)
    known = np.nan_to_num(np.asarray(values, float))
    return np.stack([np.interp(known, places, channel).round().astype(np.uint8) for channel in channels.T], axis=-1)
