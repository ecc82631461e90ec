"""Whose waters the sea is, and the sea at lower levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from transcaspian import engineering
from transcaspian.core.spread import one_beside
from transcaspian.core.vocabulary import STATUSES
from transcaspian.runs.stages.inputs import Inputs, rows_of

if TYPE_CHECKING:
    from transcaspian.runs.stages.model_seabed import Bed
    from transcaspian.study import SectorRules

SHORE_POINTS_FOR_CELLS = 5
"""Every fifth point, a kilometre apart: at 15 nm the distance is then too great by 5 m at most, and cells are wider."""


@dataclass(frozen=True)
class StateZones:
    """Whose waters the sea of the study is.

    Attributes
    ----------
    medians
        Equidistance lines by the two states, where they were derived and no agreed line parts the states.
    boundaries
        Agreed lines, and what is assumed from their ends.
    method, status
        How the boundaries were found.
    """

    areas: tuple[engineering.Zone, ...]
    medians: Mapping[tuple[str, str], list[NDArray[np.float64]]]
    boundaries: tuple[engineering.BoundaryLine, ...]
    method: str
    status: str


@dataclass(frozen=True)
class Waters:
    """What is drawn of the sea itself; without zones where the study does not tell whose it is."""

    zones: StateZones | None
    seas: tuple[engineering.SeaAtLevel, ...]


def divide_waters(inputs: Inputs, bed: Bed) -> Waters:
    """The waters of each state as areas, and the sea at each of the study's lower levels."""
    study, rules, bed = inputs.study, inputs.study.engineering, bed.with_own_polygons()
    levels = rules.water_levels.below(inputs.study.water_level.level_m_msl) if rules and rules.water_levels else ()

    def sea_at(level_m_msl: float) -> engineering.SeaAtLevel:
        return engineering.sea_at_level(bed.grid, bed.depth, bed.water, study.water_level.level_m_msl, level_m_msl)

    with one_beside() as beside:
        seas = beside(lambda: tuple(map(sea_at, levels)))
        return Waters(state_zones(inputs, bed), seas.result())


def state_zones(inputs: Inputs, bed: Bed) -> StateZones | None:
    """The waters as areas that follow the cells, and the lines between the states."""
    shores = shores_of(inputs, bed.water)
    agreement = agreement_of(inputs, bed, shores)
    waters = state_waters(inputs, bed, shores, agreement)
    thinned = shores.thinned(SHORE_POINTS_FOR_CELLS) if shores else None
    on_cells = state_waters(inputs, bed, thinned, agreement)
    if waters is None or on_cells is None:
        return None
    codes = engineering.classes_on(bed.grid, bed.depth.water, on_cells)
    with one_beside() as beside:
        zones = beside(lambda: engineering.zone_areas(bed.grid, codes, bed.water, waters))
        medians = {}
        if shores is not None and not gives_sectors(inputs):
            medians = engineering.median_lines(bed.grid, codes, bed.water, shores, agreement.lines)
        areas = zones.result()
    return StateZones(areas, medians, agreement.lines, waters.method, waters.status)


def state_waters(
    inputs: Inputs,
    bed: Bed,
    shores: engineering.Shores | None = None,
    agreement: engineering.Agreement | None = None,
) -> engineering.StateWaters | None:
    """What tells whose waters a place is: the study's own areas, agreed lines, and equidistance for the rest.

    None where it has neither areas nor borders.

    Parameters
    ----------
    shores, agreement
        By default those that the borders divide, and what agreed lines change of them.
    """
    rules = sector_rules(inputs)
    if rules is None:
        return None
    waters = None
    if shores := shores or shores_of(inputs, bed.water):
        limits_nm = (rules.territorial_nm, rules.fishing_nm)
        agreement = agreement or agreement_of(inputs, bed, shores)
        equidistant = engineering.equidistance_waters(shores, *limits_nm)
        waters = engineering.agreed_waters(equidistant, shores, agreement, limits_nm)
    given = [engineering.Zone(row["state"], row["zone"], row["geometry"]) for row in rows_of(inputs, "sectors")]
    if not given:
        return waters
    layer = inputs.layers["sectors"].layer
    source, status = "; ".join(sorted(set(layer["source"]))), max(layer["status"], key=STATUSES.index)
    return engineering.given_waters(given, source, status, waters)


def agreement_of(inputs: Inputs, bed: Bed, shores: engineering.Shores | None) -> engineering.Agreement:
    """What agreed lines change of equidistance; nothing where there is none, or seabed sectors are given as areas."""
    if shores is None or gives_sectors(inputs):
        return engineering.Agreement({}, ())
    lines = [
        engineering.AgreedLine(
            f"{row['line_id']}/{number}" if number else row["line_id"],
            row["state_a"],
            row["state_b"],
            shapely.get_coordinates(part),
            row["from_third_state"],
            row["to_third_state"],
            row["source"],
            row["status"],
        )
        for row in rows_of(inputs, "agreed_lines")
        for number, part in enumerate(shapely.get_parts(shapely.line_merge(row["geometry"])))
    ]
    return engineering.agree(shores, lines, bed.water, bed.grid)


def gives_sectors(inputs: Inputs) -> bool:
    """Whether the study gives seabed sectors as areas."""
    return any(row["zone"] == "seabed" for row in rows_of(inputs, "sectors"))


def shores_of(inputs: Inputs, water: BaseGeometry) -> engineering.Shores | None:
    """The shoreline divided among the states; None where the study has no borders, or no rules for waters."""
    rules = sector_rules(inputs)
    borders = borders_of(inputs)
    if not rules or not borders:
        return None
    islands = [(row["state"], row["geometry"]) for row in rows_of(inputs, "islands")]
    return engineering.shores_of(water, borders, rules.max_border_off_km, inputs.study.area.bounds, islands)


def borders_of(inputs: Inputs) -> list[engineering.Border]:
    """Where the land borders of the states meet the shore, as the study has them."""
    return [
        engineering.Border(row["state_a"], row["state_b"], row["geometry"].x, row["geometry"].y)
        for row in rows_of(inputs, "borders")
    ]


def sector_rules(inputs: Inputs) -> SectorRules | None:
    """The study's rules for waters."""
    rules = inputs.study.engineering
    return rules.sectors if rules else None
