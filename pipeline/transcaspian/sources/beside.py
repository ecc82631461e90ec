"""Files beside a data file: those that are opened with it count as part of it, the others are not opened."""

from __future__ import annotations

from pathlib import Path

from transcaspian.sources.verify import sha256_of

COMPANIONS = {".shp": (".shx", ".dbf", ".prj", ".cpg")}
"""By the suffix of a file, those that its reader opens with it, in the place of the suffix."""
APPENDED = {".gpkg": ("-wal", "-journal")}
"""The same, behind the whole name: what SQLite has not yet brought into the file itself."""
TELLING = (".aux.xml", ".tfw", ".tifw", ".tiffw", ".wld", ".prj", ".msk", ".vrt")
"""What other programs read beside a raster: it would change values or their place, so that a person must know."""
RASTERS = (".tif", ".tiff", ".bag", ".h5", ".nc", ".grd")


def opened_beside(path: Path) -> dict[str, str]:
    """Hash by name of the files that are opened with a data file."""
    suffix = path.suffix.lower()
    wanted = {f"{path.stem}{own}".lower() for own in COMPANIONS.get(suffix, ())}
    wanted |= {f"{path.name}{own}".lower() for own in APPENDED.get(suffix, ())}
    return {one.name: sha256_of(one) for one in _beside(path) if one.name.lower() in wanted}


def ignored_beside(path: Path) -> tuple[str, ...]:
    """Names of the files beside a raster that other programs would read with it, and that are not opened here."""
    if path.suffix.lower() not in RASTERS:
        return ()
    names = {f"{path.name}{own}".lower() for own in TELLING} | {f"{path.stem}{own}".lower() for own in TELLING}
    return tuple(one.name for one in _beside(path) if one.name.lower() in names)


def _beside(path: Path) -> list[Path]:
    return sorted(one for one in path.parent.iterdir() if one.is_file() and one != path)
