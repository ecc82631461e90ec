"""How the layer looks, and where it stands among others."""

from __future__ import annotations

from transcaspian.analyses.link.layers import LINK_DESIGNS
from transcaspian.core.registry import LayerSet
from transcaspian.core.styles import GREEN, ORANGE, QUIET, Category, Group, Style, Symbol

LAYER_SET = LayerSet(
    (LINK_DESIGNS,),
    {
        "link_designs": (
            Style(
                "design",
                Symbol(QUIET, 0.6),
                "design",
                (
                    Category("unrepeatered", "unrepeatered", Symbol(GREEN, 0.8)),
                    Category("repeatered", "repeatered", Symbol(ORANGE, 0.6, "dash")),
                ),
                other="other",
            ),
        ),
    },
    (Group("Unrepeatered or repeatered", ("link_designs",), (), order=75),),
    {},
    order=15,
)
