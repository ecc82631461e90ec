"""The network that subsea systems are part of: nodes, legs, paths, delay; values in, values out, no file is opened."""

from transcaspian.analyses.network.delay import MS_PER_US, Delay, delay_of, fibre_us_per_km
from transcaspian.analyses.network.land import Attachment, LandNet, LandRoute
from transcaspian.analyses.network.legs import SEA_AND_LAND, Leg, Place, SubseaRoute, given_leg, land_legs, subsea_leg
from transcaspian.analyses.network.paths import Path, path_along, shortest_chain
from transcaspian.analyses.network.published import Compared, Subject, compare

__all__ = [
    "MS_PER_US",
    "SEA_AND_LAND",
    "Attachment",
    "Compared",
    "Delay",
    "LandNet",
    "LandRoute",
    "Leg",
    "Path",
    "Place",
    "Subject",
    "SubseaRoute",
    "compare",
    "delay_of",
    "fibre_us_per_km",
    "given_leg",
    "land_legs",
    "path_along",
    "shortest_chain",
    "subsea_leg",
]
