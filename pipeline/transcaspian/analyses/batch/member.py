"""The work of a batch: routes of members, each with its figures, or why there is none."""

from __future__ import annotations

import json
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import LineString

from transcaspian import routing
from transcaspian.analyses.batch.kept_rows import LastMade
from transcaspian.analyses.batch.plan import BatchGround, Chunk, Member, RouteEnd
from transcaspian.core.cost_range import CostRange
from transcaspian.core.errors import TranscaspianError
from transcaspian.core.grid import GEOD
from transcaspian.core.interrupt import check_interrupted
from transcaspian.core.spread import Lost
from transcaspian.engineering import Surroundings, bill_of, quantities_along, seabed_profile
from transcaspian.runs.stages.engineer_systems import listed_ground
from transcaspian.runs.stages.ingredients import leaves, study_document
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.runs.stages.model_seabed import Bed, Seabed, cost_of, model_bed, with_cost
from transcaspian.runs.stages.order import COST, DEPTH
from transcaspian.runs.stages.route_systems import problem_of
from transcaspian.runs.stages.steering import frictions_of, weighted_by
from transcaspian.seabed import with_free_approaches
from transcaspian.study import Engineering, Study, study_of
from transcaspian.study.load import apply_override
from transcaspian.study.price_tables import Prices

Row = dict[str, Any]

AFTER_THE_PATH = {"cost_tolerance", "alternatives", "engineering", "prices", "published", "review"}
KEPT_GROUNDS = 2
"""The members come ground by ground, so that no more than two are in work at a time."""


class RouteMembers:
    """Routes chunks of members; safe on several threads, and picklable: what it keeps for the next chunk stays here.

    Parameters
    ----------
    inputs
        The study and its data sets, as read.
    """

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        # a batch ends at the path: rules of what comes after it could only refuse a scenario, or change nothing
        of_analyses = type(inputs.study).model_fields.keys() - Study.model_fields.keys()
        self.document = inputs.study.model_dump(mode="json", exclude_none=True, exclude=AFTER_THE_PATH | of_analyses)
        self._beds: LastMade[Bed] = LastMade(KEPT_GROUNDS)
        self._frictions: LastMade[Any] = LastMade(1)
        self._grounds: LastMade[Prepared] = LastMade(KEPT_GROUNDS)

    def __reduce__(self) -> tuple[type[RouteMembers], tuple[Inputs]]:
        return RouteMembers, (self.inputs,)

    def __call__(self, chunk: Chunk) -> list[Row]:
        """A row of `transcaspian.analyses.batch.layers.BATCH_ROUTES` for each member, in their order."""
        return [self.row(member) for member in chunk]

    def row(self, member: Member) -> Row:
        """The row of a member. A fault of one, the program's own too, never loses the others."""
        check_interrupted()
        about = about_member(member)
        try:
            return {**about, "state": "routed", **self.prepared(member.ground).route(member)}
        except TranscaspianError as exc:
            return {**about, "state": "failed", "reason": str(exc)}
        except Exception as exc:
            reason = f"a fault of the program: {type(exc).__name__}: {exc}"
            return {**about, "state": "failed", "reason": reason, "traceback": traceback.format_exc()}

    def study_on(self, ground: BatchGround) -> Study:
        """The study as the ground has it.

        Raises
        ------
        StudyError
            When it cannot be so.
        """
        tables = json.loads(json.dumps(self.document))
        for key, value in ground.overrides.items():
            apply_override(tables, key, value)
        return study_of(tables, f"weighting `{ground.weights_id}` in scenario `{ground.scenario_id}`")

    def prepared(self, ground: BatchGround) -> Prepared:
        """What members are routed on, made once for all of them."""
        return self._grounds.get(ground.overrides, lambda: self._prepare(self.study_on(ground)))

    def _prepare(self, study: Study) -> Prepared:
        inputs = replace(self.inputs, study=study)
        document = study_document(study)
        below = leaves(document, DEPTH)
        rest = {key: leaf for key, leaf in leaves(document, COST).items() if not key.endswith(".weight")}
        bed = self._beds.get(below, lambda: model_bed(inputs))
        frictions = self._frictions.get([below, rest], lambda: frictions_of(inputs, bed.grid, bed.depth))
        ground = with_cost(bed, cost_of(inputs, bed, weighted_by(study.weights, frictions)))
        return Prepared(study, ground, CostBook.of(self.inputs.study, listed_ground(inputs, ground)))


