"""The page of a real run in a real browser: it asks no other host, and what it promises works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from tests.integration.conftest import asked_by, check_first_page, check_landmarks
from transcaspian.runs.engine import RunResult

MAX_BYTES = 6_000_000
SHOWN = "return getComputedStyle(document.querySelector(arguments[0])).display !== 'none'"


@pytest.fixture(scope="module")
def page(default_run: RunResult) -> Path:
    return default_run.folder / "report.html"


@pytest.fixture
def opened(browser: webdriver.Chrome, page: Path) -> webdriver.Chrome:
    browser.set_window_size(1280, 1400)
    browser.get(page.as_uri())
    return browser


def readout(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.ID, "readout").text


def cursor(browser: webdriver.Chrome) -> Any:
    """Where the place is marked on the map, in its units; None where it is not."""
    marked = browser.find_element(By.ID, "map-cursor")
    if "off" in (marked.get_attribute("class") or "").split():
        return None
    inside = (marked.get_attribute("transform") or "").removeprefix("translate(").removesuffix(")")
    return tuple(float(value) for value in inside.split(","))


def data_of(browser: webdriver.Chrome) -> Any:
    return json.loads(browser.find_element(By.ID, "data").get_attribute("textContent") or "")


def test_it_is_small_and_asks_nothing_of_anybody(opened: webdriver.Chrome, page: Path) -> None:
    assert page.stat().st_size < MAX_BYTES
    assert (page.parent / "system.html").exists()  # the study compares two designs of each link
    assert set(asked_by(opened)) == {page.as_uri()}
    assert opened.get_log("browser") == []
    check_landmarks(opened)


def test_what_a_reader_looks_for_is_there_and_seen(opened: webdriver.Chrome) -> None:
    for selector in (
        "#limits",
        "#systems table",
        "svg.map",
        "svg.map image",
        "svg.profile",
        "#system-main dl",
        "#sources",
    ):
        assert opened.find_element(By.CSS_SELECTOR, selector).is_displayed(), selector
    limits = opened.find_element(By.ID, "limits")
    assert limits.rect["y"] + limits.rect["height"] < 700  # in the first screen
    assert "resolve 0.1°" in limits.text
    assert len(opened.find_elements(By.CSS_SELECTOR, "#systems tbody tr")) == 4
    assert opened.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    routes = opened.find_elements(By.CSS_SELECTOR, '[data-layer="routes"] path')
    assert [path.rect["width"] > 50 for path in routes] == [True] * 4


def test_the_first_page_is_enough_to_decide_by(browser: webdriver.Chrome, page: Path) -> None:
    check_first_page(browser, page.as_uri())


def test_pointing_at_the_profile_shows_the_place_on_the_map(opened: webdriver.Chrome) -> None:
    assert cursor(opened) is None
    profile = opened.find_element(By.CSS_SELECTOR, 'svg.profile[data-system="main"]')
    ActionChains(opened).scroll_to_element(profile).move_to_element(profile).perform()
    data = data_of(opened)["main"]
    shown_km = float(readout(opened).split("KP ")[1].split(" ")[0])
    index = min(range(len(data["kp"])), key=lambda i: abs(data["kp"][i] - shown_km))
    assert shown_km == pytest.approx(data["kp"][-1] * (500 - 80) / (986 - 80), abs=1.5)  # the middle of the chart
    assert cursor(opened) == (data["x"][index], data["y"][index])
    assert f"depth {data['depth'][index]:.0f} m" in readout(opened)


def test_pointing_at_a_route_shows_the_place_in_its_profile(opened: webdriver.Chrome) -> None:
    data = data_of(opened)["turkmen"]
    index = len(data["kp"]) // 2
    at = opened.execute_script(
        "const map = document.getElementById('map'); map.scrollIntoView({block: 'center'});"
        "const p = new DOMPoint(arguments[0], arguments[1]).matrixTransform(map.getScreenCTM()); return [p.x, p.y];",
        data["x"][index], data["y"][index],
    )  # fmt: skip
    chain = ActionChains(opened)
    chain.w3c_actions.pointer_action.move_to_location(int(at[0]), int(at[1]))
    chain.perform()
    assert readout(opened).startswith("turkmen · KP ")
    assert Select(opened.find_element(By.ID, "system")).first_selected_option.get_attribute("value") == "turkmen"
    assert opened.execute_script(SHOWN, 'svg.profile[data-system="turkmen"] .cursor-line')
    assert not opened.find_element(By.CSS_SELECTOR, 'svg.profile[data-system="main"]').is_displayed()


def test_the_keyboard_is_enough(opened: webdriver.Chrome) -> None:
    slider = opened.find_element(By.ID, "kp")
    slider.send_keys(Keys.END)
    assert "KP 359" in readout(opened)
    assert "KP 35" in (slider.get_attribute("aria-valuetext") or "")
    slider.send_keys(Keys.HOME)
    assert "KP 0.00" in readout(opened)
    before = opened.find_element(By.ID, "map").get_dom_attribute("viewBox")
    opened.find_element(By.ID, "map").send_keys("+", Keys.ARROW_LEFT)
    nearer = opened.find_element(By.ID, "map").get_dom_attribute("viewBox")
    assert nearer != before
    opened.find_element(By.ID, "map").send_keys("0")
    home = [float(value) for value in (opened.find_element(By.ID, "map").get_dom_attribute("viewBox") or "").split()]
    assert home == pytest.approx([float(value) for value in (before or "").split()])


def test_every_layer_can_be_switched(opened: webdriver.Chrome) -> None:
    boxes = opened.find_elements(By.CSS_SELECTOR, "input[data-toggles]")
    assert len(boxes) >= 10
    for box in boxes:
        name = box.get_attribute("data-toggles")
        selector = f'[data-layer="{name}"]'
        assert opened.execute_script(SHOWN, selector) == box.is_selected(), name
        was = box.is_selected()
        opened.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
        box.click()
        assert opened.execute_script(SHOWN, selector) == (not was), name


def test_buttons_zoom_and_marks_keep_their_size(opened: webdriver.Chrome) -> None:
    mark = opened.find_element(By.CSS_SELECTOR, '[data-layer="landing_points"] path')
    before = mark.rect["width"]
    for _ in range(3):
        opened.find_element(By.ID, "zoom-in").click()
    width = float((opened.find_element(By.ID, "map").get_dom_attribute("viewBox") or "").split()[2])
    home = float((opened.find_element(By.ID, "map").get_dom_attribute("data-home") or "").split()[2])
    assert home / width == pytest.approx(1.5**3, rel=1e-3)
    assert mark.rect["width"] == pytest.approx(before, abs=1.5)
    opened.find_element(By.ID, "zoom-home").click()


def test_a_phone_shows_it_without_scrolling_sideways(opened: webdriver.Chrome) -> None:
    opened.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    )
    try:
        assert opened.execute_script("return document.documentElement.scrollWidth") <= 390
        label = opened.find_element(By.CSS_SELECTOR, "#map text.place")
        assert label.rect["height"] > 10  # a letter is still to be read
    finally:
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_paper_has_every_profile_and_every_list(opened: webdriver.Chrome) -> None:
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    opened.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    try:
        for profile in opened.find_elements(By.CSS_SELECTOR, "svg.profile"):
            assert profile.is_displayed()
        assert not opened.find_element(By.ID, "kp").is_displayed()
        assert all(item.get_attribute("open") for item in opened.find_elements(By.TAG_NAME, "details"))
    finally:
        opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_without_the_script_the_page_still_shows_everything(opened: webdriver.Chrome, page: Path) -> None:
    opened.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened.get(page.as_uri())
        assert opened.find_element(By.CSS_SELECTOR, "svg.map").is_displayed()
        assert len([svg for svg in opened.find_elements(By.CSS_SELECTOR, "svg.profile") if svg.is_displayed()]) == 4
    finally:
        opened.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_contents_lead_to_sections_and_files_to_what_the_run_wrote(opened: webdriver.Chrome, page: Path) -> None:
    leads = [link.get_dom_attribute("href") or "" for link in opened.find_elements(By.CSS_SELECTOR, "#contents a")]
    assert len(leads) > 8
    for lead in leads:
        assert opened.find_elements(By.CSS_SELECTOR, lead), lead
    files = [link.get_dom_attribute("href") or "" for link in opened.find_elements(By.CSS_SELECTOR, "#files a")]
    assert {"trans-caspian.gpkg", "system.html", "rpl/main.xlsx", "bills/main.xlsx", "geojson/"} <= set(files)
    for file in files:
        assert (page.parent / file).exists(), file


def test_kinds_are_words_and_abbreviations_are_told(opened: webdriver.Chrome) -> None:
    text = opened.execute_script("return document.getElementById('appendix').textContent")
    assert "oil or gas field" in text
    assert "oil_gas_field" not in opened.execute_script(
        "return [...document.querySelectorAll('.system td')].map((cell) => cell.textContent).join(' ')"
    )
    assert "plough down, where ploughing begins" in text
