"""The systems of the default study.

Each is routed on a coarse grid, over the same seabed, hazards and waters as a run; nothing is written but the picture.
"""

import sys

import matplotlib.pyplot as plt

import transcaspian as tc

STUDY = "studies/trans_caspian.toml"
coarse = {"area.grid_step_arcsec": 120, "rules.landing_approach.max_km": 15.0}

figure, axes = plt.subplots(figsize=(7, 5))
for system in tc.load_study(STUDY).systems:
    path = tc.route_system(STUDY, system.id, coarse)
    axes.plot(*path.lonlat.T, marker="o", markevery=[0, -1], label=f"{system.name}: {path.length_m / 1000:.0f} km")
axes.set(xlabel="longitude, °", ylabel="latitude, °", aspect=1.3)
figure.legend(loc="upper center", ncols=2, fontsize=8)
figure.savefig(sys.argv[1], dpi=110)
