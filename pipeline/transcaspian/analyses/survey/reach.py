"""Which vessel of the table works at a depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from transcaspian.analyses.installation.layers import NOT_REACHED, REACHED, Reached
from transcaspian.analyses.installation.vessels import Vessel
from transcaspian.core.vocabulary import NOT_KNOWN


@dataclass(frozen=True)
class Reach:
    """A vessel for work at a depth; None where there is none, or it is not known."""

    vessel: Vessel | None
    verdict: Reached

    @property
    def name(self) -> str | None:
        """Of the vessel."""
        return self.vessel.name if self.vessel else None

    @property
    def access(self) -> str | None:
        """Of the vessel."""
        return self.vessel.access if self.vessel else None


def reach_at(depth_m: float, work: str, vessels: Sequence[Vessel], under_keel_m: float) -> Reach:
    """The vessel that does some work at a depth: a resident one before others, and then the one of most water.

    A vessel whose gear has no stated reach may do it: that is not known.

    Parameters
    ----------
    depth_m
        Positive down; NaN where unknown.
    work
        One of the works that a vessel may do.
    vessels
        Of the study.
    under_keel_m
        Water that has to stay below the keel.

    Returns
    -------
    Reach
        Whether the depth is reached, not reached, or whether that is not known.
    """
    if depth_m != depth_m:
        return Reach(None, NOT_KNOWN)
    fit = [one for one in vessels if work in one.works and one.min_working_depth_m(under_keel_m) <= depth_m]
    sure = [one for one in fit if one.max_depth_m is not None and depth_m <= one.max_depth_m]
    maybe = [one for one in fit if one.max_depth_m is None]
    best = max(sure or maybe, key=lambda one: (one.is_resident, one.min_working_depth_m(under_keel_m)), default=None)
    return Reach(best, NOT_REACHED if best is None else REACHED if sure else NOT_KNOWN)
