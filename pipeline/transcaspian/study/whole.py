"""The model of a whole study: its own tables, and one for each analysis that is registered."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, create_model, model_validator

from transcaspian.core.errors import WingError
from transcaspian.core.registry import wings
from transcaspian.study.base import check_unique
from transcaspian.study.published import check_published
from transcaspian.study.schema import Study


def fits_analyses(study: Study) -> Study:
    """Let the table of each analysis check itself against the rest, and published figures against all of it."""
    for table in study.tables:
        table.check_study(study)
    subjects = {system.id for system in study.systems}.union(*(table.subjects for table in study.tables))
    check_unique("published", [figure.id for figure in study.published_figures])
    check_published(study.published_figures, subjects)
    return study


def described(table: type[BaseModel]) -> Any:
    """The key of an analysis, which may be left out: it means what its table says first."""
    return Field(default=None, description=" ".join((table.__doc__ or "").partition("\n\n")[0].split()))


def whole_model() -> type[Study]:
    """The class with a field for the table of every analysis.

    Raises
    ------
    WingError
        When an analysis is called as a table of every study is.
    """
    validators: dict[str, Any] = {"fits_analyses": model_validator(mode="after")(fits_analyses)}
    fields: dict[str, Any] = {wing.name: (wing.table() | None, described(wing.table())) for wing in wings()}
    if taken := set(fields) & set(Study.model_fields):
        raise WingError(f"an analysis is called `{min(taken)}`, as a table of every study is: it needs another name")
    return create_model(
        "WholeStudy",
        __base__=Study,
        __module__=__name__,  # where it is found again by who unpickles a study
        __doc__=Study.__doc__,
        __cls_kwargs__={"title": Study.__name__},
        __validators__=validators,
        **fields,
    )


WholeStudy = whole_model()
