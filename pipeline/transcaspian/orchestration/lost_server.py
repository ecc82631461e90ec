"""Errors that only say that Prefect's server is lost: a run ends well without it, and says so."""

from __future__ import annotations

import httpx

WORDS_OF_PREFECT = ("Failed to reach API", "Service exceeded error threshold")
"""The second is of a loop that asked the server some times in vain."""


def is_lost(fault: BaseException) -> bool:
    """Whether a fault only says that the server does not answer, or does not answer as it should."""
    if isinstance(fault, BaseExceptionGroup):
        return all(map(is_lost, fault.exceptions))
    return isinstance(fault, httpx.HTTPError) or any(words in str(fault) for words in WORDS_OF_PREFECT)
