"""What the weight of a criterion moves.

The main system under three weights of the depth. A study is never edited for this: keys are given beside it.
"""

import sys

import matplotlib.pyplot as plt

import transcaspian as tc

coarse = {"area.grid_step_arcsec": 300, "rules.landing_approach.max_km": 40.0}

figure, axes = plt.subplots(figsize=(7, 4))
for weight in (0.0, 1.0, 5.0):
    path = tc.route_system("studies/trans_caspian.toml", "main", coarse | {"criteria.depth.weight": weight})
    axes.plot(*path.lonlat.T, label=f"weight {weight:g}: {path.length_m / 1000:.0f} km")
axes.set(xlabel="longitude, °", ylabel="latitude, °", aspect=1.3)
axes.legend()
figure.savefig(sys.argv[1], dpi=110)
