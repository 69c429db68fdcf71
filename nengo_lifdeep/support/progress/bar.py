"""One progress bar for everything that takes longer than two seconds.

On standard error, and in a notebook in the output of the cell.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .notebook import NotebookBar, in_notebook

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(
    description: str,
    total: int,
    *,
    unit: str = "images",
    enabled: bool | None = True,
    speed: tuple[int, str] | None = None,
) -> Iterator[Callable[[int], None]]:
    """A bar with the speed and the time left.

    Parameters
    ----------
    description : str
        What is going on.
    total : int
        Number of units until the end.
    unit : str
        What is counted.
    enabled : bool, optional
        False shows nothing; None shows a bar in a notebook only, of which nothing is left where the
        work was done in less than two seconds.
    speed : (int, str), optional
        What the speed is given in, and how many of it make one unit; by default the unit itself.

    Yields
    ------
    advance : callable
        To be called with the number of units done since the last call.
    """
    inside = enabled is not False and in_notebook()
    if not (inside or enabled):
        yield lambda n: None
        return
    if inside:
        bar = NotebookBar(description, total, unit, speed, fleeting=enabled is None)
        bar.start()
        try:
            yield bar.advance
        finally:
            bar.stop()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} {task.fields[unit]}"),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    factor, counted = speed or (1, unit)
    with Progress(*columns, console=Console(file=sys.stderr), transient=False) as progress:
        task = progress.add_task(description, total=total, unit=unit, speed="")

        def advance(n: int) -> None:
            progress.update(task, advance=n)
            found = progress.tasks[0].finished_speed or progress.tasks[0].speed
            if found:
                progress.update(task, speed=f"{factor * found:,.0f} {counted}/s")

        yield advance
