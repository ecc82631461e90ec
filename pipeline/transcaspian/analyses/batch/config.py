"""The batch file: which routes of a study are wanted, under which weights and scenarios."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from transcaspian.core.errors import StudyError
from transcaspian.study.base import Identifier, Model, Positive, Text, check_unique, explain
from transcaspian.study.toml import read_toml

FIXED = ("study", "sources", "landings", "systems", "schema_version", "limits")
"""Tables of a study that a variant may not change: what is read, and between what the routes run."""


class BatchIdentity(Model):
    """Which batch of which study; ``study`` is the path of its file from the folder of the batch."""

    id: Identifier
    title: Text
    study: Text


class PairOfLandings(Model):
    """A route between two landings of the study."""

    id: Identifier
    from_landing: Identifier
    to_landing: Identifier


class PairsFile(Model):
    """A table of positions to route between; each is brought to the shore as a landing is."""

    path: Text
    max_snap_km: Positive
    citation: Text


class Pairs(Model):
    """Between what the routes run, all of it together.

    ``systems``: of the study, by their ids, or all with ``["*"]``. ``every_two_landings``: each landing of the study
    with each other one.
    """

    systems: tuple[Text, ...] = ()
    every_two_landings: bool = False
    landings: tuple[PairOfLandings, ...] = ()
    file: PairsFile | None = None

    @model_validator(mode="after")
    def _names_any(self) -> Self:
        if not (self.systems or self.every_two_landings or self.landings or self.file):
            raise ValueError("no pairs: give `systems`, `every_two_landings`, `landings` or `file`")
        check_unique("pairs.landings", [pair.id for pair in self.landings])
        return self


class Variant(Model):
    """What of the study is otherwise: dotted keys with their new values."""

    id: Identifier
    set: dict[Text, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _leaves_the_data(self) -> Self:
        for key in self.set:
            if key.split(".")[0] in FIXED:
                raise ValueError(
                    f"`{self.id}` sets {key}: all routes of a batch share {', '.join(FIXED[1:4])}; "
                    "make another study for other data"
                )
        return self


class Sweep(Model):
    """Values of one key, each a variant of its own."""

    key: Text
    values: Annotated[tuple[Any, ...], Field(min_length=1)]


class BatchLimits(Model):
    """How many routes may be asked for: a slip in a sweep is refused before the night begins."""

    max_members: Annotated[int, Field(ge=1)] = 100_000


class Batch(Model):
    """A whole batch: every pair under every weighting in every scenario.

    Without ``weights`` and ``sweeps``, or without ``scenarios``, the study's own stand. Several sweeps multiply, also
    with the weights.
    """

    batch: BatchIdentity
    pairs: Pairs
    weights: tuple[Variant, ...] = ()
    sweeps: tuple[Sweep, ...] = ()
    scenarios: tuple[Variant, ...] = ()
    limits: BatchLimits = BatchLimits()

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        check_unique("weights", [one.id for one in self.weights])
        check_unique("scenarios", [one.id for one in self.scenarios])
        keys: Sequence[str] = [sweep.key for sweep in self.sweeps]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"sweeps has the key `{key}` more than once")
            if key.split(".")[0] in FIXED:
                raise ValueError(f"sweeps has the key {key}: all routes of a batch share {', '.join(FIXED[1:4])}")
        return self


def load_batch(path: Path) -> Batch:
    """Read and validate a batch file.

    Raises
    ------
    StudyError
        When the file cannot be read, is not TOML, or does not describe a batch; the message names every key.
    """
    tables = read_toml(path, "batch file")
    try:
        return Batch.model_validate_json(json.dumps(tables, default=str))
    except ValidationError as exc:
        raise StudyError(f"batch file {path}: {explain(exc, 'a batch')}") from exc
