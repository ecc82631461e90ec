"""Is a file the one that the registry describes?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from transcaspian.core.errors import SourceError
from transcaspian.sources.catalogue import REGISTRY_NAME, Registry, Source

State = Literal["ok", "missing", "changed", "unlisted"]
# What stands in data/raw beside the data itself
NOT_DATA = {REGISTRY_NAME, "LICENSES.md"}


@dataclass(frozen=True)
class SourceCheck:
    """What was found of one file; ``found_sha256`` is empty for a missing file."""

    id: str
    file: str
    state: State
    expected_sha256: str = ""
    found_sha256: str = ""

    @property
    def ok(self) -> bool:
        """Whether the file is the one described."""
        return self.state == "ok"

    def __str__(self) -> str:
        if self.state == "changed":
            detail = f"  sha256 {self.found_sha256[:12]}… found, {self.expected_sha256[:12]}… expected"
        else:
            detail = ""
        return f"{self.state:<9}{self.file}{detail}"


def sha256_of(path: Path) -> str:
    """sha256 of a file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify_sources(raw_dir: Path, registry: Registry) -> list[SourceCheck]:
    """Every registered file, and every file that is not registered."""
    checks = []
    for source in registry.source:
        path = raw_dir / source.file
        if not path.is_file():
            checks.append(SourceCheck(source.id, source.file, "missing", source.sha256))
            continue
        found = sha256_of(path)
        state: State = "ok" if found == source.sha256 else "changed"
        checks.append(SourceCheck(source.id, source.file, state, source.sha256, found))
    listed = {source.file for source in registry.source} | NOT_DATA
    extra = sorted(path.name for path in raw_dir.iterdir() if path.is_file() and path.name not in listed)
    return checks + [SourceCheck("", name, "unlisted") for name in extra]


def embedded(source: Source, raw_dir: Path) -> Path:
    """The file of a registered source, checked against its hash.

    Raises
    ------
    SourceError
        When the file is missing, or its bytes are not those registered.
    """
    source_id, path = source.id, raw_dir / source.file
    if not path.is_file():
        raise SourceError(f"source `{source_id}`: {path} is missing; restore it, or run `transcaspian sources rebuild`")
    found = sha256_of(path)
    if found != source.sha256:
        raise SourceError(
            f"source `{source_id}`: {path} has sha256 {found[:12]}…, the registry says {source.sha256[:12]}…; "
            "restore the file, or name your own file by `path` in the study"
        )
    return path
