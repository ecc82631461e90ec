"""The command in any environment: it runs, or ends in one sentence with its documented exit code, and does not hang."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import COARSE, RAW, ROOT, STUDY, TINY, need, options, without
from tests.faults.harness import Place, small_study
from transcaspian.core.kernel_cache import wanted_folder

pytestmark = pytest.mark.prefect

MAX_S = 60.0
"""On a machine that has nothing else to do; as many times longer as it has more than its cores can do."""
NOT_KNOWN = f"""
mount --bind {ROOT} {ROOT} && mount -o remount,ro,bind {ROOT} || exit
exec unshare --user --map-user=65533 --map-group=65533 "$@"
"""
"""Calls a command as a user whom the system does not know, and who therefore has no home; the checkout is read-only."""
TEXT = {
    "@broken": 'active = "x',
    "@old": '[profiles.default]\nPREFECT_ORION_DATABASE_URL = "x"\n',
    "@not-utf8": 'active = "é"',
    "@no-table": 'active = "d"\nprofiles = "d"\n',
    "@wrong": 'active = "d"\n[profiles.d]\nPREFECT_SERVER_API_PORT = "many"\n',
    "@without-ephemeral": 'active = "d"\n[profiles.d]\nPREFECT_SERVER_EPHEMERAL_ENABLED = "false"\n',
    "@unknown": 'active = "gone"\n',
    "@gone-server": 'active = "d"\n[profiles.d]\nPREFECT_API_URL = "http://127.0.0.1:9/api"\n',
}
"""Files that an environment may name."""
GONE = "http://127.0.0.1:9/api"


@dataclass(frozen=True)
class Case:
    """A command in an environment.

    Attributes
    ----------
    about
        What is odd about the environment.
    command
        One of `commands`, and further options.
    env
        Variables that are set; None: unset. A value of `TEXT` is the path of a file with that text.
    line
        How a shell calls the command, which is ``"$@"``.
    code
        The exit code.
    says
        What stands on standard error, and for a good end on either.
    unknown_user
        Whether a user without a home calls it.
    """

    about: str
    command: str
    env: dict[str, str | None] = field(default_factory=dict)
    line: str = '"$@"'
    code: int = 0
    says: str = ""
    unknown_user: bool = False


PROFILES = "PREFECT_PROFILES_PATH"
ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
HEAD = '"$@" | head -c 1; exit ${PIPESTATUS[0]}'
CASES = [
    # the settings of Prefect
    Case(
        "a profile without ephemeral mode, a proxy for all, an odd time zone",
        "run",
        {
            PROFILES: "@without-ephemeral",
            "HTTP_PROXY": GONE,
            "HTTPS_PROXY": GONE,
            "NO_PROXY": None,
            "TZ": "Nowhere/City",
        },
        says="published:",
    ),
    Case("no ephemeral mode by a variable", "run", {"PREFECT_SERVER_EPHEMERAL_ENABLED": "0"}, code=2, says="forbids"),
    Case("broken profiles", "run", {PROFILES: "@broken"}, code=2, says="@broken"),
    Case("broken profiles", "serve", {PROFILES: "@broken"}, code=2, says="@broken"),
    Case("broken profiles", "script", {PROFILES: "@broken"}, code=2, says="@broken"),
    Case("broken profiles, LANG=C", "check", {PROFILES: "@broken", **ASCII}),
    Case("broken profiles, a stream in ascii", "direct", {PROFILES: "@broken", "PYTHONIOENCODING": "ascii:strict"}),
    Case("profiles in another encoding", "run", {PROFILES: "@not-utf8"}, code=2, says="@not-utf8"),
    Case("profiles that are no table", "run", {PROFILES: "@no-table"}, code=2, says="@no-table"),
    Case("profiles that are a folder", "run", {PROFILES: "/"}, code=2, says="directory"),
    Case("a wrong setting in a profile", "run", {PROFILES: "@wrong"}, code=2, says="port: Input should be"),
    Case("an old profile", "serve --cron never", {PROFILES: "@old"}, code=2, says="five fields"),
    Case("an unknown profile", "serve --cron never", {PROFILES: "@unknown"}, code=2, says="'gone'"),
    Case("a server that is gone", "run", {"PREFECT_API_URL": GONE}, code=2, says="no Prefect server answers"),
    Case("a server that is gone, and nothing to do", "unchanged", {"PREFECT_API_URL": GONE}, says="stands"),
    Case("a server that is gone", "serve", {"PREFECT_API_URL": GONE}, code=2, says="no Prefect server answers"),
    Case("a server that is gone", "script", {"PREFECT_API_URL": GONE}, code=2, says="no Prefect server answers"),
    Case("a server that is gone, of a profile", "run", {PROFILES: "@gone-server"}, code=2, says=GONE),
    Case("an address without http", "run", {"PREFECT_API_URL": "localhost:4200"}, code=2, says="localhost:4200"),
    Case("a machine that is not there", "run", {"PREFECT_API_URL": "http://10.255.255.1/api"}, code=2, says="10.255"),
    Case("PREFECT_HOME below a file", "run", {"PREFECT_HOME": "/dev/null/x"}, code=2, says="/dev/null/x"),
    Case("PREFECT_HOME that cannot be written", "serve", {"PREFECT_HOME": "/proc"}, code=2, says="/proc, cannot"),
    Case("PREFECT_HOME that cannot be written", "list", {"PREFECT_HOME": "/proc"}),
    # the network
    Case("a proxy of no known kind", "run", {"ALL_PROXY": "carrier://x"}, code=2, says="ALL_PROXY"),
    Case("a certificate that is not there", "serve", {"SSL_CERT_FILE": "/gone"}, code=2, says="SSL_CERT_FILE"),
    # the user and the machine
    Case("a home that cannot be written", "check", {"HOME": str(ROOT)}, unknown_user=True),
    Case("a folder of runs that cannot be written", "direct --out /proc/x", code=2, says="/proc/x"),
    Case("a time that never comes", "serve --cron '61 * * * *'", code=2, says="minute (0-59)"),
    Case("a time zone that is none", "serve --timezone Nowhere/City", code=2, says="Asia/Baku"),
    Case("a working folder that is gone", "list", line='mkdir gone; cd gone; rmdir ../gone; "$@"'),
    # the streams
    Case("a stream in cp1252", "direct", {"PYTHONIOENCODING": "cp1252:strict"}),
    Case("a stream in ascii", "help", {"PYTHONIOENCODING": "ascii"}),
    Case("output is not read to its end", "list", line=HEAD),
    Case("output is not read to its end", "direct", line=HEAD),
    Case("output is not read to its end", "help", {"PYTHONUNBUFFERED": "1"}, line=HEAD),
    Case("standard output closed", "check", line='"$@" >&-'),
    Case("all streams closed", "direct --from engineering", line='"$@" <&- >&- 2>&-'),
    Case("a full disk", "list", line='"$@" >/dev/full', code=2, says="No space left"),
    Case("a full disk", "direct", {"PYTHONUNBUFFERED": "1"}, line='"$@" >/dev/full', code=2, says="No space left"),
    Case("a full disk under both", "health", line='"$@" >/dev/full 2>&1', code=1),
    # these write another run, and stand last: what the others find is the run that stands
    Case(
        "no home, the checkout read-only", "run --format kml", {"HOME": None, "PREFECT_HOME": None}, unknown_user=True
    ),
    Case(
        "LANG=C, a home that is not there, a time zone that is none",
        "direct --from engineering --format parquet --format flatgeobuf",
        {**ASCII, "HOME": "/dev/null/x", "TZ": ":/dev/null"},
    ),
]


class Bench:
    """A small study with a run of it, and the commands that are called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.study = small_study(folder)
        self.out = folder / "out"
        Place(self.out, self.study).run(1.0)

    def words(self, text: str) -> list[str]:
        """The words of a command of `Case`."""
        keys = {**TINY, "criteria.depth.weight": 1.0}
        sets = options(keys)
        run = [
            "run",
            str(self.study),
            "--system",
            "main",
            "--publish",
            "--raw",
            str(RAW),
            *sets,
            "--out",
            str(self.out),
        ]
        known = {
            "run": [*run, "--from", "write"],  # whatever is kept, Prefect is started
            "unchanged": run,
            "direct": [*run, "--direct"],
            "check": ["check", str(self.study), "--raw", str(RAW), *options(COARSE)],
            "list": ["runs", "list", "--out", str(self.out)],
            "health": ["health", "--out", str(self.out), "--raw", str(RAW), "--min-free-gb", "1e9"],
            "serve": ["serve", "--study", str(STUDY), "--out", str(self.out)],
            "help": ["--help"],
        }
        name, *further = shlex.split(text)
        if name == "script":
            return [sys.executable, str(ROOT / "flows" / "trans_caspian.py")]
        return [
            sys.executable,
            "-c",
            "from transcaspian.orchestration.command import main; main()",
            *known[name],
            *further,
        ]

    def value(self, text: str) -> str:
        """The value of a variable of `Case`."""
        if text not in TEXT:
            return text
        path = self.folder / text
        path.write_bytes(TEXT[text].encode("latin-1"))
        return str(path)

    def env(self, case: Case) -> dict[str, str]:
        """The environment of a case: of the one of the tests, what no case is about."""
        others = ("PREFECT_", "PYTHON", "LC_", "MPL", "NUMBA_", "XDG_", "SSL_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(others) and "proxy" not in k.lower()}
        home = {"HOME": str(self.folder), "PREFECT_HOME": str(self.folder / "prefect"), "TMPDIR": str(self.folder)}
        if not case.unknown_user:  # what was compiled before is found, where no case is about it
            home["NUMBA_CACHE_DIR"] = str(wanted_folder().parent)
        all_of = {**kept, **home, "PYTHONPATH": str(ROOT), **case.env}
        return {name: self.value(value) for name, value in all_of.items() if value is not None}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("environments"))


def as_unknown_user() -> list[str]:
    """How a command is called as `NOT_KNOWN` has it; where that is not allowed, the test is skipped."""
    call = [need("unshare", "util-linux"), "--map-root-user", "--mount", "sh", "-c", NOT_KNOWN, "sh"]
    if subprocess.run([*call, "true"], capture_output=True, check=False).returncode:
        without("leave to mount and to map users")
    return call


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.about}: {case.command}")
def test_it_runs_or_says_in_one_sentence_why_not(bench: Bench, case: Case) -> None:
    user = as_unknown_user() if case.unknown_user else []
    words = bench.words(case.command)
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    with subprocess.Popen(
        ["bash", "-c", case.line, "bash", *user, *words],
        cwd=bench.folder,
        env=bench.env(case),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            out, err = (text.decode("utf-8", "replace") for text in process.communicate(timeout=MAX_S * busy))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    assert process.returncode == case.code, out + err
    lines = err.splitlines()
    assert all(line.startswith(("note: ", "error: ")) for line in lines), err
    assert sum(line.startswith("error: ") for line in lines) == (case.code == 2), err
    assert case.says in (err if case.code else out + err)
