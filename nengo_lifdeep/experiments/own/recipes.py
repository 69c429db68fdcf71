"""How our own networks are trained, and how they run in spikes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from ...conversion.swap import convert
from ...datasets import Dataset, Split
from ...inputs.augmentation import Augmentation
from ...inputs.preprocessing import Preprocessing
from ...inputs.presentation import Presentation
from ...layers.named import architecture
from ...models import SpikingModel, TrainedModel
from ...neurons import PAPER_PARAMETERS, replaced

__all__ = ["RECIPES", "Recipe"]


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One training in rates, from random weights, with one cycle of learning rates.

    Parameters
    ----------
    network : str
        Name for `layers.named.architecture`.
    neuron : str
        Whose SoftLIF of `neurons.PAPER_PARAMETERS` it is; it has no noise.
    augmentation : Augmentation
        Random changes of the training images.
    epochs, batch_size : int
        How long, and how many images per step.
    peak : float
        Largest learning rate of `OneCycle`, for SGD with Nesterov momentum 0.9.
    weight_decay : float
        On kernels only.
    label_smoothing : float
        Of the cross-entropy.
    gain : float
        Initial current per unit of normalised input.
    scale : float
        Factor on pixels in [0, 1] less the mean image.
    held_out : float
        Share of the training images by which everything was chosen: they are not trained on.
    products : {"float32", "bfloat16"}
        As for `train`.
    presentation : Presentation
        How long an image is shown to the spiking network; membranes start at half the threshold.
    """

    network: str
    neuron: str
    augmentation: Augmentation
    epochs: int
    batch_size: int = 125
    peak: float = 0.1
    weight_decay: float = 4e-3
    label_smoothing: float = 0.1
    gain: float = 2.0
    scale: float = 4.0
    held_out: float = 0.1
    products: str = "bfloat16"
    presentation: Presentation = dataclasses.field(
        default_factory=lambda: Presentation(t_c=0.05, t_p=0.1)
    )

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
        from ...training import train

        return train(
            architecture(self.network),
            data,
            neuron=replaced(PAPER_PARAMETERS[self.neuron].neuron, noise=None),
            gain=self.gain,
            epochs=self.epochs,
            batch_size=self.batch_size,
            optimizer=self._optimizer(),
            learning_rate=self._schedule(),
            loss=self._loss(),
            preprocessing=Preprocessing.fit(data.train, scale=self.scale),
            augmentation=self.augmentation,
            validation_split=self.held_out,
            products=self.products,
            checkpoint=folder / "checkpoint",
            seed=seed,
            progress=progress,
        )

    def _optimizer(self) -> dict[str, Any]:
        settings = {"momentum": 0.9, "nesterov": True, "weight_decay": self.weight_decay}
        return {"class_name": "SGD", "config": settings}

    def _schedule(self) -> Any:
        from ...training.settings.schedules import OneCycle

        return OneCycle(self.peak)

    def _loss(self) -> Any:
        from ...training.settings.losses import CrossEntropy

        return CrossEntropy(self.label_smoothing)

    def held(self, data: Dataset, seed: int) -> Split:
        """The images that a training of this seed leaves out.

        Parameters
        ----------
        data : Dataset
            The data set.
        seed : int
            Seed of the training.
        """
        from ...training.batches import split_validation

        _, held = split_validation(data.train, self.held_out, self.batch_size, seed)
        assert held is not None
        return held

    def spiking(self, trained: TrainedModel) -> SpikingModel:
        """The trained network in spikes.

        Parameters
        ----------
        trained : TrainedModel
            The trained rate network.
        """
        return convert(trained, synapse=None, initial_voltage="uniform")


_SMALL = Augmentation(pad=2, rotation=12.0, zoom=0.12, shear=0.12, elastic=0.8)
_COLOUR = Augmentation(pad=4, flip=True, cutout=8, fill_mode="reflect", alternate=True)

#: By data set.
RECIPES: dict[str, Recipe] = {
    "mnist": Recipe(
        "mnist-resnet7", "mnist", _SMALL, epochs=24, held_out=1 / 12, weight_decay=2e-3,
        label_smoothing=0.05,
    ),
    "fashion-mnist": Recipe(
        "mnist-resnet7", "mnist", dataclasses.replace(_COLOUR, pad=2), epochs=30, held_out=1 / 12,
    ),
    "cifar10": Recipe("cifar10-resnet11", "cifar10", _COLOUR, epochs=60),
}  # fmt: skip
