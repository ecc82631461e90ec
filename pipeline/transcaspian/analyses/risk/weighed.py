"""What all systems of a run have in common where faults are weighed: hazards, options, prices, ground."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from transcaspian.analyses.risk.cells import Cells, survey_cells
from transcaspian.analyses.risk.config import RiskRules
from transcaspian.analyses.risk.ledger import Ledger, SurveyedLine, choice_of_cable, ledger_of, survey_line
from transcaspian.analyses.risk.protection import NamedHazards, Options, annuity, options_of
from transcaspian.analyses.risk.rate_range import RateRange, rate_range
from transcaspian.analyses.risk.rates import ANCHORING, PASSAGES, Hazard, Places, model_hazard
from transcaspian.analyses.risk.seismicity import Catalogue, recurrence
from transcaspian.core.registry import asked_of, wings
from transcaspian.core.vocabulary import Status
from transcaspian.engineering import EngineeredRoute, Profile, bill_of_route, seabed_profile, with_drying
from transcaspian.runs.stages.engineer_systems import features_of
from transcaspian.runs.stages.inputs import Inputs, rows_of
from transcaspian.runs.stages.steering import steered_by
from transcaspian.seabed import sample, slope_deg
from transcaspian.study import Engineering
from transcaspian.study.base import cited

if TYPE_CHECKING:
    from transcaspian.analyses.risk.seismicity import Recurrence
    from transcaspian.runs.stages.model_seabed import Seabed


@dataclass(frozen=True)
class Weighed:
    """What all systems of a run have in common, on the ground of the study."""

    inputs: Inputs
    ground: Seabed
    rules: RiskRules
    hazard: Hazard
    options: Options
    recurrence: Recurrence | None
    paid_usd_per_km: NDArray[np.float32]

    @cached_property
    def status(self) -> Status:
        """Of every figure: assumed as soon as one figure that goes into it is."""
        statuses = {status for _, status, _ in cited(self.rules.model_dump(mode="json"))}
        return "ASSUMED" if "ASSUMED" in statuses else "DERIVED"

    @cached_property
    def range(self) -> RateRange | None:
        """How far rates may be off; None where the study does not say."""
        published = self.rules.published_rate
        return None if published is None else rate_range(published, self.rules.earthquakes, self.recurrence)

    @cached_property
    def annuity(self) -> float:
        """Present value of a USD a year over the service life."""
        return annuity(self.rules.discount_rate, self.rules.service_years)

    def profile(self, lonlat: NDArray[np.float64]) -> Profile:
        """The seabed under a line, at the steps of the study."""
        rules, depth = self.inputs.study.required_table(Engineering), self.ground.depth
        step_km = rules.profile.sample_step_km
        profile = seabed_profile(self.ground.grid, depth, lonlat, depth.effective_resolution_deg, step_km)
        return with_drying(profile, self.ground.grid, depth)

    def survey(self, lonlat: NDArray[np.float64]) -> SurveyedLine:
        """What could be laid on a line."""
        return self.survey_profile(self.profile(lonlat))

    def survey_profile(self, profile: Any) -> SurveyedLine:
        """What could be laid on the seabed of a profile."""
        paid = sample(self.ground.grid, self.paid_usd_per_km, profile.lon_deg, profile.lat_deg)
        return survey_line(self.hazard, self.options, self.rules.repair, profile, np.nan_to_num(paid))

    def present_value(self, ledger: Ledger) -> float:
        """Cost, and repairs of the service life at their present value."""
        return ledger.paid_usd + self.annuity * float(ledger.repair_usd.sum())


def prepare(inputs: Inputs, ground: Seabed) -> Weighed:
    """Earthquakes, hazards and options of the study."""
    rules = inputs.study.required_table(RiskRules)
    known = None
    if rules.earthquakes is not None and "earthquakes" in inputs.layers:
        known = recurrence(catalogue_of(inputs), rules.earthquakes)
    mud_volcanoes = None
    if "hazards" in inputs.layers:
        mud_volcanoes = [row["geometry"] for row in rows_of(inputs, "hazards") if row["kind"] == "mud_volcano"]
    hazard = model_hazard(ground.grid.bounds, rules, known, mud_volcanoes)
    if (strikes := strikes_by_traffic(inputs, ground)) is not None:
        hazard = replace(hazard, strikes=(ground.grid, strikes[ANCHORING]), passages=strikes.get(PASSAGES))
    base_usd = inputs.study.cost.base_cost_usd_per_km
    paid = paid_friction(inputs, ground, rules)
    paid_usd = np.float32(base_usd) * np.sum([np.zeros(ground.grid.shape, np.float32), *paid], axis=0)
    options = replace(options_of(rules, hazard.causes, base_usd, inputs.study.prices), rock=rock_of(inputs))
    return Weighed(inputs, ground, rules, hazard, options, known, paid_usd.astype(np.float32))


def rock_of(inputs: Inputs) -> tuple[NamedHazards, ...]:
    """The hazards by which rules of engineering lay rock armour, and how near to one it is laid."""
    rules, features = inputs.study.required_table(Engineering), features_of(inputs)
    return tuple(
        ([feature.geometry for feature in features if feature.kind in rule.near], rule.within_km)
        for rule in rules.cable_types
        if rule.cable_type == "RA" and rule.within_km is not None
    )


def strikes_by_traffic(inputs: Inputs, ground: Seabed) -> Mapping[str, NDArray[np.float32]] | None:
    """Anchor strikes on a bare cable per km and year on the grid, and the passages that they are known from.

    None where no other analysis knows of ships.
    """
    asked = asked_of(inputs.study, [wing for wing in wings() if wing.rates])
    known = (wing.rates(inputs, ground.grid, ground.depth) for wing in asked if wing.rates)
    return next((rates for rates in known if ANCHORING in rates), None)


def paid_friction(inputs: Inputs, ground: Seabed, rules: RiskRules) -> list[NDArray[np.float32]]:
    """The weighted frictions that are money: of criteria as the cost has them, and of constraints; NaN off water."""
    found = [ground.cost.criteria[name] for name in rules.paid_criteria if name in ground.cost.criteria]
    for constraint in inputs.study.constraints:
        if constraint.id in rules.paid_criteria:
            steering = steered_by(inputs, ground.grid, ground.depth, constraint)
            weighted = np.float32(steering.weight) * steering.friction()
            found.append(np.where(ground.depth.water, weighted, np.float32(np.nan)))
    return found


def catalogue_of(inputs: Inputs) -> Catalogue:
    """The earthquakes that were read."""
    quakes = inputs.layers["earthquakes"].layer
    return Catalogue(
        np.array([moment(text) for text in quakes["time_utc"]], "datetime64[s]"),
        quakes.geometry.x.to_numpy(float),
        quakes.geometry.y.to_numpy(float),
        quakes["magnitude_mw"].to_numpy(float),
    )


def moment(text: Any) -> np.datetime64:
    """A time of ISO 8601 in UTC; NaT where it is not stated or cannot be read."""
    try:
        return np.datetime64(str(text).strip().removesuffix("Z").replace(" ", "T"), "s")
    except ValueError:
        return np.datetime64("NaT", "s")


def open_cells(weighed: Weighed) -> Cells:
    """What each cell of open water costs and risks."""
    grid, depth_m = weighed.ground.grid, weighed.ground.depth.depth_m
    is_open = np.isfinite(weighed.ground.cost.friction_cost)
    places = Places.of_cells(grid, is_open, depth_m, slope_deg(grid, depth_m))
    return survey_cells(weighed.hazard, weighed.options, is_open, places, weighed.paid_usd_per_km)


def ledger_of_route(weighed: Weighed, route: EngineeredRoute) -> Ledger:
    """The engineered route with the cable that the rules of the study gave it."""
    line, prices = weighed.survey_profile(route.profile.sea_part()), weighed.inputs.study.prices
    ledger = ledger_of(line, weighed.options, choice_of_cable(line, weighed.options, route.cable))
    return ledger if prices is None else replace(ledger, total=bill_of_route(prices, route).total)
