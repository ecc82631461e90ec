"""What the rooms hand a wing: a wing declared as an `Analysis` is checked by mypy where it registers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    from transcaspian.core.registry import Wing
    from transcaspian.engineering import EngineeredRoute
    from transcaspian.report.page.parts import Section
    from transcaspian.report.page.system import SystemPage
    from transcaspian.runs.stages.inputs import Inputs
    from transcaspian.runs.stages.model_seabed import Seabed
    from transcaspian.runs.stages.route_systems import Routed
    from transcaspian.study import Study

    Engineered: TypeAlias = Mapping[str, EngineeredRoute]
    """The engineered route of each system that has one, by its id."""
    Analysis: TypeAlias = Wing[Study, Inputs, SystemPage, Section, [Inputs, Seabed, Routed, Engineered]]
