"""Cross-point arrays trained by single images: what NengoDL computes, without its cost per step."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import TrainingError
from ...layers.architecture import Architecture
from ...support.short_repr import short_repr
from ...weights.crosspoint.array import engine_of
from ..checkpoints import Checkpoint
from ..status import Status
from .epochs import SingleRun

__all__ = ["ArrayRun", "suits"]

#: the loss whose slope is known here
_LOSS = "sparse_categorical_crossentropy"


def suits(
    architecture: Architecture, neurons: dict[str, Any], loss: Any, others: Sequence[Any]
) -> bool:
    """Whether a training of single images can be an `ArrayRun`.

    Parameters
    ----------
    architecture : Architecture
        The layers; every one with weights must be an array.
    neurons : dict of str to NeuronType
        By layer.
    loss : str or callable
        Of the training.
    others : sequence
        What it has no place for: validation images, rate targets, schedules, callbacks of Keras.
    """
    if loss != _LOSS or any(others) or architecture.output_shape == (1,):
        return False
    if engine_of() is None:  # no Numba
        return False
    from .layers import unlike

    return not unlike(architecture.layers, neurons)


@dataclasses.dataclass(eq=False, kw_only=True)
class ArrayRun(SingleRun):
    """A `SingleRun` through arrays: both reads, and the pulses of the update.

    Draws are those of the same training in NengoDL, so that the weights differ by float32's
    rounding only.

    Parameters
    ----------
    architecture, training, options, epochs, rates, rule, directory
        As of `SingleRun`.
    neurons : dict of str to NeuronType
        By layer.
    """

    neurons: dict[str, Any]

    __repr__ = short_repr

    def _epoch(self, state: Checkpoint, status: Status) -> Checkpoint:
        from .layers import Array, chain  # which need Numba

        assert self.rates is not None
        began, rate = time.perf_counter(), self.rates[state.epochs]
        net, seed = self.architecture, int(self.options["seed"])
        steps = chain(net.layers, net.layer_inputs(), self.neurons, state.weights, seed)
        forward, back = list(steps.values()), list(steps.values())[::-1]
        number = state.epochs * len(self.training.split)
        loss, right = 0.0, 0
        for first, images, answers in self._parts(state.epochs, status):
            images = np.asarray(images, np.float32).reshape(len(images), -1)
            for i, (value, label) in enumerate(zip(images, answers, strict=True)):
                for layer in forward:
                    value = layer.forward(value, number)
                own, error = _cross_entropy(value, int(label))
                if not math.isfinite(own):
                    raise TrainingError(
                        f"the loss became {own} in epoch {state.epochs + 1}, batch "
                        f"{first + i + 1}; try a smaller learning_rate or a smaller gain"
                    )
                loss, right = loss + own, right + (int(value.argmax()) == label)
                for layer in back:
                    if error is not None:
                        error = layer.backward(error, number, rate)
                number += 1
        weights = {
            name: layer.arrays() for name, layer in steps.items() if isinstance(layer, Array)
        }
        n = len(self.training.split)
        row = {"loss": loss / n, "accuracy": float(right) / n}
        return self._after(state, row, began, status, weights, [])


def _cross_entropy(scores: np.ndarray, label: int) -> tuple[float, np.ndarray]:
    """Loss, and its slope by the scores."""
    off = scores - scores.max()
    chances = np.exp(off)
    total = chances.sum()
    chances /= total
    loss = float(np.log(total) - off[label])
    chances[label] -= 1
    return loss, chances
