"""Damaged files by the thousand: each is read, or refused by one sentence, and nothing of it goes without a word.

``python -m tests.soak.damaged_files [--count 500] [--seed 1] [FORMAT ...]`` damages one sound file of each format,
reads them through the boundary of all that comes in, and prints what became of them. The exit code is 1 where

- something else than one sentence came of a damaged file (a traceback, a sentence of several lines, no end),
- fewer features, parts, rings or vertices came out than the file holds by its own account, and no word was said,
- an area differs from that of the rings in the file, and no word was said.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import xarray as xr
from rasterio.transform import from_origin
from shapely import MultiPolygon, Polygon, box

from tests.conftest import STUDY
from tests.soak import accounts
from transcaspian.core.errors import TranscaspianError
from transcaspian.ingest import boundary
from transcaspian.rpl.boundary import read_rpl_sheet
from transcaspian.sources.datafile import DataFile, Limits
from transcaspian.study import load_study

BOUNDS = (46.0, 36.25, 55.0, 47.75)
MAX_S = 20.0
LIMITS = Limits(max_read_s=MAX_S, max_read_mb=2_000.0)
SOUND = 30
"""Features of a sound file."""
GENTLE = 0.35
"""Share of faults that leave a text a text."""
NUMBERS = (b"0", b"-1", b"1e5", b"180", b"91", b"1e999", b"NaN", b"null", b"9007199254740993", b"49.05", b'"40.1"')
BYTES = (0, 0x7F, 0x80, 0xFF)
INSERTED = (b"1e999", b"NaN", b"-", b'"', b",", b"\n", b"\0", b"[", b"}", b"\xff", b"9" * 20)


@dataclass(frozen=True)
class Format:
    """A format: how a sound file is made in a folder, which of its files are damaged, how it is read."""

    name: str
    make: Callable[[Path], Path]
    read: Callable[[Path], Any]
    damaged: tuple[str, ...] = ()


def hazards() -> gpd.GeoDataFrame:
    """Closed areas of every shape: with holes, in several parts."""
    shapes = [
        MultiPolygon([box(x, y, x + 0.1, y + 0.1), box(x + 0.15, y, x + 0.2, y + 0.1)])
        if number % 3 == 0
        else Polygon(box(x, y, x + 0.2, y + 0.2).exterior, [box(x + 0.05, y + 0.05, x + 0.1, y + 0.1).exterior])
        if number % 3 == 1
        else box(x, y, x + 0.2, y + 0.2)
        for number in range(SOUND)
        for x, y in [(49.0 + 0.3 * (number % 6), 40.0 + 0.3 * (number // 6))]
    ]
    columns = {
        "hazard_id": [f"h{number}" for number in range(SOUND)],
        "name": [f"Area {number} – Ä" for number in range(SOUND)],
        "kind": ["military_area"] * SOUND,
        "no_go": [True] * SOUND,
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)


def vector(suffix: str) -> Callable[[Path], Path]:
    """A maker of a file of hazards."""

    def make(folder: Path) -> Path:
        path = folder / f"hazards.{suffix}"
        hazards().to_file(path)
        return path

    return make


def make_csv(folder: Path) -> Path:
    """Earthquakes as a table."""
    rows = [f'q{n},{49 + n / 20:.3f},{40 + n / 25:.3f},{4 + n / 30:.2f},{n + 5},"near, {n}"' for n in range(SOUND)]
    (folder / "quakes.csv").write_text("event_id,lon,lat,magnitude_mw,depth_km,remarks\n" + "\n".join(rows) + "\n")
    return folder / "quakes.csv"


def sea() -> np.ndarray[Any, Any]:
    """Elevations of a sea: a bowl with land around it."""
    y, x = np.mgrid[-1:1:60j, -1:1:45j]
    return (800 * (x**2 + y**2) - 700 + 10 * np.sin(9 * x)).astype(np.float32)


def make_tif(folder: Path) -> Path:
    """A seabed as a GeoTIFF."""
    profile = {"driver": "GTiff", "width": 45, "height": 60, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    profile |= {"transform": from_origin(46, 48, 0.2, 0.2), "nodata": -32768.0}
    with rasterio.open(folder / "sea.tif", "w", **profile) as file:
        file.write(sea(), 1)
    return folder / "sea.tif"


def make_nc(engine: str, kind: str) -> Callable[[Path], Path]:
    """A maker of a seabed as netCDF."""

    def make(folder: Path) -> Path:
        lon, lat = 46 + 0.2 * np.arange(45), 48 - 0.2 * np.arange(60)
        data = xr.Dataset({"elevation": (("lat", "lon"), sea())}, {"lon": lon, "lat": lat})
        data.lon.attrs["units"], data.lat.attrs["units"] = "degrees_east", "degrees_north"
        data.elevation.attrs.update(units="m", positive="up")
        data.to_netcdf(folder / f"sea-{kind}.nc", engine=engine)
        return folder / f"sea-{kind}.nc"

    return make


def make_study(folder: Path) -> Path:
    """The default study."""
    return Path(shutil.copy(STUDY, folder / "study.toml"))


def make_list(folder: Path) -> Path:
    """A Route Position List."""
    rows = [f"{n},{40 + n / 50:.6f},{49.5 + n / 20:.6f},{n * 5.0:.3f},BMH" for n in range(SOUND)]
    (folder / "list.csv").write_text("PosNo,Latitude,Longitude,Depth,Event\n" + "\n".join(rows) + "\n")
    return folder / "list.csv"


def make_workbook(folder: Path) -> Path:
    """The same as a workbook."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in make_list(folder).read_text().splitlines():
        cells = line.split(",")
        sheet.append([*cells[:1], *map(float, cells[1:4]), *cells[4:]] if cells[0].isdigit() else cells)
    book.save(folder / "list.xlsx")
    return folder / "list.xlsx"


