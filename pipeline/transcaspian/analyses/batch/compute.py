"""A batch from its file to a published folder: rows are written as they come, in the order of the plan."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from transcaspian import export
from transcaspian.analyses.batch.config import Batch, load_batch
from transcaspian.analyses.batch.files import RowFile, check_can_write_batches, check_rows
from transcaspian.analyses.batch.layers import BATCH_ROUTES
from transcaspian.analyses.batch.member import RouteMembers, Row, lost_rows
from transcaspian.analyses.batch.plan import Member, chunks_of, plan_members
from transcaspian.core.errors import RoutingError
from transcaspian.core.spread import Lost, Spread, spread
from transcaspian.runs.archive.folder import open_run
from transcaspian.runs.archive.live import live_in
from transcaspian.runs.archive.register import PUBLISHED
from transcaspian.runs.archive.steps import MANIFEST
from transcaspian.runs.engine import RunSettings, clock
from transcaspian.runs.stages.inputs import Inputs, hash_json
from transcaspian.runs.stages.order import READ
from transcaspian.sources.verify import sha256_of

ROUTES_FILE = "routes.parquet"
BATCHES = "batches"
"""Folder of the batches, beside those of the studies."""

Told = Callable[[int, int, int], None]
"""Told how many members are done, how many of these failed, and how many there are."""


@dataclass(frozen=True)
class BatchSettings:
    """What is asked for.

    Attributes
    ----------
    overrides
        Of the study, for all members; a variant stands above them.
    how
        How the work is spread; None: over the threads of this machine.
    """

    batch_path: Path
    out_dir: Path = Path("data/processed")
    overrides: Mapping[str, Any] = field(default_factory=dict)
    raw_dir: Path | None = None
    how: Spread | None = None


@dataclass(frozen=True)
class PairFigures:
    """The routes of one pair, over all weightings and scenarios; lengths are None where none was found."""

    pair_id: str
    routes: int
    failed: int
    min_km: float | None
    median_km: float | None
    max_km: float | None


@dataclass(frozen=True)
class BatchResult:
    """Where the batch stands, and the figures to show; ``faults`` counts the members that the program failed."""

    folder: Path
    latest: Path
    members: int
    failed: int
    faults: int
    pairs: tuple[PairFigures, ...]
    reasons: tuple[str, ...]


def run_batch(settings: BatchSettings, told: Told) -> BatchResult:
    """Route every member of a batch and publish the rows.

    A member that cannot be routed is a row that says why. The rows are the same to the byte however the work is spread.

    Raises
    ------
    TranscaspianError
        When the batch, the study or a source cannot be used, or none of the members can be routed; nothing is
        published then.
    """
    check_can_write_batches()
    batch = load_batch(settings.batch_path)
    study_path = settings.batch_path.parent / batch.batch.study
    inputs = READ.function(RunSettings(study_path, overrides=settings.overrides, raw_dir=settings.raw_dir))
    members = plan_members(batch, settings.batch_path, inputs.study)
    work = RouteMembers(inputs)
    for ground in {id(member.ground): member.ground for member in members}.values():
        work.study_on(ground)  # a variant that cannot be is said before the first route, not after the last
    created = clock()
    code = export.code_sha256()
    wanted = batch.model_dump(mode="json") | {"members": [[asdict(one.pair), one.id] for one in members]}
    sources = hash_json([asdict(source) for source in inputs.provenance])
    name = export.run_id(hash_json([inputs.study_sha256, wanted]), sources, code, created)
    home = settings.out_dir / BATCHES / inputs.study.study.id / batch.batch.id
    with live_in(home) as live, open_run(live, name, created) as folder:
        path = folder.path / ROUTES_FILE
        tally = _route_members(work, members, path, settings, told)
        about = {"id": folder.run_id, "created_utc": f"{created:%Y-%m-%dT%H:%M:%S.000Z}"}
        record = _manifest_of(batch, inputs, tally, about, code)
        record["files"] = {ROUTES_FILE: {"sha256": sha256_of(path), "bytes": path.stat().st_size}}
        export.write_manifest(folder.path / MANIFEST, record)
        folder.register(PUBLISHED)
    return BatchResult(
        home / folder.run_id,
        home / "latest",
        len(members),
        tally.failed,
        tally.faults,
        tuple(tally.pairs()),
        tuple(tally.reasons),
    )


def _route_members(
    work: RouteMembers, members: Sequence[Member], path: Path, settings: BatchSettings, told: Told
) -> Tally:
    """Route all members into a file of rows, which is read back; what came of them.

    Raises
    ------
    RoutingError
        When none can be routed.
    """
    tally = Tally(members)
    with RowFile(path, BATCH_ROUTES) as file:
        for found in (settings.how or spread())(work, chunks_of(members)):
            rows = lost_rows(found) if isinstance(found, Lost) else found
            file.add(rows)
            tally.add(rows)
            told(tally.done, tally.failed, len(members))
    if tally.failed == len(members):
        raise RoutingError(f"none of the {len(members):,} members could be routed; the first: {tally.reasons[0]}")
    check_rows(path, BATCH_ROUTES, len(members))
    return tally


def _manifest_of(
    batch: Batch,
    inputs: Inputs,
    tally: Tally,
    run: Mapping[str, str],
    code_sha256: str,
) -> dict[str, Any]:
    """The batch, its study and sources, and its figures; ``run``: id and time of the run."""
    return {
        "schema_version": 1,
        "run": dict(run),
        "batch": batch.model_dump(mode="json"),
        "study": {
            "id": inputs.study.study.id,
            "revision": inputs.study.study.revision,
            "sha256": inputs.study_sha256,
            "document": inputs.study.model_dump(mode="json", exclude_none=True),
        },
        "code": {"sha256": code_sha256},
        "sources": [asdict(source) for source in inputs.provenance],
        "members": tally.done,
        "failed": tally.failed,
        "pairs": [asdict(figures) | {"status": "DERIVED"} for figures in tally.pairs()],
    }


class Tally:
    """What came of the members so far; of each route it keeps the length alone."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.done = self.failed = self.faults = 0
        self.reasons: list[str] = []
        self._lengths_km: dict[str, list[float]] = {member.pair.id: [] for member in members}
        self._counts = dict.fromkeys(self._lengths_km, 0)

    def add(self, rows: Sequence[Row]) -> None:
        """Count further rows."""
        for row in rows:
            self.done += 1
            self._counts[row["pair_id"]] += 1
            if row["state"] == "routed":
                self._lengths_km[row["pair_id"]].append(row["length_km"])
                continue
            self.failed += 1
            self.faults += "traceback" in row
            if len(self.reasons) < SHOWN_REASONS:
                self.reasons.append(f"{row['member_id']}: {row['reason']}")

    def pairs(self) -> Iterator[PairFigures]:
        """Figures of each pair, in the order of the plan."""
        for pair_id, lengths_km in self._lengths_km.items():
            count = self._counts[pair_id]
            figures = (min(lengths_km), statistics.median(lengths_km), max(lengths_km)) if lengths_km else (None,) * 3
            yield PairFigures(pair_id, count, count - len(lengths_km), *figures)


SHOWN_REASONS = 5
"""Reasons of failed members that are shown; all of them stand in the file."""
