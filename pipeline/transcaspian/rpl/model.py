"""The Route Position List as a value: positions, the spans between them, and what heads the printed list.

Everybody speaks it: engineering makes one, ingest reads one, export writes one, the checks look at one. A figure that
is not stated is None, never zero.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.second_crs import SecondCoordinates

__all__ = [
    "BARE",
    "COLUMNS",
    "EVENTS",
    "NUMBERS",
    "OTHER_POSITION_FIELDS",
    "OTHER_SPAN_FIELDS",
    "POSITION_FIELDS",
    "PRINT_M",
    "PROVISIONAL",
    "PUBLISHED_POSITION_FIELDS",
    "PUBLISHED_SPAN_FIELDS",
    "SAME_PLACE_M",
    "SPAN_FIELDS",
    "STRAIGHT",
    "STRAIGHT_KM",
    "EventName",
    "Numbers",
    "Position",
    "Rpl",
    "Span",
    "columns_of",
    "event_names",
    "longest_straight_km",
    "route_ends_km",
    "start_notes",
    "stated_length_km",
    "waterlines",
]

NUMBERS = "rpl/numbers.json"
"""In a run folder: the number of each position, for the run after it."""
SAME_PLACE_M = 1.0
"""Two positions in a row that are closer are one: what makes a list joins their events, what checks one says so."""
PRINT_M = 0.3
"""How much nearer two positions may stand in print, where a minute has four decimals."""

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "BMH": "beach manhole",
        "LP": "landing point: the waterline at the declared level",
        "SE": "outer end of a shore end or a shoal: a barge lays one side of it, the main lay vessel the other",
        "CLS": "cable landing station",
        "BU": "branching unit",
        "RPTR": "repeater",
        "ROPA": "remotely pumped amplifier",
        "Tr": "transition between cable types",
        "AC": "alter course",
        "SLACK": "change of slack",
        "Xing": "crossing of a cable or pipeline",
        "PLDN": "plough down",
        "PLUP": "plough up",
        "TW": "boundary of territorial water",
        "FZ": "boundary of a fishing zone",
        "EEZ": "boundary of an exclusive economic zone",
        "BOUNDARY": "agreed or given line between seabed sectors",
        "MEDIAN": "median line between seabed sectors: equally far from both shores, not agreed",
        "EDGE": "where it is no longer, or first, known whose waters they are, or a line is only assumed",
        "PROT": "change of protection with the plough up, or down, on both sides",
        "WD": "water depth",
        "JT": "joint",
    }
)
"""Events by their short name; a position may have several, joined by `` / `` (`WD 200` names the depth)."""

JOINED = re.compile(r"\s+/\s+|\s*[;,+&]\s*|/(?=[A-Za-z])")
NUMBERED = re.compile(r"(?P<words>[A-Za-z][A-Za-z ]*?)[ .]*(?:no\.?|#)?[ -]*(?P<number>\d+[A-Za-z]?)", re.IGNORECASE)
SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        **{name.lower(): name for name in EVENTS},
        **dict.fromkeys(("beachmanhole", "beachmh"), "BMH"),
        **dict.fromkeys(("landing", "landingpoint", "waterline"), "LP"),
        **dict.fromkeys(("branchingunit", "branchunit"), "BU"),
        **dict.fromkeys(("r", "rpt", "rep", "repeater"), "RPTR"),
        **dict.fromkeys(("tr", "transition", "cabletransition", "trans"), "Tr"),
        **dict.fromkeys(("altercourse", "coursechange", "coursealteration"), "AC"),
        **dict.fromkeys(("slackchange", "changeofslack"), "SLACK"),
        **dict.fromkeys(("crossing", "xing", "cablecrossing", "pipelinecrossing", "cx", "px"), "Xing"),
        **dict.fromkeys(("ploughdown", "plowdown"), "PLDN"),
        **dict.fromkeys(("ploughup", "plowup"), "PLUP"),
        **dict.fromkeys(("joint", "j", "splice", "finalsplice", "initialsplice"), "JT"),
        **dict.fromkeys(("waterdepth", "depth"), "WD"),
    }
)
"""What others write for an event, in small letters alone, and its short name."""

POSITION_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "PosNo": "pos_no",
        "Event": "event",
        "Latitude": "lat_deg",
        "Longitude": "lon_deg",
        "DistCumulative": "route_km",
        "CableDistCumulative": "cable_km",
        "ApproxDepth": "depth_m",
        "Remarks": "remarks",
    }
)
"""Columns of a position, and the attribute of `Position` that each is."""

SPAN_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "FromPos": "from_pos",
        "ToPos": "to_pos",
        "Bearing": "bearing_deg",
        "DistBetweenPos": "route_km",
        "Slack": "slack_percent",
        "CableDistBetweenPos": "cable_km",
        "CableCode": "cable_code",
        "CableType": "cable_type",
        "ProtectionMethod": "protection_method",
        "TargetBurialDepth": "target_burial_m",
        "TerritorialWater": "territorial_water",
        "EEZ": "eez",
    }
)
"""Columns of a span, and the attribute of `Span` that each is."""

OTHER_POSITION_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "ChartNo": "chart",
        "DepthError": "depth_error_m",
        "DepthResolution": "depth_resolution_m",
        "Height": "height_m",
        "HeightStatus": "height_status",
    }
)
OTHER_SPAN_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "FiberPair": "fiber_pair",
        "LayDirection": "lay_direction",
        "LayVessel": "lay_vessel",
        "DateInstalled": "date_installed",
        "BurialDepth": "burial_m",
    }
)
"""Columns to the right of `COLUMNS`; as-laid lists say by them how and when a span was laid."""

COLUMNS: tuple[str, ...] = (
    *("SeqNo", "PosNo", "Event", "Latitude", "Longitude"),
    *("Bearing", "DistBetweenPos", "DistCumulative", "Slack", "CableDistBetweenPos", "CableDistCumulative"),
    *("ApproxDepth", "CableCode", "CableType", "ProtectionMethod", "TargetBurialDepth", "TerritorialWater", "EEZ"),
    "Remarks",
)
"""The columns of a printed list in their order."""

BARE = ("Latitude", "Longitude")
"""Columns of a list that states nothing but where it goes."""
PUBLISHED_POSITION_FIELDS: Mapping[str, str] = MappingProxyType({**POSITION_FIELDS, **OTHER_POSITION_FIELDS})
PUBLISHED_SPAN_FIELDS: Mapping[str, str] = MappingProxyType(
    {**SPAN_FIELDS, "FiberPair": "fiber_pair", "LayDirection": "lay_direction"}
)
"""Columns that lists of ours always have, in files for people and for programs."""
PROVISIONAL = "PROVISIONAL"
"""In the remarks of a position that is assumed."""

STRAIGHT = "Straight"
"""Key of what a list says above it of a long stretch without an alter course."""
STRAIGHT_KM = 100.0
"""A list that does not alter course for longer says that nothing is known that would bend it."""
ROUNDING_KM = 0.002
"""What figures that are printed to the metre may differ by where one follows from two others."""


@dataclass(frozen=True)
class Position:
    """A position of the list.

    Attributes
    ----------
    pos_no
        Names the position for ever; never renumbered, and says nothing about the order.
    event
        What is there, by the short names of `EVENTS`; several are joined by `` / ``.
    lon_deg, lat_deg
        WGS84, degrees, east and north positive.
    route_km, cable_km
        ``DistCumulative`` and ``CableDistCumulative``: along the route over ground, and along the cable with slack.
    depth_m
        ``ApproxDepth``, metres below the declared water level, positive down.
    chart
        Number of the nautical chart that shows it.
    depth_error_m, depth_resolution_m
        One standard deviation of the depth, and the spacing of the seabed data; None where it is not known.
    height_m, height_status
        Of a position ashore, above the declared water level, positive up, and how well it is known; None and empty at
        sea, None and `insufficient information` where it is not known.
    """

    pos_no: str
    event: str
    lon_deg: float
    lat_deg: float
    route_km: float | None
    cable_km: float | None = None
    depth_m: float | None = None
    remarks: str = ""
    chart: str = ""
    depth_error_m: float | None = None
    depth_resolution_m: float | None = None
    height_m: float | None = None
    height_status: str = ""

    @property
    def events(self) -> tuple[EventName, ...]:
        """What is there, one by one, with the numbers of repeaters, joints and branching units."""
        return event_names(self.event)


@dataclass(frozen=True)
class EventName:
    """One event of a position.

    Attributes
    ----------
    name
        Its short name of `EVENTS`; its own words where the event is not one of them.
    number
        Of a repeater, joint or branching unit; empty where it has none.
    """

    name: str
    number: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.number}" if self.number else self.name


@lru_cache(maxsize=4096)
def event_names(event: str) -> tuple[EventName, ...]:
    """The events that a cell joins, as ``Xing / RPTR 2`` or ``Repeater #2``.

    Parameters
    ----------
    event
        The cell of the column ``Event``, in the words of any author.

    Returns
    -------
    tuple of EventName
        In the order of the cell; empty for an empty cell.

    Examples
    --------
    >>> [str(item) for item in event_names("Repeater No. 2 / AC")]
    ['RPTR 2', 'AC']
    """
    whole = _event_name(event)
    if whole.name in EVENTS:
        return (whole,)  # `A/C` is one event
    return tuple(_event_name(text) for text in JOINED.split(event) if text.strip())


def _event_name(text: str) -> EventName:
    found = NUMBERED.fullmatch(text.strip())
    words, number = (found["words"], found["number"]) if found else (text, "")
    name = SPELLINGS.get(re.sub("[^a-z]", "", words.lower()), "")
    return EventName(name, number) if name else EventName(" ".join(text.split()))


@dataclass(frozen=True)
class Span:
    """What lies between a position and the next.

    Attributes
    ----------
    bearing_deg
        Geodesic azimuth at the first position, clockwise from true north, 0…360.
    route_km
        ``DistBetweenPos``: the geodesic on WGS84.
    slack_percent, cable_km
        ``cable_km = route_km × (1 + slack_percent / 100)``.
    target_burial_m, burial_m
        Depth of lowering below the seabed, as asked for and as built; 0 is surface laid.
    fiber_pair, lay_direction, lay_vessel, date_installed
        Texts as they stand.
    """

    from_pos: str
    to_pos: str
    bearing_deg: float | None
    route_km: float | None
    slack_percent: float | None = None
    cable_km: float | None = None
    cable_code: str = ""
    cable_type: str = ""
    protection_method: str = ""
    target_burial_m: float | None = None
    territorial_water: str = ""
    eez: str = ""
    fiber_pair: str = ""
    lay_direction: str = ""
    lay_vessel: str = ""
    date_installed: str = ""
    burial_m: float | None = None


def columns_of(row: Position | Span, fields: Mapping[str, str]) -> dict[str, Any]:
    """Values of a position or a span by column.

    Parameters
    ----------
    row
        A position or a span.
    fields
        Columns and the attribute that each is: `POSITION_FIELDS`, `SPAN_FIELDS`, or some of them.

    Returns
    -------
    dict
        The value of each column, in the units of `Position` and `Span`; None where it is not stated.

    Examples
    --------
    >>> columns_of(Position("2", "AC", 50.1, 40.0, 8.5), {"Event": "event", "DistCumulative": "route_km"})
    {'Event': 'AC', 'DistCumulative': 8.5}
    """
    return {column: getattr(row, name) for column, name in fields.items()}


@dataclass(frozen=True)
class Rpl:
    """A Route Position List: ``n`` positions in their order and the ``n - 1`` spans between them.

    Attributes
    ----------
    system_id, title, revision
        What the list is of, as its heading says it.
    positions
        In the order of the route; latitude and longitude in degrees, depth in m, positive down.
    spans
        Between each two of them, lengths in km.
    datum
        The horizontal datum, by name.
    water_level
        The level that depths are below; empty where the list does not say.
    status
        REAL, DERIVED or ASSUMED.
    columns
        Those that the list has: what stands in another is not stated, which is not the same as empty.
    header
        What else is said above the list, key and text.
    second
        The same positions in another reference system; None where there is none.
    steps
        The last digit of columns that were stated in another unit than km or m, in km or m.

    Examples
    --------
    >>> places = Position("1", "BMH", 50.0, 40.0, 0.0), Position("2", "BMH", 50.1, 40.0, 8.542)
    >>> rpl = Rpl("main", "a line of two positions", "A", places, (Span("1", "2", 89.97, 8.542),))
    >>> rpl.lonlat.tolist(), rpl.positions[1].route_km
    ([[50.0, 40.0], [50.1, 40.0]], 8.542)
    """

    system_id: str
    title: str
    revision: str
    positions: tuple[Position, ...]
    spans: tuple[Span, ...]
    datum: str = "WGS 84 (EPSG:4326)"
    water_level: str = ""
    status: str = "DERIVED"
    columns: tuple[str, ...] = COLUMNS
    header: tuple[tuple[str, str], ...] = ()
    second: SecondCoordinates | None = None
    steps: Mapping[str, float] = field(default_factory=dict, compare=False)

    @property
    def lonlat(self) -> NDArray[np.float64]:
        """Positions, shape ``(n, 2)``, degrees, longitude first."""
        return np.array([(position.lon_deg, position.lat_deg) for position in self.positions], float).reshape(-1, 2)


@dataclass(frozen=True)
class Cumulative:
    """How a list counts its distances, which may be those of a longer system that it is a segment of.

    Attributes
    ----------
    begins_km
        The figure at the first position.
    sign
        1; -1 where the figures run down from there.
    """

    begins_km: float
    sign: int

    def since_start_km(self, figure_km: float) -> float:
        """Distance from the first position, of a figure of the list."""
        return self.sign * (figure_km - self.begins_km)

    def figure_km(self, since_start_km: float) -> float:
        """Figure that the list has for a distance from its first position."""
        return self.begins_km + self.sign * since_start_km


def cumulative(rpl: Rpl, name: str) -> Cumulative:
    """How a list counts ``route_km`` or ``cable_km``: from its first figure, or from 0 where none is stated.

    Where the second figure is as long as the first span, the list begins at 0, and another first figure is a fault.
    """
    stated = [getattr(position, name) for position in rpl.positions]
    known = [km for km in stated if km is not None]
    if len(known) > 1 and known[0] > known[-1] and all(before >= after for before, after in pairwise(known)):
        return Cumulative(known[0], -1)
    first, second = [*stated, None, None][:2]
    leg_km = getattr(rpl.spans[0], name) if rpl.spans else None
    if first is None or second is None or leg_km is None:
        return Cumulative(first or 0.0, 1)
    from_zero = abs(second - leg_km) <= ROUNDING_KM < abs(first + leg_km - second)
    return Cumulative(0.0 if from_zero else first, 1)


def waterlines(rpl: Rpl) -> list[Position]:
    """The landing points: where the route enters and leaves the water.

    Parameters
    ----------
    rpl
        Any list.

    Returns
    -------
    list of Position
        Those with the event ``LP``, in the order of the list.

    Examples
    --------
    >>> places = Position("1", "BMH", 50.0, 40.0, -0.2), Position("2", "LP", 50.003, 40.0, 0.0)
    >>> [place.pos_no for place in waterlines(Rpl("a", "", "", places, ()))]
    ['2']
    """
    return [at for at in rpl.positions if any(event.name == "LP" for event in at.events)]


def route_ends_km(rpl: Rpl) -> tuple[float, ...]:
    """KP of the last beach manhole, the last waterline and the last position, as far as a list has them.

    One is the route's end: a line that ends dry at the declared level, without a manhole, goes on beyond its waterline.

    Parameters
    ----------
    rpl
        A list of one position or more.

    Returns
    -------
    tuple of float
        KPs in km, each once; empty where none is stated.

    Examples
    --------
    >>> places = Position("1", "LP", 50.0, 40.0, 0.0), Position("2", "AC / LP", 50.1, 40.0, 8.5)
    >>> route_ends_km(Rpl("a", "", "", (*places, Position("3", "", 50.12, 40.0, 10.2)), ()))
    (8.5, 10.2)
    """
    events = [(event.name, at.route_km) for at in rpl.positions for event in at.events]
    last = {name: km for name, km in events if name in ("LP", "BMH")} | {"end": rpl.positions[-1].route_km}
    return tuple(dict.fromkeys(km for km in last.values() if km is not None))


def longest_straight_km(rpl: Rpl) -> float:
    """The longest stretch between two positions that alter course, or the ends of the list.

    Parameters
    ----------
    rpl
        A list of one position or more.

    Returns
    -------
    float
        Difference of the stated KPs, km; NaN where no two of them are stated.

    Examples
    --------
    >>> places = Position("1", "BMH", 50.0, 40.0, 0.0), Position("2", "AC", 50.1, 40.0, 8.5)
    >>> longest_straight_km(Rpl("a", "", "", (*places, Position("3", "LP", 50.12, 40.1, 19.7)), ()))
    11.2
    """
    ends = (0, len(rpl.positions) - 1)
    turns = [
        at.route_km
        for index, at in enumerate(rpl.positions)
        if index in ends or any(event.name in ("AC", "LP") for event in at.events)
    ]
    return max((abs(after - before) for before, after in pairwise(turns) if before is not None and after is not None),
               default=float("nan"))  # fmt: skip


def stated_length_km(rpl: Rpl, name: str) -> float | None:
    """Length that a list states: between its first and last cumulative or, without them, the sum of its spans.

    Parameters
    ----------
    rpl
        A list of one position or more.
    name
        ``route_km`` or ``cable_km``.

    Returns
    -------
    float or None
        In km, positive; None where a figure that it needs is not stated.

    Examples
    --------
    >>> places = Position("1", "BMH", 50.0, 40.0, 120.0), Position("2", "BMH", 50.1, 40.0, 128.5)
    >>> rpl = Rpl("a", "", "", places, (Span("1", "2", 90.0, 8.5),))
    >>> stated_length_km(rpl, "route_km"), stated_length_km(rpl, "cable_km")
    (8.5, None)
    """
    first, last = (getattr(rpl.positions[end], name) for end in (0, -1))
    if first is not None and last is not None:
        return cumulative(rpl, name).since_start_km(last)
    legs = [getattr(span, name) for span in rpl.spans]
    return None if None in legs else float(sum(legs))


def start_notes(rpl: Rpl) -> list[str]:
    """What a person should know of a list whose KP or cable distance does not begin at 0.

    Parameters
    ----------
    rpl
        A list of one position or more.

    Returns
    -------
    list of str
        Sentences; empty where both begin at 0.

    Examples
    --------
    >>> places = Position("1", "BMH", 50.0, 40.0, 120.0), Position("2", "BMH", 50.1, 40.0, 128.5)
    >>> start_notes(Rpl("a", "", "", places, (Span("1", "2", 90.0, 8.5),)))
    ["KP begins at 120.000 km: taken as a segment's offset"]
    """
    said: list[str] = []
    if shore := next((at for at in waterlines(rpl) if not at.route_km and at != rpl.positions[0]), None):
        return [f"KP 0 is the waterline at position {shore.pos_no}: the land tail before it has negative figures"]
    for name, word in (("route_km", "KP"), ("cable_km", "cable distance")):
        counted = cumulative(rpl, name)
        if counted.sign < 0:
            said.append(f"{word} runs down from {counted.begins_km:.3f} km: lengths are taken from there")
        elif counted.begins_km:
            said.append(f"{word} begins at {counted.begins_km:.3f} km: taken as a segment's offset")
    return said


@dataclass(frozen=True)
class Numbers:
    """What the next revision of a list must know of the last one.

    Attributes
    ----------
    positions
        Those of the last revision, in their order.
    greatest
        The highest number that a position of the list ever had; the next new position has a higher one.
    """

    positions: tuple[Position, ...]
    greatest: int
