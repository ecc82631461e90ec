"""The manifest: what a run was made from, its figures, and the hash of every file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from transcaspian.core.code_hash import library_versions
from transcaspian.core.template import IN_WHEEL
from transcaspian.core.version import __version__

SCHEMA_VERSION = 3
"""2: with what `transcaspian.runs.revisions.facts` needs of seabed and systems. 3: ``findings`` are those of the run,
ranked; the figures of analyses, which had that name, are ``analyses``."""
PACKAGE = Path(__file__).parents[1]


@cache
def code_sha256() -> str:
    """Hash of the names and bytes of all files of the package that run: modules, pages, styles, scripts.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits; the same in every checkout of one version.

    Examples
    --------
    >>> len(code_sha256())
    64
    """
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if not path.is_file() or "__pycache__" in path.parts or path.is_relative_to(IN_WHEEL):
            continue
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def run_id(wanted_sha256: str, sources_sha256: str, code_sha256: str, created: datetime) -> str:
    """The moment in UTC, then eight digits that are the same for the same study, sources and code.

    Parameters
    ----------
    wanted_sha256
        Digest of the study as it is run, options included.
    sources_sha256
        Digest of all source files.
    code_sha256
        Digest of our source.
    created
        In UTC.

    Returns
    -------
    str
        Sorts by time as a name of a folder.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> run_id("a", "b", "c", datetime(2026, 11, 30, 12, tzinfo=UTC))
    '20261130T120000Z-ba7816bf'
    """
    content = hashlib.sha256("".join((wanted_sha256, sources_sha256, code_sha256)).encode()).hexdigest()
    return f"{created:%Y%m%dT%H%M%SZ}-{content[:8]}"


def build_manifest(*, code_sha256: str, **sections: Any) -> dict[str, Any]:
    """Put the manifest together; the run's time stamp stands in the section ``run`` and nowhere else.

    Parameters
    ----------
    code_sha256
        Digest of our source.
    sections
        By name, plain values each.

    Returns
    -------
    dict
        The sections, ``schema_version``, and ``code`` with the version of `transcaspian` and those of the libraries.

    Examples
    --------
    >>> sorted(build_manifest(code_sha256="ab12", run={"created_utc": "2026-11-30T12:00:00Z"}))
    ['code', 'run', 'schema_version']
    """
    code = {"version": __version__, "sha256": code_sha256, "libraries": library_versions()}
    return {"schema_version": SCHEMA_VERSION, "code": code, **sections}


def write_manifest(path: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest with sorted keys.

    Parameters
    ----------
    path
        File to write.
    manifest
        From `build_manifest`.

    Raises
    ------
    ValueError
        When it holds NaN or an infinite number, which JSON does not have.

    Examples
    --------
    >>> write_manifest(folder / "manifest.json", {"schema_version": 3, "length_km": 333.0})
    >>> print((folder / "manifest.json").read_text())
    {
      "length_km": 333.0,
      "schema_version": 3
    }
    <BLANKLINE>
    """
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False, default=str)
    path.write_text(text + "\n", encoding="utf-8")
