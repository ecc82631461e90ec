"""Earthquakes: when they were, and by what scale their magnitudes are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import geopandas as gpd

from transcaspian.ingest.values import is_empty
from transcaspian.sources.datafile import DataFile

SCALES = ("magtype", "mag_type", "magnitude_type", "magnitudetype", "scale", "mtype")


def events_noted(file: DataFile, data: gpd.GeoDataFrame) -> Iterator[str]:
    """By what scales the magnitudes are, where the file says it: all are read as moment magnitudes."""
    column = next((name for name in data.columns if str(name).strip().lower() in SCALES), None)
    if column is None:
        return
    found = Counter("not stated" if is_empty(value) else str(value).strip() for value in data[column])
    other = {name: count for name, count in found.items() if not name.lower().startswith("mw")}
    if other:
        told = ", ".join(f"{count:,} {name}" for name, count in found.most_common())
        yield (
            f"{file.path.name} has magnitudes of several scales or of another than Mw ({told}); all are read as moment "
            "magnitudes: convert them where the difference matters"
        )


def time_span(events: gpd.GeoDataFrame) -> str:
    """From the first to the last year; empty where no time is known."""
    years = sorted(int(str(value)[:4]) for value in events["time_utc"] if not is_empty(value))
    return f"{years[0]}–{years[-1]}" if years else ""
