"""Where steps and seconds meet in the weights of a network that is trained on its spikes.

Inside of the training a spike is 1, an image is what its coding gives, and everything happens per
step. In Nengo a spike is ``1 / dt`` high for a step of ``dt`` seconds. So weights between neurons
are the same numbers on both sides; those that act on the image, biases, and those of the read-out
are not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from nengo.neurons import NeuronType

from ...layers.architecture import Architecture
from ...neurons.stepping.numbers import step_numbers
from ..settings.spike_based import SpikeBased
from .order import has_kernel, read_out_of, roles

__all__ = ["in_seconds", "in_steps", "read_out_leak"]

Weights = dict[str, dict[str, np.ndarray]]


def _factors(
    architecture: Architecture, neuron: NeuronType, method: SpikeBased
) -> dict[str, dict[str, float]]:
    """Numbers in seconds over those in steps, by layer and array."""
    per_step, last = 1 / method.dt, read_out_of(architecture).name
    factors: dict[str, dict[str, float]] = {}
    for layer, acts, _ in roles(architecture):
        if layer.name == last:
            kept = read_out_leak(neuron, method.dt)
            n = method.n_steps
            # Nengo's lowpass has a gain of 1 and gives what it got in the step before
            share = kept / (1 - kept) / n if kept < 1 else 1.0
            whole = math.fsum(kept ** (n - t) for t in range(n)) / n
            factors[layer.name] = {"kernel": share * method.dt, "bias": whole}
        elif has_kernel(layer):
            factors[layer.name] = {"kernel": per_step if acts else 1.0, "bias": per_step}
    return factors


def read_out_leak(neuron: NeuronType, dt: float) -> float:
    """Share of its value that a step leaves to the read-out: that of the network's neuron.

    Parameters
    ----------
    neuron : StepLIF
        The network's neuron.
    dt : float
        Time step, in seconds.
    """
    return float(step_numbers(neuron, dt).kept)


def in_seconds(
    weights: Mapping[str, Mapping[str, np.ndarray]],
    architecture: Architecture,
    neuron: NeuronType,
    method: SpikeBased,
) -> Weights:
    """Weights for Nengo, of those per step.

    Parameters
    ----------
    weights : dict of str to dict of str to array
        By layer and name.
    architecture : Architecture
        The layers.
    neuron : StepLIF
        The network's neuron.
    method : SpikeBased
        Number and length of the steps.
    """
    return _times(weights, _factors(architecture, neuron, method), 1)


def in_steps(
    weights: Mapping[str, Mapping[str, np.ndarray]],
    architecture: Architecture,
    neuron: NeuronType,
    method: SpikeBased,
) -> Weights:
    """Weights per step, of those for Nengo; the inverse of `in_seconds`.

    Parameters
    ----------
    weights : dict of str to dict of str to array
        By layer and name.
    architecture : Architecture
        The layers.
    neuron : StepLIF
        The network's neuron.
    method : SpikeBased
        Number and length of the steps.
    """
    return _times(weights, _factors(architecture, neuron, method), -1)


def _times(
    weights: Mapping[str, Mapping[str, np.ndarray]],
    factors: Mapping[str, Mapping[str, float]],
    power: int,
) -> Weights:
    return {
        layer: {
            name: (np.asarray(array, np.float64) * factors[layer][name] ** power).astype(np.float32)
            for name, array in group.items()
        }
        for layer, group in weights.items()
    }
