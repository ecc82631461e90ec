"""The registry of ``data/raw``: what each embedded file is, where it comes from, and what may be done with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from transcaspian.core.errors import SourceError, StudyError
from transcaspian.study import SourceRef, explain
from transcaspian.study.schema import WaterLevel
from transcaspian.study.toml import read_toml

REGISTRY_NAME = "registry.toml"

Kind = Literal[
    "seabed",
    "shoreline",
    "cables",
    "hazards",
    "earthquakes",
    "towns",
    "borders",
    "sectors",
    "states",
    "agreed_lines",
    "islands",
    "permits",
    "vessels",
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Source(BaseModel):
    """One embedded file.

    ``package``, ``member`` and ``origin_sha256`` name the file inside a published package that the extract was
    cropped from; a hand-compiled file has none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str
    file: str
    title: str
    kind: Kind
    version: str
    sha256: Sha256
    origin: Literal["package", "hand-compiled"]
    package: str | None = None
    member: str | None = None
    origin_sha256: Sha256 | None = None
    licence: str
    credit: str
    citation: str
    datum: str
    epoch: str
    crop: str
    effective_resolution_deg: Annotated[float, Field(gt=0)] | None = None


class Remote(BaseModel):
    """A data set of a service: fetched when a user asks, never by a run.

    ``url`` may hold ``{west}``, ``{south}``, ``{east}`` and ``{north}``: the study's area in degrees, ``margin_deg``
    wider on each side. ``file`` is what the copy is called; ``layer`` and ``values`` as in a study.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str
    title: str
    kind: Kind
    version: str
    url: Annotated[str, StringConstraints(pattern=r"^https://[^\s@]+$")]
    file: Annotated[str, StringConstraints(pattern=r"^[\w.-]+\.\w+$")]
    margin_deg: Annotated[float, Field(ge=0, le=5)] = 0.0
    layer: str | None = None
    values: Literal["elevation_m_up", "depth_m_down"] | None = None
    sha256: Sha256 | None = None
    max_mb: Annotated[float, Field(gt=0)] = 2000.0
    licence: str
    credit: str
    citation: str
    datum: str
    epoch: str
    effective_resolution_deg: Annotated[float, Field(gt=0)] | None = None


class Sea(BaseModel):
    """A sea that embedded files cover: what a new study in it takes.

    ``bounds_deg``: west, south, east, north. ``sources``: by their roles, as in a study.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str
    name: str
    bounds_deg: tuple[float, float, float, float]
    water_level: WaterLevel
    sources: dict[Kind, SourceRef]

    def has(self, lon_deg: float, lat_deg: float) -> bool:
        """Whether a position lies within its bounds."""
        west, south, east, north = self.bounds_deg
        return west <= lon_deg <= east and south <= lat_deg <= north


class Registry(BaseModel):
    """All embedded files, the services that others can be fetched from, and the seas that the files cover."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    schema_version: Literal[1]
    source: tuple[Source, ...]
    remote: tuple[Remote, ...] = ()
    sea: tuple[Sea, ...] = ()

    def get(self, source_id: str) -> Source | Remote:
        """The source or remote of that id.

        Raises
        ------
        SourceError
            When there is none; the message lists those there are.
        """
        known: dict[str, Source | Remote] = {one.id: one for one in self.source} | {one.id: one for one in self.remote}
        if source_id in known:
            return known[source_id]
        raise SourceError(f"source `{source_id}` is not in the registry: it has {', '.join(sorted(known))}")


def load_registry(path: Path) -> Registry:
    """Read ``registry.toml``.

    Raises
    ------
    SourceError
        When it cannot be read, is not TOML, or lacks what a registry must say.
    """
    try:
        # through JSON, because strict models take a JSON array for a tuple and not a list
        return Registry.model_validate_json(json.dumps(read_toml(path, "registry")))
    except StudyError as exc:
        raise SourceError(str(exc)) from exc
    except ValidationError as exc:
        raise SourceError(f"registry {path}: {explain(exc)}") from exc
