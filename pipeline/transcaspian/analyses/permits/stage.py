"""The stage of the analysis: what states ask for; register, sheet and sketches; protection zones and notices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shapely import MultiLineString, Point

from transcaspian.analyses.permits.config import Permits
from transcaspian.analyses.permits.layers import PERMITS, REGISTER, ZONE_VERTICES, ZONES
from transcaspian.analyses.permits.notice import corner_rows, corners_csv, notice, second_of
from transcaspian.analyses.permits.register import Entry, Passed, entries_of, owner_and_operator
from transcaspian.analyses.permits.requirements import Crossed, asked_in, crossed_by
from transcaspian.analyses.permits.sketch import sketch_svg
from transcaspian.analyses.permits.zone import ZonePart, zone_parts
from transcaspian.core.cost_range import NO_COST
from transcaspian.core.errors import StudyError
from transcaspian.core.findings import AnalysisResult, Finding
from transcaspian.core.frames import Row, frame, known
from transcaspian.core.linear_reference import cut
from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.engineering.strip import area_km2
from transcaspian.rpl.as_laid_book import table_book
from transcaspian.runs.stages.divide_waters import state_waters
from transcaspian.runs.stages.engineer_systems import assets_of, listed
from transcaspian.runs.stages.inputs import Inputs, rows_of

if TYPE_CHECKING:
    from transcaspian.engineering import EngineeredRoute
    from transcaspian.runs.stages.handover import Handover

FOLDER = "permits"
AREAS = ("licence_block", "oil_gas_field")
"""Kinds of hazards and constraints with rights of a third party; a field without a block of its own stands for one."""
AGREED = ("signed", "not needed")
PERMITTED = ("granted", "not needed")
WIDTHS = {"crossing_method": 60, "name": 34, "source": 40, "owner": 26, "register_id": 20}


def permit_tables(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """All of it, for the systems that are engineered."""
    permits = inputs.study.required_table(Permits)
    rules = inputs.study.engineering
    assert rules is not None  # `Permits.check_study` refuses a study without
    assert rules.neighbours is not None
    others = others_of(inputs)
    rows: list[Row] = []
    pages: dict[str, str | bytes] = {}
    for system_id, route in laid.routes.items():
        found = entries_of(system_id, route, others, rules.neighbours, inputs.study.prices)
        made = [entry_row(number, entry, permits, rules.neighbours.source) for number, entry in enumerate(found, 1)]
        rows += made
        for number, (entry, row) in enumerate(zip(found, made, strict=True), 1):
            pages[f"{FOLDER}/sketch_{system_id}_{number}.svg"] = sketch_svg(number, entry, route, facts_of(row))
    pages[f"{FOLDER}/register.xlsx"] = register_book(rows)
    asked, zones = asked_of(inputs, laid), zones_of(inputs, laid, permits)
    return AnalysisResult(
        {REGISTER.name: frame(REGISTER, rows), **asked.layers, **zones.layers},
        figures={
            "entries": len(rows),
            "without_agreement": len(without_agreement(rows)),
            **asked.figures,
            **zones.figures,
        },
        notes=asked.notes,
        pages={**pages, **zones.pages},
        findings=(*agreement_findings(rows), *asked.findings),
    )


def asked_of(inputs: Inputs, laid: Handover) -> AnalysisResult:
    """What the states ask for, system by system; an empty layer where the study names no table of it."""
    table = inputs.further.get("permits.requirements")
    rows = [
        _permit_row(system_id, route, waters, asked)
        for system_id, route in (laid.routes if table is not None else {}).items()
        for waters in crossed_by(route.stretches)
        for asked in asked_in(
            waters, system_id, frozenset(one.state for one in route.stretches), table.value["rows"] if table else ()
        )
    ]
    figures = {"permits": len(rows), "without_permit": len(without_permit(rows))} if table is not None else {}
    not_read = dict.fromkeys(row["instrument"] or row["what"] for row in rows if row["text_read"] == "not read")
    note = f"not read: {'; '.join(not_read)}"
    layers = {PERMITS.name: frame(PERMITS, rows)}
    return AnalysisResult(
        layers, figures=figures, notes=(note,) if not_read else (), findings=tuple(permit_findings(rows))
    )


def _permit_row(system_id: str, route: EngineeredRoute, waters: Crossed, asked: Mapping[str, Any]) -> Row:
    """A row of the layer ``permit_register``."""
    pieces = waters.stretches
    told = {key: None if value == "" else value for key, value in asked.items() if key in PERMITS.field_names}
    return PERMITS.row(
        MultiLineString([cut(route.lonlat, from_km, to_km) for from_km, to_km in pieces]),
        **told | {name: asked.get(name) or NOT_KNOWN for name in ("asked_by", "permit_state")},
        permit_row_id=f"{system_id}/{waters.state or 'unknown'}/{waters.zone or 'unknown'}/{asked['permit_id']}",
        system_id=system_id,
        state=waters.state or None,
        zone=waters.zone or None,
        from_kp_km=pieces[0][0],
        to_kp_km=pieces[-1][1],
        length_km=sum(to_km - from_km for from_km, to_km in pieces),
    )


def without_permit(rows: Sequence[Row]) -> list[Row]:
    """What is asked for and neither granted nor known not to be needed."""
    return [row for row in rows if row["permit_state"] not in PERMITTED]


def permit_findings(rows: Sequence[Row]) -> Iterator[Finding]:
    """Of each system, how much of what is asked for is not granted, and the longest time that is known of it."""
    for system_id in dict.fromkeys(row["system_id"] for row in rows):
        own = [row for row in rows if row["system_id"] == system_id]
        missing = without_permit(own)
        days = [row["lead_time_days"] for row in missing if row["lead_time_days"] is not None]
        lead = f"the longest lead time known is {max(days):g} days" if days else f"lead times: {NOT_KNOWN}"
        states = ", ".join(sorted({row["state"] or "unknown" for row in missing}))
        if missing:
            yield Finding(
                kind="permits missing",
                severity="minor",
                subject=system_id,
                sentence=f"{len(missing)} of {len(own)} permits are not granted ({states}); {lead}",
                action="ask each state, and keep the state of each permit in the table of [permits.requirements]",
                source="layer permit_register; [permits.requirements]",
            )


def others_of(inputs: Inputs) -> list[Passed]:
    """All assets, licence blocks and fields of the study."""
    found = [Passed.of(asset) for asset in assets_of(inputs)]
    for row in rows_of(inputs, "hazards"):
        if row["kind"] in AREAS:
            accuracy_m = known(row["position_accuracy_m"])
            found.append(Passed(row["hazard_id"], row["name"], row["kind"], "", accuracy_m, row["geometry"]))
    for constraint in inputs.study.constraints:
        for item in listed(inputs, constraint) if constraint.kind in AREAS else ():
            about = item.feature_id, item.name, item.kind, "", item.position_accuracy_m, item.geometry
            found.append(Passed(*about))
    return found


def check_agreements(inputs: Inputs) -> None:
    """Refuse an agreement with what the study does not have.

    Raises
    ------
    StudyError
        It names the id.
    """
    ids = {other.met_id for other in others_of(inputs)} | {system.id for system in inputs.study.systems}
    for item in inputs.study.required_table(Permits).agreements:
        if item.with_id not in ids:
            raise StudyError(
                f"permits.agreements: with_id = `{item.with_id}` names no cable or pipeline, no licence block or field "
                "and no system of the study: expected an id of sources.cables, sources.hazards or a constraint of "
                f"these kinds ({', '.join(sorted(ids)[:5])} ...)"
            )


def entry_row(number: int, entry: Entry, permits: Permits, source: str) -> Row:
    """A row of the layer ``crossing_register``."""
    kept = permits.agreement_with(entry.met.met_id)
    owner, operator = owner_and_operator(entry, permits)
    return REGISTER.row(
        Point(entry.lonlat),
        *(entry, entry.met, entry.cost or NO_COST),
        register_id=f"{entry.system_id}/{number}",
        owner=owner,
        operator=operator,
        agreement=(kept and kept.state) or NOT_KNOWN,
        agreement_reference=kept.reference if kept else None,
        inspected_by=(kept and kept.inspected_by) or NOT_KNOWN,
        from_kp_km=entry.kp_km,
        source=f"{source}; agreement: {kept.source}" if kept else source,
        status="ASSUMED" if kept is not None and kept.status == "ASSUMED" else "DERIVED",
    )


def facts_of(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a sketch says below: all columns but those that stand in its heading."""
    fields = [field for field in REGISTER.fields if field.name not in ("register_id", "system_id", "source", "rule")]
    return [(field.name.replace("_", " "), shown(row[field.name])) for field in fields]


