"""One download that can be trusted: conditional, resumed, within limits, and what it claims to be."""

from __future__ import annotations

import ipaddress
import math
import re
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Self
from urllib.parse import urljoin, urlsplit

import httpx

from transcaspian.core.errors import SourceError
from transcaspian.core.version import __version__

HEALING = {408, 425, 429, 500, 502, 503, 504}
"""Answers of a server that may be another in a moment."""
MAX_REDIRECTS = 5
EXCERPT_LETTERS = 160
SIGNATURES = {
    ".nc": (b"CDF\x01", b"CDF\x02", b"CDF\x05", b"\x89HDF\r\n\x1a\n"),
    ".bag": (b"\x89HDF\r\n\x1a\n",),
    ".h5": (b"\x89HDF\r\n\x1a\n",),
    ".tif": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    ".tiff": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    ".gpkg": (b"SQLite format 3\x00",),
    ".fgb": (b"fgb",),
    ".zip": (b"PK\x03\x04",),
    ".xlsx": (b"PK\x03\x04",),
    ".geojson": (b"{",),
    ".json": (b"{",),
}
"""How files of a kind begin; those of another kind may not be a page of HTML or XML."""


class _PassingError(Exception):
    """Trouble that may be over in a moment."""

    def __init__(self, told: str, wait_s: float = 0.0) -> None:
        super().__init__(told)
        self.wait_s = wait_s


@dataclass(frozen=True)
class FetchLimits:
    """How long and how much.

    Attributes
    ----------
    stall_s
        Without a byte.
    total_s
        For one file with all its attempts.
    waits_s
        Before each further attempt.
    patience_s
        The longest wait that a server may ask for.
    """

    max_mb: float = math.inf
    stall_s: float = 30.0
    total_s: float = 3600.0
    waits_s: tuple[float, ...] = (1.0, 4.0, 15.0)
    patience_s: float = 120.0


@dataclass(frozen=True)
class Answer:
    """What came of a request; ``is_new`` is False where the copy at hand is current, and nothing was written."""

    is_new: bool
    final_url: str = ""
    etag: str = ""
    last_modified: str = ""


def download(url: str, part: Path, etag: str, last_modified: str, limits: FetchLimits) -> Answer:
    """Fetch a file into ``part``, unless the copy with that ``etag`` or ``last_modified`` is current.

    Of a download that breaks off, the rest is asked for, if the server can and the file has not changed since.

    Raises
    ------
    SourceError
        When the server has no such file, sends something else, too much, or does not answer within the limits.
    """
    until = time.monotonic() + limits.total_s
    condition = {"If-None-Match": etag} if etag else {"If-Modified-Since": last_modified} if last_modified else {}
    part.unlink(missing_ok=True)
    attempt = _Attempt(url, part, condition, limits, until)
    told, asked_s = "", 0.0
    for wait_s in (0.0, *limits.waits_s):
        time.sleep(max(0.0, min(max(wait_s, asked_s), until - time.monotonic())))
        asked_s = 0.0
        try:
            return attempt.go()
        except _PassingError as exc:
            told, asked_s = str(exc), exc.wait_s
            if asked_s > limits.patience_s:
                raise SourceError(f"{url}: {told} and asks to wait {asked_s:g} s: try again then") from exc
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as exc:
            if "CERTIFICATE" in str(exc).upper():
                raise SourceError(f"{url}: {exc}: the certificate of the server cannot be trusted") from exc
            told = f"{type(exc).__name__}: {exc}".rstrip(": ")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as exc:  # the last: of names that no host can have
            raise SourceError(f"{url} cannot be fetched: {exc}") from exc
        if time.monotonic() >= until:
            raise SourceError(f"{url} cannot be fetched within {limits.total_s:g} s: {told}")
    raise SourceError(f"{url} cannot be fetched after {1 + len(limits.waits_s)} attempts: {told}")


