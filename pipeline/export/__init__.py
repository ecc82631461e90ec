"""Export: writers, reading back by another library, the manifest, and the atomic publish of a run."""

from pipeline.export.manifest import build_manifest, code_sha256, run_id, write_manifest
from pipeline.export.rasters import write_cog
from pipeline.export.run_folder import RunFolder, open_run
from pipeline.export.vectors import write_geojson, write_geopackage
from pipeline.export.write import write_run

__all__ = [
    "RunFolder",
    "build_manifest",
    "code_sha256",
    "open_run",
    "run_id",
    "write_cog",
    "write_geojson",
    "write_geopackage",
    "write_manifest",
    "write_run",
]
