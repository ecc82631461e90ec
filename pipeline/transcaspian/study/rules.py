"""Rules of the trade as packaged sets: what a study names by ``extends = "rules:2026.1"`` and overrides key by key."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from transcaspian.core.errors import StudyError
from transcaspian.core.old_names import with_new_keys

FOLDER = Path(__file__).parent / "rule_sets"
PREFIX = "rules:"
"""Begins the value of ``extends`` where it names a set and not a file."""


def rule_sets() -> tuple[str, ...]:
    """Versions of all packaged sets, the oldest first."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def newest() -> str:
    """What a new study extends."""
    return PREFIX + rule_sets()[-1]


def rules_text(version: str) -> str:
    """A set as TOML, with its comments.

    Raises
    ------
    StudyError
        When there is none of that version; the message lists those there are.
    """
    if version not in rule_sets():
        raise StudyError(f"there are no rules `{version}`: expected one of {', '.join(rule_sets())}")
    return (FOLDER / f"{version}.toml").read_text(encoding="utf-8")


def rules_tables(version: str) -> dict[str, Any]:
    """A set as tables of a study; one of an earlier version may have keys under their old names."""
    tables: dict[str, Any] = with_new_keys(tomllib.loads(rules_text(version)))[0]
    return tables
