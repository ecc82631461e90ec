"""A published run read back for its desktop study and its straight-line diagrams; the run itself is only read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from transcaspian.core.disk import replace_bytes
from transcaspian.core.errors import ExportError
from transcaspian.core.findings import Advice, AnalysisResult, Finding, Surface
from transcaspian.export import Description, read_raster
from transcaspian.report.document.desk_study import DeskStudy
from transcaspian.report.page import SystemPage, first_page
from transcaspian.report.sld_dxf import write_sld_dxf
from transcaspian.report.sld_sheet import draw_sheet, sheet_of
from transcaspian.runs.archive.register import REGISTER
from transcaspian.runs.published_run import PublishedRun, read_run
from transcaspian.sources.resolve import Provenance
from transcaspian.study import Study, study_of
from transcaspian.study.document_tables import Document
from transcaspian.study.load import document_table

FORMATS = ("docx", "pdf", "sld")
NEEDED = {"docx": "python-docx", "markdown_it": "markdown-it-py", "ezdxf": "ezdxf"}
"""Packages by the modules that are imported: those of the extra ``document``."""
OWN_RASTERS = ("depth", "cost", "criterion", "constraint", "corridor_excess")
"""How rasters begin that no analysis has found."""


@dataclass(frozen=True)
class Delivered:
    """What was written, and what is to be known of it."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]


def deliver_report(
    folder: Path, out: Path, formats: Sequence[str], document: Path | None, *, overwrite: bool = False
) -> Delivered:
    """Write the desktop study and the diagrams of a run into a folder.

    Parameters
    ----------
    folder
        A run, or a pointer to one.
    formats
        Some of `FORMATS`.
    document
        A TOML file whose table ``[document]`` is taken; None: that of the run's study, its paths from ``studies``.
    overwrite
        Also a document that was edited since it was written.

    Raises
    ------
    ExportError, StudyError
        When the run is damaged, a text or picture of the client cannot be taken, or a file cannot be written.
    """
    check_packages()
    run = read_published(folder)
    place = folder.resolve()
    archive = place.parent if (place.parent / REGISTER).is_file() else place
    if out.resolve().is_relative_to(archive):
        raise ExportError(f"{out} lies among the runs: a run is never modified, name another folder by --out")
    with TemporaryDirectory(prefix="transcaspian-report-") as temporary:
        drawn, notes = Path(temporary), []
        files = dict(sld_files(run, drawn)) if "sld" in formats else {}
        if {"docx", "pdf"} & {*formats}:
            made, note = _document_files(run, folder, drawn, formats, document)
            files |= made
            notes += [note] if note else []
        for name in files:
            check_edited(out / name, overwrite=overwrite)
        return Delivered(tuple(moved(files, out)), tuple(notes))


def read_published(folder: Path) -> PublishedRun:
    """The run.

    Raises
    ------
    ExportError
        When it is damaged, or of a version that had other layers.
    """
    try:
        return read_run(folder)
    except KeyError as exc:
        raise ExportError(f"{folder} is of an earlier version, whose layers had other columns: run again") from exc


def check_packages() -> None:
    """Refuse to begin without the packages of the extra.

    Raises
    ------
    ExportError
        It names what is missing.
    """
    if missing := [package for module, package in NEEDED.items() if find_spec(module) is None]:
        raise ExportError(f"a report needs the packages {', '.join(missing)}: pip install 'transcaspian[document]'")


def _document_files(
    run: PublishedRun, folder: Path, drawn: Path, formats: Sequence[str], document: Path | None
) -> tuple[dict[str, Path], str]:
    """The document and its PDF by the names that they get, and what is to be known."""
    from transcaspian.report.document.document import write_document

    study = desk_study(run, folder, drawn, *control_of(run, document))
    name = f"{run.study_id}_desktop-study"
    docx, pdf = drawn / f"{name}.docx", drawn / f"{name}.pdf" if "pdf" in formats else None
    note = write_document(study, docx, pdf)
    found = {docx.name: docx} if "docx" in formats else {}
    return found | ({pdf.name: pdf} if pdf is not None else {}), note


def control_of(run: PublishedRun, document: Path | None) -> tuple[Document, Path]:
    """The table ``[document]``, and the folder from which its paths count."""
    if document is not None:
        return document_table(document), document.parent
    return study_in(run).document or Document(), Path("studies")


def study_in(run: PublishedRun) -> Study:
    """The study as the run was made from it."""
    return study_of(run.manifest["study"]["document"], f"the manifest of run {run.run_id}")