def read_hazards(path: Path) -> Any:
    return boundary.read_layer(DataFile("hazards", path, "h", citation="c", limits=LIMITS), bounds=BOUNDS)


def read_quakes(path: Path) -> Any:
    return boundary.read_layer(DataFile("earthquakes", path, "q", citation="c", limits=LIMITS), bounds=BOUNDS)


def read_sea(path: Path) -> Any:
    return boundary.read_seabed(DataFile("seabed", path, "s", citation="c", limits=LIMITS), BOUNDS)


FORMATS = (
    Format("gpkg", vector("gpkg"), read_hazards),
    Format("geojson", vector("geojson"), read_hazards),
    Format("shp", vector("shp"), read_hazards, (".shp", ".shx", ".dbf", ".prj", ".cpg")),
    Format("fgb", vector("fgb"), read_hazards),
    Format("csv", make_csv, read_quakes),
    Format("tif", make_tif, read_sea),
    Format("nc3", make_nc("scipy", "classic"), read_sea),
    Format("nc4", make_nc("h5netcdf", "hdf5"), read_sea),
    Format("toml", make_study, load_study),
    Format("rpl", make_list, read_rpl_sheet),
    Format("xlsx", make_workbook, read_rpl_sheet),
)


def gentle(data: bytes, chance: random.Random) -> bytes:
    """The bytes with another number in one place, or with a cell, a position or a line gone or there twice."""
    numbers = [*re.finditer(rb"-?\d+\.?\d*", data)]
    pieces = [*re.finditer(rb"[^,\n\[\]]+,|\[[^\[\]]*\],?|\n[^\n]*", data)]
    if not (numbers and pieces):
        return data
    found = chance.choice(numbers if chance.random() < 0.5 else pieces)
    put = chance.choice(NUMBERS) if found in numbers else found[0] * chance.choice((0, 2))
    return data[: found.start()] + put + data[found.end() :]


