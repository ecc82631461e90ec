"""Every reader of data behind one boundary: a file that brings its reader down is one sentence (`core.reading`).

The functions that read import what they read with when they are called, in the process that reads: nothing of GDAL,
PROJ or HDF5 is loaded in the process that computes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from transcaspian.core.reading import READERS, Reading, ReadingLimits, prepare, read
from transcaspian.ingest.warnings import with_warnings

if TYPE_CHECKING:
    from transcaspian.core.constraint_data import ConstraintData, Wanted
    from transcaspian.core.registry import FileReader
    from transcaspian.ingest.barriers import Bounds
    from transcaspian.ingest.contracts import Ingested
    from transcaspian.ingest.land_graph_reader import LandData
    from transcaspian.ingest.seabed_raster import SeabedRaster
    from transcaspian.sources.datafile import DataFile


def read_layer(file: DataFile, *, bounds: Bounds | None = None) -> Ingested:
    """Read a vector file as the layer of its role: `layer_reader.read_layer`, behind the boundary.

    Parameters
    ----------
    file
        Path, layer, columns and limits; its role says which contract.
    bounds
        ``(west, south, east, north)``, degrees; None keeps all.

    Returns
    -------
    Ingested
        Features in EPSG:4326 with quarantine and counts.

    Raises
    ------
    IngestError
        When the file cannot be read as that; the message names the file and what to do.

    Examples
    --------
    >>> from pathlib import Path
    >>> from transcaspian.sources.datafile import DataFile
    >>> text = '{"type": "Feature", "properties": {"name": "cable"}, "geometry": %s}'
    >>> line = '{"type": "LineString", "coordinates": [[50.0, 40.0], [51.0, 40.5]]}'
    >>> _ = (folder / "cables.geojson").write_text(text % line)
    >>> found = read_layer(DataFile("cables", folder / "cables.geojson", "own"))
    >>> found.counts.kept, found.layer.geometry[0].wkt
    (1, 'LINESTRING (50 40, 51 40.5)')
    """
    answer = read(Reading(layer_here, file.path, (file, bounds), file.layer, reading_limits(file)))
    return with_warnings(file.path, answer)


def read_seabed(file: DataFile, bounds: Bounds | None = None) -> SeabedRaster:
    """Read the seabed: `seabed_reader.read_seabed`, behind the boundary.

    Parameters
    ----------
    file
        Path, layer, datum and limits.
    bounds
        ``(west, south, east, north)``, degrees; None reads the whole.

    Returns
    -------
    SeabedRaster
        Elevations in m, positive up, at nodes.

    Raises
    ------
    IngestError
        When the file cannot be read as that; the message names the file and what to do.

    Examples
    --------
    >>> from transcaspian.sources.datafile import DataFile
    >>> from transcaspian.core.grid import Grid
    >>> from transcaspian.export import write_cog
    >>> grid = Grid.covering(50.0, 40.0, 50.3, 40.2, step_deg=0.1)
    >>> elevation_m = [[-12.0, -13.0, float("nan")], [-11.0, -12.0, -14.0]]
    >>> write_cog(folder / "bed.tif", grid, elevation_m, description="elevation", units="m")
    >>> bed = read_seabed(DataFile("seabed", folder / "bed.tif", "own"))
    >>> bed.elevation_m.tolist(), bed.lat_deg.round(2).tolist()
    ([[-12.0, -13.0, nan], [-11.0, -12.0, -14.0]], [40.15, 40.05])
    """
    answer = read(Reading(seabed_here, file.path, (file, bounds), file.layer, reading_limits(file)))
    return with_warnings(file.path, answer)


def read_constraint(file: DataFile, wanted: Wanted, bounds: Bounds) -> ConstraintData:
    """Read the data of a constraint: `constraint_reader.read_constraint`, behind the boundary.

    Parameters
    ----------
    file
        Path, layer, columns and limits.
    wanted
        What the constraint asks of the data.
    bounds
        ``(west, south, east, north)`` of the study, degrees; what lies outside is left out.

    Returns
    -------
    ConstraintData
        With counts of what was read, and with notes.

    Raises
    ------
    IngestError
        When the file cannot be read as that; the message names the file and what to do.

    Examples
    --------
    >>> from transcaspian.core.constraint_data import Wanted
    >>> from transcaspian.sources.datafile import DataFile
    >>> text = '{"type": "Feature", "properties": {"use": "anchorage"}, "geometry": %s}'
    >>> _ = (folder / "zones.geojson").write_text(text % '{"type": "Point", "coordinates": [50.0, 40.0]}')
    >>> file = DataFile("constraint", folder / "zones.geojson", "own")
    >>> found = read_constraint(file, Wanted("zones", "use", within_km=5.0), (49.0, 39.0, 53.0, 42.0))
    >>> found.layer[["feature_id", "text"]].to_numpy().tolist()
    [['zones/0', 'anchorage']]
    """
    answer = read(Reading(constraint_here, file.path, (file, wanted, bounds), file.layer, reading_limits(file)))
    return with_warnings(file.path, answer)


def read_further(file: DataFile, reader: FileReader) -> Any:
    """Read a data set of an analysis by its own reader, behind the boundary."""
    arguments = (file, *reader.arguments)
    return read(Reading(reader.function, file.path, arguments, file.layer, reading_limits(file))).value


def read_land_graph(name: str, bounds: Bounds) -> LandData:
    """Read railways or highways: `land_graph_reader.read_land_graph`, behind the boundary."""
    remedy = "Install the package that holds it again"
    return read(Reading(land_graph_here, Path(name), (name, bounds), remedy=remedy)).value


def prepare_readers() -> None:
    """Let the process that reads load what `read_layer` and `read_seabed` need, because they will be called soon."""
    prepare(*READERS)


def layer_here(file: DataFile, bounds: Bounds | None) -> Ingested:
    """In this process."""
    from transcaspian.ingest.layer_reader import read_layer

    return read_layer(file, bounds=bounds)


def seabed_here(file: DataFile, bounds: Bounds | None) -> SeabedRaster:
    """In this process."""
    from transcaspian.ingest.seabed_reader import read_seabed

    return read_seabed(file, bounds)


def constraint_here(file: DataFile, wanted: Wanted, bounds: Bounds) -> ConstraintData:
    """In this process."""
    from transcaspian.ingest.constraint_reader import read_constraint

    return read_constraint(file, wanted, bounds)


def land_graph_here(name: str, bounds: Bounds) -> LandData:
    """In this process."""
    from transcaspian.ingest.land_graph_reader import read_land_graph

    return read_land_graph(name, bounds)


def reading_limits(file: DataFile) -> ReadingLimits:
    """What reading a file may take, as the study says."""
    return ReadingLimits(file.limits.max_read_s, file.limits.max_read_mb)
