"""A page of headings, text, tables and pictures, as Markdown and as one HTML file."""

from __future__ import annotations

import base64
import dataclasses
import functools
import html
import itertools
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...compat.requirements import import_optional
from ...support.short_repr import short_repr
from ...support.writing import write_text
from ..tables.grid import Grid
from ..tables.plain_text import as_text

__all__ = ["Page", "Picture"]

#: from how many sections on a page begins with links to them
_SECTIONS = 3


@dataclasses.dataclass(frozen=True)
class Picture:
    """A PNG file beside the page.

    Parameters
    ----------
    path : Path
        The file.
    words : str
        What is in it, for those who cannot see it.
    data : bytes, optional
        Its content; read from the file if it is not given.
    """

    path: Path
    words: str
    data: bytes | None = None


@dataclasses.dataclass
class Page:
    """Parts in order; strings are Markdown. Pictures that follow one another stand side by side.

    Parameters
    ----------
    parts : list of str, Grid or Picture
        The parts, in order; text is Markdown.

    Examples
    --------
    >>> print(Page(["# Title", "Words."]).markdown())
    # Title
    <BLANKLINE>
    Words.
    <BLANKLINE>
    """

    parts: list[str | Grid | Picture]

    __repr__ = short_repr

    def markdown(self) -> str:
        """As Markdown; pictures are links to files in the same folder."""
        return "\n\n".join(map(_markdown, self.parts)) + "\n"

    def html(self) -> str:
        """As one HTML file that holds its pictures and loads nothing.

        Raises
        ------
        MissingDependencyError
            If Jinja2 is not installed (extra ``report``).
        """
        headings = [p for p in self.parts if isinstance(p, str) and p.startswith("# ")]
        title = headings[0].split("\n")[0][2:] if headings else ""
        groups = itertools.groupby(self.parts, lambda part: isinstance(part, Picture))
        parts = [_html_group(list(group), pictures) for pictures, group in groups]
        return _template().render(title=title, parts=_with_contents(parts))

    def save(self, folder: str | os.PathLike[str], name: str) -> dict[str, Path]:
        """Write ``name.md`` and ``name.html``, each atomically; returns suffix -> file.

        Parameters
        ----------
        folder : str or os.PathLike
            The folder.
        name : str
            Name of the files, without a suffix.
        """
        texts = {"md": self.markdown(), "html": self.html()}
        files = {suffix: Path(folder) / f"{name}.{suffix}" for suffix in texts}
        for suffix, text in texts.items():
            write_text(files[suffix], text)
        return files


def _markdown(part: str | Grid | Picture) -> str:
    if isinstance(part, Grid):
        return part.markdown()
    return (
        f"![{as_text(part.words)}]({quote(part.path.name)})" if isinstance(part, Picture) else part
    )


def _html_group(parts: list[Any], pictures: bool) -> str:
    inside = "\n".join(map(_html, parts))
    return f'<div class="pictures">{inside}</div>' if pictures and len(parts) > 1 else inside


def _with_contents(parts: list[str]) -> list[str]:
    """The same parts, with links to the sections below the title where there are several."""
    names: list[str] = []

    def numbered(heading: re.Match[str]) -> str:
        names.append(heading[1])
        return f'<h2 id="section-{len(names)}">{heading[1]}</h2>'

    parts = [re.sub("<h2>(.*?)</h2>", numbered, part) for part in parts]
    if len(names) < _SECTIONS:
        return parts
    links = [f'<li><a href="#section-{i}">{name}</a></li>' for i, name in enumerate(names, 1)]
    contents = f'</h1>\n<nav aria-label="Contents"><ul>{"".join(links)}</ul></nav>'
    first = next((i for i, part in enumerate(parts) if "</h1>" in part), None)
    if first is not None:
        parts[first] = parts[first].replace("</h1>", contents, 1)
    return parts


def _html(part: str | Grid | Picture) -> str:
    if isinstance(part, Grid):
        return part.html()
    if isinstance(part, Picture):
        content = part.path.read_bytes() if part.data is None else part.data
        data = base64.b64encode(content).decode()
        return f'<img src="data:image/png;base64,{data}" alt="{html.escape(part.words)}">'
    return _renderer().render(part)


@functools.cache
def _renderer() -> Any:
    """Markdown without HTML of its own: what is not ours is shown, not run."""
    markdown_it = import_optional("markdown_it")
    return markdown_it.MarkdownIt("commonmark", {"html": False}).enable("table")


@functools.cache
def _template() -> Any:
    jinja2 = import_optional("jinja2")
    loader = jinja2.PackageLoader("nengo_lifdeep.report")
    return jinja2.Environment(loader=loader, autoescape=True).get_template("page.html")
