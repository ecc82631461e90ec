"""All that steers a line, by one mechanism: criteria of a study and its constraints, each a friction with a weight."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from transcaspian import seabed
from transcaspian.core.constraint_data import ConstraintFeatures, ConstraintRaster
from transcaspian.core.errors import SeabedError, StudyError
from transcaspian.core.grid import Grid
from transcaspian.core.kinds import ASSET_KINDS
from transcaspian.core.registry import wings
from transcaspian.runs.stages.inputs import Inputs, rows_of
from transcaspian.study import (
    BarrierConstraint,
    Constraint,
    CrossingConstraint,
    DistanceConstraint,
    FollowConstraint,
    FrictionConstraint,
)
from transcaspian.study.schema import CrossingCriterion

Friction = tuple[float, NDArray[np.float32]]
"""Weight and friction of a criterion or constraint, shape ``grid.shape``."""
Worked = Callable[[], NDArray[np.float32]]


def frictions_of(inputs: Inputs, grid: Grid, depth: seabed.DepthModel) -> dict[str, Friction]:
    """Weight and friction of all that steers, by name, all of them in memory."""
    return {one.name: (one.weight, one.friction()) for one in steering_of(inputs, grid, depth)}


def weighted_by(weights: Mapping[str, float], frictions: Mapping[str, Friction]) -> Iterator[seabed.Steering]:
    """Frictions that are known, by other weights; one without another weight keeps its own."""
    for name, (weight, friction) in frictions.items():
        yield seabed.Steering(name, weights.get(name, weight), partial(np.asarray, friction))


def steering_of(inputs: Inputs, grid: Grid, depth: seabed.DepthModel) -> Iterator[seabed.Steering]:
    """All that adds to the cost of a metre and whose data is there: criteria, constraints as they stand, analyses."""
    weights = inputs.study.weights
    for name, friction in criteria_of(inputs, grid, depth).items():
        yield seabed.Steering(name, weights[name], friction)
    for constraint in inputs.study.constraints:
        if constraint.id in weights:
            yield steered_by(inputs, grid, depth, constraint)
    names = inputs.study.steered_by
    for wing in wings() if names else ():
        if wing.name in names and wing.steering is not None:
            yield from wing.steering(inputs, grid, depth)


def criteria_of(inputs: Inputs, grid: Grid, depth: seabed.DepthModel) -> dict[str, Worked]:
    """The criteria of the study whose data is there."""
    found: dict[str, Worked] = dict(seabed_criteria(inputs, grid, depth))
    layers, criteria = inputs.layers, inputs.study.criteria
    if "hazards" in layers:
        found["hazards"] = partial(hazard_friction, inputs, grid, depth)
    if criteria.crossings is not None and "cables" in layers:
        found["crossings"] = partial(_crossing_friction, inputs, criteria.crossings, grid, depth)
    if "earthquakes" in layers:
        found["earthquakes"] = partial(earthquake_friction, inputs, grid, depth)
    return found


def seabed_criteria(inputs: Inputs, grid: Grid, depth: seabed.DepthModel) -> dict[str, Worked]:
    """The criteria of the seabed itself."""
    criteria, depth_m = inputs.study.criteria, depth.depth_m
    depth_bands = [(band.from_m, band.to_m, band.friction) for band in criteria.depth.bands]
    slope_bands = [(band.from_deg, band.to_deg, band.friction) for band in criteria.slope.bands]
    shallow = criteria.shallow.model_dump(include={"limit_m", "approach_km", "friction"})
    return {
        "depth": lambda: seabed.mean_friction(
            grid,
            depth,
            seabed.depth_friction(depth_m, depth_bands),
            lambda layer: seabed.depth_friction(layer.depth_m, depth_bands),
        ),
        "slope": lambda: seabed.mean_friction(
            grid,
            depth,
            seabed.slope_friction(seabed.slope_deg(grid, depth_m), slope_bands),
            lambda layer: seabed.slope_friction(seabed.node_slope_deg(layer), slope_bands),
        ),
        "shallow": lambda: seabed.shallow_friction(grid, depth_m, landing_points(inputs), **shallow),
        "unknown": lambda: seabed.unknown_friction(depth_m, depth.water, criteria.unknown.friction),
    }


def landing_points(inputs: Inputs) -> list[tuple[float, float]]:
    """Longitude and latitude of every landing of the study, degrees."""
    return [(landing.lon_deg, landing.lat_deg) for landing in inputs.study.landings]


def hazard_friction(inputs: Inputs, grid: Grid, depth: seabed.DepthModel) -> NDArray[np.float32]:
    """The criterion ``hazards``."""
    rule, hazards = inputs.study.criteria.hazards, inputs.layers["hazards"].layer
    by_kind = [
        (list(hazards.geometry[hazards["kind"] == kind]), reach_km) for kind, reach_km in sorted(rule.reach_km.items())
    ]
    return seabed.hazard_friction(grid, depth.water, by_kind, rule.friction)


def _crossing_friction(
    inputs: Inputs, rule: CrossingCriterion, grid: Grid, depth: seabed.DepthModel
) -> NDArray[np.float32]:
    """The criterion ``crossings``; the systems of the study themselves have no price."""
    layer = inputs.layers["cables"].layer
    layer = layer[layer["state"].isin(rule.states) & ~layer["cable_id"].isin(inputs.study.sketches)]
    price_km = layer["kind"].map(rule.price_km).fillna(0.0)
    return seabed.asset_friction(
        grid, depth.water, layer.geometry, price_km, landing_points(inputs), rule.free_radius_km
    )


def earthquake_friction(inputs: Inputs, grid: Grid, depth: seabed.DepthModel) -> NDArray[np.float32]:
    """The criterion ``earthquakes``."""
    rule, quakes = inputs.study.criteria.earthquakes, inputs.layers["earthquakes"].layer
    epicentres = np.column_stack([quakes.geometry.x, quakes.geometry.y, quakes["magnitude_mw"]])
    limits = rule.model_dump(include={"bandwidth_km", "min_magnitude_mw", "friction"})
    return seabed.earthquake_friction(grid, depth.water, epicentres, **limits)


def steered_by(
    inputs: Inputs,
    grid: Grid,
    depth: seabed.DepthModel,
    constraint: Constraint,
    others: frozenset[str] = frozenset(),
) -> seabed.Steering:
    """What a constraint adds to the cost.

    Parameters
    ----------
    others
        Cables, or constraints, by their ids, that are not followed.
    """

    def friction() -> NDArray[np.float32]:
        data = inputs.constraints[constraint.id]
        if isinstance(data, ConstraintRaster):
            return raster_friction(grid, constraint, data)
        return _feature_friction(inputs, grid, depth, constraint, followed(constraint, data.layer, others))

    return seabed.Steering(constraint.id, inputs.study.weights[constraint.id], friction)


def _feature_friction(
    inputs: Inputs, grid: Grid, depth: seabed.DepthModel, constraint: Constraint, layer: gpd.GeoDataFrame
) -> NDArray[np.float32]:
    """Friction of features by the role of their constraint."""
    shapes = layer.geometry.to_numpy()
    match constraint:
        case FrictionConstraint():
            return seabed.inside_friction(grid, shapes, stated_friction(constraint, layer))
        case DistanceConstraint():
            return seabed.distance_friction(grid, shapes, constraint.friction, 1000.0 * constraint.reach_km)
        case FollowConstraint():
            rules = constraint.model_dump(include={"min_separation_m", "separation_depths", "outer_km"})
            return seabed.follow_friction(grid, depth, shapes, **rules)
        case CrossingConstraint():
            price_km, free_km = constraint.price_km, constraint.free_radius_km
            return seabed.asset_friction(grid, depth.water, shapes, price_km, landing_points(inputs), free_km)
    raise TypeError(f"a constraint of the role {type(constraint).__name__} adds no friction")


def stated_friction(constraint: FrictionConstraint, layer: gpd.GeoDataFrame) -> NDArray[np.float32]:
    """The friction of each feature: one for all, by its class, or by its value."""
    if constraint.classes is not None:
        texts = layer["text"].tolist()
        return seabed.class_friction(constraint.id, texts, constraint.classes, constraint.unknown_friction)
    if constraint.bands is not None:
        return seabed.band_friction(
            constraint.id, numbers(constraint, layer), bands_of(constraint), constraint.unknown_friction
        )
    return np.full(len(layer), constraint.friction, np.float32)


def bands_of(constraint: FrictionConstraint) -> list[tuple[float, float, float]]:
    """The bands as `band_friction` takes them."""
    return [(band.from_value, band.to_value, band.friction) for band in constraint.bands or ()]


def numbers(constraint: Constraint, layer: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """The values of features; NaN where none is stated.

    Raises
    ------
    SeabedError
        When one is no number.
    """
    try:
        return np.array([float(text) if text else np.nan for text in layer["text"]])
    except ValueError as exc:
        raise SeabedError(f"constraint `{constraint.id}`, column `{constraint.column}`: {exc}") from exc


def raster_friction(grid: Grid, constraint: Constraint, data: ConstraintRaster) -> NDArray[np.float32]:
    """Friction of a raster: that of each of its nodes, the mean of those in a cell."""
    assert isinstance(constraint, FrictionConstraint)  # `check_constraints` refused the others
    found = seabed.raster_on_grid(grid, data.lon_deg, data.lat_deg, node_friction(constraint, data), "mean")
    return np.where(np.isnan(found), np.float32(constraint.unknown_friction or 0.0), found)


def node_friction(constraint: FrictionConstraint, data: ConstraintRaster) -> NDArray[np.float32]:
    """The friction of each node of a raster; NaN where it has no data."""
    if constraint.bands is not None:
        found = seabed.band_friction(constraint.id, data.values, bands_of(constraint), 0.0)
        return np.where(np.isnan(data.values), np.float32(np.nan), found)
    values, places = np.unique(data.values[np.isfinite(data.values)], return_inverse=True)
    found = np.full(data.values.shape, np.float32(np.nan))
    texts = [f"{value:.9g}" for value in values.tolist()]
    found[np.isfinite(data.values)] = seabed.class_friction(constraint.id, texts, classes_of(constraint), None)[places]
    return found


def classes_of(constraint: FrictionConstraint) -> dict[str, float]:
    """The classes of a raster: numbers, written as its values are."""
    try:
        return {f"{float(name):.9g}": friction for name, friction in (constraint.classes or {}).items()}
    except ValueError as exc:
        raise SeabedError(f"constraint `{constraint.id}`: classes of a raster are numbers: {exc}") from exc


def followed(constraint: Constraint, layer: gpd.GeoDataFrame, others: frozenset[str]) -> gpd.GeoDataFrame:
    """The features that act: all of them, but for one that is followed its kinds, without the others."""
    if not isinstance(constraint, FollowConstraint):
        return layer
    kinds = ["pipeline" if "pipe" in kind.lower() else kind for kind in layer["kind"]]
    unwanted = [kind in ASSET_KINDS and kind not in constraint.kinds for kind in kinds]
    return layer[~np.array(unwanted, bool) & ~is_named(constraint, layer, others)]


def is_named(constraint: Constraint, layer: gpd.GeoDataFrame, names: frozenset[str]) -> NDArray[np.bool_]:
    """Which features of a constraint are named: by id, by name, or with the whole constraint."""
    if constraint.id in names:
        return np.ones(len(layer), bool)
    own = layer["feature_id"].str.removeprefix(f"{constraint.id}/")
    found: NDArray[np.bool_] = (own.isin(names) | layer["name"].isin(names)).to_numpy(bool)
    return found


def follows_any_of(inputs: Inputs, constraint: Constraint, names: frozenset[str]) -> bool:
    """Whether a constraint follows any of these cables."""
    if not names or not isinstance(constraint, FollowConstraint) or constraint.weight == 0:
        return False
    data = inputs.constraints[constraint.id]
    return isinstance(data, ConstraintFeatures) and bool(is_named(constraint, data.layer, names).any())


def barrier_rows(inputs: Inputs, constraint: BarrierConstraint) -> list[dict[str, Any]]:
    """What a constraint closes, as rows of which the layer ``no_go`` is made."""
    data = inputs.constraints[constraint.id]
    if isinstance(data, ConstraintRaster):
        return closed_cells(inputs, constraint, data)
    layer = data.layer[is_closed(constraint, data.layer)]
    buffers_m = np.full(len(layer), constraint.buffer_m) + accuracy_m(constraint, layer)
    columns = (layer["feature_id"], layer["name"], layer.geometry, buffers_m)
    return [
        about(constraint) | dict(zip(("hazard_id", "name", "geometry", "buffer_m"), row, strict=True))
        for row in zip(*columns, strict=True)
    ]


def about(constraint: Constraint) -> dict[str, Any]:
    """What all features of a constraint share in a layer."""
    return {"kind": constraint.kind, "source": constraint.source, "status": constraint.status}


def is_closed(constraint: BarrierConstraint, layer: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Which features are closed."""
    if constraint.closed is not None:
        return np.isin(layer["text"].to_numpy(str), constraint.closed)
    if constraint.closed_from is not None:
        value = numbers(constraint, layer)
        return np.isnan(value) | (value >= constraint.closed_from)  # one without a value may be closed
    return np.ones(len(layer), bool)


