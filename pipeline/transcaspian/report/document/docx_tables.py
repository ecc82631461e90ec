"""Tables of a DOCX file as XML: one text for the whole table, because cell by cell takes seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from transcaspian.core.xmltext import xml_text
from transcaspian.report.page.content import Table

MM_TO_TWIPS = 1440 / 25.4
SMALL = 15
"""Letters of names and what stands for them, in half points."""
HEAD_FILL, STRIPE_FILL = "D9E2EC", "F6F8FA"
MIN_LETTERS, MAX_LETTERS, MAX_WORD = 3, 26, 15
CAPITAL, PADDING = 1.35, 2.5
"""A column is wide by its texts: as its longest word at least, and as this many letters at most."""


def table_xml(table: Table, width_mm: float, namespaces: str) -> str:
    """A table over the whole width, its headings repeated on each page, no row broken across pages."""
    widths = column_widths(table, int(width_mm * MM_TO_TWIPS))
    half_points = letter_size(len(widths)) if any(table.headings) else SMALL
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="9AA5B1"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    has_head = any(table.headings) or not table.rows
    rows = [_row_xml(table.headings, widths, table.numeric, half_points, is_head=True)] if has_head else []
    rows += [_row_xml(row, widths, table.numeric, half_points, number=n) for n, row in enumerate(table.rows)]
    return (
        f'<w:tbl {namespaces}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{edges}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/>'
        f"</w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def letter_size(columns: int) -> int:
    """Of the letters, in half points: tables of many columns have smaller ones."""
    return 17 if columns <= 6 else 15 if columns <= 10 else 13 if columns <= 13 else 11


def column_widths(table: Table, total: int) -> list[int]:
    """Widths of the columns, twips: by what stands in them, together the whole width."""
    weights = [weight_of(column) for column in zip(table.headings, *table.rows, strict=True)]
    room = sum(weights)
    widths = [int(total * weight / room) for weight in weights]
    return [*widths[:-1], total - sum(widths[:-1])]


def weight_of(cells: Sequence[str]) -> float:
    """How many letters wide a column wants to be: its longest word, and more where its texts are long."""
    word = max((width_of(word) for cell in cells for word in cell.split()), default=0.0)
    mean = sum(map(len, cells[1:])) / max(1, len(cells) - 1)
    return min(MAX_LETTERS, max(MIN_LETTERS, min(word, MAX_WORD), mean * 0.6)) + PADDING


def width_of(word: str) -> float:
    """The width of a word in small letters."""
    return sum(CAPITAL if letter.isupper() else 1.0 for letter in word)


def _row_xml(
    cells: Sequence[str],
    widths: Sequence[int],
    numeric: Sequence[bool],
    half_points: int,
    *,
    is_head: bool = False,
    number: int = 0,
) -> str:
    """A row."""
    head = "<w:tblHeader/>" if is_head else ""
    fill = HEAD_FILL if is_head else STRIPE_FILL if number % 2 else ""
    shown = zip(cells, widths, numeric, strict=True)
    inner = "".join(_cell_xml(cell, width, figure, half_points, fill, is_head) for cell, width, figure in shown)
    return f"<w:tr><w:trPr><w:cantSplit/>{head}</w:trPr>{inner}</w:tr>"


def _cell_xml(text: str, width: int, is_figure: bool, half_points: int, fill: str, is_bold: bool) -> str:
    """A cell: figures stand to the right."""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    side = "right" if is_figure and not is_bold else "left"
    bold = "<w:b/>" if is_bold else ""
    size = f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'
    pieces = "<w:br/>".join(lines_xml(text))
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}</w:tcPr><w:p><w:pPr><w:spacing w:before="10" '
        f'w:after="10"/><w:jc w:val="{side}"/></w:pPr><w:r><w:rPr>{bold}{size}</w:rPr>{pieces}</w:r></w:p></w:tc>'
    )


def lines_xml(text: str) -> Iterator[str]:
    """The lines of a text."""
    for line in text.split("\n"):
        yield f'<w:t xml:space="preserve">{escape(xml_text(line))}</w:t>'
