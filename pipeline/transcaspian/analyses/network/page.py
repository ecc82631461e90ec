"""The page of the network, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from transcaspian.analyses.network.config import Network
from transcaspian.analyses.network.delay import fibre_us_per_km
from transcaspian.analyses.network.legs import Leg, NetworkPlace
from transcaspian.analyses.network.paths import Path
from transcaspian.report.markdown import table

INTRODUCTION = (
    "Lengths are along the way on WGS84, delays one way unless it says otherwise. Lengths and delays are DERIVED from "
    "the routes of this run, from railways and highways, and from the parameters below. What others published "
    "stands in the reports and in published.csv, beside ours."
)
NO_WAYS = "None: no leg of the study follows a railway or a highway."
PATH_HEADINGS = (
    "path", "length", "subsea", "railway", "highway", "given", "straight line", "cable", "one way", "round trip",
)  # fmt: skip
DELAY_HEADINGS = ("path", "fibre", "amplifiers", "terminals and nodes", "nodes on the way")
LEG_HEADINGS = (
    "leg", "follows", "length", "may be off by", "straight line", "along railway", "along highway", "gaps closed",
    "in other states",
)  # fmt: skip


@dataclass(frozen=True)
class NetworkFound:
    """What was found of a network: its places, legs and paths.

    ``credits``: whose data the ways on land are.
    """

    rules: Network
    places: Mapping[str, NetworkPlace]
    legs: Sequence[Leg]
    paths: Sequence[Path]
    credits: Sequence[str]


def network_page(title: str, found: NetworkFound, notes: Sequence[str]) -> str:
    """The network in Markdown: paths, legs, what all rests on."""
    parts = [
        f"# {title}: the network\n",
        f"{INTRODUCTION}\n",
        *(f"> {note}\n" for note in notes),
        "## Paths\n",
        table(PATH_HEADINGS, [path_row(path) for path in found.paths]),
        "## Delay one way by where it arises\n",
        table(DELAY_HEADINGS, [delay_row(path, found.places) for path in found.paths]),
        "## Legs\n",
        table(LEG_HEADINGS, [leg_row(leg, found.places) for leg in found.legs]),
        "## Parameters\n",
        table(("parameter", "value", "status", "source"), list(parameter_rows(found.rules))),
        "## Sources of ways on land\n",
        *([f"- {item}." for item in found.credits] or [NO_WAYS]),
        "",
    ]
    return "\n".join(parts)


def km(value: float | None) -> str:
    """A length as it is read."""
    return "–" if value is None else f"{value:,.1f} km"


def path_row(path: Path) -> tuple[str, ...]:
    """A path in the table of paths."""
    return (
        path.name,
        f"{path.length_km:,.0f} ± {path.uncertainty_km:.0f} km",
        *(km(length_km or None) for length_km in path.by_kind_km.values()),
        km(path.geodesic_km),
        km(path.cable_km),
        f"{path.delay.one_way_ms:.2f} ms",
        f"{path.delay.round_trip_ms:.2f} ms",
    )


def delay_row(path: Path, places: Mapping[str, NetworkPlace]) -> tuple[str, ...]:
    """A path in the table of delays."""
    delay = path.delay
    return (
        path.name,
        f"{delay.fibre_ms:.3f} ms",
        f"{delay.amplifiers_ms:.4f} ms ({path.amplifiers})",
        f"{delay.equipment_ms:.3f} ms",
        ", ".join(places[node].name for node in path.nodes),
    )


def leg_row(leg: Leg, places: Mapping[str, NetworkPlace]) -> tuple[str, ...]:
    """A leg in the table of legs."""
    return (
        f"{places[leg.from_node].name} – {places[leg.to_node].name}",
        f"{leg.follows} {leg.system}" if leg.system else leg.follows,
        km(leg.length_km),
        km(leg.uncertainty_km) if leg.uncertainty_km else "not stated",
        km(leg.geodesic_km),
        km(leg.railway_km),
        km(leg.highway_km),
        km(leg.joined_km or None),
        "not known" if leg.abroad is None else "; ".join(map(str, leg.abroad)) or "–",
    )


def parameter_rows(rules: Network) -> Iterator[tuple[str, ...]]:
    """Every parameter with its source."""
    tables = ("fibre", "amplifiers", "equipment", "land_cable", "land")
    for name in tables:
        values = getattr(rules, name)
        if values is not None:
            for key, value in values.model_dump(exclude={"source", "status"}).items():
                yield f"`network.{name}.{key}`", f"{value:g}", values.status, values.source
    yield "delay of fibre", f"{fibre_us_per_km(rules.fibre.group_index):.3f} µs/km", "DERIVED", "group index / c"