def accuracy_m(constraint: BarrierConstraint, layer: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """How far the buffers grow by how well positions are known.

    Raises
    ------
    SeabedError
        When a position's accuracy is not stated, and nothing stands in.
    """
    if not constraint.add_position_accuracy:
        return np.zeros(len(layer))
    found = layer["position_accuracy_m"].to_numpy(float)
    if np.isnan(found).any() and constraint.default_accuracy_m is None:
        first = layer["feature_id"].to_numpy()[np.isnan(found)][0]
        raise SeabedError(
            f"constraint `{constraint.id}` grows by the accuracy of positions, and `{first}` states none: give the "
            "column position_accuracy_m, or default_accuracy_m"
        )
    return np.where(np.isnan(found), constraint.default_accuracy_m or 0.0, found)


def closed_cells(inputs: Inputs, constraint: BarrierConstraint, data: ConstraintRaster) -> list[dict[str, Any]]:
    """The cells that a raster closes: those with any closed node in them."""
    if constraint.closed is not None:
        closed = np.isin(data.values, np.array([float(name) for name in constraint.closed], np.float32))
    else:
        assert constraint.closed_from is not None  # `check_constraints` refused it
        closed = data.values >= constraint.closed_from
    grid = inputs.study.area.grid()
    cells = seabed.raster_on_grid(grid, data.lon_deg, data.lat_deg, closed.astype(np.float32), "greatest") > 0
    parts = shapely.get_parts(seabed.area_of(grid, cells)) if cells.any() else []
    return [
        about(constraint)
        | {"hazard_id": f"{constraint.id}/{number}", "name": constraint.label, "geometry": part}
        | {"buffer_m": constraint.buffer_m}
        for number, part in enumerate(parts, start=1)
    ]


def check_constraints(inputs: Inputs, water: shapely.Geometry) -> None:
    """Refuse what cannot be a constraint; nothing is computed on the grid but what a raster leaves out.

    Raises
    ------
    SeabedError
        When a class or value has no figure, a raster has a role that needs features, or says nothing of some water.
    """
    check_diversity(inputs)
    for constraint in inputs.study.constraints:
        data = inputs.constraints[constraint.id]
        if isinstance(data, ConstraintRaster):
            _check_raster(inputs, constraint, data, water)
        elif isinstance(constraint, FrictionConstraint):
            expect_column(constraint, constraint.classes is not None or constraint.bands is not None)
            stated_friction(constraint, data.layer)
        elif isinstance(constraint, BarrierConstraint):
            expect_column(constraint, constraint.closed is not None or constraint.closed_from is not None)
            expect_closed(constraint, set(data.layer["text"]))
            accuracy_m(constraint, data.layer)


def check_diversity(inputs: Inputs) -> None:
    """Refuse diversity from a cable that no layer has.

    Raises
    ------
    StudyError
        When a system names one.
    """
    if not inputs.study.diverse_from:
        return
    known = {one.id for one in inputs.study.constraints} | {row["cable_id"] for row in rows_of(inputs, "cables")}
    for name, data in inputs.constraints.items():
        if isinstance(data, ConstraintFeatures):
            known |= {*data.layer["feature_id"].str.removeprefix(f"{name}/"), *data.layer["name"]}
    for system_id, names in inputs.study.diverse_from.items():
        if unknown := sorted(set(names) - known):
            raise StudyError(
                f"system `{system_id}` asks for diversity from `{unknown[0]}`, which is no cable of sources.cables and "
                "no feature or id of a constraint: correct the name"
            )


def expect_column(constraint: Constraint, is_needed: bool) -> None:
    """Classes and values of features stand in a column; those of a data set of the study in ``kind`` unless it says."""
    if is_needed and constraint.column is None and constraint.from_source is None:
        raise SeabedError(f"constraint `{constraint.id}` goes by classes or values: name their `column` in the file")


def expect_closed(constraint: BarrierConstraint, texts: set[str]) -> None:
    """A class that is to be closed and that the layer does not have is a slip of the pen."""
    missing = sorted(set(constraint.closed or ()) - texts)
    if missing and texts:
        raise SeabedError(
            f"constraint `{constraint.id}` closes the class `{missing[0]}`, which its layer does not have here: it has "
            f"{', '.join(sorted(texts)[:8])}"
        )


def _check_raster(inputs: Inputs, constraint: Constraint, data: ConstraintRaster, water: shapely.Geometry) -> None:
    """Refuse a raster that cannot have the role, or that leaves water out without a word of the study."""
    match constraint:
        case FrictionConstraint(friction=None):
            node_friction(constraint, data)
            known = constraint.unknown_friction is not None
        case BarrierConstraint() if constraint.closed is not None or constraint.closed_from is not None:
            known = True
        case _:
            known = constraint.role == "advice"
            if not known:
                raise SeabedError(
                    f"constraint `{constraint.id}` is a raster: as {constraint.role} it needs `classes` or `bands`, as "
                    "barrier `closed` or `closed_from`; the other roles need features"
                )
    if known:
        return
    grid = inputs.study.area.grid()
    wet = seabed.water_mask(grid, water)
    found = seabed.raster_on_grid(grid, data.lon_deg, data.lat_deg, data.values, "mean")
    share = float(np.isnan(found[wet]).mean())
    if share > 0:
        raise SeabedError(
            f"constraint `{constraint.id}`: the raster says nothing of {100 * share:.3g} % of the water, which is not "
            "0: give `unknown_friction` for it"
        )