def about_member(member: Member) -> Row:
    """The columns of a row that do not depend on what comes of it."""
    return {
        "member_id": member.id,
        "pair_id": member.pair.id,
        "weights_id": member.ground.weights_id,
        "scenario_id": member.ground.scenario_id,
        "from_name": member.pair.start.name,
        "to_name": member.pair.end.name,
        "overrides": json.dumps(member.ground.overrides, sort_keys=True, ensure_ascii=False),
        "status": "DERIVED",
        "geometry": None,
    }


def lost_rows(lost: Lost) -> list[Row]:
    """The rows of a chunk whose worker was lost."""
    return [{**about_member(member), "state": "failed", "reason": lost.reason} for member in lost.item]


@dataclass(frozen=True)
class CostBook:
    """What a line at sea is priced by: the book and the rules of the study, whatever a variant has otherwise."""

    prices: Prices
    rules: Engineering
    near: Surroundings

    @classmethod
    def of(cls, study: Study, near: Surroundings) -> CostBook | None:
        """None where the study has no cost book, or no rules of engineering."""
        return None if study.prices is None or study.engineering is None else cls(study.prices, study.engineering, near)

    def cost(self, lonlat: NDArray[np.float64]) -> CostRange:
        """Of a line with the cable that the rules give it, without land tails."""
        return bill_of(self.prices, quantities_along(self.near, lonlat, self.rules)).total


class Prepared:
    """The ground of some members."""

    def __init__(self, study: Study, ground: Seabed, book: CostBook | None) -> None:
        self.study = study
        self.ground = ground
        self.book = book
        self.polygons = routing.PolygonCopies(ground.water, ground.forbidden)

    def route(self, member: Member) -> Row:
        """The route of a member and its figures.

        Raises
        ------
        RoutingError
            When there is none.
        """
        study, ground = self.study, self.ground
        water, forbidden = self.polygons.here()
        ends = (member.pair.start, member.pair.end)
        first, last = (
            routing.snap_to_shore(
                routing.water_to_land_at(water, end.lon_deg, end.lat_deg),
                *(end.lon_deg, end.lat_deg, end.max_snap_km, end.name, study.area.bounds),
            )
            for end in ends
        )
        routing.check_apart(first, last)
        problem = replace(
            problem_of(study, ground, self.cost_between(ends)),
            water=water,
            forbidden=forbidden,
            effort=routing.Effort(threads=1, bounded=False),
        )
        path = routing.route_between(problem, first, last)
        profile = seabed_profile(ground.grid, ground.depth, path.lonlat, ground.depth.effective_resolution_deg)
        return {
            "from_snap_km": first.snap_km,
            "to_snap_km": last.snap_km,
            "length_km": profile.length_km,
            "geodesic_km": float(GEOD.inv(first.lon, first.lat, last.lon, last.lat)[2]) / 1000.0,
            "friction_cost": path.cost / 1000.0,
            **({} if self.book is None else asdict(self.book.cost(path.lonlat))),
            "cost_usd": profile.length_km * study.cost.base_cost_usd_per_km,
            "max_depth_m": profile.max_depth_m,
            "max_depth_error_m": profile.max_depth_error_m,
            "depth_unknown_km": profile.unknown_km,
            "seabed_resolution_deg": profile.resolution_deg,
            "geometry": LineString(path.lonlat),
        }

    def cost_between(self, ends: Sequence[RouteEnd]) -> NDArray[np.float32]:
        """The cost, with approaches to the ends that are no landings of the study."""
        further = [(end.lon_deg, end.lat_deg) for end in ends if not end.is_landing]
        criteria = self.study.criteria
        free_km = {"shallow": criteria.shallow.approach_km}
        if criteria.crossings is not None:
            free_km["crossings"] = criteria.crossings.free_radius_km
        cost = self.ground.cost
        return with_free_approaches(self.ground.grid, cost, further, free_km) if further else cost.friction_cost
