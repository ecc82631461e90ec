"""What a person asks of the line of a system: where it passes, what it keeps, or the whole of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from transcaspian.study.base import Cited, Latitude, Longitude, Model, NotNegative, PlainText, Positive, Text

Place = tuple[Longitude, Latitude]
"""``[lon, lat]``, degrees."""
Rings = tuple[Annotated[tuple[Place, ...], Field(min_length=3)], ...]
Heading = Annotated[float, Field(ge=0, lt=360, allow_inf_nan=False)]
VIA_KINDS = ("place", "crossing")


class Via(Model):
    """A place that the line passes within ``radius_km``; without one within that of ``[rules.via]``, else 0.5 km.

    Attributes
    ----------
    lon_deg, lat_deg
        Degrees east and north, WGS 84.
    radius_km
        How near the line must pass.
    """

    lon_deg: Longitude
    lat_deg: Latitude
    radius_km: NotNegative | None = None


class FixedCrossing(Model):
    """Where the line crosses a feature of ``sources.cables``, at which angle, and straight over which length.

    The place is the asset's nearest to the one given.

    Attributes
    ----------
    crosses
        Id of the feature of ``sources.cables``.
    lon_deg, lat_deg
        Degrees east and north, WGS 84.
    angle_deg
        Between the line and the asset; 90 is straight across.
    straight_km
        Length of the straight line over the crossing.
    max_off_km
        How far the asset may be from the place given.
    """

    crosses: Text
    lon_deg: Longitude
    lat_deg: Latitude
    angle_deg: Annotated[float, Field(ge=10, le=90, allow_inf_nan=False)] = 90.0
    straight_km: Positive = 2.0
    max_off_km: Positive = 5.0


def _as_table(value: Any) -> Any:
    """``[lon, lat]`` as the table that it stands for."""
    if isinstance(value, list | tuple) and len(value) == 2:
        return {"lon_deg": value[0], "lat_deg": value[1]}
    return value


def _kind(value: Any) -> str:
    crosses = value.get("crosses") if isinstance(value, dict) else getattr(value, "crosses", None)
    return VIA_KINDS[crosses is not None]


Waypoint = Annotated[
    Annotated[Via, Tag("place")] | Annotated[FixedCrossing, Tag("crossing")],
    Discriminator(_kind),
    BeforeValidator(_as_table),
]


class ViaRules(Cited):
    """How near a line passes a via point that has no radius of its own.

    Attributes
    ----------
    radius_km
        How near the line must pass.
    """

    radius_km: NotNegative


DEFAULT_RADIUS_KM = 0.5
"""Without ``[rules.via]``. ASSUMED: about a cell of a desk study."""


class Approach(Model):
    """A straight leg at a landing: the true bearing from the landing out to sea, and how far it holds.

    Attributes
    ----------
    heading_deg
        From the landing out to sea, clockwise from true north.
    length_km
        Of the straight leg.
    """

    heading_deg: Heading
    length_km: Positive


class EarlierLine(Model):
    """A line of an earlier run of the study: the feature ``id`` of a layer of lines (``main/1`` of ``alternatives``).

    Attributes
    ----------
    run
        Name of the run, or the beginning of it.
    id
        Of the feature.
    layer
        May be left out where only one layer has the id.
    """

    run: Text
    id: Text
    layer: Text | None = None


class Remark(Model):
    """What a person says of a place; it steers nothing and stands in the layer ``edit_remarks``.

    Attributes
    ----------
    lon_deg, lat_deg
        Degrees east and north, WGS 84.
    text
        What is said.
    system
        Id of the system that it is about; not given, of all.
    who, when
        Who said it, and when.
    """

    lon_deg: Longitude
    lat_deg: Latitude
    text: Text
    system: Text | None = None
    who: PlainText = ""
    when: PlainText = ""


class Adoption(Model):
    """Who changed what `OwnLine` says, when and why; ``run``: the run whose layers were edited.

    Attributes
    ----------
    run
        The run whose layers were edited.
    who, when, why
        As the person stated it.
    file
        File of the edited layers.
    """

    run: Text
    who: Text
    when: Text
    why: PlainText = ""
    file: PlainText = ""


CAN_BE_EMPTIED = ("from_approach", "to_approach", "rpl", "adopt", "alternative_of")
"""Keys that a study which extends another takes away by an empty text."""


class OwnLine(Model):
    """What a person knows of the line of a system; all may be left out, and the router finds the line.

    Attributes
    ----------
    via
        Places and crossings that it passes, in this order.
    keep_in, keep_out
        Polygons, each a ring of ``[lon, lat]``: the line stays in the first and out of the others.
    from_approach, to_approach
        How it leaves the landings.
    rpl
        File of a Route Position List (path from the study file) that is the line: what it states stands.
    course
        The vertices of the line, from landing to landing.
    adopt
        A line of an earlier run that is the line.
    locked
        Legs of the list ``rpl`` that stand, each from a PosNo to another; the router finds the rest.
    """

    via: tuple[Waypoint, ...] = ()
    keep_in: Rings = ()
    keep_out: Rings = ()
    from_approach: Approach | None = None
    to_approach: Approach | None = None
    rpl: Text | None = None
    course: tuple[Place, ...] = ()
    adopt: EarlierLine | None = None
    locked: tuple[tuple[Text, Text], ...] = ()

    @model_validator(mode="after")
    def _is_one_line(self) -> Self:
        whole = [name for name in ("rpl", "course", "adopt") if getattr(self, name)]
        if len(whole) > 1:
            raise ValueError(f"{' and '.join(whole)} both give the whole line: leave one of them")
        if len(self.course) == 1:
            raise ValueError("course has one position: expected the vertices from landing to landing")
        if self.locked and self.rpl is None:
            raise ValueError("`locked` names legs of a list: give the list as `rpl`")
        if whole and not self.locked and (given := list(self._steers())):
            raise ValueError(
                f"{', '.join(given)}: {whole[0]} gives the whole line already; with `locked` legs of an `rpl` the "
                "router finds the rest"
            )
        self._check_order()
        return self

    def _steers(self) -> Iterator[str]:
        yield from (name for name in ("via", "from_approach", "to_approach") if getattr(self, name))

    def _check_order(self) -> None:
        for number, (before, after) in enumerate(pairwise(self.via), 2):
            if (before.lon_deg, before.lat_deg) == (after.lon_deg, after.lat_deg):
                raise ValueError(f"via {number} is the same place as via {number - 1}: remove one of them")

    @property
    def gives_whole_line(self) -> bool:
        """Whether nothing is left to the router."""
        return bool(self.rpl or self.course or self.adopt) and not self.locked

    @property
    def line_keys(self) -> dict[str, Any]:
        """What it says of the line, as a stage depends on it; empty where it says nothing."""
        return self.model_dump(mode="json", include=set(OwnLine.model_fields), exclude_defaults=True)
