"""Parameters of a deployment: what its form shows, and lets in.

Prefect's server refuses the rest before a run begins; the types themselves stay wide, because the pipeline says what is
wrong in words of its own. Meanings stand in the docstring of the flow.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from transcaspian.export import FORMATS
from transcaspian.runs.engine import RENAMED, STAGES
from transcaspian.study.base import IDENTIFIER


def _form(*examples: Any, **schema: Any) -> Any:
    """What the form of a parameter shows and lets in, as JSON schema."""
    return Field(examples=list(examples), json_schema_extra=schema)


DOTTED_KEY = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"
SETTING = {"type": ["boolean", "integer", "number", "string", "array", "object"]}
_SYSTEM = {"type": "string", "pattern": IDENTIFIER}
_SETTINGS = (
    {"criteria.slope.weight": 2.0},
    {"area.grid_step_arcsec": 120, "landings.aktau.lon_deg": 51.2},
)
_STAGES = [*(stage.name for stage in STAGES), *RENAMED, None]

StudyFile = Annotated[Path, _form("studies/trans_caspian.toml", minLength=1)]
RunsFolder = Annotated[Path, _form("data/processed", minLength=1)]
SystemIds = Annotated[list[str] | None, _form(["main"], ["main-2023", "reserve-2023"], items=_SYSTEM, uniqueItems=True)]
Overrides = Annotated[
    dict[str, Any] | None,
    _form(*_SETTINGS, propertyNames={"pattern": DOTTED_KEY}, additionalProperties=SETTING),
]
RawFolder = Annotated[Path | None, _form("data/raw", minLength=1)]
Formats = Annotated[
    list[str] | None, _form(["parquet"], ["flatgeobuf", "kml"], items={"enum": [*FORMATS]}, uniqueItems=True)
]
StageName = Annotated[str | None, _form("write", enum=_STAGES)]
KeepRuns = Annotated[int | None, _form(30, minimum=0, maximum=10_000)]
DaskAddress = Annotated[str | None, _form("tcp://127.0.0.1:8786", pattern=r"^\w+://\S+$")]
