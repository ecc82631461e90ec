"""The stage of the analysis: the survey of every engineered route, as layers and figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import shapely
from shapely import LineString, Point

from transcaspian.analyses.installation.days import day_columns
from transcaspian.analyses.installation.layers import NOT_REACHED, REACHED
from transcaspian.analyses.installation.vessels import Vessel, vessels_of
from transcaspian.analyses.survey.config import Survey
from transcaspian.analyses.survey.findings import survey_findings
from transcaspian.analyses.survey.layers import SURVEY_LINES, SURVEY_SECTIONS, SURVEY_STATIONS, SURVEY_WORK
from transcaspian.analyses.survey.scope import Block, Station, Work, blocks_of, stations_of, total_days, work_of
from transcaspian.core.findings import AnalysisResult
from transcaspian.core.frames import Row, frames, known
from transcaspian.core.linear_reference import line_length_km, positions_at_km
from transcaspian.core.vocabulary import Status
from transcaspian.engineering import bill_of_route
from transcaspian.engineering.strip import area_km2, strip
from transcaspian.study.base import cited

if TYPE_CHECKING:
    from transcaspian.engineering import EngineeredRoute
    from transcaspian.runs.stages.handover import Handover
    from transcaspian.runs.stages.inputs import Inputs
    from transcaspian.study.price_tables import Prices


@dataclass(frozen=True)
class Surveyed:
    """A route with its survey."""

    system_id: str
    route: EngineeredRoute
    blocks: tuple[Block, ...]
    stations: tuple[Station, ...]
    work: tuple[Work, ...]


def plan_survey(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """The survey of every engineered route."""
    rules = inputs.study.required_table(Survey)
    vessels = vessels_of(inputs.further["survey.vessels"].value)
    status = status_of(rules, vessels)
    found = [survey_of(system_id, route, rules, vessels) for system_id, route in laid.routes.items()]
    return AnalysisResult(
        layers=frames(
            {
                SURVEY_SECTIONS: [row for one in found for row in section_rows(one)],
                SURVEY_LINES: [row for one in found for row in line_rows(one)],
                SURVEY_STATIONS: [row for one in found for row in station_rows(one)],
                SURVEY_WORK: [row for one in found for row in work_rows(one, rules, status)],
            }
        ),
        figures={
            "systems": {one.system_id: figures_of(one, inputs.study.prices) for one in found},
            "source": rules.source,
            "status": status,
        },
        findings=tuple(finding for one in found for finding in survey_findings(one, vessels, rules)),
    )


def status_of(rules: Survey, vessels: Sequence[Vessel]) -> Status:
    """Of every figure: assumed as soon as one that goes into it is."""
    statuses = {status for _, status, _ in cited(rules.model_dump(mode="json"))} | {one.status for one in vessels}
    return "ASSUMED" if "ASSUMED" in statuses else "DERIVED"


def survey_of(system_id: str, route: EngineeredRoute, rules: Survey, vessels: Sequence[Vessel]) -> Surveyed:
    """The survey of one route."""
    blocks, stations = tuple(blocks_of(route, rules, vessels)), tuple(stations_of(route, rules, vessels))
    return Surveyed(system_id, route, blocks, stations, tuple(work_of(blocks, stations)))


def section_rows(one: Surveyed) -> Iterator[Row]:
    """Rows of the layer ``survey_sections``."""
    for number, block in enumerate(one.blocks, 1):
        ends = (block.from_km, block.from_km), (block.to_km, block.to_km)
        area = strip(one.route.course.lonlat, *ends, block.width_m / 2)
        yield SURVEY_SECTIONS.row(
            area,
            *(block, block.reach),
            survey_section_id=f"{one.system_id}/{number}",
            system_id=one.system_id,
            from_kp_km=block.from_km,
            to_kp_km=block.to_km,
            min_depth_m=block.depth_m[0],
            max_depth_m=block.depth_m[1],
            area_km2=area_km2(area),
            swath_m=block.plan.swath_m if block.plan else None,
            spacing_m=block.plan.spacing_m if block.plan else None,
            lines=block.plan.lines if block.plan else None,
            vessel=block.reach.name,
            reached=block.reach.verdict,
            **day_columns(block.days),
        )


def line_rows(one: Surveyed) -> Iterator[Row]:
    """Rows of the layer ``survey_lines``."""
    for number, block in enumerate(one.blocks, 1):
        offsets_m = block.plan.offsets_m.tolist() if block.plan else ()
        for line, (lonlat, off_m) in enumerate(zip(block.lines, offsets_m, strict=True), 1):
            yield SURVEY_LINES.row(
                LineString(lonlat),
                survey_line_id=f"{one.system_id}/{number}/{line}",
                survey_section_id=f"{one.system_id}/{number}",
                system_id=one.system_id,
                line=line,
                offset_m=off_m,
                from_kp_km=block.from_km,
                to_kp_km=block.to_km,
                length_km=line_length_km(lonlat),
                vessel=block.reach.name,
                reached=block.reach.verdict,
            )


def station_rows(one: Surveyed) -> Iterator[Row]:
    """Rows of the layer ``survey_stations``."""
    if not one.stations:
        return
    places = positions_at_km(one.route.course.lonlat, [station.kp_km for station in one.stations]).lonlat
    for number, (station, lonlat) in enumerate(zip(one.stations, places, strict=True), 1):
        yield SURVEY_STATIONS.row(
            Point(lonlat),
            *(station, station.reach),
            station_id=f"{one.system_id}/{station.samples}/{number}",
            system_id=one.system_id,
            depth_m=known(station.depth_m),
            vessel=station.reach.name,
            reached=station.reach.verdict,
        )


def work_rows(one: Surveyed, rules: Survey, status: Status) -> Iterator[Row]:
    """Rows of the layer ``survey_work``."""
    legs = shapely.LineString(one.route.lonlat)
    for number, work in enumerate(one.work, 1):
        yield SURVEY_WORK.row(
            legs,
            *(work, work.reach),
            survey_work_id=f"{one.system_id}/work/{number}",
            system_id=one.system_id,
            vessel=work.reach.name,
            reached=work.reach.verdict,
            source=rules.source,
            status=status,
            **day_columns(work.days),
        )


def figures_of(one: Surveyed, prices: Prices | None) -> dict[str, Any]:
    """The figures of a route, for the manifest; what it costs is the bill's."""
    lines = [block for block in one.blocks if block.surveyed == "lines"]
    samples = [station for station in one.stations if station.surveyed == "samples"]
    cost = (
        None if prices is None else next(x.cost for x in bill_of_route(prices, one.route).items if x.item == "survey")
    )
    return {
        "length_km": one.route.profile.length_km,
        "corridor_km": sum(block.length_km for block in lines),
        "line_km": sum(block.line_km or 0.0 for block in lines),
        "lines_not_known_km": sum(block.length_km for block in lines if block.plan is None),
        "out_of_reach_km": sum(block.length_km for block in lines if block.reach.verdict == NOT_REACHED),
        "samples": len(samples),
        "samples_out_of_reach": sum(station.reach.verdict == NOT_REACHED for station in samples),
        "samples_reached": sum(station.reach.verdict == REACHED for station in samples),
        "crossings": sum(station.surveyed == "crossing" for station in one.stations),
        **day_columns(total_days(one.work)),
        **({} if cost is None else asdict(cost)),
    }
