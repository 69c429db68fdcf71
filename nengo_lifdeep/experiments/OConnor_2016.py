"""O'Connor & Welling (2016), "Deep Spiking Networks", arXiv 1602.08323: a multi-layer perceptron
that runs and learns on MNIST with additions only.

Settings are those of the authors' code (`petered/spiking-mlp`): ten steps per image, images one
after the other, a learning rate of 0.01, weights that start with a deviation of 0.01, 20 epochs.
Beside them stand networks with a learning rate that falls.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets.base import Split
from ..energy.additions import additions_per_image, count_additions
from ..evaluation.accuracy import evaluate
from ..herding.running import present
from ..jobs.local import Job
from ..models import TrainedModel
from ..records import Evaluation
from ..report.tables.grid import Grid
from .kept import figures_of, keep_figures
from .oconnor.figures import draw_ink, draw_steps
from .oconnor.recipes import ERRORS, RULES, Recipe
from .oconnor.tables import errors_table, ink_table, steps_table
from .settings import Settings

__all__ = ["DATASETS", "ERRORS", "FIGURES", "FROM_TABLE", "NOISES", "TABLES", "Recipe",
           "Reproduction"]  # fmt: skip

#: Data sets that `Reproduction` has a recipe for.
DATASETS = ("mnist",)

#: Rows of a table of noise; the paper has none.
NOISES: tuple[str, ...] = ()

#: Tables that can be asked for.
TABLES = ("errors", "steps", "ink")

#: Figures of trained networks, and the table that each needs.
FROM_TABLE = {"steps": "steps", "ink": "ink"}

#: Figures that can be drawn, by name.
FIGURES = {"steps": draw_steps, "ink": draw_ink}

_TIMES = (1, 2, 3, 5, 10, 20, 50)

#: Rules of networks with more hidden units, which are trained once.
_WIDE = ("relu", "sgd", "fsgd", "fsgd-step")

#: A rule that is trained once at every size.
_ONCE = "relu-falling"

#: Networks whose errors are taken at several steps: rule, and when layers fire.
_SHOWN = (("fsgd", "event"), ("fsgd", "step"), ("fsgd-step", "step"))

Network = tuple[int, str, int]


@dataclasses.dataclass(frozen=True)
class Reproduction(Settings):
    """The paper's figures for one data set, as far as files of it are there.

    Parameters
    ----------
    seeds : int
        Trainings of each network of 200 hidden units; those of 300 are trained once, as is ReLU
        with a falling rate.
    hidden : tuple of int
        Units of the hidden layers of the networks.
    **others
        As `Settings` has them; initial voltages are zero here.
    """

    PAPER = "oconnor2016"
    SETS = DATASETS
    ASKED = TABLES

    hidden: tuple[int, ...] = (200, 300)

    @property
    def recipe(self) -> Recipe:
        """How the networks are trained."""
        return Recipe() if self.epochs is None else Recipe(self.epochs)

    def networks(self) -> Iterator[Network]:
        """Hidden units, rule and seed of every network."""
        for hidden in self.hidden:
            first = hidden == self.hidden[0]
            for rule in RULES if first else _WIDE:
                for seed in range(self.seeds if first and rule != _ONCE else 1):
                    yield hidden, rule, seed

    def _of(self, network: Network) -> Path:
        hidden, rule, seed = network
        return self.where / f"{hidden}-{rule}-{self.recipe.epochs}-epochs" / f"seed{seed}"

    def _file(self, network: Network) -> Path:
        return self._of(network) / "trained.lifdeep"

    def _result(self, network: Network, name: str) -> Path:
        return self._of(network) / f"{name}-{self.judged}.json"

    def result(self, network: Network, name: str) -> dict[str, Any]:
        """What a job of a network has found.

        Parameters
        ----------
        network : tuple
            One of `networks`.
        name : str
            Of the job: "errors", "ink", or a number of steps such as "event-10".

        Raises
        ------
        ModelFileError
            If its file is damaged, or of other weights than the network has now.
        """
        return figures_of(self._file(network), self._result(network, name))

    def jobs(self, table: str) -> list[Job]:
        """What has to be computed for one of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        self.require(table)
        if table == "errors":
            due = [(network, "errors") for network in self.networks()]
        elif table == "ink":
            due = [((self.hidden[0], "fsgd", 0), "ink")]
        else:
            due = [
                ((self.hidden[0], rule, seed), f"{order}-{steps}")
                for rule, order in _SHOWN
                for seed in range(self.seeds)
                for steps in _TIMES
            ]
        jobs: dict[str, Job] = {}
        for network, name in due:
            words = "{}-{} seed {}".format(*network)
            train = f"train {words}"
            file = self._file(network)
            jobs[train] = Job(train, "train", 1, file, Reproduction._train, (self, network))
            run, result = f"{name} of {words}", self._result(network, name)
            if name in ("errors", "ink"):
                call = Reproduction._run if name == "errors" else Reproduction._ink
                jobs[run] = Job(run, "run", 1, result, call, (self, network), file)
            else:
                order, _, steps = name.partition("-")
                given = (self, network, order, int(steps))
                jobs[run] = Job(run, "run", 1, result, Reproduction._step, given, file)
        return list(jobs.values())

    def _train(self, network: Network) -> None:
        hidden, rule, seed = network
        folder = self._of(network)
        trained = self.recipe.train(self.data, hidden, rule, folder, seed, self.progress)
        trained.save(self._file(network))

    def _trained(self, network: Network) -> TrainedModel:
        return TrainedModel.load(self._file(network))

    def _run(self, network: Network) -> None:
        """The errors in spikes, in ten steps, and in rates."""
        trained, images = self._trained(network), self.test_images
        found = _measured(trained, images, 10, RULES[network[1]].fires)
        found["rates"] = evaluate(trained, images, progress=False).error
        keep_figures(self._result(network, "errors"), found, trained)

    def _step(self, network: Network, order: str, steps: int) -> None:
        trained = self._trained(network)
        found = _measured(trained, self.test_images, steps, order)
        keep_figures(self._result(network, f"{order}-{steps}"), found, trained)

    def _ink(self, network: Network) -> None:
        """Additions of every image, beside the sum of its pixels; and those of a blank one."""
        trained, images = self._trained(network), self.test_images
        blank = np.zeros((1, *images.image_shape))
        found = {
            "ink": images.unit_images(np.arange(len(images))).reshape(len(images), -1).sum(axis=1),
            "additions": additions_per_image(present(trained, images, 10, "event"), trained),
            "blank": additions_per_image(present(trained, blank, 10, "event"), trained),
        }
        lists = {
            name: np.asarray(values, float).round(3).tolist() for name, values in found.items()
        }
        keep_figures(self._result(network, "ink"), lists, trained)

    def table(self, table: str) -> Grid:
        """One of `TABLES`, published next to measured.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        self.require(table)
        if table == "errors":
            found = {network: self.result(network, "errors") for network in self.networks()}
            return errors_table(found, self.dataset, self.recipe.epochs, not self.validation)
        if table == "ink":
            return ink_table(self.result((self.hidden[0], "fsgd", 0), "ink"), self.hidden[0])
        kinds = [(rule, order, steps) for rule, order in _SHOWN for steps in _TIMES]
        networks = range(self.seeds)
        measured = {
            (rule, order, steps): [
                self.result((self.hidden[0], rule, seed), f"{order}-{steps}") for seed in networks
            ]
            for rule, order, steps in kinds
        }
        return steps_table(measured, self.dataset, self.hidden[0])


def _measured(trained: TrainedModel, images: Split, steps: int, order: str) -> dict[str, Any]:
    record = present(trained, images, steps, order)
    counts = count_additions(record, trained)
    error = Evaluation.of(record, images.labels).error
    return {
        "error": error, "n_images": record.n_images, "spikes": sum(counts.spikes.values()),
        "additions": counts.total_events, "dense": counts.network_macs,
        "share": counts.total_events / counts.network_macs,
    }  # fmt: skip
