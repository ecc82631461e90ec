"""The desktop study as files: a document that can be edited, and its PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from transcaspian.core.errors import ExportError
from transcaspian.report.document.chapters import chapters_of
from transcaspian.report.document.desk_study import DeskStudy
from transcaspian.report.document.docx_writer import Cover, write_docx
from transcaspian.report.document.office import lay_out, office


def write_document(study: DeskStudy, docx: Path, pdf: Path | None) -> str:
    """Write the document, with the pages of its contents where LibreOffice is installed; returns what is to be known.

    Parameters
    ----------
    pdf
        None: no PDF is kept.

    Raises
    ------
    ExportError
        When a PDF is asked for and LibreOffice is not installed, or fails.
    """
    cover, chapters = cover_of(study), tuple(chapters_of(study))
    entries = write_docx(docx, cover, chapters)
    if office() is None and pdf is None:
        return "LibreOffice is not installed: the contents get their pages when the document is opened and updated"
    try:
        pages = lay_out(docx, pdf or study.drawn / "layout.pdf")
    except ExportError as exc:
        if pdf is not None:
            raise
        return f"the contents have no pages yet, update them in the document: {exc}"
    if len(pages) == len(entries):
        write_docx(docx, cover, chapters, pages)
    return ""


def cover_of(study: DeskStudy) -> Cover:
    """What stands on the first page, and at the edges of all others."""
    about, own = study.page.about, study.control
    title = own.project or about.title
    lines: Sequence[str | None] = (
        "Desktop study",
        f"Study {about.study_id}, revision {about.revision}",
        own.number and f"Document {own.number}",
        own.issue and f"Issue: {own.issue}",
        own.client and f"For {own.client}",
        own.prepared_by and f"Prepared by {own.prepared_by}",
        own.confidentiality,
        f"Run {about.run_id}, {about.created_utc[:10]}",
    )
    header = " · ".join(filter(None, (title, "Desktop study", own.number, f"revision {about.revision}", own.issue)))
    footer = " · ".join(filter(None, (f"run {about.run_id}", own.confidentiality)))
    created = datetime.fromisoformat(about.created_utc).replace(tzinfo=None)
    return Cover(title, tuple(filter(None, lines)), header, footer, created, study.logo)
