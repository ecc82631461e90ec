"""Figures as people read them."""

from __future__ import annotations

from dataclasses import dataclass

from transcaspian.core.cost_range import CostRange


@dataclass(frozen=True)
class SystemFigures:
    """The figures of a system that stand first.

    Attributes
    ----------
    published_km, difference_km, verdict
        The first length that was published of it, our cable less that, and whether the two are consistent; None and
        empty where there is none.
    max_depth_m
        None: insufficient information.
    gap
        No line on the cost grid through the same landings and via points is cheaper by more than this share; None where
        that was not asked for.
    cost_usd
        The length times the base cost per km.
    cost
        By the cost book of the study; None where it has none.
    """

    system_id: str
    length_km: float
    geodesic_km: float
    published_km: float | None
    max_depth_m: float | None
    cost_usd: float
    gap: float | None
    difference_km: float | None = None
    verdict: str = ""
    cost: CostRange | None = None


def percent(share: float) -> str:
    """A share with one decimal; a little is not written as nothing, nor almost all as all.

    >>> percent(0.0804), percent(0.0001), percent(0.0), percent(0.9999)
    ('8.0%', 'under 0.1%', '0.0%', 'over 99.9%')
    """
    if 0 < share < 0.0005:
        return "under 0.1%"
    if 0.9995 <= share < 1:
        return "over 99.9%"
    return f"{share:.1%}"
