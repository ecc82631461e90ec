"""The layer of the analysis and its columns: both designs of each system."""

from __future__ import annotations

from typing import get_args

from transcaspian.analyses.link.designs import AmplifierEvent, DesignName
from transcaspian.core.fields import Field, columns, define
from transcaspian.core.layers import Layer

define(
    Field("link_id", "str", "identifier: system and design", required=True),
    Field("design", "str", "repeatered, or unrepeatered", required=True, choices=get_args(DesignName)),
    Field("is_chosen", "bool", "true: the cheaper of those that close and carry what is announced"),
    Field(
        "amplified_by",
        "str",
        "RPTR repeaters, ROPA remotely pumped amplifiers; empty: nothing on the way",
        choices=tuple(name for name in get_args(AmplifierEvent) if name),
    ),
    Field("amplifiers:link", "int", "repeaters or remotely pumped amplifiers between the stations", "1"),
    Field("line_km:link", "float", "cable from station to station: in the sea, with slack, and both land tails", "km"),
    Field("tails_km", "float", "of that, ashore", "km"),
    Field("longest_span_km", "float", "between two repeaters or stations; unrepeatered: the line", "km"),
    Field(
        "loss_db", "float", "loss of that span at the end of the service life: fibre, splices, repairs, ageing", "dB"
    ),
    Field("budget_db", "float", "loss that the design bridges", "dB"),
    Field("margin_db", "float", "budget less loss; negative: the design does not close", "dB"),
    Field("reach_km", "float", "the longest span that the budget bridges", "km"),
    Field("fibre_pairs", "int", "fibre pairs of the cable", "1"),
    Field("capacity_tbit_s", "float", "fibre pairs times what one carries, one way", "Tbit/s"),
    Field("announced_tbit_s", "float", "the highest capacity published of the system; empty: none is", "Tbit/s"),
    Field("feed_v", "float", "voltage with which one station feeds the whole line; empty: nothing is fed", "V"),
    Field("max_feed_v", "float", "voltage that a station has", "V"),
    Field("delay_ms:link", "float", "one way, of the fibre from station to station", "ms"),
    Field("lacks", "str", "why it cannot be built; empty: it can"),
)

LINK_DESIGNS = Layer(
    "link_designs",
    "LineString",
    "the unrepeatered and the repeatered design of each system: link budget, capacity, power feed, delay, cost",
    columns(
        """link_id! system_id design is_chosen amplified_by amplifiers:link line_km:link tails_km longest_span_km
        loss_db budget_db margin_db reach_km fibre_pairs capacity_tbit_s announced_tbit_s feed_v max_feed_v
        delay_ms:link cost_low_usd cost_base_usd cost_high_usd cost_status lacks source status"""
    ),
    key="link_id",
    asked_by="link",
)
