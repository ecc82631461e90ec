"""What a run leaves in Prefect's log and pages: its progress, figures, summary and map."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import httpx
from prefect import artifacts as pages
from prefect import get_run_logger

from transcaspian.runs.engine import REUSED, STAGES, AnyStage, RunResult

MAX_PICTURE_MB = 3.0
"""The map lies in the artifact itself: Prefect's pages cannot read a file of the machine that ran the flow."""


class Reporter:
    """Tells the server what the run does not depend on: artifacts, progress.

    A server that is gone is asked no more, because each request would be tried again for a minute.

    Attributes
    ----------
    lost
        Why the server cannot be told; empty while it can.
    """

    def __init__(self) -> None:
        self.lost = ""

    def __call__(self, create: Callable[..., Any], **artifact: Any) -> Any:
        """Call a function of Prefect's that asks the server; its answer, None where the server is lost."""
        if self.lost:
            return None
        try:
            return create(**artifact)
        except httpx.HTTPError as exc:
            self.lost = str(exc) or type(exc).__name__
            get_run_logger().warning("Prefect's server is lost (%s): the run goes on without artifacts", self.lost)
            return None


class Progress:
    """Watches an unattended run: a line in Prefect's log as each stage begins and ends, and a bar in its pages."""

    def __init__(self, reporter: Reporter) -> None:
        self.done = 0
        self.reporter = reporter
        self.bar = reporter(
            pages.create_progress_artifact,
            progress=0.0,
            key="trans-caspian-progress",
            description="Stages of the run",
        )

    def __call__(self, stage: AnyStage, seconds: float | None, told: str) -> None:
        logger = get_run_logger()
        if seconds is None:
            logger.info("%s: %s%s", stage.name, stage.meaning, f"; because {told}" if told else "")
            return
        logger.info("%s: %s", stage.name, REUSED if told == REUSED else f"{seconds:.2f} s")
        self.done += 1
        if self.bar is not None:
            self.reporter(
                pages.update_progress_artifact, artifact_id=self.bar, progress=100.0 * self.done / len(STAGES)
            )


def log_result(result: RunResult) -> None:
    """The notes of a run and its state, in Prefect's log."""
    logger = get_run_logger()
    for note in result.notes:
        logger.info("note: %s", note)
    for found in result.findings:
        logger.info("%s: %s", found.severity, found)
    logger.info("run %s: %s", result.folder.name, state_of(result))


def state_of(result: RunResult) -> str:
    """What became of a run, in words."""
    return f"nothing changed: it stands, {result.state}" if result.reused else result.state


def leave_artifacts(result: RunResult, study: object, reporter: Reporter) -> None:
    """Leave the figures as a table, a summary with all that a person should know, and the map.

    Parameters
    ----------
    result
        Of the run.
    study
        Its file, as it was named.
    reporter
        Of the run.
    """
    state = state_of(result)
    reporter(
        pages.create_table_artifact,
        key="trans-caspian-systems",
        table=systems_table(result),
        description=f"Run {result.folder.name} of {study}: {state}",
    )
    reporter(pages.create_markdown_artifact, key="trans-caspian-summary", markdown=summary(result, state))
    picture = result.folder / "map.png"
    if picture.is_file() and picture.stat().st_size < MAX_PICTURE_MB * 1e6:
        encoded = base64.b64encode(picture.read_bytes()).decode()
        url = f"data:image/png;base64,{encoded}"
        reporter(pages.create_image_artifact, image_url=url, key="trans-caspian-map", description=result.folder.name)


def systems_table(result: RunResult) -> list[dict[str, Any]]:
    """A row of figures for each system."""
    return [
        {
            "system": item.system_id,
            "length_km": round(item.length_km, 3),
            "geodesic_km": round(item.geodesic_km, 3),
            "published_km": item.published_km,
            "max_depth_m": item.max_depth_m,
            **({} if item.cost is None else item.cost.by_name),
            "cost_usd": round(item.cost_usd, 2),
        }
        for item in result.figures
    ]


def summary(result: RunResult, state: str) -> str:
    """The run in Markdown: what to do, findings, figures, notes, where to find it, what changed since the run before.

    Parameters
    ----------
    result
        Of the run.
    state
        As `state_of` has it.
    """
    report = result.folder / "report.html"
    lines = [
        f"# Run {result.folder.name}",
        f"{state}; report: [{report}]({report.absolute().as_uri()})",
        "",
        *(f"- {item}" for item in result.advice),
        "",
        *(f"1. **{found.severity}** {found}. {found.action}" for found in result.findings),
        "",
        "| system | route km | published km | deepest m | cost, USD (low–high) |",
        "|---|---:|---:|---:|---:|",
    ]
    for item in result.figures:
        published = "–" if item.published_km is None else f"{item.published_km:,.0f}"
        deepest = "insufficient information" if item.max_depth_m is None else f"{item.max_depth_m:,.0f}"
        cost = "no cost book" if item.cost is None else item.cost.in_full
        lines.append(f"| {item.system_id} | {item.length_km:,.1f} | {published} | {deepest} | {cost} |")
    lines += ["", "Route lengths and depths are DERIVED, published lengths REAL, costs by [prices] of the study.", ""]
    lines += [f"- {note}" for note in result.notes]
    changes = result.folder / "changes.md"
    if not result.reused and changes.is_file():
        lines += ["", changes.read_text(encoding="utf-8")]
    return "\n".join(lines)
