"""Fetching from a server that misbehaves in every way we know, and what a run then says and uses."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.conftest import COARSE, RAW, STUDY, TINY, options, silent
from transcaspian import cli
from transcaspian.core.errors import SourceError
from transcaspian.runs.engine import RunSettings, run_study
from transcaspian.sources import _http
from transcaspian.sources._http import FetchLimits, check_address
from transcaspian.sources.catalogue import load_registry
from transcaspian.sources.editions import Slot, entries_in, path_of
from transcaspian.sources.fetch import Fetched, fetch
from transcaspian.sources.resolve import RemoteFile, remote_sources, resolve_sources
from transcaspian.study import load_study, parse_override

TIFF = (RAW / "etopo1_caspian.tif").read_bytes()
NOW = datetime(2026, 5, 1, tzinfo=UTC)
QUICK = FetchLimits(max_mb=1.0, stall_s=0.3, total_s=5.0, waits_s=(0.0, 0.0, 0.0))


class Server:
    """A real HTTP server; ``answer`` is called for each request and may do what it likes with the connection."""

    def __init__(self) -> None:
        self.requests: list[dict[str, str]] = []
        self.answer: Callable[[BaseHTTPRequestHandler, int], None] = lambda handler, number: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self) -> None:
                outer.requests.append({**dict(self.headers.items()), "path": self.path})
                outer.answer(self, len(outer.requests))

            def log_message(self, *_: Any) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.http.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sea.tif"

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def send(
    handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, length: int | None = -1, **headers: str
) -> None:
    """Answer; ``length`` is what Content-Length says: -1 the truth, None nothing."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    if length is not None:
        handler.send_header("Content-Length", str(len(body) if length == -1 else length))
    handler.end_headers()
    handler.wfile.write(body)


def get(server: Server, raw: Path, limits: FetchLimits = QUICK, force: bool = False, **more: Any) -> Fetched:
    remote = RemoteFile("seabed", "sea", more.pop("url", server.url), "sea.tif", "CC0", more.pop("sha256", None), 100.0)
    return fetch(remote, raw, more.pop("now", NOW), limits, force=force)


def copy(server: Server, raw: Path) -> bytes:
    slot = Slot(raw, "sea", server.url)
    entry = slot.entry("sea.tif")
    assert entry is not None
    return path_of(slot.folder, entry).read_bytes()


def linked(raw: Path) -> Path:
    """A folder like data/raw, with nothing fetched."""
    raw.mkdir()
    for path in RAW.iterdir():
        if path.is_file():
            (raw / path.name).symlink_to(path)
    return raw


def clean(raw: Path) -> bool:
    return not [path for path in raw.rglob("*") if path.name.startswith(".")]


