"""A network that grows around a fixed patch of activity: more neurons, the same spikes."""

from __future__ import annotations

import nengo
import numpy as np

from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.stages.types import Convolution, DenseMatrix

__all__ = ["CHANNELS", "PATCH", "growing_model", "growing_images"]

#: channels of the second population; the first has one
CHANNELS = 16

#: rows and columns of the pixels that are not dark
PATCH = 8

_NEURON = nengo.LIF(tau_rc=0.022, tau_ref=0.002)
_SYNAPSE = nengo.Alpha(0.003)


def growing_model(side: int) -> SpikingModel:
    """One channel of ``side * side`` neurons, a 3 x 3 convolution to `CHANNELS`, ten classes.

    Without input nothing fires. Where a bright pixel's spikes arrive, the second population does:
    the weights of a filter have one sign, half of the filters the positive one.
    """
    rng = np.random.default_rng(0)
    shape, after = (side, side, 1), (side, side, CHANNELS)
    gain = np.full((1, 1, 1, 1), 6, np.float32)
    signs = np.where(np.arange(CHANNELS) % 2, -1, 1)
    kernel = (signs * rng.uniform(0.001, 0.004, (3, 3, 1, CHANNELS))).astype(np.float32)
    scores = rng.normal(0, 1e-3, (side * side * CHANNELS, 10)).astype(np.float32)
    return SpikingModel(
        f"patch in {side} x {side}",
        shape,
        (
            Population("first", shape, _NEURON, np.zeros(1, np.float32)),
            Population("second", after, _NEURON, np.zeros(CHANNELS, np.float32)),
        ),
        (
            Connection("input", "first", (Convolution(shape, (1, 1), "same", 1, gain),)),
            Connection(
                "first", "second", (Convolution(shape, (1, 1), "same", 1, kernel),), _SYNAPSE
            ),
            Connection("second", "output", (DenseMatrix(after, scores),), _SYNAPSE),
        ),
        np.zeros(10, np.float32),
    )


def growing_images(n: int, side: int) -> np.ndarray:
    """Dark images with the same bright patch in the middle, whatever the size."""
    images = np.zeros((n, side, side, 1), np.float32)
    low = (side - PATCH) // 2
    patch = np.random.default_rng(1).random((n, PATCH, PATCH, 1))
    images[:, low : low + PATCH, low : low + PATCH] = patch
    return images
