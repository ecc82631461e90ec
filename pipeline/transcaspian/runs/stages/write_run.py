"""The last stage: every layer, raster, list, the map and the manifest, read back and made visible at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np

from transcaspian import export, ingest, routing
from transcaspian.core.errors import IngestError
from transcaspian.core.findings import Findings
from transcaspian.core.styles import COST_STOPS, DEPTH_STOPS, EXCESS_STOPS, FRICTION_STOPS, SURFACE_STOPS
from transcaspian.core.system_figures import percent
from transcaspian.core.version import __version__
from transcaspian.core.vocabulary import NOT_KNOWN, ZONES
from transcaspian.products import figures_of, published_layers, water_layers
from transcaspian.report.page import Page, SystemPage, has_system_page, write_page, write_system_page
from transcaspian.report.pictures import pictures
from transcaspian.runs.archive.archived_runs import SYSTEM_PAGE, ArchivedRun, last_published
from transcaspian.runs.archive.folder import open_run
from transcaspian.runs.archive.live import Live
from transcaspian.runs.archive.register import HELD, PUBLISHED, WHAT_IF
from transcaspian.runs.archive.steps import MANIFEST
from transcaspian.runs.revisions import check_routes, diff_runs, review
from transcaspian.runs.revisions.changes_picture import change_pages
from transcaspian.runs.stages.divide_waters import StateZones, Waters
from transcaspian.runs.stages.engineer_systems import Engineered, number_positions
from transcaspian.runs.stages.find_corridors import NearOptimal
from transcaspian.runs.stages.handover import Results
from transcaspian.runs.stages.inputs import Inputs, RunSettings, Written, hash_json, reading_notes
from transcaspian.runs.stages.model_seabed import Seabed
from transcaspian.runs.stages.route_systems import Routed

REPORT = "report.html"


def write(live: Live, settings: RunSettings, results: Results, created: datetime) -> Written:
    """Write every layer, raster, the map and the manifest, read them back, and register the run at once."""
    inputs, laid = results.inputs, results.laid
    study, ground, routed = inputs.study, laid.ground.seabed, laid.routed
    corridors, waters = results.corridors, results.waters.value
    engineered = number_positions(inputs, laid.routes)
    further = {name: found.value for name, found in results.further.items()}
    figures = tuple(
        figures_of(
            study,
            system,
            routed.paths[system.id],
            engineered.routes.get(system.id),
            ground.grid,
            ground.depth,
            corridors[system.id].areas if system.id in corridors else None,
            routed.alternatives.get(system.id),
        )
        for system in inputs.systems
    )
    layers = published_layers(
        study,
        figures,
        routed.landings,
        ground.grid,
        ground.depth,
        ground.no_go,
        seas=waters.seas,
        waters=zone_layers(inputs, ground, waters.zones),
        read={ingest.ROLE_LAYERS[role].name: read.layer for role, read in inputs.layers.items()},
        quarantined=[read.quarantine for read in inputs.layers.values()],
    )
    layers |= {name: layer for found in further.values() for name, layer in found.layers.items()}
    sources = [asdict(source) for source in inputs.provenance]
    code_sha256 = export.code_sha256()
    wanted_sha256 = hash_json([inputs.study_sha256, [system.id for system in inputs.systems]])
    run_id = export.run_id(wanted_sha256, hash_json(sources), code_sha256, created)
    created_utc = created.strftime("%Y-%m-%dT%H:%M:%S.000Z")  # as GeoPackage requires of last_change
    before = last_published(live.home)
    notes = (
        *run_notes(inputs, ground, routed, corridors),
        *route_notes(inputs, waters, engineered),
        *(f"{name}: {note}" for name, found in further.items() for note in found.notes),
    )
    with open_run(live, run_id, created) as folder:
        about = description_of(inputs, ground, folder.run_id, created_utc, code_sha256)
        content = export.Content(
            about=about,
            layers=layers,
            grid=ground.grid,
            rasters=(*rasters_of(settings, ground, corridors), *surfaces_of(further)),
            rpls=tuple(route.rpl for route in engineered.routes.values()),
            numbers=engineered.numbers,
            pages=pages(inputs, ground, engineered, layers, about, notes, further) | texts_of(further),
            formats=settings.formats,
        )
        files = export.write_run(folder.path, content)
        record = export.build_manifest(
            run={"id": folder.run_id, "created_utc": created_utc},
            study={
                "id": study.study.id,
                "revision": study.study.revision,
                "sha256": inputs.study_sha256,
                "overrides": dict(settings.overrides),
                "water_level": study.water_level.model_dump(mode="json"),
                "document": study.model_dump(mode="json", exclude_none=True),
            },
            code_sha256=code_sha256,
            sources=sources,
            systems=[item.as_manifest() for item in figures],
            findings={name: found.figures for name, found in further.items()},
            counts=counts_of(inputs),
            seabed=seabed_facts(inputs, ground),
            # what went in beside study and sources: what the last run called its positions
            numbering={
                "before": before.name if before else "",
                "before_sha256": hash_json([asdict(item) for item in inputs.numbers.values()]),
            },
            settings={
                "systems": [system.id for system in inputs.systems],
                "formats": list(settings.formats),
                "criteria_rasters": settings.criteria_rasters,
            },
            files=files,
        )
        now = ArchivedRun(folder.path, record)
        compared = review(now, before, study.review)
        if before is not None:
            with suppress(IngestError):  # the review says so, and holds
                record["files"] |= export.write_pages(folder.path, change_pages(diff_runs(before, now), layers))
        faults = check_routes(figures, ground.water, ground.forbidden)
        record["review"] = [str(reason) for reason in (*faults, *compared.held)]
        record["review_notes"] = list(compared.notes)
        export.write_manifest(folder.path / MANIFEST, record)
        event = WHAT_IF if not settings.wants_publication else HELD if record["review"] else PUBLISHED
        folder.register(event, tuple(record["review"]), after=before.name if before else "")
    return Written(folder.run_id, tuple(item.first for item in figures), (*notes, *compared.notes))


def counts_of(inputs: Inputs) -> dict[str, dict[str, int]]:
    """Features of each data set, by its role; of what analyses read, by its name."""
    further = {name: item.count for name, item in inputs.further.items()}
    counts = {role: read.counts for role, read in inputs.layers.items()}
    counts |= {
        role: ingest.Counts(read=count, kept=count, repaired=0, quarantined=0) for role, count in further.items()
    }
    return {role: asdict(read) for role, read in counts.items()}


def seabed_facts(inputs: Inputs, ground: Seabed) -> dict[str, float]:
    """What the seabed data are, and how much they do not say; elevations as read, within the study's area."""
    elevation_m = inputs.seabed.elevation_m
    return {
        "effective_resolution_deg": ground.depth.effective_resolution_deg,
        "grid_step_deg": ground.grid.step_deg,
        "min_elevation_m": float(np.nanmin(elevation_m)),
        "max_elevation_m": float(np.nanmax(elevation_m)),
        "unknown_share": unknown_share(ground),
    }


