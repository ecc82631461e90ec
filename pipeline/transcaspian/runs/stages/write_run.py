"""The last stage: a run is assembled, written, held against the last one, and registered by what came of that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from transcaspian import export, ingest
from transcaspian.core.code_hash import TOP, code_of
from transcaspian.core.registry import asked_of
from transcaspian.core.version import __version__
from transcaspian.engineering import EngineeredRoute, quantities_of
from transcaspian.export.bill_book import write_bill_book
from transcaspian.products import landing_files, published_csv
from transcaspian.report.page import Page, SystemPage, first_page, has_system_page, write_page, write_system_page
from transcaspian.report.page_process import PageProcess, SharedPages, ending, page_process
from transcaspian.report.pictures import SHOWN
from transcaspian.rpl.writer import write_rpl_csv
from transcaspian.runs.archive.archived_runs import SYSTEM_PAGE, ArchivedRun, last_published
from transcaspian.runs.archive.folder import RunFolder, open_run
from transcaspian.runs.archive.live import Live
from transcaspian.runs.stages.assemble_run import Assembled, assemble
from transcaspian.runs.stages.compare_run import compare_run
from transcaspian.runs.stages.decide_run import decide_run
from transcaspian.runs.stages.engineer_systems import number_positions
from transcaspian.runs.stages.handover import Results
from transcaspian.runs.stages.inputs import Inputs, RunSettings, Written, hash_json
from transcaspian.runs.stages.model_seabed import Seabed
from transcaspian.runs.stages.run_notes import unknown_share
from transcaspian.study import Study

REPORT = "report.html"
PUBLISHED_CSV = "published.csv"


def write(live: Live, settings: RunSettings, results: Results, created: datetime) -> Written:
    """Write every layer, raster, the map and the manifest, read them back, and register the run at once."""
    inputs, before = results.inputs, last_published(live.home)
    wanted_sha256 = hash_json([inputs.study_sha256, results.asked])
    code_sha256 = code_of_run(inputs.study)
    run_id = export.run_id(wanted_sha256, hash_json(sources_of(inputs)), code_sha256, created)
    with page_process(len(inputs.systems)) as beside, open_run(live, run_id, created) as folder, ending(beside):
        engineered = number_positions(inputs, results.laid.routes)
        begun = begin_pages(folder, description_of(results, folder, code_sha256), engineered.routes, inputs, beside)
        run = assemble(settings, results, engineered, created)
        record = write_files(folder, run, before, begun)
        compared = compare_run(ArchivedRun(folder.path, record), before, run)
        decide_run(folder, record, run, compared, before.name if before else "")
    return Written(
        folder.run_id,
        tuple(item.first for item in run.figures),
        (*run.notes, *compared.notes),
        run.findings,
        run.advice,
    )


def code_of_run(study: Study) -> str:
    """Hash of our code, and of that of the analyses that other distributions add and the study asks for."""
    parts = [part for wing in asked_of(study) for part in (wing.compute, *wing.shown)]
    others = {name: sha256 for name, sha256 in code_of(*parts).items() if name.partition(".")[0] != TOP}
    return hash_json([export.code_sha256(), others]) if others else export.code_sha256()


@dataclass(frozen=True)
class BegunPages:
    """The pages of a run that are made while it is still put together.

    Attributes
    ----------
    about
        What they say of the run.
    credits
        The small print of pictures.
    shared
        Takes more.
    of_routes
        Pictures and Route Position Lists of the routes, by the name of the file.
    """

    about: export.Description
    credits: str
    shared: SharedPages
    of_routes: Mapping[str, Callable[[Path], None]]

    def of_sea(self, run: Assembled) -> Mapping[str, Callable[[Path], None]]:
        """The pictures that show layers, by the name of the file."""
        sea = {
            "grid": run.ground.grid,
            "depth_m": run.ground.depth.depth_m,
            "layers": {name: run.layers[name] for name in SHOWN if name in run.layers},
            "title": f"{self.about.title} · revision {self.about.revision}",
        }
        return self.shared.share(shown(self.about, self.credits, sea=sea))


def begin_pages(
    folder: RunFolder,
    about: export.Description,
    routes: Mapping[str, EngineeredRoute],
    inputs: Inputs,
    beside: PageProcess | None,
) -> BegunPages:
    """Let ``beside`` make what shows routes alone, from now on."""
    shared, small_print = SharedPages(folder.path, beside), map_credits(inputs)
    return BegunPages(about, small_print, shared, shared.share(shown(about, small_print, routes=routes)))


def shown(about: export.Description, credits: str, **what: Any) -> dict[str, Any]:
    """What pages show, as `page_process.pages` takes it; ``what``: ``routes`` or ``sea``."""
    return {"pictures": {"credits": credits, **what}, "created_utc": about.created_utc}


def write_files(folder: RunFolder, run: Assembled, before: ArchivedRun | None, begun: BegunPages) -> dict[str, Any]:
    """Write all files but the manifest, and read them back; returns what the manifest will say of them and the run."""
    about = begun.about
    files = export.write_run(folder.path, content_of(run, begun))
    missing = {"missing": dict(run.missing)} if run.missing else {}
    return export.build_manifest(
        code_sha256=about.code_sha256,
        run={"id": folder.run_id, "created_utc": about.created_utc},
        study=study_record(run),
        sources=sources_of(run.inputs),
        ingest=counts_of(run.inputs),
        seabed=seabed_facts(run.inputs, run.ground),
        # what went in beside study and sources: what the last run called its positions
        numbering={
            "before": before.name if before else "",
            "before_sha256": hash_json([asdict(item) for item in run.inputs.numbers.values()]),
        },
        settings={
            "systems": run.asked,
            "formats": list(run.settings.formats),
            "criteria_rasters": run.settings.criteria_rasters,
        },
        systems=[item.as_manifest() for item in run.figures],
        published=run.published,
        analyses={name: found.figures for name, found in run.further.items()},
        findings=[asdict(item) for item in run.findings],
        advice=[asdict(item) for item in run.advice],
        files=files,
        **missing,
    )


def content_of(run: Assembled, begun: BegunPages) -> export.Content:
    """What is written into the files of a run."""
    about = begun.about
    others = texts_of(run) | lists_of(run, about) | bills_of(run, about)
    return export.Content(
        about=about,
        layers=run.layers,
        grid=run.ground.grid,
        rasters=run.rasters,
        numbers=run.engineered.numbers,
        pages=others | pages(run, begun, others),
        formats=run.settings.formats,
    )


def sources_of(inputs: Inputs) -> list[dict[str, Any]]:
    """Where each data set came from, for the manifest."""
    return [asdict(source) for source in inputs.provenance]


def study_record(run: Assembled) -> dict[str, Any]:
    """The study, for the manifest."""
    study = run.inputs.study
    return {
        "id": study.study.id,
        "revision": study.study.revision,
        "sha256": run.inputs.study_sha256,
        "overrides": dict(run.settings.overrides),
        "water_level": study.water_level.model_dump(mode="json"),
        "document": study.model_dump(mode="json", exclude_none=True),
    }


def counts_of(inputs: Inputs) -> dict[str, dict[str, int]]:
    """Features of each data set, by its role; of what analyses read, by its name."""
    further = {name: item.count for name, item in inputs.further.items()}
    counts = {role: read.counts for role, read in inputs.layers.items()}
    counts |= {
        role: ingest.Counts(read=count, kept=count, repaired=0, quarantined=0, in_area=count)
        for role, count in further.items()
    }
    return {role: asdict(read) for role, read in counts.items()}


def seabed_facts(inputs: Inputs, ground: Seabed) -> dict[str, float]:
    """What the seabed data are, and how much they do not say; elevations as read, within the study's area."""
    elevations_m = [source.elevation_m for source in inputs.seabeds.values()]
    return {
        "effective_resolution_deg": ground.depth.effective_resolution_deg,
        "grid_step_deg": ground.grid.step_deg,
        "min_elevation_m": min(float(np.nanmin(values)) for values in elevations_m),
        "max_elevation_m": max(float(np.nanmax(values)) for values in elevations_m),
        "unknown_share": unknown_share(ground),
    }


