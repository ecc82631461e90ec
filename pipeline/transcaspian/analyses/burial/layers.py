"""Layers of the analysis and their columns."""

from __future__ import annotations

from transcaspian.analyses.burial.config import THREAT_CAUSES
from transcaspian.core.fields import Field, columns, define
from transcaspian.core.layers import Layer
from transcaspian.core.vocabulary import NOT_KNOWN, STATUSES

ANCHORS = "anchors"
CAUSES = (ANCHORS, *THREAT_CAUSES)
BURIED, SHALLOW, NO_TOOL, NOT_NEEDED, ASHORE = (
    "buried to the target",
    "short of the target",
    "no tool",
    "no burial asked for",
    "ashore",
)
VERDICTS = (BURIED, SHALLOW, NO_TOOL, NOT_NEEDED, NOT_KNOWN, ASHORE)
SOIL_VERDICTS = ("known", "contradicts itself", NOT_KNOWN)

_REACHES = {
    ANCHORS: "target against anchors: how deep those go that may not strike, times the factor of safety",
    "fishing": "how deep fishing gear goes",
    "ice": "how deep ice gouges, where the study declares ice",
    "mobility": "how much the seabed moves",
    "dredging": "how deep is dredged",
}

define(
    Field("burial_section_id", "str", "identifier: system and number of the section", required=True),
    Field("soil", "str", "soil of the study; empty: insufficient information"),
    Field("soil_verdict", "str", "whether the soil is known", required=True, choices=SOIL_VERDICTS),
    Field("soil_source", "str", "map or log of the study that says so; empty: none"),
    Field("soil_confidence", "float", "how sure that is by the study, 0 to 1; empty: nothing says", "1"),
    Field("shear_strength_kpa", "float", "undrained, of the nearest log; empty: none within reach", "kPa"),
    Field("strikes_per_year", "float", "anchor strikes on a bare cable; empty: insufficient information", "1/a"),
    Field(
        "strikes_at_most_per_year",
        "float",
        "the same with the worst soil and depth where those are not known; empty: no traffic is known",
        "1/a",
    ),
    Field("return_period_years", "float", "of a strike on a bare cable; empty: none, or not known", "a"),
    Field("planned_strikes_per_year", "float", "anchor strikes that the plan of burial leaves", "1/a"),
    *(
        Field(f"{cause}_m", "float", f"{text}; empty: insufficient information", "m")
        for cause, text in _REACHES.items()
    ),
    Field("threat", "str", "what reaches deepest of all that is known to act; empty: nothing", choices=CAUSES),
    Field("threat_id", "str", "the class of ships or the threat of the study that it is by; empty: nothing"),
    Field(
        "target_m",
        "float",
        "target depth of lowering: how deep the cable must lie for it; at least, where something is not known",
        "m",
    ),
    Field("target_verdict", "str", "known: all that acts is", choices=("known", NOT_KNOWN)),
    Field("tool", "str", "tool of the study that buries deepest, or to the target fastest; empty: none for certain"),
    Field("achievable_m", "float", "depth of lowering that it reaches; empty: no tool for certain", "m"),
    Field("tools_not_known", "str", "tools of which that cannot be told; empty: none"),
    Field("tools_excluded", "str", "tools that cannot work, each with its reasons and how these are known"),
    Field("achievable_status", "str", "how its depth and speed are known; empty: no tool", choices=STATUSES),
    Field("km_per_day", "float", "speed of the tool while it works", "km/d"),
    Field("work_days:burial", "float", "days of work of the tool", "d"),
    Field("planned_m", "float", "target depth of lowering by the plan", "m"),
    Field("index_planned", "float", "burial protection index at that depth by the user's curve; empty: no curve", "1"),
    Field("verdict:burial", "str", "whether a tool reaches the target", required=True, choices=VERDICTS),
    Field("strike_id", "str", "identifier: section and class of ships", required=True),
    Field("ship_class", "str", "class of ships of the study", required=True),
    Field("passages_per_year", "float", "ships that cross the section on tracks; a density does not tell", "1/a"),
    Field("drag_m", "float", "how far they drag an anchor at their speed of letting go; empty: soil not known", "m"),
    Field("anchor_t", "float", "mass of an anchor", "t"),
    Field("anchor_status", "str", "how anchor and chain are known", required=True, choices=STATUSES),
    Field("chain_m", "float", "chain that a ship carries", "m"),
    Field("penetration_m", "float", "how deep the anchor goes in the soil; empty: not known", "m"),
    Field("told_id", "str", "identifier: file and reason", required=True),
    Field("file_id", "str", "the file, by its identifier in the study", required=True),
    Field("told", "str", "what was wrong, and what became of it", required=True),
    Field("places", "str", "longitude and latitude of the first of them, degrees; empty: not known"),
    Field("count", "int", "how many positions, rows or features", "1", required=True),
    Field("of_count", "int", "of so many in the file", "1", required=True),
    Field("is_left_out", "bool", "true: not used; false: used as it says"),
    Field("fit_id", "str", "identifier: system and tool", required=True),
    Field("method:tool", "str", "how it buries", required=True),
    Field("works_km", "float", "where it buries for certain", "km"),
    Field("not_known_km", "float", "where that cannot be told", "km"),
    Field("excluded_km", "float", "where it cannot", "km"),
    Field("reasons", "str", "why not, with the length for each reason"),
)

BURIAL_SECTIONS = Layer(
    "burial_sections",
    "LineString",
    "each route in sections: soil, anchor strikes, what reaches how deep, the tool that buries, and the plan beside it",
    columns(
        """burial_section_id system_id from_kp_km to_kp_km length_km cable_km min_depth_m max_depth_m steepest_deg soil
        soil_verdict soil_source soil_confidence shear_strength_kpa strikes_per_year strikes_at_most_per_year
        return_period_years""",
        *(f"{cause}_m" for cause in CAUSES),
        """threat threat_id target_m target_verdict tool achievable_m achievable_status km_per_day work_days:burial
        cost_low_usd cost_base_usd cost_high_usd cost_status tools_not_known tools_excluded
        protection_method planned_m planned_strikes_per_year index_planned verdict:burial source status""",
    ),
    key="burial_section_id",
    asked_by="burial",
)
ANCHOR_STRIKES = Layer(
    "anchor_strikes",
    "LineString",
    "anchor strikes on a bare cable by section and class of ships, with the anchor of the class",
    columns(
        """strike_id burial_section_id system_id from_kp_km to_kp_km ship_class passages_per_year drag_m anchor_t
        chain_m anchor_status penetration_m strikes_per_year strikes_at_most_per_year source status"""
    ),
    key="strike_id",
    asked_by="burial",
)
BURIAL_TOOLS = Layer(
    "burial_tools",
    "LineString",
    "each tool along each route: where it buries, where that is not known, where it cannot and why",
    columns("fit_id system_id tool method:tool works_km not_known_km excluded_km reasons source status"),
    key="fit_id",
    asked_by="burial",
)
BURIAL_DATA = Layer(
    "burial_data",
    "Point",
    "what was wrong with files of traffic and soil: counted by reason, at the first place",
    columns("told_id file_id told count of_count is_left_out places source status"),
    key="told_id",
    asked_by="burial",
)
