"""Two Route Position Lists, KP to KP.

A list of four positions and the same with one of them moved by 1.1 km: how far apart the two routes are, along the
old one.
"""

import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

import transcaspian as tc

OLD = "Pos,Latitude,Longitude,Event\n1,40.00,50.00,BMH\n2,40.10,50.50,A/C\n3,40.05,51.00,A/C\n4,40.00,51.50,BMH\n"

with tempfile.TemporaryDirectory() as folder:
    old, new = Path(folder, "old.csv"), Path(folder, "new.csv")
    old.write_text(OLD)
    new.write_text(OLD.replace("40.05", "40.06"))
    found = tc.compare_rpl(tc.read_rpl(old), tc.read_rpl(new))

figure, axes = plt.subplots(figsize=(7, 3.5))
axes.plot([row.old_kp_km for row in found.table], [row.offset_m for row in found.table])
axes.set(xlabel="KP of the old list, km", ylabel="offset, m", title="positive: to starboard of the old route")
figure.tight_layout()
figure.savefig(sys.argv[1], dpi=110)
