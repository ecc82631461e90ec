"""The landing sheets of the routes as layers and as files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd
from shapely import LineString, Point

from transcaspian.core.frames import Row, frames
from transcaspian.core.grid import GEOD
from transcaspian.core.layers import LANDING_LEVELS, LANDING_NEIGHBOURS, LANDING_SHEETS
from transcaspian.core.linear_reference import positions_at_km
from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.engineering import EngineeredRoute, LandingSheet, Stand
from transcaspian.products.figures import Figures
from transcaspian.study import LandingRules, Study

FOLDER = "landings"
Sheets = Iterator[tuple[str, EngineeredRoute, LandingSheet]]


def sheets_of(figures: Sequence[Figures]) -> Sheets:
    """Every landing sheet, with the system and the route it is of."""
    for item in figures:
        for sheet in item.engineered.landings if item.engineered else ():
            yield item.system.id, item.engineered, sheet  # type: ignore[misc]


def landing_layers(study: Study, figures: Sequence[Figures]) -> dict[str, gpd.GeoDataFrame]:
    """The layers by name; empty where the study has no rules of engineering."""
    if study.engineering is None:
        return frames({LANDING_SHEETS: [], LANDING_LEVELS: [], LANDING_NEIGHBOURS: []})
    rules = study.engineering.landing
    return frames(
        {
            LANDING_SHEETS: [sheet_row(system_id, sheet, rules) for system_id, _, sheet in sheets_of(figures)],
            LANDING_LEVELS: [row for item in sheets_of(figures) for row in _level_rows(*item, rules)],
            LANDING_NEIGHBOURS: [row for item in sheets_of(figures) for row in neighbour_rows(item[0], item[2])],
        }
    )


def sheet_id(system_id: str, sheet: LandingSheet) -> str:
    """Of a landing of a system."""
    return f"{system_id}/{sheet.landing_id}"


def sheet_row(system_id: str, sheet: LandingSheet, rules: LandingRules) -> Row:
    """A row of the layer ``landing_sheets``."""
    contours = {
        f"to_{item.depth_m:g}m{which}_m": value
        for item in sheet.contours
        for which, value in (("", item.away_m), ("_min", item.nearest_m), ("_max", item.farthest_m))
    }
    return LANDING_SHEETS.row(
        Point(sheet.at.lon_deg, sheet.at.lat_deg),
        *(sheet, rules),
        sheet_id=sheet_id(system_id, sheet),
        system_id=system_id,
        manhole_event=sheet.at.event,
        height_m=sheet.at.height_m,
        height_status=sheet.at.height_status or NOT_KNOWN,
        lay_depth_m=rules.min_lay_depth_m,
        landing_slope_deg=sheet.slope_deg,
        state=sheet.waters.state or None if sheet.waters else None,
        zone=sheet.waters.zone or None if sheet.waters else None,
        not_known="; ".join(sheet.not_known),
        status="DERIVED",
        **contours,
    )


def _level_rows(system_id: str, route: EngineeredRoute, sheet: LandingSheet, rules: LandingRules) -> Iterator[Row]:
    """Rows of the layer ``landing_levels``."""
    for item in sheet.stands:
        yield LANDING_LEVELS.row(
            waterline_of(route, sheet, item),
            *(item, rules),
            landing_level_id=f"{sheet_id(system_id, sheet)}/{item.level_m_msl:g}/{item.set_up_m:+g}",
            sheet_id=sheet_id(system_id, sheet),
            system_id=system_id,
            landing_id=sheet.landing_id,
            lay_depth_m=rules.min_lay_depth_m,
            status="DERIVED",
        )


def waterline_of(route: EngineeredRoute, sheet: LandingSheet, stand: Stand) -> Point:
    """Where the waterline is; without one the manhole."""
    if stand.waterline_km is None:
        return Point(sheet.at.lon_deg, sheet.at.lat_deg)
    kp_km = stand.waterline_km if sheet.is_start else route.profile.length_km - stand.waterline_km
    return Point(positions_at_km(route.lonlat, [kp_km]).lonlat[0])


def neighbour_rows(system_id: str, sheet: LandingSheet) -> Iterator[Row]:
    """Rows of the layer ``landing_neighbours``: a line from the manhole to the nearest place of each."""
    at = sheet.at.lon_deg, sheet.at.lat_deg
    for number, item in enumerate(sheet.neighbours, 1):
        there = GEOD.fwd(*at, item.bearing_deg, item.distance_m)[:2]
        yield LANDING_NEIGHBOURS.row(
            LineString([at, there]),
            *(item, sheet),
            neighbour_row_id=f"{sheet_id(system_id, sheet)}/{number}",
            sheet_id=sheet_id(system_id, sheet),
            system_id=system_id,
            name=item.name,
            bearing_from_deg=item.bearing_deg,
            status="DERIVED",
        )


def landing_files(layers: Mapping[str, gpd.GeoDataFrame]) -> dict[str, str]:
    """Texts of the sheets by the name of their file: one JSON each, and one table of all as CSV; none without.

    Parameters
    ----------
    layers
        Of the run, by name; the sheets, their levels and their neighbours are read.

    Returns
    -------
    dict
        Text by relative path.

    Examples
    --------
    >>> sheet = {"sheet_id": "main/north", "system_id": "main", "landing_id": "north", "geometry": Point(50.0, 40.0)}
    >>> layers = frames({LANDING_SHEETS: [sheet], LANDING_LEVELS: [], LANDING_NEIGHBOURS: []})
    >>> files = landing_files(layers)
    >>> sorted(files), json.loads(files["landings/main_north.json"])["lon_deg"]
    (['landings/landings.csv', 'landings/main_north.json'], 50.0)
    """
    sheets = layers[LANDING_SHEETS.name]
    if not len(sheets):
        return {}
    records = [record(row) for row in sheets.to_dict("records")]
    found = {f"{FOLDER}/landings.csv": as_csv(records)}
    for one in records:
        levels, near = (
            [record(row) for row in layers[name][layers[name]["sheet_id"] == one["sheet_id"]].to_dict("records")]
            for name in (LANDING_LEVELS.name, LANDING_NEIGHBOURS.name)
        )
        text = json.dumps(one | {"levels": levels, "neighbours": near}, ensure_ascii=False, indent=2)
        found[f"{FOLDER}/{one['system_id']}_{one['landing_id']}.json"] = f"{text}\n"
    return found


def record(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON holds it: the place as longitude and latitude, what is not known as null."""
    plain = {name: None if value != value else value for name, value in row.items() if name != "geometry"}
    place = row["geometry"]
    return plain | ({"lon_deg": round(place.x, 7), "lat_deg": round(place.y, 7)} if place.geom_type == "Point" else {})


def as_csv(records: Sequence[Mapping[str, Any]]) -> str:
    """A table of records of the same columns; what is not known is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()
