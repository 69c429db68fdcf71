"""The small HTML card with which values show themselves in notebooks."""

from __future__ import annotations

import html
from collections.abc import Iterable

from .consoles import visible

__all__ = ["html_card"]

#: colours of texts are the notebook's own, which may be light on dark
_BOX = (
    "border:1px solid #bbb;border-left:4px solid #0072B2;border-radius:4px;padding:.5em .9em;"
    "display:inline-block;font:13px/1.5 system-ui,sans-serif"
)


def html_card(title: str, rows: Iterable[tuple[str, object]]) -> str:
    """A heading and lines of name and value; texts are escaped, nothing is loaded.

    Parameters
    ----------
    title : str
    rows : iterable of (str, object)
        What is None is left out.

    Examples
    --------
    >>> "<b>a &lt; b</b>" in html_card("a < b", [("layers", 3), ("cores", None)])
    True
    """
    lines = "".join(
        f"<tr style='vertical-align:top'>"
        f"<td style='text-align:left;opacity:.75;padding:0 1em 0 0'>{html.escape(name)}</td>"
        f"<td style='text-align:left;padding:0'>{html.escape(visible(value))}</td></tr>"
        for name, value in rows
        if value is not None
    )
    table = f"<table style='border-collapse:collapse;margin:.2em 0 0;border:0'>{lines}</table>"
    return f"<div style='{_BOX}'><b>{html.escape(visible(title))}</b>{table}</div>"
