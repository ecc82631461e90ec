"""The raster frame: its metric is the ellipsoid's, its indices are centres."""

from __future__ import annotations

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from transcaspian.core.errors import GridError
from transcaspian.core.grid import Grid, spread_to_eight, window_of


@given(st.floats(-80, 80))
def test_spacing_agrees_with_karney(lat: float) -> None:
    grid = Grid(10.0, lat + 1 / 240, 1 / 120, 1, 1)
    dx_m, dy_m = grid.spacing_m()
    step = 1 / 120
    east = Geodesic.WGS84.Inverse(lat, 10, lat, 10 + step)["s12"]
    north = Geodesic.WGS84.Inverse(lat - step / 2, 10, lat + step / 2, 10)["s12"]
    assert dx_m[0] == pytest.approx(east, rel=1e-6)
    assert dy_m[0] == pytest.approx(north, rel=1e-6)


@given(st.floats(0, 99), st.floats(0, 49))
def test_rowcol_and_lonlat_are_inverse(row: float, col: float) -> None:
    grid = Grid(-5.0, 60.0, 0.25, 100, 50)
    back = grid.to_rowcol(*grid.to_lonlat(row, col))
    assert [float(v) for v in back] == pytest.approx([row, col], abs=1e-9)


def test_row_zero_is_the_northernmost() -> None:
    grid = Grid.covering(46, 36, 55, 48, 0.5)
    assert grid.shape == (24, 18)
    assert grid.lat_deg[0] == 47.75
    assert grid.lon_deg[0] == 46.25
    assert grid.bounds == (46, 36, 55, 48)


@pytest.mark.parametrize("frame", [(0, 95, 0.1, 10, 10), (0, 0, -1, 2, 2), (0, 0, float("nan"), 2, 2), (0, 0, 1, 0, 2)])
def test_impossible_frames_are_refused(frame: tuple[float, float, float, int, int]) -> None:
    with pytest.raises(GridError):
        Grid(*frame)


MASKS = arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12)))


@given(MASKS)
def test_a_mask_spreads_to_eight_neighbours_as_scipy_dilates_it(mask: np.ndarray) -> None:
    before = mask.copy()
    np.testing.assert_array_equal(spread_to_eight(mask), ndimage.binary_dilation(mask, np.ones((3, 3))))
    np.testing.assert_array_equal(mask, before)


@given(MASKS, st.integers(0, 3))
def test_a_window_has_all_cells_of_a_mask_and_no_more_than_is_asked_beside_them(mask: np.ndarray, beside: int) -> None:
    window = window_of(mask, beside)
    assert mask[window].sum() == mask.sum()
    if mask.any():
        wider = np.pad(mask, beside)
        grown = ndimage.binary_dilation(wider, np.ones((3, 3)), iterations=beside) if beside else wider
        inner = grown[beside : len(grown) - beside, beside : grown.shape[1] - beside]
        rows, cols = np.nonzero(inner)
        assert window == (slice(rows.min(), rows.max() + 1), slice(cols.min(), cols.max() + 1))
    else:
        assert mask[window].size == 0
