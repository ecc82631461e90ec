"""The CRS of a GeoJSON document: WGS 84 by RFC 7946, or the code that its ``crs`` of before has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError

from transcaspian.core.errors import IngestError
from transcaspian.ingest.datums import WGS84

CODE = re.compile(
    r"^(urn:(x-)?ogc:def:crs:|https?://www\.opengis\.net/(def/crs|gml/srs)/|EPSG:|OGC:|ESRI:|IAU_?\d*:)", re.I
)


def geojson_crs(path: Path, document: Mapping[str, Any]) -> CRS | None:
    """The CRS of a document; None where it says itself that none is known (``"crs": null``).

    Drivers of GDAL take one that they do not know for WGS 84.

    Raises
    ------
    IngestError
        When it is named otherwise than by a code, the code is not known, or features have another.
    """
    for number, feature in enumerate(document.get("features") or ()):
        geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
        for member in (feature, geometry):
            if isinstance(member, Mapping) and member.get("crs") not in (None, document.get("crs")):
                raise IngestError(
                    f"{path}: feature {number} has a crs of its own, {_brief(member['crs'])}: name one for all"
                )
    if "crs" not in document:
        return WGS84
    said = document["crs"]
    return None if said is None else named(path, said)


def named(path: Path, said: Any) -> CRS:
    """The CRS of a ``crs`` member."""
    members = said.get("properties") if isinstance(said, Mapping) else None
    name = members.get("name", members.get("code")) if isinstance(members, Mapping) else said
    if isinstance(name, int) and not isinstance(name, bool):
        name = f"EPSG:{name}"
    if not isinstance(name, str) or not CODE.match(name.strip()):
        raise IngestError(
            f"{path} has the crs {_brief(said)}, which is no code: expected one as urn:ogc:def:crs:EPSG::4284 (Pulkovo "
            "1942); it is not taken for WGS 84"
        )
    try:
        return CRS.from_user_input(name.strip())
    except CRSError as exc:
        raise IngestError(f"{path} has the crs {name!r}, which PROJ does not know; it is not taken for WGS 84") from exc


def _brief(value: Any) -> str:
    return repr(value)[:100]
