"""What O'Connor & Welling (2016) published, rule by rule, and how each network is trained here."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import nengo

from ...datasets.base import Dataset
from ...herding.method import Herding
from ...layers.named import architecture
from ...models import TrainedModel
from ...training import train

__all__ = ["ERRORS", "RULES", "Recipe", "Rule"]

#: Published test errors in percent. By hidden units and rule, in spikes and of the rectified-linear
#: network with the same weights: notes in the authors' code, 20 epochs. "paper": as Tavanaei et al.
#: (2019), table 1, quote it.
ERRORS: dict[Any, Any] = {
    (200, "relu"): (1.92, 1.81),
    (200, "sgd"): (2.68, 2.79),
    (200, "fsgd"): (2.34, 2.20),
    "paper": {"sgd": 3.6, "fsgd": 2.07},
}

#: Of the first rate, what a falling one ends near.
_LAST = 0.05


@dataclasses.dataclass(frozen=True)
class Rule:
    """One way to train a network.

    Parameters
    ----------
    words : str
        What tables call it.
    method : Herding
        How it learns, and when its layers fire.
    falls : bool
        Whether the learning rate falls along half a cosine, or is the authors' constant one.
    """

    words: str
    method: Herding
    falls: bool = False

    @property
    def fires(self) -> str:
        """When layers fire where errors are taken: as in training, or after every event."""
        return self.method.order


#: Rules by name: the authors' three; and those with a falling rate, of which the spiking one fires
#: once per step. These were chosen on held-out training images.
RULES = {
    "relu": Rule("ReLU", Herding(None)),
    "sgd": Rule("spiking SGD", Herding(rule="sgd")),
    "fsgd": Rule("spiking FSGD", Herding()),
    "relu-falling": Rule("ReLU, falling rate", Herding(None), falls=True),
    "fsgd-step": Rule(
        "spiking FSGD once per step, falling rate", Herding(order="step"), falls=True
    ),
}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Parameters
    ----------
    epochs : int
        Epochs.
    learning_rate : float
        Step along the gradient; where it falls, the first.
    """

    epochs: int = 20
    learning_rate: float = 0.01

    def rate(self, epoch: int) -> float:
        """A falling learning rate in an epoch, counted from 0.

        Parameters
        ----------
        epoch : int
            The epoch.

        Examples
        --------
        >>> [round(Recipe().rate(epoch), 5) for epoch in (0, 10, 19)]
        [0.01, 0.00525, 0.00056]
        """
        cosine = (1 + math.cos(math.pi * epoch / self.epochs)) / 2
        return self.learning_rate * (_LAST + (1 - _LAST) * cosine)

    def train(
        self, data: Dataset, hidden: int, rule: str, folder: Path, seed: int, progress: bool
    ) -> TrainedModel:
        """The trained network; an interrupted training continues.

        Parameters
        ----------
        data : Dataset
            The data set.
        hidden : int
            Units of each hidden layer.
        rule : str
            How it learns, one of `RULES`.
        folder : Path
            Where its state is kept.
        seed : int
            Seed of all random numbers.
        progress : bool
            Whether to show progress.
        """
        return train(
            architecture(f"oconnor2016-{hidden}"),
            data,
            neuron=nengo.RectifiedLinear(),
            method=RULES[rule].method,
            epochs=self.epochs,
            learning_rate=self.rate if RULES[rule].falls else self.learning_rate,
            checkpoint=folder / "checkpoint",
            seed=seed,
            progress=progress,
        )