def damage(data: bytes, chance: random.Random) -> bytes:
    """The bytes with one to four faults: of a disk, of a transfer, of an editor."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        if not data:
            break
        if chance.random() < GENTLE:
            data = gentle(data, chance)
            continue
        at = chance.randrange(len(data))
        length = min(chance.choice((1, 1, 2, 4, 8, 64, 512)), len(data) - at)
        kind = chance.randrange(9)
        piece = data[at : at + length]
        if kind == 0:
            piece = bytes([piece[0] ^ (1 << chance.randrange(8))]) + piece[1:]
        elif kind == 1:
            piece = bytes(chance.choice(BYTES) for _ in piece)
        elif kind == 2:
            piece = chance.randbytes(length)
        elif kind == 3:
            piece = b""
        elif kind == 4:
            piece = piece * 2
        elif kind == 5:
            data, piece = data[:at], b""
        elif kind == 6:
            other = chance.randrange(len(data))
            piece = data[other : other + length]
        elif kind == 7:
            number = chance.choice((0, 1, -1, 2**31 - 1, -(2**31), 65535))
            piece = number.to_bytes(4, chance.choice(("little", "big")), signed=True)[:length] + piece[4:]
        else:
            piece = (
                chance.choice((b"1e999", b"NaN", b"-", b'"', b",", b"\n", b"\0", b"[", b"}", b"\xff", b"9" * 20))
                + piece
            )
        data = data[:at] + piece + data[at + length :]
    return data


def damaged_copies(form: Format, folder: Path, count: int, seed: int) -> Iterator[Path]:
    """Damaged copies of a sound file, one at a time in the same place."""
    sound = form.make(folder)
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.stem == sound.stem}
    names = [name for name in files if not form.damaged or Path(name).suffix in form.damaged]
    for number in range(count):
        chance = random.Random(f"{seed}/{form.name}/{number}")
        for path in folder.iterdir():
            path.unlink()
        hit = chance.choice(names)
        for name, data in files.items():
            (folder / name).write_bytes(damage(data, chance) if name == hit else data)
        yield folder / sound.name


def outcome(form: Format, path: Path) -> tuple[str, str]:
    """What became of a damaged file, and more of it where that must not be."""
    began = time.monotonic()
    try:
        value = form.read(path)
    except TranscaspianError as exc:
        text = str(exc)
        if "\n" in text or "Traceback" in text or not text.strip():
            return "SEVERAL LINES", text
        if "it cannot be read (" in text:
            return "unforeseen", text
        for words, kind in (("crashed", "crash told"), ("not read within", "hang told"), ("memory", "memory told")):
            if words in text:
                return kind, text
        return "refused", text
    except Exception as exc:
        return "TRACEBACK", f"{type(exc).__name__}: {exc}"
    if time.monotonic() - began > MAX_S + 5:
        return "HANG", ""
    lost = accounts.lost(path, value) if hasattr(value, "counts") else ""
    return ("SILENT LOSS", lost) if lost else ("read", "")


def main(arguments: Sequence[str]) -> int:
    """Run the trial; 1 where something must not be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("formats", nargs="*")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for damaged files that show a fault")
    parser.add_argument("--show", action="append", default=[], help="outcome whose sentences are printed")
    asked = parser.parse_args(arguments)
    wrong = 0
    for form in FORMATS:
        if asked.formats and form.name not in asked.formats:
            continue
        found: Counter[str] = Counter()
        with tempfile.TemporaryDirectory() as name:
            for number, path in enumerate(damaged_copies(form, Path(name), asked.count, asked.seed)):
                kind, more = outcome(form, path)
                found[kind] += 1
                if kind.isupper() or kind in asked.show:
                    print(f"  {form.name} {number}: {kind}: {more.replace(name, '')[:400]}", flush=True)
                if kind.isupper():
                    wrong += 1
                    if asked.keep:
                        shutil.copytree(path.parent, asked.keep / f"{form.name}-{number}", dirs_exist_ok=True)
        print(f"{form.name}: " + ", ".join(f"{count} {kind}" for kind, count in sorted(found.items())), flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
