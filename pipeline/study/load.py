"""From a study file, and overrides of its keys, to a validated study."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.errors import StudyError
from pipeline.study.base import explain
from pipeline.study.model import Study


def load_study(path: Path, overrides: Mapping[str, Any] | None = None) -> Study:
    """Read, override and validate a study file.

    Parameters
    ----------
    path
        A TOML file.
    overrides
        Dotted keys with new values, as of ``--set``: ``{"criteria.slope.weight": 2.0}``; a member of a list of
        tables is named by its id: ``landings.aktau.lon_deg``.

    Raises
    ------
    StudyError
        When the file cannot be read, is not TOML, or does not describe a study; the message names every key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
        raise StudyError(f"study file {path} cannot be read: {reason}. Give the path of a TOML file") from exc
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise StudyError(f"study file {path} is not valid TOML: {exc}") from exc
    for key, value in (overrides or {}).items():
        apply_override(tables, key, value)
    return study_of(tables, f"study file {path}")


def study_of(tables: Mapping[str, Any], place: str) -> Study:
    """A study from its tables.

    Raises
    ------
    StudyError
        When they do not describe one; the message begins with their ``place``.
    """
    try:
        return Study.model_validate_json(json.dumps(tables, default=str))
    except ValidationError as exc:
        raise StudyError(f"{place}: {explain(exc)}") from exc


def apply_override(tables: dict[str, Any], dotted_key: str, value: Any) -> None:
    """Put ``value`` in the place of a key that the study already has or may have; changes ``tables``.

    Raises
    ------
    StudyError
        When a table on the way to the key does not exist.
    """
    *way, last = dotted_key.split(".")
    place: Any = tables
    for depth, name in enumerate(way):
        place = _step_into(place, name)
        if not isinstance(place, dict | list):
            found = ".".join(way[: depth + 1])
            raise StudyError(f"--set {dotted_key}: the study has no table `{found}`")
    if not isinstance(place, dict):
        raise StudyError(f"--set {dotted_key}: `{'.'.join(way)}` is a list: name a member by its id, then a key")
    place[last] = value


def _step_into(place: Any, name: str) -> Any:
    if isinstance(place, list):
        return next((item for item in place if isinstance(item, dict) and item.get("id") == name), None)
    return place.get(name)


def parse_override(text: str) -> tuple[str, Any]:
    """``KEY=VALUE`` of the command line; the value is read as TOML and, failing that, as text.

    Raises
    ------
    StudyError
        When there is no ``=`` or no key.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise StudyError(f"--set {text}: expected KEY=VALUE, for example criteria.slope.weight=2.0")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value


def study_schema() -> dict[str, Any]:
    """JSON schema of a study file, for editors."""
    return Study.model_json_schema()
