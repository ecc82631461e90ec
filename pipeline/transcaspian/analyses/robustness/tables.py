"""Layers, rasters and figures of the robustness of routes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from shapely import LineString

from transcaspian import routing
from transcaspian.analyses.robustness.config import Robustness
from transcaspian.analyses.robustness.counts import HeatMap, Share, interval_of, quantiles, share_of
from transcaspian.analyses.robustness.findings import Rank, candidate_findings, sample_findings
from transcaspian.analyses.robustness.flips import Flip
from transcaspian.analyses.robustness.found import SystemSamples, Turn
from transcaspian.analyses.robustness.layers import RANK_ACCEPTABILITY, ROBUSTNESS, SAMPLE_ROUTES, WEIGHT_FLIPS
from transcaspian.core.findings import AnalysisResult, Finding, Surface
from transcaspian.core.frames import Row, frames, known
from transcaspian.core.grid import Grid
from transcaspian.core.system_figures import percent
from transcaspian.core.vocabulary import NOT_KNOWN


def robustness_findings(
    rules: Robustness,
    systems: Sequence[SystemSamples],
    heat_grid: Grid,
    grid: Grid,
    base_cost_usd_per_km: float,
) -> AnalysisResult:
    """What the samples came to, as layers, rasters, figures and notes."""
    return AnalysisResult(
        layers=frames(
            {
                ROBUSTNESS: [system_row(rules, item, base_cost_usd_per_km) for item in systems],
                SAMPLE_ROUTES: [row for item in systems for row in sample_rows(rules, item)],
                RANK_ACCEPTABILITY: [row for item in systems for row in rank_rows(item)],
                WEIGHT_FLIPS: [flip_row(*turn) for item in systems for turn in item.turns],
            }
        ),
        surfaces=tuple(_heat_surface(rules, item, heat_grid, grid) for item in systems),
        figures={
            "samples": rules.samples,
            "seed": rules.seed,
            "near_km": rules.near_km,
            "grid_step_arcsec": rules.grid_step_arcsec,
            "status": "DERIVED",
            "systems": {item.system_id: system_figures(rules, item, base_cost_usd_per_km) for item in systems},
        },
        notes=tuple(note for item in systems for note in notes_of(rules, item)),
        options={name: figures for item in systems for name, figures in options_of(item)},
        findings=tuple(finding for item in systems for finding in findings_of(rules, item)),
    )


def options_of(item: SystemSamples) -> Iterator[tuple[str, dict[str, str]]]:
    """In how many samples each candidate is the cheapest, by the id of the option."""
    for number in range(len(item.candidates)):
        share = best_share(item, number).share
        rank = f"/{number}" if number else ""
        yield f"{item.system_id}{rank}", {"cheapest in": NOT_KNOWN if share is None else percent(share)}


def findings_of(rules: Robustness, item: SystemSamples) -> Iterator[Finding]:
    """What a reader must know of one system."""
    ranks = [
        Rank(candidate.name, best_share(item, number), excess_median(item, number))
        for number, candidate in enumerate(item.candidates)
    ]
    yield from candidate_findings(item.system_id, ranks)
    lost = [sample.reason for sample in item.samples if sample.lonlat is None]
    yield from sample_findings(item.system_id, near_share(rules, item), rules.near_km, lost)


def _heat_surface(rules: Robustness, item: SystemSamples, heat_grid: Grid, grid: Grid) -> Surface:
    """How many of the sampled routes of a system go through each cell, counted on the coarser grid."""
    heat = HeatMap(heat_grid)
    heat.add(routing.densified(sample.lonlat) for sample in item.routed if sample.lonlat is not None)
    meaning = (
        f"share of {len(item.routed)} sampled routes of {item.system_id} that go through a cell of "
        f"{rules.heat_cell_arcsec:g} arc-seconds"
    )
    return Surface(f"route_probability_{item.system_id}", heat.on(grid), meaning, "1", "probability")


def near_share(rules: Robustness, item: SystemSamples) -> Share:
    """The share of all samples whose route stays near the recommended one; one without a route does not."""
    return share_of([sample.off_km <= rules.near_km for sample in item.samples])


def system_row(rules: Robustness, item: SystemSamples, base_cost_usd_per_km: float) -> Row:
    """One row of the layer ``robustness``."""
    near, best = near_share(rules, item), best_share(item, 0)
    lengths = quantiles([sample.length_km for sample in item.routed])
    costs = quantiles([sample.cost_km for sample in item.routed])
    spread: dict[str, float | None] = {f"length_p{round(100 * at):02d}_km": value for at, value in lengths.items()}
    spread |= {f"friction_cost_p{round(100 * at):02d}": value for at, value in costs.items()}
    spread |= {f"cost_p{round(100 * at):02d}_usd": value * base_cost_usd_per_km for at, value in lengths.items()}
    spread |= {f"cost_base_p{round(100 * at):02d}_usd": item.cost_base_usd(value) for at, value in lengths.items()}
    return ROBUSTNESS.row(
        LineString(item.candidates[0].lonlat),
        *(item, rules),
        samples=len(item.samples),
        without_route=len(item.samples) - len(item.routed),
        near_share=near.share,
        near_low=near.low,
        near_high=near.high,
        best_share=best.share,
        off_median_km=known(np.median([sample.off_km for sample in item.routed])) if item.routed else None,
        **spread,
    )


def sample_rows(rules: Robustness, item: SystemSamples) -> Iterator[Row]:
    """Rows of the layer ``sample_routes`` of one system."""
    for sample in item.routed:
        yield SAMPLE_ROUTES.row(
            LineString(sample.lonlat),
            sample,
            sample_id=f"{item.system_id}/{sample.number}",
            system_id=item.system_id,
            sample=sample.number,
            friction_cost=sample.cost_km,
            is_near=sample.off_km <= rules.near_km,
            best_candidate=item.best(sample),
        )


def best_share(item: SystemSamples, number: int) -> Share:
    """The share of samples in which a candidate is the cheapest of all candidates."""
    name = item.candidates[number].name
    return share_of([item.best(sample) == name for sample in item.routed])


def excesses(item: SystemSamples, number: int) -> list[float]:
    """What a candidate costs more than the cheapest, of the samples in which it is open."""
    return [
        sample.candidate_costs_km[number] / min(sample.candidate_costs_km) - 1.0
        for sample in item.routed
        if np.isfinite(sample.candidate_costs_km[number])
    ]


def excess_median(item: SystemSamples, number: int) -> float | None:
    """The median of those; None where the candidate is closed in all."""
    found = excesses(item, number)
    return float(np.median(found)) if found else None


def rank_rows(item: SystemSamples) -> Iterator[Row]:
    """Rows of the layer ``rank_acceptability`` of one system."""
    for number, candidate in enumerate(item.candidates):
        share = best_share(item, number)
        excess = excesses(item, number)
        yield RANK_ACCEPTABILITY.row(
            LineString(candidate.lonlat),
            candidate_id=f"{item.system_id}/{candidate.name}",
            system_id=item.system_id,
            candidate=candidate.name,
            best_share=share.share,
            best_low=share.low,
            best_high=share.high,
            closed_share=1.0 - len(excess) / len(item.routed) if item.routed else None,
            excess_median=excess_median(item, number),
        )


def flip_row(turn: Turn, flip: Flip | None) -> Row:
    """One row of the layer ``weight_flips``."""
    return WEIGHT_FLIPS.row(
        LineString(flip.found) if flip is not None and len(flip.found) else None,
        turn,
        flip_id=f"{turn.system_id}/{turn.criterion}/{turn.step}",
        flips=flip is not None,
        factor=None if flip is None else flip.factor,
        held_at=None if flip is None else flip.held_at,
    )


def system_figures(rules: Robustness, item: SystemSamples, base_cost_usd_per_km: float) -> dict[str, Any]:
    """Figures of one system for the manifest."""
    record, *ranks = [
        {name: value for name, value in row.items() if name != "geometry"}
        for row in (system_row(rules, item, base_cost_usd_per_km), *rank_rows(item))
    ]
    flips = [{name: one[name] for name in one if name != "geometry"} for one in (flip_row(*at) for at in item.turns)]
    return {**record, "ranks": ranks, "flips": flips, "unturned": item.unturned}


def notes_of(rules: Robustness, item: SystemSamples) -> Iterator[str]:
    """What a person should know of one system."""
    near = near_share(rules, item)
    low, high = map(percent, interval_of(near.count, near.samples))
    yield (
        f"{item.system_id}: {percent(near.count / near.samples)} of {near.samples} samples stay within "
        f"{rules.near_km:g} km of the route (95 % confidence: {low} to {high})"
    )
    lost = [sample.reason for sample in item.samples if sample.lonlat is None]
    if lost:
        yield f"{item.system_id}: {len(lost)} of {len(item.samples)} samples have no route; the first: {lost[0]}"
    if item.unturned:
        yield f"{item.system_id}: insufficient information on what each weight alone does; {item.unturned}"
    for turn, flip in item.turns:
        if flip is not None and turn.step != "off":
            yield (
                f"{item.system_id}: the route leaves when the weight of {turn.criterion} is turned {turn.step} to "
                f"{flip.factor:.3g} times"
            )
