"""What the page says, as plain values: figures with their status, tables from layers, and the data of the script."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import add
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from markupsafe import Markup

from transcaspian.core.cost_range import COST_COLUMNS, CostRange
from transcaspian.core.frames import as_alternative, of_system
from transcaspian.core.kinds import KIND_BY_NAME
from transcaspian.core.layer_catalogue import all_layers
from transcaspian.core.reconciled import COUNTS, amount, signed
from transcaspian.core.styles import system_colours
from transcaspian.core.svg import as_html
from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.export import Description
from transcaspian.report.page.chart_map import Layers, Mercator
from transcaspian.report.page.landing_map import landing_svg
from transcaspian.study import Study
from transcaspian.study.base import cited

NONE = "–"


@dataclass(frozen=True)
class Figure:
    """A figure as it is shown: what it is, its text with the unit, its status and where it comes from."""

    name: str
    text: str
    status: str
    source: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table: the field of a row, its heading (the name of the field otherwise), and its form.

    ``empty`` stands where the field is empty. ``is_figure``: it holds figures; with a form it always does.
    """

    field: str
    heading: str | None = None
    form: str = ""
    empty: str = NOT_KNOWN
    is_figure: bool = False


@dataclass(frozen=True)
class Table:
    """A table: ``numeric`` tells which columns are figures, ``sentences`` what stands under each row."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    status: str = ""
    note: str = ""
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True)
class SystemPart:
    """What the page says of one system; ``landings``: their maps; ``alternative``: of which other system it is one."""

    id: str
    name: str
    colour: str
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    positions: Table | None
    landings: tuple[Markup, ...] = ()
    alternative: str = ""


FROM_TO = (Column("from_kp_km", "from KP, km", ".1f"), Column("to_kp_km", "to KP, km", ".1f"))
ACCURACY = Column("position_accuracy_m", "position of the asset known to, m", ",.0f", "not stated")
SYSTEM_TABLES: tuple[tuple[str, str, str, tuple[Column, ...]], ...] = (
    (
        "route_findings",
        "Where the line as given and the rules differ",
        "What a list or a person states stands; nothing was changed to keep the rules.",
        (
            *FROM_TO,
            Column("FromPos", "from position"),
            Column("ToPos", "to position"),
            Column("rule"),
            Column("found"),
            Column("expected"),
        ),
    ),
    (
        "route_sectors",
        "Whose waters",
        "By the nearest shore (equidistance) unless the study gives areas of its own; not the lines of any treaty.",
        (
            *FROM_TO,
            Column("length_km", "length, km", ".1f"),
            Column("state"),
            Column("zone"),
        ),
    ),
    (
        "crossings",
        "Crossings of cables and pipelines",
        "Judged only where the position of the asset is known well enough.",
        (
            Column("kp_km", "KP, km", ".1f"),
            Column("name", empty=NONE),
            Column("kind"),
            Column("state"),
            Column("angle_deg", "angle, °", ".0f"),
            Column("depth_m", "depth, m", ".0f"),
            Column("depth_error_m", "± m", ".0f"),
            ACCURACY,
            Column("verdict"),
        ),
    ),
    (
        "parallel_runs",
        "Runs beside cables and pipelines",
        "Stretches nearer to an asset than the rule asks for.",
        (
            *FROM_TO,
            Column("name", empty=NONE),
            Column("kind"),
            Column("min_distance_m", "smallest distance, m", ",.0f"),
            Column("required_m", "required, m", ",.0f"),
            ACCURACY,
            Column("verdict"),
        ),
    ),
    (
        "route_hazards",
        "Hazards along the route",
        "What a source does not cover is listed too: missing data are never clear seabed.",
        (
            *FROM_TO,
            Column("name"),
            Column("kind", empty=NONE),
            Column("nearest_m", "nearest, m", ",.0f"),
            Column("keep_off_m", "to keep, m", ",.0f", NONE),
            Column("season", empty=NONE),
            Column("verdict"),
        ),
    ),
    (
        "scenario_routes",
        "Lower levels of the sea",
        "The same route at levels the study names; it is not sought again.",
        (
            Column("level_m_msl", "level, m on MSL", ".1f"),
            Column("from_extension_km", "dry at the start, km", ".1f"),
            Column("to_extension_km", "dry at the end, km", ".1f"),
            Column("dry_km", "dry between, km", ".1f"),
            Column("shallow_km", "shallow, km", ".1f"),
            Column("shallow_limit_m", "shallow is under, m", ".0f", NONE),
            Column("unknown_km", "no depth, km", ".1f"),
            Column("max_depth_m", "deepest, m", ".0f"),
            Column("max_depth_error_m", "± m", ".0f"),
        ),
    ),
    (
        "bill",
        "Cost",
        "By the cost book of the study, as if the system was built alone. Low and high are sums of all low and of all "
        "high prices: limits, not probabilities.",
        (
            Column("item"),
            Column("quantity", "quantity", ",.2f"),
            Column("unit"),
            Column("cost_low_usd", "low, USD", ",.2f"),
            Column("cost_base_usd", "base, USD", ",.2f"),
            Column("cost_high_usd", "high, USD", ",.2f"),
            Column("status"),
        ),
    ),
    (
        "landing_sheets",
        "Landings",
        "Distances run along the route from the waterline; in brackets, what one error of the depths leaves open. The "
        "files landings/ have all of it.",
        (
            Column("name"),
            Column("manhole_event", "stands for the manhole", empty=NONE),
            Column("height_m", "height, m", "+.1f"),
            Column("waterline_km", "manhole to waterline, km", ".2f"),
            Column("shore_end_km", "shore end by barge, km", ".1f"),
            Column("landing_slope_deg", "slope of the first 3 km, °", ".2f"),
            *(
                column
                for depth in (3, 5, 10, 15)
                for column in (
                    Column(f"to_{depth}m_m", f"to {depth} m, m", ",.0f"),
                    Column(f"to_{depth}m_min_m", "(from", ",.0f"),
                    Column(f"to_{depth}m_max_m", "to)", ",.0f"),
                )
            ),
            Column("state"),
            Column("zone"),
            Column("verdict"),
            Column("not_known", "not known"),
        ),
    ),
    (
        "landing_levels",
        "Landings at lower levels",
        "With the wind's set-down and set-up; the beach manhole does not move. In brackets, what one error of the "
        "depths leaves open, no nearer than the shoreline.",
        (
            Column("landing_id", "landing"),
            Column("level_m_msl", "level, m on MSL", ".1f"),
            Column("set_up_m", "wind, m", "+.1f"),
            Column("waterline_km", "manhole to waterline, km", ".2f"),
            Column("waterline_min_km", "(from", ".2f"),
            Column("waterline_max_km", "to)", ".2f"),
            Column("shore_end_km", "shore end by barge, km", ".1f"),
            Column("lay_km", "manhole to main lay, km", ".1f"),
            Column("verdict"),
        ),
    ),
    (
        "landing_neighbours",
        "Near the landings",
        "Assets, hazards and features of constraints, from the beach manhole.",
        (
            Column("landing_id", "landing"),
            Column("group"),
            Column("name", empty=NONE),
            Column("kind"),
            Column("distance_m", "distance, m", ",.0f"),
            Column("bearing_from_deg", "bearing, °", ".0f"),
            Column("position_accuracy_m", "known to, m", ",.0f", "not stated"),
        ),
    ),
    (
        "alternatives",
        "Alternatives",
        "Cheapest lines that keep their distance from the route and from each other, with legs by the same rules.",
        (
            Column("rank"),
            Column("length_km", "length, km", ".1f"),
            Column("excess", "weighted length against the route's", "+.2%"),
            Column("cost_base_usd", "cost, USD", ",.2f", NONE),
            Column("separated_share", "share apart", ".0%"),
            Column("reached_separation_km", "smallest distance, km", ".1f", NONE),
        ),
    ),
    (
        "cost_tolerance_zones",
        "Cost-tolerance zones",
        "All seabed through which some line runs that costs at most so much more than the published route.",
        (
            Column("excess_limit", "costs more by at most", ".1%"),
            Column("area_km2", "area, km²", ",.0f"),
            Column("mean_width_km", "mean width, km", ".1f"),
            Column("cheaper_km2", "with lines that cost less, km²", ",.0f"),
        ),
    ),
)
"""Layer, title, note and columns of the tables of a system."""
POSITION_COLUMNS = (
    Column("SeqNo"),
    Column("PosNo"),
    Column("Event", empty=NONE),
    Column("Latitude", "Latitude, °", ".6f"),
    Column("Longitude", "Longitude, °", ".6f"),
    Column("DistCumulative", "Route, km", ".3f"),
    Column("CableDistCumulative", "Cable, km", ".3f"),
    Column("ApproxDepth", "Depth, m", ".0f"),
    Column("DepthError", "± m", ".0f"),
    Column("Remarks", empty=""),
)
SUMMARY_COLUMNS = (
    ("route", "length_km", "km", ".1f", "DERIVED"),
    ("geodesic", "geodesic_km", "km", ".1f", "DERIVED"),
    ("published", "published_km", "km", ",.0f", "REAL"),
    ("differs", "difference_km", "km", "+.1f", "DERIVED"),
    ("verdict", "published_verdict", "", "", "DERIVED"),
    ("deepest", "max_depth_m", "m", ".0f", "DERIVED"),
    ("cable", "cable_km", "km", ".1f", "DERIVED"),
    ("cost", "cost_base_usd", "USD", ",.2f", "by the cost book"),
    ("gap", "optimality_gap", "%", ".1%", "DERIVED"),
)
Published = Mapping[str, Sequence[Mapping[str, Any]]]
"""Published figures beside ours, and the branches of the network, as the manifest has them."""
PUBLISHED_COLUMNS = (
    Column("what", "published"),
    Column("name", "of", empty=NONE),
    Column("figure"),
    Column("status"),
    Column("ours", empty=NONE, is_figure=True),
    Column("counted", "which counts", empty=NONE),
    Column("difference", "ours less published", empty=NONE, is_figure=True),
    Column("verdict"),
    Column("source"),
)
PUBLISHED_NOTE = (
    "Like with like: a figure is compared with what it counts. Consistent: the difference is within the rounding of "
    "the figure (±) and our own uncertainty. Cannot be told: it depends on what the source does not say. Nothing is "
    "tuned to any of them."
)
BRANCH_COLUMNS = (
    Column("branch"),
    Column("former_length_km", "was, km", ",.0f", NONE),
    Column("reduction_km", "reduced by, km", ",.0f", NONE),
    Column("length_km", "is, km", ",.0f", NONE),
    Column("ours_length_km", "ours, km", ",.0f", NONE),
    Column("uncertainty_length_km", "± km", ",.0f", NONE),
    Column("length_km_verdict", "length"),
    Column("length_km_holds_if", "holds if", empty=NONE),
    Column("length_km_of", "of", empty=NONE),
    Column("former_delay_ms", "was, ms", ",.1f", NONE),
    Column("delay_ms", "is, ms", ",.1f", NONE),
    Column("former_delay_fit", "was, over its length", empty=NONE),
    Column("delay_fit", "is, over its length", empty=NONE),
    Column("ours_delay_ms", "ours, ms", ",.2f", NONE),
    Column("uncertainty_delay_ms", "± ms", ",.2f", NONE),
    Column("delay_ms_verdict", "delay"),
    Column("delay_ms_holds_if", "holds if", empty=NONE),
)
BRANCHES_NOTE = (
    "Published lengths and delays are REAL (their sources stand below), ours DERIVED, of the path of the branch that "
    "comes nearest. No source describes the former lines, so nothing of ours stands beside them."
)
FIGURES: tuple[tuple[str, str, str, str], ...] = (
    ("length of the route", "length_km", ",.1f", "km"),
    ("geodesic between the landings", "geodesic_km", ",.1f", "km"),
    ("length along the seabed", "seabed_length_km", ",.1f", "km"),
    ("cable as laid, with slack", "cable_km", ",.1f", "km"),
    ("spare cable", "spare_cable_km", ",.1f", "km"),
    ("alter courses", "alter_courses", ",.0f", ""),
    ("greatest depth", "max_depth_m", ",.0f", "m"),
    ("one standard error of it", "max_depth_error_m", ",.0f", "m"),
    ("without a depth", "depth_unknown_km", ",.1f", "km"),
    ("no line on the cost grid through the same points is cheaper by more than", "optimality_gap", ".1%", ""),
)


def shown(value: Any, form: str = "", empty: str = NOT_KNOWN) -> str:
    """A value as text, a kind as people read it; what is missing is said to be so."""
    if isinstance(value, str):
        return KIND_BY_NAME[value].label if value in KIND_BY_NAME else value
    if pd.isna(value):
        return empty
    if form:
        return format(float(value), form).replace("-", "\u2212")
    return str(value)


def layer_table(
    name: str, data: gpd.GeoDataFrame, title: str, note: str, columns: Sequence[Column], status: str = "DERIVED"
) -> Table:
    """A table of the rows of a layer.

    Parameters
    ----------
    name
        Of the layer.
    status
        Of all its figures; empty where each row has its own.
    """
    figures = {field.name for field in all_layers()[name].fields if field.type in ("int", "float")}
    known = [replace(column, is_figure=column.field in figures) for column in columns]
    return records_table(title, known, data.to_dict("records"), status, note)


def records_table(
    title: str,
    columns: Sequence[Column],
    records: Iterable[Mapping[str, Any]],
    status: str = "",
    note: str = "",
    sentences: tuple[str, ...] = (),
) -> Table:
    """A table of records, by the fields that the columns name.

    Parameters
    ----------
    status
        Of all its figures; empty where each row has its own.
    """
    return Table(
        title,
        tuple(column.field if column.heading is None else column.heading for column in columns),
        tuple(tuple(shown(row[one.field], one.form, one.empty) for one in columns) for row in records),
        tuple(column.is_figure or bool(column.form) for column in columns),
        status,
        note,
        sentences,
    )


def summary_table(routes: gpd.GeoDataFrame) -> Table:
    """A row per system with the figures that a manager asks for."""
    rows = []
    for row in routes.to_dict("records"):
        figures = (shown(row[field], form, NONE) for _, field, _, form, _ in SUMMARY_COLUMNS)
        rows.append((f"{row['system_id']}: {row['name']}{as_alternative(row['alternative_of'])}", *figures))
    headings = (f"{name}{f', {unit}' if unit else ''} ({status})" for name, _, unit, _, status in SUMMARY_COLUMNS)
    are_figures = (False, *(bool(form) for *_, form, _ in SUMMARY_COLUMNS))
    return Table("Systems", ("system", *headings), tuple(rows), are_figures)


def published_tables(found: Published) -> tuple[Table, ...]:
    """The branches of the network with old and new figures, and every published figure beside ours."""
    rows = [published_row(row) for row in found["figures"]]
    sentences = tuple(
        f"{row['what']}{f', {name}' if (name := row['name']) else ''}: {row['explanation']}"
        + (f" ({row['remarks']})" if row["remarks"] else "")
        for row in found["figures"]
    )
    tables = (
        records_table("Branches of the network", BRANCH_COLUMNS, found["branches"], "", BRANCHES_NOTE),
        records_table("Published figures beside ours", PUBLISHED_COLUMNS, rows, "", PUBLISHED_NOTE, sentences),
    )
    return tuple(table for table in tables if table.rows)


def published_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A published figure as it is read."""
    unit, last, ours = row["unit"], row["published_to"], row["ours"]
    figure = f"{amount(row['published'], unit)}{'' if last is None else f' to {amount(last, unit)}'}"
    return {
        **row,
        "figure": f"{figure} ± {amount(row['tolerance'], unit)}",
        "ours": None if ours is None else amount(ours, unit, row["uncertainty"]),
        "difference": None if ours is None else signed(row["difference"], unit),
        "counted": COUNTS.get(row["ours_counts"]),
    }


