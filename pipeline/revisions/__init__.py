"""One run beside another: what changed, and whether a run may be published without a person looking at it."""

from pipeline.revisions.diff import RunDiff, SystemDiff, diff_runs
from pipeline.revisions.review import review

__all__ = ["RunDiff", "SystemDiff", "diff_runs", "review"]