def test_what_is_current_is_not_sent_again(server: Server, tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        if handler.headers.get("If-None-Match") == '"one"':
            handler.send_response(304)
            handler.end_headers()
        else:
            send(handler, TIFF, ETag='"one"', Last_Modified="Fri, 01 May 2026 00:00:00 GMT")

    server.answer = answer
    first = get(server, tmp_path)
    later = get(server, tmp_path, now=NOW + timedelta(days=7))
    assert (first.state, later.state) == ("fetched", "unchanged")
    assert later.entry.retrieved_utc == first.entry.retrieved_utc
    assert later.entry.checked_utc > first.entry.checked_utc
    assert copy(server, tmp_path) == TIFF
    assert first.entry.sha256 == hashlib.sha256(TIFF).hexdigest()
    assert first.entry.licence == "CC0"
    assert get(server, tmp_path, force=True).state == "fetched"
    assert clean(tmp_path)


def test_a_server_without_etag_is_asked_by_date(server: Server, tmp_path: Path) -> None:
    date = "Fri, 01 May 2026 00:00:00 GMT"
    server.answer = lambda handler, number: send(handler, TIFF, Last_Modified=date)
    get(server, tmp_path)
    get(server, tmp_path)
    assert server.requests[1]["If-Modified-Since"] == date


def test_a_download_that_breaks_off_goes_on_where_it_was(server: Server, tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        if number == 1:
            send(handler, TIFF[:5000], length=len(TIFF), ETag='"one"')
            return
        start = int(handler.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        assert handler.headers["If-Range"] == '"one"'
        span = f"bytes {start}-{len(TIFF) - 1}/{len(TIFF)}"
        send(handler, TIFF[start:], 206, ETag='"one"', Content_Range=span)

    server.answer = answer
    get(server, tmp_path)
    assert copy(server, tmp_path) == TIFF
    assert server.requests[1]["Range"] == "bytes=5000-"


def test_a_file_that_changes_between_two_requests_is_fetched_whole(server: Server, tmp_path: Path) -> None:
    other = TIFF[:4] + bytes(len(TIFF) - 4)

    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        if number == 1:
            send(handler, TIFF[:5000], length=len(TIFF), ETag='"one"')
        else:  # If-Range does not hold any more: the whole new file
            send(handler, other, ETag='"two"')

    server.answer = answer
    assert get(server, tmp_path).entry.etag == '"two"'
    assert copy(server, tmp_path) == other


def test_a_server_that_cannot_resume_sends_it_again(server: Server, tmp_path: Path) -> None:
    server.answer = lambda handler, number: send(handler, TIFF[:900] if number == 1 else TIFF, length=len(TIFF))
    get(server, tmp_path)
    assert copy(server, tmp_path) == TIFF
    assert "Range" not in server.requests[1], "without a validator it is not known to be the same file"


def test_a_wrong_part_is_not_taken(server: Server, tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        if number == 1:
            send(handler, TIFF[:5000], length=len(TIFF), ETag='"one"')
        elif number == 2:
            send(handler, TIFF[100:], 206, ETag='"one"', Content_Range=f"bytes 100-{len(TIFF) - 1}/{len(TIFF)}")
        else:
            send(handler, TIFF, ETag='"one"')

    server.answer = answer
    get(server, tmp_path)
    assert copy(server, tmp_path) == TIFF


def break_off_then(
    rest: Callable[[BaseHTTPRequestHandler], None], whole: bytes = TIFF
) -> Callable[[BaseHTTPRequestHandler, int], None]:
    """Break off after 5000 bytes; answer what asks for the rest by ``rest``, and what asks for all by ``whole``."""

    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        if number == 1:
            send(handler, TIFF[:5000], length=len(TIFF), ETag='"one"')
        elif "Range" in handler.headers:
            rest(handler)
        else:
            send(handler, whole, ETag='"two"')

    return answer


def span(start: int, end: int, total: int = len(TIFF)) -> str:
    return f"bytes {start}-{end}/{total}"


@pytest.mark.parametrize("case", ["another edition", "no more to send", "no word of which part"])
def test_a_rest_that_does_not_fit_is_not_joined(server: Server, tmp_path: Path, case: str) -> None:
    other = TIFF[:4] + bytes(len(TIFF) - 4)
    rests: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {
        # a server that does not know If-Range sends a part of the new file
        "another edition": lambda h: send(h, other[5000:], 206, ETag='"two"', Content_Range=span(5000, len(TIFF) - 1)),
        "no more to send": lambda h: send(h, b"", 416, Content_Range=f"bytes */{len(TIFF)}"),
        "no word of which part": lambda h: send(h, TIFF[5000:], 206, ETag='"one"'),
    }
    server.answer = break_off_then(rests[case], other)
    assert get(server, tmp_path).entry.etag == '"two"'
    assert copy(server, tmp_path) == other


def test_a_rest_that_comes_in_pieces_is_whole_only_at_the_end(server: Server, tmp_path: Path) -> None:
    def piece(handler: BaseHTTPRequestHandler) -> None:
        start = int(handler.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        end = min(start + 8000, len(TIFF))
        send(handler, TIFF[start:end], 206, ETag='"one"', Content_Range=span(start, end - 1))

    server.answer = break_off_then(piece)
    get(server, tmp_path)
    assert copy(server, tmp_path) == TIFF


def test_a_part_that_nobody_asked_for_is_no_file(server: Server, tmp_path: Path) -> None:
    server.answer = lambda h, n: send(h, TIFF[:100], 206, Content_Range=span(0, 99))
    with pytest.raises(SourceError, match="another part"):
        get(server, tmp_path)


def stall(handler: BaseHTTPRequestHandler, number: int) -> None:
    send(handler, TIFF[:100], length=len(TIFF))
    handler.wfile.flush()
    time.sleep(1.0)


BAD: dict[str, tuple[Callable[[BaseHTTPRequestHandler, int], None], str, int]] = {
    "stalls": (stall, "ReadTimeout", 4),
    "truncates": (lambda h, n: send(h, TIFF[:100], length=len(TIFF)), "100 of|incomplete|RemoteProtocolError", 4),
    "says too little": (lambda h, n: send(h, TIFF, length=50), "ends within its head", 1),
    "truncates and says nothing": (lambda h, n: send(h, TIFF[:-9], length=None), "whose data end at 20,004", 1),
    "page instead": (lambda h, n: send(h, b"<!DOCTYPE html><title>Log in</title>"), "Log in", 1),
    "service exception": (lambda h, n: send(h, b"<?xml version='1.0'?><ows:ExceptionReport>no"), "ExceptionReport", 1),
    "nothing": (lambda h, n: send(h, b""), "gives no .tif", 1),
    "not found": (lambda h, n: send(h, b"", 404), "404", 1),
    "forbidden": (lambda h, n: send(h, b"", 403), "403", 1),
    "overloaded": (lambda h, n: send(h, b"", 503, Retry_After="0"), "503", 4),
    "too many": (lambda h, n: send(h, b"", 429), "429", 4),
    "too large by its word": (lambda h, n: send(h, TIFF, length=10**9), "larger than 1 MB", 1),
    "too large in fact": (lambda h, n: send(h, TIFF * 80, length=None), "larger than 1 MB", 1),
    "redirects for ever": (lambda h, n: send(h, b"", 302, Location="/sea.tif"), "redirects", 6),
    "redirects to a file": (lambda h, n: send(h, b"", 302, Location="file:///etc/passwd"), "not an address", 1),
    "redirects to a name that cannot be": (
        lambda h, n: send(h, b"", 302, Location=f"http://{'a' * 70}.example/"),
        "cannot be fetched",
        1,
    ),
    "asks to wait for an hour": (lambda h, n: send(h, b"", 503, Retry_After="3600"), "asks to wait 3600 s", 1),
    "asks to wait for nonsense": (lambda h, n: send(h, b"", 503, Retry_After="\u00b2"), "503", 4),
    "packed": (lambda h, n: send(h, TIFF, Content_Encoding="gzip"), "packs the bytes", 1),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_server_leaves_the_last_good_copy(server: Server, tmp_path: Path, name: str) -> None:
    answer, said, requests = BAD[name]
    server.answer = answer
    with pytest.raises(SourceError, match=said) as fault:
        get(server, tmp_path)
    assert str(fault.value).startswith("sources.seabed: ")
    assert "no copy to fall back on" in str(fault.value)
    assert len(server.requests) == requests, "only what can heal is tried again"

    server.answer = lambda handler, number: send(handler, TIFF)
    get(server, tmp_path)
    server.answer = answer
    kept = get(server, tmp_path, now=NOW + timedelta(days=3))
    assert kept.state == "kept"
    assert "3.0 days old" in kept.told(NOW + timedelta(days=3))
    assert copy(server, tmp_path) == TIFF
    assert clean(tmp_path)


def test_what_heals_is_tried_again_and_the_server_is_heeded(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(_http.time, "sleep", waits.append)
    server.answer = lambda h, n: send(h, b"", 503, Retry_After="3") if n == 1 else send(h, TIFF)
    assert get(server, tmp_path, FetchLimits(waits_s=(1.0,))).state == "fetched"
    assert 3.0 in waits


def test_the_time_limit_holds_even_while_bytes_trickle(server: Server, tmp_path: Path) -> None:
    def trickle(handler: BaseHTTPRequestHandler, number: int) -> None:
        send(handler, TIFF[:10], length=len(TIFF))
        for _ in range(40):
            time.sleep(0.05)
            handler.wfile.write(b"x" * 10)

    server.answer = trickle
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"within 0\.5 s"):
        get(server, tmp_path, FetchLimits(stall_s=0.3, total_s=0.5, waits_s=()))
    assert time.monotonic() - began < 2.0


def test_the_time_limit_holds_while_a_server_trickles_its_headers(server: Server, tmp_path: Path) -> None:
    """Each letter comes in time, so no timeout of the client ever ends it."""
    stop = threading.Event()

    def trickle(handler: BaseHTTPRequestHandler, number: int) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
        while not stop.wait(0.05):
            handler.wfile.write(b"a")

    server.answer = trickle
    began = time.monotonic()
    try:
        with pytest.raises(SourceError, match=r"cannot be fetched within 0.6 s"):
            get(server, tmp_path, FetchLimits(stall_s=5.0, total_s=0.6, waits_s=(0.0, 0.0)))
    finally:
        stop.set()
    assert 0.5 < time.monotonic() - began < 3.0
    assert len(server.requests) == 1
    assert clean(tmp_path)


def test_a_redirect_to_another_host_is_followed_and_written_down(server: Server, tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        if "moved" in handler.path:
            send(handler, TIFF)
        else:
            send(handler, b"", 301, Location=f"http://localhost:{server.port}/moved.tif")

    server.answer = answer
    assert get(server, tmp_path).entry.final_url == f"http://localhost:{server.port}/moved.tif"


def test_addresses_that_no_source_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    places = {"data.example": "93.184.216.34", "inside.example": "10.0.0.7", "meta.example": "169.254.169.254"}
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port: [(0, 0, 0, "", (places.get(host, host), 0))])
    check_address("https://data.example/a", "https://data.example/b")
    for bad in (
        "http://data.example/a",
        "https://inside.example/a",
        "https://meta.example/latest",
        "ftp://data.example/a",
    ):
        with pytest.raises(SourceError):
            check_address(bad, "https://data.example/b")
    with pytest.raises(SourceError, match="secrets") as fault:
        check_address("https://user:hunter2@data.example/", "https://user:hunter2@data.example/")
    assert "hunter2" not in str(fault.value)


def test_rot_in_the_cache_is_found(server: Server, tmp_path: Path) -> None:
    server.answer = lambda handler, number: send(handler, TIFF)
    get(server, tmp_path)
    slot = Slot(tmp_path, "sea", server.url)
    (file,) = slot.folder.rglob("sea.tif")
    file.write_bytes(TIFF[:-1])
    assert slot.entry("sea.tif") is None
    assert list(entries_in(tmp_path).values()) == [None]
    assert get(server, tmp_path).state == "fetched"
    assert "If-None-Match" not in server.requests[1]


def test_a_copy_that_is_not_the_one_asked_for_is_no_copy(server: Server, tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        send(handler, TIFF, 304 if "If-None-Match" in handler.headers else 200, ETag='"one"')

    server.answer = answer
    get(server, tmp_path)
    with pytest.raises(SourceError, match=r"000000000000… was expected; there is no copy"):
        get(server, tmp_path, sha256="0" * 64)

    raw = linked(tmp_path / "raw")
    named = {"url": server.url, "citation": "NOAA"}
    study = load_study(STUDY, {"sources.seabed": named})
    (remote,) = remote_sources(study, raw)
    fetch(remote, raw, NOW, QUICK)
    assert resolve_sources(study, STUDY, raw)["seabed"].file.path.read_bytes() == TIFF
    pinned = load_study(STUDY, {"sources.seabed": {**named, "sha256": "0" * 64}})
    with pytest.raises(SourceError, match="not the one that `sha256` names"):
        resolve_sources(pinned, STUDY, raw)


def test_a_source_may_be_as_large_as_its_study_says(server: Server, tmp_path: Path) -> None:
    server.answer = lambda h, n: send(h, TIFF, length=3 * 10**9)
    remote = RemoteFile("seabed", "sea", server.url, "sea.tif", "CC0", None, max_mb=5000.0)
    with pytest.raises(SourceError, match=r"RemoteProtocolError|of 3,000,000,000 bytes"):
        fetch(remote, tmp_path, NOW, FetchLimits(stall_s=0.3, waits_s=()))


def test_a_cache_that_cannot_be_written_is_told(server: Server, tmp_path: Path) -> None:
    server.answer = lambda h, n: send(h, TIFF)
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(SourceError, match="cache"):
        get(server, tmp_path)


def test_any_name_of_a_file_is_safe_in_the_cache(server: Server, tmp_path: Path) -> None:
    server.answer = lambda h, n: send(h, b'{"type": "FeatureCollection", "features": []}')
    remote = RemoteFile("cables", "entry", server.url, "entry.json", "CC0", None, 1.0)
    assert fetch(remote, tmp_path, NOW, QUICK).state == "fetched"
    assert Slot(tmp_path, "entry", server.url).entry("entry.json") is not None


def test_a_process_that_dies_while_the_new_edition_takes_over_leaves_the_old_one(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = lambda h, n: send(h, TIFF + bytes(n - 1))
    get(server, tmp_path)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Slot, "note", die)
        with pytest.raises(KeyboardInterrupt):
            get(server, tmp_path)
    assert copy(server, tmp_path) == TIFF


def test_whoever_reads_while_a_new_edition_comes_finds_a_whole_one(server: Server, tmp_path: Path) -> None:
    server.answer = lambda h, n: send(h, TIFF + bytes(1 + n % 7))
    get(server, tmp_path)
    first = path_of(Slot(tmp_path, "sea", server.url).folder, get(server, tmp_path).entry)
    began = first.read_bytes()
    over = threading.Event()
    found: list[bool] = []

    def read() -> None:
        while not over.is_set():
            found.append(Slot(tmp_path, "sea", server.url).entry("sea.tif") is not None)

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=lambda: [get(server, tmp_path) for _ in range(8)]) for _ in range(3)]
    reader.start()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    over.set()
    reader.join()
    assert found
    assert all(found)
    assert first.read_bytes() == began, "a run that has begun goes on with the edition it began with"
    assert len(list(first.parents[1].glob("*/sea.tif"))) > 1

    ancient = time.time() - 2 * 86400
    for folder in first.parents[1].glob("*/"):
        os.utime(folder, (ancient, ancient))
    server.answer = lambda h, n: send(h, TIFF)
    get(server, tmp_path)
    assert len(list(first.parents[1].glob("*/sea.tif"))) == 2, "old editions go; the last two stay"


def test_two_operators_at_once_both_end_well(server: Server, tmp_path: Path) -> None:
    server.answer = lambda handler, number: send(handler, TIFF, ETag='"one"')
    done: list[Fetched] = []
    threads = [threading.Thread(target=lambda: done.append(get(server, tmp_path))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 6
    assert copy(server, tmp_path) == TIFF


def test_the_services_of_the_registry_are_asked_for_the_area_of_the_study() -> None:
    registry = load_registry(RAW / "registry.toml")
    urls = {}
    for remote in registry.remote:
        study = load_study(STUDY, dict([parse_override(f'sources.{remote.kind}={{registry="{remote.id}"}}')]))
        (found,) = remote_sources(study, RAW)
        urls[remote.id] = found.url
        check_address(found.url, found.url)
        assert "{" not in found.url
    assert urls["etopo-2022"].endswith("?z%5B(36.15):1:(47.85)%5D%5B(45.9):1:(55.1)%5D")
    assert "subset=Lat(36.24,47.76)&subset=Long(45.99,55.01)" in urls["emodnet-bathymetry"]


@pytest.mark.whole_run
@pytest.mark.usefixtures("without_pictures")
def test_a_run_uses_what_was_fetched_and_says_how_old_it_is(
    server: Server, tmp_path: Path, warmed: Callable[[Path], Path]
) -> None:
    warmed(tmp_path / "out")
    raw = linked(tmp_path / "raw")
    server.answer = lambda handler, number: send(handler, TIFF, ETag='"one"')
    source = f'sources.seabed={{url="{server.url}", citation="NOAA", licence="public domain"}}'
    given = ["--set", source, "--raw", str(raw)]

    def command(*args: str) -> Any:
        return CliRunner().invoke(cli.command, [*args, *given])

    missing = command("check", str(STUDY), *options(COARSE))
    assert isinstance(missing.exception, SourceError)
    assert "run `transcaspian sources fetch`" in str(missing.exception)
    fetched = command("sources", "fetch", str(STUDY))
    assert fetched.exit_code == 0, fetched.output
    assert "seabed: fetched, 0.0 MB, public domain" in fetched.output
    assert command("check", str(STUDY), *options(COARSE)).exit_code == 0
    server.close()
    run = command(
        "run",
        str(STUDY),
        "--direct",
        "--fetch",
        "--system",
        "main",
        "--publish",
        "--out",
        str(tmp_path / "out"),
        *options(TINY),
    )
    assert run.exit_code == 0, run.output + str(run.exception)
    assert "note: sources.seabed: not refreshed (" in run.output
    assert "days old) is used" in run.output
    manifest = json.loads((tmp_path / "out" / "trans-caspian" / "latest" / "manifest.json").read_text())
    seabed = next(item for item in manifest["sources"] if item["role"] == "seabed")
    assert seabed["sha256"] == hashlib.sha256(TIFF).hexdigest()
    assert seabed["retrieved_utc"]
    assert seabed["citation"] == "NOAA"
    overrides = {**TINY, "sources.seabed": {"url": server.url, "citation": "NOAA", "licence": "public domain"}}
    again = run_study(RunSettings(STUDY, tmp_path / "out", ("main",), overrides, raw), silent)
    assert not any("refreshed" in note for note in again.notes), "a run by itself asks no server"
