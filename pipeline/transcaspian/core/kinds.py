"""THE table of kinds: what a cable keeps away from, follows, crosses or should know of. Names, symbols, usual roles.

No kind has a figure here: distances, frictions and prices stand in a study, each with its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

ConstraintRole = Literal["barrier", "friction", "friction_by_distance", "follow", "price_per_crossing", "advice"]
CONSTRAINT_ROLES: tuple[ConstraintRole, ...] = get_args(ConstraintRole)
"""Closed; more costly inside; more costly nearby; to run along; a price for each crossing; listed only."""
KindMarker = Literal["circle", "square", "triangle", "diamond", "cross", "star"]


@dataclass(frozen=True)
class Kind:
    """A kind of the trade.

    Attributes
    ----------
    name, label
        As files and studies have it; as people read it.
    role
        What a constraint of this kind is where a study does not say.
    """

    name: str
    label: str
    role: ConstraintRole
    colour: str
    marker: KindMarker = "circle"
    size_mm: float = 1.8


KINDS: tuple[Kind, ...] = (
    Kind("platform", "platform", "barrier", "#222222", "square"),
    Kind("mud_volcano", "mud volcano", "friction_by_distance", "#8c510a", "triangle", 2.0),
    Kind("oil_gas_field", "oil or gas field", "friction_by_distance", "#7a0177"),
    Kind("restricted_area", "restricted area", "barrier", "#7a0177", "cross", 2.0),
    # shipping and ports
    Kind("anchorage", "anchorage", "barrier", "#d95f02", "diamond"),
    Kind("fairway", "fairway", "friction", "#e7298a"),
    Kind("ais_density", "density of ships (AIS)", "friction", "#e7298a"),
    Kind("dredged_channel", "dredged channel", "friction", "#c51b7d"),
    Kind("dumping_ground", "dumping ground", "barrier", "#a6761d", "cross"),
    Kind("port_limit", "port limit", "advice", "#666666", "square"),
    # fishing and nature
    Kind("fishing_effort", "fishing effort", "friction", "#1b9e77"),
    Kind("spawning_area", "spawning area", "advice", "#1b9e77", "circle"),
    Kind("marine_protected_area", "marine protected area", "barrier", "#238b45", "square"),
    Kind("ramsar_site", "Ramsar site", "barrier", "#006d2c", "square"),
    Kind("seal_site", "seal site", "friction_by_distance", "#2171b5", "circle", 2.0),
    # objects on the seabed
    Kind("wreck", "wreck", "barrier", "#000000", "cross"),
    Kind("uxo", "unexploded ordnance", "barrier", "#e41a1c", "star"),
    Kind("archaeology", "archaeological site", "barrier", "#8c6d31", "diamond"),
    # the seabed itself
    Kind("sand_wave", "sand waves", "friction", "#dfc27d"),
    Kind("pockmark", "pockmarks", "friction", "#80cdc1"),
    Kind("gas_seep", "gas seep", "friction_by_distance", "#ff7f00", "triangle"),
    Kind("shallow_gas", "shallow gas", "friction", "#fdbf6f"),
    Kind("mud_flow", "mud-flow tongue", "friction", "#8c510a"),
    Kind("fault_line", "fault line", "price_per_crossing", "#b2182b"),
    Kind("slide_scar", "slide scar", "friction", "#d6604d"),
    Kind("rock", "rock", "friction", "#4d4d4d"),
    Kind("surf_zone", "surf zone", "friction", "#c6dbef"),
    Kind("ice_gouge", "ice-gouged zone", "friction", "#67a9cf"),
    # oil and gas, energy, industry
    Kind("suspended_well", "suspended well", "barrier", "#54278f", "circle"),
    Kind("abandoned_well", "abandoned well", "barrier", "#756bb1", "circle"),
    Kind("template", "subsea template", "barrier", "#54278f", "square"),
    Kind("trestle", "trestle", "barrier", "#636363", "square"),
    Kind("oil_terminal", "oil terminal", "barrier", "#252525", "diamond"),
    Kind("intake", "intake", "barrier", "#3182bd", "triangle"),
    Kind("outfall", "outfall", "barrier", "#6baed6", "triangle"),
    Kind("wind_farm", "wind farm", "barrier", "#41ab5d", "star"),
    # areas of law
    Kind("military_area", "military area", "barrier", "#990000", "cross"),
    Kind("licence_block", "licence block", "advice", "#7a0177", "square"),
    Kind("survey_area", "survey under way", "advice", "#feb24c", "square"),
    Kind("permit_zone", "permit zone", "advice", "#9ecae1", "square"),
    # cables and pipelines
    Kind("telecom_cable", "telecom cable", "follow", "#5e3c99"),
    Kind("power_cable", "power cable", "price_per_crossing", "#b35806"),
    Kind("pipeline", "pipeline", "price_per_crossing", "#444444"),
    Kind("other", "other", "advice", "#999999"),
)
KIND_BY_NAME = {kind.name: kind for kind in KINDS}
ASSET_KINDS = ("telecom_cable", "power_cable", "pipeline")
