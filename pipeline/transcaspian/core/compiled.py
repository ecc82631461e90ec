"""How kernels are compiled: by numba, without Python's lock, and kept where the next checkout finds them.

Only modules of kernels import this one, and they are imported where they are used first: loading numba takes longer
than an unchanged run.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

from transcaspian.core import kernel_cache


class _InFolderOfVersion(_CacheLocator):
    """Finds the folder of this version; what lies there is never out of date."""

    def get_cache_path(self) -> str:
        return str(kernel_cache.folder())

    def get_source_stamp(self) -> str:
        return kernel_cache.version()

    def get_disambiguator(self) -> str:
        return ""

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _InFolderOfVersion:
        return cls()


class _Impl(CompileResultCacheImpl):
    _locator_classes = (_InFolderOfVersion,)


class _KernelCache(FunctionCache):
    _impl_class = _Impl

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What is kept, awaited while another process that this one began compiles it."""
        while True:
            is_compiling = kernel_cache.is_compiling_beside()
            kept = super().load_overload(sig, target_context)
            if kept is not None or not is_compiling:
                return kept
            time.sleep(0.05)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled; where that cannot be, say so once and go on."""
        if kernel_cache.folder() != kernel_cache.wanted_folder():
            _say_not_kept(f"only in {kernel_cache.folder()}")
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _say_not_kept(f"nowhere ({error.strerror})")


@cache
def _say_not_kept(where: str) -> None:
    logging.getLogger("transcaspian").warning(
        "note: compiled kernels are kept %s: %s cannot be written. Other processes may compile them again, some "
        "twenty seconds each; name a folder that can be written in NUMBA_CACHE_DIR",
        where,
        kernel_cache.wanted_folder(),
    )


def _compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """A decorator as `numba.njit` without Python's lock, but for where the cache is."""

    def decorate(function: Callable[..., Any]) -> Any:
        dispatcher = numba.njit(**options, nogil=True)(function)
        dispatcher._cache = _KernelCache(function)
        return dispatcher

    return decorate


kernel = _compiled(_nrt=False)
"""A kernel that makes no arrays: numba counts no references to those it is given. Where members of named tuples are
taken out in inner loops, counting took more than half of the time of a march."""

inlined = _compiled(_nrt=False, inline="always")
"""A part of such kernels, compiled into each."""

allocating = _compiled()
"""A kernel that makes arrays."""
