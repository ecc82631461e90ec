"""THE table of layers: name, geometry, and which columns of the dictionary each has, in their order.

Ingest contracts, GeoPackage columns, GeoJSON, styles and the data dictionary derive from this table and from
nothing else. A layer that is read has ``ingested=True``; a layer that a run publishes has ``published=True``.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from transcaspian.core.fields import Field, columns, define
from transcaspian.core.vocabulary import (
    BURIAL_METHODS,
    CABLE_TYPES,
    RISK_CAUSES,
    EndKind,
    FlipStep,
    Joining,
    LegKind,
    MemberState,
    NodeKind,
    RiskVerdict,
    SharedKind,
)

GeometryType = Literal["Point", "LineString", "Polygon", "Unknown"]
_NOTHING = object()


@dataclass(frozen=True)
class Layer:
    """One layer: geometry is the single-part type; multi-part geometry of the same kind is allowed too.

    ``key`` names a feature: alone, or within the ``key_of`` where that is given (the positions of a system).
    ``asked_by`` names the table of a study without which the layer is not published; empty: it always is.
    """

    name: str
    geometry: GeometryType
    meaning: str
    fields: tuple[Field, ...]
    key: str
    ingested: bool = False
    published: bool = True
    key_of: str = ""
    asked_by: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that together name a feature."""
        return (self.key_of, self.key) if self.key_of else (self.key,)

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the columns in their order, geometry not included."""
        return tuple(field.name for field in self.fields)

    def row(self, geometry: Any, /, *sources: object, **values: Any) -> dict[str, Any]:
        """A feature, with a value for every column.

        Parameters
        ----------
        sources
            A column that is not among the ``values`` is the attribute of its name of the first of these that has it.
        values
            Columns by name; ``status`` is DERIVED where it is not given.

        Raises
        ------
        KeyError
            When the layer does not have a column, or a column would be left out: a programming error.
        """
        if unknown := values.keys() - set(self.field_names):
            raise KeyError(f"layer {self.name} has no columns {sorted(unknown)}")
        cells = {name: values[name] if name in values else self._read_off(sources, name) for name in self.field_names}
        return {**cells, "geometry": geometry}

    def _read_off(self, sources: Sequence[object], name: str) -> Any:
        if name == "status":
            return "DERIVED"
        for source in sources:
            if (value := getattr(source, name, _NOTHING)) is not _NOTHING:
                return value
        raise KeyError(f"a row of layer {self.name} has no {name}")


COASTLINE = Layer(
    "coastline",
    "Polygon",
    "the water body at the shoreline; islands are holes",
    columns("shoreline_id! name source status position_accuracy_m"),
    key="shoreline_id",
    ingested=True,
)
CABLES = Layer(
    "cables",
    "LineString",
    "cables and pipelines that lie there or are planned",
    columns("cable_id! name:asset! kind:asset! owner state:asset! source status position_accuracy_m remarks"),
    key="cable_id",
    ingested=True,
)
HAZARDS = Layer(
    "hazards",
    "Unknown",
    "what a cable keeps away from",
    columns("hazard_id! name! kind:hazard! source status position_accuracy_m buffer_m no_go! remarks"),
    key="hazard_id",
    ingested=True,
)
EARTHQUAKES = Layer(
    "earthquakes",
    "Point",
    "epicentres",
    columns("event_id! time_utc depth_km magnitude_mw!"),
    key="event_id",
    ingested=True,
    published=False,
)
BORDERS = Layer(
    "borders",
    "Point",
    "where the land borders of two states meet the shore",
    columns("border_id! state_a state_b source status position_accuracy_m"),
    key="border_id",
    ingested=True,
    published=False,
)
SECTOR_AREAS = Layer(
    "sector_areas",
    "Polygon",
    "waters of the states as published by others",
    columns("sector_id! state! zone! source status position_accuracy_m"),
    key="sector_id",
    ingested=True,
    published=False,
)
CROSSINGS = Layer(
    "crossings",
    "Point",
    "register of crossings of each route with other cables and pipelines, and with systems that are built with it",
    columns(
        """crossing_id! system_id cable_id:met! name:asset kind:asset owner state:asset kp_km asset_kp_km angle_deg
        least_angle_deg aimed_angle_deg depth_m price_km position_accuracy_m verdict:asset rule status"""
    ),
    key="crossing_id",
)
PARALLEL_RUNS = Layer(
    "parallel_runs",
    "LineString",
    "stretches of each route nearer to another cable or pipeline than the rules allow",
    columns(
        """run_id! system_id cable_id:met! name:asset asset_state kind:parallel from_kp_km to_kp_km length_km least_m
        least_kp_km required_m position_accuracy_m verdict:asset rule status"""
    ),
    key="run_id",
)
ROUTE_HAZARDS = Layer(
    "route_hazards",
    "LineString",
    "what lies near each route, by KP range; and stretches that a source does not cover",
    columns(
        """listing_id! system_id hazard_id:met name:near kind:hazard from_kp_km to_kp_km nearest_m nearest_kp_km
        keep_off_m position_accuracy_m verdict:hazard status"""
    ),
    key="listing_id",
)
SECTORS = Layer(
    "sectors",
    "Polygon",
    "whose waters: territorial water, fishing zone, and the rest of the seabed sector",
    columns("sector_id! state! zone! area_km2 method source status"),
    key="sector_id",
)
MEDIAN_LINES = Layer(
    "median_lines",
    "LineString",
    "lines as far from the shore of one state as from that of another; not the lines of the treaties",
    columns("median_id! state_a state_b length_km method status"),
    key="median_id",
)
ROUTE_SECTORS = Layer(
    "route_sectors",
    "LineString",
    "stretches of each route by whose waters they lie in",
    columns("stretch_id! system_id from_kp_km to_kp_km length_km state zone status"),
    key="stretch_id",
)
LANDING_POINTS = Layer(
    "landing_points",
    "Point",
    "where a system comes ashore, snapped to the shoreline",
    columns("landing_id! name! country snap_km source status"),
    key="landing_id",
)
ROUTES = Layer(
    "routes",
    "LineString",
    "the engineered route of each system, from landing to landing: geodesic legs between alter courses",
    columns(
        """system_id name from_landing to_landing length_km geodesic_km published_km published_source difference_km
        max_depth_m depth_unknown_km seabed_resolution_deg seabed_length_km alter_courses cable_km spare_cable_km
        cost_usd friction_cost engineering_excess optimality_gap revision status"""
    ),
    key="system_id",
)
LEAST_COST_PATHS = Layer(
    "least_cost_paths",
    "LineString",
    "the path that the router found for each system, before it became legs",
    columns("system_id length_km friction_cost revision status"),
    key="system_id",
)
RPL_POINTS = Layer(
    "rpl_points",
    "Point",
    "Route Position List: the positions",
    columns("system_id SeqNo PosNo! Event Latitude Longitude DistCumulative CableDistCumulative ApproxDepth Remarks"),
    key="PosNo",
    key_of="system_id",
)
RPL_LINES = Layer(
    "rpl_lines",
    "LineString",
    "Route Position List: the spans between the positions",
    columns(
        """system_id SeqNo FromPos ToPos Bearing DistBetweenPos Slack CableDistBetweenPos CableCode CableType
        ProtectionMethod TargetBurialDepth TerritorialWater EEZ"""
    ),
    key="SeqNo",
    key_of="system_id",
)
SLD = Layer(
    "sld",
    "LineString",
    "straight-line diagram: stretches of each route that are alike in cable, slack, burial and waters",
    columns(
        """segment_id! system_id from_kp_km to_kp_km length_km cable_type cable_rule slack_percent slack_rule
        protection_method target_burial_m burial_rule state zone min_depth_m max_depth_m steepest_deg status"""
    ),
    key="segment_id",
)
ROUTE_PROFILE = Layer(
    "route_profile",
    "Point",
    "the seabed under each route, at equal steps",
    columns(
        """sample_id! system_id kp_km depth_m in_line_slope_deg side_slope_deg bend_deg_per_km
        seabed_resolution_deg"""
    ),
    key="sample_id",
)
SEABED_BENDS = Layer(
    "seabed_bends",
    "LineString",
    "stretches where the seabed bends more than the study's limit: a cable may hang free or chafe",
    columns("bend_id! system_id from_kp_km to_kp_km kind:bend worst_deg_per_km limit_deg_per_km status"),
    key="bend_id",
)
SCENARIO_ROUTES = Layer(
    "scenario_routes",
    "LineString",
    "each route at lower levels of the sea: shore ends, dry and shallow stretches; the line is the part under water",
    columns(
        """scenario_id! system_id level_m_msl from_extension_km to_extension_km dry_km submerged_km shallow_km
        shallow_ranges shallow_limit_m unknown_km max_depth_m:level status"""
    ),
    key="scenario_id",
)
SCENARIO_SEAS = Layer(
    "scenario_seas",
    "Polygon",
    "the sea at lower levels, as far as the seabed data tell",
    columns("level_id! level_m_msl fall_m area_km2 lost_km2 seabed_resolution_deg status"),
    key="level_id",
)
KP_MARKS = Layer(
    "kp_marks",
    "Point",
    "kilometre points along each route",
    columns("kp_id! system_id kp_km depth_m seabed_resolution_deg bearing_deg"),
    key="kp_id",
)
CORRIDORS = Layer(
    "corridors",
    "Polygon",
    "near-optimal corridors: all seabed that some line costing little more than the least-cost path goes through",
    columns("corridor_id! system_id excess_limit area_km2 mean_width_km status"),
    key="corridor_id",
)
ALTERNATIVES = Layer(
    "alternatives",
    "LineString",
    "cheapest lines that keep away from the published route and from each other, with legs by the same rules",
    columns(
        """alternative_id! system_id rank length_km excess separated_share least_separation_km min_separation_km
        end_zone_km revision status"""
    ),
    key="alternative_id",
)
NO_GO = Layer(
    "no_go",
    "Polygon",
    "areas the route may not enter, buffers included",
    columns("no_go_id! hazard_id:met name kind:hazard buffer_m source status"),
    key="no_go_id",
)
QUARANTINE = Layer(
    "quarantine",
    "Unknown",
    "features that were read but cannot be used, with the reason",
    columns("quarantine_id! layer! source_file! feature_index reason! attributes"),
    key="quarantine_id",
)

# Networks
define(
    Field("node_id", "str", "identifier"),
    Field("kind:node", "str", "what it is", required=True, choices=get_args(NodeKind)),
    Field("legs", "int", "how many legs end there", "1"),
    Field("leg_id", "str", "identifier"),
    Field("kind:leg", "str", "what it follows", required=True, choices=get_args(LegKind)),
    Field("from_node", "str", "node it begins at", required=True),
    Field("to_node", "str", "node it ends at", required=True),
    Field("length_km:way", "float", "along its way from end to end", "km"),
    Field("access_km", "float", "of its length, straight pieces from nodes to the shore or the line", "km"),
    Field("joined_km", "float", "of its length, where the data of railways or highways have a gap", "km"),
    Field("uncertainty_km", "float", "how far the length may be off; 0: none stated", "km"),
    Field("railway_km", "float", "length along railways, where it was sought and found", "km"),
    Field("highway_km", "float", "length along highways, where it was sought and found", "km"),
    Field("amplifiers", "int", "amplifiers between its ends", "1"),
    Field("fibre_ms", "float", "one way, delay in its fibre", "ms"),
    Field("paths", "str", "paths that use it, by their identifiers"),
    Field("path_id", "str", "identifier"),
    Field("branch", "str", "paths of one branch are variants of each other", required=True),
    Field("nodes", "str", "all nodes it passes, in their order"),
    Field("legs:path", "str", "its legs, in their order"),
    Field("subsea_km", "float", "of its length, subsea systems", "km"),
    Field("railway_km:path", "float", "of its length, along railways", "km"),
    Field("highway_km:path", "float", "of its length, along highways", "km"),
    Field("given_km", "float", "of its length, legs of a published length", "km"),
    Field("amplifiers_ms", "float", "one way, delay in amplifiers", "ms"),
    Field("equipment_ms", "float", "one way, delay in terminals and at nodes", "ms"),
    Field("one_way_ms", "float", "delay one way", "ms"),
    Field("round_trip_ms", "float", "delay there and back", "ms"),
)
NETWORK_NODES = Layer(
    "network_nodes",
    "Point",
    "places that the legs of the network join",
    columns("node_id! name! country! kind:node legs source status"),
    key="node_id",
    asked_by="network",
)
NETWORK_LEGS = Layer(
    "network_legs",
    "LineString",
    "legs between nodes: subsea systems, cables along railways and highways, published lengths; those along "
    "railways and highways derive from OpenStreetMap, ODbL 1.0",
    columns(
        """leg_id! kind:leg from_node to_node system_id? length_km:way geodesic_km cable_km access_km joined_km
        uncertainty_km railway_km highway_km amplifiers fibre_ms paths source status"""
    ),
    key="leg_id",
    asked_by="network",
)
NETWORK_PATHS = Layer(
    "network_paths",
    "LineString",
    "ways through the network from end to end, with their delay",
    columns(
        """path_id! name! branch from_node to_node nodes legs:path length_km:way subsea_km railway_km:path
        highway_km:path given_km uncertainty_km geodesic_km cable_km amplifiers fibre_ms amplifiers_ms
        equipment_ms one_way_ms round_trip_ms status"""
    ),
    key="path_id",
    asked_by="network",
)

# Systems planned together
define(
    Field("route_id", "str", "identifier: point of the curve and system"),
    Field("point_id", "str", "the point of the curve: `apart-` and the separation asked for, km", required=True),
    Field("chosen", "bool", "true: of the point that keeps the study's least_separation_km at the lowest cost"),
    Field("separation_asked_km", "float", "separation asked for; 0: each system for itself", "km"),
    Field(
        "separation_reached_km",
        "float",
        "smallest distance between the parts of two routes outside the landing zones, geodesic; empty: no such parts",
        "km",
    ),
    Field("excess:joint", "float", "its friction cost over that of the system's own least-cost path, less 1", "1"),
    Field("joint_cost", "float", "friction cost of all systems of the point", "km"),
    Field("joint_excess", "float", "the same over that of all own least-cost paths, less 1: the price", "1"),
    Field("gap", "float", "by what share another plan could be cheaper at most, as exactly as fields tell", "1"),
    Field("certain_gap", "float", "the same, proven; empty where the own routes are not", "1"),
    Field("shared_id", "str", "identifier: point of the curve, both systems, kind and event", required=True),
    Field("other_system_id", "str", "the system that is hit together with it", required=True),
    Field("kind:shared", "str", "what could hit both", required=True, choices=get_args(SharedKind)),
    Field("event_id:shared", "str", "the earthquake or the mud volcano; empty for anchors"),
    Field("name:event", "str", "what is known of the event"),
    Field("within_km", "float", "how far it reaches", "km"),
    Field("in_zone_km", "float", "of that, how much lies in the landing zones", "km"),
    Field("other_length_km", "float", "what it reaches of the other route", "km"),
    Field("unit_id", "str", "identifier: trunk, third landing and way of joining", required=True),
    Field(
        "way",
        "str",
        "best place: the trunk is laid through it; on the trunk: as that lies; separate: a cable of its own",
        required=True,
        choices=get_args(Joining),
    ),
    Field("trunk", "str", "the system of the trunk, or its two landings", required=True),
    Field("third_landing", "str", "the landing that is joined", required=True),
    Field("legs_km", "float", "length of its three legs", "km"),
    Field("friction_cost:unit", "float", "of legs and unit, in equivalent km of clear seabed", "km"),
    Field("unit_price_km", "float", "of that, the price of the unit", "km"),
    Field("saving", "float", "share saved against a cable of its own for the third landing", "1"),
    Field("leg_id:branch", "str", "identifier: way of joining and landing", required=True),
    Field("from_place", "str", "the branching unit, or the landing that the cable begins at", required=True),
    Field("friction_cost:leg", "float", "in equivalent km of clear seabed, before the factor", "km"),
    Field("factor", "float", "what a metre of it costs over a metre of trunk", "1"),
    Field("crosses", "int", "how often it crosses the chosen routes of the other systems of the design"),
)
DESIGN_ROUTES = Layer(
    "design_routes",
    "LineString",
    "lines of systems planned together, without legs, for each point of the curve of cost against separation",
    columns(
        """route_id! point_id system_id chosen separation_asked_km separation_reached_km length_km friction_cost
        excess:joint joint_cost joint_excess gap certain_gap revision status"""
    ),
    key="route_id",
    asked_by="design",
)
SHARED_HAZARDS = Layer(
    "shared_hazards",
    "LineString",
    "stretches of a route that one event could hit together with another route",
    columns(
        """shared_id point_id system_id other_system_id kind:shared event_id:shared name:event within_km length_km
        in_zone_km other_length_km source status"""
    ),
    key="shared_id",
    asked_by="design",
)
BRANCHING_UNITS = Layer(
    "branching_units",
    "Point",
    "where a third landing is joined to a trunk",
    columns("unit_id way trunk third_landing depth_m legs_km friction_cost:unit unit_price_km saving source status"),
    key="unit_id",
    asked_by="design",
)
BRANCH_LEGS = Layer(
    "branch_legs",
    "LineString",
    "legs from a branching unit to its landings, and the cable of its own that they stand beside",
    columns("leg_id:branch way from_place to_landing length_km friction_cost:leg factor crosses revision status"),
    key="leg_id",
    asked_by="design",
)

# How sure
_SPREADS = tuple(
    Field(name.format(percent), "float", f"quantile {percent} % of {what} over the samples", unit)
    for name, what, unit in (
        ("length_p{}_km", "the length", "km"),
        ("friction_cost_p{}", "what the router minimised", "km"),
        ("cost_p{}_usd", "the length times the base cost", "USD"),
    )
    for percent in ("05", "25", "50", "75", "95")
)
define(
    *_SPREADS,
    Field("samples", "int", "how many were drawn"),
    Field("without_route", "int", "in how many of them there is no route"),
    Field("near_km", "float", "distance within which a route says the same", "km"),
    Field("near_share", "float", "share of the samples whose path stays within it of this route", "1"),
    Field("near_low", "float", "low end of the interval that holds that share with 95 % confidence", "1"),
    Field("near_high", "float", "high end of that interval", "1"),
    Field("best_share", "float", "share of the samples in which it is the cheapest of route and alternatives", "1"),
    Field("best_low", "float", "low end of the interval that holds that share with 95 % confidence", "1"),
    Field("best_high", "float", "high end of that interval", "1"),
    Field("off_median_km", "float", "how far half of the sampled paths go from it at most", "km"),
    Field("sample_id:draw", "str", "identifier: system and number", required=True),
    Field("sample", "int", "number of the sample, from 0; the same draw for all systems"),
    Field("off_km", "float", "how far it goes from the line of the layer routes at most", "km"),
    Field("is_near", "bool", "whether that is within the distance of the study"),
    Field("best_candidate", "str", "the cheapest of the route and its alternatives in this sample"),
    Field("candidate_id", "str", "identifier: system and candidate", required=True),
    Field("candidate", "str", "the route, or which alternative"),
    Field("closed_share", "float", "share of the samples in which it enters what is closed there", "1"),
    Field(
        "excess_median",
        "float",
        "its cost over that of the cheapest of them, less 1: half of the samples have no more",
        "1",
    ),
    Field("flip_id", "str", "identifier: system, criterion and direction", required=True),
    Field("criterion", "str", "whose weight is turned", required=True),
    Field("step", "str", "which way", required=True, choices=get_args(FlipStep)),
    Field("flips", "bool", "whether the route leaves within the range of the study"),
    Field("factor:weight", "float", "what the weight is multiplied by where it has left", "1"),
    Field("held_at", "float", "the last factor tried at which it had not", "1"),
)
ROBUSTNESS = Layer(
    "robustness",
    "LineString",
    "how sure each route is: what samples of all that is uncertain come to",
    columns(
        "system_id samples without_route near_km near_share near_low near_high best_share off_median_km",
        *_SPREADS,
        "status",
    ),
    key="system_id",
    asked_by="robustness",
)
SAMPLE_ROUTES = Layer(
    "sample_routes",
    "LineString",
    "the least-cost path of each system in each sample, without legs",
    columns("sample_id:draw system_id sample length_km friction_cost off_km is_near best_candidate status"),
    key="sample_id",
    asked_by="robustness",
)
RANK_ACCEPTABILITY = Layer(
    "rank_acceptability",
    "LineString",
    "the lines of the layers routes and alternatives, all with legs or all without, with the share of samples in "
    "which each is the cheapest of them",
    columns("candidate_id system_id candidate best_share best_low best_high closed_share excess_median status"),
    key="candidate_id",
    asked_by="robustness",
)
WEIGHT_FLIPS = Layer(
    "weight_flips",
    "LineString",
    "each weight turned alone until the route leaves: the route that it then takes; without geometry where it stays",
    columns("flip_id system_id criterion step flips factor:weight held_at status"),
    key="flip_id",
    asked_by="robustness",
)

# Cost against risk
_CAUSES = dict(
    zip(
        RISK_CAUSES,
        ("earthquakes", "mud volcanoes", "anchors", "fishing", "ice", "other causes (abrasion, components)"),
        strict=True,
    )
)
_FAULTS = (
    Field("faults_per_year", "float", "expected faults of all causes where they are known", "1/a"),
    Field("faults_at_most_per_year", "float", "the same, with the study's highest rates where one is not known", "1/a"),
    *(
        Field(
            f"{cause}_per_year",
            "float",
            f"expected faults by {by} where known; empty: insufficient information or no figures",
            "1/a",
        )
        for cause, by in _CAUSES.items()
    ),
    Field("unknown_km:rate", "float", "length on which a rate is not known: insufficient information", "km"),
)
_LENGTHS = (
    *(Field(f"{name.lower()}_km", "float", f"length with cable of the type {name}", "km") for name in CABLE_TYPES),
    *(
        Field(f"{name.replace(' ', '_')}_km", "float", f"length with the protection: {name}", "km")
        for name in BURIAL_METHODS
    ),
)
define(
    *_FAULTS,
    *_LENGTHS,
    Field("point_id:front", "str", "the point of the front: system and rank", required=True),
    Field("rank:front", "int", "from 1, the cheapest", required=True),
    Field("price_usd", "float", "price of a fault a year at which no other point is better; empty: at none", "USD"),
    Field("cost_usd:paid", "float", "cable, burial and what else is paid, by the prices of the study", "USD"),
    Field("repair_days_per_year", "float", "expected days from fault to service, from faults at most", "d/a"),
    Field("repair_usd_per_year", "float", "expected cost of repairs, from faults at most", "USD/a"),
    Field("present_value_usd", "float", "laying cost and repairs of the service life, discounted", "USD"),
    Field("is_supported", "bool", "the best of all at some price of a fault"),
    Field("is_knee", "bool", "farthest from the chord between the ends of the front"),
    Field("is_least_present_value", "bool", "of all points of the front"),
    Field("section_id:risk", "str", "identifier: point and kilometre", required=True),
    Field(
        "faults_at_most_per_1000km_year",
        "float",
        "faults at most over the length, to compare with published rates",
        "1/(1000 km a)",
    ),
    Field(
        "verdict:risk",
        "str",
        "insufficient information: a rate is not known on part of it",
        choices=get_args(RiskVerdict),
    ),
)
RISK_FRONT = Layer(
    "risk_front",
    "LineString",
    "lines, without legs, of least laying cost and expected faults together: none costs less and has fewer faults "
    "than another",
    columns(
        "point_id:front system_id rank:front price_usd cost_usd:paid",
        *_FAULTS,
        """repair_days_per_year repair_usd_per_year present_value_usd is_supported is_knee
        is_least_present_value length_km""",
        *_LENGTHS,
        "status",
    ),
    key="point_id",
    asked_by="risk",
)
RISK_SECTIONS = Layer(
    "risk_sections",
    "LineString",
    "stretches of the routes of the layer risk_front with one cable type and one burial",
    columns(
        """section_id:risk point_id:front system_id from_kp_km to_kp_km length_km cable_type protection_method
        target_burial_m cost_usd:paid""",
        *_FAULTS,
        "status",
    ),
    key="section_id",
    asked_by="risk",
)
ROUTE_RISK = Layer(
    "route_risk",
    "LineString",
    "stretches of each engineered route with the faults expected of its cable and burial",
    columns(
        "stretch_id! system_id from_kp_km to_kp_km length_km",
        *_FAULTS,
        "faults_at_most_per_1000km_year verdict:risk status",
    ),
    key="stretch_id",
    asked_by="risk",
)

# Batches
define(
    Field("member_id", "str", "identifier: pair, weighting and scenario", required=True),
    Field("pair_id", "str", "between what it runs", required=True),
    Field("weights_id", "str", "the weighting", required=True),
    Field("scenario_id:batch", "str", "the scenario", required=True),
    Field("state:member", "str", "whether there is a route", required=True, choices=get_args(MemberState)),
    Field("traceback", "str", "where the program failed, when the fault is the program's"),
    Field("from_name", "str", "where it begins", required=True),
    Field("to_name", "str", "where it ends", required=True),
    Field("from_snap_km", "float", "distance from the position given to the shoreline", "km"),
    Field("to_snap_km", "float", "distance from the position given to the shoreline", "km"),
    Field("overrides", "str", "what of the study is otherwise, JSON"),
)
BATCH_ROUTES = Layer(
    "batch_routes",
    "LineString",
    "the routes of a batch, one for every pair, weighting and scenario; without geometry where none was found",
    columns(
        """member_id pair_id weights_id scenario_id:batch state:member reason traceback from_name to_name
        from_snap_km to_snap_km length_km geodesic_km friction_cost cost_usd max_depth_m depth_unknown_km
        seabed_resolution_deg overrides status"""
    ),
    key="member_id",
    published=False,
)

LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (
        ROUTES,
        RPL_POINTS,
        RPL_LINES,
        LANDING_POINTS,
        KP_MARKS,
        SLD,
        ROUTE_PROFILE,
        SEABED_BENDS,
        SCENARIO_ROUTES,
        SCENARIO_SEAS,
        LEAST_COST_PATHS,
        CORRIDORS,
        ALTERNATIVES,
        DESIGN_ROUTES,
        SHARED_HAZARDS,
        BRANCHING_UNITS,
        BRANCH_LEGS,
        COASTLINE,
        CABLES,
        HAZARDS,
        NO_GO,
        CROSSINGS,
        PARALLEL_RUNS,
        ROUTE_HAZARDS,
        SECTORS,
        MEDIAN_LINES,
        ROUTE_SECTORS,
        NETWORK_NODES,
        NETWORK_LEGS,
        NETWORK_PATHS,
        EARTHQUAKES,
        BORDERS,
        SECTOR_AREAS,
        ROBUSTNESS,
        SAMPLE_ROUTES,
        RANK_ACCEPTABILITY,
        WEIGHT_FLIPS,
        RISK_FRONT,
        RISK_SECTIONS,
        ROUTE_RISK,
        QUARANTINE,
    )
}
PUBLISHED: tuple[Layer, ...] = tuple(layer for layer in LAYERS.values() if layer.published)
ALWAYS: tuple[Layer, ...] = tuple(layer for layer in PUBLISHED if not layer.asked_by)


def published_in(names: Container[str]) -> tuple[Layer, ...]:
    """The layers of a run: those that every run has, and those that its study asked for."""
    return tuple(layer for layer in PUBLISHED if not layer.asked_by or layer.name in names)


# Validations
define(
    Field("section_id", "int", "number of the section of a cable", required=True),
    Field("name:section", "str", "name of the cable, with number of line and section", required=True),
    Field("cable", "str", "what groups the lines of one cable", required=True),
    Field("features", "str", "positions in the file of the features it is of, from 0", required=True),
    Field("vertex_spacing_km", "float", "mean length of a leg as it is in the file", "km"),
    Field("is_straight", "bool", "drawn straight from end to end: left out of medians and tests", required=True),
    Field("dry_km:as_laid", "float", "how much of it crosses land that is passed over", "km"),
    Field("closed_share:as_laid", "float", "share of it in closed areas of the study, which no route enters", "1"),
    Field("from_end", "str", "kind of its first end", required=True, choices=get_args(EndKind)),
    Field("from_moved_km", "float", "by how much it was led on to the shore there", "km"),
    Field("to_end", "str", "kind of its last end", required=True, choices=get_args(EndKind)),
    Field("to_moved_km", "float", "by how much it was led on to the shore there", "km"),
    Field("mean_cost", "float", "mean cost of a metre of it, in metres of clear seabed; empty: nothing priced"),
    Field("cost_copies", "int", "copies moved aside that its cost was compared with"),
    Field("cost_copies_left_out", "int", "copies that ran too much over land, closed areas or out of the area"),
    Field("cost_percentile", "float", "share of the copies that are cheaper: 0.5 is no preference", "1"),
    Field("cost_p", "float", "p-value of that rank, one-sided", "1"),
    Field("line_id", "str", "identifier: number of the section, and what the line is", required=True),
    Field("length_ratio", "float", "its length over that of the as-laid line", "1"),
    Field("mean_km", "float", "mean distance between the two lines, both ways", "km"),
    Field("mean_to_km", "float", "mean distance from points of the as-laid line to this one", "km"),
    Field("mean_from_km", "float", "mean distance from points of this line to the as-laid one", "km"),
    Field("hausdorff_km", "float", "greatest distance from a point of one to the other line", "km"),
    Field("within_share", "float", "share of the as-laid line within the distance that counts as near", "1"),
    Field("off_water_share", "float", "share of it on land or outside the area", "1"),
    Field("offset_km", "float", "how far it was moved, to starboard where positive", "km"),
    Field("control_off_water_share", "float", "share of the moved line on land or outside the area", "1"),
    Field("number", "int", "running number", required=True),
)
AS_LAID = Layer(
    "as_laid",
    "LineString",
    "the cables that routed lines are compared with, cut to the water of the study",
    columns(
        """section_id name:section cable features length_km vertex_spacing_km is_straight dry_km:as_laid
        closed_share:as_laid from_end from_moved_km to_end to_moved_km mean_cost cost_copies
        cost_copies_left_out cost_percentile cost_p position_accuracy_m source status"""
    ),
    key="section_id",
)


def _compared(name: str, meaning: str, more: str = "") -> Layer:
    """A layer of lines that stand beside as-laid ones, with what is read off them."""
    read_off = "length_km length_ratio mean_km mean_to_km mean_from_km hausdorff_km within_share off_water_share"
    keys = columns("line_id section_id name:section", more, read_off, "source status")
    return Layer(name, "LineString", meaning, keys, key="line_id")


ROUTED = _compared("routed", "least-cost lines between the ends of the as-laid ones, by the study's weights")
SHORTEST = _compared("shortest", "shortest lines over the same water, clear of closed areas")
GREAT_CIRCLE = _compared("great_circle", "geodesics between the ends, over land too: the null model")
CONTROL = _compared(
    "control",
    "as-laid lines moved aside; the figures are those of the routed line read as if the cable lay there",
    "offset_km control_off_water_share",
)
NOT_COMPARED = Layer(
    "not_compared",
    "Unknown",
    "what of the file was not compared, with the reason",
    columns("number name! feature_index reason!"),
    key="number",
)
VALIDATION: tuple[Layer, ...] = (AS_LAID, ROUTED, SHORTEST, GREAT_CIRCLE, CONTROL, NOT_COMPARED)
"""Layers of a validation: no run has them."""
