"""The layers of well-known publishers, and how their columns become ours: one table for all that reads cables.

The columns are those of public layers and of code that reads them. What no row fits is read by our own names, by their
aliases, or by the ``columns`` of a study.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from transcaspian.core.errors import IngestError
from transcaspian.core.layers import CABLES, Layer
from transcaspian.ingest.values import is_empty
from transcaspian.sources.datafile import DataFile

STATE_WORDS: Mapping[str, tuple[str, ...]] = {
    "decommissioned": (
        *("disused", "not in use", "out of service", "out of use", "abandon", "retired", "inactive", "decommission"),
        *("dismantled", "removed", "buiten gebruik", "verlaten", "außer betrieb", "stillgelegt", "ute av drift"),
    ),
    "under_construction": ("construction", "in bau", "im bau", "in aanleg", "being laid"),
    "planned": ("plan", "propos", "approved", "genehmigt", "beantragt", "vergund", "consent", "pre-application"),
    "operating": (
        *("active", "in service", "in use", "inuse", "operat", "functional", "existing", "permanent", "in gebruik"),
        *("in betrieb", "i drift"),
    ),
}
"""States of a cable by what its publisher calls them, in the order in which they are looked for."""
S57_STATUS = {"1": "operating", "4": "decommissioned", "11": "decommissioned", "28": "unknown"}
"""States by the codes of the attribute STATUS of S-57: permanent, not in use, disused."""
KIND_WORDS: Mapping[str, tuple[str, ...]] = {
    "telecom_cable": ("tele", "fibre", "fiber", "data cable", "datacable", "kommunik", "communic", "glas", "datenk"),
    "power_cable": ("power", "strom", "elektr", "electr", "energ", "hvdc", "hvac", "transmission"),
    "pipeline": ("pipeline", "gas", "oil", "rohr"),
}
S57_CATCBL = {"1": "power_cable", "3": "power_cable", "4": "telecom_cable", "5": "telecom_cable", "7": "telecom_cable"}
"""Kinds by the codes of the attribute CATCBL of S-57: power line, transmission, telephone, telegraph, fibre."""


LIST_NAME = "a list with the columns of KIS-ORCA"


@dataclass(frozen=True)
class Schema:
    """How a publisher's columns become ours.

    Attributes
    ----------
    marks
        The columns that give the publisher away, in small letters.
    columns
        Our columns by theirs.
    group
        Their column that tells which features are one cable; empty: the name does.
    status
        REAL or ASSUMED, of the lines; empty: as the study says.
    kind
        Where the layer has no column of it, or a word that is not known.
    note
        How it wants to be credited.
    """

    name: str
    marks: frozenset[str]
    columns: Mapping[str, str]
    group: str = ""
    source: str = ""
    status: str = "REAL"
    kind: str = "telecom_cable"
    note: str = ""

    def theirs(self, ours: str) -> str:
        """Their column for one of ours; empty: they have none."""
        return next((name for name, our in self.columns.items() if our == ours), "")


def _telegeography(marks: str, columns: Mapping[str, str], group: str) -> Schema:
    return Schema(
        "TeleGeography submarine cable map",
        frozenset(marks.split()),
        columns,
        group,
        "TeleGeography, Submarine Cable Map (stylised, not as laid)",
        "ASSUMED",
        note="TeleGeography's geometry is licensed CC BY-NC-SA 3.0 and stylised: credit it, no commercial use",
    )


def _emodnet(
    originator: str, marks: str, columns: Mapping[str, str], group: str = "", kind: str = "telecom_cable"
) -> Schema:
    """A layer of EMODnet, which keeps the columns of its originator."""
    return Schema(
        f"EMODnet Human Activities, {originator}",
        frozenset(marks.split()),
        columns,
        group,
        f"EMODnet Human Activities, {originator}",
        kind=kind,
        note="EMODnet Human Activities: credit the data originators",
    )


def _own(name: str, marks: str, columns: Mapping[str, str], note: str = "") -> Schema:
    return Schema(name, frozenset(marks.split()), columns, source=name, note=note)


def _list(marks: str, columns: Mapping[str, str]) -> Schema:
    """A list by its commonest columns; where it comes from, and whether it is as laid, the study says."""
    return Schema(LIST_NAME, frozenset(marks.split()), columns, status="")


S57 = {"objnam": "name", "catcbl": "kind", "status": "state", "inform": "remarks"}
SCHEMAS = (
    Schema(
        "our own layer `cables`",
        frozenset({"cable_id"}),
        {"cable_id": "cable_id", "name": "name"},
        "cable_id",
        status="ASSUMED",
    ),
    _telegeography("id name color feature_id", {"feature_id": "cable_id", "name": "name"}, "id"),
    _telegeography("slug color", {"slug": "name"}, "slug"),
    _emodnet(
        "Rijkswaterstaat",
        "kabel_nr naam eigenaar",
        {"kabel_nr": "cable_id", "naam": "name", "eigenaar": "owner", "kabelsoort": "kind", "rpl_status": "state"},
        "kabel_nr",
    ),
    _emodnet(
        "BSH CONTIS",
        "uuid featureid name_ featuretyp",
        {"uuid": "cable_id", "name_": "name", "featuretyp": "kind", "status": "state"},
    ),
    _emodnet("NVE", "lokalid navn eier", {"lokalid": "cable_id", "navn": "name", "eier": "owner"}, kind="power_cable"),
    _emodnet(
        "United Kingdom",
        "pipe_name operator fluid",
        {"id": "cable_id", "pipe_name": "name", "operator": "owner", "fluid": "kind", "status": "state"},
    ),
    _emodnet("SIGCables", "name inspireid inst_year", {"name": "name", "status": "state"}),
    _emodnet("Shom", "inspireid catcbl", {"inspireid": "cable_id", "catcbl": "kind", "status": "state"}, "inspireid"),
    _emodnet(
        "telecommunication cables",
        "name operator status medium",
        {"gid": "cable_id", "name": "name", "operator": "owner", "status": "state", "notes": "remarks"},
    ),
    _own("NOAA charted submarine cables (S-57)", "catcbl objnam", S57),
    _own("NOAA charted submarine cables (S-57)", "catcbl sorind", S57),
    _own("BSH CONTIS", "name_ featuretyp", {"name_": "name", "featuretyp": "kind", "status": "state"}),
    _list(
        "cable_name status owner",
        {"cable_name": "name", "owner": "owner", "status": "state", "cable_type": "kind", "type": "kind"},
    ),
    _list(
        "name status owner",
        {"name": "name", "owner": "owner", "status": "state", "type": "kind", "cable_type": "kind"},
    ),
)
"""The first whose marks are all there is taken."""


def recognise(columns: Iterable[Any]) -> Schema | None:
    """The publisher whose columns these are; None where no row fits, or a column is ours by name."""
    found = {str(name).strip().lower() for name in columns}
    schema = next((schema for schema in SCHEMAS if schema.marks <= found), None)
    # who writes one of these for a list of cables means our columns, and our `status`, too
    return None if schema is not None and schema.name == LIST_NAME and {"source", "state", "kind"} & found else schema


def translated(layer: Layer, data: gpd.GeoDataFrame, file: DataFile) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """The frame with our columns, by the study's `columns` or the publisher's row, and what to note.

    Raises
    ------
    IngestError
        When the study names a column that the layer or the file does not have.
    """
    if file.columns:
        return renamed(layer, data, file), ()
    schema = recognise(data.columns) if layer is CABLES else None
    if schema is None or layer.key in schema.marks:
        return data, ()
    note = f"; {schema.note}" if schema.note else ""
    return translate(schema, data), (f"{file.path.name} is read as {schema.name}{note}",)


def renamed(layer: Layer, data: gpd.GeoDataFrame, file: DataFile) -> gpd.GeoDataFrame:
    """The frame with its columns under our names, as the study says; others keep theirs."""
    there = {str(name).strip().lower(): name for name in data.columns if name != data.geometry.name}
    for ours, theirs in file.columns.items():
        if ours not in layer.field_names:
            raise IngestError(
                f"columns in sources.{file.role} has `{ours}`, which is no column of layer {layer.name}: it has "
                f"{', '.join(layer.field_names)}"
            )
        if theirs.strip().lower() not in there:
            raise IngestError(
                f"{file.path} has no column `{theirs}`, which columns in sources.{file.role} names: found "
                f"{', '.join(map(str, there.values())) or '(none)'}"
            )
    # a column of theirs that has our name by chance, and is not meant, would stand for ours too
    taken = {name: f"their {name}" for name in data.columns if str(name).strip().lower() in file.columns}
    picked = {ours: data[there[theirs.strip().lower()]] for ours, theirs in file.columns.items()}
    return data.rename(columns=taken).assign(**picked)


def translate(schema: Schema, data: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame with our columns; a state that is not known becomes ``unknown``, a kind the publisher's usual one."""
    lowered = data.rename(columns={name: str(name).strip().lower() for name in data.columns if name != "geometry"})
    columns = {ours: theirs for theirs, ours in reversed(list(schema.columns.items())) if theirs in lowered.columns}
    result = lowered[[*columns.values(), "geometry"]].rename(columns={theirs: ours for ours, theirs in columns.items()})
    states, kinds = (list(result[name]) if name in result else [None] * len(result) for name in ("state", "kind"))
    result["state"] = [_known(value, STATE_WORDS, S57_STATUS, "unknown") for value in states]
    result["kind"] = [_known(value, KIND_WORDS, S57_CATCBL, schema.kind) for value in kinds]
    if "cable_id" in result:
        result["cable_id"] = numbered(result["cable_id"])
    if "name" not in result:
        result["name"] = result.get("cable_id")
    elif "cable_id" in result:
        result["name"] = result["name"].where(~result["name"].map(is_empty), result["cable_id"])
    said = {"source": schema.source, "status": schema.status}
    return result.assign(**{name: value for name, value in said.items() if value})


def numbered(keys: Iterable[Any]) -> list[Any]:
    """Keys of cables with a number behind each further feature of one cable; ours identify a feature."""
    seen: Counter[str] = Counter()
    found = []
    for key in keys:
        seen[str(key)] += 1
        found.append(key if is_empty(key) or seen[str(key)] == 1 else f"{key}-{seen[str(key)]}")
    return found


def _known(value: Any, words: Mapping[str, tuple[str, ...]], codes: Mapping[str, str], otherwise: str) -> str:
    """Our word for what a publisher writes: by its code, or by a word in its text."""
    if is_empty(value):
        return otherwise
    text = str(value).strip().lower().removesuffix(".0")
    if text in codes:
        return codes[text]
    return next((ours for ours, theirs in words.items() if any(word in text for word in theirs)), otherwise)
