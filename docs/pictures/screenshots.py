"""Screenshots of the pages that this project makes, by headless Chromium.

python docs/pictures/screenshots.py view --out docs/pictures/live_view.png
python docs/pictures/screenshots.py page docs/_build/html/index.html --out site.png
python docs/pictures/screenshots.py page demo-report/report.html --out docs/pictures/report.png
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
         "--disable-component-update", "--no-first-run"]  # fmt: skip


@contextlib.contextmanager
def browser_page(width: int, height: int) -> Iterator[Any]:
    """A page in the Chromium that is installed."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        raise SystemExit("no Chromium; install it, e.g. Debian's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser.new_page(viewport={"width": width, "height": height})
        browser.close()


def live_view(out: Path, network: str, step_ms: int, draw: bool) -> None:
    """The live view of a network of the package, stopped on its way or after a drawing."""
    from nengo_lifdeep import datasets, pretrained
    from nengo_lifdeep.view import serve

    data = "digits" if network.startswith("digits") else "mnist"
    images = datasets.load(data).test.take(100)
    running = serve(pretrained.load(network), images, show=False, threaded=True)
    with browser_page(1200, 850) as page:
        page.goto(running.url)
        page.get_by_text("answer").first.wait_for(timeout=60_000)
        if draw:
            page.get_by_text("120 ms").first.wait_for(timeout=60_000)
            draw_one(page)
            page.wait_for_timeout(1500)
        says = page.locator("text=simulator").first
        while int(says.inner_text().partition(" ms")[0]) < step_ms:
            page.wait_for_timeout(20)
        page.screenshot(path=out)
    running.stop()


def draw_one(page: Any) -> None:
    """A stroke from top to bottom in the pad, the lower canvas on the left."""
    pads = page.locator(".bk-Canvas")
    boxes = [pads.nth(i).bounding_box() for i in range(pads.count())]
    box = next(b for b in boxes if b is not None and b["x"] < 250 and b["y"] > 300)
    x, y = box["x"] + box["width"] / 2, box["y"] + 30
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 16):
        page.mouse.move(x, y + 11 * step)
    page.mouse.up()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("what", choices=("view", "page"))
    parser.add_argument("file", nargs="?", type=Path, help="of page: the HTML file")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--network", default="digits-compact", help="of view")
    parser.add_argument("--step", type=int, default=60, help="of view: moment in ms")
    parser.add_argument("--draw", action="store_true", help="of view: draw a one first")
    parser.add_argument("--size", type=int, nargs=2, default=(1100, 900), help="of page")
    options = parser.parse_args()
    if options.what == "view":
        live_view(options.out, options.network, options.step, options.draw)
        return
    with browser_page(*options.size) as page:
        page.goto(options.file.resolve().as_uri())
        page.screenshot(path=options.out)


if __name__ == "__main__":
    main()
