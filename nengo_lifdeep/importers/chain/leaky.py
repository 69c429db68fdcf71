"""Leaky ReLU in neurons that cannot be negative: a second neuron for the negative side.

``leaky(y) = relu(y) - leak * relu(-y)``: the previous layer gets every filter twice, once with
the opposite sign, and the next weights read the second with ``-leak``. Exact, at twice the
neurons.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError
from ...layers.types import BatchNormalization, Conv2D, Dense, Flatten, Shape
from .placed import Placed

__all__ = ["split_leaky"]


def split_leaky(entries: list[Placed], input_shape: Shape) -> None:
    """Replace, in place, every leaky ReLU of a chain by pairs of neurons.

    Parameters
    ----------
    entries : list of Placed
        The chain of layers, changed in place.
    input_shape : tuple of int
        Shape of one input.

    Raises
    ------
    UnsupportedLayerError
        If a leaky ReLU is part of a residual sum, or weights around it are neither Conv2D with
        one group nor Dense.
    """
    shape = input_shape
    shapes = []
    for placed in entries:
        shapes.append(shape)
        if not placed.layer.adds:
            shape = placed.layer.output_shape(shape)
    leaks = [i for i, placed in enumerate(entries) if placed.leak]
    for i in leaks:
        _in_front(entries, i)
        _behind(entries, i, shapes[i])
        entries[i].leak = 0.0


def _refuse(placed: Placed, what: str) -> UnsupportedLayerError:
    return UnsupportedLayerError(f"{placed.where}: a leaky ReLU {what}; train with ReLU")


def _in_front(entries: list[Placed], position: int) -> None:
    """Every filter twice: as it is, and with the opposite sign."""
    leaky, signs = entries[position], (1, -1)
    for placed in reversed(entries[:position]):
        if placed.layer.adds:
            raise _refuse(leaky, "after a residual sum cannot be imported")
        if isinstance(placed.layer, BatchNormalization):
            for name in ("gamma", "beta"):
                placed.arrays[name] = np.concatenate([s * placed.arrays[name] for s in signs])
            for name in ("moving_mean", "moving_variance"):
                placed.arrays[name] = np.concatenate([placed.arrays[name]] * 2)
            signs = (1, 1)
            continue
        layer: Any = placed.layer
        if not isinstance(layer, Conv2D | Dense) or getattr(layer, "groups", 1) != 1:
            raise _refuse(leaky, f"after {layer.describe()} cannot be imported")
        placed.arrays = {
            name: np.concatenate([s * array for s in signs], axis=-1)
            for name, array in placed.arrays.items()
        }
        size = "filters" if isinstance(layer, Conv2D) else "units"
        placed.layer = dataclasses.replace(layer, **{size: 2 * getattr(layer, size)})
        return


def _behind(entries: list[Placed], position: int, shape: Shape) -> None:
    """The weights that read the neurons: ``[V, -leak V]`` along the channels."""
    leaky = entries[position]
    flat = len(shape) == 1
    fired = sum(e.layer.fires for e in entries[: position + 1])
    for placed in entries[position + 1 :]:
        layer: Any = placed.layer
        if layer.adds:
            raise _refuse(leaky, "before a residual sum cannot be imported")
        if isinstance(layer, Flatten):
            flat = True
        elif layer.has_weights:
            if not isinstance(layer, Conv2D | Dense) or getattr(layer, "groups", 1) != 1:
                raise _refuse(leaky, f"before {layer.describe()} cannot be imported")
            kernel = placed.arrays["kernel"]
            if isinstance(layer, Dense) and flat:
                channels = shape[-1]
                split = kernel.reshape(-1, channels, kernel.shape[-1])
                both = np.concatenate([split, -leaky.leak * split], axis=1)
                placed.arrays["kernel"] = both.reshape(-1, kernel.shape[-1])
            else:
                placed.arrays["kernel"] = np.concatenate([kernel, -leaky.leak * kernel], axis=2)
            break
        else:
            shape = layer.output_shape(shape)
    later = [e for e in entries if e.source and _names(entries, e) == fired]
    if later:
        raise _refuse(leaky, "that a residual sum adds cannot be imported")


def _names(entries: list[Placed], shortcut: Placed) -> int:
    """Number of the neurons that a Shortcut adds."""
    neurons = [e.node for e in entries if e.layer.fires]
    return neurons.index(shortcut.source) + 1 if shortcut.source in neurons else 0