def unknown_share(ground: Seabed) -> float:
    """Of the water, what has no depth."""
    return float(np.isnan(ground.depth.depth_m[ground.depth.water]).mean())


def description_of(
    inputs: Inputs, ground: Seabed, run_id: str, created_utc: str, code_sha256: str
) -> export.Description:
    """The run as a data set, for metadata, catalogues and the report."""
    identity, level = inputs.study.study, inputs.study.water_level
    contact = identity.contact
    return export.Description(
        run_id=run_id,
        study_id=identity.id,
        title=identity.title,
        revision=identity.revision,
        abstract=identity.description,
        created_utc=created_utc,
        bounds=inputs.study.area.bounds,
        water_level=f"below {level.level_m_msl:g} m on mean sea level ({level.epoch})",
        resolution_deg=ground.depth.effective_resolution_deg,
        grid_step_deg=ground.grid.step_deg,
        system_ids=tuple(system.id for system in inputs.systems),
        sources=inputs.provenance,
        code_version=__version__,
        code_sha256=code_sha256,
        licence=identity.licence or "",
        organisation=contact.organisation if contact else "",
        email=(contact.email or "") if contact else "",
        url=(contact.url or "") if contact else "",
    )


def rasters_of(
    settings: RunSettings, ground: Seabed, corridors: Mapping[str, NearOptimal]
) -> tuple[export.Raster, ...]:
    """Depth, cost, the criteria where they are asked for, and the corridor of each system."""
    resolves = f"seabed data resolve {ground.depth.effective_resolution_deg:g} deg"
    depth = f"water depth below the declared level, positive down; {resolves}"
    cost = "1 + sum of weighted friction: what the router minimises per metre"
    criteria = ground.cost.criteria if settings.criteria_rasters else {}
    return (
        export.Raster("depth", ground.depth.depth_m, depth, "m", DEPTH_STOPS, shown=True),
        export.Raster("cost", ground.cost.friction_cost, cost, "1", COST_STOPS),
        *(
            export.Raster(f"criterion_{name}", array, f"weighted friction of the criterion {name}", "1", FRICTION_STOPS)
            for name, array in criteria.items()
        ),
        *(
            export.Raster(
                f"corridor_excess_{system_id}",
                near.corridor.excess,
                f"what the best line through a cell costs more than the least-cost path of {system_id}, as a share",
                "1",
                EXCESS_STOPS,
            )
            for system_id, near in corridors.items()
        ),
    )


