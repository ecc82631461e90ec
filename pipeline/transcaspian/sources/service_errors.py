"""What services answer instead of data: an error in JSON, or a part of the features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def service_error(document: Any) -> str:
    """Why a JSON document is no complete answer; empty where it says nothing of the kind.

    Errors of ArcGIS (``error``), GeoServer (``exceptions``) and OGC API (``code`` or ``title`` with ``status``), an
    answer cut at the most that a service gives (``exceededTransferLimit``, ``numberMatched``), and JSON of Esri.
    """
    if not isinstance(document, Mapping):
        return ""
    for key in ("error", "errors", "exceptions", "fault", "exception"):
        if document.get(key):
            return f"the answer of a service that failed: {key} is {_brief(document[key])}"
    kind = document.get("type")
    if kind in ("Exception", "ExceptionReport", "about:blank") or (
        "features" not in document and {"code", "description"} <= set(document)
    ):
        told = document.get("detail") or document.get("description") or document.get("title") or kind
        return f"the answer of a service that failed: {_brief(told)}"
    if any(str(key).startswith("esri") for key in (document.get("geometryType", ""), document.get("type", ""))):
        return "JSON of Esri, not GeoJSON: ask the service for it by f=geojson"
    return _cut(document)


def _cut(document: Mapping[str, Any]) -> str:
    """Why a feature collection is only a part of what was asked for."""
    members = document.get("properties")
    told = {**(members if isinstance(members, Mapping) else {}), **document}
    features = document.get("features")
    if told.get("exceededTransferLimit") is True:
        return "cut at the most that its service gives (exceededTransferLimit): fetch it in pages, or by smaller areas"
    matched = next((told[key] for key in ("numberMatched", "totalFeatures") if isinstance(told.get(key), int)), None)
    if isinstance(features, list) and matched is not None and matched > len(features):
        return f"{len(features)} of {matched:,} features that its service has: fetch it in pages, or by smaller areas"
    return ""


def _brief(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("message") or value.get("text") or value.get("code") or dict(value)
    if isinstance(value, list) and value:
        return _brief(value[0])
    return repr(value)[:160]
