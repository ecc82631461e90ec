"""What burial adds to the cost of a metre: expected strikes, what burying costs, and seabed that no tool buries in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from transcaspian.analyses.burial.config import BurialTool
from transcaspian.analyses.burial.known import Known, burial_cost, known_of
from transcaspian.analyses.burial.soil import SoilAt, soil_at
from transcaspian.analyses.burial.strikes import ANY_HEADING, M_PER_KN_H, Seabed
from transcaspian.analyses.burial.tools import Fitness, Ground, fitness
from transcaspian.core.grid import GEOD, Grid
from transcaspian.seabed import DepthModel, Steering, slope_deg

if TYPE_CHECKING:
    from transcaspian.runs.stages.inputs import Inputs

Floats = NDArray[np.float64]
Raster = NDArray[np.float32]
KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class Cells:
    """The water of a study's grid as burial sees it: of strikes per km, costs per km and where no tool works.

    Rasters have the shape of the grid, and 0 off the water.
    """

    study: Known
    grid: Grid
    depth: DepthModel

    @cached_property
    def wet(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows and columns of the cells of water."""
        rows, cols = np.nonzero(self.depth.water)
        return rows, cols

    @cached_property
    def depth_m(self) -> Floats:
        """Of each cell of water."""
        return self.depth.depth_m[self.wet].astype(float)

    @cached_property
    def soil(self) -> SoilAt:
        """In each cell of water."""
        rows, cols = self.wet
        lonlat = self.grid.lon_deg[cols], self.grid.lat_deg[rows]
        return soil_at(self.study.rules, self.study.constraints, self.study.logs, *lonlat)

    @cached_property
    def tools(self) -> tuple[Fitness, ...]:
        """What each tool does in each cell of water, away from bends and crossings."""
        free = np.full(len(self.depth_m), np.inf)
        slope = slope_deg(self.grid, self.depth.depth_m)[self.wet].astype(float)
        ground = Ground(self.depth_m, slope, self.soil.known, self.soil.strength_kpa, free, free)
        return fitness(self.study.rules, ground)

    def spread(self, values: Floats) -> Raster:
        """Values of the cells of water, on the grid."""
        found = np.zeros(self.grid.shape, np.float32)
        found[self.wet] = values
        return found

    @cached_property
    def strikes_per_km(self) -> Raster:
        """Strikes a year on a km of bare cable, whichever way it runs; at most, where soil or depth is not known."""
        bed, total = Seabed(self.depth_m, self.soil.known), np.zeros(len(self.depth_m))
        for index, ship in enumerate(self.study.rules.ships):
            hours = self.track_hours(index)[self.wet]
            for density in self.study.ships.densities:
                if density.ship == index:
                    rows, cols = self.wet
                    found = density.at(self.grid.lon_deg[cols], self.grid.lat_deg[rows])
                    hours = hours + np.where(np.isnan(found), np.nanmean(found), found)
            # hours a year on a km², for a km of cable and a metre of drag
            hours_per_m = ANY_HEADING * hours / 1000.0
            total += self.study.anchors.strikes(index, bed, hours_per_m, ship.drop_speed_kn, is_known=False)
        return self.spread(np.nan_to_num(total))

    def track_hours(self, ship: int) -> Floats:
        """Hours a year on a km² of tracks of a class, as if it let anchors go at its ``drop_speed_kn`` at least.

        A ship that is slower than that drags an anchor less far: its hours count by the square of the speeds.
        """
        passages = self.study.ships.passages
        own, drop_speed_kn = passages.ship == ship, self.study.rules.ships[ship].drop_speed_kn
        speed_kn = passages.speed_kn[own]
        slower = np.minimum(speed_kn / drop_speed_kn, 1.0) ** 2
        return self.per_km2(own, passages.per_year[own] / (M_PER_KN_H * speed_kn) * slower)

    def per_km2(self, own: NDArray[np.bool_], per_m: Floats) -> Floats:
        """What pieces of tracks come to on a km² of each cell, shape of the grid; ``per_m``: of a metre of each."""
        passages, found = self.study.ships.passages, np.zeros(self.grid.shape)
        if not own.any():
            return found
        a, b = passages.lonlat[own, :2], passages.lonlat[own, 2:]
        length_m = np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2])
        parts = np.maximum(np.ceil(np.abs(b - a).max(axis=1) / (self.grid.step_deg / 2)).astype(int), 1)
        of = np.repeat(np.arange(len(parts)), parts)
        share = (np.arange(len(of)) - np.repeat(np.cumsum(parts) - parts, parts) + 0.5) / parts[of]
        at = a[of] + share[:, np.newaxis] * (b - a)[of]
        amount = (per_m * length_m / parts)[of]
        row, col = (np.rint(one).astype(int) for one in self.grid.to_rowcol(at[:, 0], at[:, 1]))
        inside = (row >= 0) & (row < self.grid.rows) & (col >= 0) & (col < self.grid.cols)
        np.add.at(found, (row[inside], col[inside]), amount[inside])
        cell_km2 = (self.grid.step_deg * KM_PER_DEGREE) ** 2 * np.cos(np.radians(self.grid.lat_deg))
        return found / cell_km2[:, np.newaxis]

    @cached_property
    def passages_per_km(self) -> Raster:
        """Observed passages over a km of cable, whichever way it runs: what the rate of strikes is known from."""
        passages = self.study.ships.passages
        length_km = self.per_km2(np.ones(len(passages.ship), bool), passages.observed / 1000.0)[self.wet]
        for density in self.study.ships.densities:
            rows, cols = self.wet
            hours = np.nan_to_num(density.at(self.grid.lon_deg[cols], self.grid.lat_deg[rows]))
            length_km += hours * M_PER_KN_H / 1000.0 * self.study.rules.ships[density.ship].drop_speed_kn
        return self.spread(ANY_HEADING * length_km)

    @cached_property
    def works(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Of each cell of water whether a tool works for certain, and whether one may."""
        sure = np.any([one.works for one in self.tools], axis=0)
        return sure, ~sure & np.any([one.may_work for one in self.tools], axis=0)

    @cached_property
    def usd_per_km(self) -> Raster:
        """What burying costs by the cheapest tool that works, else that may, else by the most expensive of all."""
        assert self.study.prices is not None  # `Burial.check_study` refuses a study without
        prices = [self.tool_usd_per_km(one.tool) for one in self.tools]
        of = list(zip(self.tools, prices, strict=True))
        sure = np.min([np.where(one.works, usd, np.inf) for one, usd in of], axis=0)
        maybe = np.min([np.where(one.may_work, usd, np.inf) for one, usd in of], axis=0)
        found = np.where(np.isfinite(sure), sure, np.where(np.isfinite(maybe), maybe, max(prices)))
        return self.spread(found)

    def tool_usd_per_km(self, tool: BurialTool) -> float:
        """The base price of a km by a tool, to the deepest that it buries in any soil."""
        assert self.study.prices is not None
        depth_m = max(tool.burial_m(soil) for soil in tool.soils)
        return burial_cost(self.study.prices, tool, depth_m, 1.0).cost_base_usd


def steering(inputs: Inputs, grid: Grid, depth: DepthModel) -> Iterator[Steering]:
    """What the table adds to the cost of a metre."""
    return steering_of_burial(Cells(known_of(inputs), grid, depth), inputs.study.cost.base_cost_usd_per_km)


def steering_of_burial(cells: Cells, base_usd_per_km: float) -> Iterator[Steering]:
    """What steers, by the weights of the study.

    Parameters
    ----------
    base_usd_per_km
        Of a km of cable laid.
    """
    rules = cells.study.rules.steering
    if (strikes := rules.anchor_strikes) is not None:
        per_strike = np.float32(strikes.km_per_strike)
        yield Steering("anchor_strikes", strikes.weight, lambda: cells.strikes_per_km * per_strike)
    if (cost := rules.burial_cost) is not None:
        yield Steering("burial_cost", cost.weight, lambda: cells.usd_per_km / np.float32(base_usd_per_km))
    if (unburiable := rules.unburiable) is not None:
        frictions = (unburiable.friction, unburiable.unknown_friction)
        yield Steering("unburiable", unburiable.weight, partial(unburiable_friction, cells, *frictions))


def unburiable_friction(cells: Cells, friction: float, unknown_friction: float) -> Raster:
    """Friction where no tool works, and where that is not known."""
    sure, maybe = cells.works
    return cells.spread(np.where(sure, 0.0, np.where(maybe, unknown_friction, friction)))


def strikes_on_grid(inputs: Inputs, grid: Grid, depth: DepthModel) -> dict[str, Raster]:
    """Strikes a year on a km of bare cable, and the passages that they are known from; empty without traffic."""
    study = known_of(inputs)
    if not study.rules.has_traffic:
        return {}
    cells = Cells(study, grid, depth)
    return {"anchoring": cells.strikes_per_km, "anchoring_passages": cells.passages_per_km}
