"""The straight-line diagram: a route as stretches that are alike in cable, slack, burial and waters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.catzoc import ERRORS, Catzoc
from transcaspian.core.frames import known
from transcaspian.core.linear_reference import KpRange, range_at
from transcaspian.engineering.cable import CablePlan
from transcaspian.engineering.landing import Installation
from transcaspian.engineering.listing_rows import JOINED_KM
from transcaspian.engineering.profile import Profile
from transcaspian.engineering.rule_sections import RuleSection
from transcaspian.engineering.sectors import Stretch
from transcaspian.study import BurialRule, CableTypeRule, SlackRule

Floats = NDArray[np.float64]
_ZONES: tuple[Catzoc, ...] = ("A1", "B", "C")


@dataclass(frozen=True)
class Segment(KpRange):
    """A stretch that is alike in all that is laid, and how.

    Attributes
    ----------
    from_km, to_km
        KPs of its ends.
    cable, slack, burial
        Sections by rule.
    waters
        None where the study does not tell.
    min_depth_m, max_depth_m, steepest_deg
        Of the samples in it; None where none is known.
    zone_of_confidence
        The worst of the samples'.
    change_km
        The KPs between which it may begin, by the error of the depth; None where no depth decides.
    installation
        None of a line that is not engineered as a route.
    """

    cable: RuleSection[CableTypeRule]
    slack: RuleSection[SlackRule]
    burial: RuleSection[BurialRule]
    waters: Stretch | None
    min_depth_m: float | None
    max_depth_m: float | None
    steepest_deg: float | None
    zone_of_confidence: Catzoc
    change_km: tuple[float, float] | None
    installation: Installation | None = None


def segments_of(
    profile: Profile,
    cable: CablePlan,
    waters: Sequence[Stretch] = (),
    installation: Sequence[Installation] = (),
) -> tuple[Segment, ...]:
    """The stretches of any cable on any profile.

    Parameters
    ----------
    profile
        Gives the length in km, and depths of each stretch.
    cable
        Sections by type, slack and burial; a change of any is an edge.
    waters
        Stretches of the states' waters; empty where the study has none.
    installation
        How stretches are laid; empty where it is not asked for.

    Returns
    -------
    tuple
        From KP 0 to the end, without gaps; edges nearer than `JOINED_KM` are one.
    """
    end_km = profile.length_km
    kinds = (cable.types, cable.slack, cable.burial, installation, waters)
    kept_km = [0.0]
    for edge_km in sorted({item.from_km for kind in kinds for item in kind[1:]}):
        if min(edge_km - kept_km[-1], end_km - edge_km) > JOINED_KM:
            kept_km.append(edge_km)
    edges_km = pairwise([*kept_km, end_km])
    found = (_segment(profile, cable, waters, from_km, to_km) for from_km, to_km in edges_km)
    if not installation:
        return tuple(found)
    return tuple(replace(one, installation=range_at(installation, (one.from_km + one.to_km) / 2)) for one in found)


def _segment(profile: Profile, cable: CablePlan, waters: Sequence[Stretch], from_km: float, to_km: float) -> Segment:
    middle_km = (from_km + to_km) / 2
    inside = (profile.kp_km >= from_km) & (profile.kp_km <= to_km)
    kinds: tuple[Sequence[RuleSection[Any]], ...] = (cable.types, cable.slack, cable.burial)
    sections = [range_at(kind, middle_km) for kind in kinds]
    changes = [one.change_km for one in sections if one.change_km and abs(one.from_km - from_km) <= JOINED_KM]
    depths_m = np.concatenate([profile.depth_m[inside], profile.depth_at([from_km, to_km])])
    return Segment(
        from_km=from_km,
        to_km=to_km,
        cable=range_at(cable.types, middle_km),
        slack=range_at(cable.slack, middle_km),
        burial=range_at(cable.burial, middle_km),
        waters=range_at(waters, middle_km) if waters else None,
        min_depth_m=known(np.fmin.reduce(depths_m)),
        max_depth_m=known(np.fmax.reduce(depths_m)),
        steepest_deg=known(np.fmax.reduce(profile.steepest_deg[inside], initial=np.nan)),
        zone_of_confidence=confidence_zone(profile.depth_m[inside], profile.depth_error_m[inside]),
        change_km=(min(a for a, _ in changes), max(b for _, b in changes)) if changes else None,
    )


def confidence_zone(depth_m: Floats, error_m: Floats) -> Catzoc:
    """The CATZOC class that the standard errors of some depths allow; position and coverage are not looked at.

    So A2, which asks of a depth what B asks, is not given. A place without depth or error leaves all of them not
    assessed.
    """
    if not len(depth_m) or np.isnan(depth_m + error_m).any():
        return "U"
    for zone in _ZONES:
        base_m, share = ERRORS[zone]
        if (error_m <= base_m + share * depth_m).all():
            return zone
    return "D"
