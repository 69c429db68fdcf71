"""O'Connor & Welling (2016), "Deep Spiking Networks", arXiv 1602.08323: a multi-layer perceptron
that runs and learns on MNIST with additions only.

Settings are those of the authors' code (`petered/spiking-mlp`): ten steps per image, images one
after the other, a learning rate of 0.01, weights that start with a deviation of 0.01, 20 epochs.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nengo

from ..datasets import load
from ..datasets.base import SUFFIX, Dataset, Split
from ..energy.additions import count_additions
from ..errors import ValidationError
from ..evaluation.accuracy import evaluate
from ..herding.method import Herding
from ..herding.running import present
from ..jobs.local import Job
from ..layers.named import architecture
from ..models import TrainedModel
from ..records import Evaluation
from ..report.plots.canvas import COLOURS, new_figure
from ..report.tables.grid import Column, Grid
from ..support.writing import write_text
from ..training import train
from .comparison import COLUMNS, NOTE, compared

__all__ = ["DATASETS", "ERRORS", "FIGURES", "FROM_TABLE", "NOISES", "TABLES", "Recipe",
           "Reproduction"]  # fmt: skip

#: Data sets that `Reproduction` has a recipe for.
DATASETS = ("mnist",)

#: Published test errors in percent. By hidden units and rule, in spikes and of the rectified-linear
#: network with the same weights: notes in the authors' code, 20 epochs. "paper": as Tavanaei et al.
#: (2019), table 1, quote it.
ERRORS: dict[Any, Any] = {
    (200, "relu"): (1.92, 1.81),
    (200, "sgd"): (2.68, 2.79),
    (200, "fsgd"): (2.34, 2.20),
    "paper": {"sgd": 3.6, "fsgd": 2.07},
}

#: Rows of a table of noise; the paper has none.
NOISES: tuple[str, ...] = ()

#: Tables that can be asked for.
TABLES = ("errors", "steps")

#: Figures of trained networks, and the table that each needs.
FROM_TABLE = {"steps": "steps"}

_METHODS = {"relu": Herding(None), "sgd": Herding(rule="sgd"), "fsgd": Herding()}
_TIMES = (1, 2, 3, 5, 10, 20, 50)
_NAMES = {"relu": "ReLU", "sgd": "spiking SGD", "fsgd": "spiking FSGD"}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Parameters
    ----------
    epochs : int
        Epochs.
    learning_rate : float
        Step along the gradient.
    """

    epochs: int = 20
    learning_rate: float = 0.01

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
        rule : {"relu", "sgd", "fsgd"}
            How it learns.
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
            method=_METHODS[rule],
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            checkpoint=folder / "checkpoint",
            seed=seed,
            progress=progress,
        )


