"""Over a reef, or around it.

The friction of a reef grows step by step. A line crosses it while that costs less than the way around.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np

import transcaspian as tc

grid = tc.Grid.covering(49.0, 39.0, 53.0, 42.0, step_deg=0.05)
lon, lat = np.meshgrid(grid.lon_deg, grid.lat_deg)
reef = np.exp(-(((lon - 51.0) / 0.5) ** 2) - ((lat - 40.4) / 0.8) ** 2)

figure, axes = plt.subplots(figsize=(7, 4.5))
axes.contourf(lon, lat, reef, levels=8, cmap="YlOrBr")
for friction in (0.0, 0.5, 2.0, 8.0):
    problem = tc.RoutingProblem(grid, 1.0 + friction * reef)
    path = tc.least_cost_path(problem, (49.55, 40.3), (52.55, 40.3))
    axes.plot(*path.lonlat.T, label=f"friction {friction:g}: {path.length_m / 1000:.0f} km")
axes.set(xlabel="longitude, °", ylabel="latitude, °")
axes.legend()
figure.savefig(sys.argv[1], dpi=110)
