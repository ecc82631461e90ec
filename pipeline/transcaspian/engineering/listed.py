"""What a Route Position List of ours says besides its spans: how well depths are known, land tails, lay, charts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from shapely.geometry.base import BaseGeometry

from transcaspian.core.linear_reference import geodesic_legs
from transcaspian.core.second_crs import Bounds, second_coordinates
from transcaspian.engineering.land_tail import with_land_tails
from transcaspian.rpl.model import PROVISIONAL, STRAIGHT, STRAIGHT_KM, Position, Rpl, longest_straight_km
from transcaspian.study import Chart, Engineering, Landing, Lay

DEPTH_STEPS_M = (100.0, 10.0, 1.0, 0.1)
KM_PER_DEG = float(geodesic_legs([(0.0, 45.0), (0.0, 46.0)])[1][0])


@dataclass(frozen=True)
class Label:
    """What the Route Position List says about itself.

    ``ends``: its landings, where they are known by more than their names; ``lay``: how it is to be laid; ``stated``:
    the list that a person gives, which stands; ``locked``: only these legs of it, each from a PosNo to another.
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
    positions = tuple(replace(at, chart=at.chart or chart_of(at, rules.rpl.charts)) for at in made.positions)
    crs = rules.rpl.second_crs
    second = second_coordinates(made.lonlat, crs, bounds) if crs else None
    return replace(made, positions=positions, header=tuple(header(made, label, resolution_deg)), second=second)


def with_depth(at: Position, resolution_deg: float) -> Position:
    """The position with its depth as far as it is known: to the greatest step of `DEPTH_STEPS_M` within its error."""
    depth_m, error_m = at.depth_m, at.depth_error_m
    if depth_m is None:
        return at
    if at.depth_resolution_m is None and np.isfinite(resolution_deg):
        at = replace(at, depth_resolution_m=resolution_deg * KM_PER_DEG * 1000.0)
    if error_m is None:
        return at
    step_m = next((step for step in DEPTH_STEPS_M if step <= error_m), DEPTH_STEPS_M[-1])
    return replace(at, depth_m=round(round(depth_m / step_m) * step_m, 1))


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
    """The list with the waterline of every landing that is assumed marked."""
    positions = list(rpl.positions)
    for index, landing in zip((0, -1), ends, strict=True):
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
    yield "KP origin", f"KP 0.000 is the waterline (LP) of {label.from_name}; a land tail before it has negative KP"
    if any(at.depth_error_m is not None for at in rpl.positions):
        yield "Accuracy", "depths are printed to what is known of them: Depth Error is one standard deviation"
    if provisional := with_remark(rpl, PROVISIONAL):
        yield PROVISIONAL.capitalize(), f"{len(provisional)} positions are assumed and marked {PROVISIONAL} in Remarks"
    straight_km = longest_straight_km(rpl)
    if straight_km > STRAIGHT_KM:
        data = f"the seabed data have a value every {resolution_deg * KM_PER_DEG:.1f} km"
        yield STRAIGHT, f"no alter course in {straight_km:.1f} km: no data that would bend the route ({data})"


def with_remark(rpl: Rpl, word: str) -> list[Position]:
    """Positions whose remarks have a word."""
    return [at for at in rpl.positions if word in at.remarks]
