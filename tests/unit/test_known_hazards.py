"""Hazards that are known and have no position are told, and count for none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from tests.conftest import STUDY
from transcaspian.core.errors import StudyError
from transcaspian.runs.stages.inputs import Inputs, RunSettings
from transcaspian.runs.stages.known_hazards import known_hazard_findings
from transcaspian.runs.stages.read_inputs import read_inputs
from transcaspian.study import load_study
from transcaspian.study.schema import KnownHazards


def told(rows: list[tuple[str, str]], **known: Any) -> list[str]:
    of = KnownHazards(region="in the bay", source="a test", status="REAL", **known)
    layer = pd.DataFrame(rows, columns=["hazard_id", "kind"])
    inputs = SimpleNamespace(
        study=SimpleNamespace(known_hazards=(of,)), layers={"hazards": SimpleNamespace(layer=layer)}
    )
    return [finding.sentence for finding in known_hazard_findings(cast(Inputs, inputs))]


def test_what_is_known_and_has_no_position_is_told() -> None:
    rows = [("a", "mud_volcano"), ("b", "mud_volcano"), ("c", "platform")]
    (sentence,) = told(rows, kind="mud_volcano", count=9, in_data=("a", "b"))
    assert sentence == (
        "mud volcano: 9 are known in the bay, 2 have a position in the data; on the other 7 there is insufficient "
        "information"
    )
    assert told(rows, kind="mud_volcano", count=2, in_data=("a", "b")) == []
    assert "0 have a position" in told([], kind="mud_volcano", count=2)[0]


def test_an_id_that_was_not_read_or_is_of_another_kind_has_no_position() -> None:
    rows = [("a", "mud_volcano"), ("c", "platform")]
    (sentence,) = told(rows, kind="mud_volcano", count=3, in_data=("a", "b", "c"))
    assert "1 have a position in the data (not `b`, `c`, as the study says); on the other 2" in sentence


@pytest.mark.parametrize(("count", "in_data"), [(0, []), (1, ["a", "b"]), (3, ["a", "a"])])
def test_a_number_that_cannot_be_is_refused(count: int, in_data: list[str]) -> None:
    known = {"region": "r", "kind": "platform", "count": count, "in_data": in_data, "source": "s", "status": "REAL"}
    with pytest.raises(StudyError, match="known_hazards"):
        load_study(STUDY, {"known_hazards": [known]})


def test_every_mud_volcano_that_is_shipped_is_counted_in_one_region() -> None:
    inputs = read_inputs(RunSettings(STUDY, reuse=False))
    shipped = {
        row["hazard_id"] for row in inputs.layers["hazards"].layer.to_dict("records") if row["kind"] == "mud_volcano"
    }
    counted = [name for known in inputs.study.known_hazards for name in known.in_data]
    assert sorted(counted) == sorted(shipped)
    off_absheron, archipelago = (finding.sentence for finding in known_hazard_findings(inputs))
    assert off_absheron.startswith("mud volcano: 28 are known off Absheron, 2 have a position in the data;")
    assert archipelago.startswith("mud volcano: 57 are known in the Baku archipelago, 9 have")
