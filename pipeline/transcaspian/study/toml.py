"""TOML files of people: read, or one sentence on why not."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from transcaspian.core.errors import StudyError


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
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
        hint = "; `transcaspian init` lays out a project with studies" if isinstance(exc, FileNotFoundError) else ""
        raise StudyError(f"{what} {path} cannot be read: {reason}. Give the path of a TOML file{hint}") from exc
    except tomllib.TOMLDecodeError as exc:
        raise StudyError(f"{what} {path} is not valid TOML: {exc}") from exc
