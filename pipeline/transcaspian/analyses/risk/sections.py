"""Cost against risk on the page of the system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd

from transcaspian.analyses.risk import charts
from transcaspian.analyses.risk.findings import PUBLISHED_SHARES
from transcaspian.core.findings import AnalysisResult
from transcaspian.core.vocabulary import CABLE_TYPES, NOT_KNOWN
from transcaspian.report.page.content import NONE, Column, Table, layer_table, records_table
from transcaspian.report.page.parts import Block, Picture, Section
from transcaspian.report.page.system import SystemPage

MILLION = 1e6
BETTER = "better than the route of the run"
LEAD = (
    "Every point of a front is a route with legs, armour and burial of its own: no other point is cheaper with fewer "
    "faults. The route of the run has the cable by the rules of engineering, priced alike. Rates are the study's own."
)
CORNERS = {
    "cheapest": "cheapest",
    "knee": "knee",
    "lowest_present_value": "lowest present value",
    "lowest_faults": "lowest number of faults",
}
FRONT_COLUMNS = (
    Column("point_id", "point"),
    Column("dominates_route", ""),
    Column("cost_usd", "laying cost, USD", ",.0f"),
    Column("cost_over_route_percent", "beside the route, %", "+.1f", NONE),
    Column("faults_over_route_percent", "its faults beside the route, %", "+.1f", NONE),
    Column("faults_at_most_per_year", "faults a year, at most", ".4f"),
    Column("faults_low_per_year", "at the low end", ".4f", NONE),
    Column("faults_high_per_year", "at the high end", ".4f", NONE),
    Column("repair_days_per_year", "repair, days a year", ".2f"),
    Column("repair_usd_per_year", "repairs, USD a year", ",.0f"),
    Column("present_value_usd", "present value, USD", ",.0f"),
    Column("length_km", "length, km", ",.1f"),
    *(Column(f"{name.lower()}_km", f"{name}, km", ",.0f") for name in CABLE_TYPES),
    Column("plough_km", "ploughed, km", ",.0f"),
    Column("jetting_km", "jetted, km", ",.0f"),
    Column("trenching_km", "trenched, km", ",.0f"),
    Column("surface_laid_km", "on the seabed, km", ",.0f"),
    Column("rpl_file", "list", empty=NONE),
    Column("status", "status"),
)
LEDGER_COLUMNS = (
    Column("faults_per_year", "all known, a year", ".4f"),
    Column("faults_at_most_per_year", "at most, a year", ".4f"),
    Column("faults_at_most_per_1000km_year", "at most, per 1,000 km", ".2f"),
    Column("unknown_km", "rate not known on, km", ",.1f"),
    Column("repair_days_per_year", "repair, days a year", ".2f"),
    Column("repair_usd_per_year", "repairs, USD a year", ",.0f"),
    Column("value_musd", "present value, million USD", ",.2f"),
)
SERVICE_COLUMNS = (
    Column("system_id", "system"),
    Column("other_system_id", "with", empty="alone"),
    Column("ship", "repair ship"),
    Column("waiting_days", "it comes after, days", ".0f"),
    Column("availability_percent", "availability, %", ".4f"),
    Column("out_h_per_year", "out of service, h a year", ".2f"),
    Column("common_h_per_year", "of it by what takes both", ".2f", NONE),
    Column("coincidence_h_per_year", "by coincidence", ".2f", NONE),
    Column("if_independent_h_per_year", "if nothing took both", ".2f", NONE),
    Column("largest_common_cause", "mostly by", empty=NONE),
)
STOCK_COLUMNS = (
    Column("depot_id", "depot"),
    Column("cable_type", "type"),
    Column("repairs_expected", "repairs until new cable comes", ".3f"),
    Column("repairs_covered", "repairs in stock", ".0f"),
    Column("spare_km", "spare, km", ".1f"),
    Column("joints", "joints", ".0f"),
    Column("cost_base_usd", "cost, USD", ",.0f", NONE),
)


def availability_blocks(page: SystemPage, status: str) -> Iterator[Block]:
    """How long systems are out of service, and the spare that repairs need."""
    note = (
        "Both are out for 1 − e^(−c) + e^(−c) (1 − e^(−a)) (1 − e^(−b)) of the time: c, a, b are the mean numbers of "
        "outages under repair that take both, and either alone. What they are is in the layer outages."
    )
    for name, title, said, columns in (
        ("availability", "Availability", note, SERVICE_COLUMNS),
        ("spare_stock", "Spare cable by depot and type", "", STOCK_COLUMNS),
    ):
        if len(page.layers[name]):
            yield Block(table=layer_table(name, page.layers[name], title, said, columns, status))


def risk_sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """The fronts of the systems, and what makes the faults of each route."""
    figures, front = found.figures, page.layers["risk_front"]
    fronts = {system_id: front[front["system_id"] == system_id] for system_id in dict.fromkeys(front["system_id"])}
    pictures = tuple(
        Picture(
            f"{system_id}: laying cost against faults",
            charts.front_svg(system_id, number, points, figures["routes"].get(system_id)),
            charts.front_keys() if number == 0 else (),
            status=figures["status"],
            is_wide=False,
        )
        for number, (system_id, points) in enumerate(fronts.items())
    )
    blocks = [Block(pictures)] if pictures else []
    if rows := risk_rows(figures):
        bars = Picture(
            "Expected faults a year by cause",
            charts.causes_svg(figures["causes"], rows),
            charts.cause_keys(figures["causes"]),
            status=figures["status"],
        )
        blocks += [Block((bars,)), Block(table=causes_table(figures, rows))]
    if figures["routes"]:
        blocks.append(Block(table=shares_table(figures)))
    if figures.get("availability"):
        blocks += availability_blocks(page, figures["status"])
    blocks += [
        Block(table=front_table(system_id, points, figures), is_folded=True) for system_id, points in fronts.items()
    ]
    yield Section("risk", "Cost against risk", LEAD, tuple(blocks))


def risk_rows(figures: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The routes whose faults are told by cause: the engineered one of each system, and corners of its front."""
    rows: list[tuple[str, Mapping[str, Any]]] = []
    for system_id in dict.fromkeys([*figures["routes"], *figures["fronts"]]):
        if system_id in figures["routes"]:
            rows.append((f"{system_id}: engineered", figures["routes"][system_id]))
        front = figures["fronts"].get(system_id, {})
        is_both = front.get("knee") == front.get("lowest_present_value")
        for name, word in CORNERS.items():
            if name in front and not (is_both and name == "lowest_present_value"):
                also = ", lowest present value" if is_both and name == "knee" else ""
                rows.append((f"{system_id}: {word}{also}", front[name]))
    return rows


