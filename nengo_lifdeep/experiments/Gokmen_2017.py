"""Gokmen, Onen & Haensch (2017), "Training Deep Convolutional Neural Networks with Resistive
Cross-Point Devices", Frontiers in Neuroscience 11:538, arXiv 1705.08014: a small convolutional
network on MNIST, image by image, whose weights are cross-point arrays.

Device and read-out noise are those of IBM's `aihwkit` for this paper. What is marked as recalled
was not checked against the paper: its body could not be read.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nengo
import numpy as np

from ..datasets.base import Split
from ..errors import TrainingError, ValidationError
from ..evaluation.accuracy import evaluate
from ..evaluation.array_reads import through_arrays
from ..jobs.local import Job
from ..layers.architecture import Architecture
from ..layers.named import architecture
from ..models import TrainedModel
from ..models.held import held
from ..report.tables.grid import Column, Grid
from ..support.writing import write_text
from ..training import train
from ..training.checkpoints import Checkpoint
from ..weights import CrossPoint, Pulses, Read
from .gokmen.spikes import DATASET, Noisy, noisy, spikes_table
from .settings import Settings

__all__ = ["DATASETS", "ERRORS", "FIGURES", "FROM_TABLE", "NOISES", "ROWS", "TABLES", "Recipe",
           "Reproduction"]  # fmt: skip

#: Data sets that `Reproduction` has a recipe for.
DATASETS = ("mnist", DATASET)

#: Test errors in percent by row. Of the paper, recalled and not checked; and of IBM's `aihwkit`
#: 1.1.0 (torch 2.10.0): 3,000 training and 2,000 test images, 4 epochs, one seed, weights that
#: start uniformly within 1/sqrt(fan_in).
ERRORS: dict[str, dict[str, float]] = {
    "paper, recalled": {
        "float": 0.8, "baseline": 10.0, "NM + BM": 1.7, "NM + BM + UM": 1.1,
        "NM + BM + UM, 13 devices": 0.8,
    },
    "aihwkit": {
        "float": 5.50, "baseline": 89.3, "BM": 89.7, "NM": 5.25, "NM + BM + UM": 5.75,
    },
}  # fmt: skip

_NOISE, _BOUND = Read(noise_management=True), Read(bound_management=True)
_UPDATE = Pulses(1, management=True)

#: What the weights are in each row; None for floats.
ROWS: dict[str, CrossPoint | None] = {
    "float": None,
    "baseline": CrossPoint(),
    "BM": CrossPoint(forward=_BOUND),
    "NM": CrossPoint(backward=_NOISE),
    "UM": CrossPoint(pulses=_UPDATE),
    "NM + BM": CrossPoint(forward=_BOUND, backward=_NOISE),
    "NM + BM + UM": CrossPoint.managed(),
    "NM + BM + UM, 13 devices": CrossPoint.managed(),
}

#: Rows that are trained before the others, since they say most.
_FIRST = ("float", "baseline", "NM + BM + UM")

#: Initial weights: of variance 2 / (fan_in + fan_out) and biases 0, or as PyTorch's layers.
STARTS = ("glorot", "uniform")

#: Rows of a table of noise; the paper has none.
NOISES: tuple[str, ...] = ()

#: Tables that can be asked for; the last, which is not the paper's, of `DATASET` and alone.
TABLES = ("errors", "initialisation", "management", "spikes")

#: Figures of trained networks, of which there are none.
FROM_TABLE: dict[str, str] = {}
FIGURES: dict[str, Any] = {}

#: Of the tables with few images: training and test images, epochs, seeds by table, rows by table.
_FEW_TRAINING, _FEW_TEST, _FEW_EPOCHS = 3000, 2000, 4
_FEW_SEEDS = {"initialisation": 5, "management": 3}
_FEW_ROWS: dict[str, tuple[str, ...]] = {
    "initialisation": ("float", "baseline"),
    "management": ("float", "baseline", "BM", "NM", "NM + BM", "NM + BM + UM"),
}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a network is trained: image by image, as the paper does.

    Parameters
    ----------
    epochs : int
        Epochs; 30 are recalled of the paper.
    learning_rate : float
        Step along the gradient.
    """

    epochs: int = 30
    learning_rate: float = 0.01

    def network(self, row: str, seed: int) -> Architecture:
        """The layers with their weights; devices differ from seed to seed.

        Parameters
        ----------
        row : str
            One of `ROWS`.
        seed : int
            Number of the training.
        """
        net, kind = architecture("gokmen2017-cnn"), ROWS[row]
        if kind is None:
            return net
        net = net.with_weights(dataclasses.replace(kind, seed=100 * seed))
        if row.endswith("13 devices"):
            second = dataclasses.replace(kind, seed=100 * seed + 1, per_weight=13)
            net = net.with_weights({"conv2": second})
        return net

    def train(
        self, data: Split, row: str, start: str, seed: int, folder: Path, progress: bool,
        after: Any,
    ) -> TrainedModel:  # fmt: skip
        """The trained network; an interrupted training continues.

        Parameters
        ----------
        data : Split
            Training images.
        row : str
            One of `ROWS`.
        start : str
            One of `STARTS`.
        seed : int
            Seed of all random numbers.
        folder : Path
            Where its state is kept.
        progress : bool
            Whether to show progress.
        after : callable
            Called with (epochs done, history) after every epoch.
        """
        return train(
            self.network(row, seed),
            data,
            neuron=nengo.Tanh(tau_ref=1.0),
            epochs=self.epochs,
            batch_size=1,
            optimizer="sgd",
            learning_rate=self.learning_rate,
            loss="sparse_categorical_crossentropy",
            kernel_initializer=start,
            checkpoint=folder / "checkpoint",
            callbacks=[after],
            seed=seed,
            progress=progress,
        )


