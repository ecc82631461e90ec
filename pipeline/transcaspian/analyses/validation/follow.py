"""Does following cables predict where others were laid? Four lines, each cable held out of the network it is tried on.

The lines are the great circle, the shortest way over water, the rule (the study's cost with what it follows), and the
rule on the network mirrored across the great circle, which keeps how dense it is, parallels and shared landings. A
cable and all lines of its system are taken out of the network first. Twins (cables beside more than half of the middle
of the one held out) flatter where they stay and are unfair where they go, so both are told. See
``docs/method/validation.md`` for what was found on real cables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian.analyses.validation.lines import Cable
from transcaspian.analyses.validation.sections import CableSection
from transcaspian.analyses.validation.summary import Contest, Estimate, bootstrapped, by_unit, nearer
from transcaspian.core.constraint_data import ConstraintFeatures
from transcaspian.core.line_distance import even, within_share
from transcaspian.core.linear_reference import line_length_km
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.runs.stages.model_seabed import Seabed
from transcaspian.runs.stages.steering import followed
from transcaspian.seabed import follow_friction
from transcaspian.study import FollowConstraint

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

OWN_SHARE, OWN_KM = 0.5, 1.0
"""A cable of the network that lies so far along a line so near to it is that line."""
STEP_KM, DENSE_DEG = 1.0, 0.1
END_KM, END_SHARE = 20.0, 0.2
"""What lies so near an end, or in such a share of the way, is no part of the middle."""
MAX_FREE_SHARE = 0.4
"""Of a line, what free approaches may take at each end: a fifth is left to be judged."""
DRY_KM = 10.0
"""A great circle is in water where no land lies on it farther than that from an end."""
MIN_UNITS = 100
MIN_GAIN, MAX_TO_SHORTEST = -0.03, 0.03
"""What a gain must hold: paired median to the circle, interval to the shortest way; and it beats the mirror image."""
LINES = ("circle", "shortest", "rule", "mirrored")


@dataclass(frozen=True)
class FollowGroup:
    """What the four lines say of some cables, a value per unit.

    Attributes
    ----------
    in_water
        Whether the great circles stay in water.
    has_twins
        Whether twins stay in the network.
    medians_km
        Mean distance from the cable, by line.
    to_circle, to_shortest
        Of the rule: paired median of its distance over that of the circle, less 1; geometric mean over that of the
        shortest way, less 1.
    beats_mirror
        Whether the rule lies nearer than on the mirrored network.
    """

    in_water: bool
    has_twins: bool
    units: int
    medians_km: Mapping[str, float]
    to_circle: Estimate
    to_shortest: Estimate
    beats_mirror: Contest

    @property
    def falls_short(self) -> tuple[str, ...]:
        """What a gain would need and this does not hold."""
        needs = (
            (self.units >= MIN_UNITS, f"{self.units} independent cables, at least {MIN_UNITS} are needed"),
            (self.to_circle.value <= MIN_GAIN, f"paired median to the circle {self.to_circle}"),
            (self.to_shortest.high < MAX_TO_SHORTEST, f"to the shortest way {self.to_shortest}"),
            (self.beats_mirror.is_shown, "the mirrored network does as well"),
        )
        return tuple(why for holds, why in needs if not holds)

    @property
    def verdict(self) -> str:
        """Whether following is a gain here, and what it falls short of."""
        return f"no gain shown: {'; '.join(self.falls_short)}" if self.falls_short else "a gain"


@dataclass(frozen=True)
class FollowedSection:
    """A section with the lines of the rule; those without twins are the same where it has none."""

    label: str
    twins: int
    mirrored: Floats
    rule_without_twins: Floats
    mirrored_without_twins: Floats


@dataclass(frozen=True)
class Distances:
    """Mean distances of the lines from a section, km, by line; with twins, and without."""

    unit: str
    length_km: float
    in_water: bool
    with_twins: Mapping[str, float]
    without_twins: Mapping[str, float]


class Network:
    """What a study follows, and the cost of a section whose own cable is taken out of it.

    Parameters
    ----------
    cables
        All lines of the file, by which the own ones are known.
    """

    def __init__(self, inputs: Inputs, ground: Seabed, cables: Sequence[Cable], twins_km: float) -> None:
        self.ground, self.twins_km = ground, twins_km
        self.rules = rules_of(inputs)
        self.shapes = [shapes_of(inputs, rule) for rule in self.rules]
        self.lines_of: dict[str, list[Floats]] = {}
        for cable in cables:
            self.lines_of.setdefault(cable.system, []).append(cable.lonlat)
        self.base = ground.cost.friction_cost.copy()
        for rule, shapes in zip(self.rules, self.shapes, strict=True):
            self.base -= self.friction(rule, shapes)
        self.base = np.maximum(self.base, np.float32(1))

    def friction(self, rule: FollowConstraint, shapes: Shapes) -> NDArray[np.float32]:
        """What not following these cables adds to the cost."""
        figures = rule.model_dump(include={"min_separation_m", "separation_depths", "outer_km"})
        ground = self.ground
        return np.float32(rule.weight) * follow_friction(ground.grid, ground.depth, shapes, **figures)

    def cost(self, networks: Sequence[Shapes]) -> NDArray[np.float32]:
        """The study's cost on other networks, one for each rule."""
        total = self.base.copy()
        for rule, shapes in zip(self.rules, networks, strict=True):
            total += self.friction(rule, shapes)
        return total

    def without_own(self, section: CableSection) -> list[Shapes]:
        """The networks without the cable of a section, and all lines of its system."""
        lines = [section.lonlat, *self.lines_of.get(section.cable.system, ())]
        return [shapes[[not lies_along(shape, lines) for shape in shapes]] for shapes in self.shapes]

    def without_twins(self, section: CableSection, networks: Sequence[Shapes]) -> tuple[list[Shapes], int]:
        """Networks without cables beside more than half of the middle of a section, and how many those are."""
        middle = middle_of(section.lonlat)
        kept = [[not is_twin(shape, middle, self.twins_km) for shape in shapes] for shapes in networks]
        twins = sum(len(flags) - sum(flags) for flags in kept)
        return [shapes[flags] for shapes, flags in zip(networks, kept, strict=True)], twins


