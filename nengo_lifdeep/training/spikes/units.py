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
from ...layers.types import BatchNormalization
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
            kept = read_out_leak(neuron, method)
            n = method.n_steps
            # Nengo's lowpass has a gain of 1 and gives what it got in the step before
            share = kept / (1 - kept) / n if kept < 1 else 1.0
            whole = math.fsum(kept ** (n - t) for t in range(n)) / n
            factors[layer.name] = {"kernel": share * method.dt, "bias": whole}
        elif has_kernel(layer):
            factors[layer.name] = {"kernel": per_step if acts else 1.0, "bias": per_step}
    return factors


def read_out_leak(neuron: NeuronType, method: SpikeBased) -> float:
    """Share of its value that a step leaves to the read-out: by default the neuron's.

    Parameters
    ----------
    neuron : StepLIF
        The network's neuron.
    method : SpikeBased
        Length of the steps, and the read-out's leak where it is another.
    """
    if method.read_out_leak is not None:
        return float(method.read_out_leak)
    return float(step_numbers(neuron, method.dt).kept)


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
    found = _times(weights, _factors(architecture, neuron, method), 1)
    found |= _normalisations(weights, architecture, method.dt, to_seconds=True)
    return {layer: found[layer] for layer in weights}


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
    found = _times(weights, _factors(architecture, neuron, method), -1)
    found |= _normalisations(weights, architecture, method.dt, to_seconds=False)
    return {layer: found[layer] for layer in weights}


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
        if layer in factors
    }


def _normalisations(
    weights: Mapping[str, Mapping[str, np.ndarray]],
    architecture: Architecture,
    dt: float,
    to_seconds: bool,
) -> Weights:
    """BatchNormalization of currents, which are ``1 / dt`` times what a step adds.

    Its epsilon belongs to the layer and is the same number on both sides, so that the variance
    takes up the difference. On the image nothing changes.
    """
    found: Weights = {}
    for layer, _, raw in roles(architecture):
        if not isinstance(layer, BatchNormalization):
            continue
        given = {k: np.asarray(v, np.float64) for k, v in weights[layer.name].items()}
        if not raw:
            per = 1 / dt if to_seconds else dt
            spread = given.pop("moving_variance")
            given = {name: array * per for name, array in given.items()}
            given["moving_variance"] = (spread + layer.epsilon) * per**2 - layer.epsilon
        found[layer.name] = {k: given[k].astype(np.float32) for k in weights[layer.name]}
    return found
