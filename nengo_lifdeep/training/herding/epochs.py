"""One training by herding neurons: epochs of single images, with checkpoints."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence

import numpy as np

from ...herding.learner import SpikingMLP
from ...herding.method import Herding
from ...herding.operations import additions_of
from ...layers.architecture import Architecture
from ...support.short_repr import short_repr
from ..batches import BatchStream
from ..checkpoints import Checkpoint
from ..single.epochs import AT_ONCE, SingleRun
from ..status import Status

__all__ = ["HerdingRun"]

Weights = dict[str, dict[str, np.ndarray]]


@dataclasses.dataclass(eq=False, kw_only=True)
class HerdingRun(SingleRun):
    """A `SingleRun` by spikes in both directions.

    Parameters
    ----------
    architecture, training, options, epochs, rates, rule, directory
        As of `SingleRun`; the layers are dense.
    method : Herding
        How it learns.
    validation : BatchStream or None
        Images to evaluate after every epoch.
    """

    method: Herding
    validation: BatchStream | None

    __repr__ = short_repr

    def _epoch(self, state: Checkpoint, status: Status) -> Checkpoint:
        assert self.rates is not None
        began = time.perf_counter()
        mlp = self._network(state, self.rates[state.epochs])
        sums: dict[str, float] = {}
        for _, images, answers in self._parts(state.epochs, status):
            aims = self._aims(answers)
            record = mlp.empty_record(len(images))
            mlp.partial_fit(images, aims, record)
            steps = self.method.n_steps
            drive = record.drive if steps is None else record.drive / mlp.spike / steps
            for name, value in _errors(drive, aims, self.training.split.has_values).items():
                sums[name] = sums.get(name, 0.0) + value
            if self.method.n_steps is not None:
                costs = {"forward_spikes": record.spikes[:, 1:], "error_spikes": record.errors,
                         "additions": additions_of(record, mlp.sizes)}  # fmt: skip
                for name, counted in costs.items():
                    sums[name] = sums.get(name, 0.0) + float(np.sum(counted))
        row = {name: total / len(self.training.split) for name, total in sums.items()}
        row |= self._validated(mlp)
        residues = [mlp.residues[name] for name in ("units", "back")]
        weights = _named(self.architecture, mlp.weights)
        return self._after(state, row, began, status, weights, residues)

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

    def _aims(self, answers: np.ndarray) -> np.ndarray:
        if self.training.split.has_values:
            return answers.reshape(len(answers), -1)
        return np.eye(self.architecture.output_shape[0])[answers]

    def _validated(self, mlp: SpikingMLP) -> dict[str, float]:
        if self.validation is None:
            return {}
        split, sums = self.validation.split, {"loss": 0.0}
        for first in range(0, len(split), AT_ONCE):
            chosen = np.arange(first, min(first + AT_ONCE, len(split)))
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