def desk_study(run: PublishedRun, folder: Path, drawn: Path, control: Document, base: Path) -> DeskStudy:
    """All that the chapters are made from.

    Parameters
    ----------
    drawn
        Where maps are drawn.
    base
        Where the paths of ``control`` count from.
    """
    from transcaspian.report.document.slots import check_picture, slot_blocks
    from transcaspian.runs.stages.write_run import code_of_run

    slots = {name: slot_blocks(base / path) for name, path in control.text.items()}
    logo = check_picture(base / control.logo, "[document] logo") if control.logo else None
    record, study = run.manifest, study_in(run)
    advice = tuple(advice_of(row) for row in record.get("advice", ()))
    findings = tuple(map(Finding.of_manifest, record.get("findings", ())))
    results = results_of(run, folder)
    first = first_page(study, run.layers, (advice, findings), results)
    grid, depth_m = read_raster(folder / "rasters" / "depth.tif")
    published = record.get("published", {"figures": [], "branches": []})
    page = SystemPage(description_in(run, study), study, run.layers, grid, results, published, first)
    is_ours = run.code_sha256 == code_of_run(study)
    return DeskStudy(page, depth_m.astype(np.float32), advice, findings, folder, drawn, control, logo, slots, is_ours)


def advice_of(row: Mapping[str, Any]) -> Advice:
    """Advice as a manifest has it."""
    return Advice(**{**row, "actions": tuple(row["actions"]), "instead_of": tuple(row["instead_of"])})


def results_of(run: PublishedRun, folder: Path) -> dict[str, AnalysisResult]:
    """What analyses gave, as far as a run publishes it: layers, figures and rasters."""
    surfaces = tuple(surfaces_in(run, folder))
    return {
        name: AnalysisResult(run.layers, surfaces, figures=figures)
        for name, figures in run.manifest.get("analyses", {}).items()
    }


def surfaces_in(run: PublishedRun, folder: Path) -> Iterator[Surface]:
    """The rasters of analyses."""
    for name in run.manifest["files"]:
        path = Path(name)
        if path.suffix == ".tif" and not path.stem.startswith(OWN_RASTERS):
            yield Surface(path.stem, read_raster(folder / name)[1], "", "", "")


def description_in(run: PublishedRun, study: Study) -> Description:
    """The run as a data set, from its manifest."""
    record, level, names = run.manifest, study.water_level, {field.name for field in fields(Provenance)}
    sources = ({key: value for key, value in row.items() if key in names} for row in record["sources"])
    return Description(
        run_id=run.run_id,
        study_id=run.study_id,
        title=study.study.title,
        revision=run.revision,
        abstract=study.study.description,
        created_utc=run.created_utc,
        bounds=study.area.bounds,
        water_level=f"below {level.level_m_msl:g} m on mean sea level ({level.epoch})",
        resolution_deg=record["seabed"]["effective_resolution_deg"],
        grid_step_deg=record["seabed"]["grid_step_deg"],
        system_ids=tuple(row["id"] for row in record["systems"]),
        sources=tuple(Provenance(**row) for row in sources),
        code_version=record["code"]["version"],
        code_sha256=run.code_sha256,
        licence=study.study.licence or "",
    )


def sld_files(run: PublishedRun, drawn: Path) -> Iterator[tuple[str, Path]]:
    """The straight-line diagram of each system as SVG, PDF and DXF, by the names that they get.

    Raises
    ------
    ExportError
        When no system is engineered.
    """
    study = study_in(run)
    level = study.water_level
    foot = f"run {run.run_id} · depths below {level.level_m_msl:g} m on mean sea level ({level.epoch}) · transcaspian"
    title = f"{study.study.title} · revision {run.revision}"
    sheets = [sheet_of(one, run.layers, title=title, foot=foot) for one in run.layers["routes"]["system_id"]]
    if not any(sheets):
        raise ExportError(f"run {run.run_id} has no straight-line diagram: its study has no tables [engineering]")
    for sheet in filter(None, sheets):
        for suffix in (".svg", ".pdf", ".dxf"):
            path = drawn / f"sld_{sheet.system_id}{suffix}"
            (write_sld_dxf if suffix == ".dxf" else draw_sheet)(path, sheet)
            yield f"sld/{sheet.system_id}{suffix}", path


def check_edited(path: Path, *, overwrite: bool) -> None:
    """Refuse to write over a document that a person has edited.

    Raises
    ------
    ExportError
        It says where own texts can stand.
    """
    from transcaspian.report.document.docx_writer import is_edited

    if path.suffix == ".docx" and path.exists() and not overwrite and is_edited(path):
        raise ExportError(
            f"{path} was edited since it was written: move it away, or give --overwrite. Texts that stand in files of "
            "[document.text] are in every document that is made again"
        )


def moved(files: Mapping[str, Path], out: Path) -> Iterator[Path]:
    """Put whole files where they belong.

    Raises
    ------
    ExportError
        When the folder cannot be written to.
    """
    for name, path in files.items():
        try:
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            replace_bytes(out / name, path.read_bytes())
        except OSError as exc:
            raise ExportError(f"{out / name} cannot be written: {exc.strerror or exc}") from exc
        yield out / name
