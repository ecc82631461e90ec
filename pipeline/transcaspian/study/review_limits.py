"""Rules of the review: how much a run may differ from the last published one and be published unseen."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from transcaspian.study.base import Cited, NotNegative

Share = Annotated[float, Field(ge=0, le=1)]


class ReviewRules(Cited):
    """How much a run may differ from the last published one without a person looking at it first.

    No rule allows a system that is new, missing or renamed, waters of a state where the route was not before, a data
    set that is gone or empty or has fewer than half of its features in the area, or a last published run that cannot be
    read: they are always held.

    Attributes
    ----------
    max_shift_km
        Distance of a route from where it lay, both followed from landing to landing.
    max_length_change_percent, max_cost_change_percent
        Of a route, against what it was.
    max_depth_change_m
        Of the deepest point of a route.
    max_dry_change_km, max_shallow_change_km, max_unknown_change_km
        Of the route that lies dry at the declared water level, that lies in shallow water (``shallow_m`` of
        ``engineering.water_levels``, else ``criteria.shallow.limit_m``), and whose depth is not known.
    allow_new_crossings, allow_lost_crossings
        Whether a route may cross a cable or pipeline that it did not, or not cross one that it did.
    allow_zone_changes
        Whether the sequence of states and zones along a route may be another.
    max_quarantined_share
        Of the features of a data set.
    max_lost_features_percent
        Of the features of a data set that were used before.
    max_elevation_change_m
        Of the lowest and of the highest elevation of the seabed data.
    max_unknown_share_change
        Of the share of the water whose depth is not known.
    """

    max_shift_km: NotNegative = 10.0
    max_length_change_percent: NotNegative = 5.0
    max_cost_change_percent: NotNegative = 5.0
    max_depth_change_m: NotNegative = 50.0
    max_dry_change_km: NotNegative = 2.0
    max_shallow_change_km: NotNegative = 5.0
    max_unknown_change_km: NotNegative = 2.0
    allow_new_crossings: bool = False
    allow_lost_crossings: bool = False
    allow_zone_changes: bool = False
    max_quarantined_share: Share = 0.2
    max_lost_features_percent: NotNegative = 10.0
    max_elevation_change_m: NotNegative = 50.0
    max_unknown_share_change: Share = 0.02


REVIEW_DEFAULTS = ReviewRules(
    source="engineering default: the accuracy of the embedded seabed data; no standard was found", status="ASSUMED"
)
"""Of a study without ``[review]``."""
