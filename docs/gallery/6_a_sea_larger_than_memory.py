"""A line over a sea of which only a part is read.

A cloud-optimised GeoTIFF around the Earth stands in for one that does not fit into memory. Its overviews are seen as a
whole, finer cells in ever narrower bands around the line, here across the antimeridian.
"""

import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from transcaspian.core.grid import Grid
from transcaspian.export import write_cog
from transcaspian.ingest import raster_levels
from transcaspian.routing import least_cost_path_by_levels
from transcaspian.sources.datafile import DataFile

belt = Grid(-180.0, 21.0, 360 / 15_360, 1_792, 15_360)
file = Path(tempfile.mkdtemp()) / "belt.tif"
east, north = np.radians(belt.lon_deg, dtype=np.float32), np.radians(belt.lat_deg, dtype=np.float32)[:, None]
made_m = -3500 + 3800 * np.sin(18 * east) * np.cos(12 * north)
write_cog(file, belt, made_m, description="elevation", units="m")

sea = raster_levels(DataFile("seabed", file, "belt", values="elevation_m_up"))
frame = sea.frame((160.0, -20.0, -140.0, 20.0))
read = np.zeros(frame.shape, dtype=bool)


def cost_of(part: Grid) -> np.ndarray:
    """Cost per metre on the cells of a part: more where the sea is not 3,500 m deep; land is a wall."""
    if part.step_deg == frame.step_deg:
        row, col = (round(float(at) + 0.5) for at in frame.to_rowcol(part.west_deg, part.north_deg))
        read[row : row + part.rows, col : col + part.cols] = True
    depth_m = -sea.elevation_m(part)
    return np.where(depth_m > 30.0, 1 + np.abs(depth_m - 3500) / 1500, np.nan)


line = least_cost_path_by_levels(frame, cost_of, ((161.0, 10.0), (-141.0, -10.0)), max_cells=20_000, half_width_cells=4)

figure, axes = plt.subplots(figsize=(7, 5))
extent = (frame.west_deg, frame.east_deg, frame.south_deg, frame.north_deg)
shown = axes.imshow(sea.elevation_m(frame), extent=extent, cmap="Blues_r")
axes.contour(read, extent=extent, origin="upper", levels=[0.5], colors="0.2", linewidths=0.8)
axes.plot(*line.lonlat.T, color="tab:red")
figure.colorbar(shown, label="elevation, m", shrink=0.75)
axes.set(xlabel="longitude, °", ylabel="latitude, °")
axes.set_title(f"{line.length_m / 1000:,.0f} km; {read.mean():.0%} of the finest cells were read (outlined)")
figure.savefig(sys.argv[1], dpi=110)
