"""THE table of layers: name, geometry, and every field with its type, unit and meaning.

Ingest contracts, GeoPackage columns, GeoJSON, styles and the data dictionary derive from this table and from
nothing else. A layer that is read has ``ingested=True``; a layer that a run publishes has ``published=True``.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

FieldType = Literal["str", "int", "float", "bool"]
GeometryType = Literal["Point", "LineString", "Polygon", "Unknown"]

ZONES = ("territorial", "fishing", "seabed")
STATUSES = ("REAL", "DERIVED", "ASSUMED")
HAZARD_KINDS = ("oil_gas_field", "platform", "mud_volcano", "restricted_area")
CABLE_KINDS = ("telecom_cable", "power_cable", "pipeline")
RISK_CAUSES = ("earthquake", "mud_volcano", "anchoring", "fishing", "ice", "other")
CABLE_TYPES = ("DA", "RA", "SA", "LWP", "LW")
BURIAL_METHODS = ("plough", "jetting", "trenching", "surface laid")
CABLE_STATES = ("planned", "under_construction", "operating", "decommissioned", "unknown")


@dataclass(frozen=True)
class Field:
    """One column.

    ``required`` columns must be present and filled in a file that is read (unless ``default`` stands in); the
    others may be empty. ``choices`` lists the values allowed, ``minimum`` the least number.
    """

    name: str
    type: FieldType
    meaning: str
    unit: str = ""
    required: bool = False
    default: str | float | bool | None = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    aliases: tuple[str, ...] = ()

    @property
    def shown_unit(self) -> str:
        """The unit as it is written beside a name; empty for a plain number or a text."""
        return "" if self.unit == "1" else self.unit


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


_SOURCE = Field("source", "str", "publication, data set or page the feature comes from", required=True)
_STATUS = Field(
    "status",
    "str",
    "REAL (published or measured), DERIVED (computed here) or ASSUMED (a default to replace)",
    required=True,
    default="ASSUMED",
    choices=STATUSES,
)
_ACCURACY = Field(
    "position_accuracy_m", "float", "how far the position may be off; empty: not stated", unit="m", minimum=0
)
_REMARKS = Field("remarks", "str", "free text")
_SYSTEM = Field("system_id", "str", "the system", required=True)
_FROM_KP = Field("from_kp_km", "float", "where it begins", unit="km")
_TO_KP = Field("to_kp_km", "float", "where it ends", unit="km")
_LENGTH = Field("length_km", "float", "its length", unit="km")

_COST = Field("cost_usd", "float", "cable, burial and what else is paid, by the prices of the study", unit="USD")
_FAULTS = (
    Field("faults_per_year", "float", "expected faults of all causes where they are known", unit="1/a"),
    Field(
        "faults_at_most_per_year",
        "float",
        "the same with the greatest rates of the study where one is not known",
        unit="1/a",
    ),
    *(
        Field(
            f"{cause}_per_year",
            "float",
            f"expected faults by {meaning} where known; empty: insufficient information or no figures",
            unit="1/a",
        )
        for cause, meaning in zip(
            RISK_CAUSES,
            ("earthquakes", "mud volcanoes", "anchors", "fishing", "ice", "other causes (abrasion, components)"),
            strict=True,
        )
    ),
    Field("unknown_km", "float", "length on which a rate is not known: insufficient information", unit="km"),
)

COASTLINE = Layer(
    "coastline",
    "Polygon",
    "the water body at the shoreline; islands are holes",
    key="shoreline_id",
    ingested=True,
    fields=(
        Field("shoreline_id", "str", "identifier of the water body", required=True, aliases=("id", "fid")),
        Field("name", "str", "name of the water body"),
        _SOURCE,
        _STATUS,
        _ACCURACY,
    ),
)
CABLES = Layer(
    "cables",
    "LineString",
    "cables and pipelines that lie there or are planned",
    key="cable_id",
    ingested=True,
    fields=(
        Field("cable_id", "str", "identifier", required=True, aliases=("id", "feature_id", "fid")),
        Field("name", "str", "name of the system", required=True, aliases=("cable_name", "cable")),
        Field("kind", "str", "what it is", required=True, default="telecom_cable", choices=CABLE_KINDS),
        Field("owner", "str", "owner or operator", aliases=("owners", "operator")),
        Field("state", "str", "state of the asset", required=True, default="unknown", choices=CABLE_STATES),
        _SOURCE,
        _STATUS,
        _ACCURACY,
        _REMARKS,
    ),
)
HAZARDS = Layer(
    "hazards",
    "Unknown",
    "what a cable keeps away from",
    key="hazard_id",
    ingested=True,
    fields=(
        Field("hazard_id", "str", "identifier", required=True, aliases=("id", "fid")),
        Field("name", "str", "name of the feature", required=True),
        Field("kind", "str", "what it is", required=True, choices=HAZARD_KINDS),
        _SOURCE,
        _STATUS,
        _ACCURACY,
        Field("buffer_m", "float", "distance to keep; empty: the study's default for the kind", unit="m", minimum=0),
        Field(
            "no_go",
            "bool",
            "true: a cable never enters it or its buffer",
            required=True,
            default=False,
            aliases=("nogo", "no-go", "no go"),
        ),
        _REMARKS,
    ),
)
EARTHQUAKES = Layer(
    "earthquakes",
    "Point",
    "epicentres",
    key="event_id",
    ingested=True,
    published=False,
    fields=(
        Field("event_id", "str", "identifier in the catalogue", required=True, aliases=("id",)),
        Field("time_utc", "str", "origin time, ISO 8601, UTC", aliases=("time",)),
        Field("depth_km", "float", "focal depth, positive down", unit="km", aliases=("depth",)),
        Field(
            "magnitude_mw", "float", "moment magnitude", unit="Mw", required=True, aliases=("mag", "magnitude", "mw")
        ),
    ),
)
BORDERS = Layer(
    "borders",
    "Point",
    "where the land borders of two states meet the shore",
    key="border_id",
    ingested=True,
    published=False,
    fields=(
        Field("border_id", "str", "identifier", required=True, aliases=("id", "fid")),
        Field("state_a", "str", "ISO 3166-1 alpha-2 code", required=True),
        Field("state_b", "str", "ISO 3166-1 alpha-2 code", required=True),
        _SOURCE,
        _STATUS,
        _ACCURACY,
    ),
)
SECTOR_AREAS = Layer(
    "sector_areas",
    "Polygon",
    "waters of the states as somebody else drew them",
    key="sector_id",
    ingested=True,
    published=False,
    fields=(
        Field("sector_id", "str", "identifier", required=True, aliases=("id", "fid")),
        Field("state", "str", "ISO 3166-1 alpha-2 code", required=True),
        Field("zone", "str", "what the area is", required=True, choices=ZONES),
        _SOURCE,
        _STATUS,
        _ACCURACY,
    ),
)
CROSSINGS = Layer(
    "crossings",
    "Point",
    "register of crossings of each route with other cables and pipelines, and with systems that are built with it",
    key="crossing_id",
    fields=(
        Field("crossing_id", "str", "system, asset and kilometre", required=True),
        Field("system_id", "str", "the system that crosses", required=True),
        Field("cable_id", "str", "what is crossed: id of the layer cables, or of a system", required=True),
        Field("name", "str", "name of the asset"),
        Field("kind", "str", "what it is", choices=CABLE_KINDS),
        Field("owner", "str", "owner or operator"),
        Field("state", "str", "state of the asset", choices=CABLE_STATES),
        Field("kp_km", "float", "on the route", unit="km"),
        Field("asset_kp_km", "float", "on the asset, from its first vertex; of a system: its KP", unit="km"),
        Field("angle_deg", "float", "between the two on the ellipsoid, 0 to 90", unit="deg"),
        Field("least_angle_deg", "float", "least angle of the rule", unit="deg"),
        Field("aimed_angle_deg", "float", "angle aimed at", unit="deg"),
        Field("depth_m", "float", "water depth; empty: insufficient information", unit="m"),
        Field("price_km", "float", "what the router paid for it, in km of clear seabed", unit="km"),
        Field(
            "position_accuracy_m",
            "float",
            "how far it may be off; 0: a system of the study; empty: not stated",
            unit="m",
        ),
        Field("verdict", "str", "pass, fail, or insufficient information (position of the asset too coarse to judge)"),
        Field("rule", "str", "source of the rule"),
        _STATUS,
    ),
)
PARALLEL_RUNS = Layer(
    "parallel_runs",
    "LineString",
    "stretches of each route nearer to another cable or pipeline than the rules allow",
    key="run_id",
    fields=(
        Field("run_id", "str", "system, asset and kilometre", required=True),
        _SYSTEM,
        Field("cable_id", "str", "what lies beside: id of the layer cables, or of a system", required=True),
        Field("name", "str", "name of the asset"),
        Field("asset_state", "str", "state of the asset", choices=CABLE_STATES),
        Field("kind", "str", "parallel, or landing (within the approach to a landing)"),
        _FROM_KP,
        _TO_KP,
        _LENGTH,
        Field("least_m", "float", "least distance from the asset", unit="m"),
        Field("least_kp_km", "float", "where that is", unit="km"),
        Field("required_m", "float", "distance that the rule asks for there", unit="m"),
        Field(
            "position_accuracy_m",
            "float",
            "how far it may be off; 0: a system of the study; empty: not stated",
            unit="m",
        ),
        Field("verdict", "str", "fail, or insufficient information (position of the asset too coarse to judge)"),
        Field("rule", "str", "source of the rule"),
        _STATUS,
    ),
)
ROUTE_HAZARDS = Layer(
    "route_hazards",
    "LineString",
    "what lies near each route, by KP range; and stretches that a source does not cover",
    key="listing_id",
    fields=(
        Field("listing_id", "str", "system, feature and kilometre", required=True),
        _SYSTEM,
        Field("hazard_id", "str", "the hazard; empty: a source does not cover the stretch"),
        Field("name", "str", "name of the hazard, or of what is missing"),
        Field("kind", "str", "kind of the hazard"),
        _FROM_KP,
        _TO_KP,
        Field("nearest_m", "float", "least distance; 0 inside; empty: insufficient information", unit="m"),
        Field("nearest_kp_km", "float", "where that is", unit="km"),
        Field("keep_off_m", "float", "distance to keep", unit="m"),
        Field("position_accuracy_m", "float", "how far the hazard's position may be off; empty: not stated", unit="m"),
        Field("verdict", "str", "clear, inside, or insufficient information"),
        _STATUS,
    ),
)
SECTORS = Layer(
    "sectors",
    "Polygon",
    "whose waters: territorial water, fishing zone, and the rest of the seabed sector",
    key="sector_id",
    fields=(
        Field("sector_id", "str", "state and zone", required=True),
        Field("state", "str", "ISO 3166-1 alpha-2 code", required=True),
        Field("zone", "str", "territorial, fishing or seabed (sector beyond both)", required=True, choices=ZONES),
        Field("area_km2", "float", "area on the WGS84 ellipsoid", unit="km²"),
        Field("method", "str", "how the boundary came about"),
        _SOURCE,
        _STATUS,
    ),
)
MEDIAN_LINES = Layer(
    "median_lines",
    "LineString",
    "lines as far from the shore of one state as from that of another; not the lines of the treaties",
    key="median_id",
    fields=(
        Field("median_id", "str", "the two states and a number", required=True),
        Field("state_a", "str", "ISO 3166-1 alpha-2 code", required=True),
        Field("state_b", "str", "ISO 3166-1 alpha-2 code", required=True),
        Field("length_km", "float", "length of the line on the WGS84 ellipsoid", unit="km"),
        Field("method", "str", "how the line came about"),
        _STATUS,
    ),
)
ROUTE_SECTORS = Layer(
    "route_sectors",
    "LineString",
    "stretches of each route by whose waters they lie in",
    key="stretch_id",
    fields=(
        Field("stretch_id", "str", "system and kilometre", required=True),
        _SYSTEM,
        _FROM_KP,
        _TO_KP,
        _LENGTH,
        Field("state", "str", "ISO 3166-1 alpha-2 code; empty: insufficient information"),
        Field("zone", "str", "territorial, fishing or seabed (sector beyond both); empty: insufficient information"),
        _STATUS,
    ),
)
LANDING_POINTS = Layer(
    "landing_points",
    "Point",
    "where a system comes ashore, snapped to the shoreline",
    key="landing_id",
    fields=(
        Field("landing_id", "str", "identifier in the study", required=True),
        Field("name", "str", "place", required=True),
        Field("country", "str", "ISO 3166-1 alpha-2 code"),
        Field("snap_km", "float", "distance from the place given in the study to the shoreline, geodesic", unit="km"),
        _SOURCE,
        _STATUS,
    ),
)
ROUTES = Layer(
    "routes",
    "LineString",
    "the engineered route of each system, from landing to landing: geodesic legs between alter courses",
    key="system_id",
    fields=(
        Field("system_id", "str", "identifier of the system in the study", required=True),
        Field("name", "str", "name of the system"),
        Field("from_landing", "str", "landing at KP 0", required=True),
        Field("to_landing", "str", "landing at the greatest KP", required=True),
        Field("length_km", "float", "length of the line on the WGS84 ellipsoid", unit="km"),
        Field("geodesic_km", "float", "geodesic between the two landing points", unit="km"),
        Field("published_km", "float", "length published for the system; empty: none", unit="km"),
        Field("published_source", "str", "where that length was published"),
        Field("difference_km", "float", "length_km less published_km", unit="km"),
        Field("max_depth_m", "float", "greatest water depth on the line, below the declared water level", unit="m"),
        Field("depth_unknown_km", "float", "length over seabed without a depth: insufficient information", unit="km"),
        Field("seabed_resolution_deg", "float", "effective resolution of the seabed data under the line", unit="deg"),
        Field("seabed_length_km", "float", "length up and down along the seabed, level where no depth is", unit="km"),
        Field("alter_courses", "int", "number of alter courses; empty: not engineered"),
        Field("cable_km", "float", "length of cable as laid, with slack; empty: not engineered", unit="km"),
        Field("spare_cable_km", "float", "cable made beyond that, for joints and the depot", unit="km"),
        Field("cost_usd", "float", "base cost per km times length; friction steers, it is not paid", unit="USD"),
        Field("friction_cost", "float", "what the router minimised, in equivalent km of clear seabed", unit="km"),
        Field("engineering_excess", "float", "friction cost of the legs over that of the path, less 1", unit="1"),
        Field(
            "optimality_gap",
            "float",
            "no line on the cost grid is cheaper by more than this share of its cost; empty: not proven",
            unit="1",
        ),
        Field("revision", "str", "revision of the study"),
        _STATUS,
    ),
)
LEAST_COST_PATHS = Layer(
    "least_cost_paths",
    "LineString",
    "the path that the router found for each system, before it became legs",
    key="system_id",
    fields=(
        Field("system_id", "str", "identifier of the system in the study", required=True),
        Field("length_km", "float", "length of the line on the WGS84 ellipsoid", unit="km"),
        Field("friction_cost", "float", "what the router minimised, in equivalent km of clear seabed", unit="km"),
        Field("revision", "str", "revision of the study"),
        _STATUS,
    ),
)
RPL_POINTS = Layer(
    "rpl_points",
    "Point",
    "Route Position List: the positions",
    key="PosNo",
    key_of="system_id",
    fields=(
        Field("system_id", "str", "the system whose list it is", required=True),
        Field("SeqNo", "int", "order along the route, from 1", required=True),
        Field("PosNo", "str", "names the position; kept between revisions, never given again", required=True),
        Field("Event", "str", "what is there: BMH, AC, Tr, RPTR, Xing, WD and others, joined by ` / `"),
        Field("Latitude", "float", "WGS84, north positive", unit="deg"),
        Field("Longitude", "float", "WGS84, east positive", unit="deg"),
        Field("DistCumulative", "float", "distance along the route, geodesic", unit="km"),
        Field("CableDistCumulative", "float", "distance along the cable, with slack", unit="km"),
        Field("ApproxDepth", "float", "depth below the declared level; empty: insufficient information", unit="m"),
        Field("Remarks", "str", "free text"),
    ),
)
RPL_LINES = Layer(
    "rpl_lines",
    "LineString",
    "Route Position List: the spans between the positions",
    key="SeqNo",
    key_of="system_id",
    fields=(
        Field("system_id", "str", "the system whose list it is", required=True),
        Field("SeqNo", "int", "order along the route, from 1", required=True),
        Field("FromPos", "str", "PosNo where the span begins", required=True),
        Field("ToPos", "str", "PosNo where it ends", required=True),
        Field("Bearing", "float", "geodesic azimuth at FromPos, clockwise from true north", unit="deg"),
        Field("DistBetweenPos", "float", "geodesic distance", unit="km"),
        Field("Slack", "float", "cable beyond the distance", unit="%"),
        Field("CableDistBetweenPos", "float", "DistBetweenPos × (1 + Slack / 100)", unit="km"),
        Field("CableCode", "str", "section of one cable type, counted from KP 0, with the type"),
        Field("CableType", "str", "DA, RA, SA, LWP or LW"),
        Field("ProtectionMethod", "str", "plough, jetting, trenching or surface laid"),
        Field("TargetBurialDepth", "float", "depth of lowering below the seabed", unit="m"),
        Field("TerritorialWater", "str", "state in whose territorial water the span lies; empty: none or not known"),
        Field("EEZ", "str", "state in whose seabed sector it lies (the Caspian has no EEZ); empty: not known"),
    ),
)
SLD = Layer(
    "sld",
    "LineString",
    "straight-line diagram: stretches of each route that are alike in cable, slack, burial and waters",
    key="segment_id",
    fields=(
        Field("segment_id", "str", "system and kilometre", required=True),
        _SYSTEM,
        _FROM_KP,
        _TO_KP,
        _LENGTH,
        Field("cable_type", "str", "DA, RA, SA, LWP or LW"),
        Field("cable_rule", "str", "rule of the study that decided it"),
        Field("slack_percent", "float", "cable beyond the length over ground", unit="%"),
        Field("slack_rule", "str", "rule of the study that decided it"),
        Field("protection_method", "str", "plough, jetting, trenching or surface laid"),
        Field("target_burial_m", "float", "depth of lowering below the seabed", unit="m"),
        Field("burial_rule", "str", "rule of the study that decided it"),
        Field("state", "str", "ISO 3166-1 alpha-2 code; empty: insufficient information"),
        Field("zone", "str", "territorial, fishing or seabed (sector beyond both); empty: insufficient information"),
        Field("min_depth_m", "float", "least depth; empty: insufficient information", unit="m"),
        Field("max_depth_m", "float", "greatest depth; empty: insufficient information", unit="m"),
        Field("steepest_deg", "float", "steepest of in-line and side slope", unit="deg"),
        _STATUS,
    ),
)
ROUTE_PROFILE = Layer(
    "route_profile",
    "Point",
    "the seabed under each route, at equal steps",
    key="sample_id",
    fields=(
        Field("sample_id", "str", "system and kilometre", required=True),
        _SYSTEM,
        Field("kp_km", "float", "distance along the route from KP 0, geodesic", unit="km"),
        Field("depth_m", "float", "water depth below the declared level; empty: insufficient information", unit="m"),
        Field("in_line_slope_deg", "float", "positive: falls away in the direction of travel", unit="deg"),
        Field("side_slope_deg", "float", "positive: falls away to starboard", unit="deg"),
        Field("bend_deg_per_km", "float", "change of in-line slope; positive: crest, negative: hollow", unit="deg/km"),
        Field("seabed_resolution_deg", "float", "effective resolution of the seabed data", unit="deg"),
    ),
)
SEABED_BENDS = Layer(
    "seabed_bends",
    "LineString",
    "stretches where the seabed bends more than the study's limit: a cable may hang free or chafe",
    key="bend_id",
    fields=(
        Field("bend_id", "str", "system and kilometre", required=True),
        _SYSTEM,
        _FROM_KP,
        _TO_KP,
        Field("kind", "str", "hollow (suspension) or crest (chafing)", choices=("hollow", "crest")),
        Field("worst_deg_per_km", "float", "greatest bend in it", unit="deg/km"),
        Field("limit_deg_per_km", "float", "limit of the study", unit="deg/km"),
        _STATUS,
    ),
)
SCENARIO_ROUTES = Layer(
    "scenario_routes",
    "LineString",
    "each route at lower levels of the sea: shore ends, dry and shallow stretches; the line is the part under water",
    key="scenario_id",
    fields=(
        Field("scenario_id", "str", "system and level", required=True),
        _SYSTEM,
        Field("level_m_msl", "float", "water level against mean sea level", unit="m"),
        Field("from_extension_km", "float", "route that lies dry before the first water", unit="km"),
        Field("to_extension_km", "float", "route that lies dry after the last water", unit="km"),
        Field("dry_km", "float", "route that lies dry between", unit="km"),
        Field("submerged_km", "float", "length less all that lies dry", unit="km"),
        Field("shallow_km", "float", "length in water shallower than shallow_limit_m", unit="km"),
        Field("shallow_ranges", "str", "those stretches, from KP–to KP, km"),
        Field("shallow_limit_m", "float", "limit of the study", unit="m"),
        Field("unknown_km", "float", "length without a depth: insufficient information", unit="km"),
        Field("max_depth_m", "float", "greatest depth at that level", unit="m"),
        _STATUS,
    ),
)
SCENARIO_SEAS = Layer(
    "scenario_seas",
    "Polygon",
    "the sea at lower levels, as far as the seabed data tell",
    key="level_id",
    fields=(
        Field("level_id", "str", "level", required=True),
        Field("level_m_msl", "float", "water level against mean sea level", unit="m"),
        Field("fall_m", "float", "below the declared level", unit="m"),
        Field("area_km2", "float", "area on the WGS84 ellipsoid", unit="km²"),
        Field("lost_km2", "float", "less than inside the shoreline", unit="km²"),
        Field("seabed_resolution_deg", "float", "effective resolution of the seabed data", unit="deg"),
        _STATUS,
    ),
)
KP_MARKS = Layer(
    "kp_marks",
    "Point",
    "kilometre points along each route",
    key="kp_id",
    fields=(
        Field("kp_id", "str", "system and kilometre", required=True),
        Field("system_id", "str", "the system the mark stands on", required=True),
        Field("kp_km", "float", "distance along the route from KP 0, geodesic", unit="km"),
        Field("depth_m", "float", "water depth below the declared level; empty: insufficient information", unit="m"),
        Field("seabed_resolution_deg", "float", "effective resolution of that depth", unit="deg"),
        Field("bearing_deg", "float", "direction of travel, clockwise from true north", unit="deg"),
    ),
)
CORRIDORS = Layer(
    "corridors",
    "Polygon",
    "near-optimal corridors: all seabed that some line costing little more than the least-cost path goes through",
    key="corridor_id",
    fields=(
        Field("corridor_id", "str", "system and excess limit", required=True),
        Field("system_id", "str", "the system whose path lies in it", required=True),
        Field(
            "excess_limit",
            "float",
            "greatest share that the best line through it costs more than that of the layer least_cost_paths",
            unit="1",
        ),
        Field("area_km2", "float", "area on the WGS84 ellipsoid", unit="km²"),
        Field("mean_width_km", "float", "area over the length of the route", unit="km"),
        _STATUS,
    ),
)
ALTERNATIVES = Layer(
    "alternatives",
    "LineString",
    "cheapest lines that keep away from the published route and from each other, with legs by the same rules",
    key="alternative_id",
    fields=(
        Field("alternative_id", "str", "system and rank", required=True),
        Field("system_id", "str", "the system it could replace the route of", required=True),
        Field("rank", "int", "1: the first sought; each keeps away from the route and from all of lower rank"),
        Field("length_km", "float", "length of the line on the WGS84 ellipsoid", unit="km"),
        Field(
            "excess",
            "float",
            "its friction cost over that of the line of the layer routes, less 1; below 0: it costs less",
            unit="1",
        ),
        Field("separated_share", "float", "share of its length at least min_separation_km from all of those", unit="1"),
        Field("least_separation_km", "float", "least distance from those outside the end zones, geodesic", unit="km"),
        Field("min_separation_km", "float", "distance that the study asks to keep outside the end zones", unit="km"),
        Field("end_zone_km", "float", "radius around each landing inside which it may come closer", unit="km"),
        Field("revision", "str", "revision of the study"),
        _STATUS,
    ),
)
DESIGN_ROUTES = Layer(
    "design_routes",
    "LineString",
    "lines of systems planned together, without legs, for each point of the curve of cost against separation",
    key="route_id",
    asked_by="design",
    fields=(
        Field("route_id", "str", "point of the curve and system", required=True),
        Field("point_id", "str", "the point of the curve: `apart-` and the separation asked for, km", required=True),
        Field("system_id", "str", "the system", required=True),
        Field("chosen", "bool", "true: of the point that keeps the study's least separation at the least cost"),
        Field("separation_asked_km", "float", "separation asked for; 0: each system for itself", unit="km"),
        Field(
            "separation_reached_km",
            "float",
            "least distance between the parts of two routes outside the landing zones, geodesic; empty: no such parts",
            unit="km",
        ),
        Field("length_km", "float", "length of the route on the WGS84 ellipsoid", unit="km"),
        Field("friction_cost", "float", "what the router minimised, in equivalent km of clear seabed", unit="km"),
        Field("excess", "float", "its friction cost over that of the system's own least-cost path, less 1", unit="1"),
        Field("joint_cost", "float", "friction cost of all systems of the point", unit="km"),
        Field("joint_excess", "float", "the same over that of all own least-cost paths, less 1: the price", unit="1"),
        Field(
            "gap", "float", "by what share another plan could be cheaper at most, as exactly as fields tell", unit="1"
        ),
        Field("certain_gap", "float", "the same, proven; empty where the own routes are not", unit="1"),
        Field("revision", "str", "revision of the study"),
        _STATUS,
    ),
)
SHARED_HAZARDS = Layer(
    "shared_hazards",
    "LineString",
    "stretches of a route that one event could hit together with another route",
    key="shared_id",
    asked_by="design",
    fields=(
        Field("shared_id", "str", "point of the curve, both systems, kind and event", required=True),
        Field("point_id", "str", "the point of the curve", required=True),
        Field("system_id", "str", "the system whose stretches these are", required=True),
        Field("other_system_id", "str", "the system that is hit together with it", required=True),
        Field("kind", "str", "anchor, earthquake or mud_volcano", required=True),
        Field("event_id", "str", "the earthquake or the mud volcano; empty for anchors"),
        Field("name", "str", "what is known of the event"),
        Field("within_km", "float", "how far it reaches", unit="km"),
        _LENGTH,
        Field("in_zone_km", "float", "of that, how much lies in the landing zones", unit="km"),
        Field("other_length_km", "float", "what it reaches of the other route", unit="km"),
        _SOURCE,
        _STATUS,
    ),
)
BRANCHING_UNITS = Layer(
    "branching_units",
    "Point",
    "where a third landing is joined to a trunk",
    key="unit_id",
    asked_by="design",
    fields=(
        Field("unit_id", "str", "trunk, third landing and way of joining", required=True),
        Field("way", "str", "best place: the trunk is laid through it; on the trunk: as that lies", required=True),
        Field("trunk", "str", "the system of the trunk, or its two landings", required=True),
        Field("third_landing", "str", "the landing that is joined", required=True),
        Field("depth_m", "float", "water depth below the study's level", unit="m"),
        Field("legs_km", "float", "length of its three legs", unit="km"),
        Field("friction_cost", "float", "of legs and unit, in equivalent km of clear seabed", unit="km"),
        Field("unit_price_km", "float", "of that, the price of the unit", unit="km"),
        Field("saving", "float", "share saved against a cable of its own for the third landing", unit="1"),
        Field("source", "str", "where the rules come from", required=True),
        _STATUS,
    ),
)
BRANCH_LEGS = Layer(
    "branch_legs",
    "LineString",
    "legs from a branching unit to its landings, and the cable of its own that they stand beside",
    key="leg_id",
    asked_by="design",
    fields=(
        Field("leg_id", "str", "way of joining and landing", required=True),
        Field("way", "str", "best place, on the trunk, or separate", required=True),
        Field("from_place", "str", "the branching unit, or the landing that the cable begins at", required=True),
        Field("to_landing", "str", "the landing where it ends", required=True),
        _LENGTH,
        Field("friction_cost", "float", "in equivalent km of clear seabed, before the factor", unit="km"),
        Field("factor", "float", "what a metre of it costs over a metre of trunk", unit="1"),
        Field("crosses", "int", "how often it crosses the chosen routes of the other systems of the design"),
        Field("revision", "str", "revision of the study"),
        _STATUS,
    ),
)
NO_GO = Layer(
    "no_go",
    "Polygon",
    "areas the route may not enter, buffers included",
    key="no_go_id",
    fields=(
        Field("no_go_id", "str", "identifier", required=True),
        Field("hazard_id", "str", "the hazard it derives from"),
        Field("name", "str", "name of the hazard"),
        Field("kind", "str", "kind of the hazard"),
        Field("buffer_m", "float", "buffer around the hazard, geodesic", unit="m"),
        _SOURCE,
        _STATUS,
    ),
)
RISK_FRONT = Layer(
    "risk_front",
    "LineString",
    "lines, without legs, of least laying cost and expected faults together: none costs less and has fewer faults than "
    "another",
    key="point_id",
    asked_by="risk",
    fields=(
        Field("point_id", "str", "system and rank", required=True),
        _SYSTEM,
        Field("rank", "int", "from 1, the cheapest", required=True),
        Field(
            "price_usd",
            "float",
            "for a fault a year less: at that price no other point is better; empty: at none",
            unit="USD",
        ),
        _COST,
        *_FAULTS,
        Field("repair_days_per_year", "float", "expected days from fault to service, from faults at most", unit="d/a"),
        Field("repair_usd_per_year", "float", "expected cost of repairs, from faults at most", unit="USD/a"),
        Field("present_value_usd", "float", "laying cost and repairs of the service life, discounted", unit="USD"),
        Field("is_supported", "bool", "the best of all at some price of a fault"),
        Field("is_knee", "bool", "farthest from the chord between the ends of the front"),
        Field("is_least_present_value", "bool", "of all points of the front"),
        _LENGTH,
        *(
            Field(f"{name.lower()}_km", "float", f"length with cable of the type {name}", unit="km")
            for name in CABLE_TYPES
        ),
        *(
            Field(f"{name.replace(' ', '_')}_km", "float", f"length with the protection: {name}", unit="km")
            for name in BURIAL_METHODS
        ),
        _STATUS,
    ),
)
RISK_SECTIONS = Layer(
    "risk_sections",
    "LineString",
    "stretches of the routes of the layer risk_front with one cable type and one burial",
    key="section_id",
    asked_by="risk",
    fields=(
        Field("section_id", "str", "point and kilometre", required=True),
        Field("point_id", "str", "the route in risk_front", required=True),
        _SYSTEM,
        _FROM_KP,
        _TO_KP,
        _LENGTH,
        Field("cable_type", "str", "DA, RA, SA, LWP or LW", choices=CABLE_TYPES),
        Field("protection_method", "str", "plough, jetting, trenching or surface laid", choices=BURIAL_METHODS),
        Field("target_burial_m", "float", "depth of lowering below the seabed", unit="m"),
        _COST,
        *_FAULTS,
        _STATUS,
    ),
)
ROUTE_RISK = Layer(
    "route_risk",
    "LineString",
    "stretches of each engineered route with the faults expected of its cable and burial",
    key="stretch_id",
    asked_by="risk",
    fields=(
        Field("stretch_id", "str", "system and kilometre", required=True),
        _SYSTEM,
        _FROM_KP,
        _TO_KP,
        _LENGTH,
        *_FAULTS,
        Field(
            "faults_at_most_per_1000km_year",
            "float",
            "faults at most over the length, to compare with published rates",
            unit="1/(1000 km a)",
        ),
        Field("verdict", "str", "known, or insufficient information (a rate is not known on part of it)"),
        _STATUS,
    ),
)
QUARANTINE = Layer(
    "quarantine",
    "Unknown",
    "features that were read but cannot be used, with the reason",
    key="quarantine_id",
    fields=(
        Field("quarantine_id", "str", "identifier", required=True),
        Field("layer", "str", "the layer the feature was read for", required=True),
        Field("source_file", "str", "name of the file", required=True),
        Field("feature_index", "int", "position of the feature in the file, from 0"),
        Field("reason", "str", "why it cannot be used", required=True),
        Field("attributes", "str", "its attributes, JSON"),
    ),
)
ROBUSTNESS = Layer(
    "robustness",
    "LineString",
    "how sure each route is: what samples of all that is uncertain come to",
    key="system_id",
    asked_by="robustness",
    fields=(
        _SYSTEM,
        Field("samples", "int", "how many were drawn"),
        Field("without_route", "int", "in how many of them there is no route"),
        Field("near_km", "float", "distance within which a route says the same", unit="km"),
        Field("near_share", "float", "share of the samples whose path stays within it of this route", unit="1"),
        Field("near_low", "float", "low end of the interval that holds that share with 95 % confidence", unit="1"),
        Field("near_high", "float", "high end of that interval", unit="1"),
        Field("best_share", "float", "share of the samples in which it is cheaper than its alternatives", unit="1"),
        Field("off_median_km", "float", "how far half of the sampled paths go from it at most", unit="km"),
        Field("length_p05_km", "float", "quantile 05 % of the length over the samples", unit="km"),
        Field("length_p25_km", "float", "quantile 25 % of the length over the samples", unit="km"),
        Field("length_p50_km", "float", "quantile 50 % of the length over the samples", unit="km"),
        Field("length_p75_km", "float", "quantile 75 % of the length over the samples", unit="km"),
        Field("length_p95_km", "float", "quantile 95 % of the length over the samples", unit="km"),
        Field("friction_cost_p05", "float", "quantile 05 % of what the router minimised over the samples", unit="km"),
        Field("friction_cost_p25", "float", "quantile 25 % of what the router minimised over the samples", unit="km"),
        Field("friction_cost_p50", "float", "quantile 50 % of what the router minimised over the samples", unit="km"),
        Field("friction_cost_p75", "float", "quantile 75 % of what the router minimised over the samples", unit="km"),
        Field("friction_cost_p95", "float", "quantile 95 % of what the router minimised over the samples", unit="km"),
        Field("cost_p05_usd", "float", "quantile 05 % of the length times the base cost over the samples", unit="USD"),
        Field("cost_p25_usd", "float", "quantile 25 % of the length times the base cost over the samples", unit="USD"),
        Field("cost_p50_usd", "float", "quantile 50 % of the length times the base cost over the samples", unit="USD"),
        Field("cost_p75_usd", "float", "quantile 75 % of the length times the base cost over the samples", unit="USD"),
        Field("cost_p95_usd", "float", "quantile 95 % of the length times the base cost over the samples", unit="USD"),
        _STATUS,
    ),
)
SAMPLE_ROUTES = Layer(
    "sample_routes",
    "LineString",
    "the least-cost path of each system in each sample, without legs",
    key="sample_id",
    asked_by="robustness",
    fields=(
        Field("sample_id", "str", "system and number", required=True),
        _SYSTEM,
        Field("sample", "int", "number of the sample, from 0; the same draw for all systems"),
        _LENGTH,
        Field("friction_cost", "float", "what the router minimised in this sample", unit="km"),
        Field("off_km", "float", "how far it goes from the line of the layer routes at most", unit="km"),
        Field("is_near", "bool", "whether that is within the distance of the study"),
        Field("best_candidate", "str", "the cheapest of the route and its alternatives in this sample"),
        _STATUS,
    ),
)
RANK_ACCEPTABILITY = Layer(
    "rank_acceptability",
    "LineString",
    "the lines of the layers routes and alternatives, all with legs or all without, with the share of samples in which "
    "each is the cheapest of them",
    key="candidate_id",
    asked_by="robustness",
    fields=(
        Field("candidate_id", "str", "system and candidate", required=True),
        _SYSTEM,
        Field("candidate", "str", "the route, or which alternative"),
        Field("best_share", "float", "share of the samples in which it is the cheapest", unit="1"),
        Field("best_low", "float", "low end of the interval that holds that share with 95 % confidence", unit="1"),
        Field("best_high", "float", "high end of that interval", unit="1"),
        Field("closed_share", "float", "share of the samples in which it enters what is closed there", unit="1"),
        Field(
            "excess_median",
            "float",
            "its cost over that of the cheapest of them, less 1: half of the samples have no more",
            unit="1",
        ),
        _STATUS,
    ),
)
WEIGHT_FLIPS = Layer(
    "weight_flips",
    "LineString",
    "each weight turned alone until the route leaves: the route that it then takes; without geometry where it stays",
    key="flip_id",
    asked_by="robustness",
    fields=(
        Field("flip_id", "str", "system, criterion and direction", required=True),
        _SYSTEM,
        Field("criterion", "str", "whose weight is turned", required=True),
        Field("step", "str", "which way", required=True, choices=("up", "down", "off")),
        Field("flips", "bool", "whether the route leaves within the range of the study"),
        Field("factor", "float", "what the weight is multiplied by where it has left", unit="1"),
        Field("held_at", "float", "the last factor tried at which it had not", unit="1"),
        _STATUS,
    ),
)
BATCH_ROUTES = Layer(
    "batch_routes",
    "LineString",
    "the routes of a batch, one for every pair, weighting and scenario; without geometry where none was found",
    key="member_id",
    published=False,
    fields=(
        Field("member_id", "str", "pair, weighting and scenario", required=True),
        Field("pair_id", "str", "between what it runs", required=True),
        Field("weights_id", "str", "the weighting", required=True),
        Field("scenario_id", "str", "the scenario", required=True),
        Field("state", "str", "what came of it", required=True, choices=("routed", "failed")),
        Field("reason", "str", "why there is no route"),
        Field("traceback", "str", "where the program failed, when the fault is the program's"),
        Field("from_name", "str", "where it begins", required=True),
        Field("to_name", "str", "where it ends", required=True),
        Field("from_snap_km", "float", "distance from the position given to the shoreline", unit="km"),
        Field("to_snap_km", "float", "distance from the position given to the shoreline", unit="km"),
        Field("length_km", "float", "length of the line on the WGS84 ellipsoid", unit="km"),
        Field("geodesic_km", "float", "geodesic between its ends", unit="km"),
        Field("friction_cost", "float", "what the router minimised, in kilometres of clear seabed", unit="km"),
        Field("cost_usd", "float", "length times the base cost per kilometre", unit="USD"),
        Field("max_depth_m", "float", "greatest depth below the declared water level", unit="m"),
        Field("depth_unknown_km", "float", "length without a depth", unit="km"),
        Field("seabed_resolution_deg", "float", "what the seabed data resolve", unit="deg"),
        Field("overrides", "str", "what of the study is otherwise, JSON"),
        _STATUS,
    ),
)

_ONE_WAY = "one way, "
NETWORK_NODES = Layer(
    "network_nodes",
    "Point",
    "places that the legs of the network join",
    key="node_id",
    asked_by="network",
    fields=(
        Field("node_id", "str", "identifier", required=True),
        Field("name", "str", "name of the place", required=True),
        Field("country", "str", "country, ISO 3166-1 alpha-2", required=True),
        Field("kind", "str", "what it is", required=True, choices=("border", "city", "landing")),
        Field("legs", "int", "how many legs end there", unit="1"),
        _SOURCE,
        _STATUS,
    ),
)
NETWORK_LEGS = Layer(
    "network_legs",
    "LineString",
    "legs between nodes: subsea systems, cables along railways and highways, published lengths; those along railways "
    "and highways derive from OpenStreetMap, ODbL 1.0",
    key="leg_id",
    asked_by="network",
    fields=(
        Field("leg_id", "str", "identifier", required=True),
        Field("kind", "str", "what it follows", required=True, choices=("subsea", "railway", "highway", "given")),
        Field("from_node", "str", "node it begins at", required=True),
        Field("to_node", "str", "node it ends at", required=True),
        Field("system_id", "str", "the system that it is; empty on land"),
        Field("length_km", "float", "along its way from node to node", unit="km"),
        Field("geodesic_km", "float", "straight from node to node", unit="km"),
        Field("cable_km", "float", "cable with its slack", unit="km"),
        Field("access_km", "float", "of its length, straight pieces from nodes to the shore or the line", unit="km"),
        Field("joined_km", "float", "of its length, where the data of railways or highways have a gap", unit="km"),
        Field("uncertainty_km", "float", "how far the length may be off; 0: none stated", unit="km"),
        Field("railway_km", "float", "length along railways, where it was sought and found", unit="km"),
        Field("highway_km", "float", "length along highways, where it was sought and found", unit="km"),
        Field("amplifiers", "int", "amplifiers between its ends", unit="1"),
        Field("fibre_ms", "float", _ONE_WAY + "delay in its fibre", unit="ms"),
        Field("paths", "str", "paths that use it, by their identifiers"),
        _SOURCE,
        _STATUS,
    ),
)
NETWORK_PATHS = Layer(
    "network_paths",
    "LineString",
    "ways through the network from end to end, with their delay",
    key="path_id",
    asked_by="network",
    fields=(
        Field("path_id", "str", "identifier", required=True),
        Field("name", "str", "name of the path", required=True),
        Field("branch", "str", "paths of one branch are variants of each other", required=True),
        Field("from_node", "str", "node it begins at", required=True),
        Field("to_node", "str", "node it ends at", required=True),
        Field("nodes", "str", "all nodes it passes, in their order"),
        Field("legs", "str", "its legs, in their order"),
        Field("length_km", "float", "along all its legs", unit="km"),
        Field("subsea_km", "float", "of that, subsea systems", unit="km"),
        Field("railway_km", "float", "of that, along railways", unit="km"),
        Field("highway_km", "float", "of that, along highways", unit="km"),
        Field("given_km", "float", "of that, legs of a published length", unit="km"),
        Field("uncertainty_km", "float", "how far the length may be off", unit="km"),
        Field("geodesic_km", "float", "straight from end to end", unit="km"),
        Field("cable_km", "float", "cable with its slack: what light goes through", unit="km"),
        Field("amplifiers", "int", "amplifiers on the way", unit="1"),
        Field("fibre_ms", "float", _ONE_WAY + "delay in the fibre", unit="ms"),
        Field("amplifiers_ms", "float", _ONE_WAY + "delay in amplifiers", unit="ms"),
        Field("equipment_ms", "float", _ONE_WAY + "delay in terminals and at nodes", unit="ms"),
        Field("one_way_ms", "float", "delay one way", unit="ms"),
        Field("round_trip_ms", "float", "delay there and back", unit="ms"),
        _STATUS,
    ),
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


def _read_layer_of(name: str, meaning: str, *more: Field) -> Layer:
    """A layer of a validation: lines that stand beside as-laid ones, with what is read off them."""
    return Layer(
        name,
        "LineString",
        meaning,
        key="line_id",
        fields=(
            Field("line_id", "str", "identifier: number of the section, and what the line is", required=True),
            Field("section_id", "int", "number of the section of a cable that it is compared with", required=True),
            Field("name", "str", "name of the cable, with number of line and section", required=True),
            *more,
            Field("length_km", "float", "its length", unit="km"),
            Field("length_ratio", "float", "its length over that of the as-laid line", unit="1"),
            Field("mean_km", "float", "mean distance between the two lines, both ways", unit="km"),
            Field("mean_to_km", "float", "mean distance from points of the as-laid line to this one", unit="km"),
            Field("mean_from_km", "float", "mean distance from points of this line to the as-laid one", unit="km"),
            Field("hausdorff_km", "float", "greatest distance from a point of one to the other line", unit="km"),
            Field(
                "within_share", "float", "share of the as-laid line within the distance that counts as near", unit="1"
            ),
            Field("off_water_share", "float", "share of it on land or outside the area", unit="1"),
            _SOURCE,
            _STATUS,
        ),
    )


AS_LAID = Layer(
    "as_laid",
    "LineString",
    "the cables that routed lines are compared with, cut to the water of the study",
    key="section_id",
    fields=(
        Field("section_id", "int", "number of the section", required=True),
        Field("name", "str", "name of the cable, with number of line and section", required=True),
        Field("cable", "str", "what groups the lines of one cable", required=True),
        Field("features", "str", "positions in the file of the features it is of, from 0", required=True),
        Field("length_km", "float", "its length", unit="km"),
        Field("vertex_spacing_km", "float", "mean length of a leg as drawn", unit="km"),
        Field("is_straight", "bool", "drawn straight from end to end: left out of medians and tests", required=True),
        Field("dry_km", "float", "how much of it crosses land that is passed over", unit="km"),
        Field("closed_share", "float", "share of it in closed areas of the study, which no route enters", unit="1"),
        Field("from_end", "str", "kind of its first end", required=True, choices=("shore", "sea", "edge")),
        Field("from_moved_km", "float", "by how much it was led on to the shore there", unit="km"),
        Field("to_end", "str", "kind of its last end", required=True, choices=("shore", "sea", "edge")),
        Field("to_moved_km", "float", "by how much it was led on to the shore there", unit="km"),
        Field("mean_cost", "float", "mean cost of a metre of it, in metres of clear seabed; empty: nothing priced"),
        Field("cost_copies", "int", "copies moved aside that its cost was compared with"),
        Field("cost_copies_left_out", "int", "copies that ran too much over land, closed areas or out of the area"),
        Field("cost_percentile", "float", "share of the copies that are cheaper: 0.5 is no preference", unit="1"),
        Field("cost_p", "float", "p-value of that rank, one-sided", unit="1"),
        _ACCURACY,
        _SOURCE,
        _STATUS,
    ),
)
ROUTED = _read_layer_of("routed", "least-cost lines between the ends of the as-laid ones, by the study's weights")
SHORTEST = _read_layer_of("shortest", "shortest lines over the same water, clear of closed areas")
GREAT_CIRCLE = _read_layer_of("great_circle", "geodesics between the ends, over land too: the null model")
CONTROL = _read_layer_of(
    "control",
    "as-laid lines moved aside; the figures are those of the routed line read as if the cable lay there",
    Field("offset_km", "float", "how far it was moved, to starboard where positive", unit="km"),
    Field("control_off_water_share", "float", "share of the moved line on land or outside the area", unit="1"),
)
NOT_COMPARED = Layer(
    "not_compared",
    "Unknown",
    "what of the file was not compared, with the reason",
    key="number",
    fields=(
        Field("number", "int", "running number", required=True),
        Field("name", "str", "name of the cable", required=True),
        Field("feature_index", "int", "position of the feature in the file, from 0"),
        Field("reason", "str", "why it was not compared", required=True),
    ),
)
VALIDATION: tuple[Layer, ...] = (AS_LAID, ROUTED, SHORTEST, GREAT_CIRCLE, CONTROL, NOT_COMPARED)
"""Layers of a validation: no run has them."""
