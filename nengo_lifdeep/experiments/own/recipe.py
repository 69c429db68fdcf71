"""How one of our own networks is trained, and how it is shown in spikes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from ...datasets import Dataset, Split
from ...inputs.augmentation import Augmentation
from ...inputs.preprocessing import Preprocessing
from ...inputs.presentation import Presentation
from ...layers.named import architecture
from ...models import TrainedModel
from ...neurons import PAPER_PARAMETERS, SoftLIF, replaced
from ...support.words.counted import counted
from ..recipe import SHARP_PEAK, SHARP_SIGMA
from .conversion import Conversion

__all__ = ["Recipe", "Stage"]


@dataclasses.dataclass(frozen=True)
class Stage:
    """A part of a training: one cycle of learning rates.

    Parameters
    ----------
    checkpoint : Path
        Where its state is kept.
    neuron : SoftLIF
        The rate neuron.
    epochs : int
        How long.
    peak : float
        Largest learning rate.
    """

    checkpoint: Path
    neuron: SoftLIF
    epochs: int
    peak: float


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One training in rates: a cycle of learning rates from random weights, and more from there.

    Parameters
    ----------
    network : str
        Name for `layers.named.architecture`.
    neuron : str
        Whose SoftLIF of `neurons.PAPER_PARAMETERS` it is; it has no noise.
    augmentation : Augmentation
        Random changes of the training images.
    epochs, batch_size : int
        How long the first cycle is, and how many images a step has.
    peak : float
        Largest learning rate of `OneCycle`, for SGD with Nesterov momentum 0.9.
    again : int
        Epochs of a second cycle, from the weights of the first.
    again_peak : float
        Its largest learning rate.
    sharpen : int
        Epochs at the end with SoftLIF neurons smoothed by 0.003 only, of learning rates up to
        0.002: spikes follow the hard curve, which differs from the smooth one at low rates.
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
    chip_rates : float
        Factor on firing rates on the chip, ``scale_firing_rates`` of `convert`.
    on_chip : Presentation
        How long an image is shown to the emulated chip.
    """

    network: str
    neuron: str
    augmentation: Augmentation
    epochs: int
    batch_size: int = 125
    peak: float = 0.1
    again: int = 0
    again_peak: float = 0.06
    sharpen: int = 0
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
    chip_rates: float = 1.0
    on_chip: Presentation = Presentation(t_c=0.1, t_p=0.2)

    def train(self, data: Dataset, folder: Path, seed: int, progress: bool) -> TrainedModel:
        """The trained network, with the history of all parts; an interrupted training continues.

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
        stages = self.stages(folder)
        trained: TrainedModel | None = None
        history: dict[str, list[Any]] = {}
        for stage in stages:
            trained = self._fit(data, stage, seed, trained, progress, stages[0].checkpoint)
            for name, values in trained.history.items():
                history.setdefault(name, []).extend(values)
        assert trained is not None
        known = {"kept_epoch": self.n_epochs, "parts": self.in_words}
        kept = {k: v for k, v in trained.provenance.items() if k != "continues"}
        return dataclasses.replace(trained, history=history, provenance={**kept, **known})

    def stages(self, folder: Path) -> list[Stage]:
        """The parts of the training in their order.

        Parameters
        ----------
        folder : Path
            Where their states are kept.
        """
        neuron = replaced(PAPER_PARAMETERS[self.neuron].neuron, noise=None)
        hard = replaced(neuron, sigma=SHARP_SIGMA)
        stages = [
            Stage(folder / "checkpoint", neuron, self.epochs, self.peak),
            Stage(folder / "cycle2", neuron, self.again, self.again_peak),
            Stage(folder / "sharpening", hard, self.sharpen, SHARP_PEAK),
        ]
        return [stage for stage in stages if stage.epochs]

    @property
    def n_epochs(self) -> int:
        """Epochs of all parts."""
        return self.epochs + self.again + self.sharpen

    @property
    def length(self) -> str:
        """Epochs of each part, for names of folders."""
        parts = ((self.epochs, ""), (self.again, ""), (self.sharpen, "s"))
        return "+".join(f"{epochs}{end}" for epochs, end in parts if epochs)

    @property
    def in_words(self) -> str:
        """Epochs of each part, for tables."""
        parts = [counted(self.epochs, "epoch")]
        if self.again:
            parts.append(f"{self.again} of a second cycle")
        if self.sharpen:
            parts.append(f"{self.sharpen} with a sharper curve")
        return ", ".join(parts)

    def _fit(
        self, data: Dataset, stage: Stage, seed: int, start: TrainedModel | None, progress: bool,
        first: Path,
    ) -> TrainedModel:  # fmt: skip
        from ...training import train

        return train(
            architecture(self.network),
            data,
            neuron=stage.neuron,
            gain=self.gain,
            epochs=stage.epochs,
            batch_size=self.batch_size,
            optimizer=self.optimizer(),
            learning_rate=self._schedule(stage.peak),
            loss=self._loss(),
            preprocessing=Preprocessing.fit(data.train, scale=self.scale),
            augmentation=self.augmentation,
            validation_split=self.held_out,
            products=self._products(stage.checkpoint, first),
            checkpoint=stage.checkpoint,
            seed=seed,
            progress=progress,
            initial_weights=None if start is None else start.weights,
        )

    def _products(self, *begun: Path) -> str:
        """As a part of the training began; measured for a new one."""
        from ...training.checkpoints import Checkpoint
        from ...training.tensorflow.products import quickest

        for folder in begun:
            found = Checkpoint.load(folder)
            if found is not None:
                return str(found.options.get("products", "float32"))
        return quickest() if self.quick_products else "float32"

    def optimizer(self) -> dict[str, Any]:
        """SGD with Nesterov momentum and the recipe's weight decay, as `train` takes it."""
        settings = {"momentum": 0.9, "nesterov": True, "weight_decay": self.weight_decay}
        return {"class_name": "SGD", "config": settings}

    def _schedule(self, peak: float) -> Any:
        from ...training.settings.schedules import OneCycle

        return OneCycle(peak)

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
