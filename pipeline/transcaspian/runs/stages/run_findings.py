"""What a reader of a run must know before deciding anything by it: collected from who knows it, and ranked.

Rooms and analyses say what they find, as functions of their values that give `Finding`s. Here they are asked, in the
order in which findings of equal severity are told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transcaspian import engineering
from transcaspian.core.findings import Finding, ranked
from transcaspian.products import Reconciled, published_findings
from transcaspian.runs.stages.handover import Results
from transcaspian.runs.stages.overlaps import overlap_findings


def findings_of(results: Results, published: Sequence[Reconciled] = ()) -> tuple[Finding, ...]:
    """All findings of a run, the most severe first.

    Parameters
    ----------
    published
        Published figures beside ours.
    """
    return ranked((*_all_of(results), *published_findings(published)))


def _all_of(results: Results) -> Iterator[Finding]:
    """Of the rooms that every run goes through, then of the analyses that the study asks for."""
    yield from overlap_findings(results.inputs, results.laid.ground.seabed.depth)
    for system_id, route in results.laid.routes.items():
        yield from engineering.sector_findings(system_id, route)
        yield from engineering.span_findings(system_id, route.free_spans)
    for found in results.further.values():
        yield from found.value.findings