def system_parts(layers: Layers) -> tuple[SystemPart, ...]:
    """What is said of each system, in their order."""
    colours = system_colours(list(layers["routes"]["system_id"]))
    return tuple(
        SystemPart(
            id=row["system_id"],
            name=f"{row['name']}{as_alternative(row['alternative_of'])}",
            colour=colours[row["system_id"]],
            figures=tuple(figures_of(row)),
            tables=tuple(tables_of(row["system_id"], layers)),
            positions=positions_of(row["system_id"], layers),
            alternative=as_alternative(row["alternative_of"]),
            landings=tuple(landing_maps(row["system_id"], layers)),
        )
        for row in layers["routes"].to_dict("records")
    )


def figures_of(row: Mapping[str, Any]) -> Iterator[Figure]:
    """Figures of a route with their statuses."""
    for name, field, form, unit in FIGURES:
        value = row[field]
        if not pd.isna(value):
            yield Figure(name, f"{shown(value, form)} {unit}".strip(), "DERIVED")
    if not pd.isna(row["published_km"]):
        yield Figure(
            "published length", f"{shown(row['published_km'], ',.0f')} km", "REAL", row["published_source"] or ""
        )
        verdict = row["published_verdict"]
        yield Figure("cable less published", f"{shown(row['difference_km'], '+,.1f')} km: {verdict}", "DERIVED")
    if not pd.isna(row["cost_base_usd"]):
        low, base, high = (row[name] for name in COST_COLUMNS)
        cost = CostRange(low, base, high, row["cost_status"])
        yield Figure("cost", f"{cost.in_full} USD", cost.cost_status, "table [prices] of the study")
    base = f"{shown(row['cost_usd'], ',.2f')} USD"
    yield Figure("length at the base price per km", base, "ASSUMED", "table [cost] of the study; no cost of this route")


