"""The corners of protection zones as tables, and the notice of each zone to the state whose waters it lies in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from transcaspian.analyses.permits.zone import ZonePart
from transcaspian.core.second_crs import Bounds, SecondCoordinates, second_coordinates
from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.engineering.strip import area_km2
from transcaspian.rpl.writer import degrees_and_minutes

Corner = tuple[int, float, float, float | None, float | None]

IN_FORCE = (
    "The Convention on the Legal Status of the Caspian Sea of 2018 is signed and NOT in force: Iran had not ratified "
    "it by 15 December 2025 (tass.com/politics/2059073). Its Art. 14 asks that the route of a cable is agreed "
    "with the state whose seabed sector it crosses, and that the states are told the coordinates of the areas along it "
    "where works under water are not allowed (azernews.az/region/133828, of the draft of June 2018). Until it is in "
    "force this notice goes by what the states have agreed with each other and by the law of each. The Protocol on "
    "Environmental Impact Assessment to the Tehran Convention is in force since 18 November 2025; the release on it "
    "does not name cables (UNEP)."
)
"""What of the Convention is in force, with its sources."""


def second_of(part: ZonePart, crs: str, bounds: Bounds) -> SecondCoordinates:
    """The corners in the second reference system."""
    return second_coordinates(part.vertices, crs, bounds)


def corner_rows(part: ZonePart, second: SecondCoordinates) -> Iterator[Corner]:
    """Number, longitude and latitude on WGS 84, and both in the second system, of each corner."""
    for number, ((lon, lat), xy) in enumerate(zip(part.vertices.tolist(), second.xy, strict=True), 1):
        yield number, lon, lat, *(xy or (None, None))


def corners_csv(part: ZonePart, second: SecondCoordinates) -> str:
    """The corners of a part, in degrees with their decimals and in degrees and minutes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    x, y = ("lon_deg", "lat_deg") if second.is_geographic else ("easting_m", "northing_m")
    writer.writerow(
        [
            "vertex",
            "wgs84_lat",
            "wgs84_lon",
            "wgs84_lat_deg",
            "wgs84_lon_deg",
            f"second_{y}",
            f"second_{x}",
            "second_crs",
        ]
    )
    digits = 7 if second.is_geographic else 2
    for number, lon, lat, east, north in corner_rows(part, second):
        there = ["" if value is None else f"{value:.{digits}f}" for value in (north, east)]
        printed = [degrees_and_minutes(lat, "NS"), degrees_and_minutes(lon, "EW")]
        writer.writerow([number, *printed, f"{lat:.7f}", f"{lon:.7f}", *there, second.crs])
    return text.getvalue()


def notice(part: ZonePart, second: SecondCoordinates, name: str, corners_file: str) -> str:
    """The notice of a part, as Markdown.

    Parameters
    ----------
    name
        Of the system.
    corners_file
        Where its corners stand.
    """
    width = f"{part.rule.half_width_m:g} m to either side of the cable, geodesic on WGS 84"
    lines = [
        f"# Protection zone of the cable {name}: {part.state or NOT_KNOWN}",
        "",
        f"To the authorities of: {part.state or f'{NOT_KNOWN}: whose waters they are is not known'}",
        "",
        "| | |",
        "|---|---|",
        f"| cable | {name} ({part.system_id}) |",
        f"| stretch | KP {part.from_km:.3f} to {part.to_km:.3f} |",
        f"| width | {width} ({part.rule.status}: {part.rule.source}) |",
        f"| area | {area_km2(part.area):.2f} km² |",
        f"| corners | {len(part.vertices)}, anticlockwise, joined by geodesics: `{corners_file}` |",
        f"| second coordinates | {second} |",
        "",
        "Asked for in this zone: no anchoring, no fishing with gear on the seabed, no dredging and no works under "
        "water without the consent of the owner of the cable.",
        "",
        IN_FORCE,
        "",
        "## Corners",
        "| no. | latitude, WGS 84 | longitude, WGS 84 | second latitude or northing | second longitude or easting |",
        "|---|---|---|---|---|",
    ]
    digits = 6 if second.is_geographic else 1
    for number, lon, lat, east, north in corner_rows(part, second):
        there = [NOT_KNOWN if value is None else f"{value:.{digits}f}" for value in (north, east)]
        lines.append(
            f"| {number} | {degrees_and_minutes(lat, 'NS')} | {degrees_and_minutes(lon, 'EW')} | {' | '.join(there)} |"
        )
    return "\n".join(lines) + "\n"