def surfaces_of(further: Mapping[str, Findings]) -> tuple[export.Raster, ...]:
    """The rasters of the optional stages."""
    return tuple(
        export.Raster(item.name, item.array, item.meaning, item.unit, SURFACE_STOPS[item.colours])
        for found in further.values()
        for item in found.surfaces
    )


def texts_of(further: Mapping[str, Findings]) -> dict[str, Callable[[Path], None]]:
    """What writes the pages of the optional stages, by the name of the file."""
    return {name: partial(write_text, text=text) for found in further.values() for name, text in found.pages.items()}


def write_text(path: Path, text: str) -> None:
    """Write a page as it is: line ends of the system would change its hash."""
    path.write_bytes(text.encode())


def pages(
    inputs: Inputs,
    ground: Seabed,
    engineered: Engineered,
    layers: Mapping[str, gpd.GeoDataFrame],
    about: export.Description,
    notes: tuple[str, ...],
    further: Mapping[str, Findings],
) -> dict[str, Callable[[Path], None]]:
    """What draws the pictures and writes the report, by the name of the file.

    Where optional stages found something, the system has a page of its own.
    """
    drawn = pictures(
        grid=ground.grid,
        depth_m=ground.depth.depth_m,
        layers=layers,
        routes=engineered.routes,
        title=f"{about.title} · revision {about.revision}",
        credits=map_credits(inputs),
    )
    page = Page(about, inputs.study, layers, ground.grid, ground.depth.depth_m, notes)
    found: dict[str, Callable[[Path], None]] = {**drawn, REPORT: partial(write_page, page=page)}
    if has_system_page(further):
        whole = SystemPage(about, inputs.study, layers, ground.grid, further, REPORT)
        found[REPORT] = partial(write_page, page=replace(page, system_page=SYSTEM_PAGE))
        found[SYSTEM_PAGE] = partial(write_system_page, page=whole)
    return found


