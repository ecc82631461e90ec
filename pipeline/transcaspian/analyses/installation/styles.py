"""How the layers look, and where they stand among others."""

from __future__ import annotations

from transcaspian.analyses.installation.layers import (
    INSTALLATION_JOINTS,
    INSTALLATION_LOADS,
    INSTALLATION_OPERATIONS,
    INSTALLATION_SECTIONS,
    INSTALLATION_VESSELS,
    INSTALLATION_WINDOWS,
)
from transcaspian.core.registry import LayerSet
from transcaspian.core.styles import (
    BAD,
    BLACK,
    BLUE,
    GOOD,
    INSTALLATION_COLOURS,
    ORANGE,
    PINK,
    QUIET,
    SKY,
    UNKNOWN_SYMBOL,
    Category,
    Group,
    Style,
    Symbol,
)

WORK_COLOURS = {
    "barge": INSTALLATION_COLOURS["shore end"],
    "shallow plough": SKY,
    "main lay": INSTALLATION_COLOURS["main lay"],
}

LAYER_SET = LayerSet(
    (
        INSTALLATION_VESSELS,
        INSTALLATION_SECTIONS,
        INSTALLATION_LOADS,
        INSTALLATION_JOINTS,
        INSTALLATION_WINDOWS,
        INSTALLATION_OPERATIONS,
    ),
    {
        "installation_vessels": (Style("vessel", Symbol(BLUE, 2.4, marker="square"), label='"vessel"'),),
        "installation_sections": (
            Style(
                "vessel",
                Symbol(BAD, 1.4),
                "work",
                tuple(Category(work, work, Symbol(colour, 1.4)) for work, colour in WORK_COLOURS.items()),
                other="no vessel reaches it, or insufficient information",
            ),
        ),
        "installation_loads": (Style("load", Symbol(PINK, 1.0), label='"load"'),),
        "installation_joints": (
            Style(
                "joint",
                UNKNOWN_SYMBOL,
                "joint_kind",
                (
                    Category("transition", "transition", Symbol(BLACK, 1.8, marker="diamond")),
                    Category("amplifier", "amplifier", Symbol(BLUE, 2.0, marker="square")),
                    Category("factory length", "factory length", Symbol(ORANGE, 1.8, marker="diamond")),
                    Category("load", "load or vessel", Symbol(PINK, 1.8, marker="diamond")),
                ),
            ),
        ),
        "installation_windows": (Style("window", Symbol(ORANGE, 1.2), label='"window"'),),
        "installation_operations": (
            Style(
                "windows",
                Symbol(QUIET, 0.8),
                "windows",
                (
                    Category("respected", "respected", Symbol(GOOD, 0.8)),
                    Category("broken", "broken", Symbol(BAD, 1.2)),
                    Category("no day left", "no day left", Symbol(BAD, 1.8)),
                ),
            ),
        ),
    },
    (
        Group(
            "Installation",
            (
                "installation_vessels",
                "installation_joints",
                "installation_windows",
                "installation_sections",
                "installation_loads",
                "installation_operations",
            ),
            (),
            order=47,
            note="Vessels and access, loads and joints, closed windows and the plan.",
        ),
    ),
    {},
    order=27,
)
