"""How the layer looks, and what the data dictionary says of it."""

from toy_wing.layers import TRAWLED_ROUTES

from transcaspian.core.registry import LayerSet
from transcaspian.core.styles import Group, Style, Symbol

LAYER_SET = LayerSet(
    (TRAWLED_ROUTES,),
    {"trawled_routes": (Style("trawled", Symbol("#D55E00", 0.8)),)},
    (Group("Trawling", ("trawled_routes",), note="Trawls and the routes that they reach."),),
)
