"""A progress bar in a notebook: HTML that is replaced while work goes on.

IPython's display handles need no widgets, so the bar moves in Jupyter, Colab and Visual Studio
Code without another package, and stays in the saved notebook as it was at the end.
"""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["in_notebook", "notebook_bar"]

#: seconds between two replacements, so that a fast loop does not wait for the browser
_PAUSE = 0.1


def in_notebook() -> bool:
    """Whether this Python is the kernel of a notebook; imports nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


@contextmanager
def notebook_bar(
    description: str, total: int, unit: str, speed: tuple[int, str] | None
) -> Iterator[Callable[[int], None]]:
    """A bar as `progress_bar` gives it, in the output of the cell.

    Parameters
    ----------
    description : str
        What is going on.
    total : int
        Number of units until the end.
    unit : str
        What is counted.
    speed : (int, str) or None
        What the speed is given in, and how many of it make one unit; None for the unit itself.

    Yields
    ------
    advance : callable
        To be called with the number of units done since the last call.
    """
    from IPython.display import HTML, display

    factor, counted = speed or (1, unit)
    start = shown = time.perf_counter()
    done = 0

    def card() -> Any:
        elapsed = time.perf_counter() - start
        words = [f"{done:,}/{total:,} {unit}"]
        if done:
            words.append(f"{factor * done / max(elapsed, 1e-9):,.0f} {counted}/s")
            words.append(f"{_minutes(elapsed)}, {_minutes(elapsed / done * (total - done))} left")
        return HTML(
            f'<div>{html.escape(description)} <progress value="{done}" max="{max(total, 1)}">'
            f"</progress> {html.escape(' · '.join(words))}</div>"
        )

    handle = display(card(), display_id=True)

    def advance(n: int) -> None:
        nonlocal done, shown
        done += n
        if time.perf_counter() - shown > _PAUSE:
            shown = time.perf_counter()
            handle.update(card())

    try:
        yield advance
    finally:
        handle.update(card())


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
