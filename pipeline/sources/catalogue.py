"""The registry of ``data/raw``: what each embedded file is, where it comes from, and what may be done with it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from pipeline.errors import SourceError
from pipeline.study import explain

REGISTRY_NAME = "registry.toml"

Kind = Literal["seabed", "shoreline", "cables", "hazards", "earthquakes", "towns", "borders", "sectors"]
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


class Registry(BaseModel):
    """All embedded files."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    schema_version: Literal[1]
    source: tuple[Source, ...]

    def get(self, source_id: str) -> Source:
        """The source of that id.

        Raises
        ------
        SourceError
            When there is none; the message lists those there are.
        """
        for source in self.source:
            if source.id == source_id:
                return source
        known = ", ".join(sorted(source.id for source in self.source))
        raise SourceError(f"source `{source_id}` is not in the registry: it has {known}")


def load_registry(path: Path) -> Registry:
    """Read ``registry.toml``.

    Raises
    ------
    SourceError
        When it cannot be read, is not TOML, or lacks what a registry must say.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise SourceError(f"registry {path} cannot be read: {exc.strerror}. Name the folder that holds it") from exc
    try:
        # through JSON, because strict models take a JSON array for a tuple and not a list
        return Registry.model_validate_json(json.dumps(tomllib.loads(text), default=str))
    except tomllib.TOMLDecodeError as exc:
        raise SourceError(f"registry {path} is not valid TOML: {exc}") from exc
    except ValidationError as exc:
        raise SourceError(f"registry {path}: {explain(exc)}") from exc
