"""Pictures of a page that is gathered from a folder, as files beside it."""

from __future__ import annotations

import dataclasses
import itertools
import os
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from ...datasets.picture import png_content
from ...support.writing import write_bytes
from ..plots.canvas import picture_content
from .page import Page, Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["NAME", "drawn", "found", "save_pictures", "slug", "with_file_names"]

#: of a page's files where no other is given, and the beginning of its pictures' names
NAME = "report"

#: bytes of a name in the name of a picture
_LONGEST_NAME = 100


def slug(name: object) -> str:
    """A name for a file: what is no letter or digit becomes a hyphen.

    Parameters
    ----------
    name : object
        Any name.

    Examples
    --------
    >>> slug("a b/net")
    'a-b-net'
    """
    text = re.sub(r"[^\w.]+", "-", str(name))
    if len(os.fsencode(text)) <= _LONGEST_NAME:
        return text
    return f"{text[: _LONGEST_NAME // 4]}-{zlib.crc32(text.encode()):08x}"  # still one of its own


def drawn(name: str, words: str, axes: Axes) -> Picture:
    """A picture that the page draws.

    Parameters
    ----------
    name : str
        What is in it, for its name.
    words : str
        What is in it, for those who cannot see it.
    axes : matplotlib.axes.Axes
        Any axes of the figure.
    """
    return Picture(Path(f"{name}.png"), words, picture_content(axes, dpi=110))


def found(folder: Path) -> list[Picture]:
    """Pictures that others have put into a folder and below it, with their absolute paths.

    Parameters
    ----------
    folder : Path
        The folder.

    Raises
    ------
    DataError
        If one of them is damaged.
    """
    files = [p for p in sorted(folder.rglob("*.png")) if not p.name.startswith(f"{NAME}-")]
    return [
        Picture(Path(os.path.abspath(p)), str(p.relative_to(folder)), png_content(p)) for p in files
    ]


def with_file_names(page: Page, target: Path) -> Page:
    """The page with a name for each picture that no other picture in the folder has.

    Files that stand beside the page already keep theirs; all others begin with ``report-``, then
    the page's own name where that is another.

    Parameters
    ----------
    page : Page
        With pictures that were `drawn` or `found`.
    target : Path
        The page's HTML file.
    """
    start = NAME if target.stem == NAME else f"{NAME}-{slug(target.stem)}"
    taken: set[str] = set()

    def named(part: object) -> object:
        if not isinstance(part, Picture) or _is_beside(part, target):
            return part
        is_file = part.path.is_absolute()
        stem = f"{start}-{slug(Path(part.words if is_file else part.path).with_suffix(''))}"
        names = (f"{stem}{'' if i == 1 else f'-{i}'}.png" for i in itertools.count(1))
        name = next(name for name in names if name not in taken)
        taken.add(name)
        return dataclasses.replace(part, path=Path(name))

    return Page([named(part) for part in page.parts])  # type: ignore[misc]


def save_pictures(page: Page, target: Path) -> None:
    """Write the pictures that are not files there, beside the Markdown page that links to them.

    Parameters
    ----------
    page : Page
        Its pictures have file names.
    target : Path
        The page's HTML file.

    Raises
    ------
    ModelFileError
        If one cannot be written.
    """
    for part in page.parts:
        if isinstance(part, Picture) and not part.path.is_absolute():
            write_bytes(target.parent / part.path.name, part.data or b"")


def _is_beside(picture: Picture, target: Path) -> bool:
    folder = Path(os.path.abspath(target)).parent
    return picture.path.is_absolute() and picture.path.parent == folder
