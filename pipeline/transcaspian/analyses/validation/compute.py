"""Routed lines beside cables that lie there: the study's ground, the cables' ends, and what the instrument reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian import routing
from transcaspian.analyses.validation.fit import Search, folds, hold_out, search
from transcaspian.analyses.validation.follow import (
    Distances,
    FollowedSection,
    Network,
    Shapes,
    end_of,
    groups_of,
    is_in_water,
    middle_of,
    mirrored,
    rules_of,
)
from transcaspian.analyses.validation.lines import Cable, cables_of, unwrapped
from transcaspian.analyses.validation.outcome import (
    ComparedSection,
    Control,
    FitReading,
    FitRules,
    FittedWeights,
    MeasuredLine,
    Side,
    Validation,
    ValidationSettings,
    drawn_straight,
    notes_on,
    per_unit,
    summarise,
)
from transcaspian.analyses.validation.preference import bowed, preference
from transcaspian.analyses.validation.sections import CableSection, CutRules, end_at, sections_of
from transcaspian.analyses.validation.summary import by_unit
from transcaspian.analyses.validation.units import units_of
from transcaspian.core.constraint_data import ConstraintData, ConstraintFeatures
from transcaspian.core.errors import IngestError, LandingError, RoutingError, StudyError
from transcaspian.core.grid import length_m
from transcaspian.core.line_distance import LineDistances, apart_km, even, read_off
from transcaspian.routing import ShoreLanding
from transcaspian.rpl.boundary import read_drawn
from transcaspian.rpl.column_map import NO_MAP, read_column_map
from transcaspian.rpl.drawn import Refused
from transcaspian.runs.stages.inputs import Inputs, RunSettings
from transcaspian.runs.stages.model_seabed import Seabed, cost_of, model_bed, price_bed, with_cost
from transcaspian.runs.stages.read_inputs import read_inputs
from transcaspian.runs.stages.route_systems import problem_of
from transcaspian.runs.stages.steering import frictions_of, weighted_by
from transcaspian.sources.datafile import Limits
from transcaspian.study import Constraint, CrossingConstraint, Landing

Floats = NDArray[np.float64]
Say = Callable[[str], None]

OWN_SHARE, OWN_KM = 0.5, 1.0
"""An asset of the study that lies so far along a cable so near to it is that cable, and steers no route here."""
FEW_UNITS = 10
"""With fewer cables each is held out once in turn."""
SAMPLES_OF_A_FIT = 200
SAMPLE_KM = 1.0
"""Between the vertices of a line that is moved."""


def validate(settings: ValidationSettings, say: Say) -> Validation:
    """Compare the routed with the as-laid lines of a file, and fit weights where asked.

    Raises
    ------
    TranscaspianError
        When a file cannot be used, or none of its cables can be compared.
    """
    check_settings(settings)
    inputs = read_inputs(RunSettings(settings.study_path, overrides=settings.overrides, raw_dir=settings.raw_dir))
    limits = Limits(**inputs.study.limits.model_dump())
    columns = read_column_map(settings.columns) if settings.columns else NO_MAP
    drawn = read_drawn(settings.cables_path, settings.layer, settings.name_column, limits, settings.status, columns)
    bed = model_bed(inputs)
    cables, refused = cables_of(drawn.lines, landing_test(bed.water, inputs, settings.cut.snap_km))
    say(f"{drawn.features} features, {len(cables)} lines from end to end")
    sections, cut = _cut_all(cables, bed.water, inputs, settings.cut)
    refused = (*drawn.refused, *refused, *cut)
    if not sections:
        raise _none_left(settings.cables_path, refused, cables, inputs)
    inputs, notes = as_validated(inputs, sections)
    say("criteria and cost surface")
    ground = with_cost(bed, price_bed(inputs, bed))
    network = Network(inputs, ground, cables, settings.twins_km) if rules_of(inputs) else None
    if network is not None and settings.fit is not None:
        raise StudyError(
            "--fit: following is measured and not fitted, because each cable is tried on a network without itself: set "
            f"constraints.{network.rules[0].id}.weight=0 to fit the other weights"
        )
    units = dict(zip(map(id, sections), units_of(sections, settings.twins_km), strict=True))
    compared, unrouted = _compare_all(inputs, ground, sections, settings, say, network)
    compared = tuple(replace(item, unit=units[id(item.section)]) for item in compared)
    refused = (*refused, *unrouted)
    if not compared:
        raise _none_left(settings.cables_path, refused, cables, inputs)
    fitted = None if settings.fit is None else _fit_weights(inputs, ground, compared, settings, settings.fit, say)
    notes = (*drawn.notes, *notes, *notes_on(compared))
    sources = tuple(
        {"role": item.role, "id": item.id, "version": item.version, "sha256": item.sha256} for item in inputs.provenance
    )
    return Validation(
        settings,
        inputs.study,
        inputs.study_sha256,
        sources,
        drawn,
        compared,
        refused,
        summarise(compared),
        fitted,
        notes,
        tuple(groups_of([*distances_of(ground, compared, settings)])) if network is not None else (),
    )


def check_settings(settings: ValidationSettings) -> None:
    """Refuse what cannot be meant, before anything is read."""
    fit = settings.fit
    if fit is not None and not 0 < fit.share < 1:
        raise StudyError(
            f"--hold-out is {fit.share:g}: expected a share of the cables between 0 and 1, for example 0.3"
        )
    if fit is not None and fit.evaluations < 2:
        raise StudyError(f"--evaluations is {fit.evaluations}: expected at least 2")
    for name, value in (
        ("--step-km", settings.step_km),
        ("--within-km", settings.within_km),
        ("--aside-km", settings.aside_km),
        ("--twins-km", settings.twins_km),
        ("--min-km", settings.cut.min_km),
    ):
        if not (np.isfinite(value) and value > 0):
            raise StudyError(f"{name} is {value:g}: expected a positive number of kilometres")


def landing_test(water: shapely.Geometry, inputs: Inputs, snap_km: float) -> Callable[[float, float], bool]:
    """Whether a place of the area is on land or within reach of the shore; elsewhere it is not known, so not."""
    area = shapely.box(*inputs.study.area.bounds)
    shapely.prepare(water)

    def is_landing(lon: float, lat: float) -> bool:
        if not shapely.contains_xy(area, lon, lat):
            return False
        if not shapely.contains_xy(water, lon, lat):
            return True
        return end_at((lon, lat), "sea", water, inputs.study.area.bounds, snap_km, "").kind == "shore"

    return is_landing


def _cut_all(
    cables: Sequence[Cable], water: shapely.Geometry, inputs: Inputs, rules: CutRules
) -> tuple[tuple[CableSection, ...], tuple[Refused, ...]]:
    """Every cable cut to the water of the study."""
    sections: list[CableSection] = []
    refused: list[Refused] = []
    for cable in cables:
        found, out = sections_of(cable, water, inputs.study.area.bounds, rules)
        sections += found
        refused += out
    return tuple(sections), tuple(refused)


def _none_left(path: Path, refused: Sequence[Refused], cables: Sequence[Cable], inputs: Inputs) -> IngestError:
    """The error where no cable can be compared: how many for which reason, and whether axes look swapped."""
    west, south, east, north = inputs.study.area.bounds
    swapped = shapely.box(south, west, north, east)
    lines = [shapely.LineString(cable.lonlat) for cable in cables]
    outside = all("outside the area" in item.reason for item in refused)
    if lines and outside and all(swapped.intersects(line) for line in lines):
        return IngestError(
            f"{path} has no cable inside the area {west:g}, {south:g}, {east:g}, {north:g}, but would have with the "
            "axes exchanged: longitude and latitude look swapped; expected lon, lat"
        )
    first = refused[0]
    return IngestError(
        f"{path}: none of its cables can be compared in the area west, south, east, north {west:g}, {south:g}, "
        f"{east:g}, {north:g}; the first of {len(refused)}, {first.name}: {first.reason}"
    )


def as_validated(inputs: Inputs, sections: Sequence[CableSection]) -> tuple[Inputs, tuple[str, ...]]:
    """The study with the ends of the cables as landings, and without assets that are those cables themselves.

    What a study says of the approaches to its landings (shallow water, crossings near the shore) then holds for these
    too; and no route is steered by the line that it is compared with.
    """
    ends = [end.place for section in sections for end in (section.start, section.end) if end.kind == "shore"]
    landings = tuple(_landing(number, place) for number, place in enumerate(ends, start=1))
    study = inputs.study.model_copy(update={"landings": (*inputs.study.landings, *landings)})
    layers = dict(inputs.layers)
    notes: tuple[str, ...] = ()
    if "cables" in layers:
        table = layers["cables"].layer
        own = np.array([_is_one_of(shape, sections) for shape in table.geometry], bool)
        layers["cables"] = replace(layers["cables"], layer=table[~own].reset_index(drop=True))
        if own.any():
            names = ", ".join(table["cable_id"][own])
            notes = (f"left out of the cost, because they are the cables compared: {names}",)
    constraints = {one.id: without_own(one, inputs.constraints[one.id], sections) for one in study.constraints}
    return replace(inputs, study=study, layers=layers, constraints=constraints), notes


def without_own(constraint: Constraint, data: ConstraintData, sections: Sequence[CableSection]) -> ConstraintData:
    """The data of a constraint; where crossings have a price, without the cables that are compared.

    What is followed keeps them: each is taken out of the network that it is tried on alone.
    """
    if not isinstance(constraint, CrossingConstraint) or not isinstance(data, ConstraintFeatures):
        return data
    own = np.array([_is_one_of(shape, sections) for shape in data.layer.geometry], bool)
    return replace(data, layer=data.layer[~own].reset_index(drop=True))


def _landing(number: int, place: ShoreLanding) -> Landing:
    return Landing(
        id=f"validated-{number}",
        name=f"end {number} of the cables compared",
        country="ZZ",
        lon_deg=place.lon,
        lat_deg=place.lat,
        max_snap_km=1.0,
        source="end of a cable that is compared",
        status="DERIVED",
    )


def _is_one_of(shape: shapely.Geometry, sections: Sequence[CableSection]) -> bool:
    """Whether an asset lies along one of the cables."""
    around = shapely.box(*shapely.bounds(shape)).buffer(0.1)
    near = [item.lonlat for item in sections if around.intersects(shapely.LineString(item.lonlat))]
    if not near:
        return False
    points = shapely.get_coordinates(shapely.segmentize(shape, 0.01))
    away_km = np.min([apart_km(points, even(line, OWN_KM)) for line in near], axis=0)
    return bool((away_km <= OWN_KM).mean() >= OWN_SHARE)


def refuse_closed_ends(ground: Seabed, section: CableSection) -> None:
    """No route leads to an end in a closed area, such as a platform's; say so rather than what comes of it.

    Raises
    ------
    LandingError
        When an end lies in one.
    """
    for at in (section.start.place, section.end.place):
        if ground.forbidden is not None and ground.forbidden.contains(shapely.Point(at.lon, at.lat)):
            raise LandingError(
                f"its end at {at.lon:.4f}° E, {at.lat:.4f}° N lies in a closed area of the study, which no route enters"
            )


def _compare_all(
    inputs: Inputs,
    ground: Seabed,
    sections: Sequence[CableSection],
    settings: ValidationSettings,
    say: Say,
    network: Network | None = None,
) -> tuple[tuple[ComparedSection, ...], tuple[Refused, ...]]:
    """Every section beside its routed lines; those that no route can stand beside, with the reason."""
    compared: list[ComparedSection] = []
    unrouted: list[Refused] = []
    for number, section in enumerate(sections, start=1):
        say(f"{number} of {len(sections)}: {section.label}")
        try:
            refuse_closed_ends(ground, section)
            compared.append(_compare_section(inputs, ground, section, settings, network))
        except RoutingError as exc:
            unrouted.append(Refused(section.label, section.cable.features[0], str(exc), section.lonlat))
    return tuple(compared), tuple(unrouted)


def _compare_section(
    inputs: Inputs,
    ground: Seabed,
    section: CableSection,
    settings: ValidationSettings,
    network: Network | None = None,
) -> ComparedSection:
    """Route between the ends of a section, by the study's weights and the shortest way, and read all lines off.

    Raises
    ------
    RoutingError
        When no route leads from end to end.
    """
    others = network.without_own(section) if network is not None else []
    friction = network.cost(others) if network is not None else ground.cost.friction_cost
    routed = _route(inputs, ground, section, friction, is_weighted=True)
    shortest = _route(inputs, ground, section, np.where(np.isfinite(friction), np.float32(1), np.float32(np.nan)))
    ends = np.array([[at.place.lon, at.place.lat] for at in (section.start, section.end)])
    circle = even(ends, settings.step_km)

    def read(line: Floats, laid: Floats = section.lonlat) -> LineDistances:
        return read_off(
            laid,
            line,
            step_km=settings.step_km,
            within_km=settings.within_km,
            off_water_share=off_water(ground, line, settings.step_km),
        )

    def control(side: Side, offset_km: float | None, copy: Floats) -> Control:
        return Control(side, offset_km, copy, read(routed, copy), off_water(ground, copy, settings.step_km))

    middle = middle_of(section.lonlat, free_km(inputs))
    steps_km = settings.aside_km / 2 * np.arange(1, settings.copies + 1)
    ranked = preference(ground.grid, friction, middle, [*-steps_km[::-1], *steps_km], settings.step_km)
    return ComparedSection(
        section,
        section.cable.system,
        is_in_water(circle, ground.water),
        length_m(section.lonlat) / 1000,
        MeasuredLine(routed, read(routed)),
        MeasuredLine(shortest, read(shortest)),
        MeasuredLine(circle, read(circle)),
        tuple(control(*copy) for copy in copies_of(section.lonlat, settings.aside_km)),
        ranked,
        drawn_straight(section.cable),
        closed_share(ground, section.lonlat, settings.step_km),
        None if network is None else followed_lines(inputs, network, section, others, routed),
    )


def free_km(inputs: Inputs) -> float:
    """How far from a landing the study charges less or nothing: there a line is judged by no cost."""
    shallow, crossings = inputs.study.criteria.shallow, inputs.study.criteria.crossings
    return max(shallow.approach_km, crossings.free_radius_km if crossings is not None else 0.0)


def copies_of(laid: Floats, aside_km: float) -> Iterator[tuple[Side, float | None, Floats]]:
    """The as-laid line elsewhere: its middle to port and to starboard, and its mirror image; its ends stay."""
    line = even(laid, SAMPLE_KM)
    end_km = end_of(float(length_m(line)) / 1000.0)
    yield "port", -aside_km, bowed(line, -aside_km, end_km)
    yield "starboard", aside_km, bowed(line, aside_km, end_km)
    (image,) = mirrored(np.array([shapely.LineString(line)], dtype=object), line[0], line[-1])
    yield "mirror", None, unwrapped(shapely.get_coordinates(image))


def followed_lines(
    inputs: Inputs, network: Network, section: CableSection, others: Sequence[Shapes], routed: Floats
) -> FollowedSection:
    """Lines on the mirrored network, and on networks without twins.

    Parameters
    ----------
    others
        The networks without the section's own cable.
    routed
        The line on these.
    """
    places = [np.array([end.place.lon, end.place.lat]) for end in (section.start, section.end)]

    def line(networks: Sequence[Shapes]) -> Floats:
        return _route(inputs, network.ground, section, network.cost(networks), is_weighted=True)

    image = line([mirrored(shapes, *places) for shapes in others])
    alone, twins = network.without_twins(section, others)
    if not twins:
        return FollowedSection(section.label, 0, image, routed, image)
    return FollowedSection(
        section.label, twins, image, line(alone), line([mirrored(shapes, *places) for shapes in alone])
    )


def distances_of(
    ground: Seabed, compared: Sequence[ComparedSection], settings: ValidationSettings
) -> Iterator[Distances]:
    """How far the four lines lie from each cable; those drawn straight from end to end say nothing."""
    for item in compared:
        lines = item.followed
        if lines is None or item.straight:
            continue

        def away_km(line: Floats, laid: Floats = item.section.lonlat) -> float:
            return read_off(laid, line, step_km=settings.step_km, within_km=settings.within_km).mean_km

        shared = {"circle": item.great_circle.reading.mean_km, "shortest": item.shortest.reading.mean_km}
        yield Distances(
            item.unit,
            item.laid_km,
            item.in_water,
            {**shared, "rule": item.routed.reading.mean_km, "mirrored": away_km(lines.mirrored)},
            {
                **shared,
                "rule": away_km(lines.rule_without_twins),
                "mirrored": away_km(lines.mirrored_without_twins),
            },
        )


def _route(
    inputs: Inputs,
    ground: Seabed,
    section: CableSection,
    cost: NDArray[np.float32],
    *,
    is_weighted: bool = False,
    is_quick: bool = False,
) -> Floats:
    """The least-cost line from end to end of a section, in the exact water and out of the closed areas."""
    problem = problem_of(inputs.study, ground, cost)
    problem = replace(
        problem,
        metric_of=problem.metric_of if is_weighted else None,
        effort=routing.Effort(polish=routing.QUICK if is_quick else None, bounded=False),
    )
    return routing.route_between(problem, section.start.place, section.end.place).lonlat


def closed_share(ground: Seabed, line: Floats, step_km: float) -> float:
    """Share of a line that lies in closed areas."""
    if ground.forbidden is None:
        return 0.0
    return float(shapely.contains_xy(ground.forbidden, *even(line, step_km).T).mean())


def off_water(ground: Seabed, line: Floats, step_km: float) -> float:
    """Share of a line that lies on land or outside the area."""
    points = even(line, step_km)[1:-1]
    return 1.0 - float(shapely.contains_xy(ground.water, *points.T).mean()) if len(points) else 0.0


def _fit_weights(
    inputs: Inputs,
    ground: Seabed,
    compared: Sequence[ComparedSection],
    settings: ValidationSettings,
    rules: FitRules,
    say: Say,
) -> FittedWeights:
    """Fit the weights of the criteria on training cables, and read them off on held-out ones.

    Raises
    ------
    IngestError
        When fewer than two cable systems say anything, or no criterion differs from place to place.
    """
    fit = _Fit(inputs, ground, [item for item in compared if not item.straight], settings, rules)
    units = fit.units
    few = len(units) < FEW_UNITS
    splits = folds(units, rules.share, rules.seed) if few else (hold_out(units, rules.share, rules.seed),)
    readings: list[FitReading] = []
    searches: list[Search] = []
    for number, split in enumerate(splits, start=1):
        say(f"fit {number} of {len(splits) + few}: trained on {len(split.train)}, held out {len(split.held_out)}")
        searches.append(fit.search(split.train))
        readings += fit.readings(searches[-1].factors, split.held_out, split.train, held_out=True)
    trained = units if few else splits[0].train
    if few:
        say(f"fit {len(splits) + 1} of {len(splits) + 1}: trained on all {len(units)}")
        searches.append(fit.search(trained))
    found = searches[-1]
    readings += fit.readings(found.factors, trained, trained, held_out=False)
    low, high = fit.weights_of(found.low), fit.weights_of(found.high)
    return FittedWeights(
        rules,
        fit.weights_of(found.factors),
        {name: fit.frictions[name][0] for name in fit.names},
        {name: (low[name], high[name]) for name in fit.names},
        found,
        splits,
        tuple(readings),
    )


class _Fit:
    """The ground by weights, and how far the lines routed on it lie from the cables."""

    def __init__(
        self,
        inputs: Inputs,
        ground: Seabed,
        told: Sequence[ComparedSection],
        settings: ValidationSettings,
        rules: FitRules,
    ) -> None:
        self.inputs, self.ground, self.told, self.settings, self.rules = inputs, ground, told, settings, rules
        self.units = tuple(dict.fromkeys(item.unit for item in told))
        if len(self.units) < 2:
            raise IngestError(
                f"{settings.cables_path}: {len(self.units)} cables can be fitted on, and --fit needs at least 2: one "
                "to train on and one to hold out; lines drawn straight from end to end do not count"
            )
        self.frictions = frictions_of(inputs, ground.grid, ground.depth)
        self.walls = ~np.isfinite(ground.cost.friction_cost)
        self.names = tuple(
            name for name, (weight, friction) in self.frictions.items() if self.matters(weight, friction)
        )
        if not self.names:
            raise IngestError(
                f"{settings.study_path}: no criterion with a weight differs from place to place, so nothing can be "
                "fitted: give the study criteria that do"
            )

    def matters(self, weight: float, friction: NDArray[np.float32]) -> bool:
        """Whether a weight can move a route."""
        open_cells = friction[~self.walls]
        return bool(weight > 0 and open_cells.min() < open_cells.max())

    def weights_of(self, factors: Floats) -> dict[str, float]:
        """The weights of factors, to four digits: those that are printed are those that were tried."""
        return {
            name: float(f"{self.frictions[name][0] * factor:.4g}")
            for name, factor in zip(self.names, factors, strict=True)
        }

    def ground_of(self, factors: Floats) -> Seabed:
        """The ground by other weights."""
        weighted = weighted_by(self.weights_of(factors), self.frictions)
        return with_cost(self.ground, cost_of(self.inputs, self.ground, weighted))

    def read(
        self, factors: Floats, units: Sequence[str], *, is_quick: bool = False
    ) -> list[tuple[ComparedSection, LineDistances]]:
        """Route the sections of these units by other weights."""
        ground = self.ground_of(factors)
        found = []
        for item in self.told:
            if item.unit in units:
                line = _route(
                    self.inputs, ground, item.section, ground.cost.friction_cost, is_weighted=True, is_quick=is_quick
                )
                step_km = max(self.settings.step_km, item.laid_km / SAMPLES_OF_A_FIT)
                found.append(
                    (item, read_off(item.section.lonlat, line, step_km=step_km, within_km=self.settings.within_km))
                )
        return found

    def search(self, train: Sequence[str]) -> Search:
        """The factors that bring the training cables nearest, a mean over units."""

        def objective(factors: Floats) -> float:
            read = self.read(factors, train, is_quick=True)
            values = [
                reading.mean_km / item.laid_km if self.rules.objective == "distance" else 1.0 - reading.within_share
                for item, reading in read
            ]
            units = [item.unit for item, _ in read]
            return float(np.mean(list(by_unit(units, values, [item.laid_km for item, _ in read]).values())))

        return search(objective, len(self.names), evaluations=self.rules.evaluations, seed=self.rules.seed)

    def readings(
        self, factors: Floats, units: Sequence[str], train: Sequence[str], *, held_out: bool
    ) -> list[FitReading]:
        """Mean distances of each of these units, by fitted weights and by the others."""
        read = self.read(factors, units)
        fitted = by_unit(
            [item.unit for item, _ in read],
            [reading.mean_km for _, reading in read],
            [item.laid_km for item, _ in read],
        )
        own = [item for item, _ in read]
        study = per_unit(own, lambda item: item.routed.reading.mean_km)
        shortest = per_unit(own, lambda item: item.shortest.reading.mean_km)
        circle = per_unit(own, lambda item: item.great_circle.reading.mean_km)
        near = per_unit(own, lambda item: self.near_training(item, train)) if held_out else {}
        return [
            FitReading(name, held_out, fitted[name], study[name], shortest[name], circle[name], near.get(name, 1.0))
            for name in fitted
        ]

    def near_training(self, item: ComparedSection, train: Sequence[str]) -> float:
        """Share of a held-out line that lies near any training line: there it is no independent witness."""
        points = even(item.section.lonlat, self.settings.step_km)
        lines = [even(one.section.lonlat, self.settings.step_km) for one in self.told if one.unit in train]
        away_km = np.min([apart_km(points, line) for line in lines], axis=0)
        return float((away_km <= self.settings.within_km).mean())
