"""One list in the layouts that people send: each made from the same truth, with what a reader must find."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
from shapely.geometry import LineString, Point

from tests.rpl_samples import rpl_through
from transcaspian.rpl.model import Rpl, Span

PLACES = [
    ("1", "BMH", 49.683222, 40.595017, None),
    ("2", "AC", 49.7236668, 40.6844, 15.4),
    ("3", "Tr", 49.798098, 40.848227, 50.2),
    ("4", "AC", 50.05, 41.2, 180.0),
    ("5", "RPTR1", 50.3, 41.9, 620.0),
    ("6", "Xing", 50.6, 42.7, 540.0),
    ("7", "BMH", 51.2, 43.6, None),
]
SLACKS = (0.5, 1.5, 2.0, 2.5, 3.0, 1.0)
BURIALS = ((1.5, 1.4), (1.5, 1.6), (1.0, 0.95), (1.0, 1.0), (0.0, 0.0), (2.0, 1.85))
TYPES = ("DA", "DA", "SA", "LWP", "LWP", "DA")
FEET, FATHOM, NM = 0.3048, 1.8288, 1.852


def truth() -> Rpl:
    """Seven positions from Azerbaijan to Kazakhstan, as designed and as laid."""
    made = rpl_through(PLACES)
    cable_km = 0.0
    positions, spans = [replace(made.positions[0], remarks="")], []
    for index, span in enumerate(made.spans):
        length_km = round(span.route_km or 0.0, 3)
        cable = round(length_km * (1 + SLACKS[index] / 100), 3)
        cable_km += cable
        target, built = BURIALS[index]
        spans.append(
            Span(
                *(span.from_pos, span.to_pos, span.bearing_deg, length_km, SLACKS[index], cable),
                cable_type=TYPES[index],
                protection_method="plough" if target else "surface laid",
                target_burial_m=target,
                burial_m=built,
            )
        )
        route_km = (positions[-1].route_km or 0.0) + length_km
        positions.append(replace(made.positions[index + 1], route_km=round(route_km, 3), cable_km=round(cable_km, 3)))
    return replace(made, positions=tuple(positions), spans=tuple(spans))


TRUTH = truth()
Value = str | float | None


@dataclass(frozen=True)
class Column:
    """A column of a layout: its heading, or those of a group and of the part, and its cell by position or span."""

    heading: str
    cell: Callable[[Any], Value]
    of_span: bool = False
    group: str = ""


def ddm(degrees: float, letters: str, form: str = "{:d} {:07.4f} {}") -> str:
    whole, minutes = divmod(round(abs(degrees) * 60, 4), 60)
    return form.format(int(whole), minutes, letters[degrees < 0])


def dms(degrees: float, letters: str) -> str:
    whole, seconds = divmod(round(abs(degrees) * 3600, 2), 3600)
    return f"{int(whole)}°{int(seconds // 60):02d}'{seconds % 60:05.2f}\"{letters[degrees < 0]}"


def fixed(name: str, digits: int, per: float = 1.0, plus: float = 0.0) -> Callable[[Any], Value]:
    """A figure of the truth in another unit, rounded as it is printed."""

    def cell(row: Any) -> Value:
        value = getattr(row, name)
        return None if value is None else f"{value / per + plus:.{digits}f}"

    return cell


def as_it_is(name: str) -> Callable[[Any], Value]:
    return lambda row: getattr(row, name)


POS_NO = Column("Pos No", as_it_is("pos_no"))
EVENT = Column("Event", as_it_is("event"))
LAT = Column("Latitude", lambda at: ddm(at.lat_deg, "NS"))
LON = Column("Longitude", lambda at: ddm(at.lon_deg, "EW"))
DD_LAT, DD_LON = (Column(n, fixed(a, 6)) for n, a in (("Latitude", "lat_deg"), ("Longitude", "lon_deg")))
BEARING = Column("Bearing (deg)", fixed("bearing_deg", 1), of_span=True)
DIST = Column("Dist Between Pos (km)", fixed("route_km", 3), of_span=True)
KP = Column("Dist Cumulative (km)", fixed("route_km", 3))
SLACK = Column("Slack (%)", fixed("slack_percent", 1), of_span=True)
CABLE = Column("Cable Dist Between Pos (km)", fixed("cable_km", 3), of_span=True)
CABLE_CUM = Column("Cable Dist Cumulative (km)", fixed("cable_km", 3))
DEPTH = Column("Approx Depth (m)", fixed("depth_m", 1))
TYPE = Column("Cable Type", as_it_is("cable_type"), of_span=True)
METHOD = Column("Protection Method", as_it_is("protection_method"), of_span=True)
TARGET = Column("Target Burial Depth (m)", fixed("target_burial_m", 2), of_span=True)
BUILT = Column("Burial Depth (m)", fixed("burial_m", 2), of_span=True)
PLAIN = (POS_NO, EVENT, LAT, LON, BEARING, DIST, KP, SLACK, CABLE, CABLE_CUM, DEPTH, TYPE, METHOD, TARGET)


def swap(columns: Sequence[Column], **by_heading: Column) -> tuple[Column, ...]:
    """Columns with some exchanged, by the words of their heading without spaces and units."""
    keys = {re.sub(r"\(.*\)|[^A-Za-z]", "", column.heading): column for column in columns}
    assert set(by_heading) <= set(keys), set(by_heading) - set(keys)
    return tuple(by_heading.get(key, column) for key, column in keys.items())


Grid = list[list[Value]]


def headings(columns: Sequence[Column]) -> Grid:
    """One row of headings, or two where columns stand in groups."""
    if not any(column.group for column in columns):
        return [[column.heading for column in columns]]
    above: list[Value] = []
    for before, column in zip([None, *columns], columns, strict=False):
        is_same = before is not None and column.group and before.group == column.group
        above.append(None if is_same else column.group or column.heading)
    return [above, [column.heading if column.group else None for column in columns]]


def alternating(columns: Sequence[Column] = PLAIN, rpl: Rpl = TRUTH) -> Grid:
    """A row for each position, and between them a row for each span."""
    rows = headings(columns)
    for index, position in enumerate(rpl.positions):
        rows.append([None if column.of_span else column.cell(position) for column in columns])
        if index < len(rpl.spans):
            rows.append([column.cell(rpl.spans[index]) if column.of_span else None for column in columns])
    return rows


def flat(columns: Sequence[Column] = PLAIN, rpl: Rpl = TRUTH, begins: bool = False) -> Grid:
    """A row for each position, with the span that ends, or ``begins``, there."""
    rows = headings(columns)
    for index, position in enumerate(rpl.positions):
        at = index if begins else index - 1
        span = rpl.spans[at] if 0 <= at < len(rpl.spans) else None
        rows.append(
            [
                (None if span is None else column.cell(span)) if column.of_span else column.cell(position)
                for column in columns
            ]
        )
    return rows


# -- files


def to_csv(path: Path, grid: Grid, separator: str = ",", encoding: str = "utf-8") -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(grid)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def comma(grid: Grid) -> Grid:
    """With decimal commas, also in angles."""
    return [[re.sub(r"(\d)\.(\d)", r"\1,\2", cell) if isinstance(cell, str) else cell for cell in row] for row in grid]


def to_xlsx(path: Path, grid: Grid, edit: Callable[[Any], object] = lambda sheet: None) -> Path:
    """As a workbook, numbers as numbers; ``edit`` may merge, hide or add sheets (by ``sheet.parent``)."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "RPL"
    for number, row in enumerate(grid, 1):
        for column, value in enumerate(row, 1):
            is_number = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value)
            sheet.cell(number, column, float(value) if is_number else value)  # type: ignore[arg-type]
    edit(sheet)
    book.save(path)
    return path


