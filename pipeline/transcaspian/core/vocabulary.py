"""Words that columns and keys of a study may hold, each list once: a type for checkers, a tuple for everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from transcaspian.core.kinds import ASSET_KINDS, KINDS

NOT_KNOWN: Literal["insufficient information"] = "insufficient information"
"""What is said where a figure or a verdict is not known; never zero, never good."""

Status = Literal["REAL", "DERIVED", "ASSUMED"]
STATUSES: tuple[Status, ...] = get_args(Status)
"""Published or measured; computed here; a default to replace."""

Severity = Literal["critical", "major", "minor", "information"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""Of findings, from the most severe."""

BoundaryKind = Literal["agreed", "given", "equidistance", "assumed"]
BOUNDARY_KINDS: tuple[BoundaryKind, ...] = get_args(BoundaryKind)
"""How a line between two sectors is known: agreed by the states; the edge of an area that the study gives; equally far
from both shores; assumed, from the end of an agreed line to where equidistance goes on."""

Zone = Literal["territorial", "fishing", "seabed"]
ZONES: tuple[Zone, ...] = get_args(Zone)
CONSTRAINT_KINDS: tuple[str, ...] = tuple(kind.name for kind in KINDS)
HAZARD_KINDS: tuple[str, ...] = tuple(name for name in CONSTRAINT_KINDS if name not in ASSET_KINDS)
CROSSING = "crossing"
"""What rules of cable are near besides hazards: where the route crosses a cable or pipeline."""
if TYPE_CHECKING:
    HazardKind = str
    NearKind = str
    ConstraintKind = str
else:  # the table of kinds is the list: checkers of types read no values
    HazardKind = Literal[HAZARD_KINDS]
    NearKind = Literal[(*HAZARD_KINDS, CROSSING)]
    ConstraintKind = Literal[CONSTRAINT_KINDS]
CableKind = Literal["telecom_cable", "power_cable", "pipeline"]
CABLE_KINDS: tuple[CableKind, ...] = get_args(CableKind)
CableState = Literal["planned", "under_construction", "operating", "decommissioned", "unknown"]
CABLE_STATES: tuple[CableState, ...] = get_args(CableState)
CableType = Literal["RA", "DA", "SA", "LWA", "LWP", "LW"]
CABLE_TYPES: tuple[CableType, ...] = get_args(CableType)
"""Armour, from the heaviest: rock, double, single; light-weight armoured, protected; light-weight."""
BurialMethod = Literal["plough", "jetting", "trenching", "surface laid"]
BURIAL_METHODS: tuple[BurialMethod, ...] = get_args(BurialMethod)
PostLayMethod = Literal["PLIB", "mattress"]
POST_LAY_METHODS: tuple[PostLayMethod, ...] = get_args(PostLayMethod)
"""Of cable that is laid on the seabed where no plough goes: inspected and buried afterwards by an ROV; covered."""
BeachMethod = Literal["beach trench", "HDD"]
BEACH_METHODS: tuple[BeachMethod, ...] = get_args(BeachMethod)
"""How the cable comes from the waterline to the beach manhole; HDD: horizontal directional drilling."""
PROTECTION_METHODS: tuple[str, ...] = (*BURIAL_METHODS, *POST_LAY_METHODS, *BEACH_METHODS)
InstallationKind = Literal["beach", "shore end", "shallow", "main lay"]
INSTALLATION_KINDS: tuple[InstallationKind, ...] = get_args(InstallationKind)
"""From the manhole to the waterline; by barge from there; by barge over a shoal between; by the main lay vessel."""
LAND_CABLE = "LAND"
"""Cable type of a land tail, from the cable landing station to the beach manhole."""
LandMethod = Literal["duct", "trench"]
LAND_METHODS: tuple[LandMethod, ...] = get_args(LandMethod)
RiskCause = Literal["earthquake", "mud_volcano", "anchoring", "fishing", "ice", "other"]
RISK_CAUSES: tuple[RiskCause, ...] = get_args(RiskCause)

LandingVerdict = Literal["viable", "not viable", "insufficient information"]
AssetVerdict = Literal["pass", "fail", "insufficient information"]
HazardVerdict = Literal["clear", "inside", "insufficient information"]
RiskVerdict = Literal["known", "insufficient information"]
BendKind = Literal["hollow", "crest"]
SpanVerdict = Literal["critical", "within limits", "insufficient information"]
ParallelKind = Literal["parallel", "landing"]
SharedKind = Literal["anchor", "earthquake", "mud_volcano"]
Joining = Literal["best place", "on the trunk", "separate"]
NodeKind = Literal["border", "city", "landing"]
LegKind = Literal["subsea", "railway", "highway", "given"]
FlipStep = Literal["up", "down", "off"]
EndKind = Literal["shore", "sea", "edge"]
MemberState = Literal["routed", "failed"]
