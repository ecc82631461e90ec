"""What becomes of a run: it is published, held for a person to look at, or a what-if."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from transcaspian import export
from transcaspian.runs.archive.folder import RunFolder
from transcaspian.runs.archive.register import HELD, PUBLISHED, WHAT_IF
from transcaspian.runs.archive.steps import MANIFEST
from transcaspian.runs.revisions import Reason, Review, check_routes
from transcaspian.runs.revisions.review import ALWAYS
from transcaspian.runs.stages.assemble_run import Assembled


def decide_run(folder: RunFolder, record: dict[str, Any], run: Assembled, compared: Review, before: str) -> None:
    """Write the manifest with the review, and register the run.

    Parameters
    ----------
    record
        The manifest, complete but for the review.
    before
        Name of the published run that it was compared with; empty where there was none.
    """
    reasons = tuple(str(reason) for reason in (*faults_of(run), *compared.held))
    record |= {"review": list(reasons), "review_notes": list(compared.notes)}
    export.write_manifest(folder.path / MANIFEST, record)
    event = WHAT_IF if not run.settings.wants_publication else HELD if reasons else PUBLISHED
    folder.register(event, reasons, after=before)


def faults_of(run: Assembled) -> Iterator[Reason]:
    """What is wrong with a run by itself: systems that are missing, and routes that do not hold."""
    for system_id, reason in run.missing.items():
        yield Reason(system_id, f"the system cannot be laid: {reason}", ALWAYS, "the study")
    yield from check_routes(run.figures, run.ground.water, run.ground.forbidden)
