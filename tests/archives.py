"""Small runs in a folder of their own, written and registered the way every run is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from transcaspian import export
from transcaspian.runs.archive.folder import RunFolder, open_run
from transcaspian.runs.archive.live import live_in
from transcaspian.runs.archive.register import PUBLISHED
from transcaspian.sources.verify import sha256_of

STAMP_TIME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@contextmanager
def opened(home: Path, run_id: str) -> Iterator[RunFolder]:
    """A folder to write a run into, alone in ``home``."""
    with live_in(home) as live, open_run(live, run_id, STAMP_TIME) as folder:
        yield folder


def make_run(
    home: Path, run_id: str, created_utc: str = "2026-01-02T03:04:05.000Z", event: str = PUBLISHED, length_km: float = 1
) -> Path:
    """A run of two small files and a manifest."""
    with opened(home, run_id) as folder:
        write_small(folder.path, folder.run_id, created_utc, length_km)
        folder.register(event)
    return home / folder.run_id


def write_small(path: Path, run_id: str, created_utc: str, length_km: float = 1) -> None:
    """Two files and their manifest."""
    (path / "rpl").mkdir()
    names = ("a.txt", "rpl/b.txt")
    for name in names:
        (path / name).write_text(name)
    manifest = export.build_manifest(
        run={"id": run_id, "created_utc": created_utc}, study={"id": path.parent.name}, code_sha256="0" * 64,
        sources=[], findings={}, systems=[{"id": "main", "figures": {"length": {"value": length_km}}}], ingest={},
        seabed={}, numbering={}, settings={},
        files={name: {"sha256": sha256_of(path / name), "bytes": len(name)} for name in names},
    )  # fmt: skip
    export.write_manifest(path / "manifest.json", manifest)
