"""What Prefect needs of the machine it finds itself on: made good, or said in one sentence, before it is used."""

from __future__ import annotations

import io
import os
import sys
import warnings
from contextlib import redirect_stderr
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from pydantic import ValidationError

from transcaspian.core.environment import give_folder, home, is_writable
from transcaspian.core.errors import OrchestratorError

if TYPE_CHECKING:
    from prefect.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
CLIENT_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
SQLITE = b"SQLite format 3\0"
DIRECT = "or use `transcaspian run --direct`, which needs no Prefect"


def prepare() -> None:
    """Let Prefect be imported, and its client and a server of its own be used.

    Raises
    ------
    OrchestratorError
        When a setting or a file of them, the folder of Prefect, a proxy or a server is such that they cannot be.
    """
    go_round_proxies()
    # whatever a profile says: where no server is named, the command begins one of its own
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_ENABLED", "true")
    if not os.environ.get("PREFECT_HOME") and not is_writable(default_home()):
        give_folder("PREFECT_HOME", "prefect")
    settings = read_settings()
    check_home(settings.home)
    check_client()
    check_a_server(settings)


def default_home() -> Path:
    """Where Prefect keeps its database when no other folder is named."""
    return (home() or Path("/")) / ".prefect"


def go_round_proxies() -> None:
    """Ask no proxy for a server on the loopback address: what the proxy would find there is itself."""
    told = f"{os.environ.get('no_proxy', '')},{os.environ.get('NO_PROXY', '')}".split(",")
    hosts = list(dict.fromkeys([*filter(None, map(str.strip, told)), *LOOPBACK]))
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*" if "*" in hosts else ",".join(hosts)


def read_settings() -> Settings:
    """Let Prefect read its settings, as it does when it is imported; what it warns of becomes a note.

    Raises
    ------
    OrchestratorError
        When one of them is wrong, or a file of them cannot be read.
    """
    said = io.StringIO()
    try:
        with warnings.catch_warnings(record=True) as warned, redirect_stderr(said):
            warnings.simplefilter("always", UserWarning)
            import prefect.context
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join([exc.title, *map(str, first["loc"])])
        raise OrchestratorError(f"a setting of Prefect is wrong, {where}: {first['msg']}; {where_set()}") from exc
    except (AttributeError, LookupError, OSError, TypeError, ValueError) as exc:
        raise OrchestratorError(f"Prefect cannot read its settings ({exc}); {where_set()}") from exc
    notes = [str(warning.message) for warning in warned if issubclass(warning.category, UserWarning)]
    for note in dict.fromkeys([*said.getvalue().splitlines(), *notes]):
        print(f"note: Prefect: {note.strip()}", file=sys.stderr)
    return prefect.context.get_settings_context().settings


def where_set() -> str:
    """Where a person looks for a wrong setting."""
    named = os.environ.get("PREFECT_PROFILES_PATH")
    profiles = Path(named or Path(os.environ.get("PREFECT_HOME") or default_home()) / "profiles.toml")
    files = [*([profiles] if os.path.lexists(profiles) else []), *map(Path, ("prefect.toml", ".env"))]
    found = ", ".join(str(path) for path in files if os.path.lexists(path))
    return f"correct it in {found or 'the environment'}{' or the environment' if found else ''}, {DIRECT}"


def check_home(folder: Path) -> None:
    """Whether Prefect can keep its database in its folder.

    Raises
    ------
    OrchestratorError
        When it cannot.
    """
    database = folder / "prefect.db"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=folder).close()
        head = b""
        if database.exists():
            with database.open("rb+") as file:
                head = file.read(len(SQLITE))
    except OSError as exc:
        raise OrchestratorError(
            f"the folder of Prefect, {folder}, cannot be written ({exc.strerror}): set PREFECT_HOME to one that can, "
            f"{DIRECT}"
        ) from exc
    if head not in (b"", SQLITE):
        raise OrchestratorError(
            f"{database} is no database of Prefect's server: move it away, or set PREFECT_HOME to another folder, "
            f"{DIRECT}"
        )


def check_client() -> None:
    """Whether a client of HTTP can be made.

    Raises
    ------
    OrchestratorError
        When a variable of the environment names a proxy or a certificate that it cannot use.
    """
    import httpx

    try:
        httpx.Client().close()
    except (ImportError, OSError, ValueError, httpx.InvalidURL) as exc:
        named = [name for name in CLIENT_VARIABLES if os.environ.get(name) or os.environ.get(name.lower())]
        reason = str(exc).partition(". ")[0]
        raise OrchestratorError(
            f"Prefect's client cannot be used with {', '.join(named)} as set in the environment ({reason}): correct "
            f"or unset it, {DIRECT}"
        ) from exc


def check_a_server(settings: Settings) -> None:
    """Whether there is a server, or may be one of our own.

    Raises
    ------
    OrchestratorError
        When there is none.
    """
    if settings.api.url:
        from transcaspian.orchestration.serve import check_server

        check_server(settings.api.url)
    elif not settings.server.ephemeral.enabled:
        raise OrchestratorError(
            "PREFECT_API_URL names no server, and PREFECT_SERVER_EPHEMERAL_ENABLED forbids one of its own: set "
            f"PREFECT_API_URL, or unset the other, {DIRECT}"
        )
