"""Many routes of one study at once: pairs of landings, weightings, scenarios; each a row of one GeoParquet file."""

from pipeline.batch.plan import Chunk, End, Member, chunks_of, plan_members
from pipeline.batch.run import BatchResult, BatchSettings, Told, run_batch

__all__ = ["BatchResult", "BatchSettings", "Chunk", "End", "Member", "Told", "chunks_of", "plan_members", "run_batch"]
