"""Weights with which a training by herding starts."""

from __future__ import annotations

import numpy as np

from ...layers.architecture import Architecture

__all__ = ["small_weights"]

_DEVIATION = 0.01


def small_weights(
    architecture: Architecture, gain: float = 1.0, seed: int = 0
) -> dict[str, dict[str, np.ndarray]]:
    """The authors' weights: normal with a deviation of 0.01 in every layer.

    They are so small that no output is far below zero, where its gate would let no error through
    and it could never learn.

    Parameters
    ----------
    architecture : Architecture
        Dense layers without bias.
    gain : float
        Factor on the deviation.
    seed : int
        Seed of all random numbers.

    Returns
    -------
    dict of dict of array
        Layer name -> array name -> float32 array.
    """
    layers = list(zip(architecture.layers, architecture.layer_inputs(), strict=True))
    streams = np.random.SeedSequence(seed).spawn(len(layers))
    found = {}
    for (layer, shape), stream in zip(layers, streams, strict=True):
        if layer.has_weights:
            size = layer.arrays(shape)["kernel"]
            draws = np.random.default_rng(stream).standard_normal(size, dtype=np.float32)
            found[layer.name] = {"kernel": draws * np.float32(_DEVIATION * gain)}
    return found
