"""From a study file, and overrides of its keys, to a validated study."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from transcaspian.core.errors import StudyError
from transcaspian.core.old_names import ANY, OldName, TwoNamesError, old_names, with_new_keys
from transcaspian.study.base import explain
from transcaspian.study.document_tables import Document
from transcaspian.study.own_line import CAN_BE_EMPTIED
from transcaspian.study.rules import PREFIX, newest, rules_tables
from transcaspian.study.schema import Study
from transcaspian.study.toml import read_toml

EXTENDS = "extends"
"""Key of a study file that names what it builds on: another study, or a packaged set of rules."""


def load_study(path: Path | str, overrides: Mapping[str, Any] | None = None) -> Study:
    """Read, override and validate a study file.

    A file may begin with ``extends = "other.toml"`` or ``extends = "rules:2026.1"``: it then holds only what differs
    from that study or packaged set of rules, see `merged`.

    Parameters
    ----------
    path
        A TOML file.
    overrides
        Dotted keys with new values, as of ``--set``: ``{"criteria.slope.weight": 2.0}``; a member of a list of
        tables is named by its id: ``landings.aktau.lon_deg``.

    Returns
    -------
    Study
        Frozen; ``old_names`` has what to tell the user of keys that were renamed.

    Raises
    ------
    StudyError
        When the file cannot be read, is not TOML, or does not describe a study; the message names every key.

    Examples
    --------
    >>> study = load_study("studies/trans_caspian.toml", {"criteria.slope.weight": 2.0})
    >>> study.criteria.slope.weight, study.systems[0].id
    (2.0, 'main')
    """
    told: dict[str, None] = {}
    tables = read_tables(Path(path), told)
    for key, value in (overrides or {}).items():
        apply_override(tables, key, value, told)
    return study_of(tables, f"study file {path}", told)


def read_tables(path: Path, told: dict[str, None] | None = None, extending: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The tables of a study file over those of the study that it extends, every key under its new name.

    Parameters
    ----------
    told
        Receives, as keys, what to tell the user of old names.
    extending
        The files that led to this one.

    Raises
    ------
    StudyError
        When a file cannot be read or is not TOML, has a value under both its old name and its new one, or extends
        itself.
    """
    what = f"study file, which {extending[-1]} extends," if extending else "study file"
    told = {} if told is None else told
    tables = renamed_in(read_toml(path, what), f"study file {path}", told)
    base = tables.pop(EXTENDS, None)
    if base is None:
        return tables
    if not isinstance(base, str):
        expected = f"the path of a study file, or `{newest()}`"
        raise StudyError(f"study file {path}: `{EXTENDS}` is {base!r}: expected {expected}")
    if base.startswith(PREFIX):
        return merged(_rules(base, path), tables)
    wanted = path.parent / base
    if wanted.resolve() in [one.resolve() for one in (*extending, path)]:
        raise StudyError(f"study file {path} extends {wanted}, which leads back to it: remove one `{EXTENDS}`")
    below = read_tables(wanted, told, (*extending, path))
    for ref in refs_in(below):
        for name in ("path", "raster", "tid"):
            if isinstance(ref.get(name), str):
                ref[name] = os.path.relpath(wanted.parent / ref[name], path.parent)
    for system in below.get("systems", ()):
        if isinstance(system, dict) and isinstance(system.get("rpl"), str):
            system["rpl"] = os.path.relpath(wanted.parent / system["rpl"], path.parent)
    for table, names in paths_of_document(below):
        for name in names:
            if isinstance(table.get(name), str):
                table[name] = os.path.relpath(wanted.parent / table[name], path.parent)
    return merged(below, tables)