def description_of(results: Results, folder: RunFolder, code_sha256: str) -> export.Description:
    """The run as a data set, for metadata, catalogues and the report."""
    inputs, ground = results.inputs, results.laid.ground.seabed
    identity, level = inputs.study.study, inputs.study.water_level
    contact = identity.contact
    return export.Description(
        run_id=folder.run_id,
        study_id=identity.id,
        title=identity.title,
        revision=identity.revision,
        abstract=identity.description,
        created_utc=folder.created.strftime("%Y-%m-%dT%H:%M:%S.000Z"),  # as GeoPackage requires of last_change
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


def pages(run: Assembled, begun: BegunPages, others: Iterable[str] = ()) -> dict[str, Callable[[Path], None]]:
    """What writes the report, the pictures and the Route Position Lists, by the name of the file; the report first.

    Where optional stages found something, the system has a page of its own.

    Parameters
    ----------
    others
        Names of further files, to which the report links.
    """
    about, grid, depth_m, study = begun.about, run.ground.grid, run.ground.depth.depth_m, run.inputs.study
    shared = {**begun.of_sea(run), **begun.of_routes}
    first = first_page(study, run.layers, (run.advice, run.findings), run.further)
    named = (f"{about.study_id}.gpkg", "geojson/", "rasters/", "stac_item.json", "manifest.json")
    written = (*shared, *others, *named)
    page = Page(about, study, run.layers, grid, depth_m, run.notes, run.published, first, written=written)
    found: dict[str, Callable[[Path], None]] = {REPORT: partial(write_page, page=page)}
    if has_system_page(run.further):
        whole = SystemPage(about, study, run.layers, grid, run.further, run.published, first, REPORT)
        found[REPORT] = partial(
            write_page, page=replace(page, system_page=SYSTEM_PAGE, written=(*written, SYSTEM_PAGE))
        )
        found[SYSTEM_PAGE] = partial(write_system_page, page=whole)
    return {**found, **shared}


def map_credits(inputs: Inputs) -> str:
    """The small print of the map: water level, effective resolution, and the sources of what pictures show."""
    level = inputs.study.water_level
    shown = [source for source in inputs.provenance if source.role not in inputs.further]
    sources = "; ".join(f"{source.role}: {source.citation}" for source in shown)
    return (
        f"Depth below {level.level_m_msl:g} m MSL ({level.epoch}); seabed data resolve "
        f"{' and '.join(f'{read.effective_resolution_deg:g}°' for read in inputs.seabeds.values())}. {sources}"
    )


def texts_of(run: Assembled) -> dict[str, Callable[[Path], None]]:
    """What writes landing sheets, published figures and the pages of the optional stages, by the name of the file."""
    texts: dict[str, str | bytes] = dict(landing_files(run.layers))
    for found in run.further.values():
        texts |= found.pages
    if run.published["figures"]:
        texts[PUBLISHED_CSV] = published_csv(run.published["figures"])
    return {name: partial(write_text, text=text) for name, text in texts.items()}


def lists_of(run: Assembled, about: export.Description) -> dict[str, Callable[[Path], None]]:
    """What writes the Route Position Lists of the optional stages, by the name of the file."""
    return {
        name: partial(
            write_rpl_csv,
            rpl=replace(rpl, title=f"{about.title}: {rpl.title}", revision=about.revision),
            created_utc=about.created_utc,
        )
        for found in run.further.values()
        for name, rpl in found.lists.items()
    }


def bills_of(run: Assembled, about: export.Description) -> dict[str, Callable[[Path], None]]:
    """What writes the bill of quantities of each system that has one, by the name of the file."""
    routes = run.engineered.routes
    return {
        f"bills/{item.system.id}.xlsx": partial(
            write_bill_book,
            bill=item.bill,
            bought=quantities_of(routes[item.system.id]),
            segments=routes[item.system.id].segments,
            created_utc=about.created_utc,
        )
        for item in run.figures
        if item.bill is not None
    }


def write_text(path: Path, text: str | bytes) -> None:
    """Write a page as it is: line ends of the system would change its hash."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
