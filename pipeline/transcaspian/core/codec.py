"""Values as bytes and back, exactly: what stages hand on, and nothing that could be executed.

A value is a tree (JSON) whose arrays and geometries stand in one block of bytes beside it. It may hold None, numbers,
text, lists, tuples, mappings, NumPy arrays and scalars, geometries (as WKB), GeoDataFrames with a plain index, and
dataclasses, named tuples and pydantic models of `transcaspian`. Anything else is a programming error.

The libraries are imported where a value of theirs is: plain values are packed and unpacked without them.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from pydantic import BaseModel

HOME = "transcaspian."
ALIGNMENT = 64


@dataclass(frozen=True)
class Packed:
    """A value as bytes.

    Attributes
    ----------
    tree
        JSON.
    block
        Arrays in C order and geometries as WKB, one after another; ``tree`` says where each stands.
    """

    tree: str
    block: bytearray | memoryview

    @cached_property
    def sha256(self) -> str:
        """Hash of both."""
        found = hashlib.sha256(self.tree.encode())
        found.update(self.block)
        return found.hexdigest()


def digest(value: Any) -> str:
    """Hash of a value: the same for the same content.

    Parameters
    ----------
    value
        What `pack` takes.

    Returns
    -------
    str
        SHA-256 of its bytes, 64 hexadecimal digits.

    Examples
    --------
    >>> digest({"depth_m": 12.5}) == digest({"depth_m": 12.5})
    True
    """
    return pack(value).sha256


def pack(value: Any) -> Packed:
    """A value as bytes.

    Parameters
    ----------
    value
        Plain values, arrays, tables, geometries and models, nested as they may be.

    Returns
    -------
    Packed
        A text that describes the value, and one block with all arrays.

    Raises
    ------
    TypeError
        When it holds something that cannot be kept; the message names its type.

    Examples
    --------
    >>> import numpy as np
    >>> packed = pack({"id": "main", "depth_m": np.array([12.5, np.nan], np.float32)})
    >>> len(packed.block), unpack(packed)["depth_m"].tolist()
    (8, [12.5, nan])
    """
    packer = _Packer()
    tree = packer.tree(value)
    return Packed(json.dumps(tree, ensure_ascii=False, separators=(",", ":"), allow_nan=False), packer.block)


def unpack(packed: Packed) -> Any:
    """The value again. Its arrays are writable, and share the memory of ``packed.block``.

    Parameters
    ----------
    packed
        From `pack`.

    Returns
    -------
    Any
        Equal to what was packed.

    Examples
    --------
    >>> unpack(pack({"id": "main", "ends": (0.0, 8.5)}))
    {'id': 'main', 'ends': (0.0, 8.5)}
    """
    return _Unpacker(packed.block).value(json.loads(packed.tree))


class _Packer:
    """Makes the tree and fills the block; an array that stands in several places is stored once."""

    def __init__(self) -> None:
        self.block = bytearray()
        self.stored: dict[int, tuple[Any, dict[str, Any]]] = {}

    def tree(self, value: Any) -> Any:
        """The part of the tree for a value."""
        if _is_of(value, "numpy", "generic"):
            return {"scalar": value.dtype.str, **self.array(sys.modules["numpy"].asarray(value))}
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else {"float": repr(value)}
        if isinstance(value, Path):
            return {"path": str(value)}
        if isinstance(value, bytes):
            return {"bytes": self.bytes(value)}
        if _is_of(value, "numpy", "ndarray"):
            return self.array(value)
        if _is_of(value, "shapely", "Geometry"):
            return {"geometry": self.bytes(sys.modules["shapely"].to_wkb(value, flavor="iso"))}
        if _is_of(value, "geopandas", "GeoDataFrame"):
            return self.frame(value)
        if _is_of(value, "pydantic", "BaseModel"):
            return self.model(value)
        if is_dataclass(value) and not isinstance(value, type):
            own = {field.name: self.tree(getattr(value, field.name)) for field in fields(value)}
            return {"class": _name(type(value)), "fields": own}
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            own = {name: self.tree(getattr(value, name)) for name in value._fields}
            return {"class": _name(type(value)), "fields": own}
        if isinstance(value, tuple | list):
            return {type(value).__name__: [self.tree(item) for item in value]}
        if isinstance(value, Mapping):
            return {"map": [[self.tree(key), self.tree(item)] for key, item in value.items()]}
        raise TypeError(f"a value of type {type(value).__name__} cannot be kept")

    def model(self, value: BaseModel) -> dict[str, Any]:
        """A table of a study; one that no study could hold, as a rule of what a list states, field by field."""
        from pydantic import ValidationError

        own = value.model_dump(mode="json", warnings=False)
        try:
            type(value).model_validate_json(json.dumps(own))
        except ValidationError:
            fields = {name: self.tree(getattr(value, name)) for name in type(value).model_fields}
            return {"model": _name(type(value)), "fields": fields}
        return {"model": _name(type(value)), "of": own}

    def array(self, array: np.ndarray[Any, Any]) -> dict[str, Any]:
        """Where an array stands in the block."""
        if id(array) not in self.stored:
            if array.dtype.kind not in "biufU":
                raise TypeError(f"an array of {array.dtype} cannot be kept")
            at = self.bytes(array.ravel().view("u1"))  # without a copy of what lies in one piece
            place = {"array": at, "dtype": array.dtype.str, "shape": list(array.shape)}
            self.stored[id(array)] = (array, place)  # the array is held, so that no other gets its id
        return self.stored[id(array)][1]

    def bytes(self, data: bytes | np.ndarray[Any, Any]) -> list[int]:
        """Start and length in the block."""
        self.block.extend(bytes(-len(self.block) % ALIGNMENT))
        self.block.extend(data)
        return [len(self.block) - len(data), len(data)]

    def frame(self, data: gpd.GeoDataFrame) -> dict[str, Any]:
        """A frame, column by column."""
        if not _is_of(data.index, "pandas", "RangeIndex") and len(data):
            raise TypeError(f"a frame with an index of type {type(data.index).__name__} cannot be kept")
        columns = [[str(name), self.column(data[name])] for name in data.columns]
        crs = None if data.crs is None else data.crs.to_string()
        return {"frame": columns, "rows": len(data), "geometry": data.geometry.name, "crs": crs}

    def column(self, column: pd.Series[Any]) -> dict[str, Any]:
        """A column with its type; what is missing is null."""
        kind = str(column.dtype)
        if kind == "geometry":
            wkb = sys.modules["shapely"].to_wkb(column.to_numpy(), flavor="iso")
            return {"type": kind, "wkb": [None if one is None else self.bytes(one) for one in wkb]}
        if _is_of(column.dtype, "numpy", "dtype") and column.dtype.kind in "biuf":
            return {"type": kind, **self.array(column.to_numpy())}
        missing = column.isna()
        if kind == "str" and not missing.any():
            return {"type": kind, "values": column.tolist()}
        return {"type": kind, "values": [None if gone else _plain(v) for v, gone in zip(column, missing, strict=True)]}


class _Unpacker:
    """Reads the tree over its block."""

    def __init__(self, block: bytearray | memoryview) -> None:
        self.block = memoryview(block)

    def value(self, tree: Any) -> Any:
        """The value of a part of the tree."""
        if not isinstance(tree, dict):
            return tree
        if "frame" in tree:
            return self.frame(tree)
        if "bytes" in tree:
            at, length = tree["bytes"]
            return bytes(self.block[at : at + length])
        if "scalar" in tree:
            return self.array(tree)[()]
        if "array" in tree:
            return self.array(tree)
        if "geometry" in tree:
            import shapely

            return shapely.from_wkb(self.bytes(tree["geometry"]))
        if "float" in tree:
            return float(tree["float"])
        if "path" in tree:
            return Path(tree["path"])
        if "model" in tree:
            from pydantic import BaseModel

            model = _class(tree["model"], BaseModel)
            if "fields" in tree:
                return model.model_construct(**{name: self.value(item) for name, item in tree["fields"].items()})
            return model.model_validate_json(json.dumps(tree["of"]))
        if "class" in tree:
            return _class(tree["class"], object)(**{name: self.value(item) for name, item in tree["fields"].items()})
        if "map" in tree:
            return {self.value(key): self.value(item) for key, item in tree["map"]}
        if "tuple" in tree:
            return tuple(self.value(item) for item in tree["tuple"])
        return [self.value(item) for item in tree["list"]]

    def bytes(self, place: list[int]) -> bytes:
        """A piece of the block."""
        return bytes(self.block[place[0] : place[0] + place[1]])

    def array(self, tree: Mapping[str, Any]) -> np.ndarray[Any, Any]:
        """An array, in the memory of the block."""
        import numpy as np

        start, length = tree["array"]
        kind = np.dtype(tree["dtype"])
        return np.frombuffer(self.block[start : start + length], kind).reshape(tree["shape"])

    def frame(self, tree: Mapping[str, Any]) -> gpd.GeoDataFrame:
        """A frame with the types it had."""
        import geopandas as gpd

        columns = {name: self.column(column) for name, column in tree["frame"]}
        return gpd.GeoDataFrame(columns, geometry=tree["geometry"], crs=tree["crs"], index=range(tree["rows"]))

    def column(self, tree: Mapping[str, Any]) -> Any:
        """A column."""
        import geopandas as gpd
        import pandas as pd

        if "wkb" in tree:
            return gpd.GeoSeries.from_wkb([None if one is None else self.bytes(one) for one in tree["wkb"]])
        values = self.array(tree) if "array" in tree else tree["values"]
        return pd.Series(values, dtype=tree["type"])


def _is_of(value: Any, library: str, kind: str) -> bool:
    """Whether a value is of a class of a library: of none that is not loaded."""
    return library in sys.modules and isinstance(value, getattr(sys.modules[library], kind, ()))


def _plain(value: Any) -> Any:
    if _is_of(value, "numpy", "generic"):
        value = value.item()
    if not isinstance(value, bool | int | float | str):
        raise TypeError(f"a cell of type {type(value).__name__} cannot be kept")
    return value


def _name(kind: type) -> str:
    """How a class of ours is named; local classes cannot be found again."""
    if not kind.__module__.startswith(HOME) or "." in kind.__qualname__:
        raise TypeError(f"a value of the class {kind.__module__}.{kind.__qualname__} cannot be kept")
    return f"{kind.__module__}:{kind.__qualname__}"


def _is_model(kind: type) -> bool:
    return "pydantic" in sys.modules and issubclass(kind, sys.modules["pydantic"].BaseModel)


def _class(name: str, base: type) -> Any:
    """The class of a name: a dataclass, named tuple or model of ours, and nothing else that can be called."""
    module, _, own = name.partition(":")
    found = getattr(import_module(module), own) if module.startswith(HOME) and own.isidentifier() else None
    if isinstance(found, type) and issubclass(found, base):
        is_named_tuple = issubclass(found, tuple) and hasattr(found, "_fields")
        if is_dataclass(found) or _is_model(found) or is_named_tuple:
            return found
    raise ValueError(f"{name} is not a class of values")
