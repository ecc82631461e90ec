"""A Prefect server of one's own: on the loopback address, with schedules and pages, for as long as a process needs it.

As a module (``python -m transcaspian.orchestration.own_server``) this is that server. Its
database is the one of ``PREFECT_HOME``.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, cast

from transcaspian.core.errors import OrchestratorError

HOST = "127.0.0.1"
START_S = 120
STOP_S = 10


@contextmanager
def own_server(ephemeral: bool = False) -> Iterator[str]:
    """A server for the length of the block; it ends too when this process does, however that ends.

    Parameters
    ----------
    ephemeral
        Without schedules and pages.

    Yields
    ------
    Its address, e.g. ``http://127.0.0.1:41234``; its API is below ``/api``.

    Raises
    ------
    OrchestratorError
        When it does not start.
    """
    for name in ("NO_PROXY", "no_proxy"):  # a proxy of this machine knows no address of another's loopback
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), HOST]))
    command = [sys.executable, "-m", "transcaspian.orchestration.own_server"]
    pipe = subprocess.PIPE
    # in a session of its own: Ctrl-C at the terminal is for this process, which still has to tell the server something
    kind = {"PREFECT__SERVER_EPHEMERAL": "1"} if ephemeral else {}
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, start_new_session=True, env={**os.environ, **kind}
    ) as server:
        stdin, stdout = cast("tuple[IO[str], IO[str]]", (server.stdin, server.stdout))  # they are pipes
        try:
            address = stdout.readline().strip()
            if not address:
                raise OrchestratorError(
                    f"a Prefect server of its own did not start (exit code {server.wait()}), for the reason above: "
                    "start one by `prefect server start` and set PREFECT_API_URL to it"
                )
            yield address
        finally:
            stdin.close()
            server.wait(STOP_S + 5)


@contextmanager
def server_for_flows() -> Iterator[None]:
    """Within the block flows find a server: the one of ``PREFECT_API_URL``, or one of our own.

    Prefect would start one itself, which Ctrl-C at a terminal ends together with this process, before it is told.

    Raises
    ------
    OrchestratorError
        When it does not start.
    """
    from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings

    settings = get_current_settings()
    if settings.api.url or not settings.server.ephemeral.enabled:
        yield
        return
    server = ExitStack()
    atexit.register(server.close)  # it ends with the process, when all has been told to it
    address = server.enter_context(own_server(ephemeral=True))
    with temporary_settings({PREFECT_API_URL: f"{address}/api"}):
        yield


def main() -> None:
    """Be the server: write its address when it answers, and end when standard input does."""
    threading.Thread(target=_end_with_input, daemon=True).start()
    too_long = threading.Timer(START_S, _end_now, [f"it did not answer within {START_S} s"])
    too_long.daemon = True
    too_long.start()
    wanted = os.environ.get("PREFECT_SERVER_API_PORT", "0")
    try:
        listening = socket.create_server((HOST, int(wanted)))
    except OSError as exc:
        sys.exit(f"Prefect server: port {wanted} of {HOST}: {os.strerror(exc.errno or 0)}")
    port = listening.getsockname()[1]
    os.environ |= {"PREFECT_SERVER_API_HOST": HOST, "PREFECT_SERVER_API_PORT": str(port)}  # where its pages ask

    import uvicorn
    from prefect.server.api.server import create_app

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            too_long.cancel()
            print(f"http://{HOST}:{port}", flush=True)
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # the one line was all that is read

    config = uvicorn.Config(create_app(final=True), log_level="warning", timeout_graceful_shutdown=STOP_S // 2)
    Server(config).run([listening])


def _end_with_input() -> None:
    """The process that started this one holds the other end: it is closed on purpose, or with that process."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_S)
    os._exit(1)  # it was not needed any more


def _end_now(why: str) -> None:
    print(f"Prefect server: {why}", file=sys.stderr, flush=True)
    os._exit(1)


if __name__ == "__main__":
    main()
