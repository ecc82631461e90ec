"""What states ask for, the register and the protection zones on the page of the system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import pandas as pd

from transcaspian.analyses.permits.layers import PERMITS
from transcaspian.core.findings import AnalysisResult
from transcaspian.core.vocabulary import NOT_KNOWN
from transcaspian.report.page.content import NONE, Column, layer_table, records_table
from transcaspian.report.page.parts import Block, Section
from transcaspian.report.page.system import SystemPage

REGISTER_COLUMNS = (
    Column("system_id", "system"),
    Column("name"),
    Column("relation"),
    Column("owner"),
    Column("operator"),
    Column("agreement"),
    Column("inspected_by", "inspected by"),
    Column("from_kp_km", "KP, km", ",.3f"),
    Column("asset_kp_km", "its KP, km", ",.3f", NONE),
    Column("angle_deg", "angle, °", ",.0f", NONE),
    Column("separation_m", "distance, m", ",.0f"),
    Column("crossing_method", "how it is crossed"),
    Column("cost_base_usd", "price, USD", ",.0f", NONE),
    Column("status"),
)
PERMIT_COLUMNS = (
    Column("state"),
    Column("zones"),
    Column("what", "what is asked for"),
    Column("asked_by", "by whom"),
    Column("instrument", "by which act", empty=NONE),
    Column("lead_time_days", "lead time, days", ",.0f"),
    Column("permit_state", "state of it"),
    Column("in_force", "in force"),
    Column("in_force_since", "since", empty=NONE),
    Column("text_read", "read"),
    Column("date_checked", "checked", empty="never"),
    Column("remarks", empty=NONE),
    Column("systems"),
    Column("source"),
    Column("status"),
)
OF_WATERS = ("permit_row_id", "system_id", "zone", "from_kp_km", "to_kp_km", "length_km")
"""Columns of the layer that tell where, and of which system."""
ZONE_COLUMNS = (
    Column("system_id", "system"),
    Column("state", empty="insufficient information"),
    Column("from_kp_km", "from KP, km", ",.3f"),
    Column("to_kp_km", "to KP, km", ",.3f"),
    Column("half_width_m", "to either side, m", ",.0f"),
    Column("area_km2", "area, km²", ",.1f"),
    Column("vertices", "corners", ",.0f"),
    Column("status"),
)


def permit_sections(page: SystemPage, found: AnalysisResult) -> Iterator[Section]:
    """How many entries the register has; in the appendix a row for each, and for each part of a zone."""
    rows, zones = page.layers["crossing_register"], page.layers["protection_zones"]
    note = "Agreements are kept in [permits]; a sheet and a sketch of each entry stand in the folder permits."
    register = Block(table=layer_table("crossing_register", rows, "Register", note, REGISTER_COLUMNS, ""))
    blocks = [Block(), register]
    asked = page.layers["permit_register"]
    if len(asked):
        note = (
            "By the table of [permits.requirements], which a person keeps; what is asked for alike in several zones or "
            "of several systems stands once. The layer permit_register has the KPs."
        )
        permits = records_table("Permits by state and zone", PERMIT_COLUMNS, permit_records(asked), "", note)
        blocks.append(Block(table=permits))
    if len(zones):
        note = "Corners and notices stand in the folder permits; the Convention of 2018 is signed and not in force."
        blocks.append(Block(table=layer_table("protection_zones", zones, "Protection zones", note, ZONE_COLUMNS, "")))
    crossed = int((rows["relation"] == "crossed").sum())
    unknown = int((rows["agreement"] == NOT_KNOWN).sum())
    lead = (
        f"{crossed} crossings, {len(rows) - crossed} neighbours that are or may be too near; of {unknown} "
        "the agreement is not known."
    )
    if len(asked):
        granted = int(asked["permit_state"].isin(["granted", "not needed"]).sum())
        lead += f" Of {len(asked)} permits that states ask for {granted} are granted or not needed."
    yield Section("permits", "Permits", lead, tuple(blocks))


def permit_records(asked: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """What each state asks for, once for all zones and systems of which it is alike."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    told = [name for name in PERMITS.field_names if name not in OF_WATERS]
    for row in asked.to_dict("records"):
        key = tuple(None if pd.isna(row[name]) else row[name] for name in told)
        one = found.setdefault(key, {**row, "zones": {}, "systems": {}})
        one["zones"][row["zone"] if isinstance(row["zone"], str) else NOT_KNOWN] = None
        one["systems"][row["system_id"]] = None
    return [{**one, "zones": ", ".join(one["zones"]), "systems": ", ".join(one["systems"])} for one in found.values()]
