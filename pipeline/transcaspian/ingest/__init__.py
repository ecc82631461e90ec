"""Ingest: one reader for vector layers and one for the seabed; files in, values under contract out."""

from transcaspian.ingest.boundary import read_constraint, read_layer, read_seabed
from transcaspian.ingest.constraint_features import features_of_kinds
from transcaspian.ingest.contracts import ROLE_LAYERS, Counts, Ingested
from transcaspian.ingest.raster_levels import RasterLevels, raster_levels
from transcaspian.ingest.seabed_raster import SeabedRaster

__all__ = [
    "ROLE_LAYERS",
    "Counts",
    "Ingested",
    "RasterLevels",
    "SeabedRaster",
    "features_of_kinds",
    "raster_levels",
    "read_constraint",
    "read_layer",
    "read_seabed",
]
