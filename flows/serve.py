"""Serve the flow from one process: runs can be started by hand in Prefect's pages, and every night by the schedule.

Needs a Prefect server (``prefect server start``, or ``PREFECT_API_URL``); without one an ephemeral server is used.
"""

from __future__ import annotations

from prefect.schedules import Cron

from flows.trans_caspian import trans_caspian


def serve(cron: str, timezone: str) -> None:
    """Serve until interrupted, one run at a time."""
    trans_caspian.serve(
        name="served-nightly",  # not the name of a deployment in prefect.yaml: Prefect refuses to serve that one
        schedules=[Cron(cron, timezone=timezone)],
        limit=1,
        tags=["transcaspian"],
    )