def paths_of_document(tables: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """The tables of ``[document]`` that name files, and the keys that do."""
    document = tables.get("document")
    if isinstance(document, dict):
        yield document, ("logo",)
        if isinstance(document.get("text"), dict):
            yield document["text"], tuple(document["text"])


def _rules(base: str, path: Path) -> dict[str, Any]:
    """The tables of the set that a study file extends."""
    try:
        return rules_tables(base.removeprefix(PREFIX))
    except StudyError as exc:
        raise StudyError(f"study file {path}: `{EXTENDS}` is {base!r}: {exc}") from exc


def document_table(path: Path) -> Document:
    """The table ``[document]`` of a TOML file, a study or not, with those of the studies that it extends.

    Raises
    ------
    StudyError
        When the file has none, or one that does not describe a document.
    """
    tables = read_tables(path)
    if "document" not in tables:
        raise StudyError(f"{path} has no table [document]: it has {', '.join(tables) or 'no tables'}")
    try:
        return Document.model_validate_json(json.dumps(tables["document"], default=str))
    except ValidationError as exc:
        raise StudyError(f"{path}, table [document]: {explain(exc, 'it', Document)}") from exc


def refs_in(tables: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The tables of a study that may name files: all of them, at any depth."""
    for value in tables.values():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                yield inner
                yield from refs_in(inner)


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables over others: key by key; in lists of tables that have an ``id``, member by member; all else is replaced.

    A data set is replaced as a whole: its citation is that of its file.
    """
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        if key == "sources" and isinstance(old, dict) and isinstance(value, dict):
            result[key] = old | value
        elif names_data(old) and names_data(value):
            result[key] = value
        elif isinstance(old, dict) and isinstance(value, dict):
            result[key] = merged(old, value)
        elif isinstance(old, list) and isinstance(value, list) and have_ids([*old, *value]):
            members = {item["id"]: item for item in old}
            members |= {item["id"]: merged(members.get(item["id"], {}), item) for item in value}
            result[key] = list(members.values())
        else:
            result[key] = value
    return result


def names_data(value: Any) -> bool:
    """Whether a table names a data set, by one of the ways that there are."""
    return isinstance(value, dict) and bool({"registry", "path", "url"} & value.keys())


def have_ids(items: Sequence[Any]) -> bool:
    """Whether all members of a list are tables with an ``id``."""
    return all(isinstance(item, dict) and "id" in item for item in items)


def study_of(tables: Mapping[str, Any], place: str, told: Mapping[str, None] | None = None) -> Study:
    """A study from its tables.

    Parameters
    ----------
    tables
        As read; keys may stand under their old names.
    place
        What a message begins with.
    told
        Its keys are what to tell the user of old names that were renamed before.

    Returns
    -------
    Study
        With what its analyses' tables hold, and defaults where a key is not given.

    Raises
    ------
    StudyError
        When they do not describe one.

    Examples
    --------
    >>> study_of({"schema_version": 2}, "my.toml")
    Traceback (most recent call last):
    transcaspian.core.errors.StudyError: my.toml: `schema_version` is 2: input should be 1; `study` is missing; ...
    """
    from transcaspian.study.whole import WholeStudy  # asks the registry, whose tables import this room

    old_names = dict(told or {})
    tables = renamed_in(without_emptied(tables), place, old_names)
    try:
        study = WholeStudy.model_validate_json(json.dumps(tables, default=str))
    except ValidationError as exc:
        raise StudyError(f"{place}: {explain(exc, model=WholeStudy)}") from exc
    study._old_names = tuple(old_names)
    return study


def renamed_in(tables: Mapping[str, Any], place: str, told: dict[str, None]) -> dict[str, Any]:
    """Tables with every key under its new name; what to tell the user of old ones is added to ``told``, as keys.

    Raises
    ------
    StudyError
        When a value stands under both names; the message begins with ``place``.
    """
    try:
        tables, found = with_new_keys(tables)
    except TwoNamesError as exc:
        raise StudyError(f"{place}: {exc}") from exc
    told.update(dict.fromkeys(found))
    return dict(tables)


def without_emptied(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Tables without the keys of systems that an empty text takes away."""
    systems = tables.get("systems")
    if not isinstance(systems, list):
        return dict(tables)
    kept = [
        {key: value for key, value in system.items() if not (key in CAN_BE_EMPTIED and value == "")}
        if isinstance(system, dict)
        else system
        for system in systems
    ]
    return {**tables, "systems": kept}


def apply_override(tables: dict[str, Any], dotted_key: str, value: Any, told: dict[str, None] | None = None) -> None:
    """Put ``value`` in the place of a key that the study already has or may have; changes ``tables``.

    Parameters
    ----------
    tables
        Of a study, every key under its new name.
    dotted_key
        The key, under its old name or its new one.
    value
        What it is to be.
    told
        Receives, as keys, what to tell the user of old names.

    Raises
    ------
    StudyError
        When a table on the way to the key does not exist.
    """
    *way, last = dotted_key.split(".")
    change: Any = {last: value}
    for name in reversed(way):
        change = {name: change}
    change = renamed_in(change, f"--set {dotted_key}", {} if told is None else told)
    for depth in range(len(way)):
        ((way[depth], change),) = change.items()
    ((last, value),) = change.items()
    place: Any = tables
    for depth, name in enumerate(way):
        within, place = place, _step_into(place, name)
        if not isinstance(place, dict | list):
            found = ".".join(way[: depth + 1])
            near = get_close_matches(name, _tables_in(within), 1, cutoff=0.75)
            meant = f": did you mean `{'.'.join([*way[:depth], *near])}`?" if near else ""
            raise StudyError(f"--set {dotted_key}: the study has no table `{found}`{meant}")
    if not isinstance(place, dict):
        raise StudyError(f"--set {dotted_key}: `{'.'.join(way)}` is a list: name a member by its id, then a key")
    place[last] = value


def _step_into(place: Any, name: str) -> Any:
    if isinstance(place, list):
        return next((item for item in place if isinstance(item, dict) and item.get("id") == name), None)
    return place.get(name)


def _tables_in(place: Any) -> list[str]:
    """Names of the tables in a table, ids of the members of a list."""
    if isinstance(place, list):
        return [str(item["id"]) for item in place if isinstance(item, dict) and "id" in item]
    return [name for name, inner in place.items() if isinstance(inner, dict | list)]


def parse_override(text: str) -> tuple[str, Any]:
    """``KEY=VALUE`` of the command line; the value is read as TOML and, failing that, as text.

    Parameters
    ----------
    text
        As after ``--set``.

    Returns
    -------
    tuple
        The dotted key, and the value: a number, a text, a truth value, a list or a table.

    Raises
    ------
    StudyError
        When there is no ``=`` or no key.

    Examples
    --------
    >>> parse_override("criteria.slope.weight=2.0")
    ('criteria.slope.weight', 2.0)
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise StudyError(f"--set {text}: expected KEY=VALUE, for example criteria.slope.weight=2.0")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value


def study_schema() -> dict[str, Any]:
    """JSON schema of a study file, for editors; one that extends another need not be whole.

    Returns
    -------
    dict
        Tables under ``$defs``, each key with its type, its limits and what it means.

    Examples
    --------
    >>> study_schema()["$defs"]["WaterLevel"]["properties"]["level_m_msl"]["description"]
    'Height above mean sea level, m, positive up.'
    """
    from transcaspian.study.whole import WholeStudy

    schema = WholeStudy.model_json_schema()
    schema["properties"][EXTENDS] = {
        "type": "string",
        "description": "path of the study, or rules:<version> of the rules, that this one extends",
    }
    for one in (name for name in old_names() if name.kind == "key"):
        mark_old(schema, one)
    schema["anyOf"] = [{"required": schema.pop("required")}, {"required": [EXTENDS]}]
    return schema


def mark_old(schema: dict[str, Any], one: OldName) -> None:
    """Let the JSON schema of a study have a key under its old name too, marked as deprecated."""
    *way, old = one.old.split(".")
    tables = [schema]
    for name in way:
        tables = [
            inner
            for table in tables
            for inner in tables_in(schema, table if name == ANY else table["properties"][name])
        ]
    for table in (one_table for one_table in tables if one.new in one_table.get("properties", {})):
        told = {"deprecated": True, "description": f"old name of {one.new}; version {one.until} refuses it"}
        table["properties"][old] = {**table["properties"][one.new], **told}
        if one.new in table.get("required", ()):
            table["required"].remove(one.new)
            table.setdefault("allOf", []).append({"oneOf": [{"required": [name]} for name in (one.new, old)]})


def tables_in(schema: dict[str, Any], part: dict[str, Any]) -> list[dict[str, Any]]:
    """The tables that a part of a JSON schema leads to, through references, choices and lists."""
    if "$ref" in part:
        return tables_in(schema, schema["$defs"][part["$ref"].rpartition("/")[2]])
    if "properties" in part:
        return [part]
    inner = [*part.get("anyOf", ()), *part.get("oneOf", ())]
    inner += [part[name] for name in ("items", "additionalProperties") if isinstance(part.get(name), dict)]
    return [table for one in inner for table in tables_in(schema, one)]
