"""How networks are trained on their spikes: as published, and in hours on a few processors."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, ClassVar

from ...datasets.base import Dataset
from ...inputs.augmentation import Augmentation
from ...inputs.coding import BernoulliCoding, Coding
from ...inputs.preprocessing import Preprocessing
from ...layers.architecture import Architecture
from ...layers.named import architecture
from ...models import TrainedModel
from ...neurons.stepping.step_lif import StepLIF
from ...training import OneCycle, train
from ...training.finetuning import finetune
from ...training.settings.early_stopping import EarlyStopping
from ...training.settings.spike_based import SpikeBased

__all__ = ["BriefRecipe", "PublishedRecipe"]

#: Share of the training images that judges epochs and recipes.
_HELD_OUT = 1 / 12

#: Weight decay beside the squared error that is summed over a batch.
_DECAY = 5e-4


@dataclasses.dataclass(frozen=True)
class PublishedRecipe:
    """The authors' settings: random spikes, plain gradient descent, a rate that falls by steps.

    Those of LeNet by default.

    Parameters
    ----------
    epochs : int
        Epochs.
    n_steps : int
        Time steps per image.
    leak : float
        Share of the voltage that a step leaves.
    network : str
        Name for `layers.named.architecture`, without the paper's.
    batch_size : int
        Images per step of gradient descent.
    rate : float
        Learning rate for the squared error summed over a batch. The loss here is the mean over it,
        and the rate as many times as large.
    drops : tuple of int
        Epochs, counted from 0, from which on the rate is a fifth of what it was.
    held_out : float
        Share of the training images that chooses the epoch.
    preprocessing : Preprocessing
        From images in [0, 1] to probabilities of a spike per step, with a sign.
    augmentation : Augmentation, optional
        Random changes of the training images.
    gain : float
        Factor on initial kernels before neurons, whose variance is 2 / fan-in without.
    """

    epochs: int = 125
    n_steps: int = 100
    leak: float = 0.99
    network: str = "lenet"
    batch_size: int = 64
    rate: float = 0.0085
    drops: tuple[int, ...] = (75,)
    held_out: float = _HELD_OUT
    preprocessing: Preprocessing = dataclasses.field(
        default_factory=lambda: Preprocessing(scale=0.5)
    )
    augmentation: Augmentation | None = None
    gain: float = 1.0

    @property
    def coding(self) -> Coding:
        """Pixels spike with their size as probability."""
        return BernoulliCoding(max_rate=1000)

    def learning_rate(self, epoch: int) -> float:
        """Learning rate for the mean over a batch.

        Parameters
        ----------
        epoch : int
            From 0.
        """
        dropped = sum(epoch >= each for each in self.drops)
        return float(self.batch_size * self.rate * 0.2**dropped)

    def train(self, data: Dataset, folder: Path, seed: int, progress: bool) -> TrainedModel:
        """The trained network; an interrupted training continues.

        Parameters
        ----------
        data : Dataset
            The data set.
        folder : Path
            Where its state is kept.
        seed : int
            Seed of all random numbers.
        progress : bool
            Whether to show progress.
        """
        decay = _DECAY / self.batch_size
        settings: dict[str, Any] = {"weight_decay": decay, "momentum": 0.0}
        return train(
            architecture(f"lee2020-{self.network}"),
            data,
            neuron=StepLIF.of_leak(self.leak),
            method=SpikeBased(n_steps=self.n_steps, coding=self.coding),
            gain=self.gain,
            epochs=self.epochs,
            batch_size=self.batch_size,
            optimizer={"class_name": "SGD", "config": settings},
            learning_rate=self.learning_rate,
            loss="sum_of_squares",
            preprocessing=self.preprocessing,
            augmentation=self.augmentation,
            validation_split=self.held_out,
            early_stopping=EarlyStopping(self.epochs, "val_accuracy"),
            checkpoint=folder / "checkpoint",
            seed=seed,
            progress=progress,
        )


@dataclasses.dataclass(frozen=True)
class BriefRecipe:
    """LeNet in few steps: constant currents, Adam with one cycle, shifted images; also from rates.

    Its layers take images of the data set's size.

    In rates the same layers have rectified linear neurons, and pooling units are averages;
    `finetune` scales them to spikes. The last epoch is kept: the learning rate has fallen to
    nothing.

    Parameters
    ----------
    epochs : int
        Epochs on spikes.
    n_steps : int
        Time steps per image.
    leak : float
        Share of the voltage that a step leaves.
    rate_epochs : int
        Epochs in rates before these; 0 for none.
    peak, rate_peak : float
        Largest learning rates, on spikes and in rates.
    high : float
        As for `finetune`.
    derivative : str
        As in `SpikeBased`. With few steps many neurons are far above the threshold, where the
        published derivative, which is the same for all that fire, misleads.
    augmentation : Augmentation
        Random changes of the training images.
    preprocessing : Preprocessing, optional
        From images in [0, 1] to currents; None leaves them as they are.
    """

    epochs: int = 8
    n_steps: int = 10
    leak: float = 0.99
    rate_epochs: int = 0
    peak: float = 2e-3
    rate_peak: float = 2e-3
    high: float = 2.5
    derivative: str = "arctan"
    augmentation: Augmentation = dataclasses.field(default_factory=lambda: Augmentation(pad=2))
    preprocessing: Preprocessing | None = None

    network: ClassVar[str] = "lenet"

    @property
    def coding(self) -> Coding | None:
        """None: pixels are constant currents."""
        return None

    def train(self, data: Dataset, folder: Path, seed: int, progress: bool) -> TrainedModel:
        """The trained network; an interrupted training continues.

        Parameters
        ----------
        data : Dataset
            The data set.
        folder : Path
            Where its state is kept, and the network in rates.
        seed : int
            Seed of all random numbers.
        progress : bool
            Whether to show progress.
        """
        common: dict[str, Any] = {
            "batch_size": 100,
            "augmentation": self.augmentation,
            "validation_split": _HELD_OUT,
            "seed": seed,
            "progress": progress,
        }
        spikes: dict[str, Any] = {
            "method": SpikeBased(n_steps=self.n_steps, derivative=self.derivative),
            "epochs": self.epochs,
            "neuron": StepLIF.of_leak(self.leak),
            "checkpoint": folder / "checkpoint",
            **common,
        }
        if self.rate_epochs:
            return finetune(
                self._in_rates(data, folder, common), data, high=self.high, peak=self.peak,
                **spikes,
            )  # fmt: skip
        return train(
            _lenet(data), data, preprocessing=self.preprocessing,
            learning_rate=OneCycle(self.peak), loss="sum_of_squares", **spikes,
        )  # fmt: skip

    def _in_rates(self, data: Dataset, folder: Path, common: dict[str, Any]) -> TrainedModel:
        """The network in rates, from its file if it is there."""
        import nengo

        file = folder / "rates.lifdeep"
        if file.exists():
            return TrainedModel.load(file)
        trained = train(
            _lenet(data).with_neurons(lambda neuron: None),
            data,
            preprocessing=self.preprocessing,
            neuron=nengo.RectifiedLinear(),
            epochs=self.rate_epochs,
            learning_rate=OneCycle(self.rate_peak),
            kernel_initializer="he",
            checkpoint=folder / "rates",
            **common,
        )
        trained.save(file)
        return trained


def _lenet(data: Dataset) -> Architecture:
    """The layers of LeNet for images of the data set's size."""
    shape = data.train.images.shape[1:]
    return dataclasses.replace(architecture("lee2020-lenet"), input_shape=shape)
