"""The register of a study: what became of each run, in the order in which it happened, and by whose word.

A line of ``register.jsonl`` is one entry. It bears the hash of the run's manifest, which bears those of its files, the
hash of the entry before it, and its own: the newest entry, repeated in ``latest.json``, vouches for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from transcaspian.core.disk import replace_text
from transcaspian.core.errors import ExportError
from transcaspian.runs.archive.pointer import LATEST, read_latest
from transcaspian.runs.archive.seal import SEAL, sealed, unsealed

REGISTER = "register.jsonl"
PUBLISHED, HELD, WHAT_IF, REMOVED, UNKNOWN = "published", "held", "what-if", "removed", "unknown"


@dataclass(frozen=True)
class RegisterEntry:
    """One event.

    Attributes
    ----------
    event
        ``published``, ``held``, ``what-if`` or ``removed``.
    manifest_sha256
        Of ``manifest.json`` of the run; empty where the folder has none.
    by
        ``run``, ``person``, or ``earlier version`` for what was there before there was a register.
    reasons
        Why it was held; of a publication by a person: in spite of what.
    before
        Hash of the entry before; empty for the first.
    """

    event: str
    run: str
    study: str
    manifest_sha256: str
    utc: str
    by: str
    reasons: tuple[str, ...]
    before: str

    @cached_property
    def line(self) -> str:
        """As it stands in the register."""
        return sealed(asdict(self))

    @property
    def sha256(self) -> str:
        """Hash of the entry."""
        return str(self.document[SEAL])

    @property
    def document(self) -> dict[str, Any]:
        """As it stands in the register and in ``latest.json``, with its hash."""
        return asdict(self) | {"reasons": list(self.reasons), SEAL: self.line[-66:-2]}


@dataclass(frozen=True)
class Register:
    """All entries, the oldest first."""

    entries: tuple[RegisterEntry, ...] = ()

    @property
    def head(self) -> str:
        """Hash of the newest entry; empty where there is none."""
        return self.entries[-1].sha256 if self.entries else ""

    @cached_property
    def states(self) -> dict[str, RegisterEntry]:
        """The newest entry of each run that was not removed, in the order in which the runs came."""
        found: dict[str, RegisterEntry] = {}
        for entry in self.entries:
            if entry.event == REMOVED:
                found.pop(entry.run, None)
            else:
                found[entry.run] = entry
        return found

    @property
    def published(self) -> RegisterEntry | None:
        """The publication that stands."""
        return next((one for one in reversed(self.entries) if one.event == PUBLISHED), None)

    def number(self, run: str) -> int:
        """Place of a run in the order in which they came; -1 for one that is not registered."""
        return next((i for i, entry in enumerate(self.entries) if entry.run == run), -1)

    def with_entry(self, **what: Any) -> Register:
        """The register with a further entry."""
        return Register((*self.entries, RegisterEntry(before=self.head, **what)))


def read_register(home: Path) -> Register | None:
    """The register of a study; None where there is none yet.

    Raises
    ------
    ExportError
        When it is not as it was written, or is gone while ``latest.json`` still repeats an entry of it.
    """
    path = home / REGISTER
    if not path.is_file():
        if "entry" in read_latest(home):
            raise ExportError(f"{path} is missing, and {LATEST} repeats an entry of it: {_mend(home)}")
        return None
    entries: list[RegisterEntry] = []
    for number, line in enumerate(_lines(path), start=1):
        try:
            document = unsealed(line)
            entry = RegisterEntry(**document | {"reasons": tuple(document["reasons"])})
        except (ValueError, TypeError, KeyError) as exc:
            raise ExportError(
                f"{path}, line {number}: {exc}; it was changed by hand or damaged. {_mend(home)}"
            ) from exc
        if entry.before != (entries[-1].sha256 if entries else ""):
            raise ExportError(
                f"{path}, line {number}: it does not follow the line before it; a line was changed, added or taken "
                f"away. {_mend(home)}"
            )
        entries.append(entry)
    return Register(tuple(entries))


def write_register(home: Path, register: Register) -> None:
    """Write the register in one step."""
    replace_text(home / REGISTER, "".join(f"{entry.line}\n" for entry in register.entries))


def _lines(path: Path) -> Iterable[str]:
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as exc:
        raise ExportError(f"{path} cannot be read ({exc}): {_mend(path.parent)}") from exc
    if text and not text.endswith("\n"):
        raise ExportError(f"{path}: its last line has no end; it was cut off. {_mend(path.parent)}")
    return text.removesuffix("\n").split("\n") if text else ()


def _mend(home: Path) -> str:
    return (
        f"No run is lost: restore {REGISTER} from a copy, or move it and {LATEST} out of {home} to have the runs there "
        "registered as they are found, with none published"
    )
