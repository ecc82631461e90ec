"""The rules that lists are checked by, in words, each with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from transcaspian.core.vocabulary import Status
from transcaspian.rpl.qa import Tolerances

VALIDATOR = "tolerances of an open-source RPL validator (Subsea Cable Tools, August 2026)"
GEODESICS = "the geodesics of the positions on WGS84 (Karney 2013)"
NO_SOURCE = "engineering default: no source was found"


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes
    ----------
    text
        The rule with the names of tolerances in braces.
    is_warning
        The figures hold all the same: it costs no exit code.
    """

    id: str
    text: str
    source: str
    status: Status
    is_warning: bool = False

    def shown(self, tolerances: Tolerances) -> str:
        """The rule with the tolerances that it is applied with, and its source."""
        grade = "warning" if self.is_warning else "breach"
        return f"{self.id} ({grade}): {self.text.format(**vars(tolerances))}\n    {self.status}: {self.source}"


RULES = (
    Rule(
        "count", "a route has two positions or more, and one span between each and the next", "what a list is", "REAL"
    ),
    Rule(
        "positions",
        "a PosNo names one position; it lies on the globe; its depth is positive down, but for landings",
        "what a list is",
        "REAL",
    ),
    Rule(
        "places",
        "two positions in a row lie {repeated_m:g} m apart or more; none has latitude for longitude",
        f"coincident within 1 m: {VALIDATOR}",
        "REAL",
    ),
    Rule(
        "lengths",
        "a span is as long as its positions are apart, within {span_m:g} m or {span_percent:g} %",
        f"{GEODESICS}; {VALIDATOR}",
        "REAL",
    ),
    Rule(
        "bearings",
        "a bearing is that of its span within {bearing_deg:g}°, where the span is over {bearing_over_km:g} km",
        f"{GEODESICS}; {VALIDATOR}",
        "REAL",
    ),
    Rule("ends", "a span names the positions that it stands between", "what a list is", "REAL"),
    Rule(
        "cable",
        "slack is {min_slack_percent:g}…{max_slack_percent:g} %, and cable = route × (1 + slack / 100) within "
        "{reconcile_km:g} km and the rounding of the figures",
        f"range: {VALIDATOR}; sums: what they are rounded to",
        "REAL",
    ),
    Rule(
        "cumulative",
        "a cumulative does not run back, and is the sum of its legs within {reconcile_km:g} km and their rounding",
        "what a cumulative is",
        "REAL",
    ),
    Rule("drift", "KP keeps within {drift_km:g} km of the sum of the geodesics", VALIDATOR, "REAL"),
    Rule("jumps", "no span is longer than {jump_km:g} km", VALIDATOR, "REAL", is_warning=True),
    Rule(
        "plough-crossing",
        "a plough is up where the route crosses a cable or pipeline",
        "recovered at a crossing, the gap buried afterwards or covered: practice",
        "ASSUMED",
    ),
    Rule(
        "plough-standoff",
        "a plough is up within {plough_clear_m:g} m of a crossing",
        "recovered at a crossing, the gap buried afterwards or covered: practice; distance: an engineering default",
        "ASSUMED",
        is_warning=True,
    ),
    Rule(
        "body-crossing",
        "a repeater, joint or branching unit lies {body_clear_km:g} km or {body_depth_factor:g} × the depth from a "
        "crossing, whichever is more",
        f"3 × depth for repair grapnels: ICPC as cited by TeleGeography, September 2025; least distance: {NO_SOURCE}",
        "ASSUMED",
        is_warning=True,
    ),
    Rule(
        "body-boundary",
        "a repeater, joint or branching unit lies {boundary_clear_km:g} km from a boundary of waters or sectors",
        NO_SOURCE,
        "ASSUMED",
        is_warning=True,
    ),
    Rule(
        "body-turn",
        "a repeater, joint or branching unit lies {turn_clear_km:g} km from an alter course of {large_turn_deg:g}° or "
        "more",
        NO_SOURCE,
        "ASSUMED",
        is_warning=True,
    ),
    Rule(
        "straight",
        "a list alters course within {straight_km:g} km, or says that no data would bend it",
        f"{NO_SOURCE}: a straight line says how little is known of the seabed",
        "ASSUMED",
        is_warning=True,
    ),
)
"""All of them. ICPC's recommendation on electronic formats of lists is not among them: its text could not be had."""