def zone_layers(inputs: Inputs, ground: Seabed, zones: StateZones | None) -> dict[str, gpd.GeoDataFrame]:
    """The layers of the states' waters."""
    role = "sectors" if "sectors" in inputs.layers else "borders"
    return water_layers(
        zones.areas if zones else (),
        zones.medians if zones else {},
        method=zones.method if zones else "",
        source="; ".join(item.citation for item in inputs.provenance if item.role in (role, "shoreline")),
        status=zones.status if zones else "",
        step_deg=ground.grid.step_deg,
    )


def run_notes(inputs: Inputs, ground: Seabed, routed: Routed, corridors: Mapping[str, NearOptimal]) -> tuple[str, ...]:
    """What a person should know of this run's data before reading its figures."""
    resolution_deg = ground.depth.effective_resolution_deg
    notes = [f"seabed: depths and slopes come from data that resolve {resolution_deg:g}°, not from the finer grid"]
    notes += reading_notes(inputs)
    drying = float(ground.depth.drying.sum() / ground.depth.water.sum())
    if drying > 0:
        notes.append(
            f"seabed: {percent(drying)} of the water inside the shoreline lies above the declared level and counts as "
            "0 m deep: shoreline and water level are of different years"
        )
    if (unknown := unknown_share(ground)) > 0:
        notes.append(f"seabed: {percent(unknown)} of the water has no depth: insufficient information")
    notes += [
        f"{system_id}: {near.ways} ways cost the same within {routing.TIE:.1%}; the route takes one of them"
        for system_id, near in corridors.items()
        if near.ways > 1
    ]
    notes += [f"{system_id}: {lines.reason}" for system_id, lines in routed.alternatives.items() if lines.reason]
    return tuple(notes)


def route_notes(inputs: Inputs, waters: Waters, engineered: Engineered) -> tuple[str, ...]:
    """What a person should know of the engineered routes."""
    notes = [
        f"{system_id}: no legs within the rules keep the tolerance of {route.course.tolerance:.1%}; the cheapest cost "
        f"{percent(route.course.excess)} more than the path"
        for system_id, route in engineered.routes.items()
        if not route.course.is_within_tolerance
    ]
    rules = inputs.study.engineering
    if rules is not None and rules.sectors is not None and waters.zones is None:
        notes.append(
            "waters: insufficient information; the study has rules for them but neither sources.borders nor "
            "sources.sectors"
        )
    missing = set(ZONES) - set(inputs.layers["sectors"].layer["zone"]) if "sectors" in inputs.layers else set()
    if missing and "borders" not in inputs.layers:
        notes.append(
            f"waters: sources.sectors has no areas of the kind {', '.join(sorted(missing))} and there are no "
            "sources.borders to derive them from: insufficient information about them"
        )
    for system_id, route in engineered.routes.items():
        verdicts = [crossing.verdict for crossing, _ in route.crossings] + [run.verdict for run in route.parallel_runs]
        failed, open_questions = verdicts.count("fail"), verdicts.count(NOT_KNOWN)
        if verdicts:
            notes.append(
                f"{system_id}: {len(route.crossings)} crossings and {len(route.parallel_runs)} runs beside other "
                f"cables or pipelines; {failed} fail the rules, of {open_questions} the position is too coarse to judge"
            )
    if rules is not None and rules.neighbours is not None:
        notes += [
            f"{system.id}: built together with {', '.join(others)}, not in this run: insufficient information about "
            "crossings of each other and runs beside"
            for system in inputs.systems
            if (others := [other.id for other in inputs.study.built_with(system) if other not in inputs.systems])
        ]
    return tuple(notes)


def map_credits(inputs: Inputs) -> str:
    """The small print of the map: water level, effective resolution, sources."""
    level = inputs.study.water_level
    sources = "; ".join(f"{source.role}: {source.citation}" for source in inputs.provenance)
    return (
        f"Depth below {level.level_m_msl:g} m MSL ({level.epoch}); seabed data resolve "
        f"{inputs.seabed.effective_resolution_deg:g}°. {sources}"
    )
