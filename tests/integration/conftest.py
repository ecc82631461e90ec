"""What tests of whole runs share: a real browser, and what it asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.conftest import need

SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--disable-dev-shm-usage",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = need("chromium", "chromium")
    for switch in (*SWITCHES, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(need("chromedriver", "chromium-driver")))
    yield driver
    driver.quit()


def asked_by(browser: webdriver.Chrome) -> list[str]:
    """The addresses that its pages have asked for since the last look, without those of its own start page."""
    told = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [item["params"]["request"]["url"] for item in told if item["method"] == "Network.requestWillBeSent"]
    return [url for url in asked if not url.startswith(("data:", "chrome:", "chrome-untrusted:"))]


LANDMARKS = """
const named = [...document.querySelectorAll('section[aria-label], section[aria-labelledby], nav, [role=region]')];
const by = (node) => document.getElementById(node.getAttribute('aria-labelledby'));
return named.map((node) => (node.getAttribute('aria-label') || by(node).textContent).trim());
"""


def check_landmarks(browser: webdriver.Chrome) -> None:
    """A reader by ear is told each part of a page by a name of its own (axe: landmark-unique)."""
    names = browser.execute_script(LANDMARKS)
    assert names
    assert sorted(set(names)) == sorted(names)


SCREENS = {"desktop": (1280, 800), "phone": (390, 844)}
A4_PIXELS = (703, 1016)
"""Width and height between the margins of the style for paper."""
BOTTOM = "const r = document.querySelector(arguments[0]).getBoundingClientRect(); return r.bottom + scrollY"
MAX_SCREENS = 8


def check_first_page(browser: webdriver.Chrome, page: str) -> None:
    """What to do, options and five findings stand on the first screen and sheet, and the appendix begins in time."""
    for width, height in SCREENS.values():
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.get(page)
        for part in (".advice", ".options", ".found"):
            assert browser.execute_script(BOTTOM, part) <= height, (part, width)
        appendix = browser.execute_script(BOTTOM, "#appendix-title")
        assert appendix <= MAX_SCREENS * height, (appendix / height, width)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        cut = "const s = document.querySelector('.options .scroll'); return s.scrollWidth - s.clientWidth"
        assert browser.execute_script(cut) <= 1
    assert len(browser.find_elements("css selector", ".found li")) == 5
    width, height = A4_PIXELS
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        for part in (".advice", ".options", ".found", "figure.overview"):
            assert browser.execute_script(BOTTOM, part) <= height, part
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
