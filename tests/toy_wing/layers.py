"""The layer of the question, its style, and what the data dictionary says of it."""

from transcaspian.core.fields import Field, columns, define
from transcaspian.core.layer_catalogue import LayerSet
from transcaspian.core.layers import Layer
from transcaspian.core.styles import Group, Style, Symbol

define(Field("trawled_km", "float", "length in water that trawls reach; empty: insufficient information", "km"))
TRAWLED_ROUTES = Layer(
    "trawled_routes",
    "LineString",
    "each route with the length that trawls reach",
    columns("system_id trawled_km length_km status"),
    key="system_id",
    asked_by="trawling",
)
LAYER_SET = LayerSet(
    (TRAWLED_ROUTES,),
    {"trawled_routes": (Style("trawled", Symbol("#D55E00", 0.8)),)},
    (Group("Trawling", ("trawled_routes",), note="Trawls and the routes that they reach."),),
)
