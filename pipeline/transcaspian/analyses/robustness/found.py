"""What samples and turned weights come to, as values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcaspian.analyses.robustness.flips import Flip
from transcaspian.core.vocabulary import FlipStep
from transcaspian.engineering import Quantities, bill_of
from transcaspian.study.price_tables import Prices

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Candidate:
    """A line that could be built, by its name: the recommended route, or one of its alternatives."""

    name: str
    lonlat: Floats


@dataclass(frozen=True)
class Sample:
    """The route of a system in one sample.

    Attributes
    ----------
    lonlat
        None where there is no route, and ``reason`` says why.
    cost_km
        What the router minimised, of this sample, in kilometres of clear seabed.
    off_km
        How far it goes from the recommended route at most.
    candidate_costs_km
        What the candidates cost in this sample, in their order; inf for one that is closed.
    """

    number: int
    lonlat: Floats | None
    reason: str = ""
    length_km: float = np.nan
    cost_km: float = np.nan
    off_km: float = np.nan
    candidate_costs_km: tuple[float, ...] = ()


@dataclass(frozen=True)
class Turn:
    """A question about one weight of one system: where does the route leave, when it is turned?"""

    system_id: str
    criterion: str
    step: FlipStep


@dataclass(frozen=True)
class SystemSamples:
    """All that was found of one system; the first candidate is the recommended route.

    ``unturned``: why its weights were not turned one by one; empty where they were. ``book``: the cost book, and what
    the route costs; None where the study has no book.
    """

    system_id: str
    candidates: tuple[Candidate, ...]
    samples: tuple[Sample, ...]
    turns: tuple[tuple[Turn, Flip | None], ...]
    unturned: str = ""
    book: tuple[Prices, Quantities] | None = None

    def cost_base_usd(self, length_km: float) -> float | None:
        """The cost of the route's cable and burial over another length; None without a cost book."""
        if self.book is None:
            return None
        prices, bought = self.book
        return bill_of(prices, bought.at_length(length_km)).total.cost_base_usd

    @property
    def routed(self) -> tuple[Sample, ...]:
        """The samples in which there is a route."""
        return tuple(sample for sample in self.samples if sample.lonlat is not None)

    def best(self, sample: Sample) -> str | None:
        """Name of the candidate that is cheapest in a sample; None where all are closed."""
        costs = sample.candidate_costs_km
        cheapest = int(np.argmin(costs))
        return self.candidates[cheapest].name if np.isfinite(costs[cheapest]) else None
