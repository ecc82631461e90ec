"""A project: the template laid out in a folder, with a stamp of what it was, and brought to the template of today."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from transcaspian.core.disk import replace_bytes, replace_text
from transcaspian.core.errors import ExportError
from transcaspian.core.template import template_files
from transcaspian.core.version import __version__

STAMP = ".transcaspian.json"
GITIGNORE = """\
.venv/
__pycache__/
data/processed/*
!data/processed/.gitkeep
data/raw/cache/
"""
README = """\
# A project of transcaspian

| folder | what it has |
|---|---|
| `studies/` | what is routed, under which rules: yours to edit |
| `data/raw/` | the data sets that the studies name, with their licences in `LICENSES.md` |
| `data/processed/` | the runs; `<study>/latest` is the published one |
| `flows/`, `prefect.yaml` | what Prefect deploys: yours to edit |

    transcaspian check                     # the default study and its data
    transcaspian run                       # route it; open data/processed/trans-caspian/latest/report.html
    transcaspian serve                     # every night
    transcaspian init --upgrade            # after an update of transcaspian
"""
OF_PROJECT = {
    ".gitignore": GITIGNORE,
    "README.md": README,
    "data/processed/.gitkeep": "",
    "prefect.toml": "# settings of Prefect's own commands in this folder\n[server]\nanalytics_enabled = false\n",
}
"""Files of a project that the checkout has not, or has otherwise."""


@dataclass(frozen=True)
class FileChange:
    """A file of a project beside the template it came from and the template of this version.

    Attributes
    ----------
    path
        In the project.
    what
        What was done, or is left to the user.
    diff
        Lines from the project's file to that of the template, where the user is to choose.
    """

    path: str
    what: str
    diff: tuple[str, ...] = ()


def wanted_files() -> dict[str, bytes]:
    """Content of each file that a project begins with, by its path in it."""
    own = {path: text.encode() for path, text in OF_PROJECT.items()}
    return own | {path: source.read_bytes() for path, source in template_files().items()}


def lay_out_project(folder: Path) -> list[str]:
    """Lay a project out in a folder, all of it or nothing; the names it has then.

    Raises
    ------
    ExportError
        When something of these names is there, or the folder cannot be written.
    """
    files = wanted_files()
    files[STAMP] = stamp_text({path: sha256(content) for path, content in files.items()}).encode()
    names = sorted({path.partition("/")[0] for path in files})
    there = [name for name in names if os.path.lexists(folder / name)]
    if there:
        hint = "`transcaspian init --upgrade` renews a project" if STAMP in there else "name a folder without them"
        raise ExportError(f"{folder} has {', '.join(there)} already, nothing was written: {hint}")
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".init-", dir=folder) as made:
            write_files(Path(made), files)
            move_in(Path(made), folder, names)
    except OSError as exc:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise ExportError(f"no project in {folder}, nothing was written: {exc.strerror or exc}") from exc
    return names


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their paths in a folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def move_in(made: Path, folder: Path, names: list[str]) -> None:
    """Move what was made into a folder, or nothing of it.

    Parameters
    ----------
    made
        Where it lies, on the same disk.
    folder
        Where it goes.
    names
        Of what is moved.
    """
    moved: list[str] = []
    try:
        for name in names:
            (made / name).rename(folder / name)
            moved.append(name)
    except BaseException:  # an interrupt too
        for name in moved:
            (folder / name).rename(made / name)
        raise


def upgrade(folder: Path, force: bool = False) -> Iterator[FileChange]:
    """Bring a project to the template of this version, file by file, and say what came of those that differ.

    A file that is as it was laid out is renewed. One that the user edited or removed is left alone, unless by force;
    the user's file is then kept beside it, as ``<name>.old`` or ``<name>.old2`` and so on.

    Parameters
    ----------
    folder
        Of the project.
    force
        Whether files of the user are replaced too.

    Raises
    ------
    ExportError
        When the folder is no project, or a file of it cannot be read or written.
    """
    laid_out, files = read_stamp(folder), wanted_files()
    stamp = dict(laid_out)
    try:
        for path in sorted({*laid_out, *files}):
            change = upgraded(folder, path, laid_out.get(path), files.get(path), force)
            if path not in files:
                del stamp[path]
            elif change is None or not change.diff:
                stamp[path] = sha256(files[path])
            if change is not None:
                yield change
        replace_text(folder / STAMP, stamp_text(stamp))
    except OSError as exc:
        raise ExportError(f"{exc.filename or folder} cannot be renewed: {exc.strerror or exc}") from exc


def upgraded(folder: Path, path: str, laid_out: str | None, template: bytes | None, force: bool) -> FileChange | None:
    """Bring one file to the template; None where there is nothing to say.

    Parameters
    ----------
    folder, path
        Of the project, and in it.
    laid_out
        Hash of the file that the project began with; None where it had none.
    template
        Content in this version; None where it has none.
    force
        As in `upgrade`.
    """
    place = folder / path
    there = place.read_bytes() if place.is_file() else None
    if template is None:
        return None if there is None else FileChange(path, "is no longer in the template: yours to keep or remove")
    if there == template:
        return None
    if there is None and laid_out is not None and not force:
        return FileChange(path, "you removed it: left so, --force lays it out again")
    if there is not None and sha256(there) != laid_out and not force:
        return edited(path, there, template, laid_out)
    kept = ""
    if there is not None and sha256(there) != laid_out:
        beside = name_beside(place)
        replace_bytes(beside, there)
        kept = f", yours is {beside.name}"
    place.parent.mkdir(parents=True, exist_ok=True)
    replace_bytes(place, template)
    return FileChange(path, "new" if there is None else f"renewed{kept}")


def edited(path: str, there: bytes, template: bytes, laid_out: str | None) -> FileChange:
    """A file that the user edited, beside the template.

    Parameters
    ----------
    path
        In the project.
    there, template
        Its content, and that of the template.
    laid_out
        Hash of what it was.
    """
    if sha256(template) == laid_out:
        return FileChange(path, "edited by you; the template is as it was")
    what = "edited by you, and the template changed: left alone, --force takes the template's"
    return FileChange(path, what, tuple(diff_of(path, there, template)))


def diff_of(path: str, there: bytes, template: bytes) -> Iterator[str]:
    """Lines of a unified diff from a file to the template's."""
    try:
        yours, theirs = there.decode().splitlines(), template.decode().splitlines()
    except UnicodeDecodeError:
        yield f"the files differ: {len(there):,} bytes here, {len(template):,} in the template"
    else:
        yield from difflib.unified_diff(yours, theirs, path, f"{path} of transcaspian {__version__}", lineterm="")


def name_beside(place: Path) -> Path:
    """A name beside a file that no other has, to keep it under."""
    names = (place.with_name(f"{place.name}.old{number if number > 1 else ''}") for number in count(1))
    return next(name for name in names if not os.path.lexists(name))


def stamp_text(files: Mapping[str, str]) -> str:
    """The stamp of a project: the version and the hash of each file as it was laid out."""
    return json.dumps({"version": __version__, "files": dict(sorted(files.items()))}, indent=2) + "\n"


def read_stamp(folder: Path) -> dict[str, str]:
    """Hash of each file as it was laid out, by its path.

    Raises
    ------
    ExportError
        When the folder has no stamp that can be read.
    """
    try:
        files = json.loads((folder / STAMP).read_text(encoding="utf-8"))["files"]
        return {str(path): str(value) for path, value in files.items()}
    except (OSError, ValueError, LookupError, AttributeError, TypeError) as exc:
        raise ExportError(
            f"{folder} is no project of `transcaspian init`: {STAMP} is not there or cannot be read"
        ) from exc


def sha256(content: bytes) -> str:
    """The hash of a content."""
    return hashlib.sha256(content).hexdigest()
