"""Ingest: one reader for vector layers and one for the seabed; files in, values under contract out."""

from transcaspian.ingest.boundary import read_layer, read_seabed
from transcaspian.ingest.contracts import ROLE_LAYERS, Counts, Ingested
from transcaspian.ingest.seabed_raster import SeabedRaster

__all__ = ["ROLE_LAYERS", "Counts", "Ingested", "SeabedRaster", "read_layer", "read_seabed"]
