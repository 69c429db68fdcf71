"""A page of headings, words, tables and pictures, as Markdown and as one HTML file."""

from __future__ import annotations

import base64
import dataclasses
import html
import os
from pathlib import Path

from ..storage import write_text
from .grid import Grid

__all__ = ["Page", "Picture"]

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem;
       color: #1a1a1a; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2rem }
figure { margin: 1rem 0; overflow-x: auto } figcaption { font-weight: 600; margin-bottom: .4rem }
table { border-collapse: collapse } th, td { padding: .25rem .7rem; border-bottom: 1px solid #ddd;
       text-align: left; vertical-align: top } th { border-bottom: 2px solid #888 }
td.number { text-align: right; font-variant-numeric: tabular-nums }
.note { color: #555; font-size: .9rem; margin: .3rem 0 } img { max-width: 100% }
"""


@dataclasses.dataclass(frozen=True)
class Picture:
    """A PNG file beside the page.

    Parameters
    ----------
    path : Path
        The file.
    words : str
        What is in it, for those who cannot see it.
    """

    path: Path
    words: str


@dataclasses.dataclass
class Page:
    """Parts in order; a string that starts with ``# `` or ``## `` is a heading.

    Examples
    --------
    >>> print(Page(["# Title", "Words."]).markdown())
    # Title
    <BLANKLINE>
    Words.
    <BLANKLINE>
    """

    parts: list[str | Grid | Picture]

    def markdown(self) -> str:
        """As Markdown; pictures are links to files in the same folder."""
        return "\n\n".join(map(_markdown, self.parts)) + "\n"

    def html(self) -> str:
        """As one HTML file that holds its pictures and loads nothing."""
        headings = [p for p in self.parts if isinstance(p, str) and p.startswith("# ")]
        title = html.escape(headings[0][2:]) if headings else ""
        body = "\n".join(map(_html, self.parts))
        return (
            f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title>'
            f"\n<style>{_STYLE}</style></head>\n<body>\n{body}\n</body>\n</html>\n"
        )

    def save(self, folder: str | os.PathLike[str], name: str) -> dict[str, Path]:
        """Write ``name.md`` and ``name.html``, each atomically; returns suffix -> file."""
        texts = {"md": self.markdown(), "html": self.html()}
        files = {suffix: Path(folder) / f"{name}.{suffix}" for suffix in texts}
        for suffix, text in texts.items():
            write_text(files[suffix], text)
        return files


def _markdown(part: str | Grid | Picture) -> str:
    if isinstance(part, Grid):
        return part.markdown()
    return f"![{part.words}]({part.path.name})" if isinstance(part, Picture) else part


def _html(part: str | Grid | Picture) -> str:
    if isinstance(part, Grid):
        return part.html()
    if isinstance(part, Picture):
        data = base64.b64encode(part.path.read_bytes()).decode()
        return f'<img src="data:image/png;base64,{data}" alt="{html.escape(part.words)}">'
    for mark, tag in (("## ", "h2"), ("# ", "h1")):
        if part.startswith(mark):
            return f"<{tag}>{html.escape(part.removeprefix(mark))}</{tag}>"
    if part.startswith("- "):
        items = "".join(f"<li>{html.escape(i.removeprefix('- '))}</li>" for i in part.split("\n"))
        return f"<ul>{items}</ul>"
    return f"<p>{html.escape(part)}</p>"
