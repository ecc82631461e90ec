"""A file that a reader can open, with what the file itself does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """How much of a data file is read at most; the names are those of ``[limits]`` in a study.

    ``max_read_s`` is for each 100 MB of a file; ``max_read_mb`` is memory.
    """

    max_file_mb: float = 8_000.0
    max_features: int = 1_000_000
    max_vertices: int = 50_000_000
    max_raster_cells: int = 400_000_000
    max_read_s: float = 120.0
    max_read_mb: float = 8_000.0


@dataclass(frozen=True)
class StatedError:
    """One standard error of the depths of a seabed, as the study states it.

    Attributes
    ----------
    error_m, share_of_depth
        They add up.
    raster, tid
        Grids with the nodes of the seabed: of standard errors in metres, or of GEBCO's type identifiers; None: none.
    told
        For a table.
    """

    error_m: float = 0.0
    share_of_depth: float = 0.0
    raster: Path | None = None
    tid: Path | None = None
    told: str = ""


@dataclass(frozen=True)
class DataFile:
    """What every reader takes.

    Attributes
    ----------
    role
        ``seabed``, ``shoreline``, ``cables``, ``hazards`` or ``earthquakes``; of several seabeds ``seabed.<name>``.
    layer
        Layer or netCDF variable inside the file; None where there is only one.
    citation, status, epoch
        Stand in where features have no ``source``, ``status`` or ``epoch`` of their own.
    effective_resolution_deg
        Seabed only: spacing of independent data; None: the step of the file.
    values
        Seabed only: ``elevation_m_up`` or ``depth_m_down``; None: as the file says, and up where it does not.
    nodata, units
        Seabed only: the value that stands for no data, and the unit, where the file does not say so itself.
    zero_m_msl
        Seabed only: height of the level that its values count from above mean sea level, metres; None: as it says.
    kind, depth_column, vertical_datum, stated_error
        Seabed only, as `transcaspian.study.seabed_tables.SeabedRef` has them.
    crs
        Where the file states none: code or text that PROJ knows.
    columns
        Names of columns in the file by those of the table of layers.
    expect
        ``none``: no feature of it need lie in the area.
    encoding
        Of the texts of a Shapefile, where no file beside it says so.
    on_error
        ``stop`` or ``quarantine``: what becomes of a feature that cannot be used; None: it stops the run where it
        closes water, or may, and is quarantined else.
    is_registered
        Whether it is a data set of a whole region from the registry, and no file that the study's author chose.
    """

    role: str
    path: Path
    source_id: str
    layer: str | None = None
    citation: str = ""
    status: str = "REAL"
    epoch: str = ""
    effective_resolution_deg: float | None = None
    values: str | None = None
    nodata: float | None = None
    units: str | None = None
    zero_m_msl: float | None = None
    crs: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    expect: str | None = None
    encoding: str | None = None
    on_error: str | None = None
    is_registered: bool = False
    kind: str | None = None
    depth_column: str | None = None
    vertical_datum: str | None = None
    stated_error: StatedError | None = None
    limits: Limits = Limits()
