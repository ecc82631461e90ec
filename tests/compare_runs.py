"""Whether two run folders hold the same: every figure within 1e-9, every text, layer, raster and file.

``python -m tests.compare_runs BEFORE AFTER`` prints each difference and ends with 1 where there is one. What a run says
of itself (its id, time and code) is left out, and so is wording where ``--wording`` is given: notes, pages, pictures.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import rasterio

TOLERANCE = 1e-9
OF_ITSELF = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}|\b[0-9a-f]{64}\b")
"""Ids of runs, and hashes, which follow from the bytes compared here or from the code."""
ITS_OWN = {"code", "run", "run_id", "sha256", "bytes", "kept", "seconds", "size", "file:size", "file:checksum"}
"""Keys of JSON that tell of the run's making and of the bytes of its files."""
WORDING = {".html", ".md", ".png", ".svg", ".qml", ".qgz", ".xml"}


def differences(before: Path, after: Path, wording: bool = False) -> Iterator[str]:
    """What differs between two run folders, a line each; ``wording``: pages and pictures may."""
    names = [
        {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()} for home in (before, after)
    ]
    yield from (f"{name}: gone" for name in sorted(names[0] - names[1]))
    yield from (f"{name}: new" for name in sorted(names[1] - names[0]))
    for name in sorted(names[0] & names[1]):
        suffix = Path(name).suffix
        if not (wording and suffix in WORDING):
            compare = READERS.get(suffix, of_texts if suffix not in {".png", ".xlsx", ".gz", ".qgz"} else of_nothing)
            yield from (f"{name}: {found}" for found in compare(before / name, after / name))


def of_nothing(before: Path, after: Path) -> Iterator[str]:
    """Pictures and workbooks hold what is compared elsewhere, and bytes of their libraries."""
    yield from ()


def of_texts(before: Path, after: Path) -> Iterator[str]:
    """Line by line, numbers within the tolerance."""
    texts = [OF_ITSELF.sub("*", path.read_text(encoding="utf-8")).splitlines() for path in (before, after)]
    if len(texts[0]) != len(texts[1]):
        yield f"{len(texts[0])} lines, and {len(texts[1])}"
    for number, (old, new) in enumerate(zip(*texts, strict=False), start=1):
        if old != new and not same_line(old, new):
            yield f"line {number}: {old[:150]!r}, and {new[:150]!r}"


NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?")


def same_line(old: str, new: str) -> bool:
    """Whether two lines differ by no more than the last digits of long numbers."""
    if NUMBER.sub("#", old) != NUMBER.sub("#", new):
        return False
    return all(same(float(a), float(b)) for a, b in zip(NUMBER.findall(old), NUMBER.findall(new), strict=True))


def same(old: float, new: float) -> bool:
    """Within the tolerance, relative or absolute; NaN is like NaN."""
    return (math.isnan(old) and math.isnan(new)) or math.isclose(old, new, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def of_json(before: Path, after: Path) -> Iterator[str]:
    """Value by value."""
    yield from of_values(*(json.loads(path.read_text(encoding="utf-8")) for path in (before, after)), at="")


def of_values(old: Any, new: Any, at: str) -> Iterator[str]:
    """Two values of JSON, keys that tell of the run's making left out."""
    if isinstance(old, dict) and isinstance(new, dict):
        yield from (f"{at}.{key}: only in one" for key in sorted(old.keys() ^ new.keys()))
        for key in sorted((old.keys() & new.keys()) - ITS_OWN):
            yield from of_values(old[key], new[key], f"{at}.{key}")
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield f"{at}: {len(old)} items, and {len(new)}"
        for number, (one, other) in enumerate(zip(old, new, strict=False)):
            yield from of_values(one, other, f"{at}[{number}]")
    elif isinstance(old, float) and isinstance(new, float):
        if not same(old, new):
            yield f"{at}: {old!r}, and {new!r}"
    elif isinstance(old, str) and isinstance(new, str):
        if OF_ITSELF.sub("*", old) != OF_ITSELF.sub("*", new):
            yield f"{at}: {old[:150]!r}, and {new[:150]!r}"
    elif old != new:
        yield f"{at}: {old!r}, and {new!r}"


def of_rasters(before: Path, after: Path) -> Iterator[str]:
    """Frame, bands and what is no data."""
    with rasterio.open(before) as old, rasterio.open(after) as new:
        frames = [repr((sorted(raster.profile.items()), raster.tags())) for raster in (old, new)]  # NaN is like NaN
        if frames[0] != frames[1]:
            yield f"{frames[0]}, and {frames[1]}"
        elif not np.allclose(old.read(), new.read(), rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True):
            yield "other values"


def of_geopackages(before: Path, after: Path) -> Iterator[str]:
    """Tables by name, columns, rows in order, geometries to the vertex."""
    tables = [{str(name) for name, _ in pyogrio.list_layers(path)} for path in (before, after)]
    yield from (f"{name}: only in one" for name in sorted(tables[0] ^ tables[1]))
    for name in sorted(tables[0] & tables[1]):
        old, new = (pyogrio.read_dataframe(path, layer=name) for path in (before, after))
        if list(old.columns) != list(new.columns) or len(old) != len(new):
            yield f"{name}: {len(old)} rows of {list(old.columns)}, and {len(new)} of {list(new.columns)}"
            continue
        for column in old.columns:
            different = [i for i, pair in enumerate(zip(old[column], new[column], strict=True)) if not alike(*pair)]
            if different:
                pair = f"{old[column][different[0]]!r}, and {new[column][different[0]]!r}"
                yield f"{name}.{column}: {len(different)} rows, first {pair}"
    yield from of_styles(before, after)


def of_styles(before: Path, after: Path) -> Iterator[str]:
    """The styles that QGIS finds inside."""
    query = "select styleName, f_table_name, styleQML from layer_styles order by 2, 1"
    found = []
    for path in (before, after):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as base:
            found.append(base.execute(query).fetchall())
    if found[0] != found[1]:
        yield "other styles"


def alike(old: Any, new: Any) -> bool:
    """Two cells of a table."""
    if hasattr(old, "equals_exact"):
        return bool(old.equals_exact(new, TOLERANCE))
    if isinstance(old, float) and isinstance(new, float):
        return same(old, new)
    if isinstance(old, str) and isinstance(new, str):
        return OF_ITSELF.sub("*", old) == OF_ITSELF.sub("*", new)
    return bool(old == new) or (old != old and new != new) or (old is None and new is None)


READERS: dict[str, Callable[[Path, Path], Iterator[str]]] = {
    ".json": of_json,
    ".geojson": of_json,
    ".gpkg": of_geopackages,
    ".tif": of_rasters,
}


def main(words: list[str]) -> int:
    """Compare two run folders; 1 where they differ."""
    before, after = (Path(word).resolve() for word in words if not word.startswith("--"))
    found = list(differences(before, after, "--wording" in words))
    print("\n".join(found) or "the same")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
