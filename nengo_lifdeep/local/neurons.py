"""One layer's neurons in time: traces of its inputs, potentials, spikes, the local gradient."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["LayerInTime"]

#: potentials around the threshold at which the gradient passes a spike
_BELOW, _ABOVE = -0.5, 0.5


class LayerInTime:
    """Traces, potentials and spikes of a layer, of several samples at once.

    Parameters
    ----------
    n_samples : int
        How many are run at once.
    readout : (n_neurons, n_classes) array
        The layer's read-out.
    fan_in : int
        Inputs of a neuron.
    decays : (alpha, beta, gamma)
        As of `LocalNetwork`.
    """

    def __init__(
        self, n_samples: int, readout: NDArray, fan_in: int, decays: tuple[float, float, float]
    ) -> None:
        n_neurons = len(readout)
        self.decays = tuple(np.float32(d) for d in decays)
        self.readout = readout / np.float32(math.sqrt(n_neurons))
        self.size = np.float32(1 / math.sqrt(fan_in))
        self.p, self.q = (np.zeros((n_samples, fan_in), np.float32) for _ in range(2))
        self.r, self.u, self.s = (np.zeros((n_samples, n_neurons), np.float32) for _ in range(3))

    def step(self, spikes: NDArray, weights: NDArray) -> NDArray:
        """One time step; the spikes of the layer, ``(sample, neuron)``.

        Parameters
        ----------
        spikes : (sample, input) array
            0 or 1.
        weights : (input, neuron) array
            Without their size.
        """
        alpha, beta, gamma = self.decays
        self.p *= alpha
        self.p += self.q
        self.q *= beta
        self.q += spikes
        self.r *= gamma
        self.r += self.s
        self.u = self.size * (self.p @ weights) - self.r
        self.s = (self.u > 0).astype(np.float32)
        return self.s

    @property
    def scores(self) -> NDArray:
        """The read-out, ``(sample, class)``."""
        found: NDArray = self.s @ self.readout
        return found

    def gradient(self, one_hot: NDArray) -> tuple[NDArray, float]:
        """Of the cross-entropy of the read-out, by the weights; with its value.

        The traces count as constants, so that nothing passes to other layers or steps.

        Parameters
        ----------
        one_hot : (sample, class) array
            What the read-out is to say.
        """
        scores = self.scores
        scores -= scores.max(axis=1, keepdims=True)
        odds = np.exp(scores)
        sums = odds.sum(axis=1, keepdims=True)
        loss = float(np.mean(np.log(sums[:, 0]) - (scores * one_hot).sum(axis=1)))
        error = (odds / sums - one_hot) @ self.readout.T
        error *= (self.u > _BELOW) & (self.u <= _ABOVE)
        error *= self.size / np.float32(len(scores))
        found: NDArray = self.p.T @ error
        return found, loss
