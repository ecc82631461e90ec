"""What helps to read a page: links to the files beside it, and what its abbreviations stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch

WHAT_FILES_ARE = (
    ("system.html", "the system as a whole"),
    ("*.gpkg", "all layers, with styles, described columns and a project for QGIS"),
    ("rpl/front/*", "Route Position List of a point of the front of cost and risk"),
    ("rpl/*", "Route Position List"),
    ("bills/*", "bill of quantities, with formulas"),
    ("sld/*", "straight-line diagram"),
    ("map.png", "map of all routes"),
    ("figures/profile_*", "depth and slope along the route"),
    ("figures/alternatives_*", "alternatives and cost-tolerance zones"),
    ("figures/published_lengths.png", "published lengths beside ours"),
    ("landings/landings.csv", "landings with distances, depths and verdicts"),
    ("published.csv", "published figures beside ours"),
    ("geojson/", "each layer for maps in a browser"),
    ("rasters/", "depth, its error and source, cost, as GeoTIFF"),
    ("stac_item.json", "the entry for a catalogue"),
    ("manifest.json", "study, sources, figures and the hash of every file"),
)
"""Patterns of names of files, in the order of the list; what is beside them is not named one by one."""
ABBREVIATIONS = {
    "A/C": "alter course, a position where the route changes its bearing",
    "BMH": "beach manhole",
    "BU": "branching unit",
    "DA": "double-armoured cable",
    "DERIVED, REAL, ASSUMED": "computed here; published or measured; a default to replace",
    "HDD": "horizontal directional drilling, a bore under the beach",
    "KP": "kilometre point, distance along the route from the beach manhole",
    "LW": "light-weight cable, no armour",
    "LWA": "light-weight armoured cable",
    "LWP": "light-weight protected cable",
    "MSL": "mean sea level",
    "MUSD": "million US dollars",
    "nm": "nautical mile, 1.852 km",
    "PLDN": "plough down, where ploughing begins",
    "PLIB": "post-lay inspection and burial",
    "PLUP": "plough up, where ploughing ends",
    "RA": "rock-armoured cable",
    "ROPA": "remote optically pumped amplifier",
    "RPL": "Route Position List",
    "SA": "single-armoured cable",
    "SLD": "straight-line diagram",
}


@dataclass(frozen=True)
class FileLink:
    """A file beside the page, by its way from it."""

    href: str
    what: str


def file_links(written: Sequence[str]) -> list[FileLink]:
    """The files that a reader would open, of all that a run writes, in the order of `WHAT_FILES_ARE`.

    Examples
    --------
    >>> [link.href for link in file_links(["rpl/main.csv", "landings/main_aktau.json", "geojson/", "map.png"])]
    ['rpl/main.csv', 'map.png', 'geojson/']
    """
    return list(_links(written))


def _links(written: Sequence[str]) -> Iterator[FileLink]:
    left = sorted(written)
    for pattern, what in WHAT_FILES_ARE:
        found = [name for name in left if fnmatch(name, pattern)]
        left = [name for name in left if name not in found]
        yield from (FileLink(name, what) for name in found)
