"""What a run says of itself to the programs that import it: metadata, catalogue item and project all say the same."""

from __future__ import annotations

from dataclasses import dataclass

from transcaspian.sources.resolve import Provenance


@dataclass(frozen=True)
class Description:
    """A run as a data set.

    Attributes
    ----------
    created_utc
        ISO 8601 with milliseconds and ``Z``.
    bounds
        ``(west, south, east, north)`` of the study, degrees.
    water_level
        The level that depths are below, as a sentence.
    resolution_deg
        Effective resolution of the seabed data.
    licence, organisation, email, url
        Empty where the study does not say.
    """

    run_id: str
    study_id: str
    title: str
    revision: str
    abstract: str
    created_utc: str
    bounds: tuple[float, float, float, float]
    water_level: str
    resolution_deg: float
    grid_step_deg: float
    system_ids: tuple[str, ...]
    sources: tuple[Provenance, ...]
    code_version: str
    code_sha256: str
    licence: str = ""
    organisation: str = ""
    email: str = ""
    url: str = ""

    @property
    def statement(self) -> str:
        """How the data were computed, in one paragraph."""
        return (
            f"Depths are metres {self.water_level}, positive down. The seabed data resolve {self.resolution_deg:g}° "
            f"and are laid on a grid of {self.grid_step_deg * 3600:g} arc-seconds, which is finer than what they can "
            "show. Routes are least-cost lines on that grid; where the study has rules of engineering they are made "
            "into geodesic legs. Lengths, areas and bearings are geodesic on WGS84. Every figure is REAL (published or "
            "measured), DERIVED (computed here) or ASSUMED (a default to replace); what is not known is empty: "
            "insufficient information."
        )
