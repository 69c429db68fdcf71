"""Weights with which spike-based training begins, per step."""

from __future__ import annotations

import numpy as np
from nengo.neurons import NeuronType

from ...layers.architecture import Architecture
from ..initial import initial_weights

__all__ = ["initial_charges"]


def initial_charges(
    architecture: Architecture,
    neuron: NeuronType,
    gain: float = 1.0,
    seed: int = 0,
    kernel_initializer: str = "he",
) -> dict[str, dict[str, np.ndarray]]:
    """Kernels by the rule of He et al. (2015), as published, and biases of zero.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    neuron : StepLIF
        The network's neuron.
    gain : float
        Factor on the kernels before neurons; ``sqrt(1/2)`` is the paper's for residual networks.
    seed : int
        For the kernels.
    kernel_initializer : {"response", "he", "glorot"}
        As in `train`; "response", which follows rates, is "he" here.

    Returns
    -------
    dict of dict of array
        Layer name -> array name -> float32 array.
    """
    rule = "glorot" if kernel_initializer == "glorot" else "he"
    weights = initial_weights(architecture, neuron, gain, seed, rule)
    return {
        layer: {k: np.zeros_like(v) if k == "bias" else v for k, v in group.items()}
        for layer, group in weights.items()
    }
