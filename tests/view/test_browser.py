"""The view in headless Chromium: it classifies, moves, stays on this machine, and is quiet."""

import runpy
import time
from pathlib import Path

import numpy as np
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


def test_an_image_is_classified_and_the_picture_moves(page):
    page.get_by_text("120 ms").first.wait_for()  # it has played to its end
    assert any(url.startswith("ws://127.0.0.1") for url in page.seen)
    text = page.locator("text=simulator").first.inner_text()
    assert "answer" in text and "none yet" not in text and "spikes" in text
    whole = page.screenshot()
    page.get_by_role("button", name="another image").click()
    time.sleep(1.5)
    assert page.screenshot() != whole
    foreign = [url for url in page.seen if "//127.0.0.1" not in url and not url.startswith("data:")]
    assert not [url for url in foreign if not url.startswith("blob:http://127.0.0.1")]
    assert page.said == []


def test_the_page_is_no_wider_than_a_phone(page):
    """At a desktop's width the controls are beside the layers; on a phone everything is below."""
    select = page.get_by_role("combobox").first
    assert select.bounding_box()["x"] > 600
    page.set_viewport_size({"width": 390, "height": 844})
    end = time.monotonic() + PATIENCE / 1000
    while (wide := page.evaluate("document.documentElement.scrollWidth")) > 390:
        assert time.monotonic() < end, wide
        time.sleep(0.2)
    assert select.bounding_box()["x"] < 100


def test_a_drawing_is_classified(page):
    page.get_by_text("120 ms").first.wait_for()
    runpy.run_path(str(SCREENSHOTS))["draw_one"](page)
    says = page.locator("text=simulator").first
    end = time.monotonic() + PATIENCE / 1000
    while "answer 1," not in (said := says.inner_text()) and time.monotonic() < end:
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


@pytest.fixture
def shown():
    from nengo_lifdeep import datasets, pretrained
    from nengo_lifdeep.view.app import View

    return View(pretrained.load("digits-compact"), datasets.load("digits").test.take(3))


def test_a_mistake_is_said_on_the_page(shown):
    """t_c after t_p: the page says what is wrong, and shows no answer of settings before."""
    assert "answer" in shown.says.object
    shown.t_c.value, shown.t_p.value = 100, 50
    shown.restart()
    assert shown.problem.visible and "t_c" in shown.problem.object
    assert shown.says.object == "" and shown.evidence.source.data["xs"] == []
    shown.t_p.value = 120
    shown.restart()
    assert not shown.problem.visible and "answer" in shown.says.object


def test_errors_of_every_kind_are_said(shown, monkeypatch, capsys):
    def broken(*args, **options):
        raise RuntimeError("out of spikes")

    monkeypatch.setattr("nengo_lifdeep.view.app.run_image", broken)
    shown.restart()
    assert shown.problem.visible and shown.problem.object == "out of spikes"
    assert "Traceback" in capsys.readouterr().err  # for whoever started the server


def test_clearing_brings_the_image_back(shown):
    shown.strokes.data = {"xs": [[0.5, 0.5]], "ys": [[0.1, 0.9]]}
    assert shown.image.figure.title.text == "your drawing"
    shown._clear()
    assert shown.image.figure.title.text.startswith("image 0")


def test_a_slow_run_holds_up_nobody(server, monkeypatch):
    """Another visitor's page is served while the first one's run has not ended."""
    import threading
    import urllib.request

    from nengo_lifdeep.view import app

    began, go_on, real = threading.Event(), threading.Event(), app.run_image

    def slow(*args, **options):
        began.set()
        go_on.wait(PATIENCE / 1000)
        return real(*args, **options)

    monkeypatch.setattr(app, "run_image", slow)
    with chromium() as browser:
        page = patient_page(browser)
        page.goto(server)
        assert began.wait(PATIENCE / 1000)
        assert urllib.request.urlopen(server, timeout=30).status == 200
        go_on.set()
        page.get_by_text("answer").first.wait_for()


def test_colour_pictures(make_network):
    """No pad, and the picture's own colours."""
    from nengo_lifdeep.datasets.base import Split
    from nengo_lifdeep.layers import Conv2D, Dense, Flatten
    from nengo_lifdeep.view.app import View

    pictures = np.zeros((2, 8, 8, 3), np.uint8)
    pictures[:, :, :, 0] = 255
    net = make_network((8, 8, 3), [Conv2D(2, 3), Flatten(), Dense(4), Dense(2)])
    shown = View(net, Split(pictures, np.array([0, 1])))
    (drawn,) = shown.image.colour.data["image"]
    assert set(np.unique(drawn.view(np.uint8).reshape(-1, 4), axis=0)[0]) == {255, 0}
    held = [getattr(part, "object", None) for part in shown.layout.select()]
    assert shown.pad not in held and shown.image.figure in held


def test_frames_of_films():
    """Each frame is an image of its own; off and on are drawn together."""
    from nengo_lifdeep import Architecture, Dense, Flatten, Split
    from nengo_lifdeep.training.random_features import random_features
    from nengo_lifdeep.view.app import View

    films = np.random.default_rng(0).integers(0, 2, (4, 3, 6, 6, 2)).astype(np.float32)
    split = Split(films, np.array([0, 1, 0, 1]))
    layers = (Flatten(), Dense(20), Dense(2))
    shown = View(random_features(Architecture((6, 6, 2), layers, "films"), split), split)
    shown.index.value = 7
    shown.restart()
    assert shown.index.end == 11 and "image 7: 0" in shown.image.figure.title.text
    np.testing.assert_allclose(
        shown.image.grey.data["image"][0], 1 - films[2, 1].mean(axis=2)[::-1]
    )
