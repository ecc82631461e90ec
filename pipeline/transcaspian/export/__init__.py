"""Export: writers, reading back by another library, and the manifest."""

from transcaspian.export.description import Description
from transcaspian.export.formats import FORMATS, check_formats
from transcaspian.export.geojson import write_geojson
from transcaspian.export.geopackage import write_geopackage
from transcaspian.export.manifest import build_manifest, code_sha256, run_id, write_manifest
from transcaspian.export.rasters import Raster, read_raster, write_cog
from transcaspian.export.write import Content, write_pages, write_run

__all__ = [
    "FORMATS",
    "Content",
    "Description",
    "Raster",
    "build_manifest",
    "check_formats",
    "code_sha256",
    "read_raster",
    "run_id",
    "write_cog",
    "write_geojson",
    "write_geopackage",
    "write_manifest",
    "write_pages",
    "write_run",
]
