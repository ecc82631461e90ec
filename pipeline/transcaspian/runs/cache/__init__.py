"""What a run may take from one before it: the values of stages, kept by all that they depend on.

A value is kept under the hash of its ingredients (parameters, data, what came before it, the code of the stage and of
all that it imports, versions of the libraries). Nothing is pickled: a kept file can be read, never executed.
"""

from transcaspian.core.code_hash import code_of, library_versions
from transcaspian.core.codec import Packed, digest, pack, unpack
from transcaspian.runs.cache.explain import flattened, why
from transcaspian.runs.cache.keeper import WHOLE, Compute, Ingredients, Keeper
from transcaspian.runs.cache.store import CacheEntry, Store
from transcaspian.runs.cache.values import BySystem, Cached, Hashed

__all__ = [
    "WHOLE",
    "BySystem",
    "CacheEntry",
    "Cached",
    "Compute",
    "Hashed",
    "Ingredients",
    "Keeper",
    "Packed",
    "Store",
    "code_of",
    "digest",
    "flattened",
    "library_versions",
    "pack",
    "unpack",
    "why",
]
