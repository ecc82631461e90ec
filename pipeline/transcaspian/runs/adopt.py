"""Edits of a person, or a point of a front, become an overlay of the study, which is tried, and run as a what-if."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from transcaspian.core.disk import replace_text
from transcaspian.core.errors import IngestError, RoutingError, StudyError
from transcaspian.runs.archive.archived_runs import find_run
from transcaspian.runs.edits import POINT, Edits, SystemEdits, point_edits, read_edits
from transcaspian.runs.engine import RunSettings
from transcaspian.runs.stages.stage import Watch
from transcaspian.runs.trial import Trial, TrialRun
from transcaspian.study import Study, load_study
from transcaspian.study.own_line import CAN_BE_EMPTIED, Adoption, FixedCrossing
from transcaspian.study.toml import toml_value

if TYPE_CHECKING:
    from transcaspian.rpl.compare import Comparison
    from transcaspian.rpl.model import Rpl

KP_STEP_KM = 25.0
NO_TIME = "2000-01-01T00:00:00.000Z"


@dataclass(frozen=True)
class Adopted:
    """What came of edits.

    Attributes
    ----------
    overlay
        The study that holds them; None where nothing was changed.
    trial
        Figures of the systems that changed, beside those of the run that was edited.
    comparisons
        Their lists beside those of that run, by system id, with the translation of KPs.
    faults
        What is wrong with the new lines by themselves, and where they differ from the rules.
    """

    edits: Edits
    overlay: Path | None = None
    trial: Trial | None = None
    comparisons: Mapping[str, Comparison | str] | None = None
    faults: tuple[str, ...] = ()


def edits_of(given: Path, settings: RunSettings, run: str) -> Edits:
    """What is to be adopted: the edits in a GeoPackage, or a point of the front of a run.

    Parameters
    ----------
    given
        A copy of the GeoPackage of a run, edited; or the id of a point, ``main/8``.
    run
        Of the point.

    Raises
    ------
    IngestError, ExportError
        When the edits cannot be read, or there is no such run or point.
    """
    home = settings.out_dir / load_study(settings.study_path, settings.overrides).study.id
    is_point = not given.exists() and POINT.fullmatch(given.as_posix())
    return point_edits(given.as_posix(), find_run(home, run)) if is_point else read_edits(given, home)


def adopt_edits(
    edits: Edits, settings: RunSettings, overlay: Path, adoption: Mapping[str, str], *, replace: bool, watch: Watch
) -> Adopted:
    """Keep edits as an overlay of the study, and try that.

    Parameters
    ----------
    edits
        From `edits_of`.
    settings
        The study that the run is of, and where its runs are.
    overlay
        File to write.
    adoption
        ``who``, ``when`` and ``why``, and the ``file`` that was edited.
    replace
        Whether a file that is there may be written over.

    Raises
    ------
    TranscaspianError
        When the edits cannot be routed; no overlay is written then.
    """
    study = load_study(settings.study_path, settings.overrides)
    if edits.are_none:
        return Adopted(edits)
    if overlay.exists() and not replace:
        raise StudyError(f"{overlay} is there already: name another by --overlay, or give --replace")
    done = Adoption(run=edits.run.name, **adoption)
    text = overlay_text(edits, study, os.path.relpath(settings.study_path, overlay.resolve().parent), done)
    trial_path = overlay.with_name(f".{overlay.name}.trial.toml")
    try:
        replace_text(trial_path, text)
        systems = systems_beside(edits, study)
        wanted = RunSettings(trial_path, settings.out_dir, systems, raw_dir=settings.raw_dir, publish=False)
        found = _tried(edits, overlay, wanted, watch) if edits.systems else Adopted(edits, overlay)
        trial_path.replace(overlay)
    finally:
        trial_path.unlink(missing_ok=True)
    return found


def systems_beside(edits: Edits, study: Study) -> tuple[str, ...]:
    """The systems that were edited, and those of the run that are built together with them: their lines may cross."""
    laid = {item["id"] for item in edits.run.manifest["systems"]}
    edited = [system for system in study.systems if system.id in edits.systems]
    beside = {other.id for system in edited for other in study.built_with(system)} & laid
    return tuple(system.id for system in study.systems if system.id in edits.systems or system.id in beside)


def overlay_text(edits: Edits, study: Study, extends: str, done: Adoption) -> str:
    """The overlay as TOML.

    Parameters
    ----------
    extends
        Path of the study from the folder of the overlay.
    """
    return "\n".join(_lines(edits, study, extends, done)) + "\n"


def _lines(edits: Edits, study: Study, extends: str, done: Adoption) -> Iterator[str]:
    yield f"# Edits of run {done.run}. Review them, and keep this file with the study."
    yield f"extends = {toml_value(Path(extends).as_posix())}"
    if edits.remarks == ():
        yield "remarks = []"  # before all tables, of the last of which it would be a key
    for item in (*study.adopted, done):
        yield from ("", "[[adopted]]", *(f"{name} = {toml_value(value)}" for name, value in item.model_dump().items()))
    for system_id, changed in edits.systems.items():
        yield from ("", "[[systems]]", f"id = {toml_value(system_id)}", *(f"# {told}" for told in changed.told))
        yield from _system_lines(changed, study, system_id, done.run)
    for lon, lat, system, text, who, when in edits.remarks or ():
        yield from ("", "[[remarks]]", f"lon_deg = {lon!r}", f"lat_deg = {lat!r}", f"text = {toml_value(text)}")
        further = {"system": system, "who": who, "when": when}
        yield from (f"{name} = {toml_value(value)}" for name, value in further.items() if value)


def _system_lines(changed: SystemEdits, study: Study, system_id: str, run: str) -> Iterator[str]:
    system = next(one for one in study.systems if one.id == system_id)
    own = "" if changed.course is None and changed.adopt is None else "course" if changed.adopt is None else "adopt"
    if changed.course is not None:
        yield from ("course = [", *(f"    [{lon!r}, {lat!r}]," for lon, lat in changed.course.tolist()), "]")
    if changed.adopt is not None:
        yield f"adopt = {toml_value(dict(zip(('run', 'layer', 'id'), (run, *changed.adopt), strict=True)))}"
    if own:
        yield from (f"{name} = []" for name in ("via", "locked", "course") if name != own and getattr(system, name))
        yield from (f'{name} = ""' for name in CAN_BE_EMPTIED if name != own and getattr(system, name))
    if changed.via is not None:
        places = [_via(*one) for one in changed.via]
        for at, item in enumerate(system.via):
            if isinstance(item, FixedCrossing):
                places.insert(at, toml_value(item.model_dump()))
        yield from ("via = [", *(f"    {place}," for place in places), "]")
    if changed.keep_out is not None:
        rings = (f"    [{', '.join(f'[{lon!r}, {lat!r}]' for lon, lat in ring)}]," for ring in changed.keep_out)
        yield from ("keep_out = [", *rings, "]")


def _via(lon: float, lat: float, radius_km: float | None) -> str:
    return (
        f"[{lon!r}, {lat!r}]"
        if radius_km is None
        else toml_value({"lon_deg": lon, "lat_deg": lat, "radius_km": float(radius_km)})
    )


def printed(rpl: Rpl) -> Rpl:
    """A list with the figures that it would be printed with: no other may be compared with a printed one."""
    from transcaspian.rpl.reader import read_rpl
    from transcaspian.rpl.writer import write_rpl_csv

    with TemporaryDirectory(prefix="transcaspian-adopt-") as folder:
        path = Path(folder) / "list.csv"
        write_rpl_csv(path, rpl, created_utc=NO_TIME)
        return read_rpl(path)


def _tried(edits: Edits, overlay: Path, settings: RunSettings, watch: Watch) -> Adopted:
    """The figures and lists of the changed systems beside those of the run that was edited."""
    from transcaspian.products import figures_of
    from transcaspian.rpl.compare import compare_rpl
    from transcaspian.rpl.reader import read_rpl
    from transcaspian.runs.revisions import check_routes
    from transcaspian.runs.stages.engineer_systems import number_positions

    run = TrialRun(settings, watch)
    trial = run.trial(edits.run, with_lists=True)
    if missing := [f"{name}: {reason}" for name, reason in trial.missing.items() if name in edits.systems]:
        raise RoutingError("; ".join(missing))
    laid, inputs = run.found, run.inputs
    ground = laid.ground.seabed
    numbered = number_positions(inputs, dict(laid.routes)).routes
    comparisons: dict[str, Comparison | str] = {}
    for system_id in edits.systems:
        route = numbered[system_id]
        try:
            old = read_rpl(edits.run.folder / "rpl" / f"{system_id}.csv")
        except IngestError as exc:
            comparisons[system_id] = f"insufficient information: {exc}"
            continue
        now = printed(route.rpl)
        comparisons[system_id] = compare_rpl(old, now, (edits.run.name, "adopted"), step_km=KP_STEP_KM)
    figures = [
        figures_of(inputs.study, system, laid.paths[system.id].path, numbered.get(system.id), ground.grid, ground.depth)
        for system in inputs.systems
        if system.id in edits.systems
    ]
    faults = [str(reason) for reason in check_routes(figures, ground.water, ground.forbidden)]
    faults += [f"{name}: {item}" for name in edits.systems for item in numbered[name].findings]
    return Adopted(edits, overlay, trial, comparisons, tuple(faults))
