"""Fetched files in ``data/raw/cache``: each with where it came from, and never half of one."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from pipeline.sources.verify import sha256_of

FOLDER = "cache"
ENTRY = "entry.json"
ABANDONED_S = 86400.0
"""A download that is older belongs to a process that died."""


@dataclass(frozen=True)
class Entry:
    """What is known of a fetched file.

    Attributes
    ----------
    final_url
        After redirects.
    etag, last_modified
        What the server said, for the next conditional request; empty where it said nothing.
    retrieved_utc, checked_utc
        When these bytes came, and when the server last said that they are current.
    """

    url: str
    final_url: str
    file: str
    sha256: str
    size_bytes: int
    etag: str
    last_modified: str
    licence: str
    retrieved_utc: str
    checked_utc: str

    def age_days(self, now: datetime) -> float:
        """Days since the server last said that the copy is current."""
        return (now - datetime.fromisoformat(self.checked_utc)).total_seconds() / 86400


class Slot:
    """The place of one URL in the cache.

    Parameters
    ----------
    raw_dir
        ``data/raw``.
    file
        Name that the file bears.
    """

    def __init__(self, raw_dir: Path, source_id: str, url: str, file: str) -> None:
        self.folder = raw_dir / FOLDER / f"{source_id}-{hashlib.sha256(url.encode()).hexdigest()[:12]}"
        self.path = self.folder / file
        self.url = url

    def entry(self) -> Entry | None:
        """What is known of the copy; None where there is none that is as it was fetched."""
        try:
            found = Entry(**json.loads((self.folder / ENTRY).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        if not self.path.is_file() or sha256_of(self.path) != found.sha256 or found.url != self.url:
            return None
        return found

    def part(self) -> Path:
        """A name for a download on its way, nobody else's; what dead downloads left is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob(".*-*"):
            with suppress(OSError):
                if time.time() - old.stat().st_mtime > ABANDONED_S:
                    old.unlink()
        return self.folder / f".part-{uuid4().hex}"

    def put(self, part: Path, entry: Entry) -> None:
        """Take a verified download over the copy before it.

        Between the two steps the entry does not fit the file: that counts as no copy, never as a wrong one.
        """
        sync(part)
        os.replace(part, self.path)
        self.note(entry)

    def note(self, entry: Entry) -> None:
        """Write what is known of the copy."""
        temporary = self.folder / f".entry-{uuid4().hex}"
        temporary.write_text(json.dumps(asdict(entry), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        sync(temporary)
        os.replace(temporary, self.folder / ENTRY)


def sync(path: Path) -> None:
    """Bring a file to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def entries_in(raw_dir: Path) -> Mapping[Path, Entry | None]:
    """What is known of every fetched file, by its folder; None where the copy is not as it was fetched."""
    found: dict[Path, Entry | None] = {}
    for folder in sorted((raw_dir / FOLDER).glob("*/")):
        try:
            entry = Entry(**json.loads((folder / ENTRY).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            found[folder] = None
            continue
        path = folder / entry.file
        found[folder] = entry if path.is_file() and sha256_of(path) == entry.sha256 else None
    return found


def stamp(now: datetime) -> str:
    """A moment as it is written down."""
    return now.astimezone(UTC).isoformat(timespec="seconds")
