"""How our own networks are trained, and how they run in spikes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from ...conversion.swap import convert
from ...conversion.target_rates import rate_scales
from ...datasets import Dataset, Split
from ...errors import ValidationError
from ...inputs.augmentation import Augmentation
from ...inputs.preprocessing import Preprocessing
from ...inputs.presentation import Presentation
from ...layers.named import architecture
from ...models import SpikingModel, TrainedModel
from ...neurons import PAPER_PARAMETERS, replaced

__all__ = ["RECIPES", "Conversion", "Recipe"]

#: training images by which rates are brought to a target
_MEASURED = 200


@dataclasses.dataclass(frozen=True)
class Conversion:
    """How a trained network becomes a spiking one.

    Parameters
    ----------
    initial_voltage : str
        As for `convert`.
    rate_factor : float
        ``scale_firing_rates`` of `convert`.
    tau_s : float
        Time constant of the alpha synapse after every neuron, in seconds; 0 for none.
    target_rate : float, optional
        In Hz: where the high rates of every layer go, each by a factor of its own (`rate_scales`);
        ``rate_factor`` has to be 1 then.
    """

    initial_voltage: str = "half"
    rate_factor: float = 1.0
    tau_s: float = 0.003
    target_rate: float | None = None

    def __post_init__(self) -> None:
        if self.target_rate is not None and self.rate_factor != 1:
            raise ValidationError(
                f"rate_factor is {self.rate_factor:g} and target_rate {self.target_rate:g} Hz; "
                "expected one of them"
            )

    def __str__(self) -> str:
        """In words, for tables."""
        start = {"zero": "from rest", "half": "from half the threshold", "uniform": "at random"}
        faster = "" if self.rate_factor == 1 else f", rates x {self.rate_factor:g}"
        if self.target_rate is not None:
            faster = f", layers to {self.target_rate:g} Hz"
        synapse = f"alpha {1e3 * self.tau_s:g} ms" if self.tau_s else "no synapse"
        return f"{start[self.initial_voltage]}{faster}, {synapse}"

    @property
    def stem(self) -> str:
        """For names of files."""
        rates = f"x{self.rate_factor:g}" if self.target_rate is None else f"{self.target_rate:g}Hz"
        return f"{self.initial_voltage}-{rates}-{1e3 * self.tau_s:g}ms"

    def convert(self, trained: TrainedModel, images: Split) -> SpikingModel:
        """The network in spikes.

        Parameters
        ----------
        trained : TrainedModel
            The trained rate network.
        images : Split
            Training images, by some of which rates are measured where they have a target.
        """
        factors: Any = self.rate_factor
        if self.target_rate is not None:
            few = images.take(min(_MEASURED, len(images)))
            factors = rate_scales(trained, few, target_rate=self.target_rate)
        return convert(
            trained, synapse=self.tau_s or None, scale_firing_rates=factors,
            initial_voltage=self.initial_voltage,
        )  # fmt: skip


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
    quick_products : bool
        Whether it multiplies in bfloat16 where this computer is faster with it, as for `train`.
    conversion : Conversion
        To spikes, for all figures but those that compare conversions.
    presentation : Presentation
        How long an image is shown to the spiking network.
    longest : float
        Longest presentation at which error against time is measured, in seconds.
    board : str
        With the emulated chips.
    chip_synapse : float
        Time constant of the chip's lowpass synapses, in seconds.
    on_chip : Presentation
        How long an image is shown to the emulated chip.
    """

    network: str
    neuron: str
    augmentation: Augmentation
    epochs: int
    batch_size: int = 125
    peak: float = 0.1
    weight_decay: float = 4e-3
    label_smoothing: float = 0.1
    gain: float = 1.0
    scale: float = 4.0
    held_out: float = 0.1
    quick_products: bool = True
    conversion: Conversion = Conversion("half", 2.0)
    presentation: Presentation = Presentation(t_c=0.06, t_p=0.1)
    longest: float = 0.1
    board: str = "loihi"
    chip_synapse: float = 0.005
    on_chip: Presentation = Presentation(t_c=0.1, t_p=0.2)

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
            products=self._products(folder / "checkpoint"),
            checkpoint=folder / "checkpoint",
            seed=seed,
            progress=progress,
        )

    def _products(self, checkpoint: Path) -> str:
        """As the training began that is continued; measured for a new one."""
        from ...training.checkpoints import Checkpoint
        from ...training.tensorflow.products import quickest

        begun = Checkpoint.load(checkpoint)
        if begun is not None:
            return str(begun.options.get("products", "float32"))
        return quickest() if self.quick_products else "float32"

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


_SMALL = Augmentation(pad=2, rotation=12.0, zoom=0.12, shear=0.12, elastic=0.8)
_COLOUR = Augmentation(pad=4, flip=True, cutout=8, fill_mode="reflect", alternate=True)

#: By data set.
RECIPES: dict[str, Recipe] = {
    "mnist": Recipe(
        "mnist-resnet7", "mnist", _SMALL, epochs=20, peak=0.06, held_out=1 / 12, weight_decay=2e-3,
        label_smoothing=0.05,
    ),
    "fashion-mnist": Recipe(
        "mnist-resnet7", "mnist", dataclasses.replace(_COLOUR, pad=2), epochs=30, held_out=1 / 12,
    ),
    "cifar10": Recipe(
        "cifar10-resnet11", "cifar10", _COLOUR, epochs=60, gain=0.7, longest=0.2,
        presentation=Presentation(t_c=0.1, t_p=0.2), on_chip=Presentation(t_c=0.15, t_p=0.3),
    ),
}  # fmt: skip
