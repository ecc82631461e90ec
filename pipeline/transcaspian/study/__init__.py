"""The study file: what is wanted, as frozen models.

Every table that holds a figure also holds its ``source`` and its ``status`` (REAL, DERIVED or ASSUMED): a figure
without a source does not enter a study. Units stand in the names of the keys; an unknown key is an error.
"""

from transcaspian.study.base import explain
from transcaspian.study.constraint_tables import (
    BarrierConstraint,
    Constraint,
    CrossingConstraint,
    DistanceConstraint,
    FollowConstraint,
    FrictionConstraint,
    Season,
)
from transcaspian.study.depth_tables import DepthModelRules
from transcaspian.study.engineering_tables import (
    AlterCourseRules,
    AmplifierRules,
    BurialRule,
    CableRule,
    CableTypeRule,
    Chart,
    DepthError,
    Engineering,
    FreeSpanRules,
    LandingRules,
    LandTailRules,
    ListingRules,
    NeighbourRules,
    PloughRules,
    ProfileRules,
    SectionRules,
    SectorRules,
    SlackRule,
    SpareRules,
)
from transcaspian.study.load import load_study, parse_override, study_of, study_schema
from transcaspian.study.review_limits import ReviewRules
from transcaspian.study.schema import Landing, Lay, Place, Study, System
from transcaspian.study.source_ref import SourceRef

__all__ = [
    "AlterCourseRules",
    "AmplifierRules",
    "BarrierConstraint",
    "BurialRule",
    "CableRule",
    "CableTypeRule",
    "Chart",
    "Constraint",
    "CrossingConstraint",
    "DepthError",
    "DepthModelRules",
    "DistanceConstraint",
    "Engineering",
    "FollowConstraint",
    "FreeSpanRules",
    "FrictionConstraint",
    "LandTailRules",
    "Landing",
    "LandingRules",
    "Lay",
    "ListingRules",
    "NeighbourRules",
    "Place",
    "PloughRules",
    "ProfileRules",
    "ReviewRules",
    "Season",
    "SectionRules",
    "SectorRules",
    "SlackRule",
    "SourceRef",
    "SpareRules",
    "Study",
    "System",
    "explain",
    "load_study",
    "parse_override",
    "study_of",
    "study_schema",
]
