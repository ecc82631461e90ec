"""What cells of a Route Position List say: numbers, texts, latitudes and longitudes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from transcaspian.rpl._headings import HEMISPHERES
from transcaspian.rpl._table import Cell, Raw, as_cell

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
NOT_FINITE = re.compile(r"[-+]?(nan|inf|infinity)", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"\d,\d")
DECIMALS = re.compile(r"\d([.,])(\d+)[^\d.,]*$")
GROUPED = (re.compile(r"(?<=\d),(?=\d{3}(?:,\d{3})*\.\d)"), re.compile(r"(?<=\d)[ .](?=\d{3}(?:\D|$))"))
"""Between the thousands, of a number with a decimal point and of one with a decimal comma."""
FIGURE = re.compile(r"[-+]?[NSEW]?\s*\d[\d\s.,°':\"-]*%?\s*[NSEW]?", re.IGNORECASE)
SIGNS = str.maketrans({"−": "-", "–": "-", "′": "'", "’": "'", "‘": "'", "´": "'", "º": "°", "˚": "°", "\xa0": " "})
LETTERED = re.compile(r"(\d+)\s*d\s*(\d+(?:\.\d+)?)\s*m(?:\s*(\d+(?:\.\d+)?)\s*s)?")
PLAIN_ANGLE = re.compile(r"(\d{1,3}) (\d{1,2}\.\d+) ([NSEW])")
"""As most lists have it, ours too; any other is read by `ANGLE`."""
SIGNED_DEGREES = re.compile(r"[-+]?\d{1,3}\.\d+")
SECONDS = re.compile(r"''|″|”|“")
ANGLE = re.compile(
    r"(?P<deg>\d{1,3}(?:\.\d*)?)\s*(?:°|deg)?"
    r"(?:[\s:-]*(?<!\d)(?P<min>\d{1,2}(?:\.\d*)?)\s*(?:'|min)?"
    r"(?:[\s:-]*(?<![\d.])(?P<sec>\d{1,2}(?:\.\d*)?)\s*(?:\"|sec)?)?)?"
)


class CellError(Exception):
    """A cell that cannot be read; the message says what was expected."""


def number(raw: Raw, decimal_comma: bool = False) -> float:
    """The number in a cell.

    Parameters
    ----------
    decimal_comma
        Whether the numbers of the list have a comma for a point; see `has_decimal_comma`.

    Raises
    ------
    CellError
        When it is a formula, an error, a date, a text, has another decimal sign, or is not finite.
    """
    if isinstance(raw, Cell) and raw.oddity:
        raise CellError(f"a number, not {raw.oddity}; paste it as a value")
    if isinstance(raw, str):
        value = number_in(raw, decimal_comma)
    elif isinstance(raw, Cell):
        value = raw.number if raw.number is not None else number_in(raw.text, decimal_comma)
    else:
        value = raw
    if not math.isfinite(value):
        raise CellError("a finite number, or an empty cell where it is not known")
    return value


def number_in(text: str, decimal_comma: bool = False) -> float:
    """A number from text."""
    if NUMBER.fullmatch(text):
        return float(text)
    text = text.translate(SIGNS).strip()
    if NUMBER.fullmatch(text):
        return float(text)
    if NOT_FINITE.fullmatch(text):
        return math.nan
    plain = GROUPED[decimal_comma].sub("", text)
    plain = plain.replace(",", ".") if decimal_comma else plain
    if NUMBER.fullmatch(plain):
        return float(plain)
    if DECIMAL_COMMA.search(text):
        raise CellError("a number with a decimal point and no other separator, as the others of the list")
    raise CellError("a number alone (its unit stands in the heading), or an empty cell where it is not known")


def has_decimal_comma(raws: Iterable[Raw]) -> bool:
    """Whether the numbers in these cells have a decimal comma: some cannot have another meaning, and none a point."""
    has_comma = False
    for raw in raws:
        text = raw.text if isinstance(raw, Cell) else raw
        if not isinstance(text, str) or not (found := DECIMALS.search(text)):
            continue
        if found[1] == ".":
            return False
        has_comma |= len(found[2]) != 3 or text.lstrip("-+ ").startswith("0,")
    return has_comma


def is_figure(raw: Raw) -> bool:
    """Whether a cell holds a number or an angle, however it is written."""
    if not isinstance(raw, str):
        return not isinstance(raw, Cell) or raw.number is not None
    return bool(FIGURE.fullmatch(raw.translate(SIGNS).strip()))


def plain_text(raw: Raw) -> str:
    """The text of a cell as it stands."""
    if isinstance(raw, str):
        return raw
    cell = as_cell(raw)
    if cell.oddity:
        raise CellError(f"a text, not {cell.oddity}; paste it as a text")
    return cell.text


def angle_deg(raw: Raw, axis: str, column_hemisphere: str = "", decimal_comma: bool = False) -> float:
    """Latitude or longitude in degrees, north and east positive.

    Degrees and decimal minutes, or degrees, minutes and seconds, with a hemisphere; or signed decimal degrees.

    Parameters
    ----------
    axis
        ``Latitude`` or ``Longitude``.
    column_hemisphere
        The letter in the heading, which holds for cells without one.
    decimal_comma
        Whether the numbers of the list have a comma for a point.

    Raises
    ------
    CellError
        When the cell says no angle, or one off the globe.
    """
    if isinstance(raw, str) and not column_hemisphere and SIGNED_DEGREES.fullmatch(raw):
        return on_globe(float(raw), axis)
    cell = as_cell(raw)
    if cell.oddity:
        raise CellError(f"a {axis.lower()}, not {cell.oddity}; paste it as a value")
    if cell.number is not None:
        return on_globe(signed(cell.number, column_hemisphere), axis)
    plain = PLAIN_ANGLE.fullmatch(cell.text)
    if plain and plain[3] in HEMISPHERES[axis] and not column_hemisphere and float(plain[2]) < 60.0:
        return on_globe(signed(int(plain[1]) + float(plain[2]) / 60.0, plain[3]), axis)
    text = SECONDS.sub('"', cell.text.translate(SIGNS)).strip()
    if decimal_comma:
        text = text.replace(",", ".")
    if DECIMAL_COMMA.search(text):
        raise CellError(f"a {axis.lower()} with a decimal point, as the others of the list")
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


def resolution_deg(raw: Raw) -> float:
    """Half of the last digit that an angle is written with, degrees."""
    text = raw if isinstance(raw, str) else as_cell(raw).text
    if plain := PLAIN_ANGLE.fullmatch(text):
        return 0.5 * 10.0 ** (plain[2].find(".") + 1 - len(plain[2])) / 60.0
    if SIGNED_DEGREES.fullmatch(text):
        return 0.5 * 10.0 ** -len(text.partition(".")[2])
    text = text.translate(SIGNS)
    parts = re.findall(r"\d+(?:[.,]\d+)?", text)
    decimals = len(re.split("[.,]", parts[-1])[1]) if parts and re.search("[.,]", parts[-1]) else 0
    return 0.5 * 10.0**-decimals / 60.0 ** max(len(parts) - 1, 0)


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


def split_angle_deg(parts: Sequence[Raw], hemisphere: str, axis: str, decimal_comma: bool = False) -> float:
    """Latitude or longitude from columns of degrees, minutes and, where there is one, seconds.

    Parameters
    ----------
    parts
        Cells of degrees, minutes and seconds, of which the last may have decimals.
    hemisphere
        Its letter; "" where the degrees bear the sign.
    axis
        ``Latitude`` or ``Longitude``.
    decimal_comma
        Whether the numbers of the list have a comma for a point.

    Raises
    ------
    CellError
        When the cells say no angle, or one off the globe.
    """
    if hemisphere and hemisphere not in tuple(HEMISPHERES[axis]):
        raise CellError(f"the hemisphere {' or '.join(HEMISPHERES[axis])}")
    degrees, *rest = (number(part, decimal_comma) for part in parts)
    if not degrees.is_integer() or not all(value.is_integer() for value in rest[:-1]):
        raise CellError("whole degrees beside a column of minutes, and whole minutes beside a column of seconds")
    if hemisphere and degrees < 0:
        raise CellError("whole degrees without a sign, beside a column of the hemisphere")
    if not all(0 <= value < 60 for value in rest):
        raise CellError("minutes from 0 to below 60")
    value = abs(degrees) + sum(part / 60.0**power for power, part in enumerate(rest, 1))
    return on_globe(signed(math.copysign(value, degrees), hemisphere), axis)


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
