"""Published figures beside ours: like with like, by the stated uncertainties, and told once."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT, STUDY
from transcaspian.core.errors import StudyError
from transcaspian.core.reconciled import COUNTS, Reading, Subject
from transcaspian.products.reconciliation import (
    CONSISTENT,
    INCONSISTENT,
    UNKNOWN,
    VERDICTS,
    Reconciled,
    branches,
    published_csv,
    published_figures,
    published_findings,
    reconcile,
    records,
)
from transcaspian.report.page.content import published_tables
from transcaspian.study import load_study
from transcaspian.study.published import PublishedFigure, rounding_of

SILK_WAY = ROOT / "studies" / "digital_silk_way.toml"
US_PER_KM = 1.468 / 299_792.458 * 1e6
SYSTEM = Subject(
    "s", "S", 339.0, stations_km=347.0,
    readings={
        "length_km": (
            Reading("cable", 362.5),
            Reading("cable_to_stations", 368.0, rests_on="stations that are ASSUMED"),
            Reading("cable_made", 388.0, rests_on="a rate of spare cable that is ASSUMED"),
        ),
        "cost_usd": (Reading("cable_laid", 8.8e6),),
    },
)  # fmt: skip
PATH = Subject(
    "p", "P", 2545.0, branch="B", us_per_km=US_PER_KM, abroad_km=12.0,
    remarks=("Of the way lie 12 km in KG (4 to 20).",),
    readings={
        "length_km": (
            Reading("line", 3321.0, 113.0),
            Reading("line_on_land", 2956.0, 113.0),
            Reading("line_cable", 3413.0, 113.0, "a slack"),
        ),
        "delay_ms": (
            Reading("one_way", 16.82, 0.55), Reading("one_way_on_land", 14.91, 0.55), Reading("round_trip", 33.64, 1.1),
        ),
    },
)  # fmt: skip


def figure(figure_id: str, quantity: Any, value: float, tolerance: float | None = None, **more: Any) -> PublishedFigure:
    values = {"what": f"length of {figure_id}", "source": "a gazetteer", "status": "REAL"} | more
    return PublishedFigure(id=figure_id, quantity=quantity, value=value, tolerance=tolerance, **values)


def rows_of(*figures: PublishedFigure, subjects: Sequence[Subject] = (SYSTEM, PATH)) -> tuple[Reconciled, ...]:
    return reconcile(figures, subjects)


@pytest.mark.parametrize(
    ("value", "verdict", "says"),
    [
        (360.0, CONSISTENT, "is 362.5 km: +2.5 km beside it"),
        (370.0, UNKNOWN, "It would hold as cable with the land tails to the stations; the source does not say"),
        (380.0, UNKNOWN, "It lies between these; the source does not say what it counts, and ours rests on stations"),
        (390.0, UNKNOWN, "a rate of spare cable that is ASSUMED: that explains nothing"),
        (400.0, INCONSISTENT, "Ours, cable from shore to shore, with slack, is 362.5 km"),
        (350.0, INCONSISTENT, "+12.5 km beside it"),
        (300.0, INCONSISTENT, "39 km shorter than the geodesic of 339 km between the shore ends (347 km between their"),
    ],
)
def test_a_cable_is_compared_with_a_cable_and_what_may_be_added_is_named(value: float, verdict: str, says: str) -> None:
    (row,) = rows_of(figure("f", "length_km", value, of=("s",)))
    assert row.verdict == verdict
    assert row.difference == pytest.approx(362.5 - value)
    assert says in row.explanation
    assert "cable with land tails and spare 388 km" in row.explanation


def test_what_the_source_says_it_counts_is_what_it_is_compared_with() -> None:
    (row,) = rows_of(figure("f", "length_km", 388.0, 5.0, counts="cable_made", of=("s",)))
    assert (row.verdict, row.difference) == (CONSISTENT, 0.0)
    (row,) = rows_of(figure("f", "length_km", 388.0, 5.0, counts="cable", of=("s",)))
    assert row.verdict == INCONSISTENT
    (row,) = rows_of(figure("f", "length_km", 388.0, 5.0, counts="line", of=("s",)))
    assert (row.verdict, row.ours) == (UNKNOWN, None)
    assert "This run has no such figure of S" in row.explanation


@pytest.mark.parametrize(
    ("counts", "value", "verdict"),
    [
        ("line_on_land", 2800.0, CONSISTENT),  # 156 km within 50 + 113
        ("line_on_land", 2780.0, INCONSISTENT),
        ("line_on_land", 3110.0, UNKNOWN),  # 154 km, but 166 clipped at the borders
        (None, 2800.0, UNKNOWN),
        (None, 3300.0, CONSISTENT),
        (None, 2600.0, INCONSISTENT),
    ],
)
def test_a_line_on_land_holds_as_what_it_counts(counts: Any, value: float, verdict: str) -> None:
    (row,) = rows_of(figure("f", "length_km", value, 50.0, counts=counts, of=("p",)))
    assert row.verdict == verdict, row.explanation
    assert "12 km in KG" in row.explanation
    assert ("Clipped at the borders it is 2,944 km" in row.explanation) == (counts == "line_on_land")


@given(
    st.floats(300, 500), st.floats(0, 30), st.floats(0, 30), st.floats(0, 30),
    st.sampled_from([None, "cable", "cable_made"]),
)  # fmt: skip
def test_more_uncertainty_never_makes_a_figure_less_consistent(
    value: float, rounding: float, ours: float, more: float, counts: Any
) -> None:
    def verdict(uncertainty: float) -> str:
        readings = {
            "length_km": tuple(Reading(one.counts, one.value, uncertainty) for one in SYSTEM.readings["length_km"])
        }
        subject = Subject("s", "S", 100.0, readings)
        return rows_of(figure("f", "length_km", value, rounding, counts=counts, of=("s",)), subjects=[subject])[
            0
        ].verdict

    assert VERDICTS.index(verdict(ours + more)) <= VERDICTS.index(verdict(ours))


def test_a_range_is_met_at_its_nearest_end() -> None:
    (row,) = rows_of(figure("f", "length_km", 380.0, 5.0, to_value=400.0, counts="cable", of=("s",)))
    assert row.difference == pytest.approx(362.5 - 380.0)
    (inside,) = rows_of(figure("f", "length_km", 350.0, 1.0, to_value=400.0, of=("s",)))
    assert (inside.difference, inside.verdict) == (0.0, CONSISTENT)


def test_a_delay_is_held_against_ours_and_against_its_own_length() -> None:
    """By hand: 12.5/2850 to 13.5/2750 and 18.5/3600 to 19.5/3400 µs/km, beside 4.897 of the fibre."""
    rows = {
        row.figure.id: row
        for row in rows_of(
            figure("new", "length_km", 2800.0, 50.0, counts="line_on_land", of=("p",)),
            figure("old", "length_km", 3500.0, 100.0, former=True, of=("p",)),
            figure("less", "reduction_km", 700.0, 50.0, related=("new",), of=("p",)),
            figure("fast", "delay_ms", 13.0, 0.5, of=("p",), related=("new",)),
            figure("slow", "delay_ms", 19.0, 0.5, former=True, of=("p",), related=("old",)),
            figure("ratio", "delay_ratio", 1.5, 0.05, related=("slow", "fast")),
        )
    }
    assert (rows["fast"].verdict, rows["fast"].difference) == (INCONSISTENT, pytest.approx(3.82))
    assert "2,655 km of fibre one way, 1,327 km there and back" in rows["fast"].explanation
    assert "4.39 to 4.91 µs/km one way, which the fibre alone takes" in rows["fast"].explanation
    assert (rows["slow"].verdict, rows["slow"].ours) == (UNKNOWN, None)
    assert (
        "5.14 to 5.74 µs/km one way, more than the fibre: 1.9 ms come from what no source" in rows["slow"].explanation
    )
    assert rows["ratio"].verdict == CONSISTENT
    assert "19 / 13 = 1.46; the delay falls by 31.6%" in rows["ratio"].explanation
    assert "20.0% shorter, 63% of that: no source names the rest" in rows["ratio"].explanation
    assert "the line was 3,500 km and becomes 20.0% shorter, which saves 3.43 ms" in rows["less"].explanation
    (branch,) = branches(list(rows.values()))
    assert (branch["former_length_km"], branch["length_km"], branch["reduction_km"]) == (3500.0, 2800.0, 700.0)
    assert (branch["former_delay_ms"], branch["delay_ms"], branch["ours_delay_ms"]) == (19.0, 13.0, 16.82)
    assert (branch["length_km_verdict"], branch["delay_ms_verdict"]) == (CONSISTENT, INCONSISTENT)
    assert branch["length_km_holds_if"] == f"it counts the {COUNTS['line_on_land']}"
    assert branch["delay_ms_holds_if"] == "no reading of ours holds"
    assert branch["delay_fit"] == "4.39 to 4.91 µs/km, as the fibre alone (4.90)"
    assert branch["former_delay_fit"] == "5.14 to 5.74 µs/km, more than the fibre alone (4.90)"


def test_a_delay_may_hold_as_another_reading_of_ours() -> None:
    (row,) = rows_of(figure("f", "delay_ms", 33.0, 0.5, of=("p",)))
    assert (row.verdict, [one.counts for one in row.holds_as]) == (UNKNOWN, ["round_trip"])


def test_a_delay_below_that_of_its_own_fibre_is_said_to_fit_nothing() -> None:
    length = figure("new", "length_km", 3000.0, 50.0, of=("p",))
    row = rows_of(length, figure("fast", "delay_ms", 13.0, 0.5, of=("p",), related=("new",)))[1]
    assert "less than the fibre alone: the two figures do not fit each other" in row.explanation


def test_costs_that_count_other_things_are_no_finding_about_either_and_say_what_they_count() -> None:
    protected = Subject("s", "", 0.0, readings={"cost_usd": (Reading("cable_protected", 10.0e6),)})
    length = figure("km", "length_km", 370.0, of=("s",))
    cost = figure("usd", "cost_usd", 50.8e6, of=("s",), related=("km",), scope="both operators")
    (_, row) = rows_of(length, cost, subjects=[SYSTEM, protected])
    assert row.verdict == UNKNOWN
    for said in (
        "without land tails, spare, stations",
        "10,000,000 USD",
        "do not count the same",
        "both operators",
        "137,297",
    ):
        assert said in row.explanation
    (like,) = rows_of(figure("usd", "cost_usd", 9.0e6, 0.5e6, counts="cable_laid", of=("s",)))
    assert like.verdict == CONSISTENT


def test_a_figure_of_what_is_not_there_keeps_its_row() -> None:
    rows = rows_of(
        figure("gone", "length_km", 400.0, of=("other",)),
        figure("tbit", "capacity_tbit_s", 400.0, 50.0, of=("s",)),
        figure("unknown", "length_km", 3.0),
    )
    assert [(row.figure.id, row.verdict, row.difference) for row in rows] == [
        ("gone", UNKNOWN, None), ("tbit", UNKNOWN, None), ("unknown", UNKNOWN, None),
    ]  # fmt: skip
    assert "not part of this run" in rows[0].explanation
    assert "No figure of this run says what a line can carry" in rows[1].explanation


def test_findings_name_what_disagrees_and_leave_out_what_agrees() -> None:
    rows = rows_of(
        figure("good", "length_km", 362.0, of=("s",)),
        figure("short", "length_km", 300.0, of=("s",)),
        figure("between", "length_km", 380.0, of=("s",)),
        figure("late", "delay_ms", 13.0, of=("p",)),
        figure("usd", "cost_usd", 50.8e6, of=("s",)),
        figure("before", "cost_usd", 40e6, of=("s",)),
        figure("tbit", "capacity_tbit_s", 400.0, of=("s",)),
    )
    found = list(published_findings(rows))
    assert [(item.severity, item.subject) for item in found] == [
        ("minor", "s"), ("information", "s"), ("minor", ""), ("major", ""),
    ]  # fmt: skip
    assert "300 km, is not consistent with ours: it is 39 km shorter than the geodesic of 339 km" in found[0].sentence
    assert "50.8 and 40.0 million USD, 5.8 and 4.5 times ours of 8.80 million USD" in found[3].sentence
    assert not list(published_findings(rows[:1]))


def test_table_and_reports_say_the_same_once() -> None:
    rows = rows_of(figure("f", "length_km", 380.0, of=("s",)), figure("g", "length_km", 2800.0, of=("p",)))
    found = published_figures(rows)
    (table, *_) = [one for one in published_tables(found) if one.title == "Published figures beside ours"]
    assert len(table.rows) == len(found["figures"]) == 2
    assert [row[7] for row in table.rows] == [row.verdict for row in rows]
    assert all(row.explanation in sentence for row, sentence in zip(rows, table.sentences, strict=True))
    read = list(csv.DictReader(io.StringIO(published_csv(found["figures"]))))
    assert [line["verdict"] for line in read] == [row.verdict for row in rows]
    assert [float(line["difference"]) for line in read] == [row.difference for row in rows]
    assert published_tables({"figures": [], "branches": []}) == ()
    assert records(()) == []
    assert published_csv([]) == "\r\n"


@given(st.integers(1, 99_999), st.integers(-3, 6))
def test_a_figure_is_rounded_by_half_of_its_last_digit(digits: int, exponent: int) -> None:
    value = float(f"{digits}e{exponent}")
    text = str(digits).rstrip("0")
    last = exponent + len(str(digits)) - max(len(text), 2) if digits > 9 else exponent - 1
    assert rounding_of(value) == pytest.approx(0.5 * 10.0**last)


# the study


def test_every_published_figure_of_the_project_has_its_row() -> None:
    """The figures of the project's list of facts, by quantity."""
    study = load_study(SILK_WAY)
    found = {(item.quantity, item.value) for item in study.published_figures}
    lengths = [380.0, 340.0, 330.0, 370.0, 300.0, 2800.0, 3000.0, 3500.0, 3650.0]
    assert {("length_km", value) for value in lengths} <= found
    assert {("reduction_km", 700.0), ("reduction_km", 650.0), ("delay_ms", 13.0), ("delay_ms", 19.0)} <= found
    assert {("delay_ratio", 1.5), ("capacity_tbit_s", 400.0), ("capacity_tbit_s", 4.0)} <= found
    assert {("cost_usd", 50.8e6), ("cost_usd", 40e6)} <= found
    assert {item.to_value for item in study.published_figures if item.to_value} == {400.0, 6.0}
    rows = reconcile(study.published_figures, ())
    assert [row.figure.id for row in rows] == [item.id for item in study.published_figures]
    assert {row.verdict for row in rows if row.figure.quantity != "delay_ratio"} == {UNKNOWN}
    assert study.renamed_keys == ()


