"""Units of a seabed as files write them, and which way its values count."""

from __future__ import annotations

import re

METRES: dict[float, tuple[str, ...]] = {
    1.0: ("m", "metre", "metres", "meter", "meters", "mtr", "m amsl"),
    0.01: ("cm", "centimetre", "centimetres", "centimeter", "centimeters"),
    0.1: ("dm", "decimetre", "decimetres", "decimeter", "decimeters"),
    0.001: ("mm", "millimetre", "millimetres", "millimeter", "millimeters"),
    1000.0: ("km", "kilometre", "kilometres", "kilometer", "kilometers"),
    0.3048: ("ft", "foot", "feet", "international foot", "international feet", "intl foot"),
    1200 / 3937: ("us survey foot", "us survey feet", "us-ft", "ftus", "foot_us", "us_survey_foot", "us ft"),
    1.8288: ("fathom", "fathoms", "fm", "ftm", "fath"),
}
"""Metres in a unit by the names that files give it; the fathom is the international one of six feet."""
UNITS = {name: factor for factor, names in METRES.items() for name in names}
LEVEL = re.compile(r"\(|,|\b(?:above|below|relative|from|amsl|msl|positive)\b")
"""Where a unit goes on to say from which level its values count, or which way."""
DOWN = ("depth", "sea_floor_depth")
UP = ("altitude", "height", "elevation")


def metres_in(unit: str) -> float | None:
    """Metres in a unit; None where its name is not known. No name: metres."""
    name = re.sub(r"\s+", " ", LEVEL.split(unit.strip().lower())[0].strip().rstrip("."))
    return 1.0 if not name else UNITS.get(name)


def direction_of(positive: str, standard_name: str) -> str:
    """``up``, ``down``, or nothing where a file does not say which way its values count.

    Parameters
    ----------
    positive
        The CF attribute.
    standard_name
        Of the variable, as CF has it: depths count down, altitudes and heights up.
    """
    said = positive.strip().lower()
    if said in ("up", "down"):
        return said
    name = standard_name.lower()
    return "down" if any(word in name for word in DOWN) else "up" if any(word in name for word in UP) else ""
