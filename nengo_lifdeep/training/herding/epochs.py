"""One training by herding neurons: epochs of single images, with checkpoints."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...errors import TrainingError
from ...herding.learner import SpikingMLP
from ...herding.method import Herding
from ...herding.operations import additions_of
from ...layers.architecture import Architecture
from ...support.checks import shown
from ...support.short_repr import short_repr
from ..batches import BatchStream
from ..checkpoints import Checkpoint
from ..resuming import how_to_resume
from ..settings.early_stopping import EarlyStopping
from ..status import Status

__all__ = ["HerdingRun"]

Weights = dict[str, dict[str, np.ndarray]]

_AT_ONCE = 500  # images between two looks at the keyboard


@dataclasses.dataclass(eq=False)
class HerdingRun:
    """What `train` has decided, put together and executed once.

    Parameters
    ----------
    architecture : Architecture
        Dense layers.
    method : Herding
        How it learns.
    training : BatchStream
        Images to learn from, one per batch.
    validation : BatchStream or None
        Images to evaluate after every epoch.
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
    method: Herding
    training: BatchStream
    validation: BatchStream | None
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
            Of no use here: the rule and the squared error are the method's.
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
        status = Status(self.epochs, -(-n // _AT_ONCE), state.epochs, progress)
        try:
            with status:
                status.say(f"{n} training images per epoch, one after the other")
                while state.epochs < self.epochs:
                    state = self._epoch(state, status)
                    for callback in callbacks:
                        callback(state.epochs, state.history)
                    if self.directory is not None:
                        state.save(self.directory)
                    if self.rule is not None and self.rule.stops(state.history):
                        break
        except KeyboardInterrupt:
            raise KeyboardInterrupt(how_to_resume(self.directory, state.epochs)) from None
        return state

    def _epoch(self, state: Checkpoint, status: Status) -> Checkpoint:
        assert self.rates is not None
        epoch, split, rate = state.epochs, self.training.split, self.rates[state.epochs]
        began = time.perf_counter()
        mlp = self._network(state, rate)
        order = self.training.order(epoch)
        sums: dict[str, float] = {}
        for first in range(0, len(order), _AT_ONCE):
            chosen = order[first : first + _AT_ONCE]
            aims = self._aims(split.answers[chosen])
            record = mlp.empty_record(len(chosen))
            mlp.partial_fit(self._images(epoch, first, chosen, order), aims, record)
            steps = self.method.n_steps
            drive = record.drive if steps is None else record.drive / mlp.spike / steps
            for name, value in _errors(drive, aims, split.has_values).items():
                sums[name] = sums.get(name, 0.0) + value
            if self.method.n_steps is not None:
                costs = {"forward_spikes": record.spikes[:, 1:], "error_spikes": record.errors,
                         "additions": additions_of(record, mlp.sizes)}  # fmt: skip
                for name, counted in costs.items():
                    sums[name] = sums.get(name, 0.0) + float(np.sum(counted))
            status.advance()
        row = {name: total / len(order) for name, total in sums.items()}
        row |= self._validated(mlp)
        row |= {"learning_rate": rate, "seconds": time.perf_counter() - began}
        history = {name: [*state.history.get(name, []), value] for name, value in row.items()}
        weights = _named(self.architecture, mlp.weights)
        status.show(epoch + 1, row)
        improved = self.rule is not None and self.rule.best_epoch(history) == epoch + 1
        residues = [mlp.residues[name] for name in ("units", "back")]
        return Checkpoint(
            self.options, history, weights, residues, weights if improved else state.best
        )

    def _network(self, state: Checkpoint, rate: float) -> SpikingMLP:
        matrices = [state.weights[layer]["kernel"] for layer in state.weights]
        sizes = (matrices[0].shape[0], *(matrix.shape[1] for matrix in matrices))
        mlp = SpikingMLP(
            sizes, method=self.method, learning_rate=rate, weights=matrices,
            seed=int(self.options["seed"]),
        )  # fmt: skip
        mlp.n_seen = state.epochs * len(self.training.split)
        if state.optimizer:
            mlp.set_residues(*state.optimizer)
        return mlp

    def _images(self, epoch: int, first: int, chosen: np.ndarray, order: np.ndarray) -> np.ndarray:
        stream = self.training
        if stream.augmentation is None and not stream.split.is_lazy:
            return stream.preprocessing(stream.split.unit_images(chosen))
        batches = [stream.batch(epoch, first + i, order)[0] for i in range(len(chosen))]
        return np.concatenate(batches)

    def _aims(self, answers: np.ndarray) -> np.ndarray:
        if self.training.split.has_values:
            return answers.reshape(len(answers), -1)
        return np.eye(self.architecture.output_shape[0])[answers]

    def _validated(self, mlp: SpikingMLP) -> dict[str, float]:
        if self.validation is None:
            return {}
        split, sums = self.validation.split, {"loss": 0.0}
        for first in range(0, len(split), _AT_ONCE):
            chosen = np.arange(first, min(first + _AT_ONCE, len(split)))
            images = self.validation.preprocessing(split.unit_images(chosen))
            errors = _errors(
                mlp.scores(images), self._aims(split.answers[chosen]), split.has_values
            )
            for name, value in errors.items():
                sums[name] = sums.get(name, 0.0) + value
        return {f"val_{name}": total / len(split) for name, total in sums.items()}


def _errors(scores: np.ndarray, aims: np.ndarray, has_values: bool) -> dict[str, float]:
    """Loss and accuracy, or errors of values, summed over images."""
    off = np.maximum(scores, 0) - aims
    loss = float((off**2).sum() / 2)
    if has_values:
        return {"loss": loss, "mean_absolute_error": float(np.abs(off).mean(axis=1).sum()),
                "mean_squared_error": float((off**2).mean(axis=1).sum())}  # fmt: skip
    right = scores.argmax(axis=1) == aims.argmax(axis=1)
    return {"loss": loss, "accuracy": float(right.sum())}


def _named(architecture: Architecture, matrices: Sequence[np.ndarray]) -> Weights:
    names = [layer.name for layer in architecture.layers if layer.has_weights]
    return {name: {"kernel": matrix.astype(np.float32)}
            for name, matrix in zip(names, matrices, strict=True)}  # fmt: skip
