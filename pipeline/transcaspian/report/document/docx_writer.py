"""From chapters to a DOCX file: the one place that knows python-docx."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph as DocxParagraph

from transcaspian.core.xmltext import xml_text
from transcaspian.report.document.blocks import Block, Chapter, Figure, Heading, Paragraph, Run, TableBlock
from transcaspian.report.document.docx_tables import table_xml

AUTHOR = "transcaspian"
FONT = "Arial"
PORTRAIT_MM, LANDSCAPE_MM = (210.0, 297.0), (297.0, 210.0)
MARGIN_MM = 20.0
MAX_PORTRAIT_COLUMNS = 9
FIGURE_HEIGHT_MM = {False: 116.0, True: 138.0}
"""At most, by whether the page is in landscape."""
STYLES = {"body": "Normal", "note": "Note", "bullet": "List Bullet", "number": "List Number", "quote": "Quote"}
HEADING_POINTS = (16, 13, 11, 10)
CONTENTS = 'TOC \\o "1-2" \\h \\z \\u'
UNKNOWN_PAGE = ""


@dataclass(frozen=True)
class Cover:
    """What stands on the first page, and above and below all others.

    ``lines`` stand below the title; ``created``: of the run, so that the same run gives the same properties.
    """

    title: str
    lines: tuple[str, ...]
    header: str
    footer: str
    created: datetime
    logo: Path | None = None


@dataclass
class _Book:
    """A document that is being written: what is counted, and which way its page lies.

    ``list_number``: of the numbered list that is open; None: the next item begins one.
    """

    document: Any
    is_wide: bool = False
    list_number: int | None = None
    counts: dict[str, int] = field(default_factory=lambda: {"Figure": 0, "Table": 0})
    headings: list[tuple[int, str]] = field(default_factory=list)


def write_docx(path: Path, cover: Cover, chapters: Iterable[Chapter], pages: Sequence[str] = ()) -> list[str]:
    """Write a document, and return the texts of its contents, entry by entry.

    Parameters
    ----------
    pages
        Page of each entry of the contents, where they are known; else the program that opens it is asked to number.
    """
    book = _Book(docx.Document())
    set_styles(book.document)
    number_headings(book.document)
    page_of(book.document.sections[0], is_wide=False)
    write_cover(book, cover)
    contents = book.document.add_paragraph()
    for chapter in chapters:
        write_chapter(book, chapter)
    write_contents(contents, book.headings, pages)
    write_edges(book.document, cover)
    write_properties(book.document, cover, is_numbered=bool(pages))
    book.document.save(str(path))
    return [text for _, text in book.headings]


def set_styles(document: Any) -> None:
    """Fonts, colours and distances of the styles, so that editing a style changes the document."""
    styles = document.styles
    for style in styles:
        if hasattr(style, "font"):
            style.font.name = FONT
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
                fonts.attrib.pop(qn(name), None)
    styles["Normal"].font.size = Pt(10)
    styles["Normal"].paragraph_format.space_after = Pt(6)
    language = parse_xml(f'<w:lang {nsdecls("w")} w:val="en-GB"/>')
    styles["Normal"].element.get_or_add_rPr().append(language)
    for level, points in enumerate(HEADING_POINTS, 1):
        style = styles[f"Heading {level}"]
        style.font.size, style.font.bold, style.font.italic = Pt(points), True, False
        style.font.color.rgb = RGBColor(0x1F, 0x3A, 0x5F)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(14), Pt(6)
        style.paragraph_format.keep_with_next = True
    styles["Caption"].font.size, styles["Caption"].font.color.rgb = Pt(9), RGBColor(0x33, 0x33, 0x33)
    styles["Quote"].font.color.rgb = RGBColor(0x44, 0x44, 0x44)
    for name, size in (("Note", 9), ("Code", 8.5), ("Table note", 8), ("Contents 1", 10), ("Contents 2", 9)):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.font.size = styles["Normal"], Pt(size)
        style.font.name = "Courier New" if name == "Code" else FONT
        style.font.italic = name == "Note"
    styles["Contents 1"].font.bold = True
    styles["Contents 1"].paragraph_format.space_after = styles["Contents 2"].paragraph_format.space_after = Pt(2)
    styles["Contents 2"].paragraph_format.left_indent = Mm(6)


def number_headings(document: Any) -> None:
    """Numbers of headings as a list of several levels that the styles refer to: 1, 1.1, 1.1.1."""
    numbering = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Heading{level + 1}"/>'
        f'<w:lvlText w:val="{".".join(f"%{n + 1}" for n in range(level + 1))}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="680" w:hanging="680"/></w:pPr></w:lvl>'
        for level in range(len(HEADING_POINTS))
    )
    kind = '<w:multiLevelType w:val="multilevel"/>'
    outline = parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90">{kind}{levels}</w:abstractNum>')
    numbering.insert(0, outline)
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    for level in range(len(HEADING_POINTS)):
        properties = document.styles[f"Heading {level + 1}"].element.get_or_add_pPr()
        properties.append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="90"/></w:numPr>')
        )


def page_of(section: Any, *, is_wide: bool) -> None:
    """Size and margins of the pages of a section."""
    width, height = LANDSCAPE_MM if is_wide else PORTRAIT_MM
    section.orientation = WD_ORIENT.LANDSCAPE if is_wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(MARGIN_MM)
    section.header_distance = section.footer_distance = Mm(9)


def turn(book: _Book, *, is_wide: bool) -> None:
    """Go on, on a new page, in the other direction; nothing where the page lies so already."""
    if is_wide != book.is_wide:
        page_of(book.document.add_section(WD_SECTION.NEW_PAGE), is_wide=is_wide)
        book.is_wide = is_wide


def write_cover(book: _Book, cover: Cover) -> None:
    """The first page, and the heading of the contents on the second."""
    document = book.document
    if cover.logo is not None:
        document.add_picture(str(cover.logo), height=Mm(22))
    title = document.add_paragraph(xml_text(cover.title), style="Title")
    title.paragraph_format.space_before = Mm(40)
    for line in cover.lines:
        document.add_paragraph(xml_text(line))
    heading = document.add_paragraph("Contents", style="Title")
    heading.paragraph_format.page_break_before = True


def write_chapter(book: _Book, chapter: Chapter) -> None:
    """A chapter; one that has more than texts begins on a page of its own."""
    is_wide = wants_wide(chapter.blocks)
    turned = is_wide != book.is_wide
    turn(book, is_wide=is_wide)
    prefix = "Appendix: " if chapter.is_appendix else ""
    heading = add_heading(book, f"{prefix}{chapter.title}", 1)
    has_more = any(isinstance(block, Figure | TableBlock) for block in chapter.blocks)
    heading.paragraph_format.page_break_before = not turned and has_more
    for number, block in enumerate(chapter.blocks):
        if not (isinstance(block, Paragraph) and block.look == "number"):
            book.list_number = None
        if isinstance(block, Heading):
            _write_heading(book, block, chapter.blocks[number + 1 :], is_first=number == 0)
        elif isinstance(block, Paragraph):
            add_paragraph(book, block)
        else:
            turn(book, is_wide=is_wide_block(block))
            if isinstance(block, Figure):
                add_figure(book, block)
            else:
                add_table(book, block)


def _write_heading(book: _Book, block: Heading, following: Sequence[Block], *, is_first: bool) -> None:
    """A heading, on the page of what stands below it."""
    before = book.is_wide
    turn(book, is_wide=wants_wide(following))
    heading = add_heading(book, block.text, block.level)
    is_there = is_first or book.is_wide != before
    heading.paragraph_format.page_break_before = (block.on_new_page and not is_there) or None


def wants_wide(blocks: Sequence[Block]) -> bool:
    """Whether the first table or picture needs a page in landscape."""
    first = next((block for block in blocks if isinstance(block, Figure | TableBlock)), None)
    return first is not None and is_wide_block(first)


def is_wide_block(block: Block) -> bool:
    """Whether a block needs a page in landscape."""
    if isinstance(block, TableBlock):
        return block.is_wide or len(block.table.headings) > MAX_PORTRAIT_COLUMNS
    return isinstance(block, Figure) and block.is_wide


def add_heading(book: _Book, text: str, level: int) -> DocxParagraph:
    """A heading with the bookmark that the contents lead to."""
    heading = book.document.add_heading(xml_text(text), level)
    if level <= 2:
        book.headings.append((level, xml_text(text)))
        number = len(book.headings)
        start = parse_xml(f'<w:bookmarkStart {nsdecls("w")} w:id="{number}" w:name="_Toc{number:06d}"/>')
        heading._p.insert(1, start)
        heading._p.append(parse_xml(f'<w:bookmarkEnd {nsdecls("w")} w:id="{number}"/>'))
    return heading


def add_paragraph(book: _Book, block: Paragraph) -> None:
    """A paragraph, or an item of a list."""
    style = STYLES.get(block.look, "Code")
    if block.depth and block.look in ("bullet", "number"):
        style = f"{style} {min(block.depth + 1, 3)}"
    paragraph = book.document.add_paragraph(style=style)
    if style == STYLES["number"]:
        number_item(book, paragraph)
    for run in block.runs:
        add_run(paragraph, run)


def number_item(book: _Book, paragraph: DocxParagraph) -> None:
    """Number an item within its list: each list begins at 1."""
    numbering = book.document.part.numbering_part.element
    if book.list_number is None:
        own = book.document.styles[STYLES["number"]].element.pPr.numPr.numId.val
        listed = numbering.add_num(numbering.num_having_numId(own).abstractNumId.val)
        listed.add_lvlOverride(ilvl=0).add_startOverride(1)
        book.list_number = listed.numId
    properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_ilvl().val, properties.get_or_add_numId().val = 0, book.list_number


def add_run(paragraph: DocxParagraph, run: Run) -> None:
    """A piece of text, which may lead to an address."""
    made = paragraph.add_run(xml_text(run.text))
    made.bold, made.italic = run.is_bold or None, run.is_italic or None
    if run.is_code:
        made.font.name = "Courier New"
    if run.link:
        relation = paragraph.part.relate_to(run.link, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        link = parse_xml(f'<w:hyperlink {nsdecls("w", "r")} r:id="{relation}"/>')
        made.font.underline, made.font.color.rgb = True, RGBColor(0x05, 0x63, 0xC1)
        paragraph._p.replace(made._r, link)
        link.append(made._r)


def add_figure(book: _Book, block: Figure) -> None:
    """A picture as wide as the page allows, with its caption below."""
    width, _ = LANDSCAPE_MM if book.is_wide else PORTRAIT_MM
    paragraph = book.document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    picture = paragraph.add_run().add_picture(str(block.path))
    height_mm = block.max_height_mm or FIGURE_HEIGHT_MM[book.is_wide]
    room_mm = min(width - 2 * MARGIN_MM, height_mm * picture.width / picture.height)
    factor = Mm(room_mm) / picture.width
    picture.width, picture.height = int(picture.width * factor), int(picture.height * factor)
    picture._inline.docPr.set("descr", xml_text(block.caption))
    _add_caption(book, "Figure", block.caption)


def add_table(book: _Book, block: TableBlock) -> None:
    """A table with its caption above, and its note and sentences below."""
    table = block.table
    has_status = "status" in table.headings or not table.status
    caption = f"{table.title}{'' if has_status else f' ({table.status})'}"
    if table.title:
        _add_caption(book, "Table", caption, keep_with_next=True)
    width_mm = (LANDSCAPE_MM if book.is_wide else PORTRAIT_MM)[0] - 2 * MARGIN_MM
    body = book.document.element.body
    body.insert(len(body) - 1, parse_xml(table_xml(table, width_mm, nsdecls("w"))))
    for text in filter(None, (table.note, *table.sentences)):
        book.document.add_paragraph(xml_text(text), style="Table note")
    if not table.note and not table.sentences:
        book.document.add_paragraph().paragraph_format.space_after = Pt(2)


def _add_caption(book: _Book, kind: str, text: str, *, keep_with_next: bool = False) -> None:
    """A caption whose number is a field, so that what a person adds is counted with the rest."""
    book.counts[kind] += 1
    paragraph = book.document.add_paragraph(style="Caption")
    paragraph.paragraph_format.keep_with_next = keep_with_next
    paragraph.add_run(f"{kind} ")
    add_field(paragraph, f"SEQ {kind} \\* ARABIC", str(book.counts[kind]))
    paragraph.add_run(f": {xml_text(text)}")


def add_field(paragraph: DocxParagraph, instruction: str, shown: str) -> None:
    """A field with what it shows until it is updated."""
    for kind in ("begin", instruction, "separate", None, "end"):
        run = paragraph.add_run(shown if kind is None else "")
        if kind == instruction:
            text = f'<w:instrText {nsdecls("w")} xml:space="preserve"> {instruction} </w:instrText>'
            run._r.append(parse_xml(text.replace("&", "&amp;")))
        elif kind is not None:
            run._r.append(parse_xml(f'<w:fldChar {nsdecls("w")} w:fldCharType="{kind}"/>'))


def write_contents(first: DocxParagraph, headings: Sequence[tuple[int, str]], pages: Sequence[str]) -> None:
    """The field of the contents with an entry for each heading."""
    begin = [parse_xml(f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="begin"/></w:r>')]
    begin.append(parse_xml(f'<w:r {nsdecls("w")}><w:instrText xml:space="preserve"> {CONTENTS} </w:instrText></w:r>'))
    begin.append(parse_xml(f'<w:r {nsdecls("w")}><w:fldChar w:fldCharType="separate"/></w:r>'))
    numbers = heading_numbers([level for level, _ in headings])
    for place, ((level, text), number) in enumerate(zip(headings, numbers, strict=True)):
        entry = first.insert_paragraph_before(style=f"Contents {level}")
        entry.paragraph_format.tab_stops.add_tab_stop(
            Mm(PORTRAIT_MM[0] - 2 * MARGIN_MM), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS
        )
        for part in begin if place == 0 else ():
            entry._p.append(part)
        link = parse_xml(f'<w:hyperlink {nsdecls("w")} w:anchor="_Toc{place + 1:06d}" w:history="1"/>')
        entry._p.append(link)
        page = pages[place] if place < len(pages) else UNKNOWN_PAGE
        run = entry.add_run(f"{number} {text}\t{page}")
        link.append(run._r)
        if place == len(headings) - 1:
            entry.add_run()._r.append(parse_xml(f'<w:fldChar {nsdecls("w")} w:fldCharType="end"/>'))
    first._p.getparent().remove(first._p)


def heading_numbers(levels: Iterable[int]) -> list[str]:
    """The numbers that headings of these levels get.

    >>> heading_numbers([1, 2, 2, 1, 2])
    ['1', '1.1', '1.2', '2', '2.1']
    """
    counts = [0] * len(HEADING_POINTS)
    found = []
    for level in levels:
        counts[level - 1 :] = [counts[level - 1] + 1] + [0] * (len(counts) - level)
        found.append(".".join(map(str, counts[:level])))
    return found


def write_edges(document: Any, cover: Cover) -> None:
    """Header and footer of all pages but the first: document control, and page of pages."""
    document.sections[0].different_first_page_header_footer = True
    head = document.sections[0].header.paragraphs[0]
    foot = document.sections[0].footer.paragraphs[0]
    head.text, foot.text = xml_text(cover.header), f"{xml_text(cover.footer)} · page "
    add_field(foot, "PAGE", "1")
    foot.add_run(" of ")
    add_field(foot, "NUMPAGES", "1")
    for paragraph in (head, foot):
        for run in paragraph.runs:
            run.font.size = Pt(8)


def write_properties(document: Any, cover: Cover, *, is_numbered: bool) -> None:
    """Who made it and of when; where no page is known yet, the program that opens it updates the fields."""
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = xml_text(cover.title), AUTHOR, AUTHOR
    properties.created = properties.modified = cover.created
    properties.comments, properties.revision = "", 1
    if not is_numbered:
        document.settings.element.append(parse_xml(f'<w:updateFields {nsdecls("w")} w:val="true"/>'))


def is_edited(path: Path) -> bool:
    """Whether another program has saved a document since it was written here."""
    try:
        return bool(docx.Document(str(path)).core_properties.last_modified_by != AUTHOR)
    except (PackageNotFoundError, KeyError, ValueError):  # no document of ours
        return True
