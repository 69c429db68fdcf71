"""The view in headless Chromium: it classifies, moves, stays on this machine, and is quiet."""

import shutil
import time

import pytest

pytest.importorskip("panel")
sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium; install it, e.g. Debian's package chromium"
)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
         "--disable-component-update", "--no-first-run"]  # fmt: skip


@pytest.fixture(scope="module")
def server():
    from nengo_lifdeep import datasets, pretrained
    from nengo_lifdeep.view import serve
    from nengo_lifdeep.view.serve import _free_port

    port = _free_port(0)
    images = datasets.load("digits").test.take(20)
    thread = serve(pretrained.load("digits-compact"), images, port=port, show=False, threaded=True)
    yield f"http://127.0.0.1:{port}"
    thread.stop()


@pytest.fixture
def page(server):
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 1250, "height": 950})
        page.seen, page.said = [], []
        page.on("request", lambda request: page.seen.append(request.url))
        page.on("console", lambda m: page.said.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(server)
        page.get_by_text("answer").first.wait_for(timeout=60_000)
        yield page
        browser.close()


def test_an_image_is_classified_and_the_picture_moves(page):
    page.get_by_text("120 ms").first.wait_for(timeout=60_000)  # it has played to its end
    text = page.locator("text=simulator").first.inner_text()
    assert "answer" in text and "none yet" not in text and "spikes" in text
    whole = page.screenshot()
    page.get_by_role("button", name="another image").click()
    time.sleep(1.5)
    assert page.screenshot() != whole
    foreign = [url for url in page.seen if "//127.0.0.1" not in url and not url.startswith("data:")]
    assert not [url for url in foreign if not url.startswith("blob:http://127.0.0.1")]
    assert page.said == []


def test_a_drawing_is_classified(page):
    page.get_by_text("120 ms").first.wait_for(timeout=60_000)
    pads = page.locator(".bk-Canvas")
    box = next(
        b for b in (pads.nth(i).bounding_box() for i in range(pads.count()))
        if b is not None and b["x"] < 250 and b["y"] > 300
    )  # fmt: skip
    x, y = box["x"] + box["width"] / 2, box["y"] + 30
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 16):
        page.mouse.move(x, y + 11 * step)
    page.mouse.up()
    says = page.locator("text=simulator").first
    end = time.monotonic() + 60
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
            address = said.split()[2].rstrip(";")
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


def test_a_mistake_is_said_on_the_page(page):
    """t_c behind t_p: the page says what is wrong instead of standing still."""
    from nengo_lifdeep import datasets, pretrained
    from nengo_lifdeep.view.app import View

    shown = View(pretrained.load("digits-compact"), datasets.load("digits").test.take(3))
    shown.t_c.value, shown.t_p.value = 100, 50
    shown.restart()
    assert shown.problem.visible and "t_c" in shown.problem.object
    shown.t_p.value = 120
    shown.restart()
    assert not shown.problem.visible
