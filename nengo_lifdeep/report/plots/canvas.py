"""Shared parts of all plots: colours, axes, and saving files."""

from __future__ import annotations

import functools
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...compat.requirements import import_optional
from ...errors import ValidationError
from ...simulators import SIMULATORS
from ...support.consoles import visible
from ...support.writing import write_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "COLOURS",
    "GREY",
    "axes_or_new",
    "colour_of",
    "new_figure",
    "picture_content",
    "save_picture",
    "written",
]

#: Okabe and Ito's palette, distinguishable with any kind of colour vision: blue, vermilion, green,
#: purple, orange, sky blue.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

#: for references: chance, thresholds, windows
GREY = "#666666"

#: characters of a name in a picture
_LONGEST = 60


def colour_of(simulator: str, number: int = 0) -> str:
    """Colour of a simulator, the same in every picture.

    For one that is not known, the ``number``-th of the palette.

    Parameters
    ----------
    simulator : str
        Name of the simulator.
    number : int
        Position in the palette for unknown simulators.

    Examples
    --------
    >>> colour_of("loihi")
    '#009E73'
    """
    known = SIMULATORS.get(simulator)
    return COLOURS[number % len(COLOURS)] if known is None else known.colour


def axes_or_new(ax: Axes | None, size: tuple[float, float] = (6.0, 4.0)) -> Axes:
    """``ax``, or the axes of a new figure of ``size`` inches.

    New figures are not registered with pyplot, so they need no closing and no display; a
    notebook shows one that ends a cell as ``ax.figure``.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
        The axes to draw into.
    size : (float, float)
        Width and height of a new figure, in inches.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    """
    if ax is not None:
        return ax
    axes = new_figure(size).add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def new_figure(size: tuple[float, float]) -> Any:
    """A figure of ``size`` inches that pyplot does not know, and that notebooks show.

    Parameters
    ----------
    size : (float, float)
        Width and height, in inches.
    """
    return _figure_type()(figsize=size, layout="constrained")


@functools.cache
def _figure_type() -> type:
    import_optional("matplotlib")
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        """Shows itself in notebooks also where no inline backend was asked for."""

        def _repr_png_(self) -> bytes:
            file = io.BytesIO()
            self.savefig(file, format="png", dpi=100)
            return file.getvalue()

    return ShownFigure


def written(name: object) -> str:
    """A name from a file as a picture shows it: as text, whatever stands in it.

    Matplotlib takes what stands between two dollar signs for a formula, and leaves labels that
    begin with ``_`` out of legends. Long names are cut.

    Parameters
    ----------
    name : object
        The name.

    Examples
    --------
    >>> print(written("a$b$"), written("x" * 99))
    a\\$b\\$ xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...
    """
    text = visible(str(name)[: 2 * _LONGEST])
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
    return ("\u200b" if text.startswith("_") else "") + text.replace("$", r"\$")


def save_picture(ax: Axes, path: str | os.PathLike[str], dpi: int = 150) -> Path:
    """Save the figure of ``ax``, completely or not at all.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Any axes of the figure.
    path : path-like
        Its suffix decides the format: ``.png``, ``.svg`` or ``.pdf``.
    dpi : int
        Pixels per inch, where there are pixels.

    Raises
    ------
    ValidationError
        For another suffix.
    ModelFileError
        If the file cannot be written.
    """
    kind = Path(path).suffix.lower().removeprefix(".")
    if kind not in ("png", "svg", "pdf"):
        raise ValidationError(f"cannot save a picture as {path}; expected .png, .svg or .pdf")
    return write_bytes(path, picture_content(ax, kind, dpi))


def picture_content(ax: Axes, kind: str = "png", dpi: int = 150) -> bytes:
    """The figure of ``ax`` as the content of a file, drawn into memory.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Any axes of the figure.
    kind : str
        ``"png"``, ``"svg"`` or ``"pdf"``.
    dpi : int
        Pixels per inch, where there are pixels.
    """
    figure: Any = ax.figure
    drawn = io.BytesIO()
    figure.savefig(drawn, format=kind, dpi=dpi)
    return drawn.getvalue()
