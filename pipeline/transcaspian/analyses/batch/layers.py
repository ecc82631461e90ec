"""Layers of a batch, which no run has."""

from __future__ import annotations

from typing import get_args

from transcaspian.core.fields import Field, columns, define
from transcaspian.core.layers import Layer
from transcaspian.core.registry import LayerSet
from transcaspian.core.styles import Group
from transcaspian.core.vocabulary import MemberState

define(
    Field("member_id", "str", "identifier: pair, weighting and scenario", required=True),
    Field("pair_id", "str", "between what it runs", required=True),
    Field("weights_id", "str", "the weighting", required=True),
    Field("scenario_id:batch", "str", "the scenario", required=True),
    Field("state:member", "str", "whether there is a route", required=True, choices=get_args(MemberState)),
    Field("traceback", "str", "where the program failed, when the fault is the program's"),
    Field("from_name", "str", "where it begins", required=True),
    Field("to_name", "str", "where it ends", required=True),
    Field("from_snap_km", "float", "distance from the position given to the shoreline", "km"),
    Field("to_snap_km", "float", "distance from the position given to the shoreline", "km"),
    Field("overrides", "str", "what of the study is otherwise, JSON"),
)
BATCH_ROUTES = Layer(
    "batch_routes",
    "LineString",
    "the routes of a batch, one for every pair, weighting and scenario; without geometry where none was found",
    columns(
        """member_id pair_id weights_id scenario_id:batch state:member reason traceback from_name to_name
        from_snap_km to_snap_km length_km geodesic_km friction_cost cost_low_usd cost_base_usd cost_high_usd cost_status
        cost_usd max_depth_m max_depth_error_m depth_unknown_km seabed_resolution_deg overrides status"""
    ),
    key="member_id",
    published=False,
)

LAYER_SET = LayerSet(
    (BATCH_ROUTES,),
    {},
    (
        Group(
            "Batches",
            ("batch_routes",),
            order=200,
            note="What `transcaspian batch` writes into `routes.parquet` (GeoParquet, EPSG:4326).",
        ),
    ),
    order=95,
)
