"""How the layers look, and where they stand among others."""

from __future__ import annotations

from transcaspian.analyses.permits.layers import PERMITS, REGISTER, ZONE_VERTICES, ZONES
from transcaspian.core.registry import LayerSet
from transcaspian.core.styles import BAD, GOOD, ORANGE, PINK, QUIET, Category, Group, Style, Symbol

LAYER_SET = LayerSet(
    (REGISTER, PERMITS, ZONES, ZONE_VERTICES),
    {
        "crossing_register": (
            Style(
                "agreement",
                Symbol(ORANGE, 2.4, marker="diamond"),
                "agreement",
                (
                    Category("signed", "signed", Symbol(GOOD, 2.4, marker="diamond")),
                    Category("not needed", "not needed", Symbol(GOOD, 2.4, marker="diamond")),
                    Category("refused", "refused", Symbol(BAD, 2.4, marker="diamond")),
                ),
                label='"name"',
                label_from_scale=750_000,
                other="not signed, or insufficient information",
            ),
        ),
        "permit_register": (
            Style(
                "permit",
                Symbol(ORANGE, 0.8),
                "permit_state",
                (
                    Category("granted", "granted", Symbol(GOOD, 0.8)),
                    Category("not needed", "not needed", Symbol(GOOD, 0.8)),
                    Category("refused", "refused", Symbol(BAD, 0.8)),
                ),
                other="not granted, or insufficient information",
            ),
        ),
        "protection_zones": (Style("protection zone", Symbol(PINK, 0.3, fill="solid", opacity=0.25)),),
        "protection_zone_vertices": (Style("corner", Symbol(QUIET, 1.0), label='"vertex"', label_from_scale=100_000),),
    },
    (
        Group(
            "Permits",
            ("crossing_register", "permit_register", "protection_zone_vertices", "protection_zones"),
            (),
            order=45,
            themes=("Permits",),
        ),
    ),
    {},
    order=25,
)
