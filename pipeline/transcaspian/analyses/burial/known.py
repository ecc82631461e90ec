"""What a study says of seabed and ships, and what burying costs by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from transcaspian.analyses.burial.config import Burial, BurialTool, value_of
from transcaspian.analyses.burial.strikes import Anchors
from transcaspian.analyses.burial.traffic import Ships, ships_of
from transcaspian.core.constraint_data import ConstraintData
from transcaspian.core.cost_range import CostRange
from transcaspian.study.price_tables import Prices

if TYPE_CHECKING:
    from transcaspian.runs.stages.inputs import Inputs


@dataclass(frozen=True)
class Known:
    """What a study says of seabed and ships.

    Attributes
    ----------
    constraints
        Data of the constraints of the study, by their ids.
    logs
        What was read of each file of ``burial.soil_logs``, by its id.
    """

    rules: Burial
    constraints: Mapping[str, ConstraintData]
    logs: Mapping[str, Mapping[str, Any]]
    ships: Ships
    anchors: Anchors
    prices: Prices | None


def known_of(inputs: Inputs) -> Known:
    """What the study says of seabed and ships."""
    rules = inputs.study.required_table(Burial)
    read = {name: item.value for name, item in inputs.further.items()}
    traffic, logs = (
        {one.id: read[f"burial.{name}.{one.id}"] for one in getattr(rules, name)} for name in ("traffic", "soil_logs")
    )
    return Known(rules, inputs.constraints, logs, ships_of(rules, traffic), Anchors.of(rules), inputs.study.prices)


def burial_cost(prices: Prices, tool: BurialTool, depth_m: float, length_km: float) -> CostRange:
    """What burying a length with a tool costs, without contingency.

    Parameters
    ----------
    depth_m
        Of lowering: the cost book has prices of gear by it.
    """
    gear, vessel = prices.burial_of(tool.bill_method, depth_m), prices.vessel_day
    days = length_km / (value_of(tool.km_per_day) or np.inf)
    low, base, high = (
        round(getattr(gear, name) * length_km + getattr(vessel, name) * days, 2) for name in ("low", "base", "high")
    )
    statuses = {gear.status, vessel.status, tool.status_of("km_per_day")}
    return CostRange(low, base, high, "ASSUMED" if "ASSUMED" in statuses else "DERIVED")
