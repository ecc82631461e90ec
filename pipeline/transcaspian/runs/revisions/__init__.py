"""One run beside another: what changed, and whether a run may be published without a person looking at it."""

from transcaspian.runs.revisions.diff import RunDiff, SystemDiff, diff_runs
from transcaspian.runs.revisions.review import Reason, Review, check_routes, facts_of_published, review

__all__ = ["Reason", "Review", "RunDiff", "SystemDiff", "check_routes", "diff_runs", "facts_of_published", "review"]
