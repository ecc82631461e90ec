"""Ingest: one reader for vector layers and one for the seabed; files in, values under contract out."""

from pipeline.ingest.contracts import Counts, Ingested
from pipeline.ingest.layers import ROLE_LAYERS, read_layer
from pipeline.ingest.seabed import SeabedRaster, read_seabed

__all__ = ["ROLE_LAYERS", "Counts", "Ingested", "SeabedRaster", "read_layer", "read_seabed"]
