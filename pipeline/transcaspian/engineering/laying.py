"""Sections that can be laid: a plough is up at crossings and sharp bends, and down neither too short nor too long.

Wherever it is up between two sections the cable is laid on the seabed, and buried or covered afterwards.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import attrgetter

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.linear_reference import KpRange, range_at, vertices_km
from transcaspian.core.vocabulary import BEACH_METHODS, CROSSING
from transcaspian.engineering.alter_course import headings_change_deg
from transcaspian.engineering.landing import Installation
from transcaspian.engineering.profile import Profile
from transcaspian.engineering.rule_sections import RuleSection, is_met, joined
from transcaspian.rpl.model import PRINT_M, SAME_PLACE_M
from transcaspian.study import BurialRule, Engineering, PloughRules

Floats = NDArray[np.float64]
Burial = tuple[RuleSection[BurialRule], ...]

AT_BEND, AT_RECOVERY, TOO_SHORT = "plough-bend", "plough-recovery", "plough-too-short"
"""Ids of the rules by which cable is buried afterwards that another rule would plough in."""
REASONS = {
    AT_BEND: "a bend too sharp for the plough",
    AT_RECOVERY: "the plough is recovered: the section would be too long",
    TOO_SHORT: "too short for a plough",
}
SLIVER_KM = (SAME_PLACE_M + PRINT_M) / 1000.0
"""A change so near to the edge of a stretch is that edge: both would share a position of the list."""


@dataclass(frozen=True)
class Legs:
    """What the legs of a route meet.

    Attributes
    ----------
    vertices_km
        KP of each vertex, shape ``(n,)``, and ``turns_deg`` at each, without sign, 0 at the ends.
    crossed
        KP and state of every asset that is crossed.
    kept_off
        Where neither joint nor amplifier is to lie.
    installed
        How the route is laid, from KP 0 to its end; empty: all of it by the main lay vessel.
    """

    vertices_km: Floats
    turns_deg: Floats
    crossed: Sequence[tuple[float, str]] = ()
    kept_off: Sequence[KpRange] = ()
    installed: Sequence[Installation] = ()

    @classmethod
    def of(cls, lonlat: ArrayLike, crossed: Sequence[tuple[float, str]] = ()) -> Legs:
        """Of geodesic legs, vertices of shape ``(n, 2)``."""
        line = np.asarray(lonlat, float)
        return cls(vertices_km(line), np.concatenate([[0.0], np.abs(headings_change_deg(line)), [0.0]]), crossed)


def laid_sections(burial: Burial, profile: Profile, legs: Legs, rules: Engineering) -> Burial:
    """Burial as it can be done.

    Parameters
    ----------
    burial
        By the rules that hold away from crossings, and ashore by those of landings.
    """
    found = _at_crossings(burial, profile, legs, rules)
    bends = list(sharp_bends(profile, legs, rules.plough))
    found = repainted(found, bends, lambda rule: buried_afterwards(rule, AT_BEND, rules.plough))
    # too short ones do not count as a part of a longer section, and what is divided is long enough
    found = without_short(found, rules)
    recoveries = [gap for section in ploughed(found) for gap in gaps_in(section, rules.plough)]
    return repainted(found, recoveries, lambda rule: buried_afterwards(rule, AT_RECOVERY, rules.plough))


def _at_crossings(burial: Burial, profile: Profile, legs: Legs, rules: Engineering) -> Burial:
    """Burial with what the rules near crossings ask for, exactly as far as they say; beaches keep their own.

    Of two rules that hold at a place the first decides, so the last is put in first.
    """
    crossed_km = [kp_km for kp_km, state in legs.crossed if state in rules.plough.crossed_states]
    for rule in reversed([rule for rule in rules.burial if CROSSING in rule.near and rule.within_km]):
        bare = rule.model_copy(update={"near": (), "within_km": None})
        holds = is_met(profile, {}, bare)
        near = [kp_km for kp_km in crossed_km if holds[np.abs(profile.kp_km - kp_km).argmin()]]
        reach_km = rule.within_km or 0.0
        stretches = [KpRange(kp_km - reach_km, kp_km + reach_km) for kp_km in near]
        burial = repainted(burial, stretches, lambda old, new=rule: old if old.method in BEACH_METHODS else new)  # type: ignore[misc]
    return burial


def sharp_bends(profile: Profile, legs: Legs, rules: PloughRules) -> Iterator[KpRange]:
    """Stretches around the alter courses that a plough cannot follow.

    The ship turns with a radius ``R``, and what it tows a layback ``L`` behind it with ``sqrt(R² - L²)``. A turn ``θ``
    takes ``R tan(θ / 2)`` of either leg, and has half of the shorter one. The stretch is so long to either side, and by
    the layback longer, for the plough to follow the ship onto the leg and off it. Where no depth is known the greatest
    of the route counts.
    """
    legs_km = np.diff(legs.vertices_km)
    depth_m = np.nan_to_num(profile.depth_at(legs.vertices_km), nan=profile.max_depth_m or 0.0)
    for i, turn_deg in enumerate(legs.turns_deg[1:-1].tolist(), 1):
        layback_m = rules.layback_depth_factor * float(depth_m[i])
        radius_m = float(np.hypot(rules.turning_radius_m, layback_m))
        need_m = radius_m * float(np.tan(np.radians(min(turn_deg, 179.0)) / 2.0))
        if need_m > 500.0 * float(min(legs_km[i - 1], legs_km[i])):
            reach_km, at_km = (need_m + layback_m) / 1000.0, float(legs.vertices_km[i])
            yield KpRange(at_km - reach_km, at_km + reach_km)


def without_short(burial: Burial, rules: Engineering) -> Burial:
    """Burial without sections of the plough that are shorter than ``min_burial_km``."""
    min_km = rules.sections.min_burial_km
    short = [section for section in ploughed(burial) if section.length_km < min_km - SLIVER_KM]
    return repainted(burial, short, lambda rule: buried_afterwards(rule, TOO_SHORT, rules.plough))


def gaps_in(section: KpRange, rules: PloughRules) -> Iterator[KpRange]:
    """Where a plough is recovered, so that the parts of a section are equal and no longer than the longest."""
    gap_km = rules.recovery_km
    parts = int(np.ceil((section.length_km + gap_km) / (rules.max_section_km + gap_km) - 1e-9))
    part_km = (section.length_km - (parts - 1) * gap_km) / parts
    for number in range(1, parts):
        from_km = section.from_km + number * part_km + (number - 1) * gap_km
        yield KpRange(from_km, from_km + gap_km)


def ploughed(burial: Sequence[RuleSection[BurialRule]]) -> list[KpRange]:
    """Stretches in which the plough stays down, to whatever depth."""
    found: list[KpRange] = []
    for section in burial:
        if section.rule.method != "plough":
            continue
        if found and found[-1].to_km == section.from_km:
            found[-1] = KpRange(found[-1].from_km, section.to_km)
        else:
            found.append(KpRange(section.from_km, section.to_km))
    return found


def buried_afterwards(rule: BurialRule, rule_id: str, by: PloughRules) -> BurialRule:
    """A rule of no study, by which cable that would be ploughed in is buried afterwards, as deep; others stay."""
    if rule.method != "plough":
        return rule
    changes = {"id": rule_id, "method": "PLIB", "source": by.source, "status": by.status}
    return rule.model_copy(update=changes)


def repainted(burial: Burial, stretches: Sequence[KpRange], become: Callable[[BurialRule], BurialRule]) -> Burial:
    """The sections with other rules within stretches, which may reach beyond the ends of the route."""
    if not stretches:
        return burial
    end_km = burial[-1].to_km
    cuts_km = [0.0]
    for km in sorted({km for item in stretches for km in (item.from_km, item.to_km)}):
        if min(km - cuts_km[-1], end_km - km) > SLIVER_KM:
            cuts_km.append(km)
    cuts = np.array([*cuts_km, end_km])
    changes_km = [item.from_km for item in burial[1:] if np.abs(cuts - item.from_km).min() > SLIVER_KM]
    began = {item.from_km: item for item in burial}
    in_order = sorted(stretches, key=attrgetter("from_km"))
    covered_km = list(accumulate((item.to_km for item in in_order), max))
    pieces = []
    for from_km, to_km in pairwise(sorted([*cuts.tolist(), *changes_km])):
        middle_km = (from_km + to_km) / 2
        rule = range_at(burial, middle_km).rule
        begun = bisect_right(in_order, middle_km, key=attrgetter("from_km"))
        if begun and middle_km <= covered_km[begun - 1]:
            rule = become(rule)
        same = began[from_km].change_km if from_km in began and began[from_km].rule == rule else None
        pieces.append((from_km, to_km, rule, same))
    return joined(pieces)
