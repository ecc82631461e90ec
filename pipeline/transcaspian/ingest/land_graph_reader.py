"""The graphs of railways and highways of the package ``scgraph_data``, read where the optional extra is installed.

The data derive from OpenStreetMap and stay where they are: nothing of them is copied into this project. The package
holds them as Python source; they are read as text here and never imported: no code of others runs, and the package's
module needs a version of ``scgraph`` that is not the newest.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import IngestError, SourceError
from transcaspian.core.grid import GEOD
from transcaspian.core.land_graph import LandGraph
from transcaspian.sources.resolve import Provenance
from transcaspian.sources.verify import sha256_of

PACKAGE = "scgraph_data"
FILES = {"railway": "world_railways.py", "highway": "world_highways.py"}
HAVERSINE_RADIUS_KM = 6371.0
"""Of the sphere that the package measures on: 0.001° of latitude is 0.111 km long there."""
LICENCE = "ODbL 1.0 for the data (© OpenStreetMap contributors); MIT for the package"
CITATION = (
    "OpenStreetMap contributors (openstreetmap.org/copyright), simplified by Makowski, C.: Scgraph Data {version} "
    "(github.com/connor-makowski/scgraph_data)"
)
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class LandData:
    """A graph and where it comes from."""

    graph: LandGraph
    provenance: Provenance


def read_land_graph(name: str, bounds: tuple[float, float, float, float]) -> LandData:
    """The part of the railways or highways of the world that lies in an area.

    Parameters
    ----------
    name
        ``railway`` or ``highway``.
    bounds
        ``(west, south, east, north)``, degrees; edges with an end in it are read.

    Raises
    ------
    SourceError
        When the extra is not installed.
    IngestError
        When the file is not what the version known here holds.
    """
    path = data_file(FILES[name])
    lonlat, ends, own_km = parsed(path)
    lonlat, ends, own_km = within(bounds, lonlat, ends, own_km)
    told = provenance_of(name, path)
    credit = f"{told.citation}, {told.file}, version {told.version}. Licence: {told.licence}"
    graph = LandGraph(name, lonlat, ends, wgs84_km(lonlat, ends, own_km), np.zeros(len(ends), bool), credit)
    return LandData(graph, told)


def data_file(name: str) -> Path:
    """Where a file of the package lies.

    Raises
    ------
    SourceError
        When the extra is not installed.
    """
    spec = find_spec(PACKAGE)
    path = Path(spec.origin).parent / name if spec is not None and spec.origin is not None else None
    if path is None or not path.is_file():
        raise SourceError(
            f"the study routes cables along railways or highways, whose data (the package {PACKAGE}) are not "
            'installed: run `pip install "transcaspian[land]"`, or give the legs as `given` with a length'
        )
    return path


def provenance_of(name: str, path: Path) -> Provenance:
    """What a run says of a graph."""
    try:
        number = version(PACKAGE)
    except PackageNotFoundError:
        number = "version not stated"
    return Provenance(
        role=name,
        id=PACKAGE,
        file=path.name,
        sha256=sha256_of(path),
        version=number,
        licence=LICENCE,
        citation=CITATION.format(version=number),
        datum="WGS84, positions rounded to 0.001°",
        epoch="not stated",
        status="DERIVED",
    )


def parsed(path: Path) -> tuple[Floats, Ints, Floats]:
    """Vertices, edges and the package's own lengths, km, each edge once and none from a vertex to itself.

    The file has a line ``graph=[{vertex: km, …}, …]`` with a mapping for each vertex, and a line
    ``nodes=[[lat, lon], …]``.

    Raises
    ------
    IngestError
        When the lines are not there or do not belong together.
    """
    lines = {
        line[:6]: line[6:].strip() for line in path.read_bytes().splitlines() if line[:6] in (b"graph=", b"nodes=")
    }
    if len(lines) != 2:
        raise misread(path, "it has no lines `graph=` and `nodes=`")
    nodes, graph = lines[b"nodes="], lines[b"graph="]
    latlon = numbers(path, nodes).reshape(-1, 2)
    colons, closings = (np.flatnonzero(np.frombuffer(graph, np.uint8) == ord(mark)) for mark in ":}")
    flat = numbers(path, graph)
    degree = np.diff(np.searchsorted(colons, closings), prepend=0)
    if len(flat) != 2 * len(colons) or len(degree) != len(latlon):
        raise misread(path, f"it has {len(latlon)} vertices and edges of {len(degree)}")
    first = np.repeat(np.arange(len(degree)), degree)
    other, own_km = flat[0::2].astype(np.int64), flat[1::2]
    if len(flat) and not (other.min() >= 0 and other.max() < len(latlon) and own_km.min() >= 0):
        raise misread(path, "an edge leads to a vertex that is not there, or has a negative length")
    once = first < other
    return latlon[:, ::-1].copy(), np.column_stack([first, other])[once], own_km[once]


def numbers(path: Path, text: bytes) -> Floats:
    """All numbers of a list of lists or mappings, in their order."""
    plain = text.translate(bytes.maketrans(b":{}[]", b",    ")).replace(b" ", b"")
    while b",," in plain:  # an empty mapping: a vertex without edges
        plain = plain.replace(b",,", b",")
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            return np.fromstring(plain.strip(b",").decode("ascii"), sep=",")
        except (ValueError, DeprecationWarning) as exc:
            raise misread(path, "it holds something that is no number") from exc


def misread(path: Path, reason: str) -> IngestError:
    """What is said of a file that is not as expected."""
    return IngestError(
        f"{path.name} of the package {PACKAGE} cannot be read: {reason}. Install the version that constraints.txt names"
    )


def within(
    bounds: tuple[float, float, float, float], lonlat: Floats, ends: Ints, own_km: Floats
) -> tuple[Floats, Ints, Floats]:
    """The edges with an end inside the bounds, and their vertices renumbered.

    Parameters
    ----------
    bounds
        ``(west, south, east, north)``, degrees.
    lonlat
        Vertices, shape ``(v, 2)``, degrees.
    ends
        Indices of the two vertices of each edge, shape ``(e, 2)``.
    own_km
        Length that the data give of each edge, shape ``(e,)``.

    Returns
    -------
    tuple
        Vertices that an edge needs, ends and lengths of the edges that are kept.
    """
    west, south, east, north = bounds
    inside = (lonlat[:, 0] >= west) & (lonlat[:, 0] <= east) & (lonlat[:, 1] >= south) & (lonlat[:, 1] <= north)
    kept = inside[ends].any(axis=1)
    used, renumbered = np.unique(ends[kept], return_inverse=True)
    return lonlat[used], renumbered.reshape(-1, 2).astype(np.int64), own_km[kept]


def wgs84_km(lonlat: Floats, ends: Ints, own_km: Floats) -> Floats:
    """Lengths of edges on WGS84 from the package's own: haversines along lines that it has since straightened.

    An edge stands for a line that may wind: its own length, in the ratio of the geodesic between its ends to the
    haversine between them, and never less than the geodesic.
    """
    (lon_a, lat_a), (lon_b, lat_b) = lonlat[ends[:, 0]].T, lonlat[ends[:, 1]].T
    geodesic_km = np.asarray(GEOD.inv(lon_a, lat_a, lon_b, lat_b)[2]) / 1000.0
    sphere_km = haversine_km(lon_a, lat_a, lon_b, lat_b)
    ratio = np.divide(geodesic_km, sphere_km, out=np.ones_like(sphere_km), where=sphere_km > 0)
    return np.maximum(own_km * ratio, geodesic_km)


def haversine_km(lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats) -> Floats:
    """Great-circle distance on the package's sphere.

    Parameters
    ----------
    lon_a, lat_a, lon_b, lat_b
        Degrees, of shapes that broadcast.

    Returns
    -------
    ndarray
        In km, by the haversine formula.

    Examples
    --------
    >>> float(haversine_km(49.0, 40.0, 49.0, 41.0).round(1))
    111.2
    """
    lon_a, lat_a, lon_b, lat_b = (np.radians(angle) for angle in (lon_a, lat_a, lon_b, lat_b))
    half = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * HAVERSINE_RADIUS_KM * np.arcsin(np.sqrt(half)))
