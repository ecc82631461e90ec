"""Many routes of one study at once: pairs of landings, weightings, scenarios; each a row of one GeoParquet file."""

from transcaspian.analyses.batch.compute import BatchResult, BatchSettings, Told, run_batch
from transcaspian.analyses.batch.plan import Chunk, End, Member, chunks_of, plan_members

__all__ = ["BatchResult", "BatchSettings", "Chunk", "End", "Member", "Told", "chunks_of", "plan_members", "run_batch"]