def shares_table(figures: Mapping[str, Any]) -> Table:
    """Shares of faults by cause of the engineered routes beside those of the cables of the world."""
    routes = figures["routes"]
    columns = (
        Column("causes"),
        *(Column(name, f"{name}, %", ".1f", NONE) for name in routes),
        Column("published", "all cables of the world, %"),
        Column("source"),
    )
    records = []
    for one in PUBLISHED_SHARES:
        shares = {name: share_of(row["by_cause_at_most_per_year"], one.causes) for name, row in routes.items()}
        records.append({**shares, "causes": one.name, "published": one.percent, "source": one.source})
    total = figures.get("total")
    beside = (
        ""
        if total is None
        else (
            f" In total {total['ours']:.2f} faults per 1,000 km and year; published "
            f"{total['published']['faults_per_1000km_year']:g} ({total['published']['low']:g} to "
            f"{total['published']['high']:g})."
        )
    )
    note = (
        "Shown, not imposed: the world's shares contain bottom trawling, which this sea hardly has, and oceans without "
        f"anchors.{beside}"
    )
    return records_table("Shares of faults by cause, beside the world's", columns, records, figures["status"], note)


def share_of(by_cause: Mapping[str, float], causes: Sequence[str]) -> float | None:
    """Percent of all faults that causes make; None where there is none."""
    total = sum(by_cause.values())
    return 100.0 * sum(by_cause.get(cause, 0.0) for cause in causes) / total if total > 0 else None


def front_table(system_id: str, front: gpd.GeoDataFrame, figures: Mapping[str, Any]) -> Table:
    """The points of a front, and the route of the run among them, by their cost."""
    records = [point_record(row) for row in front.sort_values("rank").to_dict("records")]
    if (route := figures["routes"].get(system_id)) is not None:
        records.append(route_record(route, records, figures["status"]))
    records.sort(key=lambda row: float(row["cost_usd"]))
    note = (
        "Every point has its Route Position List in the folder of the run, and `transcaspian adopt "
        f"{system_id}/1` makes it the line of the system. Layers risk_front and risk_sections."
    )
    return records_table(
        f"Points of the front of {system_id}, and the route of the run", FRONT_COLUMNS, records, note=note
    )


def point_record(row: Mapping[str, Any]) -> dict[str, Any]:
    """A point of a front in its table."""
    marks = {"is_knee": "knee", "is_lowest_present_value": "lowest present value", "dominates_route": BETTER}
    return {**row, "dominates_route": ", ".join(text for name, text in marks.items() if row[name] is True)}


def route_record(route: Mapping[str, Any], points: Sequence[Mapping[str, Any]], status: str) -> dict[str, Any]:
    """The route of the run among the points: by which it is dominated, and by how much."""
    empty = {column.field: None for column in FRONT_COLUMNS}
    better = [
        f"point {one['rank']} ({-one['cost_over_route_percent']:.1f} % of the cost and "
        f"{-one['faults_over_route_percent']:.1f} % of the faults less)"
        for one in points
        if BETTER in one["dominates_route"]
    ]
    marks = f"dominated by {'; '.join(better)}" if better else "dominated by no point"
    return {**empty, **route, "point_id": "the route of the run", "dominates_route": marks, "status": status}


def causes_table(figures: Mapping[str, Any], rows: Sequence[tuple[str, Mapping[str, Any]]]) -> Table:
    """Faults of each route by cause, and what they cost."""
    causes = figures["causes"]
    columns = (
        Column("route"),
        Column("cost_musd", "laying cost, million USD", ",.2f"),
        *(Column(cause, f"{charts.cause_name(cause)}, a year", ".4f") for cause in causes),
        *LEDGER_COLUMNS,
    )
    records = [
        {
            **row,
            **{cause: row["by_cause_per_year"].get(cause) for cause in causes},
            "route": name,
            "cost_musd": row["cost_usd"] / MILLION,
            "value_musd": row["present_value_usd"] / MILLION,
        }
        for name, row in rows
    ]
    value = figures["present_value"]
    missing = " ".join(
        f"Faults by {charts.cause_name(cause)}: {NOT_KNOWN} ({why})." for cause, why in figures["not_modelled"].items()
    )
    note = f"Present value over {value['service_years']:g} years at {value['discount_rate']:.1%} a year. {missing}"
    return records_table("Expected faults by cause", columns, records, figures["status"], note.strip())