def shown(value: Any) -> str:
    """A value as a person reads it."""
    if value is None or value != value:
        return "—"
    return f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def register_book(rows: Sequence[Row]) -> bytes:
    """The register as a workbook."""
    fields = [field for field in REGISTER.fields if field.name != "geometry"]
    columns = [
        (f"{field.name}{f' ({field.unit})' if field.unit else ''}", WIDTHS.get(field.name, 14), "General")
        for field in fields
    ]
    cells = [tuple(None if row[f.name] != row[f.name] else row[f.name] for f in fields) for row in rows]
    return table_book("Register", columns, cells)


def without_agreement(rows: Sequence[Row]) -> list[Row]:
    """Entries whose agreement is neither signed nor not needed."""
    return [row for row in rows if row["agreement"] not in AGREED]


def agreement_findings(rows: Sequence[Row]) -> Iterator[Finding]:
    """Of each system, how many of those that it crosses or passes have not agreed."""
    for system_id in dict.fromkeys(row["system_id"] for row in rows):
        own = [row for row in rows if row["system_id"] == system_id]
        missing = without_agreement(own)
        if missing:
            names = ", ".join(dict.fromkeys(row["name"] for row in missing[:3]))
            yield Finding(
                kind="agreements missing",
                severity="minor",
                subject=system_id,
                sentence=f"{len(missing)} of {len(own)} entries of the register have no agreement: {names}",
                action="ask the owners, and keep the state of each agreement in [[permits.agreements]]",
                source="layer crossing_register; [permits]",
            )


