"""Fetched files in ``data/raw/cache``: each with where it came from, and never half of one.

Each edition of a file lies in a folder named after its hash, and ``entry.json`` names the one that is good. So a new
edition takes over in one step, even while another fetches, and a run that has begun still finds the one it began with.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from transcaspian.core.disk import sync
from transcaspian.sources.verify import sha256_of

FOLDER = "cache"
ENTRY = "entry.json"
ABANDONED_S = 86400.0
"""A download that is older belongs to a process that died, and an older edition to runs that have ended."""
HASH_LETTERS = 16


@dataclass(frozen=True)
class Edition:
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
    """

    def __init__(self, raw_dir: Path, source_id: str, url: str) -> None:
        self.folder = raw_dir / FOLDER / f"{source_id}-{hashlib.sha256(url.encode()).hexdigest()[:12]}"
        self.url = url

    def entry(self, file: str, expected_sha256: str | None = None) -> Edition | None:
        """What is known of the copy; None where there is none that is as it was fetched, and is what is expected."""
        found = entry_in(self.folder)
        if found is None or (found.url, found.file) != (self.url, file):
            return None
        return found if expected_sha256 in (None, found.sha256) else None

    def part(self) -> Path:
        """A name for a download on its way, of this process alone; what dead downloads left is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        named = entry_in(self.folder)
        for old in self.folder.iterdir():
            if old.name != ENTRY and (named is None or old != path_of(self.folder, named).parent):
                with suppress(OSError):
                    if time.time() - old.stat().st_mtime > ABANDONED_S:
                        shutil.rmtree(old) if old.is_dir() else old.unlink()
        return self.folder / f".part-{uuid4().hex}"

    def put(self, part: Path, entry: Edition) -> None:
        """Let a verified download take the place of the copy before it; until the last step that one is the copy."""
        sync(part)
        path = path_of(self.folder, entry)
        path.parent.mkdir(exist_ok=True)
        os.replace(part, path)
        self.note(entry)

    def note(self, entry: Edition) -> None:
        """Write what is known of the copy."""
        temporary = self.folder / f".entry-{uuid4().hex}"
        temporary.write_text(json.dumps(asdict(entry), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        sync(temporary)
        os.replace(temporary, self.folder / ENTRY)


def path_of(folder: Path, entry: Edition) -> Path:
    """The file that an entry describes."""
    return folder / entry.sha256[:HASH_LETTERS] / entry.file


def entry_in(folder: Path) -> Edition | None:
    """What is known of the file in a folder of the cache; None where it is not as it was fetched."""
    try:
        entry = Edition(**json.loads((folder / ENTRY).read_text(encoding="utf-8")))
        return entry if sha256_of(path_of(folder, entry)) == entry.sha256 else None
    except (OSError, ValueError, TypeError):
        return None


def entries_in(raw_dir: Path) -> Mapping[Path, Edition | None]:
    """What is known of every fetched file, by its folder; None where the copy is not as it was fetched."""
    return {folder: entry_in(folder) for folder in sorted((raw_dir / FOLDER).glob("*/"))}


def stamp(now: datetime) -> str:
    """A moment as it is written down."""
    return now.astimezone(UTC).isoformat(timespec="seconds")
