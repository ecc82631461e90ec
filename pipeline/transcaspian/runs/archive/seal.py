"""JSON that tells when a bit of it was changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

SEAL = "sha256"


def sealed(document: Mapping[str, Any]) -> str:
    """One line of JSON that ends with the hash of all before it.

    >>> sealed({"run": "a"})
    '{"run": "a", "sha256": "721e97d85227ed8c6d4a1de7e398aa65e123d06979838339876875727c74a488"}'
    """
    return json.dumps({**document, SEAL: _hash(document)}, ensure_ascii=False)


def unsealed(text: str) -> dict[str, Any]:
    """The document of a line that `sealed` wrote.

    Raises
    ------
    ValueError
        When the line is not to the byte as it was written.
    """
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")
    document.pop(SEAL, None)
    if sealed(document) != text:
        raise ValueError("it is not as it was written")
    return document


def _hash(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, ensure_ascii=False).encode()).hexdigest()
