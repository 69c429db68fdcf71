"""Jang, Skatchkovsky & Simeone (2020), "VOWEL: a local online learning rule for recurrent networks
of probabilistic spiking winner-take-all circuits", arXiv 2004.09416: circuits that emit one of
several values take the sign of events as it comes, and learn from it online.

The paper's recordings of an event camera are replaced by MNIST's digits 1 and 7, which move along
a path in normal or in inverted contrast: four classes, of which half cannot be told apart without
the sign. `REFERENCE` is of a second implementation, written from the equations, in the same task
(14 x 14 pixels, 20 steps, 150 digits, 6 filters, 3 epochs at a constant rate).
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...datasets import load
from ...datasets.base import Dataset
from ...jobs.local import Job
from ...report.tables.grid import Grid
from ...support.writing import write_text
from ..settings import Settings
from .figures import draw_inputs, draw_resources
from .recipes import Recipe, Scheme, moving, tested
from .tables import REFERENCE, inputs_table, resources_table

__all__ = ["DATASETS", "FIGURES", "FROM_TABLE", "NOISES", "REFERENCE", "TABLES", "Recipe",
           "Reproduction", "Scheme"]  # fmt: skip

#: Data sets that `Reproduction` has a recipe for.
DATASETS = ("mnist",)

#: Rows of a table of noise; the paper has none.
NOISES: tuple[str, ...] = ()

#: Tables that can be asked for, the first by default.
TABLES = ("inputs", "resources")

#: Figures, and the table that each needs.
FROM_TABLE = {"inputs": "inputs", "resources": "resources"}

#: Figures that can be drawn, by name.
FIGURES = {"inputs": draw_inputs, "resources": draw_resources}

#: By pixels of a side: hidden circuits and filters. The last three have about equally many weights.
_SIZES = {
    4: ((0, 2), (0, 7), (8, 2), (20, 1)),
    7: ((0, 2), (0, 6), (8, 2), (20, 1)),
    14: ((0, 2), (0, 6), (8, 2), (20, 1)),
}


@dataclasses.dataclass(frozen=True)
class Reproduction(Settings):
    """The paper's comparison, as far as files of it are there.

    Parameters
    ----------
    seeds : int
        Of digits, weights, order, and of what hidden circuits emit.
    n_images : int, optional
        Test digits, each in both contrasts; all by default.
    recipe : Recipe, optional
        How networks learn.
    **others
        As `Settings` has them; no progress is shown.
    """

    PAPER = "jang2020-vowel"
    SETS = DATASETS
    ASKED = TABLES

    recipe: Recipe = Recipe()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.epochs is not None:
            recipe = dataclasses.replace(self.recipe, epochs=self.epochs)
            object.__setattr__(self, "recipe", recipe)

    def schemes(self, table: str) -> Iterator[Scheme]:
        """Networks of one of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        if table == "inputs":
            yield from (Scheme(events) for events in ("signed", "per sign", "unsigned"))
            return
        for pixels, sizes in _SIZES.items():
            for events in ("signed", "per sign"):
                for hidden, kernels in sizes:
                    # a connection of one value has half as many weights for both signs
                    twice = 1 if events == "signed" else 2
                    yield Scheme(events, pixels, hidden, twice * kernels)

    def _file(self, scheme: Scheme, seed: int) -> Path:
        recipe = self.recipe
        kind = f"{recipe.digits}-digits-{recipe.epochs}-epochs-{recipe.learning_rate:g}"
        return self.where / kind / f"seed{seed}" / f"{scheme.name}-{self.judged}.json"

    def result(self, scheme: Scheme, seed: int) -> dict[str, Any]:
        """What a job has found.

        Parameters
        ----------
        scheme : Scheme
            One of `schemes`.
        seed : int
            Of ``range(seeds)``.
        """
        found: dict[str, Any] = json.loads(self._file(scheme, seed).read_text(encoding="utf-8"))
        return found

    def jobs(self, table: str) -> list[Job]:
        """What has to be computed for one of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        self.require(table)
        return [
            Job(f"{scheme.name}, seed {seed}", f"{scheme.pixels} pixels", 1 + scheme.hidden / 4,
                self._file(scheme, seed), Reproduction._train, (self, scheme, seed))
            for scheme in self.schemes(table)
            for seed in range(self.seeds)
        ]  # fmt: skip

    def _train(self, scheme: Scheme, seed: int) -> None:
        seen = scheme._replace(hidden=0, kernels=1)
        learned = _learned(self.dataset, self.validation, self.recipe, seen, seed)
        unseen = _unseen(self.dataset, self.validation, self.n_images, seen)
        learner, told = self.recipe.train(scheme, seed, learned, unseen)
        write_text(self._file(scheme, seed), json.dumps({
            "accuracy": [each.accuracy for each in told], "digit": [each.digit for each in told],
            "n_weights": learner.model.n_weights, "n_films": len(unseen[0]),
            "events": float(np.count_nonzero(unseen[0]) / len(unseen[0])),
        }))  # fmt: skip

    def table(self, table: str) -> Grid:
        """One of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        self.require(table)
        found = {
            scheme: [self.result(scheme, seed) for seed in range(self.seeds)]
            for scheme in self.schemes(table)
        }
        make = inputs_table if table == "inputs" else resources_table
        return make(found, self.recipe)


def _data(name: str, validation: bool) -> Dataset:
    data = load(name)
    return data.held_out() if validation else data


@functools.lru_cache(maxsize=4)
def _learned(name: str, validation: bool, recipe: Recipe, seen: Scheme, seed: int) -> Any:
    split = _data(name, validation).train
    at, places = recipe.chosen(split, seed)
    return moving(np.asarray(split.images[:])[at], places, seen)


@functools.lru_cache(maxsize=1)
def _unseen(name: str, validation: bool, n: int | None, seen: Scheme) -> Any:
    split = _data(name, validation).test
    at, places = tested(split, n)
    return moving(np.asarray(split.images[:])[at], places, seen)
