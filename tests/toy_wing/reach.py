"""What a trawl reaches."""

import numpy as np
from numpy.typing import NDArray


def share_reached(depth_m: NDArray[np.float64], max_depth_m: float) -> float:
    """Share of samples in water so deep at most; those without a depth do not count."""
    known = depth_m[np.isfinite(depth_m)]
    return float((known <= max_depth_m).mean()) if len(known) else float("nan")
