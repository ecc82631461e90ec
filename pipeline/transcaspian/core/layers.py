"""THE table of layers: name, geometry, and which columns of the dictionary each has, in their order.

Ingest contracts, GeoPackage columns, GeoJSON, styles and the data dictionary derive from this table and from
nothing else. A layer that is read has ``ingested=True``; a layer that a run publishes has ``published=True``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from transcaspian.core.fields import Field, columns, under_new_names, under_old_names
from transcaspian.core.old_names import old_to_new
from transcaspian.core.words import in_words

GeometryType = Literal["Point", "LineString", "Polygon", "Unknown"]
PART_NAMES: dict[GeometryType, tuple[str, str]] = {
    "Polygon": ("{name}", "areas"),
    "Point": ("{stem}_points", "points"),
    "LineString": ("{stem}_lines", "lines"),
}
"""What the layers are called, and what is in them, in which a layer of any geometry is written."""
_NOTHING = object()


@dataclass(frozen=True)
class Layer:
    """One layer: geometry is the single-part type; multi-part geometry of the same kind is allowed too.

    ``Unknown``: features of any geometry are read into it, and it is written as its ``parts``.
    ``key`` names a feature: alone, or within the ``key_of`` where that is given (the positions of a system).
    ``asked_by`` names the table of a study without which the layer is not published; empty: it always is.
    ``part_of`` names the layer that it is a part of.
    Columns that `core.old_names` retired stand at the end of ``fields`` under their old names too.
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
    part_of: str = ""

    @property
    def parts(self) -> tuple[Layer, ...]:
        """The layers in which it is written: few programs take points, lines and areas in one.

        >>> [part.name for part in HAZARDS.parts]
        ['hazards', 'hazard_points', 'hazard_lines']
        """
        if self.geometry != "Unknown":
            return (self,)
        stem = self.name.removesuffix("s")
        return tuple(
            replace(
                self,
                name=name.format(name=self.name, stem=stem),
                geometry=geometry,
                meaning=f"{self.meaning}: {what}",
                part_of=self.name,
            )
            for geometry, (name, what) in PART_NAMES.items()
        )

    def __post_init__(self) -> None:
        """Add the columns under their old names."""
        old, own = old_to_new("column", self.part_of or self.name), self.current_fields
        read = under_new_names(own, old) if self.ingested else own
        object.__setattr__(self, "fields", (*read, *under_old_names(own, old)))

    @property
    def title(self) -> str:
        """The name in words."""
        return in_words(self.name)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that together name a feature."""
        return (self.key_of, self.key) if self.key_of else (self.key,)

    @property
    def current_fields(self) -> tuple[Field, ...]:
        """The columns without those under old names."""
        return tuple(field for field in self.fields if not field.old_name_of)

    @cached_property
    def field_names(self) -> tuple[str, ...]:
        """Names of the columns in their order, geometry not included."""
        return tuple(field.name for field in self.fields)

    def row(self, geometry: Any, /, *sources: object, **values: Any) -> dict[str, Any]:
        """A feature, with a value for every column; `core.frames.frame` fills those under old names.

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
        names = [field.name for field in self.current_fields]
        cells = {name: values[name] if name in values else self._read_off(sources, name) for name in names}
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
    columns("shoreline_id! name source status position_accuracy_m epoch"),
    key="shoreline_id",
    ingested=True,
)
ISLANDS = Layer(
    "islands",
    "Polygon",
    "islands beside those of the shoreline",
    columns("island_id! name state source epoch status position_accuracy_m"),
    key="island_id",
    ingested=True,
)
CABLES = Layer(
    "cables",
    "LineString",
    "cables and pipelines that lie there or are planned",
    columns(
        """cable_id! name:asset! kind:asset! owner state:asset! source status position_accuracy_m remarks
        published_length_km"""
    ),
    key="cable_id",
    ingested=True,
)
HAZARDS = Layer(
    "hazards",
    "Unknown",
    "what a cable keeps away from",
    columns(
        """hazard_id! name! kind:hazard! source status position_accuracy_m buffer_m no_go! remarks
        published_min_depth_m published_max_depth_m published_distance_km distance_from_lon_deg distance_from_lat_deg
        within_id"""
    ),
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
STATES = Layer(
    "states",
    "Polygon",
    "states on land, for ways that may leave them",
    columns("state! source status position_accuracy_m"),
    key="state",
    ingested=True,
    published=False,
)
AGREED_LINES = Layer(
    "agreed_lines",
    "LineString",
    "lines that two states have agreed on between their seabed sectors",
    columns(
        """line_id:agreed! state_a! state_b! from_third_state to_third_state source status ends_status
        position_accuracy_m remarks"""
    ),
    key="line_id",
    ingested=True,
    published=False,
)
CROSSINGS = Layer(
    "crossings",
    "Point",
    "register of crossings of each route with other cables and pipelines, and with systems that are built with it",
    columns(
        """crossing_id! system_id cable_id:met! name:asset kind:asset owner state:asset kp_km asset_kp_km angle_deg
        min_angle_deg aimed_angle_deg depth_m depth_error_m price_km position_accuracy_m verdict:asset rule status"""
    ),
    key="crossing_id",
)
PARALLEL_RUNS = Layer(
    "parallel_runs",
    "LineString",
    "stretches of each route nearer to another cable or pipeline than the rules allow",
    columns(
        """run_id! system_id cable_id:met! name:asset asset_state kind:parallel from_kp_km to_kp_km length_km
        min_distance_m min_distance_kp_km required_m position_accuracy_m verdict:asset rule status"""
    ),
    key="run_id",
)
ROUTE_HAZARDS = Layer(
    "route_hazards",
    "LineString",
    "what lies near each route, by KP range; and stretches that a source does not cover",
    columns(
        """listing_id! system_id hazard_id:met name:near kind:met from_kp_km to_kp_km nearest_m nearest_kp_km
        keep_off_m position_accuracy_m constraint_id season verdict:hazard status"""
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
    "lines as far from the shore of one state as from that of another, where no agreed line parts them",
    columns("median_id! state_a state_b length_km method status"),
    key="median_id",
)
BOUNDARY_LINES = Layer(
    "boundary_lines",
    "LineString",
    "lines between seabed sectors that are not of equal distance: agreed by two states, or assumed from the end of one",
    columns("boundary_id! line_id:agreed state_a state_b kind:boundary length_km method source status"),
    key="boundary_id",
)
ROUTE_SECTORS = Layer(
    "route_sectors",
    "LineString",
    "stretches of each route by whose waters they lie in",
    columns("stretch_id! system_id from_kp_km to_kp_km length_km state zone status entered_by"),
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
    "the engineered route of each system, from beach manhole to beach manhole: geodesic legs between alter courses",
    columns(
        """system_id name from_landing to_landing length_km geodesic_km published_km published_source difference_km
        published_verdict max_depth_m max_depth_error_m depth_unknown_km seabed_resolution_deg seabed_length_km
        alter_courses cable_km spare_cable_km cost_low_usd cost_base_usd cost_high_usd cost_status cost_usd
        friction_cost engineering_excess optimality_gap revision status alternative_of built_with
        from_shore_km to_shore_km"""
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
    columns(
        """system_id SeqNo PosNo! Event Latitude Longitude DistCumulative CableDistCumulative ApproxDepth Remarks
        ChartNo DepthError DepthResolution Height HeightStatus"""
    ),
    key="PosNo",
    key_of="system_id",
)
RPL_LINES = Layer(
    "rpl_lines",
    "LineString",
    "Route Position List: the spans between the positions",
    columns(
        """system_id SeqNo FromPos ToPos Bearing DistBetweenPos Slack CableDistBetweenPos CableCode CableType
        ProtectionMethod TargetBurialDepth TerritorialWater EEZ FiberPair LayDirection"""
    ),
    key="SeqNo",
    key_of="system_id",
)
SLD = Layer(
    "sld",
    "LineString",
    "straight-line diagram: stretches of each route that are alike in cable, slack, burial and waters; the cost of the "
    "route is shared out to them by what laying each costs",
    columns(
        """segment_id! system_id from_kp_km to_kp_km length_km cable_type cable_rule slack_percent slack_rule
        protection_method target_burial_m burial_rule state zone min_depth_m max_depth_m steepest_deg zone_of_confidence
        change_from_kp_km change_to_kp_km cost_low_usd cost_base_usd cost_high_usd cost_status status installation"""
    ),
    key="segment_id",
)
BILL = Layer(
    "bill",
    "LineString",
    "what each route costs, item by item by the study's cost book; the items make up the cost of the layer routes",
    columns(
        """bill_id! system_id item! quantity unit price_low price_base price_high cost_low_usd cost_base_usd
        cost_high_usd source status"""
    ),
    key="bill_id",
    asked_by="prices",
)
ROUTE_PROFILE = Layer(
    "route_profile",
    "Point",
    "the seabed under each route, at equal steps",
    columns(
        """sample_id! system_id kp_km depth_m depth_error_m in_line_slope_deg side_slope_deg bend_deg_per_km
        depth_resolution_m depth_source seabed_resolution_deg"""
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
FREE_SPANS = Layer(
    "free_spans",
    "LineString",
    "where the cable hangs free between humps of the seabed, and stretches whose data cannot show it",
    columns(
        """span_id! system_id from_kp_km to_kp_km verdict:span span_m height_m depth_m resolution_m target_burial_m
        status"""
    ),
    key="span_id",
)
SCENARIO_ROUTES = Layer(
    "scenario_routes",
    "LineString",
    "each route at lower levels of the sea: shore ends, dry and shallow stretches; the line is the part under water",
    columns(
        """scenario_id! system_id level_m_msl from_extension_km to_extension_km dry_km submerged_km shallow_km
        shallow_ranges shallow_limit_m unknown_km max_depth_m:level max_depth_error_m status"""
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
LANDING_SHEETS = Layer(
    "landing_sheets",
    "Point",
    "what is known of each landing of a route, at its beach manhole; insufficient information is said to be so",
    columns(
        """sheet_id! system_id landing_id name manhole_event height_m:manhole height_status shore_km waterline_km
        shore_end_km lay_depth_m max_shore_end_km landing_slope_deg to_3m_m to_3m_min_m to_3m_max_m to_5m_m to_5m_min_m
        to_5m_max_m to_10m_m to_10m_min_m to_10m_max_m to_15m_m to_15m_min_m to_15m_max_m state zone verdict:landing
        not_known status"""
    ),
    key="sheet_id",
)
LANDING_LEVELS = Layer(
    "landing_levels",
    "Point",
    "each landing of a route at the levels of the study, with the wind's set-down and set-up; drawn at its waterline",
    columns(
        """landing_level_id! sheet_id system_id landing_id level_m_msl set_up_m stands_m_msl waterline_km
        waterline_min_km waterline_max_km shore_end_km lay_km lay_depth_m max_shore_end_km verdict:landing status"""
    ),
    key="landing_level_id",
)
LANDING_NEIGHBOURS = Layer(
    "landing_neighbours",
    "LineString",
    "what lies near each beach manhole, with distance and bearing",
    columns(
        """neighbour_row_id! sheet_id system_id landing_id group neighbour_id name:near kind:met distance_m
        bearing_from_deg position_accuracy_m status"""
    ),
    key="neighbour_row_id",
)
ROUTE_FINDINGS = Layer(
    "route_findings",
    "LineString",
    "where a line or a list that a person gives and the rules differ, by leg; what is given stands",
    columns("finding_id! system_id FromPos ToPos from_kp_km to_kp_km rule:leg found expected status"),
    key="finding_id",
)
FINDINGS = Layer(
    "findings",
    "Point",
    "what a reader must know of the run, the most severe first; those of no place have no geometry",
    columns("finding_id! severity! kind:finding! system_id:finding sentence! kp_km action! source! status"),
    key="finding_id",
)
EDIT_VERTICES = Layer(
    "edit_vertices",
    "Point",
    "vertices of each route, to move, add or delete: `transcaspian adopt` reads what changed",
    columns("vertex_id! system_id:edit SeqNo? PosNo remarks"),
    key="vertex_id",
)
EDIT_VIA = Layer(
    "edit_via",
    "Point",
    "places that the line of a system passes, in their order: `transcaspian adopt` reads what changed",
    columns("via_id! system_id:edit order radius_km remarks"),
    key="via_id",
)
EDIT_KEEP_OUT = Layer(
    "edit_keep_out",
    "Polygon",
    "areas that the line of a system stays out of: `transcaspian adopt` reads what changed",
    columns("area_id! system_id:edit remarks"),
    key="area_id",
)
EDIT_REMARKS = Layer(
    "edit_remarks",
    "Point",
    "remarks of people at a place: `transcaspian adopt` keeps them in the study",
    columns("remark_id! system_id:edit remarks who when"),
    key="remark_id",
)
KP_MARKS = Layer(
    "kp_marks",
    "Point",
    "kilometre points along each route",
    columns("kp_id! system_id kp_km depth_m depth_error_m seabed_resolution_deg bearing_deg"),
    key="kp_id",
)
COST_TOLERANCE_ZONES = Layer(
    "cost_tolerance_zones",
    "Polygon",
    "all seabed through which some line goes that costs at most a share more than the published route",
    columns("zone_id! system_id excess_limit area_km2 mean_width_km cheaper_km2 status"),
    key="zone_id",
)
CORRIDORS = Layer(
    "corridors",
    "Polygon",
    "retired: the layer cost_tolerance_zones under its old name, for one version more",
    columns("corridor_id! system_id excess_limit area_km2 mean_width_km status"),
    key="corridor_id",
)
ALTERNATIVES = Layer(
    "alternatives",
    "LineString",
    "cheapest lines that keep away from the published route and from each other, with legs by the same rules",
    columns(
        """alternative_id! system_id rank length_km excess separated_share reached_separation_km min_separation_km
        end_zone_km cost_low_usd cost_base_usd cost_high_usd cost_status revision status"""
    ),
    key="alternative_id",
)
NO_GO = Layer(
    "no_go",
    "Polygon",
    "areas the route may not enter, buffers included",
    columns("no_go_id! hazard_id:met name kind:met buffer_m source status"),
    key="no_go_id",
)
CONSTRAINTS = Layer(
    "constraints",
    "Unknown",
    "features of the constraints of the study, by what they mean to a line",
    columns(
        """constraint_feature_id! constraint_id! name kind:constraint! role! text season position_accuracy_m source
        status"""
    ),
    key="constraint_feature_id",
    asked_by="constraints",
)
QUARANTINE = Layer(
    "quarantine",
    "Unknown",
    "features that were read but cannot be used, with the reason",
    columns("quarantine_id! layer! source_file! feature_index reason! attributes"),
    key="quarantine_id",
)


@dataclass(frozen=True)
class Relation:
    """Features of a layer that belong to one feature each of another, by columns that say the same.

    Attributes
    ----------
    name
        What it says, in words, of a feature of ``child``.
    on
        Pairs of a column of ``child`` and one of ``parent``.
    """

    name: str
    child: Layer
    parent: Layer
    on: tuple[tuple[str, str], ...]

    @property
    def tables(self) -> str:
        """A name for programs of what relates these two layers, in whatever way."""
        return f"{self.child.name}_of_{self.parent.name}"

    @property
    def key(self) -> str:
        """A name for programs.

        >>> RELATIONS[0].key
        'rpl_points_of_routes_by_system_id'
        """
        return f"{self.tables}_by_{self.on[-1][0]}"


RELATIONS = (
    Relation("position of the route", RPL_POINTS, ROUTES, (("system_id", "system_id"),)),
    Relation("span from the position", RPL_LINES, RPL_POINTS, (("system_id", "system_id"), ("FromPos", "PosNo"))),
    Relation("span to the position", RPL_LINES, RPL_POINTS, (("system_id", "system_id"), ("ToPos", "PosNo"))),
)
"""What clients can follow from one layer to another: the Route Position List is two tables."""
CORE_LAYERS: dict[int, tuple[Layer, ...]] = {
    0: (
        ROUTES,
        RPL_POINTS,
        RPL_LINES,
        LANDING_POINTS,
        KP_MARKS,
        SLD,
        BILL,
        ROUTE_PROFILE,
        SEABED_BENDS,
        FREE_SPANS,
        SCENARIO_ROUTES,
        SCENARIO_SEAS,
        LANDING_SHEETS,
        LANDING_LEVELS,
        LANDING_NEIGHBOURS,
        LEAST_COST_PATHS,
        COST_TOLERANCE_ZONES,
        CORRIDORS,
        ALTERNATIVES,
        ROUTE_FINDINGS,
        FINDINGS,
    ),
    10: (EDIT_VERTICES, EDIT_VIA, EDIT_KEEP_OUT, EDIT_REMARKS),
    20: (
        COASTLINE,
        ISLANDS,
        CABLES,
        HAZARDS,
        CONSTRAINTS,
        NO_GO,
        CROSSINGS,
        PARALLEL_RUNS,
        ROUTE_HAZARDS,
        SECTORS,
        MEDIAN_LINES,
        BOUNDARY_LINES,
        ROUTE_SECTORS,
    ),
    40: (EARTHQUAKES, BORDERS, SECTOR_AREAS, STATES, AGREED_LINES),
    90: (QUARANTINE,),
}
"""Layers of every run, and those that are only read, by where they stand among those of analyses."""
