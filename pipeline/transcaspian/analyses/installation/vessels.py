"""Vessels, as a study's table has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

VesselWork = Literal["survey", "geotechnical", "barge", "shallow plough", "main lay"]
VESSEL_WORKS: tuple[VesselWork, ...] = get_args(VesselWork)
Access = Literal["resident", "canal"]
ACCESSES: tuple[Access, ...] = get_args(Access)
FIGURES = ("length_m", "beam_m", "draught_m", "min_depth_m", "max_depth_m", "cable_capacity_t", "max_hs_m")
COLUMNS = ("name", "work", *FIGURES, "dp", "access", "port", "source", "status")
"""Of the file, in any order; a cell of a figure may be empty but that of ``draught_m``: it is then not known."""
LAYING: tuple[VesselWork, ...] = ("barge", "shallow plough", "main lay")
"""From the shallowest water to the deepest."""


@dataclass(frozen=True)
class Vessel:
    """A vessel, or a kind of vessel.

    Attributes
    ----------
    works
        What it does.
    min_depth_m
        Shallowest water that it works in; None: its draught and what it keeps under the keel.
    max_depth_m
        How deep its gear reaches; None: not known.
    dp
        Whether it holds its place by itself; None: not known.
    row
        Of the file, from 1 with the headings.
    """

    name: str
    works: tuple[str, ...]
    length_m: float | None
    beam_m: float | None
    draught_m: float
    min_depth_m: float | None
    max_depth_m: float | None
    cable_capacity_t: float | None
    max_hs_m: float | None
    dp: bool | None
    access: Access
    port: str
    source: str
    status: str
    row: int

    def min_working_depth_m(self, under_keel_m: float) -> float:
        """Least water that it works in."""
        return self.draught_m + under_keel_m if self.min_depth_m is None else self.min_depth_m

    @property
    def is_resident(self) -> bool:
        """Whether it is there."""
        return self.access == "resident"


def vessels_of(read: Mapping[str, Any]) -> tuple[Vessel, ...]:
    """The vessels of a file that was read."""
    return tuple(Vessel(**row) for row in read["rows"])
