"""What was understood of a source, for a table that a person reads before a run."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields


@dataclass(frozen=True)
class Understood:
    """Each a cell of the table; empty: it does not apply.

    Attributes
    ----------
    crs, operation
        What the positions are stated in, and how they come to WGS 84.
    axes
        Which coordinate comes first in the file.
    units
        Of its values, which way they count, and from where.
    count, in_area
        How much was read, and how much of it lies in the study's area.
    detail
        The resolution of a grid, the time span of events.
    """

    format: str = ""
    crs: str = ""
    operation: str = ""
    axes: str = ""
    units: str = ""
    count: str = ""
    in_area: str = ""
    detail: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of `HEADINGS`; a dash for what does not apply."""
        return tuple(value or "–" for value in astuple(self))


NOTHING = Understood()
HEADINGS = tuple(field.name.replace("_", " ") for field in fields(Understood))
