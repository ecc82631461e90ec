"""A static catalogue (STAC) over the published runs of all studies: files that any file server serves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from transcaspian.core.disk import replace_text
from transcaspian.core.errors import ExportError
from transcaspian.export.faults import writing
from transcaspian.export.stac import CATALOGUE, COLLECTION, ITEM, stac_catalogue, stac_collection
from transcaspian.runs.archive.archived_runs import runs_in
from transcaspian.runs.archive.register import PUBLISHED


def write_catalogue(out_dir: Path) -> dict[str, int]:
    """Write ``catalog.json`` there and ``collection.json`` beside the runs of each study; runs of each by its id.

    Runs that are held, or were never published, are not in it. The files are written again as a whole.

    Parameters
    ----------
    out_dir
        Folder of the runs of all studies.

    Raises
    ------
    ExportError
        When no run there is published, or a file cannot be read or written.
    """
    studies = {home.name: dict(published_items(home)) for home in sorted(out_dir.glob("*")) if home.is_dir()}
    studies = {study_id: items for study_id, items in studies.items() if items}
    if not studies:
        raise ExportError(f"no published run lies below {out_dir}: run a study, or name the folder with --out")
    with writing(out_dir / CATALOGUE, OSError):
        for study_id, items in studies.items():
            replace_text(out_dir / study_id / COLLECTION, stac_collection(study_id, items))
        replace_text(out_dir / CATALOGUE, stac_catalogue(list(studies)))
    return {study_id: len(items) for study_id, items in studies.items()}


def published_items(home: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Items of the published runs of a study, by the folders of the runs, in the order in which they came.

    Raises
    ------
    ExportError
        When one cannot be read.
    """
    listed = (run for run in runs_in(home, PUBLISHED) if ITEM in run.manifest.get("files", {}))
    for run in listed:  # not validations, and no other folder
        path = run.folder / ITEM
        try:
            yield run.folder.relative_to(home).as_posix(), json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise ExportError(f"{path} cannot be read: {exc}. Look at the run by `transcaspian runs verify`") from exc
