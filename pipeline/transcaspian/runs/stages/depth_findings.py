"""What a reader must know of the depth and its error."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from transcaspian.core.findings import Finding
from transcaspian.runs.stages.inputs import Inputs
from transcaspian.seabed import DepthModel


def depth_findings(inputs: Inputs, depth: DepthModel) -> Iterator[Finding]:
    """How far depths may be off, of what that was measured, and a bias that is not taken off."""
    rules = inputs.study.depth_model.source_error
    by_rules = uses_rules(inputs)
    is_measured = by_rules and lowest_registry(inputs) == rules.measured_on
    yield from error_finding(
        depth, rules.source if by_rules else "the seabeds of the study", is_measured or not by_rules
    )
    if by_rules and not is_measured:
        of = rules.measured_on or "no seabed of the registry"
        yield Finding(
            kind="assumed error of depths",
            severity="minor",
            sentence=f"the error of depths is assumed: its figures were measured on {of}, not on this seabed",
            action="give [depth_model.source_error] for this seabed, or `error` in sources.seabed",
            source="depth_model.source_error",
            status="ASSUMED",
        )
    if is_measured and rules.bias:
        yield Finding(
            kind="bias of depths",
            severity="minor",
            sentence=rules.bias,
            action="give survey data as a seabed of their own where depths decide; the bias is not taken off",
            source=rules.source,
            status=rules.status,
        )


def error_finding(depth: DepthModel, source: str, is_measured: bool) -> Iterator[Finding]:
    """How far depths may be off."""
    known_m = depth.error_m[np.isfinite(depth.error_m)]
    if not known_m.size:
        return
    median_m, worst_m = np.quantile(known_m, (0.5, 0.95))
    yield Finding(
        kind="error of depths",
        severity="information",
        sentence=f"one standard error of the depth is {median_m:.0f} m in the median, and {worst_m:.0f} m or more in "
        "5 % of the water",
        action="look at the raster depth_error, and at DepthError in the lists, before using a depth",
        source=source,
        status="DERIVED" if is_measured else "ASSUMED",
    )


def uses_rules(inputs: Inputs) -> bool:
    """Whether the error of the lowest seabed is that of ``depth_model.source_error``."""
    ref, read = next(iter(inputs.study.sources.seabeds.values())), next(iter(inputs.seabeds.values()))
    return ref.error is None and read.uncertainty_m is None


def lowest_registry(inputs: Inputs) -> str | None:
    """The entry of the registry that the lowest seabed is."""
    return next(iter(inputs.study.sources.seabeds.values())).registry
