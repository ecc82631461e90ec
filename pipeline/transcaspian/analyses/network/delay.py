"""How long a signal takes: in the fibre, in the amplifiers, in the equipment at nodes and ends."""

from __future__ import annotations

from dataclasses import dataclass

from transcaspian.analyses.network.config import Network

LIGHT_KM_PER_S = 299_792.458
"""Of light in vacuum, exact (SI)."""
MS_PER_US = 1e-3


@dataclass(frozen=True)
class Delay:
    """One way, by where it arises, ms."""

    fibre_ms: float
    amplifiers_ms: float
    equipment_ms: float

    @property
    def one_way_ms(self) -> float:
        """All of it."""
        return self.fibre_ms + self.amplifiers_ms + self.equipment_ms

    @property
    def round_trip_ms(self) -> float:
        """There and back."""
        return 2.0 * self.one_way_ms


def fibre_us_per_km(group_index: float) -> float:
    """Delay of a km of fibre: group index over the speed of light; 4.897 µs for 1.468."""
    return group_index / LIGHT_KM_PER_S * 1e6


def delay_of(cable_km: float, amplifiers: int, passed_nodes: int, rules: Network) -> Delay:
    """Delay of a path one way.

    Parameters
    ----------
    cable_km
        Length of fibre.
    amplifiers
        How many are in its line.
    passed_nodes
        Nodes between its two ends.
    """
    equipment = rules.equipment
    return Delay(
        fibre_ms=cable_km * fibre_us_per_km(rules.fibre.group_index) * MS_PER_US,
        amplifiers_ms=amplifiers * rules.amplifiers.delay_us * MS_PER_US,
        equipment_ms=(2.0 * equipment.terminal_us + passed_nodes * equipment.node_us) * MS_PER_US,
    )
