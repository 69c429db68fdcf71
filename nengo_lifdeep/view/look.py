"""Colours of the view, on white and on dark ground."""

from __future__ import annotations

import dataclasses

from ..report.plots.canvas import COLOURS

__all__ = ["DARK", "LIGHT", "Look"]


@dataclasses.dataclass(frozen=True)
class Look:
    """Colours that can be told apart on their ground, with any kind of colour vision.

    Attributes
    ----------
    ground, ink, faint : str
        Of pages and pictures, of texts, and of what does not matter now.
    classes : tuple of str
        Of the leading classes.
    spikes : tuple of str
        Of neurons with one spike, with two, and with three or more.
    """

    ground: str
    ink: str
    faint: str
    classes: tuple[str, ...]
    spikes: tuple[str, str, str]


LIGHT = Look("#ffffff", "#222222", "#c8c8c8", COLOURS, ("#6baed6", "#08519c", "#d55e00"))

#: sky blue, orange and yellow of the same palette are bright enough on dark ground
DARK = Look(
    "#212529", "#e9ecef", "#5c636a",
    ("#56b4e9", "#e69f00", "#2ac79c", "#e39cc4", "#f0e442", "#d55e00"),
    ("#4c9bd6", "#e69f00", "#f0e442"),
)  # fmt: skip
