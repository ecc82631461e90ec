"""The layer of the question and its columns."""

from transcaspian.core.fields import Field, columns, define
from transcaspian.core.layers import Layer

define(Field("trawled_km", "float", "length in water that trawls reach; empty: insufficient information", "km"))
TRAWLED_ROUTES = Layer(
    "trawled_routes",
    "LineString",
    "each route with the length that trawls reach",
    columns("system_id trawled_km length_km status"),
    key="system_id",
    asked_by="trawling",
)
