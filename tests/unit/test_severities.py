"""The page on findings is the list of those that the code can raise, with the severities that they can have."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from transcaspian.core.findings import TO_DO
from transcaspian.core.vocabulary import SEVERITIES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "findings.md").read_text(encoding="utf-8")
LISTED = {
    kind: set(severities.split(", "))
    for kind, severities in re.findall(r"^\| ([^|]+) \| (?:system|run|run or system) \| ([^|]+) \|", PAGE, re.M)
}


def texts(node: ast.expr | None) -> set[str]:
    """Texts that an expression can be, where it says them itself; conditions are none of them."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) | texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def raised() -> Iterator[tuple[str, set[str]]]:
    """Kinds of findings in the code, and the severities that stand beside them."""
    for path in (ROOT / "pipeline" / "transcaspian").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and "Finding" in {
                getattr(item, "id", "") for item in (call.func, *call.args)
            }:
                given = {word.arg: word.value for word in call.keywords}
                for kind in texts(given.get("kind")):
                    yield kind, texts(given.get("severity"))


def test_every_finding_that_the_code_raises_is_listed_with_its_severities() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for kind, severities in raised():
        found[kind] |= severities
    assert set(found) == set(LISTED)
    assert not {kind: severities - LISTED[kind] for kind, severities in found.items() if severities - LISTED[kind]}


def test_severities_are_those_of_the_vocabulary_the_most_severe_first() -> None:
    for severities in LISTED.values():
        assert severities <= set(SEVERITIES)
    for severity in SEVERITIES:
        (advised,) = re.findall(rf"^\| {severity} \| [^|]+ \| ([^|]+) \|", PAGE, re.M)
        assert advised == TO_DO.get(severity, "it can go to the survey")
