"""Screenshots of the pages that this project makes, by headless Chromium.

make screenshots                        # all of them into screenshots/: desktop, phone, dark
python docs/pictures/screenshots.py view --out docs/pictures/live_view.png
python docs/pictures/screenshots.py view --ground dark --size 1600 1000 --out dark.png
python docs/pictures/screenshots.py page docs/_build/html/index.html --out site.png
python docs/pictures/screenshots.py page demo-report/report.html --out docs/pictures/report.png
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
         "--disable-component-update", "--no-first-run"]  # fmt: skip


#: name -> width, height, and what the user's system asks for
SCREENS = {
    "desktop": (1200, 850, "light"),
    "phone": (390, 844, "light"),
    "dark": (1200, 850, "dark"),
}


@contextlib.contextmanager
def browser_page(width: int, height: int, ground: str = "light") -> Iterator[Any]:
    """A page in the Chromium that is installed."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        raise SystemExit("no Chromium; install it, e.g. Debian's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser.new_page(viewport={"width": width, "height": height}, color_scheme=ground)
        browser.close()


@contextlib.contextmanager
def served(network: str, beside: str | None = None) -> Iterator[str]:
    """The address of a live view of a network of the package."""
    from nengo_lifdeep import datasets, pretrained
    from nengo_lifdeep.view import serve

    data = "digits" if network.startswith("digits") else "mnist"
    images = datasets.load(data).test.take(100)
    second = None if beside is None else pretrained.load(beside)
    net = pretrained.load(network)
    running = serve(net, images, beside=second, show=False, threaded=True)
    yield running.url
    running.stop()


def live_view(page: Any, address: str, step_ms: int, draw: bool = False) -> None:
    """The view, stopped on its way or after a drawing."""
    page.goto(address)
    page.get_by_text("answer").first.wait_for(timeout=60_000)
    if draw:
        page.get_by_text("120 ms").first.wait_for(timeout=60_000)
        draw_one(page)
        page.wait_for_timeout(1500)
    page.get_by_text("120 ms").last.wait_for(timeout=60_000)  # the end, where it stops
    for step in range(119, step_ms - 1, -1):
        page.keyboard.press("ArrowLeft")
        page.get_by_text(f"{step} ms").last.wait_for(timeout=60_000)
    page.wait_for_timeout(1000)


def draw_one(page: Any) -> None:
    """A stroke from top to bottom in the pad, the second figure of the page."""
    pads = page.locator(".bk-Figure")
    boxes = [pads.nth(i).bounding_box() for i in range(pads.count())]
    box = [b for b in boxes if b is not None][1]
    x, y, length = box["x"] + box["width"] / 2, box["y"] + 50, box["height"] - 80
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 16):
        page.mouse.move(x, y + length * step / 15)
    page.mouse.up()


def report_page(folder: Path) -> Path:
    """A small run with its report."""
    import nengo_lifdeep as nld
    from nengo_lifdeep.report.pages.folder import write_run_report

    net, images = nld.pretrained.load("digits-compact"), nld.datasets.load("digits").test.take(60)
    net.save(folder / "digits.lifdeep")
    for simulator, model in (("rate", net), ("events", nld.convert(net))):
        found = nld.evaluate(model, images, simulator=simulator, reference=net, progress=False)
        found.save(folder / f"{simulator}.lifdeep")
    return write_run_report(folder)["html"]


def cards_page(folder: Path) -> Path:
    """What values look like as the last line of a notebook's cell, on white and on dark ground."""
    import nengo_lifdeep as nld

    net, digits = nld.pretrained.load("digits-compact"), nld.datasets.load("digits")
    spiking = nld.convert(net)
    found = nld.evaluate(spiking, digits.test.take(60), simulator="events", progress=False)
    values = (digits, digits.test, net, spiking, found, nld.deploy(net))
    cards = "".join(f"<h4>{type(value).__name__}</h4>{value._repr_html_()}" for value in values)
    style = "@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd } }"
    head = "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    path = folder / "cards.html"
    path.write_text(f"{head}<style>body {{ font-family: sans-serif }} {style}</style>{cards}")
    return path


def every_page(out: Path) -> None:
    """View, report, site, a notebook and cards on every screen; what is too wide is said."""
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run = folder / "digits"  # a page's title
        run.mkdir()
        pages = {"report": report_page(run), "cards": cards_page(folder)}
        site = Path(__file__).resolve().parents[1] / "_build" / "html"
        if (site / "index.html").is_file():
            pages["site"] = site / "index.html"
            pages["notebook"] = site / "_notebooks" / "01_first_spiking_network.html"
        else:
            print("no site to be seen; build it with: make docs")
        with served("digits-compact", beside="digits-compact") as address:
            for name, (width, height, ground) in SCREENS.items():
                for what, file in pages.items():
                    with browser_page(width, height, ground) as page:
                        page.goto(file.as_uri())
                        shoot(page, out / f"{what}-{name}.png", width)
                with browser_page(width, height, ground) as page:
                    live_view(page, f"{address}?theme={ground}", 60)
                    shoot(page, out / f"view-{name}.png", width)


def shoot(page: Any, path: Path, width: int) -> None:
    """A picture of a page, on a phone of all of it."""
    page.screenshot(path=path, full_page=width < 500)
    wide = page.evaluate("document.documentElement.scrollWidth")
    print(path, f"{wide} pixels wide, the screen has {width}" if wide > width else "fits")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("what", choices=("view", "page", "all"))
    parser.add_argument("file", nargs="?", type=Path, help="of page: the HTML file")
    parser.add_argument("--out", type=Path, required=True, help="a picture; of all a folder")
    parser.add_argument("--network", default="digits-compact", help="of view")
    parser.add_argument("--step", type=int, default=60, help="of view: moment in ms")
    parser.add_argument("--draw", action="store_true", help="of view: draw a one first")
    parser.add_argument("--size", type=int, nargs=2, default=(1200, 900))
    parser.add_argument("--ground", choices=("light", "dark"), default="light")
    parser.add_argument("--beside", help="of view: a second network of the package")
    options = parser.parse_args()
    if options.what == "all":
        every_page(options.out)
        return
    if options.what == "view":
        with (
            served(options.network, options.beside) as address,
            browser_page(*options.size, options.ground) as page,
        ):
            live_view(page, f"{address}?theme={options.ground}", options.step, options.draw)
            page.screenshot(path=options.out)
        return
    with browser_page(*options.size, options.ground) as page:
        page.goto(options.file.resolve().as_uri())
        page.screenshot(path=options.out)


if __name__ == "__main__":
    main()
