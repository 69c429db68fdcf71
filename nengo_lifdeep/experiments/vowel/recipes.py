"""What networks of Jang et al. (2020) see, and how they learn it."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from ...datasets.base import Split
from ...datasets.events import Binning, EventFilms, saccades, signed_events
from ...models.probabilistic import ProbabilisticModel
from ...models.raised_cosines import RaisedCosines
from ...probabilistic.learner import OnlineLearner
from ...probabilistic.rule import LocalVariationalRule
from ...probabilistic.trains import as_films

__all__ = ["CLASSES", "Recipe", "Scheme", "Told", "moving", "tested"]

#: Digits in normal and in inverted contrast: twice the digit's place, and 1 more if inverted.
CLASSES = ("1", "1 inverted", "7", "7 inverted")

_DIGITS = (1, 7)
_SIDE = 28
_STEPS = 20
_STEP = 1000  # microseconds
_THRESHOLD = 0.25
_EXTENT = 2.0  # pixels
_AT_ONCE = 500

#: polarity of `Binning`, channels, and values of a circuit
_EVENTS = {"signed": ("signed", 1, 2), "per sign": ("kept", 2, 1), "unsigned": ("summed", 1, 1)}


class Scheme(NamedTuple):
    """A network, and the events it is shown.

    Attributes
    ----------
    events : {"signed", "per sign", "unsigned"}
        Circuits of two values; of one, with an input of its own for each sign; or with one for
        both.
    pixels : int
        Pixels of a side of what it sees.
    hidden : int
        Hidden circuits.
    kernels : int
        Filters of a connection.
    """

    events: str
    pixels: int = 14
    hidden: int = 0
    kernels: int = 6

    @property
    def name(self) -> str:
        """For files."""
        events = self.events.replace(" ", "-")
        return f"{events}-{self.pixels}-pixels-{self.hidden}-hidden-{self.kernels}-filters"

    def model(self, seed: int) -> ProbabilisticModel:
        """The network before training.

        Parameters
        ----------
        seed : int
            Of its weights.
        """
        _, channels, n_values = _EVENTS[self.events]
        return ProbabilisticModel.initial(
            (self.pixels, self.pixels, channels), len(CLASSES), self.hidden, n_values,
            basis=RaisedCosines(self.kernels, 10, 0.5), seed=seed, classes=CLASSES,
            dt=_STEP / 1e6,
        )  # fmt: skip


class Told(NamedTuple):
    """How a network does on films it has not learned.

    Attributes
    ----------
    accuracy : float
        Percent with the right digit and contrast.
    digit : float
        Percent with the right digit.
    """

    accuracy: float
    digit: float


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a network learns.

    Parameters
    ----------
    epochs : int
        How often it sees its films; the learning rate falls from one to the next, linearly.
    digits : int
        Images of either digit, each in both contrasts.
    learning_rate : float
        In the first epoch.
    """

    epochs: int = 3
    digits: int = 150
    learning_rate: float = 2e-4

    def chosen(self, split: Split, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Which images a network learns, and the places of their digits.

        Parameters
        ----------
        split : Split
            Of training.
        seed : int
            Decides which.
        """
        rng = np.random.default_rng(seed)
        found = [rng.permutation(np.flatnonzero(split.labels == d))[: self.digits] for d in _DIGITS]
        places = np.repeat(np.arange(len(_DIGITS)), [len(at) for at in found])
        return np.concatenate(found), places

    def train(
        self, scheme: Scheme, seed: int, learned: tuple[np.ndarray, np.ndarray],
        unseen: tuple[np.ndarray, np.ndarray],
    ) -> tuple[OnlineLearner, list[Told]]:  # fmt: skip
        """A network, and how it does after every epoch.

        Parameters
        ----------
        scheme : Scheme
            Which network.
        seed : int
            Of weights, the films' order, and of what hidden circuits emit.
        learned, unseen : (films, classes)
            As of `moving`.
        """
        rng, said = np.random.default_rng(seed), []
        learner = OnlineLearner(scheme.model(seed), seed=seed)
        films, classes = learned
        for epoch in range(self.epochs):
            rate = self.learning_rate * (1 - epoch / self.epochs)
            learner.rule = LocalVariationalRule(rate)
            order = rng.permutation(len(films))
            learner.partial_fit(films[order], classes[order])
            answers = learner.predict(unseen[0])
            said.append(Told(
                float(100 * np.mean(answers == unseen[1])),
                float(100 * np.mean(answers // 2 == unseen[1] // 2)),
            ))  # fmt: skip
        return learner, said


def tested(split: Split, n: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Which images a network is tested with, and the places of their digits.

    Parameters
    ----------
    split : Split
        Of test.
    n : int, optional
        How many; all by default.
    """
    at = np.flatnonzero(np.isin(split.labels, _DIGITS))
    if n is not None and n < len(at):
        at = np.sort(np.random.default_rng(0).choice(at, n, replace=False))
    return at, np.searchsorted(_DIGITS, split.labels[at])


def moving(images: np.ndarray, places: np.ndarray, scheme: Scheme) -> tuple[np.ndarray, np.ndarray]:
    """Films of digits that move before a sensor, in both contrasts.

    Parameters
    ----------
    images : (n, 28, 28, 1) array of uint8
        Digits.
    places : (n,) array of int
        Of their digits.
    scheme : Scheme
        Which events, and how many pixels.

    Returns
    -------
    films : (2n, step, input) array of int8
        Values of inputs; those of normal contrast come first.
    classes : (2n,) array of int
        Indices of `CLASSES`.
    """
    polarity, channels, n_values = _EVENTS[scheme.events]
    binning = Binning(
        _STEPS, polarity=polarity, limit=1, window=(0, _STEPS * _STEP),
        factor=_SIDE // scheme.pixels,
    )  # fmt: skip
    path = saccades(-(-_STEPS // 3), _EXTENT)[: _STEPS + 1]
    films = []
    for contrast in (images, 255 - images):
        for start in range(0, len(images), _AT_ONCE):
            streams = signed_events(
                contrast[start : start + _AT_ONCE], path, _THRESHOLD, step=_STEP
            )
            films.append(
                as_films(EventFilms(streams, binning), scheme.pixels**2 * channels, n_values)
            )
    return np.concatenate(films), np.concatenate([2 * places, 2 * places + 1])
