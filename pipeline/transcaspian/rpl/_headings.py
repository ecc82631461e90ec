"""What the heading of a column says: the field of a Route Position List, its unit, its hemisphere.

A heading is looked up as others spell it; one that is not known so is read by its words, in the order of `RULES`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from transcaspian.core.grid import KM_PER_NM
from transcaspian.rpl.model import COLUMNS, OTHER_POSITION_FIELDS, OTHER_SPAN_FIELDS

METRES_PER = {
    "km": 1000.0,
    "m": 1.0,
    "nm": 1000.0 * KM_PER_NM,
    "statute mi": 1609.344,
    "cm": 0.01,
    "mm": 0.001,
    "ft": 0.3048,
    "fm": 1.8288,
    "yd": 0.9144,
    "in": 0.0254,
}
"""Units of length that a heading may state; the foot is the international one."""
UNIT_NAMES = {
    "km": "km kms kilometre kilometres kilometer kilometers км",
    "m": "m metre metres meter meters mtr mtrs м",
    "cm": "cm centimetre centimetres centimeter centimeters см",
    "mm": "mm millimetre millimetres millimeter millimeters мм",
    "nm": "nm nmi nautical nauticalmiles naut",
    "ft": "ft feet foot",
    "fm": "fm fms fth fths fthm fthms fathom fathoms",
    "yd": "yd yds yard yards",
    "in": "inch inches",
    "statute mi": "statute smi statutemile statutemiles",
    "mi": "mi mile miles",
    "deg": "deg degs degree degrees ° º degt °t",
    "min": "min mins minute minutes",
    "sec": "sec secs second seconds",
    "%": "% percent pct",
    "fraction": "fraction ratio",
    "factor": "factor multiplier",
    "mag": "mag magnetic degm °m",
    "grid": "grid",
}
UNITS = {name: unit for unit, names in UNIT_NAMES.items() for name in names.split()}
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
    "TargetBurialDepth": "targetburialdepth targetburial depthoflowering dol targetdol",
    "BurialDepth": "burialdepth depthofburial dob actualburialdepth burialachieved",
    "TerritorialWater": "territorialwater territorialwaters tw",
    "EEZ": "eez exclusiveeconomiczone",
    "Remarks": "remarks remark comment comments notes",
    "FromPos": "frompos fromposno from",
    "ToPos": "topos toposno to",
    "FiberPair": "fiberpair fibrepair fiberpairs fibrepairs",
    "LayDirection": "laydirection laydir",
    "LayVessel": "layvessel vessel ship cableship",
    "DateInstalled": "dateinstalled installationdate datelaid laydate",
    "ChartNo": "chartno chart chartnumber",
    "DepthError": "deptherror deptherror1sigma depthuncertainty",
    "DepthResolution": "depthresolution",
    "Height": "height",
    "HeightStatus": "heightstatus",
}
SCHEMA = (*COLUMNS, *OTHER_POSITION_FIELDS, *OTHER_SPAN_FIELDS, "FromPos", "ToPos")
SHORTENED = {name[:10].lower(): name for name in SCHEMA if len(name) > 10}
"""Names of fields as a Shapefile cuts them."""
FIELDS = SHORTENED | {alias: field for field, aliases in ALIASES.items() for alias in aliases.split()}
# Headings that do not say whether a length is of one span or of all so far: where the cells stand tells
ROUTE_EITHER = ("DistBetweenPos", "DistCumulative")
CABLE_EITHER = ("CableDistBetweenPos", "CableDistCumulative")
EITHER = {
    **dict.fromkeys(("routedistance", "routedist", "routelength", "distance", "dist"), ROUTE_EITHER),
    **dict.fromkeys(("cablelength", "cabledistance", "cabledist"), CABLE_EITHER),
}
DISTANCES = (*ROUTE_EITHER, *CABLE_EITHER)
DEPTHS = ("ApproxDepth", "TargetBurialDepth", "BurialDepth", "DepthError", "DepthResolution", "Height")
HEMISPHERES = {"Latitude": "NS", "Longitude": "EW"}
SAME_WORD = {
    word: stem
    for stem, words in {
        "dist": "dist distance distances length lengths lgth",
        "cum": "cum cumulative cumul cumm cumulated accumulated total tot running",
        "between": "between btwn span leg segment section interval next previous prev",
        "kp": "kp chainage",
        "lat": "lat latitude",
        "lon": "lon long lng longitude",
        "bury": "burial buried bury dob dol lowering",
        "cover": "cover doc backfill",
        "trench": "trench trenched trenching",
        "target": "target planned plan design designed required specified specification",
        "deg": "deg degs degree degrees",
        "min": "min mins minute minutes",
        "sec": "sec secs second seconds",
        "hem": "hem hemi hemisphere ns ew",
        "method": "method tool equipment type",
        "no": "no num number nr id",
        "pos": "pos position positions waypoint wp wpt",
        "fiber": "fiber fibre fibers fibres",
        "dir": "dir direction",
        "ship": "ship vessel",
        "install": "installed installation install laid lay",
        "armour": "armour armor armouring armoring",
        "remark": "remark remarks comment comments note notes",
        "depth": "depth depths wd",
    }.items()
    for word in words.split()
}
OTHER_DATUMS = {
    "authority",
    "pulkovo",
    "sk42",
    "ck42",
    "nad27",
    "nad83",
    "ed50",
    "easting",
    "northing",
    "rad",
    "radians",
}
NOT_OF_ROUTE = {"path", "offset", "old", "remaining", "go", "dcc", "target", "change", "alter", "tension"}


@dataclass(frozen=True)
class Heading:
    """What the heading of a column says.

    ``field`` is "" where it is not known; ``either`` holds the two fields it may mean; ``hemisphere`` is the letter
    that holds for the whole column; ``schema`` says that the heading is the field's own name, ``is_exact`` that it is
    a spelling of `ALIASES` and was not read by its words; ``is_mapped`` that the user's map of columns says it.
    """

    text: str
    field: str = ""
    either: tuple[str, str] | None = None
    unit: str = ""
    hemisphere: str = ""
    schema: bool = False
    is_exact: bool = False
    is_mapped: bool = False

    @property
    def known(self) -> bool:
        """Whether it names a field, or one of two."""
        return bool(self.field or self.either)


def read_heading(text: str) -> Heading:
    """Field and unit of a heading, as `Dist. Cum. (km)`, `Latitude (N)` or `lat_deg`."""
    text = " ".join(text.split())
    inner = " ".join(re.findall(r"[(\[]([^)\]]*)[)\]]", text))
    words = words_of(re.sub(r"[(\[][^)\]]*[)\]]", " ", text))
    unit = next((UNITS[word] for word in words_of(inner) if word in UNITS), "")
    if not unit and len(words) > 1 and words[-1] in UNITS:
        unit, words = UNITS[words[-1]], words[:-1]
    key = re.sub(r"[\W_]", "", "".join(words))
    is_other_datum = bool({*words, *words_of(inner)} & OTHER_DATUMS)
    field = "" if is_other_datum else FIELDS.get(key, "")
    is_exact = bool(field)
    if key == "slack" and "%" in text:
        unit = "%"
    if field == "Bearing" and unit == "deg" and "m" in words_of(inner):
        unit = "mag"
    if "nautical" in text.lower():
        unit = "nm"
    elif "statute" in text.lower():
        unit = "statute mi"
    either = EITHER.get(key)
    if not (field or either or is_other_datum):
        field, either = by_words({SAME_WORD.get(word, word) for word in words}, unit)
    if field in HEMISPHERES:
        field, unit = angle_part(field, unit, inner)
    letter = inner.strip().upper()
    axis = {"Lat": "Latitude", "Lon": "Longitude"}.get(field[:3], "")
    hemisphere = letter if axis and letter and letter in HEMISPHERES[axis] else ""
    if field == "DistCumulative" and key in ("kp", "kilometrepoint", "kilometerpoint", "routekp") and not unit:
        unit = "km"
    return Heading(text, field, either, unit, hemisphere, schema=is_schema(text), is_exact=is_exact)


def is_schema(text: str) -> bool:
    """Whether a heading is the name of a field, whole or as a Shapefile cuts it: its unit is known."""
    return text in SCHEMA or (len(text) == 10 and text.lower() in SHORTENED and text[0].isupper())


def angle_part(field: str, unit: str, inner: str) -> tuple[str, str]:
    """Two or more columns for one angle: which part `Latitude (min)` or `Latitude (N/S)` is, and its unit."""
    if unit in ("min", "sec") and len(words_of(inner)) <= 1:
        return field[:3] + unit.capitalize(), ""
    if inner.upper().replace(" ", "") in ("N/S", "E/W", "NS", "EW"):
        return field[:3] + "Hem", unit
    return field, unit


def by_words(words: set[str], unit: str) -> tuple[str, tuple[str, str] | None]:
    """Field, or the two fields it may be, of a heading that is known by its words alone."""
    field = next((name for name, needed, without in RULES if needed <= words and not words & without), "")
    if field:
        return field, None
    if words & NOT_OF_ROUTE or unit not in ("", *METRES_PER):
        return "", None
    fields = CABLE_EITHER if "cable" in words else ROUTE_EITHER
    if words & {"kp", "cum"} and words & {"kp", "dist", "cable", "route"}:
        return fields[1], None
    if "dist" in words and "between" in words:
        return fields[0], None
    return "", fields if "dist" in words or (words == {"cable"} and unit) else None


def rule(field: str, needed: str, without: str = "") -> tuple[str, frozenset[str], frozenset[str]]:
    """Words (as stems of `SAME_WORD`) that a heading of a field has, and those that it does not have."""
    return field, frozenset(needed.split()), frozenset(without.split())


RULES = (
    rule("ProtectionMethod", "bury method"),
    rule("ProtectionMethod", "trench method"),
    rule("ProtectionMethod", "protection", "depth"),
    rule("ProtectionMethod", "install method"),
    # depth of cover and trench depth are no depths of lowering, and none of them is one of water
    rule("TargetBurialDepth", "bury target", "cover trench"),
    rule("BurialDepth", "bury", "cover trench"),
    rule("ApproxDepth", "depth", "target change cable sensor cover trench penetration bury"),
    *(
        item
        for axis, stem in (("Lat", "lat"), ("Lon", "lon"))
        for item in (
            rule(f"{axis}Hem", f"{stem} hem"),
            rule(f"{axis}Hem", f"{stem} {'n s' if axis == 'Lat' else 'e w'}"),
            rule(f"{axis}Sec", f"{stem} sec", "min deg"),
            rule(f"{axis}Min", f"{stem} min", "deg"),
            rule(f"{axis}Deg", f"{stem} deg", "min decimal dd"),
            rule(f"{axis}itude" if axis == "Lat" else "Longitude", stem),
        )
    ),
    rule("Slack", "slack", "change surface event"),
    rule("FiberPair", "fiber"),
    rule("CableCode", "cable code"),
    rule("CableType", "cable method"),
    rule("CableType", "armour"),
    rule("LayDirection", "install dir"),
    rule("LayVessel", "install ship", "lat lon kp"),
    rule("DateInstalled", "date install"),
    rule("TerritorialWater", "territorial"),
    rule("EEZ", "eez"),
    rule("EEZ", "exclusive economic"),
    rule("ChartNo", "chart"),
    rule("Remarks", "remark"),
    rule("Event", "event", "time date no slack"),
    rule("Event", "feature", "no"),
    rule("Event", "label"),
    rule("Event", "description"),
    rule("Event", "name", "cable system ship chart"),
    rule("Bearing", "bearing", "change alter rad"),
    rule("Bearing", "course", "change alter"),
    rule("Bearing", "brg"),
    rule("Bearing", "azimuth"),
    rule("FromPos", "from pos"),
    rule("ToPos", "to pos"),
    rule("PosNo", "pos no"),
)
"""Fields by words; the first that holds is taken."""


def words_of(text: str) -> list[str]:
    """Words in lower case; separators are anything but letters, digits, ° and %."""
    return [word for word in re.split(r"[^\w°º%]+|_", text.lower()) if word]


def known_fields(headings: Iterable[Heading]) -> set[str]:
    """The fields that headings name; of those that may mean two, the pair as one name."""
    return {item.field or "/".join(item.either or ()) for item in headings} - {""}


def mapped(heading: Heading, text: str) -> Heading:
    """A heading of the file as the user's map reads it, with the words that stand in the file."""
    return replace(heading, text=text, is_mapped=True)
