"""The map for the web of a real run, in a real browser, from a real file server."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from selenium import webdriver
from selenium.webdriver import Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.conftest import need
from tests.integration.conftest import SWITCHES, asked_by, check_landmarks
from transcaspian.cli.view_command import LOOPBACK, Quiet
from transcaspian.core.errors import ExportError
from transcaspian.export.web_map import write_web_map
from transcaspian.runs.engine import RunResult

WIDTHS = (1280, 800, 390)
DRAWN = "return document.body.dataset.drawn || document.getElementById('trouble').textContent"
RENDERED = (
    "return map.queryRenderedFeatures().filter((one) => one.source === arguments[0]).map((one) => one.properties)"
)


@pytest.fixture(scope="module")
def folder(default_run: RunResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("web") / "map"
    write_web_map(default_run.folder, json.loads((default_run.folder / "manifest.json").read_text()), out)
    return out


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer((LOOPBACK, 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOOPBACK}:{server.server_port}/"
        server.shutdown()


def chromium(*switches: str) -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = need("chromium", "chromium")
    for switch in (*SWITCHES, *switches):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(need("chromedriver", "chromium-driver")))


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    driver = chromium("--enable-unsafe-swiftshader", "--use-angle=swiftshader")
    driver.set_script_timeout(120)
    yield driver
    driver.quit()


def complaints(browser: webdriver.Chrome) -> list[dict[str, Any]]:
    """What the console was told, but for the speed of the renderer of this machine."""
    return [entry for entry in browser.get_log("browser") if entry["source"] != "rendering"]


def opened(browser: webdriver.Chrome, url: str) -> str:
    """Load a page again; when its map is drawn, or what is the trouble."""
    browser.get("about:blank")
    browser.get(url)
    told: str = WebDriverWait(browser, 120).until(lambda one: one.execute_script(DRAWN))
    return told


def test_it_is_drawn_at_three_widths_and_asks_no_other_host(browser: webdriver.Chrome, address: str) -> None:
    for width in WIDTHS:
        browser.set_window_size(width, 900)
        assert opened(browser, address).isdigit()
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        assert {item["system_id"] for item in browser.execute_script(RENDERED, "routes")} == {
            "main",
            "main-2023",
            "reserve-2023",
            "turkmen",
        }
        assert "Aktau" in browser.find_element(By.CSS_SELECTOR, ".labels").text
        check_landmarks(browser)
    asked = [url for url in asked_by(browser) if not url.startswith(("blob:", "about:"))]
    assert len(asked) > 20
    assert all(url.startswith(address) for url in asked)
    assert complaints(browser) == []


def test_all_layers_of_the_run_are_there_and_can_be_switched_on(
    browser: webdriver.Chrome, address: str, folder: Path
) -> None:
    browser.set_window_size(500, 500)
    opened(browser, address)
    boxes = {box.get_attribute("value"): box for box in browser.find_elements(By.CSS_SELECTOR, "#panel input")}
    assert set(boxes) == {path.stem for path in (folder / "data").iterdir()}
    told = browser.execute_async_script(
        "const done = arguments[0]; (async () => { for (const one of layers()) { "
        "await show(one, true); await show(one, false); } "
        "done('shown'); })().catch((error) => done(String(error)))"
    )
    assert told == "shown"
    drawn = {item["source"] for item in browser.execute_script("return map.getStyle().layers") if "source" in item}
    assert drawn == {"depth", *boxes}
    assert complaints(browser) == []


def test_a_popup_has_the_figures_of_the_layer(browser: webdriver.Chrome, address: str, folder: Path) -> None:
    opened(browser, address)
    browser.execute_script(
        "const at = map.project([51.1314, 43.6417]); map.fire('click', {point: at, lngLat: map.unproject(at)})"
    )
    shown = browser.find_element(By.CSS_SELECTOR, ".maplibregl-popup-content details[open]").text
    features = json.loads((folder / "data" / "landing_points.geojson").read_text())["features"]
    aktau = next(one["properties"] for one in features if one["properties"]["name"] == "Aktau")
    assert "Aktau" in shown
    assert f"{aktau['snap_km']:.3f} km" in shown


def test_profile_and_map_are_linked_by_kp(browser: webdriver.Chrome, address: str, folder: Path) -> None:
    opened(browser, address)
    Select(browser.find_element(By.ID, "system")).select_by_value("turkmen")
    chart = browser.find_element(By.ID, "chart")
    chart.send_keys(Keys.HOME, Keys.PAGE_UP, Keys.PAGE_UP, Keys.ARROW_LEFT)
    samples = json.loads((folder / "data" / "route_profile.geojson").read_text())["features"]
    wanted = [one for one in samples if one["properties"]["system_id"] == "turkmen"][79]
    said = browser.find_element(By.ID, "readout").text
    assert said.startswith(
        f"KP {wanted['properties']['kp_km']:.2f} km, depth {wanted['properties']['depth_m']:.0f} m ±"
    )
    at: Any = browser.execute_script("return cursorMarker.getLngLat().toArray()")
    assert at == wanted["geometry"]["coordinates"]
    assert f"kp={wanted['properties']['kp_km']:.3f}" in browser.current_url


def test_what_is_searched_is_shown(browser: webdriver.Chrome, address: str) -> None:
    opened(browser, address)
    words = browser.find_element(By.ID, "words")
    words.send_keys("kuryk", Keys.ENTER)
    WebDriverWait(browser, 20).until(lambda one: one.find_elements(By.CSS_SELECTOR, ".maplibregl-popup-content"))
    assert "Kuryk" in browser.find_element(By.CSS_SELECTOR, ".maplibregl-popup-content summary").text
    words.clear()
    words.send_keys("KP 120.5", Keys.ENTER)
    WebDriverWait(browser, 20).until(lambda one: re.match(r"KP 120\.[3-6]", one.find_element(By.ID, "readout").text))
    words.clear()
    words.send_keys("qqq")
    WebDriverWait(browser, 20).until(lambda one: one.find_element(By.ID, "hits").text == "nothing found")


def test_a_link_brings_back_place_layers_route_and_kp(browser: webdriver.Chrome, address: str) -> None:
    opened(browser, address + "#at=9.00/40.50000/50.20000&layers=routes,sectors&route=turkmen&kp=30.240")
    assert browser.execute_script("return [map.getZoom(), map.getCenter().lat, map.getCenter().lng]") == [9, 40.5, 50.2]
    on = [box.get_attribute("value") for box in browser.find_elements(By.CSS_SELECTOR, "#panel input:checked")]
    assert sorted(on) == ["routes", "sectors"]
    assert browser.find_element(By.ID, "readout").text.startswith("KP 30.2")
    browser.execute_script("map.jumpTo({center: [50, 41], zoom: 8})")
    assert "at=8.00%2F41.00000%2F50.00000" in browser.current_url


def test_without_storage_it_works_and_without_webgl_it_says_so(address: str) -> None:
    driver = chromium("--disable-webgl", "--disable-3d-apis")
    try:
        assert re.match(r"The map cannot be shown: .*report\.html", opened(driver, address))
    finally:
        driver.quit()
    driver = chromium("--enable-unsafe-swiftshader", "--use-angle=swiftshader")
    blocked = "Object.defineProperty(window, name, {get() {throw new Error('blocked')}})"
    no_storage = f"for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) {blocked}"
    try:
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": no_storage})
        assert opened(driver, address).isdigit()
    finally:
        driver.quit()


def test_the_depths_lie_where_they_are_in_web_mercator(folder: Path, default_run: RunResult) -> None:
    about = json.loads((folder / "map.json").read_text())
    west, south, east, north = about["bounds"]
    with (
        rasterio.open(default_run.folder / "rasters" / "depth.tif") as source,
        rasterio.open(folder / "depth.png") as picture,
    ):
        assert tuple(source.bounds) == (west, south, east, north)
        water, shown = source.read(1), picture.read()
        bottom, top = np.log(np.tan(np.pi / 4 + np.radians([south, north]) / 2))  # the textbook's formula
        land = np.array([0xD9, 0xD2, 0xC0])
        for lon, lat in [(50.9, 41.9), (49.0, 45.0), (48.0, 41.5), (53.9, 37.5), (54.5, 44.0)]:
            y = np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))
            row, col = (
                int((top - y) / (top - bottom) * picture.height),
                int((lon - west) / (east - west) * picture.width),
            )
            is_land = np.isnan(water[source.index(lon, lat)])
            assert bool((shown[:, row, col] == land).all()) == bool(is_land), (lon, lat)


def test_a_folder_that_holds_something_and_a_run_that_is_none_are_named(default_run: RunResult, tmp_path: Path) -> None:
    manifest = json.loads((default_run.folder / "manifest.json").read_text())
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="is there and not empty: name a folder that is to be made"):
        write_web_map(default_run.folder, manifest, tmp_path)
    with pytest.raises(ExportError, match=r"has no geojson/routes\.geojson"):
        write_web_map(tmp_path, manifest, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_serves_the_map_on_this_machine_until_it_is_interrupted(default_run: RunResult) -> None:
    before = {path: path.stat().st_mtime_ns for path in default_run.folder.rglob("*")}
    command = [sys.executable, "-m", "transcaspian", "view", str(default_run.folder), "--no-browser"]
    hears = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # tests may run in the background of a shell
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=hears) as process:
        try:
            assert process.stdout
            told = process.stdout.readline()
            assert re.match(rf"http://{re.escape(LOOPBACK)}:\d+/ shows the map; end with Ctrl-C", told)
            with urllib.request.urlopen(told.split()[0] + "map.json") as answer:
                assert json.load(answer)["run"] == default_run.folder.name
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
        finally:
            process.kill()
    with socket.socket() as held:
        held.bind((LOOPBACK, 0))
        held.listen()
        port = str(held.getsockname()[1])
        done = subprocess.run([*command, "--port", port], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert f"port {port} of this machine cannot be had: Address already in use" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in default_run.folder.rglob("*")} == before
