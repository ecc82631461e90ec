"""The dictionary of columns: each is defined once, with its type, unit, meaning and what its values may be.

A layer lists the columns that it has (`columns`). Where one name says different things in different layers it has
several definitions here, told apart by what stands after a colon: ``kind:asset`` and ``kind:hazard`` are both published
as ``kind``. An analysis defines the columns of its own layers beside those layers, with `define`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from transcaspian.core.catzoc import CLASSES
from transcaspian.core.kinds import CONSTRAINT_ROLES
from transcaspian.core.vocabulary import (
    BOUNDARY_KINDS,
    CABLE_KINDS,
    CABLE_STATES,
    CABLE_TYPES,
    CONSTRAINT_KINDS,
    HAZARD_KINDS,
    INSTALLATION_KINDS,
    LAND_CABLE,
    LAND_METHODS,
    PROTECTION_METHODS,
    SEVERITIES,
    STATUSES,
    ZONES,
    AssetVerdict,
    BendKind,
    HazardVerdict,
    LandingVerdict,
    ParallelKind,
    SpanVerdict,
)
from transcaspian.core.words import in_words

FieldType = Literal["str", "int", "float", "bool"]


@dataclass(frozen=True)
class Field:
    """One column.

    Attributes
    ----------
    key
        Name of the column; after a colon, which of its definitions this is.
    required
        Always filled. In a file that is read the column must be there too, unless ``default`` stands in.
    choices, minimum, maximum
        The values allowed, and the smallest and the largest number.
    aliases
        Other names of the column in a file that is read.
    decimals
        How many are printed in a Route Position List; None: the value as it is.
    stored_decimals
        How many are written to files; None: as its unit has them (`UNIT_DECIMALS`).
    old_name_of
        The column that has its values under their new name, where this one is retired.
    """

    key: str
    type: FieldType
    meaning: str
    unit: str = ""
    required: bool = False
    default: str | float | bool | None = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    aliases: tuple[str, ...] = ()
    decimals: int | None = None
    stored_decimals: int | None = None
    old_name_of: str = ""

    @cached_property
    def name(self) -> str:
        """The name of the column."""
        return self.key.partition(":")[0]

    @property
    def shown_unit(self) -> str:
        """The unit as it is written beside a name; empty for a plain number or a text."""
        return "" if self.unit == "1" else self.unit

    @property
    def title(self) -> str:
        """The name in words, with the unit.

        >>> FIELDS["from_kp_km"].title, FIELDS["max_depth_m"].title, FIELDS["level_m_msl"].title
        ('From KP (km)', 'Max depth (m)', 'Level MSL (m)')
        """
        ending = UNIT_ENDINGS.get(self.unit, "")
        name = self.name.removesuffix(ending).replace(f"{ending}_", "_") if ending else self.name
        return f"{in_words(name)} ({self.shown_unit})" if self.shown_unit else in_words(name)

    @property
    def shown_decimals(self) -> int | None:
        """How many decimals people are shown; None: as many as there are."""
        return UNIT_SHOWN.get(self.unit) if self.decimals is None else self.decimals

    @property
    def written_decimals(self) -> int | None:
        """How many decimals layers have; None: so many that there are `SIGNIFICANT_DIGITS`."""
        return UNIT_DECIMALS.get(self.unit) if self.stored_decimals is None else self.stored_decimals

    def stored(self, values: ArrayLike) -> NDArray[np.float64]:
        """Numbers as they are written: no digit more than is meant, and so many that sums of them still agree.

        >>> FIELDS["length_km"].stored([358.95798699970555, -1e-9]).tolist()
        [358.957987, 0.0]
        >>> FIELDS["quantity"].stored([0.012345678912345]).tolist()
        [0.0123456789]
        """
        numbers = np.asarray(values, float)
        if (decimals := self.written_decimals) is not None:
            return numbers.round(decimals) + 0.0  # no -0.0
        return np.array([float(f"{number:.{SIGNIFICANT_DIGITS}g}") for number in numbers.ravel()]).reshape(
            numbers.shape
        )


UNIT_DECIMALS = {"km": 6, "m": 3, "km²": 6, "USD": 2, "deg": 3, "deg/km": 4, "%": 6, "1": 6, "ms": 6, "dB": 3}
"""How many decimals a figure of a unit has in files: a millimetre, a cent, a thousandth of a degree."""
UNIT_SHOWN = {"km": 3, "m": 1, "km²": 1, "USD": 0, "deg": 2, "deg/km": 2, "%": 2, "1": 4, "ms": 3, "dB": 1}
"""How many decimals of a figure of a unit people are shown."""
UNIT_ENDINGS = {
    "km": "_km",
    "m": "_m",
    "deg": "_deg",
    "km²": "_km2",
    "USD": "_usd",
    "%": "_percent",
    "1/a": "_per_year",
    "deg/km": "_deg_per_km",
    "ms": "_ms",
    "dB": "_db",
}
"""How a name tells its unit."""
SIGNIFICANT_DIGITS = 9
"""Of figures of other units, rates among them, which may be small."""
COORDINATE_DECIMALS = 9
"""Of positions in degrees: a tenth of a millimetre, as is kept of lists that are read."""


FIELDS: dict[str, Field] = {}
"""Every definition by its key."""


def define(*fields: Field) -> None:
    """Add columns to the dictionary.

    Raises
    ------
    ValueError
        When a key is defined already, and otherwise.
    """
    for field in fields:
        if FIELDS.setdefault(field.key, field) != field:
            raise ValueError(
                f"the column {field.key} is defined twice: give one of them a key of its own, `name:which`"
            )


def columns(*listed: str | Field) -> tuple[Field, ...]:
    """The columns of a layer, in their order.

    Parameters
    ----------
    listed
        Definitions, and texts of keys of the dictionary between blanks. A ``!`` after a key: always filled in this
        layer; a ``?``: may be empty.

    Raises
    ------
    ValueError
        When the dictionary does not have a key, or a column would stand there twice.
    """
    found: list[Field] = []
    for item in listed:
        found += [item] if isinstance(item, Field) else map(_defined, item.split())
    if len({field.name for field in found}) < len(found):
        raise ValueError(f"a column stands twice: {' '.join(field.name for field in found)}")
    return tuple(found)


def under_new_names(fields: Sequence[Field], old_to_new: Mapping[str, str]) -> Iterator[Field]:
    """Columns that are read under their old names too."""
    for field in fields:
        old = tuple(old for old, new in old_to_new.items() if new == field.name)
        yield replace(field, aliases=tuple(dict.fromkeys((*field.aliases, *old)))) if old else field


def under_old_names(fields: Sequence[Field], old_to_new: Mapping[str, str]) -> Iterator[Field]:
    """The columns that a layer is written with under their old names too; the new names are among its columns."""
    by_name = {field.name: field for field in fields}
    for old, new in old_to_new.items():
        meaning = f"retired: {new} under its old name, for one version more"
        yield replace(by_name[new], key=old, meaning=meaning, aliases=(), old_name_of=new)


def _defined(word: str) -> Field:
    """The definition of a key, filled or not as its mark says."""
    key = word.rstrip("!?")
    if key not in FIELDS:
        raise ValueError(f"no column {key} is defined: expected a key of the dictionary")
    return FIELDS[key] if key == word else replace(FIELDS[key], required=word.endswith("!"))


# What identifies, names and tells where a feature comes from
define(
    Field("system_id", "str", "the system, by its identifier in the study", required=True),
    Field("name", "str", "its name"),
    Field("name:asset", "str", "name of the cable or pipeline", aliases=("cable_name", "cable")),
    Field("name:near", "str", "name of the hazard, or of what is missing"),
    Field("revision", "str", "revision of the study"),
    Field("source", "str", "publication, data set or page the feature comes from", required=True),
    Field(
        "status",
        "str",
        "REAL (published or measured), DERIVED (computed here) or ASSUMED (a default to replace)",
        required=True,
        default="ASSUMED",
        choices=STATUSES,
    ),
    Field("position_accuracy_m", "float", "how far the position may be off; empty: not stated", "m", minimum=0),
    Field("remarks", "str", "free text"),
    Field("method", "str", "how the boundary was computed"),
    Field("country", "str", "ISO 3166-1 alpha-2 code of the country"),
    Field("state", "str", "ISO 3166-1 alpha-2 code of the state; empty: insufficient information"),
    Field("state_a", "str", "ISO 3166-1 alpha-2 code of one state", required=True),
    Field("state_b", "str", "ISO 3166-1 alpha-2 code of the other state", required=True),
    Field("zone", "str", "territorial water, fishing zone, or seabed: the sector beyond both", choices=ZONES),
)

# Lines, and places on them
define(
    Field("length_km", "float", "its length, geodesic on WGS84", "km"),
    Field("geodesic_km", "float", "geodesic between its ends", "km"),
    Field("alternative_of", "str", "the system that it is another plan of: only one of them is built; empty: of none"),
    Field("built_with", "str", "the systems that are built together with it; empty: none"),
    Field("from_landing", "str", "landing where it begins, at KP 0", required=True),
    Field("to_landing", "str", "landing where it ends", required=True),
    Field("from_kp_km", "float", "where it begins, along the route from KP 0", "km"),
    Field("to_kp_km", "float", "where it ends, along the route from KP 0", "km"),
    Field("kp_km", "float", "distance along the route from KP 0, geodesic", "km"),
    Field("bearing_deg", "float", "direction of travel, clockwise from true north", "deg"),
    Field("area_km2", "float", "area on the WGS84 ellipsoid", "km²"),
    Field("friction_cost", "float", "what the router minimised, in equivalent km of clear seabed", "km"),
    Field(
        "cost_usd",
        "float",
        "length times the base cost per km; friction steers, it is not paid. For one version more: see cost_base_usd",
        "USD",
    ),
    *(
        Field(f"cost_{end}_usd", "float", f"cost by the study's cost book {by}; empty: it has none", "USD")
        for end, by in (
            ("low", "at its low prices"),
            ("base", "at its base prices"),
            ("high", "at its high prices"),
        )
    ),
    Field("cost_status", "str", "status of the three costs; empty: the study has no cost book", choices=STATUSES),
    Field("cable_km", "float", "length of cable as laid, with its slack; empty: not engineered", "km"),
    Field("published_km", "float", "first length that was published of the system; empty: none", "km"),
    Field("published_source", "str", "where that length was published"),
    Field("difference_km", "float", "our cable less published_km, from the nearest end of a range", "km"),
    Field("published_verdict", "str", "whether the two are consistent; why: published.csv and the reports"),
    Field("seabed_length_km", "float", "length up and down along the seabed, level where no depth is", "km"),
    Field("alter_courses", "int", "number of alter courses; empty: not engineered"),
    Field("spare_cable_km", "float", "cable produced beyond cable_km, for joints and the depot", "km"),
    Field("engineering_excess", "float", "friction cost of the legs over that of the path, less 1", "1"),
    Field(
        "optimality_gap",
        "float",
        "no line on the cost grid through the same landings and via points is cheaper by more than this share of its "
        "cost; empty: the cost depends on direction",
        "1",
    ),
)

# Depth and seabed
define(
    Field("depth_m", "float", "water depth below the declared level; empty: insufficient information", "m"),
    Field("depth_error_m", "float", "one standard error of depth_m; empty: not known", "m"),
    Field("depth_resolution_m", "float", "spacing of the seabed data there: no slope or bend is told over less", "m"),
    Field("depth_source", "int", "which of the seabeds of the study the depth is from, counted from 0 in their order"),
    Field("max_depth_error_m", "float", "one standard error of the depth at the deepest place; empty: not known", "m"),
    Field(
        "zone_of_confidence",
        "str",
        "worst CATZOC class of the stretch by the standard errors of its depths alone; U: not assessed",
        choices=CLASSES,
    ),
    Field(
        "change_from_kp_km",
        "float",
        "the change where it begins lies here at the earliest, by one standard error of the depth; empty: not by depth",
        "km",
    ),
    Field("change_to_kp_km", "float", "and here at the latest", "km"),
    Field(
        "min_depth_m", "float", "smallest water depth below the declared level; empty: insufficient information", "m"
    ),
    Field(
        "max_depth_m", "float", "greatest water depth below the declared level; empty: insufficient information", "m"
    ),
    Field("max_depth_m:level", "float", "greatest depth at that level", "m"),
    Field("depth_unknown_km", "float", "length over seabed without a depth: insufficient information", "km"),
    Field(
        "seabed_resolution_deg",
        "float",
        "effective resolution of the seabed data there",
        "deg",
        stored_decimals=COORDINATE_DECIMALS,
    ),
    Field("in_line_slope_deg", "float", "positive: falls away in the direction of travel", "deg"),
    Field("side_slope_deg", "float", "positive: falls away to starboard", "deg"),
    Field("steepest_deg", "float", "steepest of in-line and side slope", "deg"),
    Field("bend_deg_per_km", "float", "change of in-line slope; positive: crest, negative: hollow", "deg/km"),
    Field("kind:bend", "str", "hollow (suspension) or crest (chafing)", choices=get_args(BendKind)),
    Field("worst_deg_per_km", "float", "greatest bend in it", "deg/km"),
    Field("limit_deg_per_km", "float", "limit of the study", "deg/km"),
    Field("span_m", "float", "length of the free span", "m"),
    Field("height_m", "float", "most that the cable is above the seabed in it", "m"),
    Field("verdict:span", "str", "critical: beyond a limit of the study", choices=get_args(SpanVerdict)),
    Field("resolution_m", "float", "spacing of the seabed data; empty: no depth", "m"),
    Field("level_m_msl", "float", "water level against mean sea level", "m"),
    Field("from_extension_km", "float", "route that lies dry before the first water", "km"),
    Field("to_extension_km", "float", "route that lies dry after the last water", "km"),
    Field("dry_km", "float", "route that lies dry between", "km"),
    Field("submerged_km", "float", "length less all that lies dry", "km"),
    Field("shallow_km", "float", "length in water shallower than shallow_limit_m", "km"),
    Field("shallow_ranges", "str", "those stretches, from KP–to KP, km"),
    Field("shallow_limit_m", "float", "limit of the study", "m"),
    Field("unknown_km", "float", "length without a depth: insufficient information", "km"),
    Field("fall_m", "float", "below the declared level", "m"),
    Field("lost_km2", "float", "less than inside the shoreline", "km²"),
)

# Landings
define(
    Field("from_shore_km", "float", "route ashore where it begins, from the beach manhole to the shoreline", "km"),
    Field("to_shore_km", "float", "route ashore where it ends, from the shoreline to the beach manhole", "km"),
    Field("sheet_id", "str", "identifier: system and landing"),
    Field("landing_level_id", "str", "identifier: system, landing, level and wind"),
    Field("neighbour_row_id", "str", "identifier: system, landing and feature"),
    Field("manhole_event", "str", "BMH: the beach manhole; otherwise what stands for it, for none is known"),
    Field(
        "height_m:manhole",
        "float",
        "of the manhole above the declared level, positive up; empty: see height_status",
        "m",
    ),
    Field("height_status", "str", "status of height_m, or insufficient information"),
    Field("shore_km", "float", "from the manhole to the shoreline, along the route", "km"),
    Field(
        "waterline_km", "float", "from the manhole to the waterline; empty: insufficient information, or no water", "km"
    ),
    Field(
        "waterline_min_km",
        "float",
        "the same with all depths deeper by one standard error, no nearer than the shoreline; empty: not known",
        "km",
    ),
    Field(
        "waterline_max_km", "float", "the same with all depths shallower by one standard error; empty: not known", "km"
    ),
    Field(
        "shore_end_km", "float", "from the waterline to lay_depth_m; empty: insufficient information, or never", "km"
    ),
    Field("lay_km", "float", "from the manhole to lay_depth_m; empty: no water there is so deep", "km"),
    Field("lay_depth_m", "float", "least depth of the main lay vessel, of the study", "m"),
    Field("max_shore_end_km", "float", "limit of the study for lay_km", "km"),
    Field("landing_slope_deg", "float", "mean slope of the first 3 km from the waterline", "deg"),
    *(
        field
        for depth in (3, 5, 10, 15)
        for field in (
            Field(f"to_{depth}m_m", "float", f"from the waterline to {depth} m of water; empty: never reached", "m"),
            Field(f"to_{depth}m_min_m", "float", "the same if all is deeper by one error; empty: not known", "m"),
            Field(f"to_{depth}m_max_m", "float", "the same if all is shallower by one error; empty: not known", "m"),
        )
    ),
    Field("set_up_m", "float", "by how much wind raises (positive) or lowers the water", "m"),
    Field("stands_m_msl", "float", "where the water stands then, against mean sea level", "m"),
    Field("verdict:landing", "str", "whether a barge can lay the shore end", choices=get_args(LandingVerdict)),
    Field("not_known", "str", "what the sheet does not say"),
    Field("group", "str", "hazard, constraint, or cable: with pipelines, and systems of the study"),
    Field("neighbour_id", "str", "identifier of the feature in its data set"),
    Field("distance_m", "float", "geodesic from the manhole; 0 inside", "m"),
    Field("bearing_from_deg", "float", "from the manhole, clockwise from true north; 0 inside", "deg"),
)

# Cable and burial
define(
    Field("cable_type", "str", "armour of the cable", choices=CABLE_TYPES),
    Field("cable_rule", "str", "rule of the study that decided it"),
    Field("slack_percent", "float", "cable beyond the length over ground", "%"),
    Field("slack_rule", "str", "rule of the study that decided it"),
    Field("protection_method", "str", "how the cable is buried, or that it is not", choices=PROTECTION_METHODS),
    Field("target_burial_m", "float", "target depth of lowering: from the seabed down to the top of the cable", "m"),
    Field(
        "installation",
        "str",
        "beach: from the manhole to the waterline; shore end, shallow: by barge; main lay: by the main lay vessel",
        choices=INSTALLATION_KINDS,
    ),
    Field("burial_rule", "str", "rule of the study that decided it"),
)

# Cost-tolerance zones and alternatives
define(
    Field(
        "excess_limit",
        "float",
        "greatest share that the best line through it costs more than that of the layer routes",
        "1",
    ),
    Field("cheaper_km2", "float", "area through which some line costs less than that of the layer routes", "km²"),
    Field("mean_width_km", "float", "area over the length of the route", "km"),
    Field("rank", "int", "1: the first sought; each keeps away from the route and from all of lower rank"),
    Field(
        "excess",
        "float",
        "its friction cost over that of the line of the layer routes, less 1; below 0: it costs less",
        "1",
    ),
    Field("separated_share", "float", "share of its length at least min_separation_km from all of those", "1"),
    Field("reached_separation_km", "float", "smallest distance from those outside the end zones, geodesic", "km"),
    Field("min_separation_km", "float", "distance that the study asks to keep outside the end zones", "km"),
    Field("end_zone_km", "float", "radius around each landing inside which it may come closer", "km"),
)

# Cables, hazards and waters: what is read, and what a route meets
define(
    Field("cable_id", "str", "identifier", aliases=("id", "feature_id", "fid")),
    Field("cable_id:met", "str", "the cable or pipeline: id of the layer cables, or of a system"),
    Field("kind:asset", "str", "what it is", default="telecom_cable", choices=CABLE_KINDS),
    Field("owner", "str", "owner or operator", aliases=("owners", "operator")),
    Field("state:asset", "str", "state of the asset", default="unknown", choices=CABLE_STATES),
    Field("asset_state", "str", "state of the asset", choices=CABLE_STATES),
    Field("asset_kp_km", "float", "on the asset, from its first vertex; of a system: its KP", "km"),
    Field("angle_deg", "float", "between the two on the ellipsoid, 0 to 90", "deg"),
    Field("min_angle_deg", "float", "smallest angle that the rule allows", "deg"),
    Field("aimed_angle_deg", "float", "angle aimed at", "deg"),
    Field("price_km", "float", "what the router paid for it, in equivalent km of clear seabed", "km"),
    Field("kind:parallel", "str", "landing: within the approach to a landing", choices=get_args(ParallelKind)),
    Field("min_distance_m", "float", "smallest distance from the asset", "m"),
    Field("min_distance_kp_km", "float", "where that is", "km"),
    Field("required_m", "float", "distance that the rule asks for there", "m"),
    Field(
        "verdict:asset",
        "str",
        "insufficient information: the position of the asset is too coarse to judge",
        choices=get_args(AssetVerdict),
    ),
    Field("rule", "str", "source of the rule"),
    Field("hazard_id", "str", "identifier", aliases=("id", "fid")),
    Field(
        "hazard_id:met", "str", "the hazard of the layers of hazards, or feature of a constraint; empty: there is none"
    ),
    Field("kind:hazard", "str", "kind of the hazard", choices=HAZARD_KINDS),
    Field("kind:met", "str", "kind of the hazard or constraint", choices=CONSTRAINT_KINDS),
    Field(
        "buffer_m",
        "float",
        "distance to keep around the hazard, geodesic; empty: the study's default for the kind",
        "m",
        minimum=0,
    ),
    Field(
        "no_go",
        "bool",
        "true: a cable never enters it or its buffer",
        default=False,
        aliases=("nogo", "no-go", "no go"),
    ),
    Field("published_length_km", "float", "length as published; the drawn one is held against it", "km", minimum=0),
    Field("published_min_depth_m", "float", "smallest depth as published; ours is held against it", "m"),
    Field("published_max_depth_m", "float", "greatest depth as published", "m"),
    Field("published_distance_km", "float", "distance from a place as published; ours is held against it", "km"),
    Field(
        "distance_from_lon_deg",
        "float",
        "longitude of the place that this distance is from",
        "deg",
        stored_decimals=COORDINATE_DECIMALS,
    ),
    Field(
        "distance_from_lat_deg",
        "float",
        "latitude of the place that this distance is from",
        "deg",
        stored_decimals=COORDINATE_DECIMALS,
    ),
    Field("within_id", "str", "the field of the same file that it lies in, as published; empty: not stated"),
    Field("nearest_m", "float", "smallest distance; 0 inside; empty: insufficient information", "m"),
    Field("nearest_kp_km", "float", "where that is", "km"),
    Field("keep_off_m", "float", "distance to keep", "m"),
    Field("constraint_id", "str", "the constraint, by its identifier in the study; empty: a data set of the study"),
    Field("constraint_feature_id", "str", "identifier: constraint and feature"),
    Field("kind:constraint", "str", "kind of the constraint", choices=CONSTRAINT_KINDS),
    Field("role", "str", "what it means to a line", choices=CONSTRAINT_ROLES),
    Field("text", "str", "its class or value, as the file has it; empty: none"),
    Field("season", "str", "days of the year that it holds for, month and day; empty: all year, or not known"),
    Field(
        "verdict:hazard",
        "str",
        "insufficient information: the position of the hazard is too coarse, or a source does not cover the stretch",
        choices=get_args(HazardVerdict),
    ),
    Field("sector_id", "str", "identifier; of sectors computed here, state and zone", aliases=("id", "fid")),
    Field("line_id:agreed", "str", "identifier of the agreed line; empty: none", aliases=("id", "fid")),
    Field("from_third_state", "str", "state that meets both where the line begins; empty: not known", default=""),
    Field("to_third_state", "str", "state that meets both where the line ends; empty: not known", default=""),
    Field("ends_status", "str", "status of its two ends; empty: that of the line", choices=STATUSES),
    Field("kind:boundary", "str", "how the line is known", choices=BOUNDARY_KINDS),
    Field(
        "entered_by",
        "str",
        "how the line is known on which the route comes into it from another state; empty: it does not",
        choices=BOUNDARY_KINDS,
    ),
    Field("shoreline_id", "str", "identifier of the water body", aliases=("id", "fid")),
    Field("island_id", "str", "identifier of the island", aliases=("id", "fid")),
    Field("epoch", "str", "of when the outline is; empty: not stated"),
    Field("border_id", "str", "identifier", aliases=("id", "fid")),
    Field("event_id", "str", "identifier in the catalogue", aliases=("id",)),
    Field("time_utc", "str", "origin time, ISO 8601, UTC", aliases=("time",)),
    Field("depth_km", "float", "focal depth, positive down", "km", aliases=("depth",)),
    Field(
        "magnitude_mw",
        "float",
        "moment magnitude",
        "Mw",
        minimum=-5,
        maximum=10,
        aliases=("mag", "magnitude", "mw"),
    ),
    Field("landing_id", "str", "identifier in the study"),
    Field("snap_km", "float", "distance from the place given in the study to the shoreline, geodesic", "km"),
    Field("layer", "str", "the layer the feature was read for"),
    Field("source_file", "str", "name of the file"),
    Field("feature_index", "int", "position of the feature in the file, from 0"),
    Field("reason", "str", "the reason: why it is not used, not compared or has no route"),
    Field("attributes", "str", "its attributes, JSON"),
)

# Identifiers that are put together
define(
    *(
        Field(f"{name}_id", "str", "identifier: system and kilometre")
        for name in ("kp", "segment", "sample", "bend", "span", "stretch")
    ),
    Field("crossing_id", "str", "identifier: system, asset and kilometre"),
    Field("run_id", "str", "identifier: system, asset and kilometre"),
    Field("listing_id", "str", "identifier: system, feature and kilometre"),
    Field("scenario_id", "str", "identifier: system and level"),
    Field("level_id", "str", "identifier: the level"),
    Field("zone_id", "str", "identifier: system and excess limit"),
    Field("corridor_id", "str", "identifier: system and excess limit"),
    Field("bill_id", "str", "identifier: system and item"),
    Field("alternative_id", "str", "identifier: system and rank"),
    Field("median_id", "str", "identifier: the two states and a number"),
    Field("boundary_id", "str", "identifier: the line and a number"),
    Field("no_go_id", "str", "identifier"),
    Field("quarantine_id", "str", "identifier"),
)

# What is bought
define(
    Field("item", "str", "what is bought"),
    Field("quantity", "float", "how much of it"),
    Field("unit", "str", "what the quantity is counted in"),
    *(
        Field(f"price_{end}", "float", f"{end} price of a unit, USD; of the contingency its percentage")
        for end in ("low", "base", "high")
    ),
)

# What people know of a line, and where it differs from rules
define(
    Field("finding_id", "str", "identifier"),
    Field("severity", "str", "critical, major, minor or information", choices=SEVERITIES),
    Field("kind:finding", "str", "what it is about, the same for all that say the same"),
    Field("system_id:finding", "str", "the system; empty: the run as a whole"),
    Field("sentence", "str", "what is found"),
    Field("action", "str", "what to do"),
    Field("found", "str", "what the line or its list has"),
    Field("expected", "str", "what the rule asks for"),
    Field("rule:leg", "str", "key of the study, or the check of lists that asks for it"),
    Field("vertex_id", "str", "identifier; leave it empty for a vertex that you add"),
    Field("via_id", "str", "identifier; leave it empty for a via point that you add"),
    Field("area_id", "str", "identifier; leave it empty for an area that you add"),
    Field("remark_id", "str", "identifier; leave it empty for a remark that you add"),
    Field("system_id:edit", "str", "the system; empty: the one whose route is nearest"),
    Field("order", "int", "order of the via points of a system, from 1; empty: as they lie along its route"),
    Field("radius_km", "float", "how near the line passes; empty: as [rules.via] says", "km", minimum=0),
    Field("who", "str", "who says so"),
    Field("when", "str", "when, ISO 8601"),
)

# Route Position Lists: columns as importers of lists know them
define(
    Field("SeqNo", "int", "order along the route, from 1", required=True),
    Field("PosNo", "str", "names the position; kept between revisions, never given again"),
    Field("Event", "str", "what is there: CLS, BMH, LP, AC, Tr, RPTR, Xing, WD and others, joined by ` / `"),
    Field("Latitude", "float", "WGS84, north positive", "deg", stored_decimals=COORDINATE_DECIMALS),
    Field("Longitude", "float", "WGS84, east positive", "deg", stored_decimals=COORDINATE_DECIMALS),
    Field(
        "DistCumulative",
        "float",
        "distance along the route; negative ashore before KP 0",
        "km",
        decimals=3,
    ),
    Field("CableDistCumulative", "float", "distance along the cable, with slack", "km", decimals=3),
    Field("ApproxDepth", "float", "depth below the declared level; empty: insufficient information", "m", decimals=1),
    Field("Remarks", "str", "free text"),
    Field("FromPos", "str", "PosNo where the span begins", required=True),
    Field("ToPos", "str", "PosNo where it ends", required=True),
    Field(
        "Bearing",
        "float",
        "geodesic azimuth at FromPos, clockwise from true north",
        "deg",
        decimals=2,
        stored_decimals=6,
    ),
    Field("DistBetweenPos", "float", "geodesic distance", "km", decimals=3),
    Field("Slack", "float", "cable beyond the distance", "%", decimals=3),
    Field("CableDistBetweenPos", "float", "DistBetweenPos × (1 + Slack / 100)", "km", decimals=3),
    Field("CableCode", "str", "section of one cable type, counted from KP 0, with the type"),
    Field("CableType", "str", "armour of the cable; LAND: the land tail", choices=(*CABLE_TYPES, LAND_CABLE)),
    Field(
        "ProtectionMethod",
        "str",
        "how the cable is buried, or that it is not",
        choices=(*PROTECTION_METHODS, *LAND_METHODS),
    ),
    Field(
        "TargetBurialDepth",
        "float",
        "target depth of lowering: from the seabed down to the top of the cable",
        "m",
        decimals=2,
    ),
    Field("TerritorialWater", "str", "state in whose territorial water the span lies; empty: none or not known"),
    Field("EEZ", "str", "the seabed sector that it lies in, as `AZ seabed sector`: no EEZ; empty: not known or ashore"),
    Field("ChartNo", "str", "nautical chart that shows it, of the largest scale; empty: none is given"),
    Field("FiberPair", "str", "pairs of fibres; empty: not stated"),
    Field("LayDirection", "str", "landing that the cable is laid from; empty: not stated"),
    Field("DepthError", "float", "one standard deviation of ApproxDepth; empty: not stated", "m", decimals=1),
    Field(
        "Height", "float", "ashore: above the declared level, positive up; empty: not known, or at sea", "m", decimals=1
    ),
    Field("HeightStatus", "str", "status of the height ashore, or insufficient information; empty at sea"),
    Field("DepthResolution", "float", "spacing of the seabed data that the depth is from", "m", decimals=0),
)
