"""An optional stage: how sure the routes are, by samples of all that is uncertain, and by turning each weight alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transcaspian import routing
from transcaspian.analyses.robustness.config import Robustness, SeabedUncertainty
from transcaspian.analyses.robustness.draws import (
    Draw,
    Spreads,
    correlated_error,
    depth_with_error,
    draw,
    moved,
    offsets,
)
from transcaspian.analyses.robustness.flips import Flip, find_flip, ladder
from transcaspian.analyses.robustness.found import Candidate, Sample, SystemSamples, Turn
from transcaspian.analyses.robustness.tables import robustness_findings
from transcaspian.core.constraint_data import ConstraintData, ConstraintFeatures
from transcaspian.core.errors import RoutingError
from transcaspian.core.findings import AnalysisResult
from transcaspian.core.geodesy import distance_to_points_m
from transcaspian.core.grid import Grid
from transcaspian.core.spread import Lost, spread
from transcaspian.engineering import EngineeredRoute, Quantities, quantities_of
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.runs.stages.model_seabed import Bed, barrier_areas, cost_of, model_bed, price_bed
from transcaspian.runs.stages.own_lines import line_of
from transcaspian.runs.stages.route_systems import problem_of, shore_landings
from transcaspian.runs.stages.steering import steering_of
from transcaspian.seabed import CostSurface, DepthModel, SeabedLayer, on_nodes
from transcaspian.study import Study, System
from transcaspian.study.price_tables import Prices

if TYPE_CHECKING:
    from transcaspian.engineering import EngineeredRoute
    from transcaspian.ingest import Ingested
    from transcaspian.runs.stages.model_seabed import Seabed
    from transcaspian.runs.stages.route_systems import Routed

Floats = NDArray[np.float64]

NO_LINE = np.empty((0, 2))
CONSTRAINT_STREAM = 1
"""Features of constraints are drawn apart from all else, so that a layer more changes no other draw."""
UNMOVED = (0.0, 0.0)
TOGETHER = 4
"""Samples handed over together."""
SAME_PLACE_KM = 2000.0


@dataclass(frozen=True)
class SampledSystem:
    """A system with the lines that are asked about; the first is the recommended one, given by points on it too."""

    system: System
    candidates: tuple[Candidate, ...]
    recommended: Floats


def find_robustness(
    inputs: Inputs, ground: Seabed, routed: Routed, engineered: Mapping[str, EngineeredRoute]
) -> AnalysisResult:
    """Draw the samples, route them, turn each weight, and count.

    Samples are routed on the grid of the table, spread as `core.spread` says; the same seed gives the same bytes.
    """
    rules = inputs.study.required_table(Robustness)
    subjects = subjects_of(inputs, rules, routed, engineered)
    coarse, bed = coarser(inputs, ground, rules)
    samples = samples_of(RouteSamples(coarse, bed, subjects), rules.samples)
    turned = TurnWeights(coarse, bed, subjects)
    unturned = {subject.system.id: turned.as_given(subject) for subject in subjects}
    flips = flips_of(turned, [subject for subject in subjects if not unturned[subject.system.id]])
    heat_grid = Grid.covering(*inputs.study.area.bounds, step_deg=rules.heat_cell_arcsec / 3600)
    return robustness_findings(
        rules,
        [
            SystemSamples(
                subject.system.id,
                subject.candidates,
                tuple(sample[subject.system.id] for sample in samples),
                tuple((turn, flip) for turn, flip in flips if turn.system_id == subject.system.id),
                unturned[subject.system.id],
                book_of(inputs, engineered.get(subject.system.id)),
            )
            for subject in subjects
        ],
        heat_grid,
        ground.grid,
        inputs.study.cost.base_cost_usd_per_km,
    )


def book_of(inputs: Inputs, route: EngineeredRoute | None) -> tuple[Prices, Quantities] | None:
    """The cost book and what a route costs; None without either."""
    prices = inputs.study.prices
    return None if prices is None or route is None else (prices, quantities_of(route))


def samples_of(work: RouteSamples, count: int) -> list[dict[str, Sample]]:
    """The route of every system in each sample."""
    found: list[dict[str, Sample]] = []
    for results in spread()(work, numbers_together(count)):
        if isinstance(results, Lost):
            raise RoutingError(f"samples {results.item[0]} to {results.item[-1]} of the robustness: {results.reason}")
        found += results
    return found


def flips_of(work: TurnWeights, subjects: Sequence[SampledSystem]) -> list[tuple[Turn, Flip | None]]:
    """Where each weight makes the route of each system leave."""
    turns, found = list(work.turns(subjects)), []
    for turn, flip in zip(turns, spread()(work, turns), strict=True):
        if isinstance(flip, Lost):
            raise RoutingError(f"turning the weight of {turn.criterion}: {flip.reason}")
        found.append((turn, flip))
    return found


def numbers_together(samples: int) -> Iterator[range]:
    """The numbers of the samples, some at a time."""
    return (range(first, min(first + TOGETHER, samples)) for first in range(0, samples, TOGETHER))


def subjects_of(
    inputs: Inputs, rules: Robustness, routed: Routed, engineered: Mapping[str, EngineeredRoute]
) -> tuple[SampledSystem, ...]:
    """The systems that are asked about, with their candidates."""

    def subject(system: System) -> SampledSystem:
        route = engineered.get(system.id)
        lonlat = routed.paths[system.id].lonlat if route is None else route.sea_lonlat
        others = routed.alternatives[system.id].found if system.id in routed.alternatives else ()
        candidates = [Candidate("route", lonlat)]
        candidates += [Candidate(f"alternative {other.rank}", other.line.lonlat) for other in others]
        return SampledSystem(system, tuple(candidates), routing.densified(lonlat))

    return tuple(subject(system) for system in inputs.systems if system.id in rules.systems or not rules.systems)


def coarser(inputs: Inputs, ground: Seabed, rules: Robustness) -> tuple[Inputs, Bed]:
    """Inputs and bed on the grid of the samples."""
    step = rules.grid_step_arcsec
    if step == inputs.study.area.grid_step_arcsec:
        return inputs, Bed(ground.grid, ground.water, ground.depth, ground.no_go)
    area = inputs.study.area.model_copy(update={"grid_step_arcsec": step})
    coarse = replace(inputs, study=inputs.study.model_copy(update={"area": area}))
    return coarse, model_bed(coarse)


class Router:
    """Routes the subjects on a cost; safe on several threads, and picklable."""

    def __init__(self, inputs: Inputs, bed: Bed, subjects: tuple[SampledSystem, ...]) -> None:
        self.inputs, self.bed, self.subjects = inputs, bed, subjects
        self.rules = inputs.study.required_table(Robustness)
        self.polygons = routing.PolygonCopies(bed.water, bed.forbidden)
        study = inputs.study
        ends = dict.fromkeys(end for one in subjects for end in (one.system.from_landing, one.system.to_landing))
        self.landings = shore_landings(bed.water, [study.landing(end) for end in ends], study.area.bounds)

    def problem(self, study: Study, bed: Bed, friction_cost: NDArray[np.float32]) -> routing.RoutingProblem:
        """What routes are sought on."""
        water, forbidden = self.polygons.here()
        return replace(
            problem_of(study, bed, friction_cost),
            water=water,
            forbidden=forbidden if bed.no_go is self.bed.no_go else bed.forbidden,
            effort=routing.Effort(polish=routing.QUICK, threads=1, bounded=False),
        )

    def route(self, problem: routing.RoutingProblem, subject: SampledSystem) -> routing.LeastCostPath:
        """The route of a subject.

        Raises
        ------
        RoutingError
            When there is none.
        """
        system = subject.system
        ends = self.landings[system.from_landing], self.landings[system.to_landing]
        return line_of(self.inputs, problem, system, ends)

    def off_km(self, subject: SampledSystem, lonlat: Floats) -> float:
        """How far a line goes from the recommended one at most."""
        lon, lat = routing.densified(lonlat).T
        return float(distance_to_points_m(lon, lat, subject.recommended, 1000.0 * SAME_PLACE_KM).max()) / 1000.0


class RouteSamples(Router):
    """Routes samples by their numbers."""

    def __reduce__(self) -> tuple[Any, ...]:
        return RouteSamples, (self.inputs, self.bed, self.subjects)

    def __call__(self, numbers: Sequence[int]) -> list[dict[str, Sample]]:
        """The route of every system in each sample, by the id of the system."""
        return [self.sample(number) for number in numbers]

    def sample(self, number: int) -> dict[str, Sample]:
        """The routes of one sample."""
        inputs, bed = self.as_drawn(number)
        cost = cost_of(inputs, bed, steering_of(inputs, bed.grid, bed.depth))
        return {subject.system.id: self.routed(number, inputs.study, bed, cost, subject) for subject in self.subjects}

    def routed(self, number: int, study: Study, bed: Bed, cost: CostSurface, subject: SampledSystem) -> Sample:
        """The route of one system in a sample."""
        try:
            problem = self.problem(study, bed, cost.of(subject.system.id))
            path = self.route(problem, subject)
        except RoutingError as exc:
            return Sample(number, None, str(exc))
        sea = path.sea or problem.terrain
        return Sample(
            number,
            path.lonlat,
            length_km=path.length_m / 1000.0,
            cost_km=path.cost / 1000.0,
            off_km=self.off_km(subject, path.lonlat),
            candidate_costs_km=tuple(self.price_km(sea, one, bed.forbidden) for one in subject.candidates),
        )

    def price_km(self, sea: routing.Terrain, candidate: Candidate, forbidden: Any) -> float:
        """What a candidate costs in a sample; inf where it enters what is closed there."""
        water, _ = self.polygons.here()
        if routing.violations(candidate.lonlat, water, forbidden):
            return float("inf")
        return routing.price(sea, candidate.lonlat) / 1000.0

    def as_drawn(self, number: int) -> tuple[Inputs, Bed]:
        """Inputs and bed as a sample takes them for true."""
        inputs, bed, rules = self.inputs, self.bed, self.rules
        weights = inputs.study.weights
        hazards, quakes = inputs.layers.get("hazards"), inputs.layers.get("earthquakes")
        drawn = draw(
            rules.seed, number, list(weights), 0 if quakes is None else len(quakes.layer), spreads_of(rules, hazards)
        )
        study = inputs.study.with_weights({name: weight * drawn.factors[name] for name, weight in weights.items()})
        layers = dict(inputs.layers)
        no_go = bed.no_go
        if hazards is not None and rules.positions is not None:
            layers["hazards"] = moved_layer(hazards, drawn.hazard_offsets)
            offset_of = dict(zip(hazards.layer["hazard_id"], drawn.hazard_offsets, strict=True))
            no_go = no_go.set_geometry(
                [
                    moved(area, *offset_of.get(name, UNMOVED))
                    for name, area in zip(no_go["hazard_id"], no_go.geometry, strict=True)
                ],
                crs=no_go.crs,
            )
        if quakes is not None and rules.positions is not None:
            layers["earthquakes"] = moved_layer(quakes, drawn.epicentre_offsets)
        constraints = self.constraints_as_drawn(number)
        if constraints is not inputs.constraints and inputs.study.barriers:
            barriers = barrier_areas(replace(inputs, constraints=constraints))
            kept = no_go[: len(no_go) - len(barriers)]
            no_go = gpd.GeoDataFrame(pd.concat([kept, barriers], ignore_index=True), crs=no_go.crs)
        inputs = replace(inputs, study=study, layers=layers, constraints=constraints)
        return inputs, Bed(bed.grid, bed.water, self.depth_as_drawn(drawn), no_go)

    def constraints_as_drawn(self, number: int) -> Mapping[str, ConstraintData]:
        """The features of constraints where a sample has them: each within the accuracy of its position."""
        rules, data = self.rules, self.inputs.constraints
        if rules.positions is None or not data:
            return data
        rng = np.random.default_rng(np.random.SeedSequence(rules.seed, spawn_key=(number, CONSTRAINT_STREAM)))
        return {
            name: moved_features(read, rules.positions.default_accuracy_m, rng)
            if isinstance(read, ConstraintFeatures)
            else read
            for name, read in data.items()
        }

    def depth_as_drawn(self, drawn: Draw) -> DepthModel:
        """The depth of a sample."""
        depth, model = self.bed.depth, self.inputs.study.depth_model.source_error
        rules = self.rules.seabed
        error = None
        if rules is not None and drawn.error_rng is not None:
            alike_share = model.alike_share if rules.alike_share is None else rules.alike_share
            error = correlated_error(
                self.bed.grid, alike_share, rules.correlation_km or model.correlation_km, drawn.error_rng
            )
        return with_error(self.bed.grid, depth, error, rules, drawn.level_shift_m)


def with_error(
    grid: Grid, depth: DepthModel, error: NDArray[np.float32] | None, rules: SeabedUncertainty | None, shift_m: float
) -> DepthModel:
    """Depths as a sample has them, on the grid and on the nodes of finer seabeds: each is off by its own error.

    Parameters
    ----------
    grid, depth
        Of the samples.
    error
        From `correlated_error`; None: none.
    rules
        May state the error of all depths instead.
    shift_m
        By how much the water stands higher.
    """

    def wrong(depth_m: NDArray[np.float32], error_m: NDArray[np.float32], share: Any) -> NDArray[np.float32]:
        return depth_with_error(depth_m, share, sampled_error_m(rules, depth_m, error_m), shift_m)

    def of_nodes(layer: SeabedLayer) -> SeabedLayer:
        share = None if error is None else on_nodes(grid, error, layer.lon_deg, layer.lat_deg)
        return replace(layer, depth_m=wrong(layer.depth_m, layer.error_m, share))

    surface = depth.surface
    drawn = surface._replace(depth_m=wrong(surface.depth_m, surface.error_m, error))
    return replace(depth, surface=drawn, layers=tuple(of_nodes(layer) for layer in depth.layers))


def sampled_error_m(
    rules: SeabedUncertainty | None, depth_m: NDArray[np.float32], error_m: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The standard error of depths that the table of the samples states; where it states none, the seabed's own."""
    if rules is None or (rules.sd_m is None and rules.sd_share_of_depth is None):
        return error_m
    return np.fmax(np.float32(rules.sd_m or 0.0), np.float32(rules.sd_share_of_depth or 0.0) * depth_m)


