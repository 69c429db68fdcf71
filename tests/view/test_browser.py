"""The view in headless Chromium: it classifies, moves, stays on this machine, and is quiet."""

import runpy
import time
from pathlib import Path

import pytest

pytest.importorskip("panel")
pytest.importorskip("playwright.sync_api")

from .chromium import CHROMIUM, PATIENCE, chromium, patient_page

SCREENSHOTS = Path(__file__).parents[2] / "docs" / "pictures" / "screenshots.py"
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium; install it, e.g. Debian's package chromium"
)


@pytest.fixture(scope="module")
def server():
    from nengo_lifdeep import datasets, pretrained
    from nengo_lifdeep.view import serve

    images = datasets.load("digits").test.take(20)
    running = serve(pretrained.load("digits-compact"), images, show=False, threaded=True)
    yield running.url
    running.stop()


@pytest.fixture
def page(server):
    with chromium() as browser:
        page = patient_page(browser, viewport={"width": 1250, "height": 950})
        page.seen, page.said = [], []
        page.on("request", lambda request: page.seen.append(request.url))
        page.on("websocket", lambda socket: page.seen.append(socket.url))
        page.on("console", lambda m: page.said.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(server)
        page.get_by_text("answer").first.wait_for()
        yield page


def said_on(page, number=0):
    """What stands above a network's pictures."""
    return page.get_by_text("in simulator").nth(number).inner_text()


def test_an_image_is_classified_and_the_picture_moves(page):
    page.get_by_text("120 ms").first.wait_for()  # it has played to its end
    assert any(url.startswith("ws://127.0.0.1") for url in page.seen)
    text = said_on(page)
    assert "answer" in text and "none yet" not in text and "spikes" in text
    whole = page.screenshot()
    page.get_by_role("button", name="another image").click()
    time.sleep(1.5)
    assert page.screenshot() != whole
    foreign = [url for url in page.seen if "//127.0.0.1" not in url and not url.startswith("data:")]
    assert not [url for url in foreign if not url.startswith("blob:http://127.0.0.1")]
    assert page.said == []


def test_the_page_is_no_wider_than_a_phone(page):
    """At a desktop's width the controls are beside the layers; on a phone they are below."""
    select, layer = page.get_by_role("combobox").first, page.get_by_text("in simulator").first
    assert select.bounding_box()["x"] < 300 < layer.bounding_box()["x"]
    page.set_viewport_size({"width": 390, "height": 844})
    end = time.monotonic() + PATIENCE / 1000
    while (wide := page.evaluate("document.documentElement.scrollWidth")) > 390:
        assert time.monotonic() < end, wide
        time.sleep(0.2)
    assert select.bounding_box()["y"] > layer.bounding_box()["y"]


def test_one_network_takes_the_whole_of_a_wide_screen(page):
    """Its layers stand side by side up to the right edge, not in the left half."""
    page.set_viewport_size({"width": 1600, "height": 1000})
    end, rightmost = time.monotonic() + PATIENCE / 1000, 0.0
    while not 1500 < rightmost <= 1600:
        assert time.monotonic() < end, rightmost
        boxes = [figure.bounding_box() for figure in page.locator(".bk-Figure").all()]
        rightmost = max(box["x"] + box["width"] for box in boxes if box)
        time.sleep(0.2)


def test_a_drawing_is_classified(page):
    page.get_by_text("120 ms").first.wait_for()
    runpy.run_path(str(SCREENSHOTS))["draw_one"](page)
    end = time.monotonic() + PATIENCE / 1000
    while "answer 1," not in (said := said_on(page)) and time.monotonic() < end:
        time.sleep(0.2)
    assert "answer 1," in said
    assert page.said == []


def test_the_command_serves_to_this_machine_only(tmp_path):
    """As a user starts it; it answers here, and says where."""
    import subprocess
    import sys
    import urllib.request

    words = [sys.executable, "-m", "nengo_lifdeep.cli", "view", "digits-compact", "--no-browser"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline()
            address = said.split()[2]
            assert address.startswith("http://127.0.0.1:")
            for _ in range(100):
                try:
                    answer = urllib.request.urlopen(address, timeout=30)
                    break
                except OSError:
                    time.sleep(0.2)
            assert answer.status == 200
        finally:
            process.terminate()


def test_a_slow_run_holds_up_nobody(server, monkeypatch):
    """Another visitor's page is served while the first one's run has not ended."""
    import threading
    import urllib.request

    from nengo_lifdeep.view import showing

    began, go_on, real = threading.Event(), threading.Event(), showing.run_image

    def slow(*args, **options):
        began.set()
        go_on.wait(PATIENCE / 1000)
        return real(*args, **options)

    monkeypatch.setattr(showing, "run_image", slow)
    with chromium() as browser:
        page = patient_page(browser)
        page.goto(server)
        assert began.wait(PATIENCE / 1000)
        assert urllib.request.urlopen(server, timeout=30).status == 200
        go_on.set()
        page.get_by_text("answer").first.wait_for()


def test_keys_and_named_buttons(page):
    """Space stops and plays, an arrow goes one step; buttons are found by their names."""
    page.get_by_text("120 ms").first.wait_for()
    page.get_by_role("button", name="restart").click()
    page.get_by_role("button", name="pause").wait_for()
    page.mouse.click(700, 300)  # no widget has the focus
    page.keyboard.press(" ")
    page.get_by_role("button", name="play").wait_for()
    page.keyboard.press("Home")
    page.get_by_role("button", name="pause").wait_for()
    page.keyboard.press(" ")
    page.get_by_role("button", name="play").wait_for()
    step = int(said_on(page).split(" ms")[0].split()[-1])
    page.keyboard.press("ArrowRight")
    page.get_by_text(f"{step + 1} ms").first.wait_for()
    assert page.said == []


def test_two_networks_filters_dark_ground_and_a_film(server, page, tmp_path):
    page.goto(f"{server}?theme=dark")
    page.get_by_text("120 ms").first.wait_for()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, ground.removeprefix("rgb(").removesuffix(")").split(","))) < 80
    before = page.screenshot()
    page.get_by_role("combobox").nth(3).select_option("neurons1")
    page.wait_for_timeout(1000)
    assert page.screenshot() != before
    page.get_by_role("combobox").nth(4).select_option("digits-compact")
    page.get_by_text("in simulator").nth(1).wait_for()
    page.get_by_text("120 ms").nth(1).wait_for()
    with page.expect_download() as film:
        page.get_by_text("save as GIF").first.click()
    film.value.save_as(tmp_path / "film.gif")
    from PIL import Image

    with Image.open(tmp_path / "film.gif") as picture:
        assert picture.n_frames == 40 and picture.width > 800  # two networks
    assert page.said == []
