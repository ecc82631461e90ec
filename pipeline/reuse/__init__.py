"""What a run may take from one before it: the values of stages, kept by all that they were made of.

A value is kept under the hash of its ingredients (parameters, data, what came before it, the code of the stage and of
all that it imports, versions of the libraries). Nothing is pickled: a kept file can be read, never executed.
"""

from pipeline.reuse.closure import code_of, library_versions
from pipeline.reuse.codec import Packed, digest, pack, unpack
from pipeline.reuse.explain import flattened, why
from pipeline.reuse.keeper import Held, Keeper, no_fault
from pipeline.reuse.store import Entry, Store

__all__ = [
    "Entry",
    "Held",
    "Keeper",
    "Packed",
    "Store",
    "code_of",
    "digest",
    "flattened",
    "library_versions",
    "no_fault",
    "pack",
    "unpack",
    "why",
]
