"""What every manifest must have for what reads it: checked here and nowhere else."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from transcaspian.core.vocabulary import Severity, Status

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _inside(name: str) -> str:
    """A name that leads to a place inside the folder of the run."""
    if not name or "\\" in name or "\0" in name or {"", ".."} & set(name.split("/")):
        raise ValueError(f"{name!r} leads out of the folder of the run")
    return name


FileName = Annotated[str, AfterValidator(_inside)]


class ManifestPart(BaseModel):
    """A part of a manifest: what is read of it must be there, what else there is does not matter."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)


class ManifestRun(ManifestPart):
    id: str
    created_utc: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]


class ManifestStudy(ManifestPart):
    id: str
    revision: str = ""
    document: dict[str, Any] = {}
    overrides: dict[str, Any] = {}


class ManifestCode(ManifestPart):
    sha256: str
    version: str = ""
    libraries: dict[str, str] = {}


class ManifestSource(ManifestPart):
    role: str
    id: str
    version: str
    sha256: str


class ManifestFigure(ManifestPart):
    value: float | int | str | bool | None
    unit: str = ""
    status: str = ""


class ManifestSystem(ManifestPart):
    id: str
    figures: dict[str, ManifestFigure]


class ManifestPlace(ManifestPart):
    kp_km: float | None
    lonlat: Annotated[list[float], Field(min_length=2, max_length=2)] | None


class ManifestFinding(ManifestPart):
    kind: str
    severity: Severity
    subject: str
    sentence: str
    action: str
    source: str
    status: Status
    place: ManifestPlace | None


class ManifestFile(ManifestPart):
    sha256: Sha256
    bytes: Annotated[int, Field(ge=0)]


class _Manifest(ManifestPart):
    schema_version: Literal[1, 2, 3]
    run: ManifestRun
    study: ManifestStudy
    code: ManifestCode
    sources: list[ManifestSource]
    systems: list[ManifestSystem] = []
    findings: list[ManifestFinding] | dict[str, Any] = []
    files: Annotated[dict[FileName, ManifestFile], Field(min_length=1)]


def manifest_fault(document: Any) -> str:
    """What a manifest lacks or has of another type: its key and what is wrong; empty where it is as it must be."""
    try:
        _Manifest.model_validate(document)
    except ValidationError as exc:
        first = exc.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc']) or 'the document'}: {first['msg']}"
    return ""
