"""Ingest: one reader for vector layers and one for the seabed; files in, values under contract out."""

from transcaspian.ingest.contracts import Counts, Ingested
from transcaspian.ingest.layer_reader import ROLE_LAYERS, read_layer
from transcaspian.ingest.seabed_reader import SeabedRaster, read_seabed

__all__ = ["ROLE_LAYERS", "Counts", "Ingested", "SeabedRaster", "read_layer", "read_seabed"]
