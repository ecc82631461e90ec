"""The client's own texts: Markdown files, read as blocks of the chapter that each belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transcaspian.core.errors import StudyError
from transcaspian.report.document.blocks import Block, Figure, Heading, Look, Paragraph, Run, TableBlock
from transcaspian.report.page.content import Table

if TYPE_CHECKING:
    from markdown_it.token import Token

MAX_TEXT_MB, MAX_PICTURE_MB = 2.0, 10.0
SIGNATURES = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}
SAFE_LINKS = ("http://", "https://", "mailto:")
LOOKS: Mapping[str, Look] = {"bullet_list_open": "bullet", "ordered_list_open": "number", "blockquote_open": "quote"}


def slot_blocks(path: Path) -> tuple[Block, ...]:
    """The blocks of a Markdown file: headings begin below the title of the chapter.

    Raises
    ------
    StudyError
        When the file, or a picture that it names, is missing, too large or not what it is said to be, or when the file
        holds HTML; it names the file, and the line where there is one.
    """
    from markdown_it import MarkdownIt

    text = read_text(path)
    return tuple(_Reader(path, MarkdownIt("commonmark").enable("table").parse(text)).blocks())


def read_text(path: Path) -> str:
    """A text file whole.

    Raises
    ------
    StudyError
        When it cannot be read.
    """
    try:
        if path.stat().st_size > MAX_TEXT_MB * 1e6:
            size_mb = path.stat().st_size / 1e6
            raise StudyError(f"{path} has {size_mb:.1f} MB: a text of a chapter has {MAX_TEXT_MB:g} MB at most")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise StudyError(f"{path} is no text in UTF-8 (byte {exc.start}): save it as UTF-8") from exc
    except OSError as exc:
        raise StudyError(
            f"{path} cannot be read: {exc.strerror}; [document.text] names it, and paths count from the file of "
            "--document, else from studies"
        ) from exc


def check_picture(path: Path, named_by: str) -> Path:
    """A picture that a document can take.

    Parameters
    ----------
    named_by
        Where it is named, for the message.

    Raises
    ------
    StudyError
        When it is missing, too large, or neither PNG nor JPEG.
    """
    try:
        size_mb = path.stat().st_size / 1e6
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as exc:
        raise StudyError(f"{named_by} names the picture {path}, which cannot be read: {exc.strerror}") from exc
    if size_mb > MAX_PICTURE_MB:
        raise StudyError(
            f"{named_by} names the picture {path} of {size_mb:.0f} MB: give one of {MAX_PICTURE_MB:g} MB at most"
        )
    if not head.startswith(tuple(SIGNATURES)) or not has_size(path):
        raise StudyError(f"{named_by} names the picture {path}: expected a whole {' or '.join(SIGNATURES.values())}")
    return path


def has_size(path: Path) -> bool:
    """Whether the head of a picture says how large it is."""
    from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
    from docx.image.image import Image

    try:
        picture = Image.from_file(str(path))
        return min(picture.px_width, picture.px_height) > 0
    except (InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError, ValueError, KeyError):
        return False


class _Reader:
    """Goes through the tokens of a file, which is a state machine: lists and quotes are open around a paragraph."""

    def __init__(self, path: Path, tokens: Sequence[Token]) -> None:
        self.path = path
        self.tokens = iter(tokens)
        self.open: list[Look] = []

    def blocks(self) -> Iterator[Block]:
        for token in self.tokens:
            if token.type in LOOKS:
                self.open.append(LOOKS[token.type])
            elif token.type.replace("_close", "_open") in LOOKS:
                self.open.pop()
            elif token.type == "heading_open":
                runs = self.runs_of(next(self.tokens))
                yield Heading("".join(run.text for run in runs), min(int(token.tag[1]) + 1, 4))
            elif token.type == "table_open":
                yield self.table()
            elif token.type == "inline":
                yield from self.paragraph(token)
            elif token.type in ("fence", "code_block"):
                yield Paragraph((Run(token.content.rstrip("\n"), is_code=True),), "code")
            elif token.type == "html_block":
                self.refuse_html(token, token.content)

    def paragraph(self, token: Token) -> Iterator[Block]:
        pictures = [child for child in token.children or () if child.type == "image"]
        runs = self.runs_of(token)
        if runs:
            lists = [look for look in self.open if look != "quote"]
            yield Paragraph(runs, self.open[-1] if self.open else "body", max(0, len(lists) - 1))
        for picture in pictures:
            yield self.figure(token, picture)

    def figure(self, token: Token, picture: Token) -> Figure:
        source, named_by = str(picture.attrs["src"]), self.place(token)
        if "://" in source or Path(source).is_absolute():
            raise StudyError(f"{named_by}: the picture {source} is not beside the text: give a path from there")
        return Figure(check_picture(self.path.parent / source, named_by), picture.content or Path(source).stem)

    def table(self) -> TableBlock:
        rows: list[list[str]] = []
        for token in self.tokens:
            if token.type == "table_close":
                break
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append("".join(run.text for run in self.runs_of(token)))
        head, *body = (tuple(row) for row in rows)
        return TableBlock(Table("", head, tuple(body), (False,) * len(head)))

    def runs_of(self, token: Token) -> tuple[Run, ...]:
        found, style = [], Run("")
        for child in token.children or ():
            if child.type == "html_inline":
                self.refuse_html(token, child.content)
            style = restyled(style, child)
            if text := text_of(child):
                found.append(replace(style, text=text, is_code=child.type == "code_inline"))
        return tuple(found)

    def refuse_html(self, token: Token, content: str) -> None:
        tag = content.strip().split("\n")[0][:40]
        raise StudyError(f"{self.place(token)}: has HTML (`{tag}`): write Markdown, HTML is not taken over")

    def place(self, token: Any) -> str:
        return f"{self.path}, line {token.map[0] + 1}" if token.map else str(self.path)


def restyled(style: Run, token: Token) -> Run:
    """How text goes on after a mark of Markdown."""
    if token.type in ("strong_open", "strong_close"):
        return replace(style, is_bold=token.type == "strong_open")
    if token.type in ("em_open", "em_close"):
        return replace(style, is_italic=token.type == "em_open")
    if token.type == "link_open":
        address = str(token.attrs["href"])
        return replace(style, link=address if address.startswith(SAFE_LINKS) else "")
    return replace(style, link="") if token.type == "link_close" else style


def text_of(token: Token) -> str:
    """The text of a token; a line break is one."""
    if token.type in ("text", "code_inline"):
        return token.content
    return {"softbreak": " ", "hardbreak": "\n"}.get(token.type, "")
