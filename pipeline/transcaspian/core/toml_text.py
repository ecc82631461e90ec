"""The reader of TOML, for the process that reads: it gives what stands in a file as JSON."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from transcaspian.core.errors import StudyError

MAX_MB = 10.0


def toml_as_json(path: Path, what: str) -> str:
    """What stands in a file, which messages call ``what``; times as texts.

    Raises
    ------
    StudyError
        When it cannot be read or is not TOML.
    """
    try:
        if path.exists() and not path.is_file():
            raise StudyError(f"{what} {path} is not a file: give the path of a TOML file")
        if (size_mb := path.stat().st_size / 1e6) > MAX_MB:
            raise StudyError(f"{what} {path} has {size_mb:,.1f} MB: expected a TOML file of {MAX_MB:g} MB at most")
        return json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str)
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
        hint = "; `transcaspian init` lays out a project with studies" if isinstance(exc, FileNotFoundError) else ""
        raise StudyError(f"{what} {path} cannot be read: {reason}. Give the path of a TOML file{hint}") from exc
    except (ValueError, RecursionError) as exc:  # a number of too many digits, a nest of too many lists
        if isinstance(exc, StudyError):
            raise
        raise StudyError(f"{what} {path} is not valid TOML: {exc}") from exc
