"""What GDAL, PROJ, HDF5 and the libraries around them warn of while a file is read: a note, or a refusal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from transcaspian.core.errors import IngestError
from transcaspian.core.reading import Answer
from transcaspian.core.xmltext import xml_text

Noted = TypeVar("Noted", bound=Any)
MAX_CHARACTERS = 300
LOST = re.compile(
    r"truncat|overflow|clamped|parsed incompletely|convert(?:ed)? correctly|recode|corrupt|skipp|"
    r"unsupported geometry|read error|short read|checksum|cannot be (?:read|decoded|decompressed)",
    re.IGNORECASE,
)
"""Words of a warning that something of the file was lost or changed on the way."""


def notes_of(path: Path, warnings: Sequence[str]) -> tuple[str, ...]:
    """A note for each warning.

    Raises
    ------
    IngestError
        When one says that something was lost.
    """
    told = [xml_text(" ".join(one.replace(str(path), path.name).split()))[:MAX_CHARACTERS] for one in warnings]
    for one in told:
        if LOST.search(one):
            raise IngestError(
                f"{path} cannot be read whole: {one}. Write it again (ogr2ogr, gdal_translate) so that nothing is lost"
            )
    return tuple(f"{path.name}: the library that reads it warns: {one}" for one in told)


def with_warnings(path: Path, answer: Answer[Noted]) -> Noted:
    """What was read of a file, a data class with ``notes``, to which those on the warnings are added.

    Raises
    ------
    IngestError
        As of `notes_of`.
    """
    value: Noted = replace(answer.value, notes=(*answer.value.notes, *notes_of(path, answer.warnings)))
    return value
