"""`LocalLearner`: layers that learn from their own read-outs, in every time step."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, TrainingError
from ..support.checks import instance, real, whole
from ..support.checks import seed as a_seed
from ..support.checks.arrays import checked_array
from ..weights.binary import signs
from ..weights.draws import bayes_step, logistic_noise, natural_factor, relaxed
from .network import LocalNetwork
from .neurons import LayerInTime
from .rule import LocalRule

__all__ = ["LocalLearner", "as_trains"]


def as_trains(trains: Any, n_inputs: int) -> NDArray:
    """Spikes of samples, ``(sample, step, input)``, as they were given.

    Parameters
    ----------
    trains : (sample, step, input) array
        0 or 1.
    n_inputs : int
        Inputs of the network.

    Raises
    ------
    DataError
        If they have another shape, or hold other numbers.
    """
    found = checked_array(
        trains, "trains", shape=("sample", "step", n_inputs), low=0, high=1, error=DataError
    )
    if found.dtype.kind == "f" and not ((found == 0) | (found == 1)).all():
        raise DataError("trains hold numbers between 0 and 1; expected spikes, 0 or 1")
    return found


class LocalLearner:
    """Trains a `LocalNetwork` by a `LocalRule`, layer by layer and step by step.

    In every time step every layer runs on weights made anew of its numbers, and these change by the
    gradient of the cross-entropy of its own read-out.

    Parameters
    ----------
    network : LocalNetwork
        Where to begin; it is not changed.
    rule : LocalRule
        How it learns.
    seed : int
        Of relaxed signs.
    steps_before : int
        Steps at the beginning of every sample without learning.

    Raises
    ------
    ValidationError
        If an argument is not as described, or a rule of binary weights meets a network without.

    Examples
    --------
    >>> trains = np.zeros((2, 20, 8), np.int8)
    >>> trains[0, :, :4] = trains[1, :, 4:] = 1
    >>> start = LocalNetwork.initial((8, 32), n_classes=2)
    >>> learner = LocalLearner(start, LocalRule("sign", learning_rate=10.0))
    >>> losses = [learner.partial_fit(trains, [0, 1]) for _ in range(20)]
    >>> losses[-1] < losses[0]
    True
    """

    def __init__(
        self, network: LocalNetwork, rule: LocalRule, *, seed: int = 0, steps_before: int = 0
    ) -> None:
        self._network = instance(LocalNetwork)(network, "network")
        self.rule = instance(LocalRule)(rule, "rule")
        if rule.is_binary != network.is_binary:
            kind = "binary" if network.is_binary else "floats"
            raise TrainingError(
                f"the rule's weights are {rule.weights!r}, but those of the network are {kind}; "
                f"use LocalNetwork.initial(..., is_binary={rule.is_binary})"
            )
        self.seed = a_seed(seed, "seed")
        self.steps_before = whole(0)(steps_before, "steps_before")
        self._latents = [latent.copy() for latent in network.latents]
        self.n_batches = 0

    @property
    def network(self) -> LocalNetwork:
        """The network as it is now."""
        provenance = {
            **self._network.provenance, "rule": self.rule.to_dict(), "batches": self.n_batches,
            "seed": self.seed,
        }  # fmt: skip
        return dataclasses.replace(
            self._network, latents=tuple(self._latents), provenance=provenance
        )

    def continue_from(self, network: LocalNetwork) -> None:
        """Go on with a network that `network` gave, as if there had been no interruption.

        Parameters
        ----------
        network : LocalNetwork
            Of the same sizes.

        Raises
        ------
        TrainingError
            If it has other sizes, or was trained by another rule.
        """
        instance(LocalNetwork)(network, "network")
        own = {"rule": self.rule.to_dict(), "seed": self.seed}
        found = {name: network.provenance.get(name) for name in own}
        if network.sizes != self._network.sizes or found != own:
            raise TrainingError(
                f"the network has sizes {network.sizes} and {found}; expected "
                f"{self._network.sizes} and {own}"
            )
        self._latents = [latent.copy() for latent in network.latents]
        self.n_batches = int(network.provenance["batches"])

    def partial_fit(self, trains: Any, labels: Any, *, learning_rate: float | None = None) -> float:
        """Learn from one batch of samples, in all their steps.

        Parameters
        ----------
        trains : (sample, step, input) array
            Spikes, 0 or 1.
        labels : (sample,) array of int
            Classes.
        learning_rate : float, optional
            In place of the rule's.

        Returns
        -------
        float
            Mean cross-entropy of the last layer, in nats.

        Raises
        ------
        DataError
            If spikes and labels do not fit the network.
        TrainingError
            If numbers have grown beyond all bounds.
        """
        network, rate = self._network, self.rule.learning_rate
        if learning_rate is not None:
            rate = real(above=0)(learning_rate, "learning_rate")
        spikes = as_trains(trains, network.sizes[0])
        classes = checked_array(
            labels, "labels", kind="whole", shape=(len(spikes),), low=0,
            high=network.n_classes - 1, error=DataError,
        )  # fmt: skip
        if not len(spikes):
            raise DataError("there are no samples; expected one or more")
        one_hot = np.eye(network.n_classes, dtype=np.float32)[classes]
        rng = np.random.default_rng((self.seed, self.n_batches))
        layers = [
            LayerInTime(len(spikes), readout, len(latent), network.decays)
            for latent, readout in zip(network.latents, network.readouts, strict=True)
        ]
        losses = []
        for step in range(spikes.shape[1]):
            value = spikes[:, step]
            for i, layer in enumerate(layers):
                weights, noise = self._made(self._latents[i], rng)
                value = layer.step(value, weights)
                if step >= self.steps_before:
                    gradient, loss = layer.gradient(one_hot)
                    self._latents[i] = self._changed(self._latents[i], gradient, noise, rate)
            if step >= self.steps_before:
                losses.append(loss)
        self.n_batches += 1
        if not all(np.isfinite(latent).all() for latent in self._latents):
            raise TrainingError(
                f"numbers have grown beyond all bounds; learning_rate is {rate:g}, choose less"
            )
        return float(np.mean(losses)) if losses else float("nan")

    def _made(self, latent: NDArray, rng: np.random.Generator) -> tuple[NDArray, NDArray | None]:
        """Weights of this step, and the noise that made them."""
        if self.rule.weights == "float":
            return latent, None
        if self.rule.weights == "sign":
            return signs(latent), None
        noise = logistic_noise(latent.shape, rng, "float32")
        return relaxed(latent, noise, self.rule.temperature), noise

    def _changed(
        self, latent: NDArray, gradient: NDArray, noise: NDArray | None, rate: float
    ) -> NDArray:
        rule = self.rule
        if noise is None:
            latent -= np.float32(rate) * gradient
            return latent
        gradient *= natural_factor(latent, noise, rule.temperature, rule.most)
        return bayes_step(latent, gradient, rate, rule.strength, rule.prior)