class TurnWeights(Router):
    """Turns one weight at a time until the route leaves."""

    def __init__(self, inputs: Inputs, bed: Bed, subjects: tuple[SampledSystem, ...]) -> None:
        super().__init__(inputs, bed, subjects)
        self.cost = price_bed(inputs, bed)
        self.steering = {one.name: one for one in steering_of(inputs, bed.grid, bed.depth)}

    def __reduce__(self) -> tuple[Any, ...]:
        return TurnWeights, (self.inputs, self.bed, self.subjects)

    def as_given(self, subject: SampledSystem) -> str:
        """Why turning weights would say nothing of a system on this grid; empty where it says something."""
        try:
            path = self.route(self.problem(self.inputs.study, self.bed, self.cost.of(subject.system.id)), subject)
        except RoutingError as exc:
            return f"on the grid of the samples there is no route ({exc})"
        off_km = self.off_km(subject, path.lonlat)
        if off_km <= self.rules.near_km:
            return ""
        return (
            f"with the weights as given, the route on the grid of the samples already goes {off_km:.1f} km from the "
            "recommended one"
        )

    def weighted(self, name: str) -> NDArray[np.float32]:
        """What a criterion or constraint adds to the cost; worked out again where the cost does not hold it."""
        if name in self.cost.criteria:
            return self.cost.criteria[name]
        return np.float32(self.steering[name].weight) * self.steering[name].friction()

    def turns(self, subjects: Sequence[SampledSystem]) -> Iterator[Turn]:
        """Every weight of these systems, up, down and off; what has no weight has none to turn."""
        weights = self.inputs.study.weights
        for subject in subjects:
            for name in self.steering:
                if weights[name] > 0:
                    yield from (Turn(subject.system.id, name, step) for step in ("up", "down", "off"))

    def __call__(self, turn: Turn) -> Flip | None:
        """Where the route leaves, with the route that it then takes."""
        subject = next(one for one in self.subjects if one.system.id == turn.system_id)

        weighted = self.weighted(turn.criterion)
        as_given = self.cost.of(subject.system.id)

        def answer(factor: float) -> Floats | None:
            cost = as_given + np.float32(factor - 1.0) * weighted
            try:
                path = self.route(self.problem(self.inputs.study, self.bed, cost), subject)
            except RoutingError:
                return NO_LINE
            return path.lonlat if self.off_km(subject, path.lonlat) > self.rules.near_km else None

        return find_flip(answer, ladder(self.rules.flip_factor, turn.step))


