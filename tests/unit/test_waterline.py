"""What is not known of the waterline is told in kilometres."""

from types import SimpleNamespace
from typing import cast

import numpy as np

from transcaspian.core.grid import Grid
from transcaspian.engineering.waterline import waterline_findings
from transcaspian.seabed import DepthModel


def test_the_error_of_the_seabed_on_its_slope_is_what_the_waterline_may_be_off() -> None:
    grid = Grid.covering(50.0, 0.0, 51.0, 1.0, 1 / 60)
    across_m = np.arange(grid.rows)[:, None] * grid.spacing_m()[1].max() * np.ones(grid.cols)
    depth = SimpleNamespace(
        depth_m=(across_m / 1000.0).astype(np.float32), error_m=np.full(grid.shape, 2.0, np.float32)
    )
    (finding,) = waterline_findings(grid, cast(DepthModel, depth), "1990s")
    assert "(1990s)" in finding.sentence
    assert "known to 2.0 m, on its slope 2.0 km" in finding.sentence  # 1 m in a kilometre
    depth.error_m[:] = np.nan
    assert list(waterline_findings(grid, cast(DepthModel, depth), "")) == []
