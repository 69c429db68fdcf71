"""Answers of a network: by its likelier weights, by weights that are drawn, by a committee."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ValidationError
from ..support.checks import checked, instance, real, whole
from ..support.checks import seed as a_seed
from ..support.checks.arrays import checked_array
from .learner import as_trains
from .network import LocalNetwork
from .neurons import LayerInTime

__all__ = ["Committee", "class_probabilities", "ensemble_scores", "scores"]

#: samples that are run at once
_AT_ONCE = 256

#: most networks that are drawn in one call
_MOST = 10_000


def scores(
    network: LocalNetwork,
    trains: Any,
    *,
    steps_before: int = 0,
    weights: Sequence[NDArray] | None = None,
) -> NDArray:
    """The last read-out's mean over the steps, ``(sample, class)``.

    Parameters
    ----------
    network : LocalNetwork
        The network.
    trains : (sample, step, input) array
        Spikes, 0 or 1.
    steps_before : int
        Steps at the beginning that are left out of the mean.
    weights : sequence of array, optional
        Of every layer, in place of the network's own, which of binary weights are the likelier.
    """
    spikes = as_trains(trains, network.sizes[0])
    taken = network.weights if weights is None else weights
    parts = [
        _scores(network, spikes[i : i + _AT_ONCE], steps_before, taken)
        for i in range(0, len(spikes), _AT_ONCE)
    ]
    return np.concatenate([*parts, np.zeros((0, network.n_classes), np.float32)])


def _scores(
    network: LocalNetwork, spikes: NDArray, steps_before: int, weights: Sequence[NDArray]
) -> NDArray:
    layers = [
        LayerInTime(len(spikes), readout, len(latent), network.decays)
        for latent, readout in zip(network.latents, network.readouts, strict=True)
    ]
    total = np.zeros((len(spikes), network.n_classes), np.float32)
    for step in range(spikes.shape[1]):
        value = spikes[:, step]
        for layer, kernel in zip(layers, weights, strict=True):
            value = layer.step(value, kernel)
        if step >= steps_before:
            total += layers[-1].scores
    return total / np.float32(max(1, spikes.shape[1] - steps_before))


@checked(temperature=real(above=0))
def class_probabilities(scores: Any, temperature: float = 1.0) -> NDArray:
    """Softmax of scores divided by a temperature.

    Parameters
    ----------
    scores : (..., class) array
        Scores.
    temperature : float
        Above 0; less than 1 makes a network surer of itself.

    Raises
    ------
    ValidationError
        If there are no classes.

    Examples
    --------
    >>> class_probabilities([[0.0, 1.0]], 0.5).round(2)
    array([[0.12, 0.88]])
    """
    found = checked_array(scores, "scores") / temperature
    if not found.ndim or not found.shape[-1]:
        raise ValidationError(
            f"scores are an array of shape {found.shape}; expected (..., class), with one class "
            "at least"
        )
    found = np.exp(found - found.max(axis=-1, keepdims=True))
    shares: NDArray = found / found.sum(axis=-1, keepdims=True)
    return shares


@checked(
    network=instance(LocalNetwork), n_draws=whole(1, _MOST), steps_before=whole(0), seed=a_seed
)
def ensemble_scores(
    network: LocalNetwork, trains: Any, n_draws: int = 10, *, steps_before: int = 0, seed: int = 0
) -> NDArray:
    """Scores of weights that are drawn anew for every batch, ``(draw, sample, class)``.

    The ensemble's answer is the mean of the draws' probabilities.

    Parameters
    ----------
    network : LocalNetwork
        With binary weights.
    trains : (sample, step, input) array
        Spikes, 0 or 1.
    n_draws : int
        How many answers each sample gets.
    steps_before : int
        Steps at the beginning that are left out of the mean.
    seed : int
        Of the draws.

    Examples
    --------
    >>> network = LocalNetwork.initial((8, 16), n_classes=3)
    >>> ensemble_scores(network, np.ones((5, 10, 8), np.int8), 4).shape
    (4, 5, 3)
    """
    spikes = as_trains(trains, network.sizes[0])
    rng = np.random.default_rng(seed)
    found = np.zeros((n_draws, len(spikes), network.n_classes), np.float32)
    for first in range(0, len(spikes), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        for draw in range(n_draws):
            found[draw, part] = _scores(network, spikes[part], steps_before, network.drawn(rng))
    return found


class Committee:
    """Some networks with binary weights that were drawn once and are kept, as chips would hold.

    Parameters
    ----------
    network : LocalNetwork
        With binary weights.
    n_members : int
        Number of draws.
    seed : int
        Of the draws.

    Examples
    --------
    >>> committee = Committee(LocalNetwork.initial((8, 16), n_classes=3), n_members=2)
    >>> committee.scores(np.ones((5, 10, 8), np.int8)).shape
    (2, 5, 3)
    """

    def __init__(self, network: LocalNetwork, n_members: int = 10, seed: int = 0) -> None:
        self.network = instance(LocalNetwork)(network, "network")
        rng = np.random.default_rng(a_seed(seed, "seed"))
        n = whole(1, _MOST)(n_members, "n_members")
        self.members = tuple(network.drawn(rng) for _ in range(n))

    def scores(self, trains: Any, *, steps_before: int = 0) -> NDArray:
        """Scores of every member, ``(member, sample, class)``.

        Parameters
        ----------
        trains : (sample, step, input) array
            Spikes, 0 or 1.
        steps_before : int
            Steps at the beginning that are left out of the mean.
        """
        before = whole(0)(steps_before, "steps_before")
        return np.stack([
            scores(self.network, trains, steps_before=before, weights=member)
            for member in self.members
        ])  # fmt: skip
