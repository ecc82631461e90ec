"""Values of a seabed that no sea and no land has: most of them stand for no data, and nothing in the file says so."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import IngestError
from transcaspian.sources.datafile import DataFile

Floats = NDArray[np.float64]

LOWEST_M, HIGHEST_M = -11_100.0, 9_000.0
"""Elevations beyond these are on no chart: the Challenger Deep lies at some -10,930 m, Everest at 8,849 m."""
FILLS = (-9999.0, 9999.0, -999.0, 999.0, -99.0, 99.0)
"""Values within these limits that writers of grids use for no data."""
GAP_M = 1000.0
"""So far above or below all others no real elevation of a grid lies, let alone several of exactly the same figure."""
FEW_FILLS, MANY_VALUES = 3, 10
NEAR_M, MANY_NODES, TIMES = 10.0, 10, 3


def refuse_implausible(file: DataFile, values: Floats, factor: float | None = None) -> None:
    """Refuse a seabed with values that no sea and no land has, or that look like a fill value that is not declared.

    Parameters
    ----------
    values
        As the file has them, any shape; NaN is no data, what is infinite is not.
    factor
        Metres above sea level in a unit of them; None: metres, up or down by ``file.values``.

    Raises
    ------
    IngestError
        When there is such a value; the message has it, how often it stands there, and what to declare.
    """
    known = values[~np.isnan(values)]
    elevation_m = known * ((-1.0 if file.values == "depth_m_down" else 1.0) if factor is None else factor)
    wrong = known[(elevation_m < LOWEST_M) | (elevation_m > HIGHEST_M)]
    if wrong.size:
        value, count = commonest(wrong)
        raise IngestError(
            f"{file.path} has {wrong.size:,} nodes that no sea and no land has, {count:,} of them {shown(value)} m "
            f"(expected elevations of {LOWEST_M:,.0f} to {HIGHEST_M:,.0f} m): {remedy(file, value)}; or give the "
            "file in metres"
        )
    for value, count, why in suspects(known):
        raise IngestError(f"{file.path} has {count:,} nodes of exactly {shown(value)} m, {why}: {remedy(file, value)}")


def remedy(file: DataFile, value: float) -> str:
    """What to declare."""
    key = f"nodata = {shown(value)} in sources.{file.role}"
    return f"where that stands for no data, say so by {key}, or in the file itself"


def shown(value: float) -> str:
    """A value as briefly as single precision takes it, in which it is compared; beyond that range in full."""
    with np.errstate(over="ignore"):
        single = np.float32(value)
    return str(single) if np.isfinite(single) else repr(float(value))


def commonest(values: Floats) -> tuple[float, int]:
    """The value that stands there most often, and how often."""
    found, counts = np.unique(values, return_counts=True)
    return float(found[counts.argmax()]), int(counts.max())


def suspects(known: Floats) -> Iterator[tuple[float, int, str]]:
    """Fill values within the range of real elevations, each with its count and what gives it away."""
    if known.size:
        yield from apart(known)
        yield from crowded(known)


def apart(known: Floats) -> Iterator[tuple[float, int, str]]:
    """Few figures, repeated, far above or below all others."""
    lowest = known.min()
    metres = np.flatnonzero(np.bincount((known - lowest).astype(np.int64)))
    for gap in np.flatnonzero(np.diff(metres) > GAP_M):
        below = known < lowest + metres[gap] + 1
        for few, rest in ((known[below], known[~below]), (known[~below], known[below])):
            value, count = commonest(few)
            alone = np.unique(few).size <= FEW_FILLS < MANY_VALUES <= np.unique(rest).size
            if value in FILLS or (alone and count > 1):
                yield value, count, f"{GAP_M:,.0f} m and more from all others, {rest.min():,.6g} to {rest.max():,.6g} m"


def crowded(known: Floats) -> Iterator[tuple[float, int, str]]:
    """Usual fill values that stand there far more often than all figures near them."""
    for value in FILLS:
        count = int((known == value).sum())
        near = int((np.abs(known - value) <= NEAR_M).sum()) - count
        if count >= MANY_NODES and count > TIMES * near:
            yield value, count, f"and {near:,} of any other figure within {NEAR_M:g} m of it"
