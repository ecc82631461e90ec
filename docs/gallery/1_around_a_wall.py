"""The cheapest line around a wall.

A raster frame, a cost for each metre, and a wall of NaN with one opening: the line goes through that. Lengths are
geodesic on WGS 84.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np

import transcaspian as tc

grid = tc.Grid.covering(49.0, 39.0, 53.0, 42.0, step_deg=0.05)
cost_per_m = np.ones(grid.shape)
cost_per_m[grid.lat_deg < 41.3, np.searchsorted(grid.lon_deg, 51.0)] = np.nan
path = tc.least_cost_path(tc.RoutingProblem(grid, cost_per_m), (49.55, 40.05), (52.55, 40.05))

figure, axes = plt.subplots(figsize=(7, 4.5))
axes.pcolormesh(grid.lon_deg, grid.lat_deg, np.isnan(cost_per_m), cmap="Greys", shading="nearest")
axes.plot(*path.lonlat.T, color="tab:red")
axes.set(xlabel="longitude, °", ylabel="latitude, °", title=f"{path.length_m / 1000:.0f} km around the wall")
figure.savefig(sys.argv[1], dpi=110)
