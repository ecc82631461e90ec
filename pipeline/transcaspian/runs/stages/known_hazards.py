"""Hazards that are published as known and have no position in the data: nothing else of a run can tell of them."""

from __future__ import annotations

from collections.abc import Iterator

from transcaspian.core.findings import Finding
from transcaspian.core.kinds import KIND_BY_NAME
from transcaspian.runs.stages.inputs import Inputs


def known_hazard_findings(inputs: Inputs) -> Iterator[Finding]:
    """Of each region, how many hazards are known and how many of them have a position in the data that was read."""
    kinds = {}
    if (read := inputs.layers.get("hazards")) is not None:
        kinds = dict(zip(read.layer["hazard_id"], read.layer["kind"], strict=True))
    for known in inputs.study.known_hazards:
        unread = [hazard_id for hazard_id in known.in_data if kinds.get(hazard_id) != known.kind]
        held = len(known.in_data) - len(unread)
        if held == known.count:
            continue
        without = f" (not {', '.join(f'`{name}`' for name in unread)}, as the study says)" if unread else ""
        yield Finding(
            kind="hazards without a position",
            severity="minor",
            sentence=f"{KIND_BY_NAME[known.kind].label}: {known.count} are known {known.region}, {held} have a "
            f"position in the data{without}; on the other {known.count - held} there is insufficient information",
            action="get their positions before the line is fixed, and let the survey look for them",
            source=known.source,
            status=known.status,
        )
