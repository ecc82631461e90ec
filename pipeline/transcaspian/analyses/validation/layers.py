"""Layers of a validation, which no run has."""

from __future__ import annotations

from typing import get_args

from transcaspian.core.fields import Field, columns, define
from transcaspian.core.layers import Layer
from transcaspian.core.registry import LayerSet
from transcaspian.core.styles import Group
from transcaspian.core.vocabulary import EndKind

SIDES = ("port", "starboard", "mirror")
"""Where the controls of a cable lie."""

define(
    Field("section_id", "int", "number of the section of a cable", required=True),
    Field("name:section", "str", "name of the cable, with number of line and section", required=True),
    Field("cable", "str", "what groups the lines of one cable", required=True),
    Field("unit:cables", "str", "what groups cables that are one witness: a system, and its twins", required=True),
    Field("circle_in_water", "bool", "whether the great circle between its ends stays in water", required=True),
    Field("features", "str", "positions in the file of the features it is of, from 0", required=True),
    Field("vertex_spacing_km", "float", "mean length of a leg as it is in the file", "km"),
    Field("is_straight", "bool", "drawn straight from end to end: left out of medians and tests", required=True),
    Field("dry_km:as_laid", "float", "how much of it crosses land that is passed over", "km"),
    Field("closed_share:as_laid", "float", "share of it in closed areas of the study, which no route enters", "1"),
    Field("from_end", "str", "kind of its first end", required=True, choices=get_args(EndKind)),
    Field("from_moved_km", "float", "by how much it was led on to the shore there", "km"),
    Field("to_end", "str", "kind of its last end", required=True, choices=get_args(EndKind)),
    Field("to_moved_km", "float", "by how much it was led on to the shore there", "km"),
    Field("mean_cost", "float", "mean cost of a metre of it, in metres of clear seabed; empty: nothing priced"),
    Field("cost_copies", "int", "copies moved aside that its cost was compared with"),
    Field("cost_copies_left_out", "int", "copies that ran too much over land, closed areas or out of the area"),
    Field("cost_percentile", "float", "share of the copies that are cheaper: 0.5 is no preference", "1"),
    Field("cost_p", "float", "p-value of that rank, one-sided", "1"),
    Field("line_id", "str", "identifier: number of the section, and what the line is", required=True),
    Field("length_ratio", "float", "its length over that of the as-laid line", "1"),
    Field("mean_km", "float", "mean distance between the two lines, both ways", "km"),
    Field("mean_to_km", "float", "mean distance from points of the as-laid line to this one", "km"),
    Field("mean_from_km", "float", "mean distance from points of this line to the as-laid one", "km"),
    Field("hausdorff_km", "float", "greatest distance from a point of one to the other line", "km"),
    Field("within_share", "float", "share of the as-laid line within the distance that counts as near", "1"),
    Field("off_water_share", "float", "share of it on land or outside the area", "1"),
    Field("control_side", "str", "to which side it was moved, or mirrored", required=True, choices=SIDES),
    Field("offset_km", "float", "how far its middle was moved, to starboard where positive; empty: mirrored", "km"),
    Field("control_off_water_share", "float", "share of the moved line on land or outside the area", "1"),
    Field("number", "int", "running number", required=True),
)
AS_LAID = Layer(
    "as_laid",
    "LineString",
    "the cables that routed lines are compared with, cut to the water of the study",
    columns(
        """section_id name:section cable unit:cables circle_in_water features length_km vertex_spacing_km is_straight
        dry_km:as_laid closed_share:as_laid from_end from_moved_km to_end to_moved_km mean_cost cost_copies
        cost_copies_left_out cost_percentile cost_p position_accuracy_m source status"""
    ),
    key="section_id",
    published=False,
)


def _compared(name: str, meaning: str, more: str = "") -> Layer:
    """A layer of lines that stand beside as-laid ones, with what is read off them."""
    read_off = "length_km length_ratio mean_km mean_to_km mean_from_km hausdorff_km within_share off_water_share"
    keys = columns("line_id section_id name:section", more, read_off, "source status")
    return Layer(name, "LineString", meaning, keys, key="line_id", published=False)


ROUTED = _compared("routed", "least-cost lines between the ends of the as-laid ones, by the study's weights")
SHORTEST = _compared("shortest", "shortest lines over the same water, clear of closed areas")
GREAT_CIRCLE = _compared("great_circle", "geodesics between the ends, over land too: the null model")
MIRRORED = _compared("mirrored", "lines as routed, but following the network mirrored across the great circle")
CONTROL = _compared(
    "control",
    "as-laid lines moved aside or mirrored, with their own ends; the figures are those of the routed line read as if "
    "the cable lay there",
    "control_side offset_km control_off_water_share",
)
NOT_COMPARED = Layer(
    "not_compared",
    "Unknown",
    "what of the file was not compared, with the reason",
    columns("number name! feature_index reason!"),
    key="number",
    published=False,
)
VALIDATION: tuple[Layer, ...] = (AS_LAID, ROUTED, SHORTEST, GREAT_CIRCLE, MIRRORED, CONTROL, NOT_COMPARED)
"""Layers of a validation: no run has them."""

LAYER_SET = LayerSet(
    VALIDATION,
    {},
    (
        Group(
            "Layers of a validation",
            tuple(layer.name for layer in VALIDATION),
            order=220,
            note="What `transcaspian validate` writes into `validation.gpkg`; no run has them.",
        ),
    ),
    order=96,
)
