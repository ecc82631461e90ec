"""The model of a whole study: its own tables, and one for each analysis that is registered."""

from __future__ import annotations

from typing import Any

from pydantic import create_model, model_validator

from transcaspian.core.errors import WingError
from transcaspian.core.registry import wings
from transcaspian.study.schema import AnalysisTable, Study


def fits_analyses(study: Study) -> Study:
    """Let the table of each analysis check itself against the rest."""
    for _, table in study:
        if isinstance(table, AnalysisTable):
            table.check_study(study)
    return study


def whole_model() -> type[Study]:
    """The class with a field for the table of every analysis.

    Raises
    ------
    WingError
        When an analysis is called as a table of every study is.
    """
    validators: dict[str, Any] = {"fits_analyses": model_validator(mode="after")(fits_analyses)}
    fields: dict[str, Any] = {wing.name: (wing.table() | None, None) for wing in wings()}
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
