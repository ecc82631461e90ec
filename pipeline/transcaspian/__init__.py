"""Subsea cable routing across the Caspian seabed: real data in, a routed line and GIS layers out."""

import logging
import os

from transcaspian.core.environment import make_good
from transcaspian.core.version import __version__ as __version__

make_good()

# These drivers of GDAL open other files or the network that a data file names. GDAL reads the list when it is first
# loaded, so it must stand before any room imports a GIS library; the readers' own checks do not depend on it.
os.environ.setdefault("GDAL_SKIP", "OGR_VRT,WFS,OAPIF,CSW,PLSCENES")
# rasterio's own GDAL is built without most of them, and says so each time
logging.getLogger("rasterio._env").addFilter(lambda record: "GDAL_SKIP" not in record.getMessage())
