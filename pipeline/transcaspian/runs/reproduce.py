"""Make a run again from its manifest, and compare what comes out byte by byte."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from transcaspian.core.errors import ExportError
from transcaspian.runs import cache
from transcaspian.runs.archive.archived_runs import ArchivedRun, verify_run
from transcaspian.runs.archive.register import PUBLISHED
from transcaspian.runs.archive.steps import MANIFEST, steps_in
from transcaspian.runs.engine import RunSettings, Watch, run_study
from transcaspian.study import study_of

WITHOUT_BEFORE = {MANIFEST, "changes.md", "changes.png"}
"""What names the run before, and cannot come out the same when that one is gone."""


@dataclass(frozen=True)
class Reproduction:
    """What came out when a run was made again.

    Attributes
    ----------
    same
        Names of the files that are equal to the byte.
    other
        Names of those that are not, or that one of the two runs does not have.
    reasons
        What is not as it was when the run was made, a sentence each; any of it may explain a difference.
    """

    folder: Path
    same: tuple[str, ...]
    other: tuple[str, ...]
    reasons: tuple[str, ...]


def reproduce(run: ArchivedRun, out_dir: Path, study_path: Path, raw_dir: Path | None, watch: Watch) -> Reproduction:
    """Run the study of a manifest again into ``out_dir``, at the moment of the first run, with nothing reused.

    Parameters
    ----------
    study_path
        Where the paths of the study count from; the file itself is not read.

    Raises
    ------
    ExportError
        When the manifest does not have what it takes.
    TranscaspianError
        When a source is no longer there, or a study of that manifest cannot be run.
    """
    settings, created = _settings_of(run, out_dir, study_path, raw_dir)
    reasons = list(differences(run))
    name = run.manifest["numbering"]["before"]
    before = run.folder.parent / name
    with_before = name == "" or before.is_dir()
    if not with_before:
        reasons.append(f"run {name}, the published one then, is gone: the numbers of positions are the run's own")
    if name:
        seed(out_dir / run.manifest["study"]["document"]["study"]["id"], before if with_before else run.folder, created)
    with moment(created):
        made = run_study(settings, watch).folder
    left_out = set() if with_before else WITHOUT_BEFORE
    names = {*run.manifest["files"], MANIFEST} | {
        path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()
    }
    same = {name for name in names if equal(run.folder / name, made / name)}
    return Reproduction(made, tuple(sorted(same)), tuple(sorted(names - same - left_out)), tuple(reasons))


def _settings_of(
    run: ArchivedRun, out_dir: Path, study_path: Path, raw_dir: Path | None
) -> tuple[RunSettings, datetime]:
    """How a run was asked for, and its moment.

    Raises
    ------
    ExportError
        When the manifest does not say.
    """
    record = run.manifest
    try:
        wanted = record["settings"]
        settings = RunSettings(
            study_path,
            out_dir,
            tuple(wanted["systems"]),
            record["study"]["overrides"],
            raw_dir,
            wanted["criteria_rasters"],
            tuple(wanted["formats"]),
            reuse=False,
            document=record["study"]["document"],
            publish=False,
        )
        return settings, datetime.fromisoformat(record["run"]["created_utc"])
    except (KeyError, ValueError) as exc:
        raise ExportError(f"{run.folder / MANIFEST} does not say how the run was made: {exc!r} is missing") from exc


def differences(run: ArchivedRun) -> Iterator[str]:
    """What is not as it was when the run was made."""
    from transcaspian.runs.stages.write_run import code_of_run

    yield from verify_run(run)
    code, study = run.manifest["code"], study_of(run.manifest["study"]["document"], f"the manifest of run {run.name}")
    if code["sha256"] != code_of_run(study):
        yield f"the run was made by other code: {code['version']}, {code['sha256'][:12]}"
    versions = cache.library_versions()
    for name, then in code["libraries"].items():
        if then != versions.get(name):
            yield f"{name} was {then} and is {versions.get(name, 'gone')}"


def seed(home: Path, before: Path, created: datetime) -> None:
    """Let a new place know the run that was the published one then."""
    if (home / before.name).exists():
        raise ExportError(f"{home} has runs: name an empty folder")
    home.mkdir(parents=True)
    with steps_in(home) as steps:
        shutil.copytree(before, home / before.name)
        steps.take(PUBLISHED, before.name, created)


@contextmanager
def moment(created: datetime) -> Iterator[None]:
    """The clock of runs stands at a moment."""
    then = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = str(int(created.timestamp()))
    try:
        yield
    finally:
        if then is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = then


def equal(one: Path, other: Path) -> bool:
    """Whether two files are there and have the same bytes."""
    return one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()
