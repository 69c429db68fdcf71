"""Progress of a training run on standard error, or in the output of a notebook's cell."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from ..support.consoles import visible
from ..support.progress.notebook import NotebookBar, in_notebook

__all__ = ["Status"]

_SHOWN = {
    "loss": "loss",
    "accuracy": "accuracy",
    "val_loss": "validation",
    "val_accuracy": "",
}


class Status:
    """A bar over all steps, preceded by the latest losses and accuracies.

    Parameters
    ----------
    epochs, steps : int
        Epochs in all, steps per epoch.
    done : int
        Epochs that are finished already.
    enabled : bool
        False shows nothing.

    Examples
    --------
    >>> with Status(epochs=2, steps=5, enabled=False) as status:
    ...     status.advance()
    """

    def __init__(self, epochs: int, steps: int, done: int = 0, enabled: bool = True) -> None:
        self.epochs, self.enabled = epochs, enabled
        self.bar: Any = None
        if not enabled:
            return
        if in_notebook():
            self.bar = NotebookBar("training", epochs * steps, "steps", done=done * steps)
            return
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=10),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(file=sys.stderr),
        )
        self.task = self.bar.add_task("training", total=epochs * steps, completed=done * steps)

    def __enter__(self) -> Status:
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *error: Any) -> None:
        if self.bar is not None:
            self.bar.stop()

    def advance(self) -> None:
        """One more step is done."""
        if isinstance(self.bar, NotebookBar):
            self.bar.advance()
        elif self.bar is not None:
            self.bar.advance(self.task)

    def show(self, epoch: int, row: Mapping[str, float]) -> None:
        """Print an epoch's results above the bar.

        Parameters
        ----------
        epoch : int
            Number of the epoch, counted from 0.
        row : dict of str to float
            Losses and metrics of the epoch.
        """
        if self.bar is not None:
            values = " ".join(
                f"{_SHOWN[name]} {row[name]:.3g}".strip() for name in _SHOWN if name in row
            )
            description = f"epoch {epoch}/{self.epochs} {values}"
            if isinstance(self.bar, NotebookBar):
                self.bar.describe(description)
            else:
                self.bar.update(self.task, description=description)

    def say(self, message: str) -> None:
        """Print a line above the bar.

        Parameters
        ----------
        message : str
            The line.
        """
        if self.bar is not None:
            shown = visible(message, keep="\n")
            if isinstance(self.bar, NotebookBar):
                print(shown)
                return
            self.bar.console.print(shown, highlight=False, soft_wrap=True, markup=False)