def calculated(path: Path, values: dict[str, float]) -> Path:
    """The workbook with values for its formulas, as a spreadsheet keeps them; by the name of the cell."""
    with zipfile.ZipFile(path) as source:
        members = {name: source.read(name) for name in source.namelist()}
    name = "xl/worksheets/sheet1.xml"
    text = members[name].decode()
    for cell, value in values.items():
        text, count = re.subn(rf'(<c r="{cell}"[^>]*><f>[^<]*</f>)<v ?/?>(</v>)?', rf"\g<1><v>{value}</v>", text)
        assert count == 1, cell
    with zipfile.ZipFile(path, "w") as target:
        for member, data in (members | {name: text.encode()}).items():
            target.writestr(member, data)
    return path


def points(rpl: Rpl = TRUTH) -> gpd.GeoDataFrame:
    rows = [
        {"SeqNo": n, "PosNo": at.pos_no, "Event": at.event, "DistCumulative": at.route_km, "ApproxDepth": at.depth_m}
        for n, at in enumerate(rpl.positions, 1)
    ]
    return gpd.GeoDataFrame(rows, geometry=[Point(at.lon_deg, at.lat_deg) for at in rpl.positions], crs="EPSG:4326")


def lines(rpl: Rpl = TRUTH) -> gpd.GeoDataFrame:
    rows = [
        {"SeqNo": n, "Slack": span.slack_percent, "CableDistBetweenPos": span.cable_km, "DistBetweenPos": span.route_km}
        | {"CableType": span.cable_type, "TargetBurialDepth": span.target_burial_m, "BurialDepth": span.burial_m}
        for n, span in enumerate(rpl.spans, 1)
    ]
    ends = [LineString(rpl.lonlat[n : n + 2]) for n in range(len(rpl.spans))]
    return gpd.GeoDataFrame(rows, geometry=ends, crs="EPSG:4326")


