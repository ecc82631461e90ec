"""The user's map of columns: which heading of a file is to be read as which heading of a Route Position List.

A TOML file::

    spans = "end"         # or "start"; only where a list states the figures of spans in every row

    [columns]
    "Широта" = "Latitude"
    "Глубина, м" = "Depth (m)"
    "Slack" = "Slack (factor)"
    "column K" = "Burial Depth (ft)"
    "Tension" = ""                    # not read
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from transcaspian.core.errors import IngestError, StudyError
from transcaspian.rpl._headings import ALIASES, Heading, mapped, read_heading
from transcaspian.study.toml import read_toml

SPANS = ("end", "start")


def folded(text: str) -> str:
    """A heading without regard to case and spaces."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True)
class ColumnMap:
    """What the headings of a file are read as, by `folded` heading or ``column K``.

    ``spans`` says at which end of a span its figures stand; "" where the list tells.
    """

    headings: Mapping[str, Heading] = field(default_factory=dict)
    spans: str = ""

    def find(self, texts: Iterable[str]) -> Heading | None:
        """What the first of these headings that the map names is read as; None where it names none."""
        for text in texts:
            found = self.headings.get(folded(text))
            if found is not None:
                return found
        return None

    def unused(self, texts: Iterable[str]) -> list[str]:
        """Headings that the map names and that are not among these."""
        there = set(map(folded, texts))
        return [text for text in self.headings if text not in there]


NO_MAP = ColumnMap()


def read_column_map(path: Path) -> ColumnMap:
    """Read a map of columns.

    Raises
    ------
    IngestError
        When the file is no such map, or a column is read as what is no heading of a list.
    """
    try:
        document = read_toml(path, "map of columns")
    except StudyError as exc:
        raise IngestError(f"{path} is no map of columns: {exc}. Expected TOML with a table [columns]") from exc
    columns, spans = document.get("columns", {}), document.get("spans", "")
    strange = sorted(set(document) - {"columns", "spans"})
    if strange or not isinstance(columns, dict) or spans not in ("", *SPANS):
        raise IngestError(
            f"{path} has {', '.join(strange) or f'spans = {spans!r}'}: expected a table [columns] and, where a list "
            'states the figures of spans in every row, spans = "end" or "start"'
        )
    return ColumnMap({folded(text): _meaning(path, text, wanted) for text, wanted in columns.items()}, spans)


def _meaning(path: Path, text: str, wanted: object) -> Heading:
    heading = read_heading(wanted) if isinstance(wanted, str) else Heading("")
    if wanted != "" and not heading.known:
        raise IngestError(
            f'{path}: "{text}" = {wanted!r} is no column of a list: expected "" (not read) or one of '
            f'{", ".join(ALIASES)}, with its unit, as "Depth (ft)"'
        )
    return mapped(heading, text)