@dataclasses.dataclass(frozen=True)
class Reproduction:
    """The paper's figures for one data set, as far as files of it are there.

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.
    folder : Path
        Where networks and results are kept; an interrupted run continues from it.
    seeds : int
        Trainings of each network of 200 hidden units; those of 300 are trained once.
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
    hidden : tuple of int
        Units of the hidden layers of the networks.

    Raises
    ------
    ValidationError
        If the data set is unknown.
    """

    dataset: str
    folder: Path
    seeds: int = 3
    epochs: int | None = None
    n_images: int | None = None
    noises: tuple[str, ...] = NOISES
    progress: bool = True
    validation: bool = False
    draws: int = 1
    hidden: tuple[int, ...] = (200, 300)

    def __post_init__(self) -> None:
        if self.dataset not in DATASETS:
            raise ValidationError(
                f"there is no recipe for {self.dataset!r} of oconnor2016; expected {DATASETS[0]}"
            )
        if self.noises:
            raise ValidationError(f"oconnor2016 has no table of noise; leave {self.noises} out")

    @property
    def recipe(self) -> Recipe:
        """How the networks are trained."""
        return Recipe() if self.epochs is None else Recipe(self.epochs)

    @property
    def where(self) -> Path:
        """Folder of this data set's networks, results and tables."""
        return self.folder / (self.dataset + (SUFFIX if self.validation else ""))

    def _data(self) -> Dataset:
        data = load(self.dataset)
        return data.held_out() if self.validation else data

    def _images(self) -> Split:
        test = self._data().test
        return test if self.n_images is None else test.take(min(self.n_images, len(test)))

    def _networks(self) -> Iterator[tuple[int, str, int]]:
        """Hidden units, rule and seed of every network."""
        for hidden in self.hidden:
            for seed in range(self.seeds if hidden == self.hidden[0] else 1):
                for rule in _METHODS:
                    yield hidden, rule, seed

    def _of(self, hidden: int, rule: str, seed: int) -> Path:
        return self.where / f"{hidden}-{rule}-{self.recipe.epochs}-epochs" / f"seed{seed}"

    def _result(self, folder: Path, name: str) -> Path:
        images = "all" if self.n_images is None else f"{self.n_images}-random"
        return folder / f"{name}-{images}.json"

    def jobs(self, table: str) -> list[Job]:
        """What has to be computed for one of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        _require(table)
        jobs = []
        for network in self._networks():
            if table == "steps" and network != (self.hidden[0], "fsgd", 0):
                continue
            folder, name = self._of(*network), "{}-{} seed {}".format(*network)
            file = folder / "trained.lifdeep"
            jobs.append(
                Job(f"train {name}", "train", 1, file, Reproduction._train, (self, network))
            )
            if table == "errors":
                result = self._result(folder, "errors")
                jobs.append(
                    Job(f"errors of {name}", "run", 1, result, Reproduction._run, (self, network))
                )
            for order in ("event", "step") if table == "steps" else ():
                for steps in _TIMES:
                    result = self._result(folder, f"{order}-{steps}")
                    arguments = (self, network, order, steps)
                    jobs.append(
                        Job(
                            f"{steps} steps, {order}",
                            "run",
                            1,
                            result,
                            Reproduction._step,
                            arguments,
                        )
                    )
        return jobs

    def _train(self, network: tuple[int, str, int]) -> None:
        hidden, rule, seed = network
        folder, data = self._of(*network), self._data()
        trained = self.recipe.train(data, hidden, rule, folder, seed, self.progress)
        trained.save(folder / "trained.lifdeep")

    def _run(self, network: tuple[int, str, int]) -> None:
        """The errors in spikes, in ten steps, and in rates."""
        folder = self._of(*network)
        trained, images = TrainedModel.load(folder / "trained.lifdeep"), self._images()
        found = _measured(trained, images, 10, "event")
        found["rates"] = evaluate(trained, images, progress=False).error
        write_text(self._result(folder, "errors"), json.dumps(found))

    def _step(self, network: tuple[int, str, int], order: str, steps: int) -> None:
        folder = self._of(*network)
        trained = TrainedModel.load(folder / "trained.lifdeep")
        found = _measured(trained, self._images(), steps, order)
        write_text(self._result(folder, f"{order}-{steps}"), json.dumps(found))

    def table(self, table: str) -> Grid:
        """One of `TABLES`, published next to measured.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        _require(table)
        return self._errors() if table == "errors" else self._steps()

    def _errors(self) -> Grid:
        rows = []
        for hidden, rule, seed in self._networks():
            found = _read(self._result(self._of(hidden, rule, seed), "errors"))
            known = (None, None) if self.validation else ERRORS.get((hidden, rule), (None, None))
            rows.append({
                "network": f"784-{hidden}-{hidden}-10, {_NAMES[rule]}, seed {seed}",
                "published": known[0], "measured": found["error"],
                "published_rates": known[1], "measured_rates": found["rates"],
                "additions": found["additions"],
                **compared(found["error"], found["n_images"], known[0], 10_000),
            })  # fmt: skip
        columns = (
            Column("network", "network"),
            Column("published", "published, in spikes [%]", ".2f"),
            Column("measured", "measured, in spikes [%]", ".2f"),
            Column("published_rates", "published, in rates [%]", ".2f"),
            Column("measured_rates", "measured, in rates [%]", ".2f"),
            Column("additions", "additions per image", ",.0f"),
            *COLUMNS,
        )
        paper = ERRORS["paper"]
        notes = (
            "published: notes in the authors' code; the paper has "
            f"{paper['sgd']} % for spiking SGD and {paper['fsgd']} % for spiking FSGD, with other "
            "sizes and epochs",
            f"{self.recipe.epochs} epochs; in spikes: 10 steps, layers fire after every event",
            NOTE,
        )
        return Grid(f"O'Connor & Welling 2016, {self.dataset}", columns, tuple(rows), notes)

    def _steps(self) -> Grid:
        folder, rows = self._of(self.hidden[0], "fsgd", 0), []
        for order in ("event", "step"):
            for steps in _TIMES:
                found = _read(self._result(folder, f"{order}-{steps}"))
                rows.append({"order": order, "steps": steps, **found})
        columns = (
            Column("order", "layers fire after"),
            Column("steps", "steps"),
            Column("error", "error [%]", ".2f"),
            Column("spikes", "spikes per image", ",.0f"),
            Column("additions", "additions per image", ",.0f"),
            Column("dense", "multiply-adds of a dense pass", ",.0f"),
            Column("share", "additions / multiply-adds", ".2f"),
            Column("n_images", "images", ",.0f"),
        )
        notes = (
            f"784-{self.hidden[0]}-{self.hidden[0]}-10, spiking FSGD, seed 0; spikes with those of "
            "the input",
        )
        return Grid(f"Error against steps, {self.dataset}", columns, tuple(rows), notes)


