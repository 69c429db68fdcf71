"""A progress bar in a notebook: HTML that is replaced while work goes on.

IPython's display handles need no widgets, so the bar moves in Jupyter, Colab and Visual Studio
Code without another package, and stays in the saved notebook as it was at the end.
"""

from __future__ import annotations

import html
import sys
import time
from typing import Any

__all__ = ["NotebookBar", "in_notebook"]

#: seconds between two replacements, so that a fast loop does not wait for the browser
_PAUSE = 0.1

#: seconds after which work is no longer short
_SHORT = 2.0


def in_notebook() -> bool:
    """Whether this Python is the kernel of a notebook; imports nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


class NotebookBar:
    """A bar in the output of the cell, shown from its start to its end.

    Parameters
    ----------
    description : str
        What is going on.
    total : int
        Number of units until the end.
    unit : str
        What is counted.
    speed : (int, str), optional
        What the speed is given in, and how many of it make one unit; by default the unit itself.
    done : int
        Units that are done already, before the time is taken.
    fleeting : bool
        Whether nothing is left of the bar where the work was done in less than two seconds.
    """

    def __init__(
        self,
        description: str,
        total: int,
        unit: str,
        speed: tuple[int, str] | None = None,
        done: int = 0,
        fleeting: bool = False,
    ) -> None:
        self.description, self.total, self.unit = description, total, unit
        self.factor, self.counted = speed or (1, unit)
        self.done = self.before = done
        self.fleeting = fleeting
        self.began = self.shown = time.perf_counter()
        self._handle: Any = None

    def start(self) -> None:
        """Show it."""
        from IPython.display import HTML, display

        self.began = self.shown = time.perf_counter()
        self._handle = display(HTML(self._html()), display_id=True)

    def advance(self, n: int = 1) -> None:
        """Count some units more.

        Parameters
        ----------
        n : int
            How many.
        """
        self.done += n
        if time.perf_counter() - self.shown > _PAUSE:
            self._show(self._html())

    def describe(self, description: str) -> None:
        """Say something else before the bar.

        Parameters
        ----------
        description : str
            What is going on.
        """
        self.description = description
        self._show(self._html())

    def stop(self) -> None:
        """Leave it as it is at the end, or leave nothing of short work."""
        short = time.perf_counter() - self.began < _SHORT
        self._show("" if self.fleeting and short else self._html())

    def _show(self, text: str) -> None:
        from IPython.display import HTML

        self.shown = time.perf_counter()
        if self._handle is not None:
            self._handle.update(HTML(text))

    def _html(self) -> str:
        elapsed = time.perf_counter() - self.began
        words = [f"{self.done:,}/{self.total:,} {self.unit}"]
        new = self.done - self.before
        if new:
            left = _minutes(elapsed / new * (self.total - self.done))
            words.append(f"{self.factor * new / max(elapsed, 1e-9):,.0f} {self.counted}/s")
            words.append(f"{_minutes(elapsed)}, {left} left")
        return (
            f'<div>{html.escape(self.description)} <progress value="{self.done}" '
            f'max="{max(self.total, 1)}"></progress> {html.escape(" · ".join(words))}</div>'
        )


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
