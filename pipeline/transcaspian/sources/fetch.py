"""Get the sources of a study that lie on the network, and fall back on the last good copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from transcaspian.core.errors import SourceError
from transcaspian.sources._http import Answer, FetchLimits, check_content, download
from transcaspian.sources._whole import check_whole
from transcaspian.sources.editions import Edition, Slot, stamp
from transcaspian.sources.resolve import RemoteFile, key_of, remote_sources
from transcaspian.sources.verify import sha256_of
from transcaspian.study import Study


@dataclass(frozen=True)
class Fetched:
    """What came of one source.

    Attributes
    ----------
    state
        ``fetched``, ``unchanged``, or ``kept``: it could not be fetched, and the copy at hand stays.
    trouble
        Why it could not be fetched.
    """

    role: str
    state: str
    entry: Edition
    trouble: str = ""

    def told(self, now: datetime) -> str:
        """A line for people."""
        size = f"{self.entry.size_bytes / 1e6:.1f} MB, {self.entry.licence}"
        if self.state == "kept":
            return f"{self.role}: not refreshed ({self.trouble}); the copy of {self.age(now)} is used"
        return f"{self.role}: {self.state}, {size}, from {self.entry.final_url}"

    def age(self, now: datetime) -> str:
        """Day and age of the copy."""
        return f"{self.entry.checked_utc[:10]} ({self.entry.age_days(now):.1f} days old)"


def fetch_sources(
    study: Study, raw_dir: Path, now: datetime, limits: FetchLimits | None = None, *, force: bool = False
) -> Iterator[Fetched]:
    """Fetch every source of the study that lies on the network.

    Parameters
    ----------
    force
        Ask for the whole file even where the copy at hand is said to be current.

    Raises
    ------
    SourceError
        When a source can neither be fetched nor is there a good copy; what was fetched before it stays.
    """
    for remote in remote_sources(study, raw_dir):
        yield fetch(remote, raw_dir, now, limits, force=force)


def fetch(
    remote: RemoteFile, raw_dir: Path, now: datetime, limits: FetchLimits | None = None, *, force: bool = False
) -> Fetched:
    """Fetch one source, or keep its last good copy.

    Parameters
    ----------
    remote
        Address, role, expected hash and size.
    raw_dir
        Folder of raw data, with the cache below it.
    now
        Noted as the time of the check, UTC.
    limits
        Time and size; the defaults where None.
    force
        Fetch it though the server says that it has not changed.

    Returns
    -------
    Fetched
        What was done: ``fetched``, ``unchanged``, or ``kept`` with the reason.

    Raises
    ------
    SourceError
        When it can neither be fetched nor is there a good copy.
    """
    limits = limits or FetchLimits()
    slot = Slot(raw_dir, remote.id, remote.url)
    before = slot.entry(remote.file, remote.sha256)
    known = None if force else before
    wanted = (known.etag, known.last_modified) if known else ("", "")
    try:
        part = slot.part()
        try:
            answer = download(remote.url, part, *wanted, replace(limits, max_mb=min(limits.max_mb, remote.max_mb)))
            if not answer.is_new and known is not None:
                current = replace(known, checked_utc=stamp(now))
                slot.note(current)
                return Fetched(remote.role, "unchanged", current)
            entry = _checked(part, remote, answer, now)
            if before is not None and before.sha256 == entry.sha256:  # sent again though nothing changed
                entry = replace(entry, retrieved_utc=before.retrieved_utc)
            slot.put(part, entry)
            return Fetched(remote.role, "fetched", entry)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
    except (SourceError, OSError) as exc:
        if before is None:
            raise SourceError(f"{key_of(remote.role)}: {exc}; there is no copy to fall back on") from exc
        return Fetched(remote.role, "kept", before, str(exc))


def _checked(part: Path, remote: RemoteFile, answer: Answer, now: datetime) -> Edition:
    """What is known of a download, when it is whole and what was asked for."""
    check_content(part, remote.file, remote.url)
    check_whole(part, remote.file, remote.url)
    sha256 = sha256_of(part)
    if remote.sha256 and sha256 != remote.sha256:
        raise SourceError(f"{remote.url} has sha256 {sha256[:12]}…, {remote.sha256[:12]}… was expected")
    return Edition(
        url=remote.url,
        final_url=answer.final_url,
        file=remote.file,
        sha256=sha256,
        size_bytes=part.stat().st_size,
        etag=answer.etag,
        last_modified=answer.last_modified,
        licence=remote.licence,
        retrieved_utc=stamp(now),
        checked_utc=stamp(now),
    )
