"""Both designs of a line: link budget, capacity, power feed, delay. Values in and values out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Literal

from transcaspian.analyses.link.config import Link
from transcaspian.core.cost_range import CostRange
from transcaspian.core.linear_reference import KpRange
from transcaspian.engineering.cable import clear_place_km

LIGHT_KM_PER_MS = 299.792458
AmplifierEvent = Literal["", "ROPA", "RPTR"]
DesignName = Literal["unrepeatered", "repeatered"]
AMPLIFIERS = {"": "no amplifier", "ROPA": "ROPA", "RPTR": "repeater"}
ROUNDING_KM = 1e-6


@dataclass(frozen=True)
class Line:
    """A line from station to station.

    Attributes
    ----------
    cable_km
        Of the cable in the sea, with its slack, from beach manhole to beach manhole.
    tails_km
        Of the cable ashore at the first and at the last end.
    amplifiers
        Event and kilometre along the cable in the sea of each that its list has.
    kept_off
        Stretches from the first station by crossings, boundaries, large alter courses and shore ends, where no
        amplifier is to lie.
    """

    cable_km: float
    tails_km: tuple[float, float] = (0.0, 0.0)
    amplifiers: tuple[tuple[str, float], ...] = ()
    kept_off: tuple[KpRange, ...] = ()

    @property
    def length_km(self) -> float:
        """From station to station."""
        return self.tails_km[0] + self.cable_km + self.tails_km[1]

    def listed_km(self, event: str) -> tuple[float, ...]:
        """The amplifiers of one kind, from the first station."""
        return tuple(self.tails_km[0] + km for name, km in self.amplifiers if name == event)

    def longest_span_km(self, amplifiers_km: tuple[float, ...]) -> float:
        """Between two amplifiers or stations."""
        return max(after - before for before, after in pairwise((0.0, *amplifiers_km, self.length_km)))

    def clear_km(self, km: float, min_km: float, max_km: float) -> float:
        """The nearest place at sea within limits where an amplifier may lie, from the first station.

        The place itself, moved into the limits, where there is none.
        """
        min_km, max_km = max(min_km, self.tails_km[0]), min(max_km, self.tails_km[0] + self.cable_km)
        return clear_place_km(max(min(km, max_km), min_km), self.kept_off, min_km, max_km)

    def is_clear(self, km: float) -> bool:
        """Whether an amplifier may lie at a place."""
        return not any(item.from_km < km < item.to_km for item in self.kept_off)


@dataclass(frozen=True)
class LinkDesign:
    """One of both designs of a line.

    Attributes
    ----------
    event
        What amplifies on the way; empty: nothing does.
    amplifiers_km
        Where, along the line from the first station.
    longest_span_km, loss_db, budget_db, reach_km
        Between two repeaters or stations; of an unrepeatered line all of it.
    feed_v, max_feed_v
        What one station feeds the whole line with, and what it can; None where nothing is fed.
    capacity_tbit_s
        One way, of all fibre pairs.
    cost
        By the cost book; None where the study has none.
    """

    design: DesignName
    event: AmplifierEvent
    amplifiers_km: tuple[float, ...]
    line_km: float
    longest_span_km: float
    loss_db: float
    budget_db: float
    reach_km: float
    fibre_pairs: int
    capacity_tbit_s: float
    delay_ms: float
    feed_v: float | None = None
    max_feed_v: float | None = None
    cost: CostRange | None = None

    @property
    def margin_db(self) -> float:
        """What is left of the budget."""
        return self.budget_db - self.loss_db

    @property
    def amplifiers(self) -> int:
        """How many."""
        return len(self.amplifiers_km)

    @property
    def lacks(self) -> str:
        """Why it cannot be built; empty: it can."""
        if self.margin_db < 0:
            return f"its longest span loses {-self.margin_db:.1f} dB more than its budget of {self.budget_db:g} dB"
        if self.feed_v is not None and self.max_feed_v is not None and self.feed_v > self.max_feed_v:
            return f"feeding it takes {self.feed_v:,.0f} V, a station has {self.max_feed_v:,.0f}"
        return ""

    @property
    def named(self) -> str:
        """With its amplifiers: ``repeatered, 3 repeaters``."""
        many = "" if self.event == "" else f"{self.amplifiers} "
        plural = "s" if self.event == "RPTR" and self.amplifiers != 1 else ""
        return f"{self.design}, {many}{AMPLIFIERS[self.event]}{plural}"


def both_designs(line: Line, rules: Link, ropa_km: float) -> tuple[LinkDesign, LinkDesign]:
    """The unrepeatered and the repeatered design of a line.

    ``ropa_km``: from a station to the amplifier that it pumps.
    """
    return unrepeatered(line, rules, ropa_km), repeatered(line, rules)


def unrepeatered(line: Line, rules: Link, ropa_km: float) -> LinkDesign:
    """Without amplifiers where that reaches, else with one remotely pumped amplifier from either station."""
    own, length_km = rules.unrepeatered, line.length_km
    is_alone = rules.loss_db(length_km) <= own.budget_db
    budget_db = own.budget_db if is_alone else own.ropa_budget_db
    from_end_km = min(ropa_km, length_km / 2)
    pumped_km = sorted(
        {
            line.clear_km(from_end_km, 0.0, ropa_km),
            line.clear_km(length_km - from_end_km, length_km - ropa_km, length_km),
        }
    )
    return LinkDesign(
        design="unrepeatered",
        event="" if is_alone else "ROPA",
        amplifiers_km=() if is_alone else line.listed_km("ROPA") or tuple(pumped_km),
        line_km=length_km,
        longest_span_km=length_km,
        loss_db=rules.loss_db(length_km),
        budget_db=budget_db,
        reach_km=rules.reach_km(budget_db),
        fibre_pairs=own.fibre_pairs,
        capacity_tbit_s=own.capacity_tbit_s,
        delay_ms=length_km * rules.group_index / LIGHT_KM_PER_MS,
    )


def clear_repeaters_km(line: Line, spans: int, reach_km: float) -> tuple[float, ...]:
    """Repeaters between so many spans, none of them longer than the reach."""
    found = [0.0]
    for number in range(1, spans):
        min_km = max(line.length_km - (spans - number) * reach_km, found[-1])
        found.append(line.clear_km(line.length_km * number / spans, min_km, found[-1] + reach_km))
    return tuple(found[1:])


def repeatered(line: Line, rules: Link) -> LinkDesign:
    """With the repeaters of the list; where those do not do, with as few as the budget allows.

    These are equally far apart where they may lie there, and else at the nearest place that makes no span too long.
    """
    own, length_km = rules.repeatered, line.length_km
    reach_km = rules.reach_km(own.span_budget_db)
    repeaters_km = line.listed_km("RPTR")
    if not repeaters_km or line.longest_span_km(repeaters_km) > reach_km:
        spans = max(2, ceil(length_km / reach_km - ROUNDING_KM))
        repeaters_km = clear_repeaters_km(line, spans, reach_km)
    longest_km = line.longest_span_km(repeaters_km)
    return LinkDesign(
        design="repeatered",
        event="RPTR",
        amplifiers_km=repeaters_km,
        line_km=length_km,
        longest_span_km=longest_km,
        loss_db=rules.loss_db(longest_km),
        budget_db=own.span_budget_db,
        reach_km=reach_km,
        fibre_pairs=own.fibre_pairs,
        capacity_tbit_s=own.capacity_tbit_s,
        delay_ms=length_km * rules.group_index / LIGHT_KM_PER_MS,
        feed_v=own.feed_a * own.conductor_ohm_per_km * length_km + len(repeaters_km) * own.repeater_v,
        max_feed_v=own.max_feed_v,
    )
