"""What a Route Position List of ours says besides its spans: how well depths are known, land tails, lay, charts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from shapely.geometry.base import BaseGeometry

from transcaspian.core.linear_reference import geodesic_legs
from transcaspian.core.second_crs import Bounds, second_coordinates
from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.engineering.cable import ChosenCable
from transcaspian.engineering.land_tail import with_land_tails
from transcaspian.rpl.model import PROVISIONAL, STRAIGHT, STRAIGHT_KM, Position, Rpl, longest_straight_km
from transcaspian.study import Chart, Engineering, Landing, Lay

DEPTH_STEPS_M = (100.0, 10.0, 1.0, 0.1)
KM_PER_DEG = float(geodesic_legs([(0.0, 45.0), (0.0, 46.0)])[1][0])


@dataclass(frozen=True)
class Label:
    """What the Route Position List says about itself.

    Attributes
    ----------
    system_id, title, revision
        As they head the list.
    water_level
        The declared level, in words.
    from_name, to_name
        Of the landings.
    ends
        The landings, where they are known by more than their names.
    lay
        How it is to be laid.
    stated
        The list that a person gives, which stands.
    locked
        Only these legs of it, each from a PosNo to another.
    level_m_msl
        The declared level, that heights ashore are above.
    chosen
        Its cable, if not by rule.
    """

    system_id: str
    title: str
    revision: str
    water_level: str
    from_name: str
    to_name: str
    ends: tuple[Landing, Landing] | None = None
    lay: Lay | None = None
    stated: Rpl | None = None
    locked: tuple[tuple[str, str], ...] = ()
    level_m_msl: float | None = None
    chosen: ChosenCable | None = None

    @property
    def names_ends(self) -> bool:
        """Whether a list that a person gives says what its ends are: nothing is added to them then."""
        events = [event.name for at in self.stated.positions for event in at.events] if self.stated else []
        return not self.locked and ("LP" in events or "BMH" in events)


def finished(
    rpl: Rpl, label: Label, rules: Engineering, resolution_deg: float, bounds: Bounds, water: BaseGeometry
) -> Rpl:
    """The list with all that it says.

    Parameters
    ----------
    rpl
        From waterline to waterline.
    resolution_deg
        Of the seabed data.
    bounds
        Of the study's area: the transformation to a second reference system is the best for it.
    water
        Polygon of the water, lon/lat.
    """
    given = {at.pos_no for at in label.stated.positions if at.depth_m is not None} if label.stated else set()
    positions = tuple(at if at.pos_no in given else with_depth(at, resolution_deg) for at in rpl.positions)
    made = with_lay(replace(rpl, positions=positions), label)
    if label.ends and not label.names_ends:
        made = with_provisional(made, label.ends)
        made = with_land_tails(made, label.ends, rules.land_tail, water) if rules.land_tail else made
    made = with_heights(made, label)
    positions = tuple(replace(at, chart=at.chart or chart_of(at, rules.rpl.charts)) for at in made.positions)
    crs = rules.rpl.second_crs
    second = second_coordinates(made.lonlat, crs, bounds) if crs else None
    return replace(made, positions=positions, header=tuple(header(made, label, resolution_deg)), second=second)


def with_depth(at: Position, resolution_deg: float) -> Position:
    """The position with its depth as far as it is known: to the greatest step of `DEPTH_STEPS_M` within its error.

    At a waterline it is 0, whatever coarse data have there.
    """
    if any(event.name == "LP" for event in at.events):
        return replace(at, depth_m=0.0, depth_error_m=None, depth_resolution_m=None)
    depth_m, error_m = at.depth_m, at.depth_error_m
    if depth_m is None:
        return at
    if at.depth_resolution_m is None and np.isfinite(resolution_deg):
        at = replace(at, depth_resolution_m=resolution_deg * KM_PER_DEG * 1000.0)
    if error_m is None:
        return at
    step_m = next((step for step in DEPTH_STEPS_M if step <= error_m), DEPTH_STEPS_M[-1])
    return replace(at, depth_m=round(round(depth_m / step_m) * step_m, 1))


def with_heights(rpl: Rpl, label: Label) -> Rpl:
    """The list with heights of manholes and stations, as far as the study gives them: there is no depth ashore."""
    middle = len(rpl.positions) // 2
    positions = tuple(with_height(at, label, 0 if index < middle else 1) for index, at in enumerate(rpl.positions))
    return replace(rpl, positions=positions)


def with_height(at: Position, label: Label, end: int) -> Position:
    """A position with its height above the declared level, where it is ashore."""
    names = {event.name for event in at.events}
    if not names & {"BMH", "CLS"} or "LP" in names or label.ends is None:
        return at
    landing = label.ends[end]
    place = landing.beach_manhole if "BMH" in names else landing.cable_station
    if place is None or place.height_m_msl is None or label.level_m_msl is None:
        return replace(at, depth_m=None, height_status=NOT_KNOWN)
    return replace(at, depth_m=None, height_m=place.height_m_msl - label.level_m_msl, height_status=place.status)


def with_lay(rpl: Rpl, label: Label) -> Rpl:
    """The list with the pairs of fibres, and the landing that the cable is laid from, in every span."""
    if label.lay is None:
        return rpl
    pairs = str(label.lay.fibre_pairs or "")
    names = {landing.id: landing.name for landing in label.ends or ()}
    begins = names.get(label.lay.from_landing or "", "")
    direction = f"from {begins}" if begins else ""
    spans = (
        replace(span, fiber_pair=span.fiber_pair or pairs, lay_direction=span.lay_direction or direction)
        for span in rpl.spans
    )
    return replace(rpl, spans=tuple(spans))


def with_provisional(rpl: Rpl, ends: tuple[Landing, Landing]) -> Rpl:
    """The list with both waterlines marked where the landing is assumed."""
    positions = list(rpl.positions)
    shores = [i for i, at in enumerate(positions) if any(event.name == "LP" for event in at.events)] or [0, -1]
    for index, landing in zip((shores[0], shores[-1]), ends, strict=True):
        if landing.status == "ASSUMED":
            at = positions[index]
            marked = [at.remarks, f"{PROVISIONAL}: {landing.source}"]
            positions[index] = replace(at, remarks="; ".join(filter(None, marked)))
    return replace(rpl, positions=tuple(positions))


def chart_of(at: Position, charts: Sequence[Chart]) -> str:
    """Number of the chart of the largest scale (the smallest denominator) that shows a position; empty without one."""
    showing = [chart for chart in charts if chart.shows(at.lon_deg, at.lat_deg)]
    return min(showing, key=lambda chart: chart.scale).number if showing else ""


def header(rpl: Rpl, label: Label, resolution_deg: float) -> Iterator[tuple[str, str]]:
    """What stands above the list besides its title: where KP 0 is, what is provisional, and what is not known."""
    origin = "beach manhole (BMH)" if _begins_at_manhole(rpl) else "shoreline"
    yield "KP origin", f"KP 0.000 is the {origin} of {label.from_name}; a land tail before it has negative KP"
    if any(at.depth_error_m is not None for at in rpl.positions):
        yield "Accuracy", "depths are printed to what is known of them: Depth Error is one standard deviation"
    if provisional := with_remark(rpl, PROVISIONAL):
        yield PROVISIONAL.capitalize(), f"{len(provisional)} positions are assumed and marked {PROVISIONAL} in Remarks"
    straight_km = longest_straight_km(rpl)
    if straight_km > STRAIGHT_KM:
        data = f"the seabed data have a value every {resolution_deg * KM_PER_DEG:.1f} km"
        yield STRAIGHT, f"no alter course in {straight_km:.1f} km: no data that would bend the route ({data})"


def _begins_at_manhole(rpl: Rpl) -> bool:
    return any(not at.route_km and "BMH" in [event.name for event in at.events] for at in rpl.positions)


def with_remark(rpl: Rpl, word: str) -> list[Position]:
    """Positions whose remarks have a word."""
    return [at for at in rpl.positions if word in at.remarks]
