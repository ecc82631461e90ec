"""LibreOffice, where it is installed: it lays a document out, tells the pages of its contents, and makes the PDF."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from transcaspian.core.errors import ExportError

PROGRAMS = ("soffice", "libreoffice")
MAX_S = 180.0
LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<library:{kind} xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink"{own}
"""
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/Office"><prop oor:name="ooSetupInstCompleted" oor:op="fuse"><value>true</value>
</prop></item></oor:items>
"""
"""Without them the program takes the profile for a new one, and lays its own macros over ours."""
MACRO = """
Sub LayOut
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden" : hidden(0).Value = True
  document = StarDesktop.loadComponentFromURL("{docx}", "_blank", 0, hidden())
  If IsNull(document) Then StarDesktop.terminate() : Exit Sub
  indexes = document.getDocumentIndexes()
  told = ""
  For place = 0 To indexes.getCount() - 1
    indexes.getByIndex(place).update()
    told = told & indexes.getByIndex(place).getAnchor().getString() & Chr(10)
  Next place
  handle = FreeFile
  Open "{contents}" For Output As #handle
  Print #handle, told
  Close #handle
  Dim filter(0) As New com.sun.star.beans.PropertyValue
  filter(0).Name = "FilterName" : filter(0).Value = "writer_pdf_Export"
  document.storeToURL("{pdf}", filter())
  document.close(True)
  StarDesktop.terminate()
End Sub
"""


def office() -> str | None:
    """The program; None where it is not installed."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


def lay_out(document: Path, pdf: Path) -> list[str]:
    """Make the PDF of a document with its contents updated, and return the page of each entry of the contents.

    It works in a profile of its own, so that it neither reads nor changes that of the user.

    Raises
    ------
    ExportError
        When the program is not installed or does not open the document.
    """
    program = office()
    if program is None:
        raise ExportError("a PDF needs LibreOffice Writer (the command soffice): install it, or ask for --format docx")
    with TemporaryDirectory() as place:
        folder = Path(place)
        contents = folder / "contents.txt"
        _write_profile(folder / "profile", document, pdf, contents)
        command = [program, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore"]
        failed = run([*command, "macro:///Standard.Module1.LayOut"], folder)
        if not pdf.is_file() or not contents.is_file():
            raise ExportError(f"LibreOffice ({program}) made no PDF{failed}: is LibreOffice Writer installed?")
        return pages_of(contents.read_text(encoding="utf-8", errors="replace"))


def run(command: Sequence[str], home: Path) -> str:
    """Run the program to its end, and say why it did not end where it did not.

    It is a script that starts another: where it takes too long both are ended.
    """
    try:
        started = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(home)},
            start_new_session=True,
        )
    except OSError as exc:
        return f" ({exc.strerror})"
    try:
        started.wait(MAX_S)
    except subprocess.TimeoutExpired:
        return f" within {MAX_S:g} s"
    finally:
        end(started)
    return ""


def end(started: subprocess.Popen[bytes]) -> None:
    """End a program and those that it started, where they still run."""
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(started.pid, signal.SIGKILL)
        else:  # Windows
            started.kill()
    started.wait()


def pages_of(contents: str) -> list[str]:
    """The pages of the entries of the contents: what stands behind the last tab of each.

    >>> pages_of("1 Document control\\t3\\n1.1 How far\\t4\\n\\n")
    ['3', '4']
    """
    return [line.rpartition("\t")[2].strip() for line in contents.splitlines() if "\t" in line]


def _write_profile(profile: Path, document: Path, pdf: Path, contents: Path) -> None:
    """A profile with the macro that lays out."""
    basic = profile / "user" / "basic"
    (basic / "Standard").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, encoding="utf-8")
    standard = ' library:name="Standard"'
    listed = f'<library:library{standard} xlink:href="$(USER)/basic/Standard/script.xlb/" xlink:type="simple"'
    modules = '<library:element library:name="Module1"/></library:library>'
    (basic / "script.xlc").write_text(
        LIBRARY.format(kind="libraries", own=f'>{listed} library:link="false"/></library:libraries>'), encoding="utf-8"
    )
    (basic / "Standard" / "script.xlb").write_text(
        LIBRARY.format(kind="library", own=f'{standard} library:readonly="false">{modules}'), encoding="utf-8"
    )
    macro = MACRO.format(docx=document.as_uri(), pdf=pdf.as_uri(), contents=str(contents).replace('"', '""'))
    head = '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"'
    (basic / "Standard" / "Module1.xba").write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n{head} script:language="StarBasic">{escape(macro)}</script:module>\n',
        encoding="utf-8",
    )
