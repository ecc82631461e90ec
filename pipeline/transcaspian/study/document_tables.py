"""The table ``[document]`` of a study: who the desktop study is for and by, and the client's own texts in it."""

from __future__ import annotations

from difflib import get_close_matches

from pydantic import Field, field_validator

from transcaspian.study.base import Model, Text

CHAPTERS = {
    "control": "Document control",
    "summary": "Summary and recommendation",
    "system": "System",
    "landings": "Landings",
    "route": "Route description",
    "bathymetry": "Bathymetry and morphology",
    "geology": "Geology and soil",
    "geohazards": "Seismicity and geohazards",
    "metocean": "Metocean and ice",
    "shipping": "Shipping and fishing",
    "assets": "Cables, pipelines and oil",
    "environment": "Environment and permits",
    "burial": "Burial assessment",
    "risk": "Risk",
    "alternatives": "Alternatives",
    "installation": "Survey and installation",
    "cost": "Cost",
    "further": "Further analyses",
    "gaps": "Gaps and further work",
    "sources": "Sources",
    "rpl": "Route Position Lists",
    "sld": "Straight-line diagrams",
    "crossings": "Crossings and neighbours",
}
"""The chapters of a desktop study by their ids, in their order; the last three are appendices."""


class Document(Model):
    """Of the desktop study: what the run does not know.

    Paths count from the study file. None of it changes what a run computes.

    Attributes
    ----------
    number, issue
        Of the document.
    client, project
        Who and what it is for.
    prepared_by, checked_by, approved_by
        Names.
    confidentiality
        As it is printed on each page.
    logo
        A PNG or JPEG.
    text
        A Markdown file for each chapter that has one, by the id of the chapter.
    """

    number: Text | None = None
    client: Text | None = None
    project: Text | None = None
    issue: Text | None = None
    prepared_by: Text | None = None
    checked_by: Text | None = None
    approved_by: Text | None = None
    confidentiality: Text | None = None
    logo: Text | None = None
    text: dict[str, Text] = Field(default_factory=dict)

    @field_validator("text")
    @classmethod
    def _chapters_are_there(cls, text: dict[str, str]) -> dict[str, str]:
        for name in text:
            if name not in CHAPTERS:
                near = get_close_matches(name, CHAPTERS, 1)
                meant = f"did you mean `{near[0]}`?" if near else f"they are {', '.join(CHAPTERS)}"
                raise ValueError(f"`{name}` is no chapter of the desktop study: {meant}")
        return text
