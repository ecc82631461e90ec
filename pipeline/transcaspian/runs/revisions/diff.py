"""What changed from one run to another: inputs, figures, routes, crossings, lower seas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transcaspian.core.errors import IngestError
from transcaspian.ingest.publishers import published_rows
from transcaspian.rpl.columns import FOLLOW, Change, PositionChange
from transcaspian.rpl.compare import Comparison, compare_rpl
from transcaspian.rpl.reader import read_rpl
from transcaspian.runs.archive.archived_runs import ArchivedRun
from transcaspian.runs.cache import flattened
from transcaspian.runs.revisions.facts import read_record
from transcaspian.runs.revisions.layer_changes import Changed, CrossingChange, brief, crossing_changes, level_changes

KP_STEP_KM = 25.0
LISTED = 20
"""So many lines of one kind are told; the rest is counted."""


@dataclass(frozen=True)
class SystemDiff:
    """What changed of one system.

    Attributes
    ----------
    system_id
        As the study has it.
    state
        ``kept``, or ``new`` or ``gone``: then nothing can be compared.
    figures
        Those that differ, before and now, in the unit of their name.
    lists
        One Route Position List beside the other; None where one of them is missing or cannot be read, and ``missing``
        says why.
    levels
        Figures at lower levels of the sea.
    crossings
        Those added, gone, or with another verdict; None where a run has no register of them that can be read.
    lonlat_before
        Positions of the route before, shape ``(n, 2)``; None where ``lists`` is.
    """

    system_id: str
    state: str
    figures: tuple[Changed, ...] = ()
    lists: Comparison | None = None
    missing: str = ""
    levels: tuple[Changed, ...] = ()
    crossings: tuple[CrossingChange, ...] | None = None
    lonlat_before: NDArray[np.float64] | None = field(default=None, repr=False, compare=False)

    @property
    def is_same(self) -> bool:
        """Whether nothing changed."""
        changed = self.figures or self.levels or self.crossings
        return self.state == "kept" and not changed and (self.lists is None or self.lists.is_same)


@dataclass(frozen=True)
class RunDiff:
    """What changed from one run to another.

    Attributes
    ----------
    before, now
        Names of the two runs.
    inputs
        Settings and data that differ.
    systems
        Those of both runs, also those that only one of them has.
    """

    before: str
    now: str
    inputs: tuple[Changed, ...]
    systems: tuple[SystemDiff, ...]

    def as_markdown(self) -> str:
        """All of it for people, as Markdown."""
        return "\n".join(_markdown(self)) + "\n"


def diff_runs(before: ArchivedRun, now: ArchivedRun) -> RunDiff:
    """Compare two runs by their manifests and their Route Position Lists.

    Parameters
    ----------
    before, now
        Archived runs of one study, the older first.

    Returns
    -------
    RunDiff
        Inputs that differ, and each system that is new, gone, or kept with its figures.

    Raises
    ------
    IngestError
        When a manifest does not have what it takes.
    """
    for run in (before, now):
        read_record(run)
    old, new = ({item["id"]: item for item in run.manifest.get("systems", ())} for run in (before, now))
    systems = []
    for system_id in dict.fromkeys((*old, *new)):
        if system_id not in new or system_id not in old:
            systems.append(SystemDiff(system_id, "gone" if system_id in old else "new"))
            continue
        figures = tuple(_figures(old[system_id]["figures"], new[system_id]["figures"]))
        systems.append(_in_files(before, now, SystemDiff(system_id, "kept", figures)))
    return RunDiff(before.folder.name, now.name, tuple(_inputs(before.manifest, now.manifest)), tuple(systems))


def _in_files(before: ArchivedRun, now: ArchivedRun, item: SystemDiff) -> SystemDiff:
    """With what the lists and layers of both runs say."""
    try:
        levels, crossings = (
            [published_rows(run.folder, layer, item.system_id, columns) for run in (before, now)]
            for layer, columns in (("scenario_routes", ("level_m_msl",)), ("crossings", ("cable_id", "verdict")))
        )
        item = replace(item, levels=tuple(level_changes(*levels)), crossings=crossing_changes(*crossings))
    except IngestError as exc:
        item = replace(item, missing=f"insufficient information: {exc}")
    try:
        old, new = (read_rpl(run.folder / "rpl" / f"{item.system_id}.csv") for run in (before, now))
    except IngestError as exc:
        return replace(item, missing=f"insufficient information: {exc}")
    lists = compare_rpl(old, new, (before.name, now.name), step_km=KP_STEP_KM)
    return replace(item, lists=lists, lonlat_before=old.lonlat)


def _figures(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Changed]:
    for name in dict.fromkeys((*old, *new)):
        was, now = (figures.get(name, {}).get("value") for figures in (old, new))
        if was != now:
            unit = (new.get(name) or old[name]).get("unit", "")
            yield Changed(name.replace("_", " "), was, now, "" if unit == "1" else unit)


def _inputs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Changed]:
    studies = [flattened(run["study"].get("document", {})) for run in (old, new)]
    for key in dict.fromkeys((*studies[0], *studies[1])):
        was, now = (study.get(key) for study in studies)
        if was != now:
            yield Changed(key, was, now)
    data = [{source["role"]: source for source in run["sources"]} for run in (old, new)]
    for role in dict.fromkeys((*data[0], *data[1])):
        was, now = (sources.get(role) for sources in data)
        if (was or {}).get("sha256") != (now or {}).get("sha256"):
            yield Changed(f"data of {role}", _called(was), _called(now))
        old_beside, new_beside = ((source or {}).get("beside") or {} for source in (was, now))
        for name in sorted({*old_beside, *new_beside}):
            before, after = (_short(one.get(name)) for one in (old_beside, new_beside))
            if before != after:
                yield Changed(f"{name}, opened with the data of {role}", before, after)
    for name, table in (("version", "code"), ("sha256", "code")):
        if old[table][name] != new[table][name]:
            yield Changed(f"{table} {name}", old[table][name][:12], new[table][name][:12])
    versions = [run["code"].get("libraries", {}) for run in (old, new)]
    for library in sorted(versions[0].keys() & versions[1].keys()):  # earlier versions recorded fewer of them
        if versions[0][library] != versions[1][library]:
            yield Changed(library, versions[0][library], versions[1][library])


def _short(sha256: str | None) -> str | None:
    return None if sha256 is None else sha256[:12]


def _called(source: Mapping[str, Any] | None) -> str | None:
    return None if source is None else f"{source['id']} {source['version']} ({source['sha256'][:12]})"


def _markdown(diff: RunDiff) -> Iterator[str]:
    yield f"# Run {diff.now} against {diff.before}"
    yield ""
    yield "## What went in"
    yield from _listed([str(item) for item in diff.inputs]) if diff.inputs else ["Nothing changed."]
    for item in diff.systems:
        yield ""
        yield f"## {item.system_id}"
        if item.state != "kept":
            yield "The system is new." if item.state == "new" else "The system is not in this run."
        elif item.is_same:
            yield item.missing or "The same route, positions, cable and figures."
        else:
            yield from _system(item)


def _system(item: SystemDiff) -> Iterator[str]:
    yield from _table("figure", item.figures)
    yield from _table("at a level of the sea", item.levels)
    if item.crossings:
        yield from _crossings(item.crossings)
        yield ""
    if item.missing:
        yield item.missing
    if item.lists is not None:
        yield from _lists(item.lists, item.crossings is None)


def _table(what: str, changed: tuple[Changed, ...]) -> Iterator[str]:
    if changed:
        yield f"| {what} | before | now | differs | unit |"
        yield "|---|---:|---:|---:|---|"
        yield from (_row(one) for one in changed)
        yield ""


def _lists(lists: Comparison, as_remarked: bool) -> Iterator[str]:
    """One list beside the other; ``as_remarked``: with the crossings, as far as the lists remark them."""
    moved_km = sum(to_km - from_km for from_km, to_km in lists.moved_ranges)
    at = lists.max_offset
    side = "starboard" if at.offset_m > 0 else "port"
    yield (
        f"Moved over {moved_km:,.1f} km of the route before; greatest shift {abs(at.offset_m):,.0f} m to {side} at KP "
        f"{at.old_kp_km:.1f} (now KP {at.new_kp_km:.1f})."
        if lists.moved_ranges
        else "The line lies where it was."
    )
    yield (
        f"Positions: {lists.positions_kept} kept, {len(lists.positions_moved)} moved, "
        f"{len(lists.positions_added)} added, {len(lists.positions_removed)} removed."
    )
    yield ""
    told = []
    if as_remarked:
        told += [f"crossing added: {text}" for text in lists.crossings_added]
        told += [f"crossing removed: {text}" for text in lists.crossings_removed]
    told += [f"cable, KP {c.from_km:.1f} to {c.to_km:.1f}: {c.before} → {c.after}" for c in lists.cable_changes]
    changes: list[Change | PositionChange] = [*lists.span_changes, *lists.position_changes]
    told += [f"{one.column}, {one}" for one in changes if not (lists.moved_ranges and one.column in FOLLOW)]
    yield from _listed(told)
    if lists.moved_ranges:
        yield ""
        yield "| KP before (km) | KP now (km) | shift (m, starboard positive) |"
        yield "|---:|---:|---:|"
        yield from (f"| {row.old_kp_km:.3f} | {row.new_kp_km:.3f} | {round(row.offset_m):+,} |" for row in lists.table)


def _row(one: Changed) -> str:
    differs = ""
    if all(isinstance(value, int | float) for value in (one.before, one.now)):
        differs = f"{one.now - one.before:+,.4g}"
    return f"| {one.what} | {_shown(one.before)} | {_shown(one.now)} | {differs} | {one.unit} |"


def _crossings(changes: tuple[CrossingChange, ...]) -> Iterator[str]:
    yield "| crossing with | | KP before (km) | KP now (km) | angle before (°) | angle now (°) | verdict |"
    yield "|---|---|---:|---:|---:|---:|---|"
    for one in changes[:LISTED]:
        kp, angle, verdict = (
            [None if row is None else row.get(name) for row in (one.before, one.now)]
            for name in ("kp_km", "angle_deg", "verdict")
        )
        said = " → ".join(brief(value) for value in verdict if value is not None)
        figures = [*(_fixed(value, 3) for value in kp), *(_fixed(value, 1) for value in angle)]
        state = "other verdict" if one.state == "verdict" else one.state
        yield f"| {brief(one.asset)} | {state} | {' | '.join(figures)} | {said} |"
    if len(changes) > LISTED:
        yield ""
        yield f"And {len(changes) - LISTED} more crossings."


def _fixed(value: Any, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _listed(lines: list[str]) -> Iterator[str]:
    yield from (f"- {line}" for line in lines[:LISTED])
    if len(lines) > LISTED:
        yield f"- and {len(lines) - LISTED} more"


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else brief(value)