LIMITS = {"(from": " ({}", "to)": " to {})"}
"""Headings of the columns of limits, and how their figures stand behind that of the column before."""


def tables_of(system_id: str, layers: Layers) -> Iterator[Table]:
    """The tables of a system that have rows."""
    for name, title, note, columns in SYSTEM_TABLES:
        own = of_system(layers[name], system_id) if name in layers else ()
        if len(own):
            table = layer_table(name, own, title, note, columns)
            yield turned(table) if name == "landing_sheets" else table


def turned(table: Table) -> Table:
    """A table of few rows and many columns with a row for each column; limits stand in brackets behind their figure.

    >>> turned(Table("", ("name", "to 3 m", "(from", "to)"), (("a", "12", "10", "15"),), (False,) * 4)).rows
    (('to 3 m', '12 (10 to 15)'),)
    """
    rows: list[tuple[str, ...]] = []
    for heading, *cells in zip(table.headings[1:], *(row[1:] for row in table.rows), strict=True):
        if heading in LIMITS:
            limits = (LIMITS[heading].format(cell) if cell[:1].isdigit() else "" for cell in cells)
            rows[-1] = (rows[-1][0], *map(add, rows[-1][1:], limits))
        else:
            rows.append((heading, *cells))
    headings = (table.headings[0], *(row[0] for row in table.rows))
    return replace(table, headings=headings, rows=tuple(rows), numeric=(False,) * len(headings))