@dataclass(frozen=True)
class Layout:
    """A way to write a list, and what is said of it; ``lacks`` are attributes that it does not state."""

    name: str
    write: Callable[[Path], Path]
    says: tuple[str, ...] = ()
    columns: str = ""
    sheet: str | None = None
    lacks: tuple[str, ...] = ()
    tolerances: dict[str, float] = field(default_factory=dict)


def parts(axis: str, letters: str, name: str, group: str = "") -> tuple[Column, ...]:
    """An angle in degrees, minutes and hemisphere."""
    texts = (lambda at, n=n: ddm(getattr(at, name), letters).split()[n] for n in range(3))
    return tuple(
        Column(title if group else f"{axis} {title}", cell, group=group)
        for title, cell in zip(("Deg", "Min", "/".join(letters)), texts, strict=True)
    )


def grouped() -> tuple[Column, ...]:
    """Headings in two rows: angles in three columns, lengths in two groups."""
    lengths = (
        replace(DIST, heading="Between Positions", group="Distance (km)"),
        replace(KP, heading="Cumulative Total", group="Distance (km)"),
        SLACK,
        replace(CABLE, heading="Between Positions", group="Cable Distance (km)"),
        replace(CABLE_CUM, heading="Cumulative Total", group="Cable Distance (km)"),
    )
    angles = (*parts("Lat", "NS", "lat_deg", "Latitude"), *parts("Lon", "EW", "lon_deg", "Longitude"))
    burial = (
        replace(TARGET, heading="Target", group="Burial (m)"),
        replace(BUILT, heading="Achieved", group="Burial (m)"),
    )
    return (POS_NO, EVENT, *angles, BEARING, *lengths, DEPTH, TYPE, METHOD, *burial)


def as_laid() -> tuple[Column, ...]:
    """As the as-laid logs of cable ships: no number of a position, slack without unit, KP of two routes."""
    return (
        Column("Lay Time", lambda at: f"{at.pos_no},14:23:45"),
        Column("Label", as_it_is("event")),
        Column("Body Type", lambda at: None),
        Column("Slack Change", lambda at: None),
        replace(SLACK, heading="Bot Slack"),
        replace(LAT, cell=lambda at: ddm(at.lat_deg, "NS", "{:d} {:07.4f}{}")),
        replace(LON, cell=lambda at: ddm(at.lon_deg, "EW", "{:d} {:07.4f}{}")),
        Column("Altercourse", lambda at: None),
        TYPE,
        replace(CABLE_CUM, heading="Cable Dist (km)"),
        replace(KP, heading="New KP(km)"),
        Column("Path KP(km)", fixed("route_km", 3, plus=0.4)),
        replace(DEPTH, heading="Depth (m)"),
        Column("Bottom Tension(kN)", lambda at: "1.2"),
    )


