"""Times as ISO 8601 writes them, and no other."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from transcaspian.ingest.geometry import UnusableError

ISO = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"([T ](?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(\.\d+)?)? ?(?P<zone>Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.IGNORECASE,
)


def utc_time(raw: Any) -> str:
    """A time of ISO 8601, in UTC; a year, a month or a day alone as they stand.

    Raises
    ------
    UnusableError
        When it is none, or lies in the future.

    Examples
    --------
    >>> utc_time("2000-11-25T22:09:11+04:00")
    '2000-11-25T18:09:11Z'
    >>> utc_time("1895-07")
    '1895-07'
    """
    text = str(raw).strip()
    found = ISO.fullmatch(text)
    parts = {name: int(value or 0) for name, value in found.groupdict().items() if name != "zone"} if found else {}
    try:
        if found is None:
            raise ValueError("it is not of that form")
        moment = datetime(
            parts["year"], parts["month"] or 1, parts["day"] or 1, parts["hour"], parts["minute"],
            min(parts["second"], 59), tzinfo=UTC,  # a leap second
        )  # fmt: skip
    except ValueError as exc:
        raise UnusableError(f"time_utc is {text!r}: expected ISO 8601 in UTC, as 2000-11-25T18:09:11Z ({exc})") from exc
    zone = (found["zone"] or "Z").upper().replace(":", "")
    if zone != "Z":
        away = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
        moment = moment - away if zone[0] == "+" else moment + away
    if moment > datetime.now(UTC) + timedelta(days=1):
        raise UnusableError(f"time_utc is {text!r}, in the future")
    return text if zone == "Z" else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
