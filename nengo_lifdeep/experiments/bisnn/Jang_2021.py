"""Jang, Skatchkovsky & Simeone (2021), "BiSNN: Training Spiking Neural Networks with Binary Weights
via Bayesian Learning", Data Science and Learning Workshop, arXiv 2012.08300: layers of LIF neurons
with read-outs of their own and weights of one bit, on digits and on two moons.

The body of the paper could not be read, so that it gives no figures here. What stands next to ours
are those of a second implementation of the same equations.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...evaluation.calibration import common_temperature, reliability
from ...jobs.local import Job
from ...local import class_probabilities
from ...report.plots.calibration import class_map, reliability_diagram
from ...report.plots.canvas import new_figure
from ...report.tables.grid import Column, Grid
from ..settings import Settings
from .moons import HIGH, LOW, as_spikes, distances, plane, two_moons
from .recipes import DIGITS, MOONS, WAYS, Recipe, answers, digit_spikes, load_scores, save_scores

__all__ = ["DATASETS", "ERRORS", "FIGURES", "FROM_TABLE", "NOISES", "TABLES", "Reproduction"]

#: Data sets that `Reproduction` has a recipe for.
DATASETS = ("mnist",)

#: Test errors in percent of a second implementation: 4,000 training and 1,000 test images, 4
#: epochs, mean of two seeds; its ensemble has 8 draws. Of the paper there are none.
ERRORS: dict[str, dict[str, float]] = {
    "reference": {
        "float": 8.0, "straight-through": 9.45, "mode": 9.65, "ensemble": 8.8,
    },
}  # fmt: skip

#: Tables that can be asked for, and rows of a table of noise, of which there are none.
TABLES = ("errors", "calibration", "moons")
NOISES: tuple[str, ...] = ()

#: Training images; images from behind them that decide on the temperature; bins.
_N_TRAINING, _N_HELD, _BINS = 10_000, 2_000, 20

#: Points of the moons and their noise; points along each side of the plane; what is far from both.
_POINTS, _NOISE, _SIDE, _FAR = 200, 0.1, 40, 1.0


@dataclasses.dataclass(frozen=True)
class Reproduction(Settings):
    """Digits and moons with real and with binary weights.

    Parameters
    ----------
    **settings
        As `Settings` has them; there are no initial voltages here.
    """

    PAPER = "jang2021-bisnn"
    SETS = DATASETS
    ASKED = TABLES

    @property
    def recipe(self) -> Recipe:
        """How the networks of digits are trained."""
        return self._recipe_of("errors")

    def _recipe_of(self, table: str) -> Recipe:
        recipe = MOONS if table == "moons" else DIGITS
        return recipe if self.epochs is None else dataclasses.replace(recipe, epochs=self.epochs)

    def _trainings(self, table: str) -> Iterator[_Training]:
        moons, recipe = table == "moons", self._recipe_of(table)
        for seed in range(self.seeds):
            for kind in recipe.rules:
                n_test = None if moons else self.n_images
                yield _Training("moons" if moons else "digits", kind, seed, recipe, n_test)

    def jobs(self, table: str) -> list[Job]:
        """What has to be computed for one of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        self.require(table)
        return [
            Job(
                f"{training.task}, {training.kind}, seed {training.seed}",
                f"{training.task} {training.kind}",
                training.recipe.epochs,
                training.result(self.where),
                Reproduction._moons if table == "moons" else Reproduction._digits,
                (self, training),
            )
            for training in self._trainings(table)
        ]

    def _digits(self, training: _Training) -> None:
        """Train on some images, and keep scores of those next to them and of test images."""
        data = self.data
        learnt, test = data.train.take(_N_TRAINING + _N_HELD, seed=0), data.test
        n = len(learnt) - _N_HELD
        test = test if training.n_test is None else test.take(min(training.n_test, len(test)))
        images = learnt.unit_images()
        network = training.recipe.train(
            training.kind, (images[:n], learnt.labels[:n]), digit_spikes, len(data.classes),
            training.seed, training.folder(self.where), self.progress,
        )  # fmt: skip
        found = {"test/labels": test.labels, "held/labels": learnt.labels[n:]}
        for part, shown in (("test", test.unit_images()), ("held", images[n:])):
            own = answers(training.recipe, training.kind, network, shown, digit_spikes, 7)
            found |= {f"{part}/{way}": array for way, array in own.items()}
        save_scores(training.result(self.where), found)

    def _moons(self, training: _Training) -> None:
        """Train on moons of this seed, and keep scores of further points and of the plane."""
        points, labels = _drawn(training.seed, learnt=True)
        network = training.recipe.train(
            training.kind, (points, labels), as_spikes, 2, training.seed,
            training.folder(self.where), self.progress,
        )  # fmt: skip
        test, classes = _drawn(training.seed, learnt=False)
        found = {"test/labels": classes}
        for part, shown in (("test", test), ("plane", plane(_SIDE))):
            own = answers(training.recipe, training.kind, network, shown, as_spikes, 7)
            found |= {f"{part}/{way}": array for way, array in own.items()}
        save_scores(training.result(self.where), found)

    def table(self, table: str) -> Grid:
        """One of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        self.require(table)
        return {"errors": self._errors, "calibration": self._calibration, "moons": self._far}[
            table
        ]()

    def _scores(self, table: str) -> dict[str, list[dict[str, NDArray]]]:
        """By way to answer: what every seed has left."""
        found: dict[str, list[dict[str, NDArray]]] = {}
        for training in self._trainings(table):
            arrays = load_scores(training.result(self.where))
            for way in WAYS[training.kind]:
                own = {part.partition("/")[0]: a for part, a in arrays.items()
                       if part.endswith(f"/{way}")}  # fmt: skip
                labels = {f"{part}/labels": arrays[f"{part}/labels"] for part in ("test", "held")
                          if f"{part}/labels" in arrays}  # fmt: skip
                found.setdefault(way, []).append(own | labels)
        return found

    @property
    def temperature(self) -> float:
        """One temperature for all networks of digits and all ways to answer, of held images."""
        scores = self._scores("errors")
        every = [own["held"] for seeds in scores.values() for own in seeds]
        return common_temperature(every, scores["float"][0]["held/labels"])

    def _errors(self) -> Grid:
        scores, temperature = self._scores("errors"), self.temperature
        rows = []
        for way, seeds in scores.items():
            errors = [_error(own, temperature) for own in seeds]
            rows.append({
                "way": way, "published": None, "reference": ERRORS["reference"].get(way),
                "error": float(np.mean(errors)), "spread": _spread(errors),
                "all": ", ".join(f"{e:.2f}" for e in errors),
                "n_images": len(seeds[0]["test/labels"]),
            })  # fmt: skip
        columns = (
            Column("way", "weights"),
            Column("published", "published [%]", ".2f"),
            Column("reference", "reference [%]", ".2f"),
            Column("error", "error [%]", ".2f"),
            Column("spread", "deviation of seeds", ".2f"),
            Column("all", "each seed [%]"),
            Column("n_images", "images", ",.0f"),
        )
        notes = (*_sizes(self.recipe), _REFERENCE)
        return Grid(f"Jang et al. 2021, {self.dataset}, errors", columns, tuple(rows), notes)

    def _calibration(self) -> Grid:
        temperature, rows = self.temperature, []
        for way, seeds in self._scores("calibration").items():
            cells: dict[str, Any] = {"way": way}
            for name, value in (("plain", 1.0), ("common", temperature)):
                found = [_reliability(own, value) for own in seeds]
                cells[f"{name}_error"] = 100 * float(np.mean([each.error for each in found]))
                cells[f"{name}_gap"] = 100 * float(np.mean([each.gap for each in found]))
            rows.append(cells)
        columns = (
            Column("way", "weights"),
            Column("plain_error", "ECE without temperature [%]", ".2f"),
            Column("plain_gap", "probability - accuracy [%]", "+.2f"),
            Column("common_error", "ECE, common temperature [%]", ".2f"),
            Column("common_gap", "probability - accuracy [%] ", "+.2f"),
        )
        notes = (
            f"ECE: expected calibration error, {_BINS} bins; one temperature for all rows and "
            f"seeds, {temperature:.4f}, of {_N_HELD:,} training images that were not trained on; "
            "below 0 a network is right more often than it says",
            *_sizes(self.recipe),
        )
        return Grid(f"Jang et al. 2021, {self.dataset}, calibration", columns, tuple(rows), notes)

    @property
    def temperature_of_moons(self) -> float:
        """One temperature for all networks of moons, of one half of the further points."""
        seeds = [own for seeds in self._scores("moons").values() for own in seeds]
        half = len(seeds[0]["test/labels"]) // 2
        labels = seeds[0]["test/labels"][:half]  # of all seeds: they take turns
        return common_temperature([own["test"][:, :half] for own in seeds], labels)

    def _far(self) -> Grid:
        far, rows = distances(plane(_SIDE)) > _FAR, []
        temperature = self.temperature_of_moons
        for way, seeds in self._scores("moons").items():
            cells: dict[str, Any] = {
                "way": way, "error": float(np.mean([_error(own, temperature) for own in seeds])),
            }  # fmt: skip
            for name, value in (("plain", 1.0), ("common", temperature)):
                sure = [np.abs(_shares(own["plane"], value)[:, 1] - 0.5) for own in seeds]
                cells[f"{name}_near"] = float(np.mean([s[~far].mean() for s in sure]))
                cells[f"{name}_far"] = float(np.mean([s[far].mean() for s in sure]))
                cells["all"] = ", ".join(f"{s[far].mean():.3f}" for s in sure)
            rows.append(cells)
        columns = (
            Column("way", "weights"),
            Column("error", "error [%]", ".2f"),
            Column("plain_near", "distance from 0.5 without temperature, near", ".3f"),
            Column("plain_far", "far", ".3f"),
            Column("common_near", "with the common temperature, near", ".3f"),
            Column("common_far", "far ", ".3f"),
            Column("all", "far, each seed"),
        )
        notes = (
            f"mean of |probability - 0.5| over a grid of {_SIDE} x {_SIDE} points, within {_FAR:g} "
            f"of a moon and beyond; errors of {5 * _POINTS:,} further points, one half of which "
            f"gave the temperature of all rows and seeds, {temperature:.4f}; {_POINTS} points to "
            f"learn from, noise {_NOISE}, 10 tuned neurons for each coordinate",
            *_sizes(self._recipe_of("moons")),
        )
        return Grid("Jang et al. 2021, two moons", columns, tuple(rows), notes)


@dataclasses.dataclass(frozen=True)
class _Training:
    """One training."""

    task: str
    kind: str
    seed: int
    recipe: Recipe
    n_test: int | None

    def folder(self, where: Path) -> Path:
        """Where its state is; another recipe begins anew."""
        rule = self.recipe.rules[self.kind]
        numbers = f"{rule.learning_rate:g}-{rule.strength:g}-{self.recipe.epochs}-epochs"
        return where / self.task / f"{self.kind}-{numbers}" / f"seed{self.seed}"

    def result(self, where: Path) -> Path:
        """File with the scores."""
        tested = "all" if self.n_test is None else self.n_test
        return self.folder(where) / f"scores-{tested}-images.lifdeep"


_REFERENCE = (
    "published: the abstract gives no figures; reference: a second implementation of the same "
    "equations, 4,000 training and 1,000 test images, 4 epochs, mean of two seeds"
)


def _sizes(recipe: Recipe) -> tuple[str, ...]:
    layers = " and ".join(str(n) for n in recipe.hidden)
    rates = ", ".join(f"{kind} {rule.learning_rate:g}" for kind, rule in recipe.rules.items())
    return (
        f"layers of {layers} neurons, {recipe.steps} steps of which {recipe.steps_before} do not "
        f"count, {recipe.epochs} epochs, batches of {recipe.batch_size}; learning "
        f"rates, falling to 0: {rates}",
    )


def _drawn(seed: int, learnt: bool) -> tuple[NDArray, NDArray]:
    return two_moons(_POINTS if learnt else 5 * _POINTS, _NOISE, 2 * seed + (not learnt))


def _shares(scores: NDArray, temperature: float) -> NDArray:
    found: NDArray = class_probabilities(scores, temperature).mean(axis=0)
    return found


def _error(own: dict[str, NDArray], temperature: float) -> float:
    answers = _shares(own["test"], temperature).argmax(axis=1)
    return 100 * float(np.mean(answers != own["test/labels"]))


def _reliability(own: dict[str, NDArray], temperature: float) -> Any:
    return reliability(_shares(own["test"], temperature), own["test/labels"], _BINS)


def _spread(values: list[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def _draw_reliability(plan: Reproduction) -> tuple[Any, Grid]:
    """Accuracy by probability of all ways to answer, seed 0, at the common temperature."""
    scores, temperature = plan._scores("errors"), plan.temperature
    found = {way: _reliability(seeds[0], temperature) for way, seeds in scores.items()}
    rows = [
        {"way": way, "bin": i, "counts": int(each.counts[i]),
         "confidence": float(each.confidence[i]), "accuracy": float(each.accuracy[i])}
        for way, each in found.items() for i in np.flatnonzero(each.counts).tolist()
    ]  # fmt: skip
    columns = (Column("way", "weights"), Column("bin", "bin"), Column("counts", "answers"),
               Column("confidence", "probability", ".3f"),
               Column("accuracy", "accuracy", ".3f"))  # fmt: skip
    title = f"Reliability, {plan.dataset}, seed 0"
    return reliability_diagram(found), Grid(title, columns, tuple(rows), ())


def _draw_moons(plan: Reproduction) -> tuple[Any, Grid]:
    """Probability of the second moon over the plane, seed 0, in each way."""
    scores, temperature = plan._scores("moons"), plan.temperature_of_moons
    axes = new_figure((10.0, 2.9)).subplots(1, len(scores), sharey=True)
    points, labels = _drawn(0, learnt=True)
    places, rows = plane(_SIDE), []
    for ax, (way, seeds) in zip(axes, scores.items(), strict=True):
        shares = _shares(seeds[0]["plane"], temperature)[:, 1]
        class_map(
            shares.reshape(_SIDE, _SIDE), LOW, HIGH, ax, points=points, labels=labels
        ).set_title(way)
        rows += [
            {"way": way, "x": x, "y": y, "share": share}
            for (x, y), share in zip(places.tolist(), shares.tolist(), strict=True)
        ]
    columns = (Column("way", "weights"), Column("x", "x", ".3f"), Column("y", "y", ".3f"),
               Column("share", "probability", ".3f"))  # fmt: skip
    return axes[0], Grid("Probability of the second moon, seed 0", columns, tuple(rows), ())


#: Tables that figures need, and figures that can be drawn, by name.
FROM_TABLE = {"reliability": "errors", "moons": "moons"}
FIGURES = {"reliability": _draw_reliability, "moons": _draw_moons}
