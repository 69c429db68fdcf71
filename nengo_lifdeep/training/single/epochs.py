"""One training of single images: epochs with checkpoints, whatever is done with an image."""

from __future__ import annotations

import abc
import dataclasses
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...errors import TrainingError
from ...layers.architecture import Architecture
from ...support.checks import shown
from ...support.short_repr import short_repr
from ...support.words.counted import counted
from ..batches import BatchStream
from ..checkpoints import Checkpoint
from ..resuming import how_to_resume
from ..settings.early_stopping import EarlyStopping
from ..status import Status

__all__ = ["AT_ONCE", "SingleRun"]

#: images between two looks at the keyboard
AT_ONCE = 500


@dataclasses.dataclass(eq=False)
class SingleRun(abc.ABC):
    """What `train` has decided, put together and executed once.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    training : BatchStream
        Images to learn from, one per batch.
    options : dict
        Everything that must agree when the run is resumed.
    epochs : int
        Epochs in all, those before an interruption included.
    rates : list of float
        Learning rate in every epoch.
    rule : EarlyStopping or None
        When to stop.
    directory : path-like or None
        Where the checkpoint is.
    """

    architecture: Architecture
    training: BatchStream
    options: dict[str, Any]
    epochs: int
    rates: list[float] | None
    rule: EarlyStopping | None = None
    directory: str | os.PathLike[str] | None = None

    __repr__ = short_repr

    def execute(
        self,
        start: Checkpoint,
        optimizer: Any,
        loss: str | Callable[[Any, Any], Any],
        callbacks: Sequence[Any] = (),
        progress: bool = True,
    ) -> Checkpoint:
        """Train from one state to the last.

        Parameters
        ----------
        start : Checkpoint
            Where to begin: initial weights and no history, or what was saved.
        optimizer, loss
            Of no use here: what is done with an image says both.
        callbacks, progress
            As in `train`; callbacks are functions here.

        Returns
        -------
        Checkpoint
            The state after the last epoch.

        Raises
        ------
        TrainingError
            If a callback is one of Keras, or the weights grow without end.
        KeyboardInterrupt
            On Ctrl-C; its message says how to continue.
        """
        for callback in callbacks:
            if hasattr(callback, "on_epoch_end"):
                raise TrainingError(
                    f"callback {shown(callback)} is one of Keras, and no Keras model is trained; "
                    "give a function of (epochs done, history)"
                )
        state = start
        if state.epochs >= self.epochs or (self.rule and self.rule.stops(state.history)):
            return state
        if self.directory is not None and not state.epochs:
            state.save(self.directory)
        n = len(self.training.split)
        status = Status(self.epochs, -(-n // AT_ONCE), state.epochs, progress)
        try:
            with status:
                status.say(f"{counted(n, 'training image')} per epoch, one after the other")
                while state.epochs < self.epochs:
                    state = self._epoch(state, status)
                    if self.directory is not None:
                        state.save(self.directory)
                    for callback in callbacks:
                        callback(state.epochs, state.history)
                    if self.rule is not None and self.rule.stops(state.history):
                        break
        except KeyboardInterrupt:
            raise KeyboardInterrupt(how_to_resume(self.directory, state.epochs)) from None
        return state

    @abc.abstractmethod
    def _epoch(self, state: Checkpoint, status: Status) -> Checkpoint:
        """The state after one more epoch."""

    def _parts(self, epoch: int, status: Status) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Number of the first, images as the network takes them, and answers, some at a time."""
        stream, order = self.training, self.training.order(epoch)
        for first in range(0, len(order), AT_ONCE):
            chosen = order[first : first + AT_ONCE]
            if stream.augmentation is None and not stream.split.is_lazy:
                images = stream.preprocessing(stream.split.unit_images(chosen))
            else:
                batches = [stream.batch(epoch, first + i, order)[0] for i in range(len(chosen))]
                images = np.concatenate(batches)
            yield first, images, stream.split.answers[chosen]
            status.advance()

    def _after(
        self, state: Checkpoint, row: dict[str, float], began: float, status: Status,
        weights: dict[str, dict[str, np.ndarray]], kept: list[np.ndarray],
    ) -> Checkpoint:  # fmt: skip
        """The next state, of an epoch's results, weights, and what else the rule keeps."""
        assert self.rates is not None
        epoch = state.epochs
        row |= {"learning_rate": self.rates[epoch], "seconds": time.perf_counter() - began}
        history = {name: [*state.history.get(name, []), value] for name, value in row.items()}
        status.show(epoch + 1, row)
        improved = self.rule is not None and self.rule.best_epoch(history) == epoch + 1
        return Checkpoint(self.options, history, weights, kept, weights if improved else state.best)