def merge_groups(sheet: Any) -> None:
    """As spreadsheets group headings: across, and down where there is no group."""
    texts = [cell.value for cell in sheet[1]]
    start = 0
    for column in range(1, len(texts) + 1):
        if column == len(texts) or texts[column] is not None:
            if column - start > 1:
                sheet.merge_cells(start_row=1, end_row=1, start_column=start + 1, end_column=column)
            elif sheet.cell(2, start + 1).value is None:
                sheet.merge_cells(start_row=1, end_row=2, start_column=start + 1, end_column=start + 1)
            start = column


CYRILLIC = {
    "Pos No": "№ точки",
    "Event": "Событие",
    "Latitude": "Широта",
    "Longitude": "Долгота",
    "Dist Cumulative (km)": "Пикет, км",
    "Approx Depth (m)": "Глубина, м",
    "Cable Type": "Тип кабеля",
}
RUSSIAN = tuple(replace(column, heading=CYRILLIC[column.heading]) for column in PLAIN if column.heading in CYRILLIC)
CYRILLIC_MAP = "[columns]\n" + "".join(f'"{theirs}" = "{ours}"\n' for ours, theirs in CYRILLIC.items())
NO_SPANS = (
    "cable_km",
    "bearing_deg",
    "span_km",
    "slack_percent",
    "span_cable_km",
    "protection_method",
    "target_burial_m",
)
ABOVE: Grid = [["Project: Sumqayit to Aktau"], ["Datum", "WGS 84"], ["Rev", "C"], []]
BELOW: Grid = [
    [],
    ["Total", *[None] * 5, "358.185"],
    ["Prepared by: A. B.", None, "Checked by: C. D."],
    ["Notes: depths are soundings"],
]


def with_banners(grid: Grid) -> Grid:
    return [*grid[:5], [], ["SECTION 2 - DEEP WATER"], *grid[5:], []]


def with_headings_again(grid: Grid) -> Grid:
    return [*grid[:6], grid[0], *grid[6:]]


