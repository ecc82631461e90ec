"""Anchors of ships by their size: mass, chain, how far they drag, how deep they go, and where they reach the seabed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.analyses.burial.config import Burial, ReachRule, ShipClass
from transcaspian.core.vocabulary import Status

Floats = NDArray[np.float64]
GRAVITY = 9.80665
KNOT_M_S = 1852.0 / 3600.0
BOWER_ANCHORS = (
    (50.0, 70.0, 180.0, 220.0),
    (70.0, 90.0, 240.0, 220.0),
    (90.0, 110.0, 300.0, 247.5),
    (110.0, 130.0, 360.0, 247.5),
    (130.0, 150.0, 420.0, 275.0),
    (150.0, 175.0, 480.0, 275.0),
    (175.0, 205.0, 570.0, 302.5),
)
"""Equipment number from (included), to, mass of a bower anchor, kg, and length of chain, m: REAL, as far as table 1 of
IACS Rec. 10 rev. 5 was read."""
KG_PER_NUMBER = 3.0
CHAIN_M, CHAIN_AT, CHAIN_POWER = 302.5, 190.0, 0.28
"""Outside of these rows what fits them: ASSUMED, so give ``anchor_kg`` and ``chain_m`` of your ships."""


@dataclass(frozen=True)
class Anchor:
    """The anchor of a class of ships.

    Attributes
    ----------
    chain_m
        All that the ship carries, for both bower anchors.
    status
        REAL where the class rules were read, ASSUMED beyond.
    """

    mass_kg: float
    chain_m: float
    fluke_m: float
    status: Status


def equipment_number(displacement_t: float, breadth_m: float, height_m: float, profile_m2: float) -> float:
    """The equipment number of IACS UR A1, ``Δ^(2/3) + 2 h B + A / 10``.

    Parameters
    ----------
    displacement_t
        At the summer load waterline.
    breadth_m, height_m
        Of the hull, and from that waterline to the top of the uppermost deckhouse.
    profile_m2
        Side of hull and superstructure above the waterline.

    Examples
    --------
    >>> equipment_number(1000.0, 10.0, 5.0, 100.0)
    210.0
    """
    return round(displacement_t ** (2 / 3) + 2.0 * height_m * breadth_m + profile_m2 / 10.0, 9)


def by_rules(number: float) -> tuple[float, float, Status]:
    """Mass of a bower anchor, kg, and chain, m, by the equipment number, and how both are known.

    >>> by_rules(160.0)
    (480.0, 275.0, 'REAL')
    """
    for from_number, to_number, mass_kg, chain_m in BOWER_ANCHORS:
        if from_number <= number < to_number:
            return mass_kg, chain_m, "REAL"
    return KG_PER_NUMBER * number, CHAIN_M * (number / CHAIN_AT) ** CHAIN_POWER, "ASSUMED"


def anchor_of(ship: ShipClass, rules: Burial) -> Anchor:
    """The anchor of a class of ships."""
    mass_kg, chain_m, status = ship.anchor_kg, ship.chain_m, ship.status
    if mass_kg is None or chain_m is None:
        number = ship.equipment_number
        if number is None:
            assert ship.breadth_m is not None  # `ShipClass` refuses one without
            assert ship.height_m is not None
            assert ship.profile_m2 is not None
            number = equipment_number(ship.displacement_t, ship.breadth_m, ship.height_m, ship.profile_m2)
        ruled_kg, ruled_m, known = by_rules(number)
        mass_kg, chain_m = mass_kg or ruled_kg, chain_m or ruled_m
        status = "ASSUMED" if "ASSUMED" in (known, status) else "DERIVED"
    return Anchor(mass_kg, chain_m, rules.anchor.fluke_m_at_1_t * (mass_kg / 1000.0) ** (1 / 3), status)


def drag_length_m(ship: ShipClass, anchor: Anchor, holding: ArrayLike, speed_kn: ArrayLike, factor: float) -> Floats:
    """How far a ship drags its anchor: ``factor · m · v² / UHC``.

    Parameters
    ----------
    holding
        Holding capacity over the weight of the anchor, any shape.
    speed_kn
        Of the ship, of the same shape; the anchor is let go at that or at the class's ``drop_speed_kn``, the slower.
    factor
        Of `DragRule`.
    """
    speed_m_s = KNOT_M_S * np.minimum(np.asarray(speed_kn, float), ship.drop_speed_kn)
    capacity_n = np.asarray(holding, float) * anchor.mass_kg * GRAVITY
    return np.asarray(factor * 1000.0 * ship.displacement_t * speed_m_s**2 / capacity_n)


def reach_chance(depth_m: ArrayLike, chain_m: float, rule: ReachRule) -> Floats:
    """The chance that an anchor that is let go reaches the seabed and holds; NaN where the depth is not known.

    Parameters
    ----------
    depth_m
        Of water, any shape, positive down.
    chain_m
        All that the ship carries.

    Examples
    --------
    >>> rule = ReachRule(full_to_chain=0.2, none_from_chain=0.4, source="a guess", status="ASSUMED")
    >>> reach_chance([10.0, 60.0, 90.0], 200.0, rule).tolist()
    [1.0, 0.5, 0.0]
    """
    none_m, full_m = rule.none_from_chain * chain_m, rule.full_to_chain * chain_m
    return np.clip((none_m - np.asarray(depth_m, float)) / (none_m - full_m), 0.0, 1.0)
