"""The Chromium that is installed, headless, and pages that wait for a busy machine."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")

#: ms until a page must have done what is asked, with twenty other processes beside it
PATIENCE = 300_000

_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
          "--disable-component-update", "--no-first-run"]  # fmt: skip


@contextlib.contextmanager
def chromium(*options: str) -> Iterator[Any]:
    """A browser; whoever waits for anything in it waits for `PATIENCE`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*_QUIET, *options], timeout=PATIENCE
        )
        yield browser
        browser.close()


def patient_page(browser: Any, **options: Any) -> Any:
    """A new page.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
        From `chromium`.
    **options
        As for ``browser.new_page``.
    """
    page = browser.new_page(**options)
    page.set_default_timeout(PATIENCE)
    return page
