"""From the datum that a source states to WGS 84 and to mean sea level: by an operation with a name, never a guess.

PROJ also offers ballpark operations, which leave the datum out. They are not used: Pulkovo 1942 taken for WGS 84 is 95
m off in the Caspian, and from Baltic heights straight to Caspian depths (EPSG:5705 to 5706) one only turns the sign.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import AreaOfInterest, TransformerGroup
from shapely.geometry.base import BaseGeometry

from transcaspian.core.errors import IngestError

Bounds = tuple[float, float, float, float]
Floats = NDArray[np.float64]

WGS84 = CRS("EPSG:4326")
WGS84_ELLIPSOID = (6378137.0, 298.257223563)
NO_DATUM = ("unknown", "undefined", "not specified", "unspecified", "unnamed", "not_specified")
SEA_LEVELS = {5714: "mean sea level", 5705: "Baltic 1977", 3855: "the geoid EGM2008", 5773: "the geoid EGM96"}
"""Heights that count as from mean sea level here, as EPSG codes: the geoids are within a metre or two of it."""
NO_HEIGHTS = (5714, 5715)
"""What EPSG calls mean sea level: no datum, for it differs from place to place."""
DATUM_NAMES = {
    "baltic-1977": 5705,
    "caspian": 5611,
    "aioc95": 5797,
    "black-sea": 5735,
    "egm96": 5773,
    "egm2008": 3855,
}
"""Names that a study may give a vertical datum by, as EPSG codes of heights: they do not say which way values count."""
UNKNOWN = "unknown"
STEPS = (5611, 5735, 5797)
"""Heights that a way leads over which PROJ does not find by itself: from Caspian depths to Baltic heights by 5611."""
SEA_LEVEL_NAMES = ("mean sea level", "msl", "baltic", "egm96", "egm2008", "egm08", "egm84", "geoid")
HOW_STATED = (
    "set it in the file, or name it by crs in sources.{role} "
    '(for example crs = "EPSG:4326", or "EPSG:4284" for Pulkovo 1942)'
)


@dataclass(frozen=True)
class Operation:
    """How positions come to WGS 84.

    Attributes
    ----------
    crs
        What the positions are stated in.
    name
        Of the operation, as EPSG has it; empty: none is needed.
    accuracy_m
        None: not stated.
    is_assumed
        Whether the file states no datum, and its degrees are taken as WGS 84.
    """

    crs: CRS
    name: str = ""
    accuracy_m: float | None = 0.0
    transformer: Transformer | None = None
    is_assumed: bool = False

    @property
    def shown(self) -> str:
        """For a table."""
        if self.is_assumed:
            return "not stated, taken as WGS 84"
        if not self.name:
            return "none needed"
        return f"{self.name} ({'accuracy not stated' if self.accuracy_m is None else f'{self.accuracy_m:g} m'})"

    def notes(self, role: str) -> tuple[str, ...]:
        """The question for a datum that is not stated, by the role of the source."""
        asked = (
            "it states no datum and its degrees are taken as WGS 84: where they are in another, name it by crs in "
            f'sources.{role} (crs = "EPSG:4284" is Pulkovo 1942, 95 m off in the Caspian)'
        )
        return (asked,) if self.is_assumed else ()

    def to_wgs84(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Longitudes and latitudes of positions, degrees."""
        return (x, y) if self.transformer is None else self.transformer.transform(x, y)

    def from_wgs84(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Positions of longitudes and latitudes, in the units of the CRS; infinite where there are none."""
        return (lon, lat) if self.transformer is None else self.transformer.transform(lon, lat, direction="INVERSE")

    def moved(self, geometry: Sequence[BaseGeometry | None]) -> NDArray[np.object_]:
        """Geometries in WGS 84; heights are dropped."""
        found = np.asarray(geometry, dtype=object)
        return found if self.transformer is None else shapely.transform(found, self.to_wgs84, interleaved=False)


@dataclass(frozen=True)
class Vertical:
    """How values come to metres above mean sea level: ``factor * value + offset_m``.

    ``is_known``: whether the level is that of a datum or a figure, and not "mean sea level", which is neither.
    """

    name: str
    factor: float = 1.0
    offset_m: float = 0.0
    is_known: bool = True


def stated_crs(path: Path, found: CRS | None, declared: str | None, role: str) -> CRS:
    """The horizontal CRS of a file: as it says itself, or as the study says where it does not.

    Parameters
    ----------
    path
        Of the file, for the messages.
    found
        What the file says; None: nothing.
    declared
        ``crs`` of the source in the study.
    role
        Of the source.

    Raises
    ------
    IngestError
        When neither says one, they contradict, or it is no place on Earth.
    """
    said = None if declared is None else horizontal(path, _parsed(path, declared, role))
    if found is None or found.name.lower().startswith("undefined"):  # as a GeoPackage says that it states none
        if said is None:
            raise IngestError(f"{path} names no CRS; it is not guessed: {HOW_STATED.format(role=role)}")
        return said
    own = horizontal(path, found)
    if said is not None and not said.equals(own, ignore_axis_order=True):
        raise IngestError(
            f"{path} says that it is in {own.name}, and crs in sources.{role} says {said.name}: correct the one that "
            "is wrong"
        )
    return own


def _parsed(path: Path, declared: str, role: str) -> CRS:
    try:
        return CRS.from_user_input(declared)
    except CRSError as exc:
        raise IngestError(
            f'{path}: crs in sources.{role} is {declared!r}, which PROJ does not know: expected a code as "EPSG:4326"'
        ) from exc


def horizontal(path: Path, crs: CRS) -> CRS:
    """The part of a CRS that tells longitude and latitude.

    Raises
    ------
    IngestError
        When it is an engineering CRS, or counts from the centre of the Earth.
    """
    if crs.is_compound:
        return horizontal(path, crs.sub_crs_list[0])
    base = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    if base.is_geographic or base.is_projected:
        return crs.to_2d() if len(base.axis_info) > 2 else crs
    raise IngestError(
        f"{path} is in {crs.name} ({crs.type_name}): that does not say at which longitude and latitude it lies. "
        "Transform it to EPSG:4326 (ogr2ogr or gdalwarp with -s_srs and -t_srs)"
    )


def operation_to_wgs84(path: Path, crs: CRS, bounds: Bounds | None) -> Operation:
    """The operation that PROJ takes from a CRS to WGS 84.

    Parameters
    ----------
    path
        Of the file, for the message.
    crs
        Horizontal.
    bounds
        ``(west, south, east, north)`` that it must serve, degrees; None: any place.

    Raises
    ------
    IngestError
        When there is none but a ballpark one.
    """
    if _is_bare(crs):  # first, because PROJ takes an unknown datum for any on its ellipsoid
        return Operation(WGS84, is_assumed=True)
    if crs.equals(WGS84, ignore_axis_order=True):
        return Operation(WGS84)
    places = [AreaOfInterest(*bounds), None] if bounds is not None else [None]
    for place in places:
        with warnings.catch_warnings(action="ignore"):  # that a better one needs a grid: `best_available` says it
            group = TransformerGroup(crs, WGS84, always_xy=True, area_of_interest=place, allow_ballpark=False)
        if group.transformers:
            best = group.transformers[0]
            missing = "" if group.best_available else "; a better one needs a grid that is not installed"
            accuracy_m = best.accuracy if best.accuracy is not None and best.accuracy >= 0 else None
            return Operation(crs, f"{_plain(best.description)}{missing}", accuracy_m, best)
    raise IngestError(
        f"{path} is in {crs.name}, from which only a ballpark operation leads to WGS 84: it leaves the datum out, "
        "and positions would be off by up to some hundred metres. Write its datum into the file as an EPSG code, or "
        "transform it to EPSG:4326 where its parameters are known"
    )


def _is_bare(crs: CRS) -> bool:
    """Whether degrees are stated on the ellipsoid of WGS 84, and no datum."""
    if not crs.is_geographic or crs.is_bound or crs.ellipsoid is None or crs.prime_meridian is None:
        return False
    ellipsoid = (crs.ellipsoid.semi_major_metre, crs.ellipsoid.inverse_flattening)
    is_named = crs.datum is not None and not crs.datum.name.lower().startswith(NO_DATUM)
    is_same = np.allclose(ellipsoid, WGS84_ELLIPSOID, rtol=0, atol=1e-6) and crs.prime_meridian.longitude == 0
    return bool(is_same and not is_named)


def _plain(description: str) -> str:
    """The name of an operation without the turning of axes."""
    return " + ".join(part for part in description.split(" + ") if not part.startswith("axis order change"))


def vertical_of(crs: CRS | None) -> CRS | None:
    """The vertical part of a CRS; None where it has none."""
    if crs is None or not crs.is_compound:
        return None
    return next((part for part in crs.sub_crs_list if part.is_vertical), None)


def above_sea_level(stated: CRS | str | None) -> Vertical | None:
    """How values in a stated vertical datum come to metres above mean sea level; None where that is not known.

    Parameters
    ----------
    stated
        A vertical CRS, or the name of a datum; None or empty: not stated.
    """
    if stated is None or stated == "":
        return Vertical("not stated, taken as mean sea level", is_known=False)
    if isinstance(stated, str) and not stated.upper().startswith(("EPSG:", "VERT")):
        said = stated.lower()
        is_known = any(name in said for name in SEA_LEVEL_NAMES[2:])
        return Vertical(stated, is_known=is_known) if any(name in said for name in SEA_LEVEL_NAMES) else None
    if isinstance(stated, str):
        try:
            crs = CRS.from_user_input(stated)
        except CRSError:
            return None
        return above_sea_level(vertical_of(crs) or crs)
    return next((way for code in SEA_LEVELS if (way := _way(stated, code))), None)


def named_datum(given: str) -> Vertical | None:
    """How values come from a vertical datum that a study names; None where it is none, or the way is not known."""
    code = DATUM_NAMES.get(re.sub(r"[\s_]+", "-", given.strip().lower()))
    said = given.strip() if code is None else f"EPSG:{code}"
    found = above_sea_level(said) if said.upper().startswith("EPSG:") else None
    return found if found is not None and found.is_known else None


def _way(crs: CRS, code: int) -> Vertical | None:
    """The way from a vertical CRS to heights of a code, directly or over one of `STEPS`."""
    for over in ((), *((step,) for step in STEPS)):
        at, names = np.array([0.0, 1.0]), []
        for begin, end in zip((crs, *map(CRS, over)), (*map(CRS, over), CRS(code)), strict=True):
            if begin == end:
                continue
            step = _single(begin, end)
            if step is None:
                break
            at = np.asarray(step.transform(np.zeros(2), np.zeros(2), at)[2])
            names.append(step.description)
        else:
            told = f"{crs.name}: {', '.join(names)}" if names else crs.name
            factor, offset_m = round(float(at[1] - at[0]), 12), round(float(at[0]), 9)
            return Vertical(told, factor, offset_m, is_known=crs.to_epsg() not in NO_HEIGHTS)
    return None


def _single(begin: CRS, end: CRS) -> Transformer | None:
    """The operation between two vertical CRSs that is no ballpark one and needs no grid."""
    try:
        with warnings.catch_warnings(action="ignore"):
            group = TransformerGroup(begin, end, always_xy=True, allow_ballpark=False)
    except ProjError:
        return None
    return group.transformers[0] if group.transformers and group.best_available else None
