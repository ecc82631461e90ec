"""How well a depth is known: the zones of confidence of charts, and the types of GEBCO's grid."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Catzoc = Literal["A1", "A2", "B", "C", "D", "U"]
CLASSES: tuple[Catzoc, ...] = get_args(Catzoc)

ERRORS: dict[Catzoc, tuple[float, float]] = {
    "A1": (0.5, 0.01),
    "A2": (1.0, 0.02),
    "B": (1.0, 0.02),
    "C": (2.0, 0.05),
    "D": (4.0, 0.10),
    "U": (4.0, 0.10),
}
"""Metres, and the share of the depth that adds to them. A1 to C as in S-57 (IHO), taken as one standard error; the
standard gives none for D and U: twice C is ASSUMED."""

TID_CLASSES: dict[int, Catzoc] = {
    **dict.fromkeys((11, 15), "A2"),
    **dict.fromkeys((10, 14, 17), "B"),
    **dict.fromkeys((12, 13, 16, 44), "C"),
    **dict.fromkeys((40, 41, 42, 43, 45, 46, 70, 71, 72), "D"),
}
"""The class that each type identifier of a GEBCO grid is taken as: ASSUMED. 0 is land."""


def errors_of_types(tid: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Metres, and share of the depth, of GEBCO's type identifiers, in their shape; NaN where there is none, or land."""
    metres, share = (np.full(tid.shape, np.nan, np.float32) for _ in range(2))
    for code, name in TID_CLASSES.items():
        there = tid == code
        metres[there], share[there] = ERRORS[name]
    return metres, share
