"""Bands of a straight-line diagram, for every picture of one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TypeVar

Colour = TypeVar("Colour")


def joined(bands: Iterable[tuple[float, float, str, Colour]]) -> list[tuple[float, float, str, Colour]]:
    """Neighbours with the same text and colour as one band: from KP, to KP, text, colour."""
    found = []
    for (text, colour), group in groupby(bands, key=lambda band: band[2:]):
        members = list(group)
        found.append((members[0][0], members[-1][1], text, colour))
    return found
