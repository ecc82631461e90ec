"""How many lines a corridor takes at a depth, and blocks of a route with as many lines all along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcaspian.analyses.survey.config import CorridorBand, Sensor
from transcaspian.engineering.rule_sections import divided

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """Lines side by side that cover a corridor.

    Attributes
    ----------
    swath_m
        Of the sensor that asks for them.
    spacing_m
        Between neighbours, so that the outermost swaths end at the edges; None: one line.
    """

    lines: int
    swath_m: float
    spacing_m: float | None

    @property
    def offsets_m(self) -> Floats:
        """From the route, the first to port, shape ``(lines,)``."""
        return np.asarray((np.arange(self.lines) - (self.lines - 1) / 2) * (self.spacing_m or 0.0))


def swath_m(sensor: Sensor, depth_m: float) -> float:
    """Width that a sensor sees."""
    by_depth_m = sensor.min_swath_m if sensor.swath_depths is None else sensor.swath_depths * depth_m
    return float(np.clip(by_depth_m, sensor.min_swath_m, sensor.max_swath_m))


def plan_at(depth_m: float, band: CorridorBand, sensors: Mapping[str, Sensor]) -> Plan:
    """The fewest lines with which every sensor of a band covers the corridor at a depth.

    >>> about = {"source": "example", "status": "ASSUMED"}
    >>> multibeam = Sensor(id="mbes", swath_depths=4.0, overlap_percent=25.0, **about)
    >>> band = CorridorBand(from_m=0.0, to_m=50.0, width_m=500.0, sensors=("mbes",), **about)
    >>> plan_at(25.0, band, {"mbes": multibeam})
    Plan(lines=7, swath_m=100.0, spacing_m=66.66666666666667)
    """
    plans = []
    for sensor in (sensors[name] for name in band.sensors):
        seen_m = swath_m(sensor, depth_m)
        beyond_m, apart_m = band.width_m - seen_m, seen_m * (1.0 - sensor.overlap_percent / 100.0)
        lines = 1 if beyond_m <= 0 else 1 + int(np.ceil(beyond_m / apart_m - 1e-9))
        plans.append(Plan(lines, seen_m, beyond_m / (lines - 1) if lines > 1 else None))
    return max(plans, key=lambda plan: plan.lines)


def blocks(lines: Ints, min_steps: int) -> Iterator[tuple[int, int]]:
    """First and last sample of blocks with as many lines all along, so that all lines together are shortest.

    Parameters
    ----------
    lines
        That each sample needs, shape ``(n,)``.
    min_steps
        Of a block, between samples; all of them, where there are fewer.
    """
    if len(lines) < 2:
        yield 0, 0
        return
    numbers, level = np.unique(lines, return_inverse=True)
    needed = np.maximum(level[:-1], level[1:])
    yield from ((first, last) for first, last, _ in divided(needed, numbers.astype(float), min_steps))
