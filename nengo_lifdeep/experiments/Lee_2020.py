"""Lee et al. (2020), "Enabling Spike-based Backpropagation for Training Deep Neural Network
Architectures", Frontiers in Neuroscience 14:119: LeNet on MNIST, trained on its spikes.

Settings are those of the authors' code: 100 steps, leak 0.99, plain gradient descent on the summed
squared error, weight decay. Their code keeps the epoch that is best on the test images; here a
twelfth of the training images decides, and the test images are used once.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from ..conversion.swap import convert
from ..datasets import load
from ..datasets.base import SUFFIX, Dataset
from ..errors import ValidationError
from ..evaluation.accuracy import evaluate
from ..inputs.coding import BernoulliCoding
from ..inputs.preprocessing import Preprocessing
from ..inputs.presentation import Presentation
from ..jobs.local import Job
from ..layers.named import architecture
from ..models import TrainedModel
from ..neurons.stepping.step_lif import StepLIF
from ..records import Evaluation
from ..report.tables.grid import Column, Grid
from ..training import train
from ..training.settings.early_stopping import EarlyStopping
from ..training.settings.spike_based import SpikeBased
from .comparison import COLUMNS, NOTE, compared

__all__ = ["DATASETS", "ERRORS", "FIGURES", "NOISES", "TABLES", "Recipe", "Reproduction"]

#: Data sets that `Reproduction` has a recipe for.
DATASETS = ("mnist",)

#: Published error in percent, of the network in spikes. 99.59 % correct is what Fang et al. (2021,
#: "Incorporating Learnable Membrane Time Constant to Enhance Learning of Spiking Neural Networks",
#: table 2) quote of the paper.
ERRORS = {"mnist": 0.41}

#: Rows of a table of noise; the paper has none.
NOISES: tuple[str, ...] = ()

#: Figures that can be drawn.
FIGURES: tuple[str, ...] = ()

#: Tables that can be asked for.
TABLES = ("errors",)

#: The authors' rate for the sum over a batch of 64; the loss here is the mean over it.
_BATCH, _RATE, _DECAY = 64, 0.0085, 5e-4


def _rate(epoch: int) -> float:
    """Learning rate: a fifth from epoch 75 on."""
    return _BATCH * _RATE * (0.2 if epoch >= 75 else 1.0)


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How LeNet is trained.

    Parameters
    ----------
    epochs : int
        Epochs.
    n_steps : int
        Time steps per image.
    leak : float
        Share of the voltage that a step leaves.
    """

    epochs: int = 125
    n_steps: int = 100
    leak: float = 0.99

    @property
    def method(self) -> SpikeBased:
        """Steps, coding and derivative: pixels spike with half their value as probability."""
        return SpikeBased(n_steps=self.n_steps, coding=BernoulliCoding(max_rate=1000))

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
        settings: dict[str, Any] = {"weight_decay": _DECAY / _BATCH, "momentum": 0.0}
        return train(
            architecture("lee2020-lenet"),
            data,
            neuron=StepLIF.of_leak(self.leak),
            method=self.method,
            epochs=self.epochs,
            batch_size=_BATCH,
            optimizer={"class_name": "SGD", "config": settings},
            learning_rate=_rate,
            loss="sum_of_squares",
            preprocessing=Preprocessing(scale=0.5),
            validation_split=1 / 12,
            early_stopping=EarlyStopping(self.epochs, "val_accuracy"),
            checkpoint=folder / "checkpoint",
            seed=seed,
            progress=progress,
        )


