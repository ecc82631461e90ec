"""Layers of the analysis and their columns: how sure each route is."""

from __future__ import annotations

from typing import get_args

from transcaspian.core.fields import Field, columns, define
from transcaspian.core.layers import Layer
from transcaspian.core.vocabulary import FlipStep

_SPREADS = tuple(
    Field(name.format(percent), "float", f"quantile {percent} % of {what} over the samples", unit)
    for name, what, unit in (
        ("length_p{}_km", "the length", "km"),
        ("friction_cost_p{}", "what the router minimised", "km"),
        ("cost_p{}_usd", "the length times the base cost", "USD"),
        ("cost_base_p{}_usd", "the cost by the cost book, of the route's cable and burial over that length", "USD"),
    )
    for percent in ("05", "25", "50", "75", "95")
)

define(
    *_SPREADS,
    Field("samples", "int", "how many were drawn"),
    Field("without_route", "int", "in how many of them there is no route"),
    Field("near_km", "float", "distance within which a route says the same", "km"),
    Field("near_share", "float", "share of the samples whose path stays within it of this route", "1"),
    Field("near_low", "float", "low end of the interval that holds that share with 95 % confidence", "1"),
    Field("near_high", "float", "high end of that interval", "1"),
    Field("best_share", "float", "share of the samples in which it is the cheapest of route and alternatives", "1"),
    Field("best_low", "float", "low end of the interval that holds that share with 95 % confidence", "1"),
    Field("best_high", "float", "high end of that interval", "1"),
    Field("off_median_km", "float", "how far half of the sampled paths go from it at most", "km"),
    Field("sample_id:draw", "str", "identifier: system and number", required=True),
    Field("sample", "int", "number of the sample, from 0; the same draw for all systems"),
    Field("off_km", "float", "how far it goes from the line of the layer routes at most", "km"),
    Field("is_near", "bool", "whether that is within the distance of the study"),
    Field("best_candidate", "str", "the cheapest of the route and its alternatives in this sample"),
    Field("candidate_id", "str", "identifier: system and candidate", required=True),
    Field("candidate", "str", "the route, or which alternative"),
    Field("closed_share", "float", "share of the samples in which it enters what is closed there", "1"),
    Field(
        "excess_median",
        "float",
        "its cost over that of the cheapest of them, less 1: half of the samples have no more",
        "1",
    ),
    Field("flip_id", "str", "identifier: system, criterion and direction", required=True),
    Field("criterion", "str", "whose weight is turned", required=True),
    Field("step", "str", "which way", required=True, choices=get_args(FlipStep)),
    Field("flips", "bool", "whether the route leaves within the range of the study"),
    Field("factor:weight", "float", "what the weight is multiplied by where it has left", "1"),
    Field("held_at", "float", "the last factor tried at which it had not", "1"),
)

ROBUSTNESS = Layer(
    "robustness",
    "LineString",
    "how sure each route is: what samples of all that is uncertain come to",
    columns(
        "system_id samples without_route near_km near_share near_low near_high best_share off_median_km",
        *_SPREADS,
        "status",
    ),
    key="system_id",
    asked_by="robustness",
)

SAMPLE_ROUTES = Layer(
    "sample_routes",
    "LineString",
    "the least-cost path of each system in each sample, without legs",
    columns("sample_id:draw system_id sample length_km friction_cost off_km is_near best_candidate status"),
    key="sample_id",
    asked_by="robustness",
)

RANK_ACCEPTABILITY = Layer(
    "rank_acceptability",
    "LineString",
    "the lines of the layers routes and alternatives, all with legs or all without, with the share of samples in "
    "which each is the cheapest of them",
    columns("candidate_id system_id candidate best_share best_low best_high closed_share excess_median status"),
    key="candidate_id",
    asked_by="robustness",
)

WEIGHT_FLIPS = Layer(
    "weight_flips",
    "LineString",
    "each weight turned alone until the route leaves: the route that it then takes; without geometry where it stays",
    columns("flip_id system_id criterion step flips factor:weight held_at status"),
    key="flip_id",
    asked_by="robustness",
)
