"""Names of layers and columns in words, as people read them."""

from __future__ import annotations

import re

ABBREVIATIONS = {
    name.lower(): name for name in ("KP", "ID", "RPL", "EEZ", "UTC", "MSL", "USD", "CATZOC", "DA", "LAND", "PLIB")
}
"""Words that keep their capitals."""
WHOLE = {"sld": "Straight-line diagram", "kp_km": "KP"}
"""Names that are said otherwise."""


def in_words(name: str) -> str:
    """The words of a name, the first with a capital.

    >>> in_words("landing_points"), in_words("rpl_lines"), in_words("from_kp"), in_words("DistCumulative")
    ('Landing points', 'RPL lines', 'From KP', 'Dist cumulative')
    """
    if name in WHOLE:
        return WHOLE[name]
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").split()
    text = " ".join(ABBREVIATIONS.get(part.lower(), part.lower()) for part in parts)
    return f"{text[:1].upper()}{text[1:]}"