def _measured(trained: TrainedModel, images: Split, steps: int, order: str) -> dict[str, Any]:
    record = present(trained, images, steps, order)
    counts = count_additions(record, trained)
    error = Evaluation.of(record, images.labels).error
    return {
        "error": error, "n_images": record.n_images, "spikes": sum(counts.spikes.values()),
        "additions": counts.total_events, "dense": counts.network_macs,
        "share": counts.total_events / counts.network_macs,
    }  # fmt: skip


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _draw_steps(plan: Reproduction) -> tuple[Any, Grid]:
    """Error against steps, and against additions, with the dense network's cost."""
    grid = plan.table("steps")
    left, right = new_figure((10.0, 4.0)).subplots(1, 2, sharey=True)
    for order, colour in zip(("event", "step"), COLOURS, strict=False):
        rows = [row for row in grid.rows if row["order"] == order]
        errors = [row["error"] for row in rows]
        label = {"event": "after every spike", "step": "once per step"}[order]
        left.plot([row["steps"] for row in rows], errors, "o-", color=colour, label=label)
        right.plot([row["additions"] / 1e3 for row in rows], errors, "o-", color=colour)
    dense = grid.rows[0]["dense"] / 1e3
    right.axvline(dense, color="#666666", linestyle="--")
    right.text(
        dense, 0.98, "multiply-adds of the dense network ", color="#666666", rotation=90,
        transform=right.get_xaxis_transform(), ha="right", va="top",
    )  # fmt: skip
    labels = ((left, "steps"), (right, "additions per image [thousands]"))
    for ax, label in labels:
        ax.set(xscale="log", yscale="log", xlabel=label)
        ax.spines[["top", "right"]].set_visible(False)
        _plain_ticks(ax.xaxis)
        _plain_ticks(ax.yaxis)
    left.set_ylabel("error [%]")
    left.legend(title="layers fire", frameon=False)
    return left, grid


def _plain_ticks(axis: Any) -> None:
    """1, 2 and 5 times powers of ten, written as numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_major_locator(LogLocator(10, (1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


#: Figures that can be drawn, by name.
FIGURES = {"steps": _draw_steps}


def _require(table: str) -> None:
    if table not in TABLES:
        raise ValidationError(
            f"oconnor2016 has no table {table!r}; expected one of {', '.join(TABLES)}"
        )
