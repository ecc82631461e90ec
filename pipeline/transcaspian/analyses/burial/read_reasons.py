"""What is told of positions of ships: what they are left out for, and what is only noted."""

from __future__ import annotations

LEFT_OUT = (
    "time cannot be read",
    "position cannot be read",
    "coast station (MMSI 00…)",
    "no ship (MMSI is none of 2…7 and nine digits)",
    "outside of the area",
    "on land",
    "same ship, time and position again",
    "second position of a ship at one time",
)
NOTED = (
    "speed not available (102.3 kn): from positions",
    "speed over the limit: from positions",
    "earlier than the row before of its ship: put in order",
    "faster between two positions than the limit: track broken",
    "longer without a position than the limit: track broken",
    "at rest or slower than the limit: no passage",
)
