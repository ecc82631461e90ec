"""Lists, tables and drawings of other people, read behind the boundary of all that comes in (`core.reading`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from transcaspian.core.reading import Reading, ReadingLimits, read
from transcaspian.ingest.warnings import with_warnings
from transcaspian.rpl.column_map import NO_MAP, ColumnMap

if TYPE_CHECKING:
    from transcaspian.rpl.drawn import Drawn
    from transcaspian.rpl.model import Rpl
    from transcaspian.rpl.pairs import PositionPair
    from transcaspian.rpl.reader import RplSheet
    from transcaspian.sources.datafile import Limits

REMEDY = "It may be damaged: save it again from the program that made it"


def read_rpl(path: Path | str, sheet: str | None = None, columns: ColumnMap = NO_MAP) -> Rpl:
    """Read the Route Position List in a file that has no fault.

    Parameters
    ----------
    path
        ``.csv`` (comma, semicolon or tab; UTF-8, UTF-16, cp1251 or cp1252), ``.xlsx``, or the points or lines of a
        GeoPackage, GeoJSON, KML, Shapefile or FlatGeobuf.
    sheet
        Name of the sheet, layer or system, where the file holds several.
    columns
        What headings are to be read as, where they are not known; see `column_map.read_column_map`.

    Returns
    -------
    Rpl
        Positions, latitude and longitude in degrees of its stated datum, and the spans between them; lengths in km,
        depths in m, positive down. What the file does not state is None.

    Raises
    ------
    IngestError
        When the file is no list, or any cell of it has a fault.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp(), "list.csv")
    >>> rows = ["Pos,Latitude,Longitude,Event", "1,40.0,50.0,BMH", "2,40.1,50.5,A/C", "3,40.0,51.0,BMH"]
    >>> _ = file.write_text("\\n".join(rows))
    >>> rpl = read_rpl(file)
    >>> [(one.lat_deg, one.lon_deg, one.event) for one in rpl.positions]
    [(40.0, 50.0, 'BMH'), (40.1, 50.5, 'A/C'), (40.0, 51.0, 'BMH')]
    """
    from transcaspian.rpl.reader import rpl_of

    return rpl_of(path, read_rpl_sheet(path, sheet, columns))


def read_rpl_sheet(path: Path | str, sheet: str | None = None, columns: ColumnMap = NO_MAP) -> RplSheet:
    """`reader.read_rpl_sheet`: a list of any usual layout, with the faults of its cells."""
    path = Path(path)
    answer = read(Reading(sheet_here, path, (path, sheet, columns), sheet, remedy=REMEDY))
    return with_warnings(path, answer)


def read_drawn(
    path: Path,
    layer: str | None,
    name_column: str | None,
    limits: Limits,
    status: str,
    columns: ColumnMap = NO_MAP,
) -> Drawn:
    """`drawn.read_drawn`: the cables of a file, whatever its columns.

    Parameters
    ----------
    path
        A vector file.
    layer
        None: its only one.
    name_column
        Column with the names of the cables; None: the usual ones are tried.
    limits
        Seconds and MB that the reading may take.
    status
        REAL, DERIVED or ASSUMED, of every line.
    columns
        What headings are to be read as.

    Returns
    -------
    Drawn
        Lines in EPSG:4326, with notes.
    """
    allowed = ReadingLimits(limits.max_read_s, limits.max_read_mb)
    answer = read(Reading(_drawn_here, path, (path, layer, name_column, limits, status, columns), layer, allowed))
    return with_warnings(path, answer)


def read_pairs(path: Path) -> tuple[PositionPair, ...]:
    """`pairs.read_pairs`: a table of positions to route between."""
    return read(Reading(pairs_here, path, (path,), remedy=REMEDY)).value


def sheet_here(path: Path, sheet: str | None, columns: ColumnMap) -> RplSheet:
    """In this process."""
    from transcaspian.rpl.reader import read_rpl_sheet

    return read_rpl_sheet(path, sheet, columns)


def _drawn_here(
    path: Path, layer: str | None, name_column: str | None, limits: Limits, status: str, columns: ColumnMap
) -> Drawn:
    """In this process."""
    from transcaspian.rpl.drawn import read_drawn

    return read_drawn(path, layer, name_column, limits, status, columns)


def pairs_here(path: Path) -> tuple[PositionPair, ...]:
    """In this process."""
    from transcaspian.rpl.pairs import read_pairs

    return read_pairs(path)
