"""Kept values on the disk: one small JSON file of ingredients and one file of bytes each.

A file takes its name when it is whole; what was damaged later is found by its hash and counts as absent.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from transcaspian.core.codec import Packed

FOLDER = ".cache"
KEY_DIGITS = 24
COMPRESSION = 1
ABANDONED_S = 3600.0
"""Files without an entry that are older belong to a run that was killed while it wrote them."""


@dataclass(frozen=True)
class CacheEntry:
    """A value that is kept.

    Attributes
    ----------
    path
        The JSON file that names it; the bytes lie beside it.
    stage
        Which stage made it.
    ingredients
        All that it depends on, by kind; see `transcaspian.runs.cache.explain.why`.
    sha256
        Of the value, as `Packed.sha256`.
    fault
        Why there is no value; empty where there is one.
    """

    path: Path
    stage: str
    ingredients: Mapping[str, Any]
    sha256: str
    fault: str = ""

    @property
    def used_s(self) -> float:
        """When it was last used, seconds since 1970."""
        return self.path.stat().st_mtime

    @property
    def data(self) -> Path:
        """The bytes."""
        return self.path.with_suffix(".data")

    @property
    def size_bytes(self) -> int:
        """On the disk."""
        return sum(path.stat().st_size for path in (self.path, self.data) if path.exists())


class Store:
    """The kept values of one study.

    Parameters
    ----------
    home
        ``<out>/<study>``; the values lie in a hidden folder of it.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / FOLDER

    def entries(self) -> list[CacheEntry]:
        """All that can be read, the last used first."""
        return self._matching("*.json")

    def _matching(self, pattern: str) -> list[CacheEntry]:
        found = [entry for path in self.folder.glob(pattern) if (entry := _read(path)) is not None]
        return sorted(found, key=lambda entry: (-entry.used_s, entry.path.name))

    def find(self, stage: str, key: str) -> CacheEntry | None:
        """The entry of a key; it counts as used now."""
        path = self._path(stage, key)
        entry = _read(path)
        if entry is None or not entry.data.exists():
            return None
        with suppress(OSError):
            os.utime(path)
        return entry

    def latest(self, stage: str) -> CacheEntry | None:
        """The entry of a stage that was last used."""
        return next(iter(self._matching(f"{stage}.{'?' * KEY_DIGITS}.json")), None)

    def load(self, entry: CacheEntry) -> Packed | None:
        """The bytes of a value; None, and the entry is removed, when they are not those that were written."""
        try:
            data = memoryview(zlib.decompress(entry.data.read_bytes()))
            length = int.from_bytes(data[:8], "big")
            packed = Packed(str(data[8 : 8 + length], "utf-8"), bytearray(data[8 + length :]))
        except (OSError, UnicodeDecodeError, zlib.error):
            packed = Packed("", bytearray())
        if packed.sha256 == entry.sha256:
            return packed
        self.remove(entry)
        return None

    def keep(self, stage: str, key: str, ingredients: Mapping[str, Any], packed: Packed, fault: str = "") -> CacheEntry:
        """Store a value under its key.

        Raises
        ------
        OSError
            When the operating system refuses; nothing half-written bears the name then.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(stage, key)
        tree = packed.tree.encode()
        about = {"stage": stage, "sha256": packed.sha256, "ingredients": ingredients, "fault": fault}
        # rasters of the sea are land and steps for the most part: a twentieth of their size, and read as fast
        data = zlib.compress(b"".join((len(tree).to_bytes(8, "big"), tree, packed.block)), COMPRESSION)
        _write(path.with_suffix(".data"), data)
        _write(path, json.dumps(about, ensure_ascii=False, default=str).encode())
        return CacheEntry(path, stage, ingredients, packed.sha256, fault)

    def remove(self, entry: CacheEntry) -> None:
        """Take an entry away, its ingredients first."""
        for path in (entry.path, entry.data):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def prune(self, max_mb: float, abandoned_s: float = ABANDONED_S) -> list[CacheEntry]:
        """Remove what was used longest ago until the rest fits, and what killed runs left; returns what went.

        Parameters
        ----------
        abandoned_s
            How old a file without an entry must be to go; 0 for a run, which is alone in its folder.
        """
        left_bytes = max_mb * 1e6
        gone = []
        known = set()
        for entry in self.entries():
            left_bytes -= entry.size_bytes
            if left_bytes < 0:
                self.remove(entry)
                gone.append(entry)
            else:
                known |= {entry.path, entry.data}
        for path in self.folder.glob("*") if self.folder.is_dir() else ():
            with suppress(OSError):
                if path not in known and time.time() - path.stat().st_mtime >= abandoned_s:
                    path.unlink()
        return gone

    def _path(self, stage: str, key: str) -> Path:
        return self.folder / f"{stage}.{key[:KEY_DIGITS]}.json"


def _read(path: Path) -> CacheEntry | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return CacheEntry(path, found["stage"], found["ingredients"], found["sha256"], found["fault"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(path: Path, data: bytes) -> None:
    """Bytes under a temporary name that becomes the right one when all are there."""
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
