"""Lee et al. (2020), "Enabling Spike-based Backpropagation for Training Deep Neural Network
Architectures", Frontiers in Neuroscience 14:119: LeNet on MNIST, trained on its spikes.

The settings of the authors' code are 100 steps, leak 0.99, plain gradient descent on the summed
squared error, weight decay, 125 epochs. Their code keeps the epoch that is best on the test images;
here a twelfth of the training images decides, and the test images are used once. Beside them are
recipes that a computer without graphics card has finished in hours (`spike_recipes`).
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
from ..inputs.presentation import Presentation
from ..jobs.local import Job
from ..models import TrainedModel
from ..records import Evaluation
from ..report.tables.grid import Column, Grid
from .comparison import COLUMNS, NOTE, compared
from .spike_recipes import BriefRecipe, PublishedRecipe

__all__ = ["DATASETS", "ERRORS", "FIGURES", "NOISES", "RECIPES", "TABLES", "Reproduction"]

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
TABLES = ("errors", "published")

#: Recipes by the row of a table. Theirs takes 45 minutes of processor time per epoch; the others a
#: few hours in all.
RECIPES: dict[str, dict[str, BriefRecipe | PublishedRecipe]] = {
    "errors": {
        "from scratch": BriefRecipe(),
        "from rates": BriefRecipe(epochs=1, rate_epochs=15, peak=3e-4),
    },
    "published": {"as published": PublishedRecipe()},
}


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
        On spikes, instead of the recipes'.
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
    def recipe(self) -> BriefRecipe | PublishedRecipe:
        """How the network of the first row is trained."""
        return next(iter(self.recipes("errors").values()))

    def recipes(self, table: str) -> dict[str, BriefRecipe | PublishedRecipe]:
        """How the networks of a table are trained, by row.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        if self.epochs is None:
            return RECIPES[table]
        return {
            row: dataclasses.replace(recipe, epochs=self.epochs)
            for row, recipe in RECIPES[table].items()
        }

    @property
    def where(self) -> Path:
        """Folder of this data set's networks, evaluations and tables."""
        return self.folder / (self.dataset + (SUFFIX if self.validation else ""))

    def _data(self) -> Dataset:
        data = load(self.dataset)
        return data.held_out() if self.validation else data

    def _files(self, row: str, recipe: Any, seed: int) -> tuple[Path, Path]:
        """Files of a training: the network, and its evaluation."""
        name = f"lenet-{row.replace(' ', '-')}-{recipe.epochs}-epochs"
        images = "all" if self.n_images is None else f"{self.n_images}-random"
        folder = self.where / name / f"seed{seed}"
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
        for row, recipe in self.recipes(table).items():
            for seed in range(self.seeds):
                network, evaluation = self._files(row, recipe, seed)
                name = f"lee2020-lenet {row}, seed {seed}, {recipe.epochs} epochs"
                arguments = (self, row, recipe, seed)
                jobs += [
                    Job(f"train {name}", f"train {row}", 1, network, Reproduction._train,
                        arguments),
                    Job(f"spikes of {name}", f"spikes {row}", 1, evaluation, Reproduction._run,
                        arguments),
                ]  # fmt: skip
        return jobs

    def _train(self, row: str, recipe: Any, seed: int) -> None:
        file, _ = self._files(row, recipe, seed)
        recipe.train(self._data(), file.parent, seed, self.progress).save(file)

    def _run(self, row: str, recipe: Any, seed: int) -> None:
        network, file = self._files(row, recipe, seed)
        spiking = convert(TrainedModel.load(network))
        test = self._data().test
        images = test if self.n_images is None else test.take(min(self.n_images, len(test)))
        evaluate(
            spiking,
            images,
            presentation=Presentation.as_trained(spiking.provenance),
            coding=recipe.coding,
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
        rows = []
        for row, recipe in self.recipes(table).items():
            for seed in range(self.seeds):
                network, evaluation = self._files(row, recipe, seed)
                found, trained = Evaluation.load(evaluation), TrainedModel.load(network)
                rows.append({
                    "network": f"LeNet {row}, {recipe.epochs} epochs, seed {seed}",
                    "steps": recipe.n_steps,
                    "hours": _hours(trained, network.with_name("rates.lifdeep")),
                    "published": published,
                    "measured": found.error,
                    "spikes": found.spikes_per_image,
                    **compared(found.error, found.n_images, published, 10_000),
                })  # fmt: skip
        columns = (
            Column("network", "network"),
            Column("steps", "steps", "d"),
            Column("hours", "training [h]", ".2f"),
            Column("published", "published error [%]", ".2f"),
            Column("measured", "measured error [%]", ".2f"),
            Column("spikes", "spikes per image", ",.0f"),
            *COLUMNS,
        )
        title = f"Lee et al. 2020, {self.dataset}, in spikes"
        return Grid(title, columns, tuple(rows), self._notes())

    def _notes(self) -> tuple[str, ...]:
        return (
            "published: as Fang et al. (2021), table 2, quote it, of 100 steps and 125 epochs; its "
            "epoch was chosen by the test images, here epochs and recipes are chosen by a twelfth "
            "of the training images, and the test images are used once",
            "training: hours by the clock, of the epochs in rates too",
            NOTE,
        )


def _hours(trained: TrainedModel, rates: Path) -> float:
    """Duration of a training, and of the one in rates before it."""
    before = [TrainedModel.load(rates)] if rates.exists() else []
    return sum(sum(each.history["seconds"]) for each in (trained, *before)) / 3600


def _require(table: str) -> None:
    if table not in TABLES:
        raise ValidationError(
            f"lee2020 has no table {table!r}; expected {' or '.join(map(repr, TABLES))}"
        )