def test_a_length_under_the_old_key_of_a_system_still_counts_and_says_where_it_belongs(tmp_path: Path) -> None:
    path = tmp_path / "old.toml"
    path.write_text(
        f'extends = "{STUDY}"\n[[systems]]\nid = "main"\n'
        'published = { length_km = 410.0, source = "a gazetteer", status = "REAL", remarks = "so they say" }\n'
    )
    study = load_study(path, {"published.length-main.id": "other"})
    old = next(item for item in study.published_figures if item.id == "length-main")
    assert (old.value, old.of, old.rounding, old.remarks) == (410.0, ("main",), 5.0, "so they say")
    assert any("systems.main.published is an old key" in said for said in study.renamed_keys)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("of", ["none"], "figure `length-main` names the system or path `none`, which is not among"),
        ("of", ["china-azerbaijan"], "which is not among ['main', 'main-2023', 'reserve-2023', 'turkmen']"),
        ("related", ["none"], "figure `length-main` names the published figure `none`, which is not among"),
        ("related", ["cost-2024"], "is related to `cost-2024`, a cost_usd: expected a length_km"),
        ("related", ["length-2024", "length-turkmen"], "a length_km names at most 1 figures in `related`"),
        ("to_value", 300.0, "to_value 300 is not above value 380"),
        ("tolerance", 380.0, "tolerance 380 is not less than value 380"),
        ("quantity", "delay_ratio", "a delay_ratio names 2 figures in `related`"),
        ("quantity", "weight_kg", "published.0.quantity"),
        ("counts", "one_way", "counts is one_way, a length_km may count one of cable, cable_to_stations"),
        ("counts", "everything", "published.0.counts"),
        ("value", -1.0, "published.0.value"),
        ("source", "", "published.0.source"),
    ],
)
def test_a_published_figure_that_makes_no_sense_is_one_sentence(key: str, value: object, says: str) -> None:
    with pytest.raises(StudyError) as caught:
        load_study(STUDY, {f"published.length-main.{key}": value})
    assert says in str(caught.value)
