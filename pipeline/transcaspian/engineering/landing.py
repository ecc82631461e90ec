"""Where a route comes ashore: the manhole stays, the waterline moves with the sea, and a barge lays what lies between.

From either end of a route follow each other the beach (from the manhole to the waterline), the shore end (by barge, to
the first water that the main lay vessel works in) and the main lay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.linear_reference import KpRange, runs
from transcaspian.core.vocabulary import InstallationKind
from transcaspian.engineering.profile import Profile
from transcaspian.engineering.rule_sections import RuleSection
from transcaspian.study import BurialRule, LandingRules

Floats = NDArray[np.float64]

SLIVER_KM = 0.001
"""A section of less is none."""


@dataclass(frozen=True)
class Installation(KpRange):
    """A stretch that is installed in one way.

    Attributes
    ----------
    from_km, to_km
        KPs of its ends.
    kind
        ``beach``, ``shore end`` and ``shallow`` (by barge), or ``main lay``.
    """

    kind: InstallationKind


@dataclass(frozen=True)
class Approach:
    """The seabed from an end of a route outwards.

    Attributes
    ----------
    away_km
        From the end, where the manhole is, along the route, shape ``(n,)``; the first is the shoreline.
    depth_m
        Below the declared level, shape ``(n,)``, negative where the seabed stands above it; NaN where it is not known.
    error_m
        One standard error of the depth, shape ``(n,)``; NaN where it is not known.
    """

    away_km: Floats
    depth_m: Floats
    error_m: Floats

    @property
    def shore_km(self) -> float:
        """From the end to the shoreline of the study."""
        return float(self.away_km[0])

    def first_km(self, depth_m: float, fall_m: float = 0.0) -> float | None:
        """How far out the first water lies that is so deep when the sea is lower by ``fall_m``, from the end.

        Between samples the seabed is straight. Depth 0 is the waterline. None where no water is so deep, and where a
        higher sea stands over the shoreline, inland of which nothing is known.
        """
        wanted_m = depth_m + fall_m
        known = np.flatnonzero(np.isfinite(self.depth_m))
        away_km, seabed_m = self.away_km[known], self.depth_m[known]
        is_deep = seabed_m >= wanted_m if wanted_m > 0 else seabed_m > wanted_m
        if not is_deep.any():
            return None
        at = int(is_deep.argmax())
        if at == 0:
            return None if wanted_m < 0 else float(away_km[0])
        (before_km, there_km), (before_m, there_m) = away_km[at - 1 : at + 1], seabed_m[at - 1 : at + 1]
        share = (wanted_m - before_m) / (there_m - before_m)
        return float(before_km + share * (there_km - before_km))


def approach(profile: Profile, end: int) -> Approach:
    """The seabed outwards from the first (0) or the last (-1) position of a route.

    Where no sample lies on the shoreline, that is as dry as the sample after it, or at the level: the shoreline's word
    counts.
    """
    shore_km, inwards = profile.ashore_km[end], slice(None, None, 1 if end == 0 else -1)
    away_km = (profile.kp_km if end == 0 else profile.length_km - profile.kp_km)[inwards]
    seen = np.column_stack([away_km, profile.signed_depth_m[inwards], profile.depth_error_m[inwards]])
    if away_km[0] == shore_km and np.isfinite(seen[0, 1]):
        return Approach(*seen.T)
    seen = seen[away_km > shore_km]
    begin_m = min(float(np.nan_to_num(seen[0, 1])), 0.0)
    return Approach(*np.vstack([[shore_km, begin_m, np.nan], seen]).T)


def waterlines_km(profile: Profile, fall_m: float = 0.0) -> tuple[float, float] | None:
    """Distance of the waterline from either end of a route, when the sea is lower by ``fall_m``; None without water."""
    first, last = (approach(profile, end).first_km(0.0, fall_m) for end in (0, -1))
    return None if first is None or last is None else (first, last)


def installation(profile: Profile, rules: LandingRules, min_main_lay_km: float) -> tuple[Installation, ...]:
    """How a route is installed at the declared level, from KP 0 to its end.

    Parameters
    ----------
    min_main_lay_km
        Deep water that is shorter, with shallow water on either side of it, is left to the barge.

    Returns
    -------
    tuple
        Stretches that follow each other. Of a route that is dry altogether all is beach. Where the depth of open water
        is not known the main lay vessel goes on.
    """
    length_km, lines_km = profile.length_km, waterlines_km(profile)
    if lines_km is None:
        return (Installation(0.0, length_km, "beach"),)
    wet_km = lines_km[0], length_km - lines_km[1]
    deep_km = [approach(profile, end).first_km(rules.min_lay_depth_m) for end in (0, -1)]
    found = [Installation(0.0, wet_km[0], "beach")]
    if deep_km[0] is None or deep_km[1] is None:
        found.append(Installation(wet_km[0], wet_km[1], "shore end"))
    else:
        main_km = deep_km[0], length_km - deep_km[1]
        found.append(Installation(wet_km[0], main_km[0], "shore end"))
        found += _offshore(profile, main_km, rules.min_lay_depth_m, min_main_lay_km)
        found.append(Installation(main_km[1], wet_km[1], "shore end"))
    found.append(Installation(wet_km[1], length_km, "beach"))
    return _joined(found)


def _offshore(
    profile: Profile, main_km: tuple[float, float], min_depth_m: float, min_main_lay_km: float
) -> list[Installation]:
    """Shoals and main lay between the two shore ends."""
    with np.errstate(invalid="ignore"):
        shoals = runs(profile.kp_km, profile.depth_m < min_depth_m)
    edges_km = [main_km[0]]
    for from_km, to_km, _ in shoals:
        if from_km > main_km[0] and to_km < main_km[1]:
            edges_km += [from_km, to_km]
    edges_km.append(main_km[1])
    kinds: list[InstallationKind] = ["main lay", "shallow"]
    pieces = [Installation(a, b, kinds[i % 2]) for i, (a, b) in enumerate(pairwise(edges_km))]
    if len(pieces) == 1:
        return pieces
    short = [item.kind == "main lay" and item.length_km < min_main_lay_km for item in pieces]
    return [replace(item, kind="shallow") if is_short else item for item, is_short in zip(pieces, short, strict=True)]


def _joined(pieces: Sequence[Installation]) -> tuple[Installation, ...]:
    """Neighbours of one kind as one, without slivers; a shoal beside a shore end is part of it."""
    whole = [item for item in pieces if item.length_km > SLIVER_KM] or [replace(pieces[0], to_km=pieces[-1].to_km)]
    found: list[Installation] = []
    for item in whole:
        kind = "shore end" if found and found[-1].kind == "shore end" and item.kind == "shallow" else item.kind
        if found and found[-1].kind == kind:
            found[-1] = replace(found[-1], to_km=item.to_km)
        elif found and kind == "shore end" and found[-1].kind == "shallow":
            found[-1] = replace(found[-1], to_km=item.to_km, kind=kind)
        else:
            found.append(Installation(found[-1].to_km if found else 0.0, item.to_km, kind))
    return (*found[:-1], replace(found[-1], to_km=pieces[-1].to_km))


def protected_by(kind: InstallationKind, target_m: float) -> InstallationKind:
    """Whose method protects the cable in a section of installation; ``target_m``: the depth of lowering by the rules.

    What lies on the seabed keeps to it in the shore end too.
    """
    if kind == "beach":
        return "beach"
    return "shore end" if kind != "main lay" and target_m > 0 else "main lay"


def protected_ashore(
    burial: Sequence[RuleSection[BurialRule]], sections: Sequence[Installation], rules: LandingRules
) -> tuple[RuleSection[BurialRule], ...]:
    """Burial as the sections of installation allow it: see `protected_by`."""
    own: dict[InstallationKind, BurialRule] = {
        "beach": _rule("beach", rules.beach_method, rules.beach_burial_m, rules),
        "shore end": _rule("shore-end", rules.shore_end_method, rules.shore_end_burial_m, rules),
    }
    found: list[RuleSection[BurialRule]] = []
    for section in sections:
        for item in burial:
            from_km, to_km = max(item.from_km, section.from_km), min(item.to_km, section.to_km)
            rule = own.get(protected_by(section.kind, item.rule.target_m), item.rule)
            if to_km - from_km <= 0:
                continue
            if found and found[-1].rule is rule:
                found[-1] = replace(found[-1], to_km=to_km)
            elif rule is item.rule and from_km == item.from_km:
                found.append(replace(item, to_km=to_km))
            else:
                found.append(RuleSection(from_km, to_km, rule))
    return tuple(found)


def _rule(name: str, method: str, target_m: float, rules: LandingRules) -> BurialRule:
    """A rule of no study: those of a beach have methods that rules of the seabed do not."""
    rule = BurialRule(id=name, method="trenching", target_m=1.0, source=rules.source, status=rules.status)
    return rule.model_copy(update={"method": method, "target_m": target_m})
