"""How the networks of digits and moons are trained, and what is kept of their answers."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import TrainingError
from ...local import Committee, LocalLearner, LocalNetwork, LocalRule, ensemble_scores
from ...local.prediction import scores
from ...support.files import read_record, write_record
from ...support.progress import progress_bar
from ...support.short_repr import short_repr

__all__ = ["DIGITS", "MOONS", "WAYS", "Recipe", "answers", "digit_spikes", "load_scores",
           "save_scores"]  # fmt: skip

#: ways to answer with a network, by how its weights are trained
WAYS = {
    "float": ("float",),
    "sign": ("straight-through",),
    "bayes": ("mode", "ensemble", "committee"),
}

#: draws of weights of ensemble and committee
DRAWS = 10

#: images that are coded at once
_AT_ONCE = 500


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How networks are trained.

    Parameters
    ----------
    hidden : tuple of int
        Neurons of each layer.
    steps, steps_before : int
        Time steps of a sample, and how many at its beginning neither teach nor count.
    batch_size, epochs : int
        Samples per batch, and how often each is seen.
    rules : dict of str to LocalRule
        By how weights are trained.
    """

    hidden: tuple[int, ...]
    steps: int
    steps_before: int
    batch_size: int
    epochs: int
    rules: dict[str, LocalRule]

    __repr__ = short_repr

    def train(
        self, kind: str, data: Any, coded: Any, n_classes: int, seed: int, folder: Path,
        progress: bool,
    ) -> LocalNetwork:  # fmt: skip
        """A trained network; an interrupted training continues after its last epoch.

        Learning rates fall to 0 along a line, so that binary weights come to rest.

        Parameters
        ----------
        kind : str
            One of ``rules``.
        data : (samples, labels)
            What is coded, and the classes.
        coded : callable
            Gives the spikes of some samples, ``coded(samples, steps, rng)``.
        n_classes : int
            Number of classes.
        seed : int
            Of initial numbers, order and spikes.
        folder : Path
            Where its state is kept.
        progress : bool
            Whether to show progress.
        """
        samples, labels = data
        first = coded(samples[:1], self.steps, np.random.default_rng(0))
        start = LocalNetwork.initial(
            (first.shape[2], *self.hidden), n_classes, is_binary=kind != "float", seed=seed
        )
        rule = self.rules[kind]
        learner = LocalLearner(start, rule, seed=seed, steps_before=self.steps_before)
        file, done = folder / "network.lifdeep", 0
        per_epoch = len(samples) // self.batch_size
        if not per_epoch:
            raise TrainingError(
                f"{len(samples)} samples; expected a batch of {self.batch_size} or more"
            )
        if file.exists():
            learner.continue_from(LocalNetwork.load(file))
            done = learner.n_batches // per_epoch
        total = self.epochs * per_epoch
        with progress_bar(f"train {kind}", total, unit="batches", enabled=progress) as advance:
            for epoch in range(self.epochs):
                rng = np.random.default_rng((seed, 1 + epoch))
                order = rng.permutation(len(samples))[: per_epoch * self.batch_size]
                for rows in np.split(order, per_epoch):
                    if epoch >= done:
                        left = 1 - learner.n_batches / total
                        learner.partial_fit(
                            coded(samples[rows], self.steps, rng), labels[rows],
                            learning_rate=rule.learning_rate * left,
                        )  # fmt: skip
                    advance(1)
                if epoch >= done:
                    learner.network.save(file)
        return learner.network


def digit_spikes(images: NDArray, steps: int, rng: np.random.Generator) -> NDArray:
    """Spikes of pixels, at most three in ten steps, ``(image, step, pixel)``.

    Parameters
    ----------
    images : (image, ...) array of float
        Pixels between 0 and 1.
    steps : int
        Number of time steps.
    rng : numpy.random.Generator
        Source of random numbers.
    """
    probability = 0.3 * images.reshape(len(images), 1, -1).astype(np.float32)
    draws = rng.random((len(images), steps, probability.shape[2]), np.float32)
    return (draws < probability).astype(np.int8)


def answers(
    recipe: Recipe, kind: str, network: LocalNetwork, samples: Any, coded: Any, seed: int
) -> dict[str, NDArray]:
    """Scores in every way that a network answers, ``(draw, sample, class)``.

    All see the same spikes.

    Parameters
    ----------
    recipe : Recipe
        How it was trained.
    kind : str
        How its weights were trained.
    network : LocalNetwork
        The network.
    samples : array
        What is coded.
    coded : callable
        As for `Recipe.train`.
    seed : int
        Of spikes and draws.
    """
    before: Any = {"steps_before": recipe.steps_before}
    committee = Committee(network, DRAWS, seed) if "committee" in WAYS[kind] else None
    found: dict[str, list[NDArray]] = {way: [] for way in WAYS[kind]}
    for first in range(0, len(samples), _AT_ONCE):
        rng = np.random.default_rng((seed, first))
        trains = coded(samples[first : first + _AT_ONCE], recipe.steps, rng)
        for way, parts in found.items():
            if way == "ensemble":
                drawn = ensemble_scores(network, trains, DRAWS, seed=seed + first, **before)
            elif way == "committee":
                assert committee is not None
                drawn = committee.scores(trains, **before)
            else:
                drawn = scores(network, trains, **before)[None]
            parts.append(drawn)
    return {way: np.concatenate(parts, axis=1) for way, parts in found.items()}


def load_scores(file: Path) -> dict[str, NDArray]:
    """Scores and labels of a file that `save_scores` wrote.

    Parameters
    ----------
    file : Path
        The file.
    """
    return read_record(file, "LocalScores")[1]


def save_scores(file: Path, arrays: dict[str, NDArray]) -> None:
    """Keep scores and labels.

    Parameters
    ----------
    file : Path
        The file.
    arrays : dict of str to array
        By name.
    """
    write_record(file, "LocalScores", {}, arrays)


#: Of the digits: sizes and rates of a second implementation, with 4,000 images.
DIGITS = Recipe(
    (256,), 30, 8, 64, 5,
    {
        "float": LocalRule("float", learning_rate=10.0),
        "sign": LocalRule("sign", learning_rate=10.0),
        "bayes": LocalRule("bayes", learning_rate=100.0, strength=1e-7),
    },
)  # fmt: skip

#: Of the moons: sizes, steps and noise of the authors' code.
MOONS = Recipe(
    (256, 256), 100, 10, 40, 30,
    {
        "sign": LocalRule("sign", learning_rate=1.0),
        "bayes": LocalRule("bayes", learning_rate=10.0, strength=5e-5),
    },
)  # fmt: skip
