"""What of the table can be seen to fail when the files are read, before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcaspian.analyses.burial.config import Burial
from transcaspian.core.constraint_data import ConstraintFeatures
from transcaspian.core.errors import StudyError

if TYPE_CHECKING:
    from transcaspian.runs.stages.inputs import Inputs


def check_maps(inputs: Inputs) -> None:
    """Refuse a map of soil without classes, and one of no areas.

    Raises
    ------
    StudyError
        The message names the map and its constraint.
    """
    constraints = {one.id: one for one in inputs.study.constraints}
    for item in inputs.study.required_table(Burial).soil_maps:
        data = inputs.constraints[item.constraint]
        if not isinstance(data, ConstraintFeatures):
            continue
        if constraints[item.constraint].column is None:
            raise StudyError(
                f"soil map `{item.id}` of [burial] is the constraint `{item.constraint}`, which names no `column`: say "
                "in which column of the file the classes of soil stand"
            )
        if len(data.layer) and not data.layer.geom_type.str.contains("Polygon").any():
            raise StudyError(
                f"soil map `{item.id}` of [burial] is the constraint `{item.constraint}`, which has no areas: give "
                "points as burial.soil_logs"
            )
