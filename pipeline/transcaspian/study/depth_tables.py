"""How the depth between data is modelled, and how far its source may be off."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from transcaspian.study.base import Cited, Identifier, NotNegative, Positive, Text

Share = Annotated[float, Field(ge=0, le=1)]


class SourceErrorRules(Cited):
    """One standard error of the depths of a source that does not state its own.

    The terms of ``base_m``, ``depth_share`` and ``slope_m`` are added in squares. Errors ``h`` km apart are alike by
    ``alike_share + (1 - alike_share) exp(-h / correlation_km)``.

    Attributes
    ----------
    measured_on
        Entry of the registry that the figures were measured on; of any other seabed they are assumed, whatever
        ``status`` says.
    bias
        What is known of a bias, as a sentence that the run tells; it is not taken off.
    base_m
        Error at any depth, m.
    depth_share
        Times the depth.
    slope_m
        Times the fall of the bed in m per km over ten minutes of arc, m.
    measured_to_m
        Deepest water that the figures were measured in, m; deeper, the share of that depth stands.
    alike_share
        Share of the error that is the same everywhere, 0 to 1.
    correlation_km
        Distance over which the rest becomes independent.
    """

    measured_on: Identifier | None = None
    bias: Text | None = None
    base_m: NotNegative
    depth_share: NotNegative
    slope_m: NotNegative
    measured_to_m: Positive | None = None
    alike_share: Share
    correlation_km: Positive


class DepthModelRules(Cited):
    """How depths are joined where a source is coarser than the grid: ordinary kriging, Matérn 3/2.

    Attributes
    ----------
    range_km
        Range of the covariance.
    scale_km
        Distance over which leave-one-out errors set its local variance.
    node_error_m
        How nearly the surface meets a depth of the source, m.
    shoreline_m_msl
        Height that the shoreline was drawn at, m above mean sea level; not given, the declared water level.
    shoreline_error_m
        How well that height is known, one standard error, m.
    source_error
        How far a source may be off that does not state its own error.
    """

    range_km: Positive = 80.0
    scale_km: Positive = 15.0
    node_error_m: Positive = 0.5
    shoreline_m_msl: Annotated[float, Field(ge=-500, le=500, allow_inf_nan=False)] | None = None
    shoreline_error_m: Positive = 3.0
    source_error: SourceErrorRules


DEPTH_MODEL_DEFAULTS = DepthModelRules(
    source="chosen on ETOPO1 in the Caspian by nodes left out: assumed for any other seabed",
    status="ASSUMED",
    source_error=SourceErrorRules(
        measured_on="etopo1-caspian",
        base_m=1.19,
        depth_share=0.132,
        slope_m=4.0,
        measured_to_m=1025.0,
        alike_share=0.4,
        correlation_km=18.0,
        source="ETOPO1 against ETOPO 2022 in the Caspian, 10' block means, fitted on half of the sea and tested on the "
        "other half: assumed for any other sea and source",
        status="ASSUMED",
    ),
)
"""Of a study that says nothing of it."""
