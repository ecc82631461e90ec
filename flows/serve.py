"""Serve the flow from this process: runs can be started by hand in Prefect's pages, and every night by the schedule.

Needs a Prefect server (``prefect server start``, or ``PREFECT_API_URL``); without one an ephemeral server is used.
"""

from flows.trans_caspian import trans_caspian

NIGHTLY_CRON_UTC = "0 1 * * *"


def main() -> None:
    """Serve until interrupted."""
    trans_caspian.serve(
        name="served-nightly",  # not the name of a deployment in prefect.yaml: Prefect refuses to serve that one
        cron=NIGHTLY_CRON_UTC,
        limit=1,
        tags=["transcaspian"],
    )


if __name__ == "__main__":
    main()
