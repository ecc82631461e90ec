"""A Prefect server for the flows of this process, where none is named."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings

from transcaspian.orchestration.own_server import own_server


@contextmanager
def server_for_flows() -> Iterator[None]:
    """Within the block flows find a server: the one of ``PREFECT_API_URL``, or one of our own.

    Prefect would start one itself, which Ctrl-C at a terminal ends together with this process, before it is told.

    Raises
    ------
    OrchestratorError
        When it does not start.
    """
    settings = get_current_settings()
    if settings.api.url or not settings.server.ephemeral.enabled:
        yield
        return
    server = ExitStack()
    atexit.register(server.close)  # it ends with the process, when all has been told to it
    address = server.enter_context(own_server(ephemeral=True))
    with temporary_settings({PREFECT_API_URL: f"{address}/api"}):
        yield
