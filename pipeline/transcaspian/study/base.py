"""What every table of a study is: a frozen model, units in the names of keys, and checks of whole tables."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from inspect import cleandoc
from itertools import pairwise
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from transcaspian.core.vocabulary import Status

IDENTIFIER = r"^[a-z0-9][a-z0-9-]*$"
Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER, max_length=60)]


def _printable(text: str) -> str:
    """Text that every output can hold: neither XML nor a database knows most control characters."""
    for character in text:
        if unicodedata.category(character) == "Cc" and character not in "\t\n\r":
            raise ValueError(f"the text has the control character U+{ord(character):04X}: remove it")
    return text


PlainText = Annotated[str, AfterValidator(_printable)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_printable)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


ATTRIBUTES = "\n\nAttributes\n----------\n"


def meanings(kind: type) -> dict[str, str]:
    """What the docstring of a table says of each key, in its section Attributes.

    >>> meanings(Cited)["source"]
    'Where the figures of the table come from: a publication, a data set, or who chose them.'
    """
    section = cleandoc(kind.__doc__ or "").partition(ATTRIBUTES)[2].partition("\n\n")[0]
    _, *entries = re.split(r"(?m)^(\S.*)\n", section)
    told = zip(entries[::2], entries[1::2], strict=True)
    return {key.strip(): " ".join(text.split()) for keys, text in told for key in keys.split(",")}


def with_meanings(schema: dict[str, Any], table: type[BaseModel]) -> None:
    """Let the JSON schema of a table say what each key means, by its docstring and those of the tables it extends."""
    for key, text in ((key, text) for kind in reversed(table.__mro__) for key, text in meanings(kind).items()):
        if key in schema["properties"]:
            schema["properties"][key]["description"] = text
    schema["description"] = cleandoc(table.__doc__ or "").partition(ATTRIBUTES)[0]


class Model(BaseModel):
    """Frozen, strict about unknown keys, no silent conversion of text to numbers."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, defer_build=True, json_schema_extra=with_meanings
    )


class Cited(Model):
    """A table that holds figures: where they come from and how far they can be trusted.

    Attributes
    ----------
    source
        Where the figures of the table come from: a publication, a data set, or who chose them.
    status
        REAL (published or measured), DERIVED (computed from such) or ASSUMED (a default to replace).
    """

    source: Text
    status: Status


def cited(value: Any, key: str = "") -> Iterator[tuple[str, str, str]]:
    """Key, status and source of every table inside a dumped one that has both."""
    if isinstance(value, Mapping):
        if "source" in value and "status" in value:
            yield key, str(value["status"]), str(value["source"])
        for name, item in value.items():
            yield from cited(item, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for item in value:
            name = item.get("id") if isinstance(item, Mapping) else None
            yield from cited(item, f"{key}.{name}" if name else key)


def check_bands(bands: Sequence[tuple[float, float]]) -> None:
    """Bands must be given, begin below where they end, and follow each other without gap or overlap."""
    if not bands:
        raise ValueError("no bands given: expected at least one")
    for low, high in bands:
        if low >= high:
            raise ValueError(f"the band {low}…{high} does not ascend")
    for (_, high), (low, _) in pairwise(bands):
        if high != low:
            raise ValueError(f"a band ends at {high} and the next begins at {low}: expected the same figure")


def check_unique(table: str, identifiers: Sequence[str]) -> None:
    """Identifiers may stand only once in a table."""
    twice = sorted({name for name in identifiers if list(identifiers).count(name) > 1})
    if twice:
        raise ValueError(f"{table} has the id `{twice[0]}` more than once")


def explain(error: ValidationError, of: str = "a study", model: type[BaseModel] | None = None) -> str:
    """All that is wrong, one sentence each: the key, what was found, what was expected.

    Parameters
    ----------
    error
        As pydantic raised it.
    of
        What has the keys.
    model
        Of it: a key that is none is told with the one that was perhaps meant.

    Returns
    -------
    str
        Sentences joined by ``; ``, keys dotted.

    Examples
    --------
    >>> try:
    ...     Cited(source="", statsu="REAL")
    ... except ValidationError as error:
    ...     explain(error, "a table", Cited).split("; ")[1:]
    ['`status` is missing', '`statsu` is not a key of a table: did you mean `status`?']
    """
    sentences = []
    found = error.errors(include_url=False)
    within = {item["loc"][:depth] for item in found for depth in range(1, len(item["loc"]))}
    for item in found:
        if item["type"] == "too_short" and item["loc"] in within:
            continue  # of a list the members in which something is wrong do not count
        key = ".".join(str(part) for part in item["loc"] if not str(part).startswith("(")) or "the study"
        if item["type"] == "missing":
            sentences.append(f"`{key}` is missing")
        elif item["type"] == "extra_forbidden":
            near = get_close_matches(str(item["loc"][-1]), _keys_at(model, item["loc"][:-1]), 1)
            remedy = f"did you mean `{near[0]}`?" if near else "remove it or correct its name"
            sentences.append(f"`{key}` is not a key of {of}: {remedy}")
        elif item["type"] == "value_error":
            sentences.append(f"`{key}`: {item['ctx']['error']}")
        else:
            sentences.append(f"`{key}` is {_brief(item['input'])}: {item['msg'][:1].lower()}{item['msg'][1:]}")
    return "; ".join(sentences)


def _keys_at(model: type[BaseModel] | None, place: Sequence[str | int]) -> set[str]:
    """The keys that a table inside a model may have."""
    kinds = [] if model is None else [model]
    for name in place:  # the number of a member, or its name in a table of tables, leads to no other model
        fields = [kind.model_fields[name] for kind in kinds if isinstance(name, str) and name in kind.model_fields]
        kinds = [inner for field in fields for inner in _models_in(field.annotation)] or kinds
    return {name for kind in kinds for name in kind.model_fields}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
