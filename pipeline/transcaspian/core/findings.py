"""What a run has to say: findings for who reads it, and what each analysis gives.

The modules of values that a run publishes are loaded with this one, so it loads no library itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
        ``critical``: it cannot be built as it is. ``major``: it changes the plan: the line, its design, its permits
        or its budget. ``minor``: a question to settle by the survey, the plan stays. ``information``: good to know.
        What each kind has stands in ``docs/reference/findings.md``.
    subject
        Id of the system whose route it is about; empty: the run as a whole.
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


TO_DO: dict[Severity, str] = {"critical": "do not build it as it is", "major": "to settle before the survey"}
"""What is recommended of a system by its most severe finding; of any other it can go to the survey."""
READY = "it can go to the survey"
FIRST_ACTIONS = 2
"""So many are named in one sentence."""


@dataclass(frozen=True)
class Advice:
    """What is recommended of a system.

    Attributes
    ----------
    to_do
        Of `TO_DO`, or `READY`.
    actions
        Of the findings that ask for it, the most severe first.
    instead_of
        Ids of the systems that it is an alternative of: one of them is built.
    """

    system_id: str
    to_do: str
    actions: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """All but the system."""
        which = f" (or {', '.join(self.instead_of)}: one is built)" if self.instead_of else ""
        more = f"; {len(self.actions) - FIRST_ACTIONS} more" if len(self.actions) > FIRST_ACTIONS else ""
        actions = f"{'; '.join(self.actions[:FIRST_ACTIONS])}{more}"
        return f"{': '.join(filter(None, (self.to_do, actions)))}{which}"

    def __str__(self) -> str:
        return f"{self.system_id}: {self.sentence}"


def advice(alternatives: Mapping[str, Sequence[str]], findings: Sequence[Finding]) -> tuple[Advice, ...]:
    """What to do about each system, by its findings that are critical or major.

    Parameters
    ----------
    alternatives
        Of every system by its id, the ids of those that are not built together with it.
    findings
        In their rank.

    Examples
    --------
    >>> one = Finding(kind="k", severity="major", subject="a", sentence="", action="move it", source="")
    >>> [str(item) for item in advice({"a": (), "b": ()}, [one])]
    ['a: to settle before the survey: move it', 'b: it can go to the survey']
    """
    found = []
    for system_id, others in alternatives.items():
        own = [item for item in findings if item.subject == system_id and item.severity in TO_DO]
        actions = dict.fromkeys(item.action.rstrip(".") for item in own)
        found.append(Advice(system_id, TO_DO[own[0].severity] if own else READY, tuple(actions), tuple(others)))
    return tuple(found)


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
        Text, or the bytes of a workbook, by the relative name of its file.
    lists
        Route Position Lists (`rpl.model.Rpl`) by the relative name of their files, each with its own part of the title.
    findings
        In any order: the run ranks them.
    options
        Figures of what could be built, as they are shown, by their headings: of a system and its alternatives
        (``main``, ``main/1``), and of designs that the analysis adds (``main/point 3``).
    """

    layers: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    surfaces: tuple[Surface, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    pages: Mapping[str, str | bytes] = field(default_factory=dict)
    lists: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
