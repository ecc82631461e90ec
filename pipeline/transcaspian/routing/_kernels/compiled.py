"""How kernels are compiled: by numba, without Python's lock, and kept on disk."""

from __future__ import annotations

from numba import njit

kernel = njit(cache=True, nogil=True, _nrt=False)
"""A kernel that makes no arrays: numba counts no references to those it is given. Where members of named tuples are
taken out in inner loops, counting took more than half of the time of a march."""

inlined = njit(cache=True, nogil=True, _nrt=False, inline="always")
"""A part of such kernels, compiled into each."""

allocating = njit(cache=True, nogil=True)
"""A kernel that makes arrays."""
