"""TOML files of people: read, or one sentence on why not; and values as TOML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transcaspian.core.errors import StudyError
from transcaspian.core.reading import Reading, ReadingLimits, read
from transcaspian.core.toml_text import toml_as_json

LIMITS = ReadingLimits(max_s=60.0, max_mb=2_000.0)


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """The tables of a file.

    Parameters
    ----------
    what
        What the message calls the file: ``study file``.

    Raises
    ------
    StudyError
        When it cannot be read or is not TOML.
    """
    remedy = "Give the path of a TOML file"
    text = read(Reading(toml_as_json, path, (path, what), limits=LIMITS, fault=StudyError, remedy=remedy)).value
    tables: dict[str, Any] = json.loads(text)
    return tables


def toml_value(value: Any) -> str:
    """A text, a number, a list or a table as TOML; a basic string is that of JSON, but for one control character."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {toml_value(inner)}" for name, inner in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_table(heading: str, values: Mapping[str, Any]) -> str:
    """A table with its heading (``[area]``, ``[[landings]]``), a key a line, and an empty line behind it."""
    return "\n".join((heading, *(f"{name} = {toml_value(value)}" for name, value in values.items()), "", ""))