def spreads_of(rules: Robustness, hazards: Ingested | None) -> Spreads:
    """How uncertain everything is."""
    accuracies_m = np.zeros(0)
    if hazards is not None:
        accuracies_m = np.zeros(len(hazards.layer))
        if rules.positions is not None:
            stated = hazards.layer["position_accuracy_m"].to_numpy(float)
            accuracies_m = np.where(np.isnan(stated), rules.positions.default_accuracy_m, stated)
    return Spreads(
        weight_factor=rules.weights.factor if rules.weights else None,
        level_sd_m=rules.water_level.sd_m if rules.water_level else 0.0,
        has_seabed_error=rules.seabed is not None,
        accuracies_m=accuracies_m,
        epicentre_accuracy_m=1000.0 * rules.positions.epicentre_accuracy_km if rules.positions else 0.0,
    )


def moved_features(read: ConstraintFeatures, default_accuracy_m: float, rng: np.random.Generator) -> ConstraintFeatures:
    """Features of a constraint elsewhere, each evenly within the circle of its accuracy."""
    stated = read.layer["position_accuracy_m"].to_numpy(float)
    found = offsets(rng, np.where(np.isnan(stated), default_accuracy_m, stated))
    return read.moved_to([moved(one, *offset) for one, offset in zip(read.layer.geometry, found, strict=True)])


def moved_layer(read: Ingested, offsets: Floats) -> Ingested:
    """A layer with each feature elsewhere."""
    geometry = [moved(one, *offset) for one, offset in zip(read.layer.geometry, offsets, strict=True)]
    return replace(read, layer=read.layer.set_geometry(geometry, crs=read.layer.crs))