def layouts() -> list[Layout]:
    """All of them."""
    both = (*PLAIN, BUILT)
    seven = (
        *PLAIN[:2],
        LAT,
        LON,
        Column("Lat (DD)", fixed("lat_deg", 7)),
        Column("Lon (DD)", fixed("lon_deg", 7)),
        *PLAIN[4:],
    )
    nautical = swap(
        PLAIN,
        DistBetweenPos=Column("Dist Between Pos (NM)", fixed("route_km", 4, NM), True),
        DistCumulative=Column("Cum. Distance (nautical miles)", fixed("route_km", 4, NM)),
    )
    ratios = {
        unit: swap(PLAIN, Slack=Column(heading, fixed("slack_percent", 4, 100.0, plus), True))
        for unit, heading, plus in (
            ("fraction", "Slack (fraction)", 0.0),
            ("factor", "Slack (factor)", 1.0),
            ("", "Slack", 1.0),
        )
    }
    units_below = [[column.heading.partition(" (")[0] for column in PLAIN]]
    units_below.append([(re.search(r"\((.*)\)", c.heading) or [None, None])[1] for c in PLAIN])
    every = [
        Layout("alternating", lambda p: to_csv(p / "a.csv", alternating())),
        Layout("flat, spans where they end", lambda p: to_csv(p / "a.csv", flat())),
        Layout("flat, spans where they begin", lambda p: to_csv(p / "a.csv", flat(begins=True))),
        Layout("semicolons", lambda p: to_csv(p / "a.csv", flat(), ";")),
        Layout("tabs", lambda p: to_csv(p / "a.tsv", flat(), "\t")),
        Layout("a byte order mark", lambda p: to_csv(p / "a.csv", flat(), encoding="utf-8-sig")),
        Layout("decimal commas and semicolons", lambda p: to_csv(p / "a.csv", comma(flat()), ";"), ("decimal comma",)),
        Layout("decimal commas in quotes", lambda p: to_csv(p / "a.csv", comma(alternating())), ("decimal comma",)),
        Layout("decimal degrees", lambda p: to_csv(p / "a.csv", flat(swap(PLAIN, Latitude=DD_LAT, Longitude=DD_LON)))),
        Layout(
            "degrees, minutes and seconds",
            lambda p: to_csv(
                p / "a.csv",
                flat(
                    swap(
                        PLAIN,
                        Latitude=replace(LAT, cell=lambda at: dms(at.lat_deg, "NS")),
                        Longitude=replace(LON, cell=lambda at: dms(at.lon_deg, "EW")),
                    )
                ),
            ),
        ),
        Layout(
            "angles in three columns",
            lambda p: to_csv(
                p / "a.csv",
                flat((*PLAIN[:2], *parts("Lat", "NS", "lat_deg"), *parts("Lon", "EW", "lon_deg"), *PLAIN[4:])),
            ),
        ),
        Layout("two notations", lambda p: to_csv(p / "a.csv", flat(seven)), ("which were compared",)),
        Layout("two rows of headings, CSV", lambda p: to_csv(p / "a.csv", alternating(grouped()))),
        Layout("two rows of headings, merged", lambda p: to_xlsx(p / "a.xlsx", alternating(grouped()), merge_groups)),
        Layout("units in a row of their own", lambda p: to_csv(p / "a.csv", [*units_below, *flat()[1:]])),
        Layout("burial asked for and achieved", lambda p: to_csv(p / "a.csv", flat(both))),
        Layout(
            "feet",
            lambda p: to_csv(
                p / "a.csv",
                flat(
                    swap(
                        both,
                        ApproxDepth=Column("Depth (ft)", fixed("depth_m", 1, FEET)),
                        TargetBurialDepth=Column("Target Burial (ft)", fixed("target_burial_m", 2, FEET), True),
                        BurialDepth=Column("Actual Burial (feet)", fixed("burial_m", 2, FEET), True),
                    )
                ),
            ),
        ),
        Layout(
            "fathoms",
            lambda p: to_csv(
                p / "a.csv", flat(swap(PLAIN, ApproxDepth=Column("Depth (fms)", fixed("depth_m", 1, FATHOM))))
            ),
        ),
        Layout("nautical miles beside km of cable", lambda p: to_csv(p / "a.csv", flat(nautical))),
        Layout(
            "metres",
            lambda p: to_csv(
                p / "a.csv",
                flat(
                    swap(
                        PLAIN,
                        DistBetweenPos=Column("Leg (m)", fixed("route_km", 0, 0.001), True),
                        DistCumulative=Column("Chainage (m)", fixed("route_km", 0, 0.001)),
                    )
                ),
            ),
        ),
        Layout("slack as a fraction", lambda p: to_csv(p / "a.csv", flat(ratios["fraction"]))),
        Layout("slack as a factor", lambda p: to_csv(p / "a.csv", flat(ratios["factor"]))),
        Layout(
            "slack without unit beside lengths",
            lambda p: to_csv(p / "a.csv", flat(ratios[""])),
            ("read as factor, as only that agrees",),
        ),
        Layout(
            "as-laid without Pos No",
            lambda p: to_csv(p / "a.csv", flat(as_laid())),
            ("no Pos No", "Path KP"),
            lacks=("bearing_deg", "span_km", "span_cable_km", "protection_method", "target_burial_m"),
        ),
        Layout(
            "a header block and footers",
            lambda p: to_csv(p / "a.csv", [*ABOVE, *flat(), *BELOW]),
            ("Total", "Prepared by"),
        ),
        Layout(
            "banners and blank rows",
            lambda p: to_csv(p / "a.csv", with_banners(alternating())),
            ("SECTION 2", "1 blank rows"),
        ),
        Layout(
            "headings on every page",
            lambda p: to_csv(p / "a.csv", with_headings_again(flat())),
            ("repeat the headings",),
        ),
        Layout(
            "hidden rows",
            lambda p: to_xlsx(p / "a.xlsx", alternating(), lambda s: setattr(s.row_dimensions[4], "hidden", True)),
            ("rows 4 are hidden",),
        ),
        Layout("a percentage of the spreadsheet", lambda p: to_xlsx(p / "a.xlsx", flat(), percent_cells)),
        Layout("several sheets", lambda p: to_xlsx(p / "a.xlsx", flat(), add_sheets), ("only RPL holds positions",)),
        Layout(
            "two lists in a workbook",
            lambda p: to_xlsx(p / "a.xlsx", flat(), lambda s: s.parent.copy_worksheet(s)),
            sheet="RPL Copy",
        ),
        Layout("formulas with values", with_formulas, ("3 cells are formulas, as G3",)),
        Layout(
            "Cyrillic headings by a map",
            lambda p: to_csv(p / "a.csv", flat(RUSSIAN)),
            columns=CYRILLIC_MAP,
            lacks=NO_SPANS,
        ),
        Layout(
            "Cyrillic headings in cp1251",
            lambda p: to_csv(p / "a.csv", flat(RUSSIAN), ";", "cp1251"),
            ("read as cp1251",),
            CYRILLIC_MAP,
            lacks=NO_SPANS,
        ),
        Layout(
            "a column by its letter",
            lambda p: to_csv(p / "a.csv", flat(swap(PLAIN, ApproxDepth=replace(DEPTH, heading="Z")))),
            columns='[columns]\n"column K" = "Depth (m)"\n',
        ),
    ]
    return [*every, *further_layouts(), *vector_layouts()]


