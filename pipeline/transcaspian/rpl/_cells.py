"""What headings and cells of a Route Position List say: fields, units, numbers, latitudes and longitudes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from transcaspian.core.grid import KM_PER_NM
from transcaspian.rpl._table import Cell

KM_PER = {"km": 1.0, "m": 0.001, "nm": KM_PER_NM}
UNIT_NAMES = {
    "km": ("km", "kms", "kilometre", "kilometres", "kilometer", "kilometers"),
    "m": ("m", "metre", "metres", "meter", "meters", "mtr", "mtrs"),
    "nm": ("nm", "nmi", "nautical", "nauticalmiles"),
    "ft": ("ft", "feet", "foot", "fathom", "fathoms", "fm", "mi", "mile", "miles"),
    "deg": ("deg", "degs", "degree", "degrees", "°", "º", "degt", "°t"),
    "min": ("min", "mins", "minute", "minutes"),
    "%": ("%", "percent", "pct"),
    "mag": ("mag", "magnetic", "degm", "°m"),
    "grid": ("grid",),
}
UNITS = {name: unit for unit, names in UNIT_NAMES.items() for name in names}
ALIASES = {
    "SeqNo": "seqno seq sequence sequenceno sequencenumber seqnumber rowno lineno",
    "PosNo": "posno pos position positionno positionnumber posnumber positionid posid point pointno waypoint wp",
    "Event": "event events eventtype eventdescription positionevent",
    "Latitude": "latitude lat latwgs84 latitudewgs84",
    "Longitude": "longitude lon long lng lonwgs84 longitudewgs84",
    "LatDeg": "latdeg latdegs latdegree latdegrees latitudedeg latitudedegrees",
    "LatMin": "latmin latmins latminutes latitudemin latitudeminutes",
    "LatHem": "ns lathem lathemisphere latitudehem latitudehemisphere latns latitudens",
    "LonDeg": "londeg londegs londegree londegrees longdeg longitudedeg longitudedegrees",
    "LonMin": "lonmin lonmins lonminutes longmin longitudemin longitudeminutes",
    "LonHem": "ew lonhem lonhemisphere longhem longitudehem longitudehemisphere lonew longitudeew",
    "Bearing": "bearing bearings brg course azimuth truebearing bearingtrue truecourse trueazimuth bearingt",
    "DistBetweenPos": (
        "distbetweenpos distancebetweenpos distancebetweenpositions distbetweenpositions distbetween distancebetween "
        "routedistbetweenpos routedistancebetweenpos routedistancebetweenpositions routelengthbetweenpos "
        "legdistance leglength leg legdist spanlength spandistance spandist segmentlength"
    ),
    "DistCumulative": (
        "distcumulative distcum distcumul distancecumulative distancecum cumdist cumdistance cumulativedist "
        "cumulativedistance routedistcumulative routedistancecumulative routedistcum cumulativeroutedistance "
        "routelengthcumulative cumulativeroutelength routecumulative totaldistance kp kilometrepoint kilometerpoint "
        "chainage routekp"
    ),
    "Slack": "slack cableslack slackpercent",
    "CableDistBetweenPos": (
        "cabledistbetweenpos cabledistancebetweenpos cabledistancebetweenpositions cabledistbetween "
        "cabledistancebetween cablelengthbetweenpos cablelengthbetweenpositions cablelengthbetween cableleg"
    ),
    "CableDistCumulative": (
        "cabledistcumulative cabledistcum cabledistancecumulative cabledistancecum cablelengthcumulative "
        "cablelengthcum cumulativecablelength cumulativecabledistance cumulativecabledist cumcablelength cumcabledist "
        "totalcablelength cablecumulative cablecum cablekp"
    ),
    "ApproxDepth": "approxdepth approximatedepth depth waterdepth wd approxwaterdepth",
    "CableCode": "cablecode",
    "CableType": "cabletype",
    "ProtectionMethod": "protectionmethod protection burialmethod installationmethod",
    "TargetBurialDepth": "targetburialdepth burialdepth targetburial depthoflowering dol targetdol",
    "TerritorialWater": "territorialwater territorialwaters tw",
    "EEZ": "eez exclusiveeconomiczone",
    "Remarks": "remarks remark comment comments notes",
    "FromPos": "frompos fromposno from",
    "ToPos": "topos toposno to",
}
FIELDS = {alias: field for field, aliases in ALIASES.items() for alias in aliases.split()}
# Headings that do not say whether a length is of one span or of all so far: where the cells stand tells
EITHER = {
    **dict.fromkeys(
        ("routedistance", "routedist", "routelength", "distance", "dist"), ("DistBetweenPos", "DistCumulative")
    ),
    **dict.fromkeys(("cablelength", "cabledistance", "cabledist"), ("CableDistBetweenPos", "CableDistCumulative")),
}
DISTANCES = ("DistBetweenPos", "DistCumulative", "CableDistBetweenPos", "CableDistCumulative")
DEPTHS = ("ApproxDepth", "TargetBurialDepth")
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
NOT_FINITE = re.compile(r"[-+]?(nan|inf|infinity)", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"\d,\d")
HEMISPHERES = {"Latitude": "NS", "Longitude": "EW"}
SIGNS = str.maketrans({"−": "-", "–": "-", "′": "'", "’": "'", "‘": "'", "´": "'", "º": "°", "˚": "°", "\xa0": " "})
LETTERED = re.compile(r"(\d+)\s*d\s*(\d+(?:\.\d+)?)\s*m(?:\s*(\d+(?:\.\d+)?)\s*s)?")
SECONDS = re.compile(r"''|″|”|“")
ANGLE = re.compile(
    r"(?P<deg>\d{1,3}(?:\.\d*)?)\s*(?:°|deg)?"
    r"(?:[\s:-]*(?<!\d)(?P<min>\d{1,2}(?:\.\d*)?)\s*(?:'|min)?"
    r"(?:[\s:-]*(?<![\d.])(?P<sec>\d{1,2}(?:\.\d*)?)\s*(?:\"|sec)?)?)?"
)


class CellError(Exception):
    """A cell that cannot be read; the message says what was expected."""


@dataclass(frozen=True)
class Heading:
    """What the heading of a column says.

    ``field`` is "" where it is not known; ``either`` holds the two fields it may mean; ``hemisphere`` is the letter
    that holds for the whole column; ``schema`` says that the heading is the field's own name.
    """

    text: str
    field: str = ""
    either: tuple[str, str] | None = None
    unit: str = ""
    hemisphere: str = ""
    schema: bool = False


def read_heading(text: str) -> Heading:
    """Field and unit of a heading, as `Dist. Cum. (km)`, `Latitude (N)` or `lat_deg`."""
    text = " ".join(text.split())
    inner = " ".join(re.findall(r"[(\[]([^)\]]*)[)\]]", text))
    words = words_of(re.sub(r"[(\[][^)\]]*[)\]]", " ", text))
    unit = next((UNITS[word] for word in words_of(inner) if word in UNITS), "")
    if not unit and len(words) > 1 and words[-1] in UNITS:
        unit, words = UNITS[words[-1]], words[:-1]
    key = re.sub("[^a-z0-9]", "", "".join(words))
    field = FIELDS.get(key, "")
    if key == "slack" and "%" in text:
        unit = "%"
    if field == "Bearing" and unit == "deg" and "m" in words_of(inner):
        unit = "mag"
    # two or three columns for one angle
    if field in HEMISPHERES and unit == "min":
        field, unit = field[:3] + "Min", ""
    if field in HEMISPHERES and inner.upper().replace(" ", "") in ("N/S", "E/W", "NS", "EW"):
        field = field[:3] + "Hem"
    letter = inner.strip().upper()
    hemisphere = letter if field in HEMISPHERES and letter and letter in HEMISPHERES[field] else ""
    if "nautical" in text.lower():
        unit = "nm"
    if field == "DistCumulative" and key in ("kp", "kilometrepoint", "kilometerpoint", "routekp") and not unit:
        unit = "km"
    return Heading(text, field, EITHER.get(key), unit, hemisphere, schema=text == field)


def words_of(text: str) -> list[str]:
    """Words in lower case; separators are anything but letters, digits, ° and %."""
    return [word for word in re.split(r"[^a-z0-9°º%]+", text.lower()) if word]


def number(cell: Cell) -> float:
    """The number in a cell.

    Raises
    ------
    CellError
        When it is a formula, an error, a date, a text, has a decimal comma, or is not finite.
    """
    if cell.oddity:
        raise CellError(f"a number, not {cell.oddity}; paste it as a value")
    value = cell.number if cell.number is not None else number_in(cell.text)
    if not math.isfinite(value):
        raise CellError("a finite number, or an empty cell where it is not known")
    return value


def number_in(text: str) -> float:
    """A number from text, with a decimal point."""
    text = text.translate(SIGNS).strip()
    if NUMBER.fullmatch(text):
        return float(text)
    if NOT_FINITE.fullmatch(text):
        return math.nan
    if DECIMAL_COMMA.search(text):
        raise CellError("a number with a decimal point and no other separator")
    raise CellError("a number alone (its unit stands in the heading), or an empty cell where it is not known")


def plain_text(cell: Cell) -> str:
    """The text of a cell as it stands."""
    if cell.oddity:
        raise CellError(f"a text, not {cell.oddity}; paste it as a text")
    return cell.text


def angle_deg(cell: Cell, axis: str, column_hemisphere: str = "") -> float:
    """Latitude or longitude in degrees, north and east positive.

    Degrees and decimal minutes, or degrees, minutes and seconds, with a hemisphere; or signed decimal degrees.

    Parameters
    ----------
    axis
        ``Latitude`` or ``Longitude``.
    column_hemisphere
        The letter in the heading, which holds for cells without one.

    Raises
    ------
    CellError
        When the cell says no angle, or one off the globe.
    """
    if cell.oddity:
        raise CellError(f"a {axis.lower()}, not {cell.oddity}; paste it as a value")
    if cell.number is not None:
        return on_globe(signed(cell.number, column_hemisphere), axis)
    text = SECONDS.sub('"', cell.text.translate(SIGNS)).strip()
    if DECIMAL_COMMA.search(text):
        raise CellError(f"a {axis.lower()} with a decimal point")
    if NUMBER.fullmatch(text) and "e" not in text.lower():
        return on_globe(signed(float(text), column_hemisphere), axis)
    body, letter = without_hemisphere(text, axis)
    found = ANGLE.fullmatch(LETTERED.sub(r"\1°\2'\3", body).strip())
    if found is None:
        raise CellError(f"a {axis.lower()} as `43 39.6630 {HEMISPHERES[axis][0]}`, or signed decimal degrees")
    if not letter and not column_hemisphere and found["min"] is not None:
        raise CellError(f"a hemisphere, {' or '.join(HEMISPHERES[axis])}")
    if letter and column_hemisphere and letter != column_hemisphere:
        raise CellError(f"the hemisphere {column_hemisphere} that the heading names")
    value = joined_angle(found["deg"], found["min"], found["sec"])
    return on_globe(signed(value, letter or column_hemisphere), axis)


def without_hemisphere(text: str, axis: str) -> tuple[str, str]:
    """The angle without its letter, and the letter ("" where there is none)."""
    letters = [place for place in (0, -1) if text and text[place].upper() in "NSEW" and text[place].isalpha()]
    if re.search(r"\d\s*d\s*\d", text) and text.endswith("s") and 0 in letters:
        letters = [0]  # the last one means seconds
    if not letters:
        return text, ""
    if len(letters) > 1:
        raise CellError("one hemisphere")
    letter = text[letters[0]].upper()
    if letter not in HEMISPHERES[axis]:
        raise CellError(f"a {axis.lower()}, {' or '.join(HEMISPHERES[axis])}")
    return (text[1:] if letters[0] == 0 else text[:-1]).strip(), letter


def joined_angle(degrees: str, minutes: str | None, seconds: str | None) -> float:
    """Degrees from degrees, minutes and seconds, of which only the last given may have decimals."""
    parts = [part for part in (degrees, minutes, seconds) if part is not None]
    if any("." in part for part in parts[:-1]):
        raise CellError("decimals in the last part of an angle only")
    values = [float(part) for part in parts]
    if any(value >= 60.0 for value in values[1:]):
        raise CellError("minutes and seconds below 60")
    return sum(value / 60.0**power for power, value in enumerate(values))


def split_angle_deg(degrees: Cell, minutes: Cell, hemisphere: Cell, axis: str) -> float:
    """Latitude or longitude from three columns."""
    letter = plain_text(hemisphere).strip().upper()
    if not letter:
        raise CellError(f"a hemisphere, {' or '.join(HEMISPHERES[axis])}")
    if letter not in tuple(HEMISPHERES[axis]):
        raise CellError(f"the hemisphere {' or '.join(HEMISPHERES[axis])}")
    whole, rest = number(degrees), number(minutes)
    if whole < 0 or not whole.is_integer():
        raise CellError("whole degrees without a sign, beside a column of minutes")
    if not 0 <= rest < 60:
        raise CellError("minutes from 0 to below 60")
    return on_globe(signed(whole + rest / 60.0, letter), axis)


def signed(value: float, letter: str) -> float:
    """The angle with the sign of its hemisphere."""
    if letter and value < 0:
        raise CellError("a sign or a hemisphere, not both")
    return -value if letter in ("S", "W") else value


def on_globe(value: float, axis: str) -> float:
    """The angle, when it lies on the globe."""
    most = 90.0 if axis == "Latitude" else 180.0
    if not abs(value) <= most:
        raise CellError(f"a {axis.lower()} in {-most:.0f}…{most:.0f}°")
    return value
