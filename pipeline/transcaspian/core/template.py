"""The files that a project begins with: in a wheel beside the modules, in a checkout at its top."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
IN_WHEEL = PACKAGE / "template"
PARTS = ("studies", "data/raw", "flows", "prefect.yaml")
"""What pyproject.toml puts into a wheel as the template."""
NOT_COPIED = {"__pycache__", "cache"}
"""Folders that Python and `sources fetch` make."""


def template_folder() -> Path:
    """The folder with `PARTS`: of the installed wheel, or the checkout that the modules lie in."""
    return IN_WHEEL if IN_WHEEL.is_dir() else PACKAGE.parents[1]


def template_files() -> dict[str, Path]:
    """Each file of the template by its path in a project, with ``/``."""
    folder = template_folder()
    found = (path for part in PARTS for path in _files_below(folder / part))
    return {path.relative_to(folder).as_posix(): path for path in found}


def _files_below(place: Path) -> Iterator[Path]:
    """A file, or all in a folder but what is made by programs."""
    if place.is_file():
        yield place
    elif place.is_dir():
        for path in sorted(place.iterdir()):
            if path.name not in NOT_COPIED and not path.name.startswith("."):
                yield from _files_below(path)
