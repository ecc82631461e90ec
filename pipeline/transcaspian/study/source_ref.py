"""How a study names a data set."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from transcaspian.core.vocabulary import Status
from transcaspian.study.base import Identifier, Model, Positive, Text


class SourceRef(Model):
    """A data set: an entry of the registry of ``data/raw``, a file of the user's, or a URL, each with its credit.

    Give one of ``registry``, ``path`` and ``url``.

    Attributes
    ----------
    registry
        Id of an entry of ``data/raw/registry.toml``.
    path
        A file; a relative path counts from the study file.
    url
        Where the file is fetched from, http or https.
    file
        Name of the file that a URL gives, where the URL does not end in a name with a suffix.
    sha256
        Of the file; another one is refused.
    max_mb
        No more is fetched.
    layer
        Layer or variable inside the file, where it has several.
    values
        Of a seabed, which way its values count.
    nodata
        Of a seabed, the value that stands for no data.
    units
        Of a seabed, where the file does not state them.
    zero_m_msl
        Of a seabed, height of the level that its values count from, m above mean sea level.
    crs
        Where the file states none: a code that PROJ knows, as ``EPSG:4284``.
    columns
        Names of columns in the file by ours.
    expect
        With ``none`` no feature need lie in the area.
    encoding
        Of the texts of a Shapefile.
    on_error
        A feature that cannot be used stops the run (``stop``) or is left out with its reason (``quarantine``); not
        given, it stops it where it closes water, or may.
    effective_resolution_deg
        Of a seabed, spacing of its independent data, where it is coarser than its nodes.
    citation
        Who is credited; of a file of your own it must be given.
    licence
        Under which it may be used.
    status
        REAL, DERIVED or ASSUMED.
    """

    registry: Identifier | None = None
    path: Text | None = None
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s@]+$")] | None = None
    file: Annotated[str, StringConstraints(pattern=r"^[\w.-]+\.\w+$")] | None = None
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    max_mb: Positive = 2000.0
    layer: Text | None = None
    values: Literal["elevation_m_up", "depth_m_down"] | None = None
    nodata: Annotated[float, Field(allow_inf_nan=False)] | None = None
    units: Text | None = None
    zero_m_msl: Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)] | None = None
    crs: Text | None = None
    columns: dict[Text, Text] = Field(default_factory=dict)
    expect: Literal["none"] | None = None
    encoding: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,40}$")] | None = None
    on_error: Literal["stop", "quarantine"] | None = None
    effective_resolution_deg: Positive | None = None
    citation: Text | None = None
    licence: Text | None = None
    status: Status = "REAL"

    @model_validator(mode="after")
    def _names_one_place(self) -> Self:
        if sum(place is not None for place in (self.registry, self.path, self.url)) != 1:
            raise ValueError(
                "give one of `registry` (an id of data/raw/registry.toml), `path` (a file) and `url`, and only one"
            )
        if self.registry is None and self.citation is None:
            raise ValueError("a file of your own needs `citation`: every figure names its source")
        return self