def further_layouts() -> list[Layout]:
    """As ships, offices and other programs write them."""
    dated = (Column("Date", lambda at: "2026-05-01"), Column("Time (UTC)", lambda at: "14:05:00"), *PLAIN)
    negative = (
        Column("Target Burial Depth (m)", fixed("target_burial_m", 2, -1.0), of_span=True),
        Column("Burial Depth (m)", fixed("burial_m", 2, -1.0), of_span=True),
    )
    metres = Column("KP (m)", lambda at: f"{at.route_km * 1000:,.1f}")
    statute = Column("KP (statute miles)", fixed("route_km", 4, 1.609344))
    before = {
        name: Column(
            name, lambda at, key=key, letters=letters: "{2} {0} {1}".format(*ddm(getattr(at, key), letters).split())
        )
        for name, key, letters in (("Latitude", "lat_deg", "NS"), ("Longitude", "lon_deg", "EW"))
    }
    signs = {
        name: Column(name, lambda at, key=key, letters=letters: ddm(getattr(at, key), letters, "{:d}° {:07.4f}' {}"))
        for name, key, letters in (("Latitude", "lat_deg", "NS"), ("Longitude", "lon_deg", "EW"))
    }
    below: Grid = [[], ["Notes:"], ["1. Depths are below LAT."], ["2. See drawing 12-345."]]
    passed = ("11 `1. Depths are below LAT.`", "12 `2. See drawing 12-345.`")
    return [
        Layout(
            "date and time of a ship's log", lambda p: to_csv(p / "a.csv", flat(dated)), ("left out: Date, Time (UTC)",)
        ),
        Layout(
            "negative burial",
            lambda p: to_csv(p / "a.csv", flat((*PLAIN[:-1], *negative))),
            ("TargetBurialDepth is negative in 5 rows", "BurialDepth is negative in 5 rows"),
        ),
        Layout("KP in metres with thousands", lambda p: to_csv(p / "a.csv", flat(swap(PLAIN, DistCumulative=metres)))),
        Layout("KP in statute miles", lambda p: to_csv(p / "a.csv", flat(swap(PLAIN, DistCumulative=statute)))),
        Layout("hemisphere before the angle", lambda p: to_csv(p / "a.csv", flat(swap(PLAIN, **before)))),
        Layout("degree and minute signs", lambda p: to_csv(p / "a.csv", flat(swap(PLAIN, **signs)))),
        Layout("UTF-16 with tabs", lambda p: to_csv(p / "a.csv", flat(), "\t", "utf-16"), ("read as UTF-16",)),
        Layout("columns in reverse order", lambda p: to_csv(p / "a.csv", flat(PLAIN[::-1]))),
        Layout("notes under the table", lambda p: to_csv(p / "a.csv", [*flat(), *below]), passed),
        Layout("positions at the left, spans at the right", lambda p: to_csv(p / "a.csv", beside_each_other())),
    ]


