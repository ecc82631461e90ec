"""What a seabed says of its values: unit, which way they count, from which level; held against what the study says."""

from __future__ import annotations

from dataclasses import dataclass

from transcaspian.core.errors import IngestError
from transcaspian.ingest.datums import (
    DATUM_NAMES,
    NO_DATUM,
    UNKNOWN,
    Vertical,
    above_sea_level,
    named_datum,
    vertical_of,
)
from transcaspian.ingest.raster_file import SURVEYS_SHOWN, RasterFile
from transcaspian.ingest.units import METRES, metres_in
from transcaspian.sources.datafile import DataFile

KNOWN_UNITS = ", ".join(names[0] for names in METRES.values())
WAYS = {"elevation_m_up": "up", "depth_m_down": "down"}


@dataclass(frozen=True)
class Claims:
    """Elevations are ``factor * value + offset_m``, metres above mean sea level.

    ``shown`` says it for a table, ``notes`` what a person should know, and ``has_known_datum`` whether the level that
    the values count from is more than "mean sea level", which is none.
    """

    factor: float
    offset_m: float
    shown: str
    notes: tuple[str, ...] = ()
    has_known_datum: bool = True


def claims_of(file: DataFile, raster: RasterFile) -> Claims:
    """How the values of a raster become elevations.

    Raises
    ------
    IngestError
        When its unit or its vertical datum is not known, or file and study contradict each other.
    """
    vertical, notes = vertical_claim(file, raster)
    unit, metres = unit_claim(file, raster, abs(vertical.factor))
    way = way_claim(file, raster, vertical)
    shown = f"{unit or 'm (not stated)'}, {way}, {vertical.name}"
    return Claims((1.0 if way == "up" else -1.0) * metres, vertical.offset_m, shown, notes, vertical.is_known)


def vertical_claim(file: DataFile, raster: RasterFile) -> tuple[Vertical, tuple[str, ...]]:
    """The level that the values count from, and what to note of it."""
    part = vertical_of(raster.crs)
    is_known = part is not None and not part.name.lower().startswith(NO_DATUM)
    stated = part if is_known else raster.vertical
    found = above_sea_level(stated)
    if file.vertical_datum is not None:
        return declared_vertical(file, found if stated else None), ()
    name = stated if isinstance(stated, str) else stated.name if stated is not None else ""
    if file.zero_m_msl is not None:
        if name and found is not None and abs(found.offset_m - file.zero_m_msl) > 0.005:
            raise IngestError(
                f"{file.path} counts from {found.name}, {found.offset_m:g} m above mean sea level, and zero_m_msl in "
                f"sources.{file.role} says {file.zero_m_msl:g} m: correct the one that is wrong"
            )
        factor = found.factor if found is not None else 1.0
        return Vertical(f"{name or 'a level'} {file.zero_m_msl:+g} m MSL", factor, file.zero_m_msl), ()
    if found is None:
        raise IngestError(
            f"{file.path} counts from {name}, whose height above mean sea level is not known: say how high its zero "
            f"lies by zero_m_msl in sources.{file.role} (metres; -28.0 for charts of the Caspian)"
        )
    if not name and raster.format in SURVEYS_SHOWN:
        return found, (
            "it states no vertical datum and is read as from mean sea level: a survey may count from another level "
            f"(charts of the Caspian from -28 m), which zero_m_msl in sources.{file.role} says",
        )
    return found, ()


def declared_vertical(file: DataFile, stated: Vertical | None) -> Vertical:
    """The level that a study says the values count from; ``stated``: what the file says, None where it says nothing.

    Raises
    ------
    IngestError
        When it is no vertical datum that is known, or file and study contradict each other.
    """
    given = file.vertical_datum or ""
    if given.strip().lower() == UNKNOWN:
        return stated or Vertical("an unknown level, taken as mean sea level", is_known=False)
    found = named_datum(given)
    if found is None:
        raise IngestError(
            f"{file.path}: vertical_datum in sources.{file.role} is {given!r}, which is no vertical datum with a known "
            f"way to sea level: expected one of {', '.join(DATUM_NAMES)}, a code as EPSG:5706, or {UNKNOWN} (mean sea "
            "level is none: it differs from place to place); or give the height of its zero by zero_m_msl"
        )
    if stated is not None and stated.is_known and abs(stated.offset_m - found.offset_m) > 0.005:
        raise IngestError(
            f"{file.path} counts from {stated.name}, {stated.offset_m:g} m above mean sea level, and vertical_datum in "
            f"sources.{file.role} says {found.name}, {found.offset_m:g} m: correct the one that is wrong"
        )
    return found if stated is None else Vertical(found.name, stated.factor, found.offset_m)


def unit_claim(file: DataFile, raster: RasterFile, vertical_factor: float) -> tuple[str, float]:
    """The unit of the values, and metres in it; that of a vertical CRS counts where it is another than metres."""
    stated, said = metres_in(raster.unit), metres_in(file.units or "")
    if said is None:
        raise IngestError(f"units in sources.{file.role} is {file.units!r}: expected one of {KNOWN_UNITS}")
    if vertical_factor != 1.0:
        stated = vertical_factor
    if stated is None and not file.units:
        raise IngestError(
            f"{file.path} says that its values are in {raster.unit!r}: expected one of {KNOWN_UNITS}; where it is one "
            f"of them under another name, say so by units in sources.{file.role}"
        )
    is_stated = stated is not None and bool(raster.unit.strip() or vertical_factor != 1.0)
    if file.units and is_stated and said != stated:
        raise IngestError(
            f"{file.path} says that its values are in {raster.unit or 'another unit'}, and units in "
            f"sources.{file.role} says {file.units}: correct the one that is wrong"
        )
    metres = stated if is_stated and stated is not None else said
    return file.units or raster.unit, metres


def way_claim(file: DataFile, raster: RasterFile, vertical: Vertical) -> str:
    """``up`` or ``down``: as the file says, or the study where it does not; up where neither does."""
    part = vertical_of(raster.crs)
    by_crs = "" if part is None or part.name.lower().startswith(NO_DATUM) else "down" if vertical.factor < 0 else "up"
    if not by_crs and vertical.factor < 0:
        by_crs = "down"
    said = WAYS[file.values] if file.values is not None else ""
    ways = {way for way in (raster.positive, by_crs, said) if way}
    if len(ways) > 1:
        told = "; ".join(
            f"{what} says {way}"
            for what, way in (
                ("the file", raster.positive),
                ("its vertical CRS", by_crs),
                (f"values in sources.{file.role}", said),
            )
            if way
        )
        raise IngestError(f"{file.path}: which way its values count is contradictory: {told}. Correct the wrong one")
    return ways.pop() if ways else "up"
