"""What a run has to say: findings for who reads it, and what each analysis gives.

The modules of values that a run publishes are loaded with this one, so it loads no library itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from transcaspian.core.vocabulary import SEVERITIES, Severity, Status

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Place:
    """Where it is.

    Attributes
    ----------
    kp_km
        Along the route of the finding's system, from KP 0; None where it is not on the route.
    lonlat
        Degrees; None where the position follows from the KP.
    """

    kp_km: float | None = None
    lonlat: tuple[float, float] | None = None

    def __str__(self) -> str:
        kp = [] if self.kp_km is None else [f"KP {self.kp_km:.1f}"]
        at = [] if self.lonlat is None else [f"{self.lonlat[0]:.4f}° E {self.lonlat[1]:.4f}° N"]
        return ", ".join([*kp, *at])


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that a reader of the run must know before deciding anything by it.

    Attributes
    ----------
    kind
        A short name, the same for all findings that say the same of different systems: ``dominated design``.
    severity
        ``critical``: it cannot be built, or not be relied on, as it is. ``major``: it changes which route or design
        to choose. ``minor``: to be settled before the survey. ``information``: good to know.
    subject
        Id of the system; empty: the run as a whole.
    sentence
        One: subject, verb, figure, unit.
    action
        What to do.
    source
        Where the figure comes from: a layer, a key of the study, a publication.
    """

    kind: str
    severity: Severity
    subject: str = ""
    sentence: str
    action: str
    source: str
    status: Status = "DERIVED"
    place: Place | None = None

    @classmethod
    def of_manifest(cls, row: Mapping[str, Any]) -> Finding:
        """A finding as a manifest has it: the counterpart of `dataclasses.asdict`."""
        at = row["place"]
        place = Place(at["kp_km"], None if at["lonlat"] is None else tuple(at["lonlat"])) if at else None
        return cls(**{**row, "place": place})

    def __str__(self) -> str:
        return f"{self.subject + ': ' if self.subject else ''}{self.sentence}{f' ({self.place})' if self.place else ''}"


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The most severe first; of equal severity the first of each kind, as they come, then the second of each.

    >>> five = [Finding(kind=k, severity=s, sentence="", action="", source="") for k, s in
    ...         (("a", "minor"), ("b", "major"), ("b", "major"), ("c", "major"), ("d", "critical"))]
    >>> "".join(finding.kind for finding in ranked(five))
    'dbcba'
    """
    listed = tuple(findings)
    before: Counter[tuple[Severity, str]] = Counter()
    keys = []
    for place, item in enumerate(listed):
        keys.append((SEVERITIES.index(item.severity), before[item.severity, item.kind], place))
        before[item.severity, item.kind] += 1
    return tuple(listed[place] for *_, place in sorted(keys))


@dataclass(frozen=True)
class Surface:
    """A raster on the study's grid.

    Attributes
    ----------
    array
        Shape ``grid.shape``, NaN for no data.
    colours
        Name of its colours in `transcaspian.core.registry.LayerSet.surfaces`.
    """

    name: str
    array: NDArray[np.float32]
    meaning: str
    unit: str
    colours: str


@dataclass(frozen=True)
class AnalysisResult:
    """What one optional stage gives.

    Attributes
    ----------
    layers
        By the name that they have in the table of layers.
    figures
        For the manifest, as JSON holds them; each with its status and source.
    notes
        What a person should know before reading the figures.
    pages
        Text by the relative name of its file.
    findings
        In any order: the run ranks them.
    """

    layers: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    surfaces: tuple[Surface, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    pages: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