def landing_maps(system_id: str, layers: Layers) -> Iterator[Markup]:
    """The map of each landing of a system."""
    for row in of_system(layers["landing_sheets"], system_id).to_dict("records"):
        yield Markup(as_html(landing_svg(layers, row)))


def positions_of(system_id: str, layers: Layers) -> Table | None:
    """The Route Position List of a system; None without one."""
    own = of_system(layers["rpl_points"], system_id)
    if not len(own):
        return None
    return layer_table("rpl_points", own, f"Route Position List ({len(own)} positions)", "", POSITION_COLUMNS)


def sources_table(about: Description) -> Table:
    """Every data set with its credit."""
    headings = ("role", "citation", "version", "licence", "datum", "epoch", "status", "sha256")
    rows = tuple(tuple(getattr(source, name) or NONE for name in headings) for source in about.sources)
    return Table("Sources", headings, rows, (False,) * len(headings))


def assumptions_table(study: Study) -> Table:
    """Every table of the study that has a source and a status: what was assumed is said."""
    rows = tuple(sorted(cited(study.model_dump(mode="json"))))
    return Table("What the study takes for given", ("table of the study", "status", "source"), rows, (False,) * 3)


def script_data(layers: Layers, frame: Mercator) -> dict[str, Any]:
    """What the script needs to link map and profile: the samples of each route, and what lies along it."""
    return {
        str(system_id): _samples_of(str(name), layers, frame, str(system_id))
        for system_id, name in zip(layers["routes"]["system_id"], layers["routes"]["name"], strict=True)
    }


