"""The page of the whole system, of a real run in a real browser: on a screen, on a phone and on paper."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.conftest import COARSE, RAW, STUDY, silent, without
from tests.integration.conftest import asked_by, check_first_page, check_landmarks
from transcaspian.runs.engine import RunSettings, run_study

pytestmark = pytest.mark.whole_run

SILK_WAY = STUDY.parent / "digital_silk_way.toml"
# as little of everything as makes every section
FEW = {
    **COARSE,
    "area.grid_step_arcsec": 180,
    "rules.landing_approach.max_km": 25.0,
    "routing.proven": False,
    "routing.refinement": 1,
    "cost_tolerance": None,
    "design.separations_km": [20.0],
    "design.min_separation_km": 35.0,
    "risk.max_routes": 4,
    "robustness.samples": 4,
    "robustness.grid_step_arcsec": 360,
    "robustness.heat_cell_arcsec": 360,
    "robustness.flip_factor": 2.0,
}
MAX_BYTES = 3_000_000
SECTIONS = ("network", "branches", "design", "branching", "risk", "robustness", "rests")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, without_pictures: None) -> Path:
    if find_spec("scgraph_data") is None:
        without("scgraph_data (the extra `land`)")
    settings = RunSettings(SILK_WAY, tmp_path_factory.mktemp("silk"), ("main", "reserve-2023"), FEW, RAW)
    return run_study(settings, silent).folder


@pytest.fixture
def opened(browser: webdriver.Chrome, run: Path) -> webdriver.Chrome:
    browser.set_window_size(1280, 1400)
    browser.get((run / "system.html").as_uri())
    return browser


def test_the_first_page_is_enough_to_decide_by(browser: webdriver.Chrome, run: Path) -> None:
    check_first_page(browser, (run / "system.html").as_uri())


def test_it_is_small_and_asks_nothing_of_anybody(opened: webdriver.Chrome, run: Path) -> None:
    page = run / "system.html"
    assert page.stat().st_size < MAX_BYTES
    assert set(asked_by(opened)) == {page.as_uri()}
    assert opened.get_log("browser") == []
    check_landmarks(opened)


def test_it_stands_in_the_manifest_and_tells_what_that_tells(opened: webdriver.Chrome, run: Path) -> None:
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert "system.html" in manifest["files"]
    told = {}  # by section, with its tables in the appendix, folded or not
    for section in SECTIONS:
        found = opened.find_element(By.ID, section)
        assert found.is_displayed(), section
        assert found.rect["height"] > 100, section
        parts = opened.find_elements(By.CSS_SELECTOR, f"#{section}, #more-{section}")
        told[section] = "".join(part.get_attribute("textContent") or "" for part in parts)
    analyses = manifest["analyses"]
    (length_km,) = [row["length_km"] for row in analyses["network"]["paths"] if row["path_id"] == "china-azerbaijan"]
    assert f"{length_km:,.0f}" in told["branches"]
    for point in analyses["design"]["curve"]:
        assert f"{point['cost_km']:,.1f}" in told["design"]
    for system_id, route in analyses["risk"]["routes"].items():
        assert f"{route['faults_at_most_per_year']:.4f}" in told["risk"], system_id
    for row in analyses["robustness"]["systems"].values():
        assert f"{row['near_share']:.1%}" in told["robustness"]


def test_the_two_pages_lead_to_each_other(opened: webdriver.Chrome, run: Path) -> None:
    opened.find_element(By.CSS_SELECTOR, ".more a").click()
    assert opened.current_url == (run / "report.html").as_uri()
    opened.find_element(By.CSS_SELECTOR, ".more a").click()
    assert opened.current_url == (run / "system.html").as_uri()
    for link in opened.find_elements(By.CSS_SELECTOR, "nav a"):
        link.click()
        target = opened.find_element(By.ID, (link.get_attribute("href") or "").split("#")[1])
        assert opened.execute_script("return arguments[0].getBoundingClientRect().top < innerHeight", target)


def test_names_on_the_maps_lie_on_no_other_name(opened: webdriver.Chrome) -> None:
    """As the browser draws them, with the letters that it has."""
    for svg in opened.find_elements(By.CSS_SELECTOR, "svg.network, svg.crossing"):
        boxes = opened.execute_script(
            "return [...arguments[0].querySelectorAll('.names text')].map(one => {const box ="
            "one.getBoundingClientRect(); return [box.left, box.top, box.right, box.bottom, one.textContent];})",
            svg,
        )
        assert boxes, svg.get_attribute("id")
        for number, one in enumerate(boxes):
            for other in boxes[number + 1 :]:
                # lines of one name touch; letters are drawn less high than their boxes
                across = min(one[2], other[2]) - max(one[0], other[0])
                down = min(one[3], other[3]) - max(one[1], other[1])
                assert across <= 0 or down <= 5, (one, other)


def test_a_phone_shows_it_without_scrolling_sideways(opened: webdriver.Chrome) -> None:
    opened.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    )
    try:
        assert opened.execute_script("return document.documentElement.scrollWidth") <= 390
        for text in opened.find_elements(By.CSS_SELECTOR, "svg.network .names text, svg.crossing .names text"):
            assert text.rect["height"] > 9, text.text  # a letter is still to be read
    finally:
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_paper_has_every_table(opened: webdriver.Chrome) -> None:
    folded = opened.find_elements(By.CSS_SELECTOR, "details:not([open])")
    assert folded
    opened.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    assert all(item.get_attribute("open") for item in folded)
    opened.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert not any(item.get_attribute("open") for item in folded)


def test_without_the_script_everything_is_there(opened: webdriver.Chrome) -> None:
    opened.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened.refresh()
        pictures = opened.find_elements(By.CSS_SELECTOR, "figure.picture svg[role=img]")
        assert len(pictures) >= 14
        assert all(picture.is_displayed() for picture in pictures)
    finally:
        opened.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_keyboard_reaches_what_scrolls(opened: webdriver.Chrome) -> None:
    for region in opened.find_elements(By.CSS_SELECTOR, ".chart, .scroll"):
        assert region.get_attribute("tabindex") == "0"
        assert region.get_attribute("aria-label")