@dataclasses.dataclass(frozen=True)
class Reproduction(Settings):
    """The paper's rows on MNIST, as far as files of it are there.

    Parameters
    ----------
    seeds : int
        Trainings of each row of "errors" and "spikes"; "initialisation" has five, "management"
        three.
    epochs : int, optional
        Instead of the recipe's, in "errors" and "spikes".
    **others
        As `Settings` has them; there are no initial voltages here.
    """

    PAPER = "gokmen2017"
    SETS = DATASETS
    ASKED = TABLES

    seeds: int = 1

    @property
    def recipe(self) -> Recipe:
        """How the networks of "errors" are trained."""
        return Recipe() if self.epochs is None else Recipe(self.epochs)

    def require(self, table: str) -> None:
        """As of `Settings`; the tables of MNIST are others than those of digits."""
        known = TABLES[-1:] if self.dataset == DATASET else TABLES[:-1]
        if table not in known:
            raise ValidationError(
                f"gokmen2017 has no table {table!r} of {self.dataset}; expected one of "
                f"{', '.join(known)}"
            )

    def _trainings(self, table: str) -> Iterator[_Training]:
        if table == "errors":
            for seed in range(self.seeds):
                for row in ROWS:
                    yield _Training(row, "glorot", seed, self.recipe.epochs, None, self.n_images)
            return
        few = (_FEW_EPOCHS, _FEW_TRAINING, min(self.n_images or _FEW_TEST, _FEW_TEST))
        for start in STARTS if table == "initialisation" else STARTS[:1]:
            for seed in range(_FEW_SEEDS[table]):
                for row in _FEW_ROWS[table]:
                    yield _Training(row, start, seed, *few)

    def jobs(self, table: str) -> list[Job]:
        """What has to be computed for one of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        self.require(table)
        if table == "spikes":
            return [
                Job(
                    f"arrays {each.arrays}, neurons {each.neurons}, seed {each.seed}",
                    "train with noise",
                    1,
                    each.result(self.where),
                    Reproduction._run_noisy,
                    (self, each),
                )
                for each in noisy(self.seeds, self.epochs)
            ]
        return [
            Job(
                f"{training.row}, {training.start}, seed {training.seed}",
                f"train {training.row}",
                training.epochs * (training.n_training or 60_000),
                training.result(self.where),
                Reproduction._run,
                (self, training),
            )
            for training in sorted(self._trainings(table), key=_Training.later)
        ]

    def _run_noisy(self, training: Noisy) -> None:
        training.run(self.data, training.result(self.where))

    def _run(self, training: _Training) -> None:
        """Train, with both errors on the test images after every epoch.

        More epochs go on from what fewer have left.
        """
        folder, data = training.folder(self.where), self.data
        learnt, test = (
            split if n is None else split.take(min(n, len(split)))
            for split, n in ((data.train, training.n_training), (data.test, training.n_test))
        )
        recipe = dataclasses.replace(self.recipe, epochs=training.epochs)
        file = folder / f"epochs-{len(test)}-images.json"
        record: dict[str, Any] = _read(file) if file.exists() else {}

        def note(done: int, trained: TrainedModel, history: Any) -> None:
            record[str(done)] = {
                "plain": evaluate(held(trained), test, progress=False).error,
                "arrays": _error_through_arrays(trained, test),
                "loss": history["loss"][done - 1],
                "seconds": history["seconds"][done - 1],
            }
            write_text(file, json.dumps(record))

        def after(done: int, history: Any) -> None:
            state = Checkpoint.load(folder / "checkpoint")
            if state is None:
                raise TrainingError(f"there is no checkpoint in {folder}")
            net = recipe.network(training.row, training.seed)
            note(done, TrainedModel(net, state.weights, nengo.Tanh(tau_ref=1.0)), history)

        trained = recipe.train(
            learnt, training.row, training.start, training.seed, folder, self.progress, after
        )
        trained.save(folder / "trained.lifdeep")
        if str(training.epochs) not in record:  # the training was done, or ended in between
            note(training.epochs, trained, trained.history)
        found = {key: value for key, value in record.items() if int(key) <= training.epochs}
        text = json.dumps({"n_images": len(test), "epochs": found})
        write_text(training.result(self.where), text)

    def table(self, table: str) -> Grid:
        """One of `TABLES`, published next to measured.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        self.require(table)
        if table == "spikes":
            return spikes_table(noisy(self.seeds, self.epochs), self.where)
        source = "paper, recalled" if table == "errors" else "aihwkit"
        rows = []
        for training in self._trainings(table):
            found = _read(training.result(self.where))
            last = [found["epochs"][key] for key in sorted(found["epochs"], key=int)][-2:]
            known = table == "errors" or training.start == "uniform"
            rows.append({
                "row": training.row, "start": training.start, "seed": training.seed,
                "published": ERRORS[source].get(training.row) if known else None,
                "plain": last[-1]["plain"], "arrays": last[-1]["arrays"],
                "two": float(np.mean([epoch["arrays"] for epoch in last])),
                "epochs": training.epochs, "n_images": found["n_images"],
            })  # fmt: skip
        columns = (
            Column("row", "row"),
            Column("start", "initial weights"),
            Column("seed", "seed"),
            Column("published", f"{source} [%]", ".2f"),
            Column("plain", "held weights as numbers [%]", ".2f"),
            Column("arrays", "read through the arrays [%]", ".2f"),
            Column("two", "mean of the last two epochs [%]", ".2f"),
            Column("epochs", "epochs"),
            Column("n_images", "images", ",.0f"),
        )
        notes = (
            "NM: noise management of the backward read; BM: bound management of the forward read; "
            "UM: update management with 1 slot instead of 10; 13 devices: of each weight of conv2",
            "initial weights: glorot, normal of variance 2 / (fan_in + fan_out), biases 0; "
            "uniform, kernels and biases within 1 / sqrt(fan_in)",
        )
        return Grid(f"Gokmen et al. 2017, {self.dataset}, {table}", columns, tuple(rows), notes)


@dataclasses.dataclass(frozen=True)
class _Training:
    """One training of a table."""

    row: str
    start: str
    seed: int
    epochs: int
    n_training: int | None
    n_test: int | None

    def later(self) -> bool:
        """Whether it comes after the rows that say most."""
        return self.n_training is None and self.row not in _FIRST

    def folder(self, where: Path) -> Path:
        """Where its state is; the same for any number of epochs."""
        images = "all" if self.n_training is None else self.n_training
        words = "".join(c if c.isalnum() else "-" for c in self.row.replace(" + ", "+"))
        return where / f"{words}-{self.start}-{images}-images" / f"seed{self.seed}"

    def result(self, where: Path) -> Path:
        """File with the errors after every epoch."""
        tested = "all" if self.n_test is None else self.n_test
        return self.folder(where) / f"errors-{self.epochs}-epochs-{tested}-images.json"


def _error_through_arrays(trained: TrainedModel, test: Split) -> float:
    scores = through_arrays(trained, test.unit_images())
    return 100 * float(np.mean(scores.argmax(axis=1) != test.labels))


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
