"""What the routed systems of a run are, for the stages after them: loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transcaspian.core.findings import AnalysisResult
    from transcaspian.engineering import EngineeredRoute
    from transcaspian.routing import Alternatives
    from transcaspian.runs.cache import BySystem, Cached, Hashed
    from transcaspian.runs.stages.divide_waters import Waters
    from transcaspian.runs.stages.find_zones import NearOptimal
    from transcaspian.runs.stages.inputs import Inputs
    from transcaspian.runs.stages.model_seabed import Bed, Seabed
    from transcaspian.runs.stages.route_systems import Routed, SystemPath
    from transcaspian.seabed import CostSurface
    from transcaspian.study import System


@dataclass(frozen=True)
class CachedGround:
    """Depth, closed areas and cost, as they were made."""

    bed: Cached[Bed]
    cost: Cached[CostSurface]

    @cached_property
    def seabed(self) -> Seabed:
        """All together."""
        from transcaspian.runs.stages.model_seabed import with_cost

        return with_cost(self.bed.value, self.cost.value)

    def hashes(self, system_ids: Collection[str]) -> dict[str, str]:
        """Hashes of both."""
        return {**self.bed.hashes(system_ids), **self.cost.hashes(system_ids)}


@dataclass(frozen=True)
class Handover:
    """The systems that could be laid, with all that was found of them."""

    systems: tuple[System, ...]
    ground: CachedGround
    paths: BySystem[SystemPath]
    routes: BySystem[EngineeredRoute]
    alternatives: BySystem[Alternatives]

    @cached_property
    def routed(self) -> Routed:
        """Landings, paths and alternatives."""
        from transcaspian.runs.stages.route_systems import routed_of

        return routed_of(self.systems, self.paths, self.alternatives)

    def hashes(self, system_ids: Collection[str]) -> dict[str, str]:
        """Hashes of all that further questions are asked about."""
        parts = (self.ground, self.paths, self.routes, self.alternatives)
        return {name: sha256 for part in parts for name, sha256 in part.hashes(system_ids).items()}


@dataclass(frozen=True)
class Results:
    """All that a run publishes.

    Attributes
    ----------
    inputs
        With the systems that could be laid.
    further
        What the optional stages found, by their names.
    missing
        Why a system could not be laid, by its id.
    """

    inputs: Inputs
    laid: Handover
    zones: BySystem[NearOptimal]
    waters: Cached[Waters]
    further: Mapping[str, Cached[AnalysisResult]]
    missing: Mapping[str, str]

    @property
    def asked(self) -> list[str]:
        """Ids of the systems that were asked for."""
        laid = {system.id for system in self.inputs.systems}
        return [system.id for system in self.inputs.study.systems if system.id in laid or system.id in self.missing]

    def hashes(self, system_ids: Collection[str]) -> dict[str, str]:
        """Hashes of all values; why a system is missing counts as one."""
        parts: list[Hashed] = [self.laid, self.zones, self.waters, *self.further.values()]
        found = {name: sha256 for part in parts for name, sha256 in part.hashes(system_ids).items()}
        return found | {f"{system_id} is missing": reason for system_id, reason in self.missing.items()}
