"""In which encoding the texts of a Shapefile stand: said by the study, a file beside it or a mark in its table."""

from __future__ import annotations

import codecs
from pathlib import Path

from transcaspian.core.errors import IngestError

MARK_AT, HEADER_SIZE_AT, RECORD_SIZE_AT = 29, 8, 10
UNSAID_MARKS = (0x00, 0x57)
"""None, and that of "the ANSI code page" of whatever machine wrote it."""


def expect_encoding(path: Path, encoding: str | None) -> None:
    """Refuse texts beyond ASCII of which nothing says the encoding: they would become other letters without a word.

    Raises
    ------
    IngestError
        When neither the study, a ``.cpg`` nor the mark of the table says it, or the study names none that is known.
    """
    if encoding is not None:
        try:
            codecs.lookup(encoding)
        except LookupError as exc:
            raise IngestError(f"{path}: encoding = {encoding!r} is not known: give one as UTF-8 or cp1251") from exc
        return
    if any(path.with_suffix(suffix).is_file() for suffix in (".cpg", ".CPG", ".cst", ".CST")):
        return
    table = path.with_suffix(".dbf").read_bytes()
    if len(table) <= MARK_AT or table[MARK_AT] not in UNSAID_MARKS:
        return
    rows = table[int.from_bytes(table[HEADER_SIZE_AT:RECORD_SIZE_AT], "little") :]
    if not rows.isascii():
        at = next(at for at, byte in enumerate(rows) if byte > 0x7F)
        shown = rows[max(at - 12, 0) : at + 12].strip(b"\0 ")
        raise IngestError(
            f"{path.with_suffix('.dbf')} has texts beyond ASCII ({shown!r}) and nothing says their encoding: give it "
            f'as `encoding` of the source (for example "UTF-8" or "cp1251"), or put it into {path.stem}.cpg'
        )
