"""Figures as people read them."""

from __future__ import annotations


def percent(share: float) -> str:
    """A share with one decimal; a little is not written as nothing, nor almost all as all.

    >>> percent(0.0804), percent(0.0001), percent(0.0), percent(0.9999)
    ('8.0%', 'under 0.1%', '0.0%', 'over 99.9%')
    """
    if 0 < share < 0.0005:
        return "under 0.1%"
    if 0.9995 <= share < 1:
        return "over 99.9%"
    return f"{share:.1%}"
