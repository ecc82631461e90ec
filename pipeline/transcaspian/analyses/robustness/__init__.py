"""How sure a route is: what is uncertain is drawn again and again, and routes are counted. Arrays in, arrays out."""

from transcaspian.analyses.robustness.counts import HeatMap, Share, quantiles, share_of, visited
from transcaspian.analyses.robustness.draws import Draw, Spreads, depth_with_error, draw, moved, smooth_error
from transcaspian.analyses.robustness.flips import Flip, find_flip, ladder
from transcaspian.analyses.robustness.found import Candidate, Sample, SystemSamples, Turn

__all__ = [
    "Candidate",
    "Draw",
    "Flip",
    "HeatMap",
    "Sample",
    "Share",
    "Spreads",
    "SystemSamples",
    "Turn",
    "depth_with_error",
    "draw",
    "find_flip",
    "ladder",
    "moved",
    "quantiles",
    "share_of",
    "smooth_error",
    "visited",
]
