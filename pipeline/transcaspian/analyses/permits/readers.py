"""How the table of what states ask for is read: in the process that reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transcaspian.analyses.permits.config import Permits
from transcaspian.core.registry import FileReader

if TYPE_CHECKING:
    from transcaspian.sources.datafile import DataFile
    from transcaspian.study import Study


def readers_of(study: Study) -> dict[str, FileReader]:
    """The reader of the table, by its key."""
    keys = study.required_table(Permits).data_sets
    return {key: FileReader(requirements_here, (), "permits that states ask for") for key in keys}


def requirements_here(file: DataFile) -> dict[str, Any]:
    """In this process."""
    from transcaspian.analyses.permits.read_requirements import read_requirements

    return read_requirements(file)
