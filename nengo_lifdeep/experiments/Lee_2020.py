"""Lee et al. (2020), "Enabling Spike-based Backpropagation for Training Deep Neural Network
Architectures", Frontiers in Neuroscience 14:119: LeNet on MNIST, VGG9 and ResNet11 on CIFAR-10,
trained on their spikes.

The settings of the authors' code are 100 steps, leak 0.99, plain gradient descent on the summed
squared error, weight decay, 125 or 150 epochs. Three things differ here. Their code keeps the epoch
that is best on the test images; here a part of the training images decides, and the test images are
used once. They pad images with black before random crops, here it is the mean colour. And they
divide blue by 0.5534, which makes the brightest pixel 1.0002, no probability; here it is 0.5535.
Beside them are recipes that a computer without graphics card has finished in hours
(`lee.spike_recipes`).
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from ..conversion.swap import convert
from ..errors import ValidationError
from ..evaluation.accuracy import evaluate
from ..inputs.presentation import Presentation
from ..jobs.local import Job
from ..models import TrainedModel
from ..report.tables.grid import Column, Grid
from .comparison import COLUMNS, NOTE, compared
from .kept import evaluation_of
from .lee.recipes import ERRORS, NETWORKS, RECIPES
from .lee.spike_recipes import BriefRecipe, PublishedRecipe
from .settings import Settings

__all__ = [
    "DATASETS", "ERRORS", "FIGURES", "NETWORKS", "NOISES", "RECIPES", "TABLES", "Reproduction",
]  # fmt: skip


#: Rows of a table of noise; the paper has none.
NOISES: tuple[str, ...] = ()

#: Figures that can be drawn.
FIGURES: tuple[str, ...] = ()

#: Tables that can be asked for.
TABLES = ("errors", "published")

#: Data sets that `Reproduction` has recipes for.
DATASETS = tuple(RECIPES)


@dataclasses.dataclass(frozen=True)
class Reproduction(Settings):
    """The paper's figures for one data set, as far as files of them are there.

    Parameters
    ----------
    epochs : int, optional
        On spikes, instead of the recipes'.
    networks : tuple of str
        Which of `NETWORKS`; all of the data set by default.
    **others
        As `Settings` has them; initial voltages are zero here.

    Raises
    ------
    ValidationError
        If the data set is unknown, or a network not one of its.
    """

    PAPER = "lee2020"
    SETS = DATASETS
    ASKED = TABLES

    seeds: int = 1
    networks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        tables = RECIPES[self.dataset].values()
        known = dict.fromkeys(recipe.network for rows in tables for recipe in rows.values())
        wrong = [name for name in self.networks if name not in known]
        if wrong:
            raise ValidationError(
                f"lee2020 has no network {wrong[0]!r} for {self.dataset}; expected "
                f"{' or '.join(known)}"
            )

    @property
    def recipe(self) -> BriefRecipe | PublishedRecipe:
        """How the network of the first row is trained."""
        return next(iter(self.recipes(next(iter(RECIPES[self.dataset]))).values()))

    def recipes(self, table: str) -> dict[str, BriefRecipe | PublishedRecipe]:
        """How the networks of a table are trained, by row.

        Parameters
        ----------
        table : str
            One of `TABLES` that the data set has.

        Raises
        ------
        ValidationError
            If it has no such table.
        """
        tables = RECIPES[self.dataset]
        if table not in tables:
            raise ValidationError(
                f"lee2020 has no table {table!r} for {self.dataset}; expected "
                f"{' or '.join(map(repr, tables))} (--table)"
            )
        own: dict[str, Any] = {} if self.epochs is None else {"epochs": self.epochs}
        return {
            row: dataclasses.replace(recipe, **own)
            for row, recipe in tables[table].items()
            if not self.networks or recipe.network in self.networks
        }

    def _files(self, row: str, recipe: Any, seed: int) -> tuple[Path, Path]:
        """Files of a training: the network, and its evaluation."""
        name = f"{row.lower().replace(' ', '-')}-{recipe.epochs}-epochs"
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
        jobs = []
        for row, recipe in self.recipes(table).items():
            for seed in range(self.seeds):
                network, evaluation = self._files(row, recipe, seed)
                name = f"lee2020 {row}, seed {seed}, {recipe.epochs} epochs"
                arguments = (self, row, recipe, seed)
                jobs += [
                    Job(f"train {name}", f"train {row}", 1, network, Reproduction._train,
                        arguments),
                    Job(f"spikes of {name}", f"spikes {row}", 1, evaluation, Reproduction._run,
                        arguments, network),
                ]  # fmt: skip
        return jobs

    def _train(self, row: str, recipe: Any, seed: int) -> None:
        file, _ = self._files(row, recipe, seed)
        recipe.train(self.data, file.parent, seed, self.progress).save(file)

    def _run(self, row: str, recipe: Any, seed: int) -> None:
        network, file = self._files(row, recipe, seed)
        spiking = convert(TrainedModel.load(network))
        images = self.test_images
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
        rows = []
        for row, recipe in self.recipes(table).items():
            for seed in range(self.seeds):
                network, evaluation = self._files(row, recipe, seed)
                first = self._files(row, recipe, 0)[1]
                found = evaluation_of(network, evaluation, first)
                trained = TrainedModel.load(network)
                said = None if self.validation else ERRORS[recipe.network]
                comparable = said.error if said is not None and said.checked else None
                rows.append({
                    "network": f"{row}, {recipe.epochs} epochs, seed {seed}",
                    "steps": recipe.n_steps,
                    "hours": _hours(trained, network.with_name("rates.lifdeep")),
                    "published": None if said is None else said.error,
                    "source": None if said is None else said.source,
                    "measured": found.error,
                    "spikes": found.spikes_per_image,
                    **compared(found.error, found.n_images, comparable, 10_000),
                })  # fmt: skip
        columns = (
            Column("network", "network"),
            Column("steps", "steps", "d"),
            Column("hours", "training [h]", ".2f"),
            Column("published", "published error [%]", ".2f"),
            Column("source", "published figure from"),
            Column("measured", "measured error [%]", ".2f"),
            Column("spikes", "spikes per image", ",.0f"),
            *COLUMNS,
        )
        title = f"Lee et al. 2020, {self.dataset}, in spikes"
        return Grid(title, columns, tuple(rows), self._notes(table))

    def _notes(self, table: str) -> tuple[str, ...]:
        networks = dict.fromkeys(recipe.network for recipe in self.recipes(table).values())
        share = "twelfth" if self.dataset == "mnist" else "tenth"
        return (
            "published: of 100 steps and 125 (LeNet) or 150 epochs; the epoch was chosen by the "
            f"test images, here epochs and recipes are chosen by a {share} of the training images, "
            "and the test images are used once",
            *(
                f"{NETWORKS[name]}: the published figure was not seen in print, so nothing is "
                "compared with it"
                for name in networks
                if not ERRORS[name].checked
            ),
            "training: hours by the clock, of the epochs in rates too",
            NOTE,
        )


def _hours(trained: TrainedModel, rates: Path) -> float:
    """Duration of a training, and of the one in rates before it."""
    before = [TrainedModel.load(rates)] if rates.exists() else []
    return sum(sum(each.history["seconds"]) for each in (trained, *before)) / 3600