def zones_of(inputs: Inputs, laid: Handover, permits: Permits) -> AnalysisResult:
    """The protection zones of all systems; empty layers where the study asks for none."""
    rules, study = permits.protection_zone, inputs.study
    zone_rows: list[Row] = []
    corners: list[Row] = []
    pages: dict[str, str | bytes] = {}
    names = {system.id: system.name for system in study.systems}
    waters = state_waters(inputs, laid.ground.seabed) if rules is not None else None
    for system_id, route in laid.routes.items() if rules is not None else ():
        for part in zone_parts(system_id, route, waters, rules):  # type: ignore[arg-type]
            second = second_of(part, rules.second_crs, study.area.bounds)  # type: ignore[union-attr]
            zone_id = f"{system_id}/{part.number}"
            zone_rows.append(zone_row(zone_id, part))
            corners += vertex_rows(zone_id, part, second)
            name = f"{FOLDER}/zone_{system_id}_{part.number}_{part.state or 'unknown'}"
            pages[f"{name}.csv"] = corners_csv(part, second)
            pages[f"{name}.md"] = notice(part, second, names[system_id], f"{name}.csv")
    layers = {ZONES.name: frame(ZONES, zone_rows), ZONE_VERTICES.name: frame(ZONE_VERTICES, corners)}
    figures = {"zones": len(zone_rows), "zone_area_km2": round(sum(row["area_km2"] for row in zone_rows), 6)}
    return AnalysisResult(layers, figures=figures, pages=pages)


def zone_row(zone_id: str, part: ZonePart) -> Row:
    """A row of the layer ``protection_zones``."""
    return ZONES.row(
        part.area,
        *(part, part.rule),
        zone_id=zone_id,
        state=part.state or None,
        from_kp_km=part.from_km,
        to_kp_km=part.to_km,
        area_km2=area_km2(part.area),
        vertices=len(part.vertices),
        status="ASSUMED" if part.rule.status == "ASSUMED" else "DERIVED",
    )


def vertex_rows(zone_id: str, part: ZonePart, second: Any) -> Iterator[Row]:
    """Rows of the layer ``protection_zone_vertices``."""
    for number, lon, lat, x, y in corner_rows(part, second):
        yield ZONE_VERTICES.row(
            Point(lon, lat),
            zone_vertex_id=f"{zone_id}/{number}",
            zone_id=zone_id,
            system_id=part.system_id,
            state=part.state or None,
            vertex=number,
            lon_deg=lon,
            lat_deg=lat,
            second_crs=str(second),
            second_x=x,
            second_y=y,
        )
