"""How a study names its seabeds: one file or several, each with its datum and its error."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from transcaspian.core.catzoc import Catzoc
from transcaspian.study.base import Cited, Identifier, NotNegative, Positive, Text, check_unique
from transcaspian.study.source_ref import SourceRef

SEABED = "seabed"
"""Role of the seabed; of one of several with a point and its name behind it."""
SeabedKind = Literal["grid", "survey", "soundings", "contours"]
Share = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]


class SeabedError(Cited):
    """One standard error of the depths of a seabed: figures, a raster, GEBCO's grid of types, or a class.

    Attributes
    ----------
    error_m
        Metres; it and the share of the depth add up.
    share_of_depth
        Share of the depth, 0 to 1.
    raster
        File beside the study, a grid of standard errors in metres with the nodes of the seabed.
    tid
        File beside the study, GEBCO's grid of type identifiers with the nodes of the seabed.
    catzoc
        Class of a chart (CATZOC).
    """

    error_m: NotNegative | None = None
    share_of_depth: Share | None = None
    raster: Text | None = None
    tid: Text | None = None
    catzoc: Catzoc | None = None

    @model_validator(mode="after")
    def _says_one(self) -> Self:
        has_figures = self.error_m is not None or self.share_of_depth is not None
        if sum([has_figures, *(said is not None for said in (self.raster, self.tid, self.catzoc))]) != 1:
            raise ValueError(
                "give one of figures (`error_m`, `share_of_depth` or both), `raster`, `tid` and `catzoc`, and only one"
            )
        return self


class SeabedRef(SourceRef):
    """A seabed: a data set with what depths need.

    Of several a later one lies over earlier ones, and one of higher ``priority`` over those of lower.

    Attributes
    ----------
    id
        Its name among several; not given, that of the registry or of the file.
    kind
        What the file holds, where it does not tell: a grid, a survey, soundings or contours.
    priority
        Among several seabeds the higher one is used where they overlap.
    depth_column
        Of soundings and contours, the column with the depth, m.
    vertical_datum
        What the values count from, where the file does not say it: a name as ``baltic-1977``, a code as ``EPSG:5706``,
        or ``unknown``, which adds to the error.
    error
        How far its depths may be off; not given, as the file says, else as of a chart of class C (ASSUMED).
    """

    id: Identifier | None = None
    kind: SeabedKind | None = None
    priority: int = 0
    depth_column: Text | None = None
    vertical_datum: Text | None = None
    error: SeabedError | None = None

    @property
    def name(self) -> str:
        """What it is called among several."""
        place = self.registry or self.file or self.path or self.url or ""
        return self.id or re.sub(r"[^a-z0-9]+", "-", PurePosixPath(place).stem.lower()).strip("-") or "seabed"

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.depth_column is not None and self.kind in ("grid", "survey"):
            raise ValueError("`depth_column` is of soundings and contours: the band of a grid is named by `layer`")
        if self.vertical_datum is not None and self.zero_m_msl is not None:
            raise ValueError("give one of `vertical_datum` and `zero_m_msl`: both say what the values count from")
        return self


def checked_several(refs: tuple[SeabedRef, ...]) -> tuple[SeabedRef, ...]:
    """Several seabeds, none of them twice."""
    check_unique("sources.seabed", [ref.name for ref in refs])
    places = [(ref.registry, ref.path, ref.url, ref.layer) for ref in refs]
    for number, place in enumerate(places):
        if place in places[:number]:
            raise ValueError(
                f"sources.seabed names {next(filter(None, place))} twice (as `{refs[places.index(place)].name}` and "
                f"`{refs[number].name}`): it would agree with itself; remove one"
            )
    return refs


def _one_or_several(given: Any) -> str:
    return "(several)" if isinstance(given, list | tuple) else "(one)"


Several = Annotated[tuple[SeabedRef, ...], Field(min_length=1), AfterValidator(checked_several)]
Seabeds = Annotated[
    Annotated[SeabedRef, Tag("(one)")] | Annotated[Several, Tag("(several)")], Discriminator(_one_or_several)
]
"""One seabed, or several; the tags do not stand in messages (`base.explain`)."""


class SeabedFusion(Cited):
    """How several seabeds become one.

    Attributes
    ----------
    feather_km
        Width of the seam inside the edge of a seabed, over which it gains weight; in a narrow strip at most half of
        what its middle is away from the edge.
    max_disagreement
        Seabeds that differ by more than so many of their combined standard errors are noted.
    unknown_datum_error_m
        What an unknown vertical datum adds to the error, m.
    """

    feather_km: NotNegative = 0.5
    max_disagreement: Positive = 2.0
    unknown_datum_error_m: NotNegative = 1.5


DEFAULT_FUSION = SeabedFusion(
    source="no source: a seam of some cells of a survey, the difference of levels that are called mean sea level",
    status="ASSUMED",
)