@dataclasses.dataclass(frozen=True)
class Reproduction:
    """The paper's figure for one data set, as far as files of it are there.

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.
    folder : Path
        Where the network and its evaluation are kept; an interrupted run continues from it.
    seeds : int
        Trainings.
    epochs : int, optional
        Instead of the recipe's.
    n_images : int, optional
        Test images to use; all by default.
    noises : tuple of str
        Rows of a table that this paper has not.
    progress : bool
        Whether to show progress bars.
    validation : bool
        Whether a sixth of the training images takes the place of the test images.
    draws : int
        Of initial voltages, which are zero here.

    Raises
    ------
    ValidationError
        If the data set is unknown.
    """

    dataset: str
    folder: Path
    seeds: int = 1
    epochs: int | None = None
    n_images: int | None = None
    noises: tuple[str, ...] = NOISES
    progress: bool = True
    validation: bool = False
    draws: int = 1

    def __post_init__(self) -> None:
        if self.dataset not in DATASETS:
            raise ValidationError(
                f"there is no recipe for {self.dataset!r} of lee2020; expected {DATASETS[0]}"
            )
        if self.noises:
            raise ValidationError(f"lee2020 has no table of noise; leave {self.noises} out")

    @property
    def recipe(self) -> Recipe:
        """How the network is trained."""
        return Recipe() if self.epochs is None else Recipe(self.epochs)

    @property
    def where(self) -> Path:
        """Folder of this data set's networks, evaluations and tables."""
        return self.folder / (self.dataset + (SUFFIX if self.validation else ""))

    def _data(self) -> Dataset:
        data = load(self.dataset)
        return data.held_out() if self.validation else data

    def _of_seed(self, seed: int) -> tuple[Path, Path]:
        """Files of a training: the network, and its evaluation."""
        folder = self.where / f"lenet-{self.recipe.epochs}-epochs" / f"seed{seed}"
        images = "all" if self.n_images is None else f"{self.n_images}-random"
        return folder / "trained.lifdeep", folder / f"spikes-{images}.lifdeep"

    def jobs(self, table: str) -> list[Job]:
        """What has to be computed for one of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        _require(table)
        jobs = []
        for seed in range(self.seeds):
            network, evaluation = self._of_seed(seed)
            name = f"lee2020-lenet seed {seed}, {self.recipe.epochs} epochs"
            arguments = (self, seed)
            jobs += [
                Job(f"train {name}", "train", 1, network, Reproduction._train, arguments),
                Job(f"spikes of {name}", "spikes", 1, evaluation, Reproduction._run, arguments),
            ]
        return jobs

    def _train(self, seed: int) -> None:
        file, _ = self._of_seed(seed)
        self.recipe.train(self._data(), file.parent, seed, self.progress).save(file)

    def _run(self, seed: int) -> None:
        network, file = self._of_seed(seed)
        spiking = convert(TrainedModel.load(network))
        test = self._data().test
        images = test if self.n_images is None else test.take(min(self.n_images, len(test)))
        evaluate(
            spiking,
            images,
            presentation=Presentation.as_trained(spiking.provenance),
            coding=self.recipe.method.coding,
            progress=self.progress,
        ).save(file)

    def table(self, table: str) -> Grid:
        """One of `TABLES`, published next to measured.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        _require(table)
        published = None if self.validation else ERRORS[self.dataset]
        found = [Evaluation.load(self._of_seed(seed)[1]) for seed in range(self.seeds)]
        rows = tuple(
            {
                "network": f"LeNet, {self.recipe.epochs} epochs, seed {seed}",
                "published": published,
                "measured": each.error,
                "spikes": each.spikes_per_image,
                **compared(each.error, each.n_images, published, 10_000),
            }
            for seed, each in enumerate(found)
        )
        columns = (
            Column("network", "network"),
            Column("published", "published error [%]", ".2f"),
            Column("measured", "measured error [%]", ".2f"),
            Column("spikes", "spikes per image", ",.0f"),
            *COLUMNS,
        )
        return Grid(f"Lee et al. 2020, {self.dataset}, in spikes", columns, rows, self._notes())

    def _notes(self) -> tuple[str, ...]:
        return (
            "published: as Fang et al. (2021), table 2, quote it; chosen there by the test images, "
            "here the epoch is chosen by a twelfth of the training images",
            NOTE,
        )


def _require(table: str) -> None:
    if table not in TABLES:
        raise ValidationError(f"lee2020 has no table {table!r}; expected {TABLES[0]}")