def beside_each_other() -> Grid:
    """A table of positions and a table of spans, whose rows begin together."""
    of_spans = tuple(column for column in PLAIN if column.of_span)
    ends = Column("From Pos", as_it_is("from_pos")), Column("To Pos", as_it_is("to_pos"))
    left = flat(tuple(column for column in PLAIN if not column.of_span))
    right = [*headings((*ends, *of_spans)), *[[c.cell(span) for c in (*ends, *of_spans)] for span in TRUTH.spans], []]
    return [[*a, None, *b] for a, b in zip(left, right, strict=True)]


def vector_layouts() -> list[Layout]:
    """Points, lines, and both."""
    lacking = ("bearing_deg", "cable_km", "protection_method")
    of_points = (*lacking, "span_km", "slack_percent", "span_cable_km", "cable_type", "target_burial_m")
    of_lines = ("pos_no", "event", "route_km", "depth_m", *lacking)
    both = {"lacks": lacking}
    single = LineString(TRUTH.lonlat)

    def geopackage(folder: Path) -> Path:
        points().to_file(folder / "a.gpkg", layer="positions")
        lines().to_file(folder / "a.gpkg", layer="spans")
        return folder / "a.gpkg"

    def written(name: str, data: gpd.GeoDataFrame, **options: Any) -> Callable[[Path], Path]:
        def write(folder: Path) -> Path:
            data.to_file(folder / name, **options)
            return folder / name

        return write

    only = gpd.GeoDataFrame(geometry=[single], crs="EPSG:4326")
    plain = (*of_points, "pos_no", "event", "route_km", "depth_m")
    shuffled = points().iloc[[3, 0, 5, 1, 6, 2, 4]]
    return [
        Layout("points and lines in a GeoPackage", geopackage, ("were read as one list",), **both),
        Layout("points in a GeoPackage", geopackage, sheet="positions", lacks=of_points),
        Layout(
            "points in GeoJSON, in another order",
            written("a.geojson", shuffled, COORDINATE_PRECISION=12),
            lacks=of_points,
        ),
        Layout("points in a Shapefile", written("a.shp", points()), lacks=of_points, tolerances={"route_km": 1e-6}),
        Layout("lines in a Shapefile", written("a.shp", lines()), lacks=of_lines),
        Layout("one line in KML", written("a.kml", only, driver="LIBKML"), lacks=plain),
        Layout("one line in GeoJSON", written("a.geojson", only, COORDINATE_PRECISION=12), lacks=plain),
        Layout("one line in another CRS", written("a.gpkg", only.to_crs("EPSG:32639")), lacks=plain),
    ]


def percent_cells(sheet: Any) -> None:
    for row in range(3, 9):
        cell = sheet.cell(row, 8)
        cell.value, cell.number_format = cell.value / 100.0, "0.0%"


def add_sheets(sheet: Any) -> None:
    sheet.parent.create_sheet("Cover")["B2"] = "Route Position List, for review"
    sheet.parent.create_sheet("Totals").append(["Cable Type", "Cable Length (km)"])


def with_formulas(folder: Path) -> Path:
    grid = flat()

    def put(sheet: Any) -> None:
        for row in (3, 4, 5):
            sheet.cell(row, 7).value = f"=G{row - 1}+F{row}"

    to_xlsx(folder / "a.xlsx", grid, put)
    return calculated(folder / "a.xlsx", {f"G{row}": float(str(grid[row - 1][6])) for row in (3, 4, 5)})


SPAN_NAMES = {"span_km": "route_km", "span_cable_km": "cable_km"}


def figures(rpl: Rpl) -> dict[str, list[Value]]:
    """All that the truth states, by attribute; lengths of spans as ``span_km`` and ``span_cable_km``."""
    found: dict[str, list[Value]] = {}
    for name in ("pos_no", "event", "lon_deg", "lat_deg", "route_km", "cable_km", "depth_m"):
        found[name] = [getattr(at, name) for at in rpl.positions]
    for name in ("bearing_deg", "span_km", "slack_percent", "span_cable_km", "cable_type", "protection_method"):
        found[name] = [getattr(span, SPAN_NAMES.get(name, name)) for span in rpl.spans]
    for name in ("target_burial_m", "burial_m"):
        found[name] = [getattr(span, name) for span in rpl.spans]
    return found
