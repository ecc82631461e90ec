"""Studies from Python: check, route, run and publish them. These functions stand on the public face of the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transcaspian.runs import engine
from transcaspian.runs.archive import publication
from transcaspian.runs.engine import RunResult, RunSettings

if TYPE_CHECKING:
    from transcaspian.routing import LeastCostPath
    from transcaspian.study import Study

Overrides = Mapping[str, Any]
"""Dotted keys of a study with new values, ``{"criteria.slope.weight": 2.0}``."""


def check_study(study_path: Path | str, overrides: Overrides | None = None, raw_dir: Path | str | None = None) -> Study:
    """Validate a study, its sources and its landings without routing anything.

    Parameters
    ----------
    study_path
        Of the study file (TOML).
    overrides
        Dotted keys with new values.
    raw_dir
        Folder with registry.toml; None: ``data/raw`` beside or above the study file.

    Returns
    -------
    Study
        The study with its overrides.

    Raises
    ------
    TranscaspianError
        When the study cannot be run; the message says what to change.

    Examples
    --------
    >>> study = check_study("studies/trans_caspian.toml", {"criteria.slope.weight": 2.0})
    >>> study.criteria.slope.weight
    2.0
    """
    return engine.check_study(_settings(study_path, overrides, raw_dir)).study


def route_system(
    study_path: Path | str, system_id: str, overrides: Overrides | None = None, raw_dir: Path | str | None = None
) -> LeastCostPath:
    """Route one system of a study; no file is written.

    Parameters
    ----------
    study_path, overrides, raw_dir
        As in `check_study`.
    system_id
        As the study has it.

    Returns
    -------
    LeastCostPath
        ``lonlat`` of its vertices in degrees, its geodesic ``length_m``, and its weighted cost.

    Raises
    ------
    TranscaspianError
        When the study cannot be used, has no such system, or no water leads from landing to landing.

    Examples
    --------
    >>> coarse = {"area.grid_step_arcsec": 300, "rules.landing_approach.max_km": 40.0}
    >>> path = route_system("studies/trans_caspian.toml", "main", coarse)
    >>> f"{path.length_m / 1000:.0f} km, {path.lonlat.shape[1]} columns"
    '359 km, 2 columns'
    """
    from transcaspian.runs.stages.each_system import values_of
    from transcaspian.runs.stages.model_seabed import model_bed, price_bed, with_cost
    from transcaspian.runs.stages.read_inputs import read_inputs
    from transcaspian.runs.stages.route_systems import route_systems

    inputs = read_inputs(_settings(study_path, overrides, raw_dir, systems=(system_id,)))
    bed = model_bed(inputs)
    return values_of(route_systems(inputs, with_cost(bed, price_bed(inputs, bed))))[system_id].path


def run_study(
    study_path: Path | str,
    out: Path | str = "data/processed",
    *,
    systems: Sequence[str] = (),
    overrides: Overrides | None = None,
    raw_dir: Path | str | None = None,
    publish: bool | None = None,
) -> RunResult:
    """Run a study: its layers, tables, pictures and report stand in a folder of the run.

    Parameters
    ----------
    study_path, overrides, raw_dir
        As in `check_study`.
    out
        Folder that receives ``<study>/<run id>/`` and ``<study>/latest``.
    systems
        Ids of those to route; none: all.
    publish
        Whether ``latest`` is to lead to the run; None: where neither systems nor overrides are given.

    Returns
    -------
    RunResult
        Folder, state and figures of the run.

    Raises
    ------
    TranscaspianError
        When something cannot be used, or another run of the study is at work; nothing is published then.
    HeldForReviewError
        When a person must look at the run before it is published.

    Examples
    --------
    A run, its list and its publication stand in the examples of the package, `transcaspian`.

    >>> run_study("studies/trans_caspian.toml", folder, systems=["nosuch"])
    Traceback (most recent call last):
    transcaspian.core.errors.StudyError: ...
    """
    settings = _settings(study_path, overrides, raw_dir, out_dir=Path(out), systems=tuple(systems), publish=publish)
    return engine.run_study(settings, _show_nothing)


def publish_run(runs: Path | str, name: str, *, force: bool = False) -> Path:
    """Publish a run by your decision, which the register of the runs keeps; ``latest`` then leads to it.

    Parameters
    ----------
    runs
        Folder of the runs of a study, ``data/processed/<study>``.
    name
        Of the run, or the beginning of it.
    force
        Also a run that is older than the published one, or that the register does not know.

    Returns
    -------
    Path
        Folder of the run.

    Raises
    ------
    ExportError
        When there is no such run, it is no longer as it was written, or it needs ``force``.

    Examples
    --------
    A run, its list and its publication stand in the examples of the package, `transcaspian`.

    >>> publish_run(folder, "20261130T120000Z-ba7816bf")
    Traceback (most recent call last):
    transcaspian.core.errors.ExportError: ...
    """
    return publication.publish_run(Path(runs), name, datetime.now(UTC), force=force)


def _settings(
    study_path: Path | str, overrides: Overrides | None, raw_dir: Path | str | None, **further: Any
) -> RunSettings:
    raw = None if raw_dir is None else Path(raw_dir)
    return RunSettings(Path(study_path), overrides=overrides or {}, raw_dir=raw, **further)


def _show_nothing(stage: object, seconds: float | None, told: str) -> None:
    """Watches a run without a word."""
