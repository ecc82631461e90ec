"""Is all well? What a monitor asks: the age of the published run, held runs, damage, the disk, the sources.

What a scheduler knows of the nights, who schedules them adds (`transcaspian.cli.orchestrator`).
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from transcaspian.core.errors import TranscaspianError
from transcaspian.core.findings import TO_DO, Finding
from transcaspian.core.vocabulary import SEVERITIES
from transcaspian.runs.archive.archived_runs import last_published, runs_in, verify_run
from transcaspian.runs.archive.live import at_work, leftovers
from transcaspian.runs.archive.pointer import confirmed_utc
from transcaspian.runs.archive.register import HELD, UNKNOWN
from transcaspian.sources.catalogue import REGISTRY_NAME, load_registry
from transcaspian.sources.verify import verify_sources

CLOCK_SLACK_H = 0.1


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    is_well: bool
    told: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.is_well else 'FAIL'} {self.name}: {self.told}"


@dataclass(frozen=True)
class HealthLimits:
    """What is still well."""

    max_age_h: float = 26.0
    min_free_gb: float = 1.0
    max_run_h: float = 6.0


def health(home: Path, raw_dir: Path, limits: HealthLimits, now: datetime) -> tuple[Check, ...]:
    """Look at the runs of a study in ``home`` and at the sources in ``raw_dir``.

    Parameters
    ----------
    home
        Folder of the runs of one study.
    raw_dir
        Folder of raw data.
    limits
        Ages, and free space, from which on a check warns or fails.
    now
        UTC; ages are counted to it.

    Returns
    -------
    tuple
        In the order of archive, disk and sources.
    """
    return (*_archive(home, limits, now), _disk(home, limits), _sources(raw_dir))


def _archive(home: Path, limits: HealthLimits, now: datetime) -> Iterator[Check]:
    try:
        yield from _published(home, limits, now)
        if home.is_dir():
            yield from _runs(home)
    except TranscaspianError as exc:
        yield Check("register", False, str(exc))


def _published(home: Path, limits: HealthLimits, now: datetime) -> Iterator[Check]:
    run = last_published(home)
    if run is None:
        yield Check("published run", False, f"nothing is published yet in {home}")
        return
    confirmed = confirmed_utc(home)
    if confirmed is None:
        yield Check("age", False, "latest.json does not say when the published run was found to be current")
    else:
        age_h = (now - confirmed).total_seconds() / 3600
        told = f"{run.name} was current {age_h:.1f} h ago"
        if age_h < -CLOCK_SLACK_H:
            told = f"{run.name} was current {-age_h:.1f} h in the future: a clock was moved"
        yield Check("age", -CLOCK_SLACK_H <= age_h <= limits.max_age_h, f"{told}; at most {limits.max_age_h:g} h")
    yield Check("findings", True, _told(run.findings))
    faults = verify_run(run)
    yield Check("published run", not faults, faults[0] if faults else "every file is as it was written")


def _told(findings: Sequence[Finding]) -> str:
    """How many findings the published run has, and those to act on first: they say nothing of the machinery."""
    counts = Counter(item.severity for item in findings)
    counted = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])
    first = [str(item) for item in findings if item.severity in TO_DO]
    return "; ".join([counted or "none", *first])


def _runs(home: Path) -> Iterator[Check]:
    runs = runs_in(home)
    # one that was held before the published run is history: it need not be looked at any more
    latest = next((number for number, run in enumerate(runs) if run.is_latest), -1)
    held = [run.name for run in runs[latest + 1 :] if run.state == HELD]
    yield Check("held for review", not held, f"{', '.join(held)}: a person must look" if held else "none")
    unreadable = [run.name for run in runs if run.fault]
    yield Check("manifests", not unreadable, ", ".join(unreadable) or "all can be read")
    strangers = [run.name for run in runs if run.state == UNKNOWN]
    told = f"{', '.join(strangers)}: not in the register" if strangers else "every run is in the register"
    yield Check("register", not strangers, told)
    left = leftovers(home)
    yield Check("leftovers", True, ", ".join(left) + ": the next run removes them" if left else "none")
    yield Check("at work", True, at_work(home) or "no run")


def _disk(home: Path, limits: HealthLimits) -> Check:
    place = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    free_gb = shutil.disk_usage(place).free / 1e9
    return Check("disk", free_gb >= limits.min_free_gb, f"{free_gb:.1f} GB free; at least {limits.min_free_gb:g}")


def _sources(raw_dir: Path) -> Check:
    try:
        bad = [str(item) for item in verify_sources(raw_dir, load_registry(raw_dir / REGISTRY_NAME)) if not item.ok]
    except TranscaspianError as exc:
        bad = [str(exc)]
    return Check("sources", not bad, "; ".join(bad) or "every file is the one registered")
