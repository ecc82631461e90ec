"""Ingest: one reader for vector layers and one for the seabed; files in, values under contract out."""

from transcaspian.ingest.boundary import read_constraint, read_layer, read_seabed
from transcaspian.ingest.constraint_features import features_of_kinds
from transcaspian.ingest.contracts import ROLE_LAYERS, Counts, Ingested
from transcaspian.ingest.seabed_raster import SeabedRaster

__all__ = [
    "ROLE_LAYERS",
    "Counts",
    "Ingested",
    "SeabedRaster",
    "features_of_kinds",
    "read_constraint",
    "read_layer",
    "read_seabed",
]