def rules_of(inputs: Inputs) -> list[FollowConstraint]:
    """What the study follows with a weight."""
    return [one for one in inputs.study.constraints if isinstance(one, FollowConstraint) and one.weight > 0]


def shapes_of(inputs: Inputs, rule: FollowConstraint) -> Shapes:
    """The lines that a rule follows."""
    data = inputs.constraints[rule.id]
    assert isinstance(data, ConstraintFeatures)  # a raster cannot be followed: `check_constraints` refused it
    return followed(rule, data.layer, frozenset()).geometry.to_numpy()


def lies_along(shape: shapely.Geometry, lines: Sequence[Floats]) -> bool:
    """Whether a cable of the network is, for half of its length, one of these lines."""
    around = shapely.box(*shapely.bounds(shape)).buffer(0.1)
    near = [even(line, OWN_KM) for line in lines if around.intersects(shapely.LineString(line))]
    points = shapely.get_coordinates(shapely.segmentize(shape, 0.01)) if near else np.empty((0, 2))
    return any(within_share(points, line, OWN_KM) >= OWN_SHARE for line in near)


def middle_of(lonlat: Floats, free_km: float = 0.0) -> Floats:
    """Points on a line every kilometre, without its ends.

    Parameters
    ----------
    free_km
        What lies so near an end is none of it either, but for a fifth of the line.
    """
    points, length_km = even(lonlat, STEP_KM), line_length_km(lonlat)
    without_km = max(end_of(length_km), min(free_km, MAX_FREE_SHARE * length_km))
    skipped = round(without_km / length_km * len(points))
    return points[skipped : len(points) - skipped]


def end_of(length_km: float) -> float:
    """How much of a line is its end."""
    return min(END_KM, END_SHARE * length_km)


def is_twin(shape: shapely.Geometry, middle: Floats, twins_km: float) -> bool:
    """Whether a cable lies beside more than half of the middle of another."""
    reach_deg = twins_km / 111.0 / float(np.cos(np.radians(min(np.abs(middle[:, 1]).max(), 89.0))))
    if not shapely.dwithin(shape, shapely.LineString(middle), 2 * reach_deg):
        return False
    parts = [even(shapely.get_coordinates(part), STEP_KM) for part in shapely.get_parts(shape)]
    return any(within_share(middle, part, twins_km) > 0.5 for part in parts if len(part) > 1)


def mirrored(shapes: Shapes, start: Floats, end: Floats) -> Shapes:
    """Lines mirrored across the great circle through two places (on the sphere), shape as given.

    Parameters
    ----------
    start, end
        Longitude and latitude, degrees.
    """
    if not len(shapes):
        return shapes
    one, other = unit_vectors(np.array([start, end]))
    normal = np.cross(one, other)
    normal /= np.linalg.norm(normal)

    def across(lonlat: Floats) -> Floats:
        places = unit_vectors(lonlat)
        x, y, z = (places - 2.0 * (places @ normal)[:, np.newaxis] * normal).T
        return np.degrees(np.column_stack([np.arctan2(y, x), np.arcsin(np.clip(z, -1.0, 1.0))]))

    found: Shapes = shapely.transform(shapely.segmentize(shapes, DENSE_DEG), across)
    return found


def unit_vectors(lonlat: Floats) -> Floats:
    """Places on the unit sphere, shape ``(n, 3)``."""
    lon, lat = np.radians(lonlat).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def is_in_water(circle: Floats, water: shapely.Geometry) -> bool:
    """Whether no land lies on a great circle farther than `DRY_KM` from its ends."""
    length_km = line_length_km(circle)
    along_km = np.linspace(0.0, length_km, len(circle))
    far = (along_km > DRY_KM) & (along_km < length_km - DRY_KM)
    return bool(shapely.contains_xy(water, *circle[far].T).all())


def groups_of(found: Sequence[Distances]) -> Iterator[FollowGroup]:
    """The groups: circle in water or across land, with twins and without; one without any cable is left out."""
    for in_water in (True, False):
        those = [item for item in found if item.in_water is in_water]
        for has_twins in (True, False):
            if those:
                yield group_of(those, in_water, has_twins)


def group_of(those: Sequence[Distances], in_water: bool, has_twins: bool) -> FollowGroup:
    """What the lines say of some sections."""
    units, lengths_km = [item.unit for item in those], [item.length_km for item in those]

    def of(line: str) -> Floats:
        values = [(item.with_twins if has_twins else item.without_twins)[line] for item in those]
        return np.array(list(by_unit(units, values, lengths_km).values()))

    km = {line: np.maximum(of(line), 1e-6) for line in LINES}
    logs = {line: np.log(km["rule"] / km[line]) for line in ("circle", "shortest")}
    return FollowGroup(
        in_water=in_water,
        has_twins=has_twins,
        units=len(km["rule"]),
        medians_km={line: float(np.median(values)) for line, values in km.items()},
        to_circle=bootstrapped(logs["circle"], np.median),
        to_shortest=bootstrapped(logs["shortest"], np.mean),
        beats_mirror=nearer(km["rule"], km["mirrored"]),
    )
