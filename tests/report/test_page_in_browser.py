"""Pages of reports in headless Chromium: on a phone, on dark ground and on paper."""

import re

import pytest

from nengo_lifdeep.datasets.picture import png_content
from nengo_lifdeep.report.pages.page import Page, Picture
from nengo_lifdeep.report.tables.grid import Column, Grid
from tests.view.chromium import CHROMIUM, chromium, patient_page

pytest.importorskip("playwright.sync_api")
pytest.importorskip("markdown_it")
pytest.importorskip("jinja2")
figures = pytest.importorskip("matplotlib.figure")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium; install it, e.g. Debian's package chromium"
)

LONG = "a_name_without_any_space_" * 8

#: what a page can hold -> a selector
TEXTS = {
    "text": "p", "heading": "h2", "link": "a", "code": "p code", "block": "pre code",
    "caption": "figcaption", "head of a table": "th", "cell": "td.number", "note": ".note",
    "item": "li",
}  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page with everything that can be wide, and a picture of black ink without a ground."""
    folder = tmp_path_factory.mktemp("page")
    figure = figures.Figure(figsize=(7, 2))
    figure.add_subplot().plot([0, 1], "k")
    figure.savefig(folder / "ink.png", transparent=True)
    names = [f"column {i}" for i in range(14)]
    columns = tuple(Column(f"c{i}", name, ",") for i, name in enumerate(names))
    rows = ({f"c{i}": 10**6 for i in range(14)},)
    line = "|" + "|".join(names) + "|\n|" + "---|" * 14 + "\n|" + "1,000,000|" * 14
    ink = Picture(folder / "ink.png", "ink", png_content(folder / "ink.png"))
    parts = [f"# {LONG}", "## One", f"Words and `{LONG}`.\n\n- {LONG}", "## Two", line, "## Three",
             Grid(LONG, columns, rows, (LONG,)), f"```\nlifdeep {LONG}\n```",
             ink, ink]  # fmt: skip
    (folder / "page.html").write_text(Page(parts).html())
    return (folder / "page.html").as_uri()


@pytest.fixture(scope="module")
def open_page(address):
    with chromium() as browser:

        def opened(ground="light", media="screen", width=1200):
            page = patient_page(
                browser, viewport={"width": width, "height": 844}, color_scheme=ground
            )
            page.emulate_media(media=media, color_scheme=ground)
            page.goto(address)
            return page

        yield opened


def style(page, selector, name):
    """A computed style; of a colour its three levels in [0, 255]."""
    get = f"getComputedStyle(document.querySelector({selector!r})).{name}"
    value = page.evaluate(get)
    if not value.startswith("rgb"):
        return value
    *levels, last = [float(x) for x in re.findall(r"[\d.]+", value)]
    return None if value.startswith("rgba") and last == 0 else (*levels, last)[:3]


def luminance(colour):
    """Relative luminance as the guidelines of the W3C on contrast define it (WCAG 2.2)."""
    levels = [level / 255 for level in colour]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in levels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("ground", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 320])
def test_nothing_is_wider_than_a_phone(open_page, ground, width):
    page = open_page(ground, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for what in ("body > table", "figure", "pre"):  # these move by themselves
        inside, own = (
            page.evaluate(f"document.querySelector({what!r}).{side}Width")
            for side in ("scroll", "client")
        )
        assert own < width < inside, what


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_texts_can_be_read_on_their_ground(open_page, ground):
    """At least 4.5 to 1, which the same guidelines ask for (level AA)."""
    page = open_page(ground)
    below = style(page, "body", "backgroundColor")
    assert (luminance(below) < 0.05) == (ground == "dark")
    for what, selector in TEXTS.items():
        own = style(page, selector, "backgroundColor") or below
        if what == "block":
            own = style(page, "pre", "backgroundColor")
        ratio = contrast(style(page, selector, "color"), own)
        assert ratio >= 4.5, (what, ratio)


def test_pictures_stand_on_a_light_plate(open_page):
    """Black ink without a ground of its own stays readable; white around it on all sides."""
    page = open_page("dark")
    assert style(page, "img", "backgroundColor") == (255, 255, 255)
    assert float(style(page, "img", "paddingLeft").removesuffix("px")) >= 4
    assert style(open_page("light"), "img", "backgroundColor") is None


def test_paper_is_white(open_page):
    """Also for those whose screen is dark, and nothing is cut off at its edge."""
    page = open_page("dark", "print", width=700)
    assert luminance(style(page, "body", "color")) < 0.05
    assert style(page, "body", "backgroundColor") == (255, 255, 255)
    assert style(page, "img", "backgroundColor") is None
    assert style(page, "pre", "whiteSpace").startswith("pre-wrap")