def _samples_of(name: str, layers: Layers, frame: Mercator, system_id: str) -> dict[str, Any]:
    """The samples of one system: rounded, and None where nothing is known."""
    own = of_system(layers["route_profile"], system_id)
    lonlat = np.column_stack([own.geometry.x, own.geometry.y]) if len(own) else np.empty((0, 2))
    units = frame.units(lonlat)
    segments = of_system(layers["sld"], system_id).sort_values("from_kp_km")
    return {
        "name": name,
        "kp": rounded(own["kp_km"], 3),
        "depth": rounded(own["depth_m"], 1),
        "inline": rounded(own["in_line_slope_deg"], 2),
        "side": rounded(own["side_slope_deg"], 2),
        "lon": rounded(lonlat[:, 0], 6),
        "lat": rounded(lonlat[:, 1], 6),
        "x": rounded(units[:, 0], 2),
        "y": rounded(units[:, 1], 2),
        "segments": [segment_of(row) for row in segments.to_dict("records")],
    }


def segment_of(row: Mapping[str, Any]) -> list[float | str]:
    """From KP, to KP, cable and protection, waters: of a row of the straight-line diagram."""
    protection = f"{shown(row['protection_method'])} {shown(row['target_burial_m'], 'g')} m deep"
    waters = f"{row['state']} {row['zone']}" if isinstance(row["state"], str) else f"waters: {NOT_KNOWN}"
    ends = [round(float(row[name]), 3) for name in ("from_kp_km", "to_kp_km")]
    return [*ends, f"{shown(row['cable_type'])}, {protection}", waters]


def rounded(values: Any, decimals: int) -> list[float | None]:
    """Figures for JSON."""
    return [None if math.isnan(value) else round(float(value), decimals) for value in np.asarray(values, float)]