class _Cut:
    """Cuts a connection when its time is up.

    Timeouts of the client count from byte to byte: a server that sends a letter of a header now and then would keep it
    for ever.
    """

    def __init__(self, after_s: float) -> None:
        self._timer = threading.Timer(after_s, self._cut)
        self._timer.daemon = True
        self._stream: Any = None

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def trace(self, event: str, about: Mapping[str, Any]) -> None:
        """Told by the client of each step; those that open the connection, or encrypt it, return its stream."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._stream = about["return_value"]

    def _cut(self) -> None:
        with suppress(OSError, AttributeError):  # it may be closed already
            self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


class _Attempt:
    """The attempts at one file; each goes on where the one before broke off."""

    def __init__(self, url: str, part: Path, condition: dict[str, str], limits: FetchLimits, until: float) -> None:
        self.url, self.part, self.condition, self.limits, self.until = url, part, condition, limits, until
        self.etag = self.last_modified = ""

    @property
    def validator(self) -> str:
        """What tells this very file from its next edition; empty where the server said nothing that can."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified

    def have(self) -> int:
        """Bytes that came so far."""
        return self.part.stat().st_size if self.part.exists() else 0

    def go(self) -> Answer:
        """One attempt."""
        url = self.url
        for _ in range(MAX_REDIRECTS + 1):
            check_address(url, self.url)
            left_s = max(0.001, self.until - time.monotonic())
            with (
                _Cut(left_s) as cut,
                httpx.Client(timeout=min(self.limits.stall_s, left_s), follow_redirects=False) as client,
                client.stream("GET", url, headers=self.headers(), extensions={"trace": cut.trace}) as answer,
            ):
                if answer.has_redirect_location:
                    url = urljoin(url, answer.headers.get("location", ""))
                    continue
                return self.received(answer, url)
        raise SourceError(f"{self.url} leads through more than {MAX_REDIRECTS} redirects")

    def headers(self) -> dict[str, str]:
        """Of the request: the bytes as they are, and only what is not there yet."""
        own = {"User-Agent": f"transcaspian/{__version__}", "Accept-Encoding": "identity"}
        if self.have() and self.validator:
            return {**own, "Range": f"bytes={self.have()}-", "If-Range": self.validator}
        return {**own, **self.condition}

    def received(self, answer: httpx.Response, url: str) -> Answer:
        """What the server sent, on the disk."""
        if answer.status_code == httpx.codes.NOT_MODIFIED and self.condition:
            return Answer(False, url)
        if answer.status_code in HEALING:
            raise _PassingError(f"the server answers {answer.status_code}", retry_after_s(answer))
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and self.have():
            self.start_anew("the server has no more of the file than came")
        if answer.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            raise SourceError(f"{self.url}: the server answers {answer.status_code} {answer.reason_phrase}")
        if answer.headers.get("content-encoding", "identity") not in ("", "identity"):
            raise SourceError(f"{self.url}: the server packs the bytes although they were asked for as they are")
        if answer.status_code == httpx.codes.PARTIAL_CONTENT:
            have = self.have()
            promised: int | None = self.whole_bytes(answer)
        else:
            have, promised = 0, whole_number(answer.headers.get("content-length", ""))
            self.etag, self.last_modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
        self.check_size(promised or 0)
        size = self.write(answer, have)
        if promised is not None and size != promised:
            raise _PassingError(f"{size:,} of {promised:,} bytes came")
        return Answer(True, url, self.etag, self.last_modified)

    def whole_bytes(self, answer: httpx.Response) -> int:
        """Size of the whole file, of which the server sends the rest; anything else is asked for again.

        A server may send a part of another edition although it was told which one is meant (``If-Range``).
        """
        span = re.fullmatch(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18})", answer.headers.get("content-range", ""))
        if span is None or int(span[1]) != self.have() or not self.have():
            self.start_anew("the server sends another part than was asked for")
        if answer.headers.get("etag", self.etag) != self.etag:
            self.start_anew("the file changed while it was fetched")
        return int(span[2])

    def start_anew(self, told: str) -> NoReturn:
        """Forget what came."""
        self.part.unlink(missing_ok=True)
        raise _PassingError(told)

    def write(self, answer: httpx.Response, have: int) -> int:
        """Append what comes; returns the size of the file."""
        with self.part.open("ab" if have else "wb") as file:
            for piece in answer.iter_raw():
                have += len(piece)
                self.check_size(have)
                file.write(piece)
                if time.monotonic() > self.until:
                    raise SourceError(f"{self.url} cannot be fetched within {self.limits.total_s:g} s")
        return have

    def check_size(self, size_bytes: int) -> None:
        """Refuse what is too large, before it fills the disk."""
        if size_bytes > self.limits.max_mb * 1e6:
            raise SourceError(f"{self.url} is larger than {self.limits.max_mb:g} MB: raise max_mb if that is right")


def check_address(url: str, asked: str) -> None:
    """Refuse addresses that a data file must not be fetched from.

    Only http and https, no secrets in the URL; and a redirect neither gives up https nor leads to an address of this
    machine or of a private network, unless the URL asked for is itself of that kind.
    """
    parts, first = urlsplit(url), urlsplit(asked)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceError(f"{asked}: {url} is not an address of http or https")
    if parts.username or parts.password:
        raise SourceError(f"{parts.scheme}://{parts.hostname}: secrets do not belong in the URL of a source")
    if url == asked:
        return
    if first.scheme == "https" and parts.scheme != "https":
        raise SourceError(f"{asked} leads to {url}, which is not encrypted: name the source by another URL")
    if is_inside(parts.hostname) and not is_inside(first.hostname or ""):
        raise SourceError(f"{asked} leads to {parts.hostname}, an address inside this network: that is refused")


def is_inside(host: str) -> bool:
    """Whether a host is this machine or of a private network; one that is not known is neither."""
    try:
        found = {item[4][0] for item in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return any(not ipaddress.ip_address(str(address).partition("%")[0]).is_global for address in found)


def retry_after_s(answer: httpx.Response) -> float:
    """What the server asks to wait, in seconds; 0 where it asks nothing, or says it by a date."""
    return float(whole_number(answer.headers.get("retry-after", "")) or 0)


def whole_number(said: str) -> int | None:
    """A header's number; None where it says none."""
    return int(said) if re.fullmatch(r"[0-9]{1,18}", said) else None


def check_content(path: Path, name: str, url: str) -> None:
    """Refuse a file that is not of the kind its name says: as a page that tells of an error.

    Raises
    ------
    SourceError
        When it is empty or begins otherwise; the message shows how.
    """
    with path.open("rb") as file:
        begins = file.read(4096)
    text = begins.removeprefix(b"\xef\xbb\xbf").lstrip()
    known = SIGNATURES.get(Path(name).suffix.lower())
    is_page = text[:1] == b"<" and not name.lower().endswith((".kml", ".gml", ".xml"))
    fits = any(text.startswith(one) or begins.startswith(one) for one in known) if known else not is_page
    if not begins or not fits:
        shown = " ".join(text.decode("utf-8", "replace").split())[:EXCERPT_LETTERS]
        raise SourceError(f"{url} gives no {Path(name).suffix or 'data'} file but {shown!r}: check the URL")
