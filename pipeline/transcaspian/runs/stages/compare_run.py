"""A run that is written is held against the last published one."""

from __future__ import annotations

from contextlib import suppress

from transcaspian import export
from transcaspian.core.errors import IngestError
from transcaspian.runs.archive.archived_runs import ArchivedRun
from transcaspian.runs.revisions import Review, diff_runs, review
from transcaspian.runs.revisions.changes_picture import change_pages
from transcaspian.runs.stages.assemble_run import Assembled


def compare_run(now: ArchivedRun, before: ArchivedRun | None, run: Assembled) -> Review:
    """Review a run, and write beside it what changed; pages of that are added to the files of its manifest.

    Parameters
    ----------
    now
        The run, whose manifest is complete but for the review.
    before
        The last published run; None: nothing is published yet.
    """
    compared = review(now, before, run.inputs.study.review)
    if before is not None:
        with suppress(IngestError):  # the review says so, and holds
            pages = change_pages(diff_runs(before, now), run.layers)
            now.manifest["files"].update(export.write_pages(now.folder, pages))
    return compared
