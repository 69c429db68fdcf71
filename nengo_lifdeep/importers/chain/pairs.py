"""Leaky, parametric and clipped ReLU in neurons that only rectify: two for every value.

``leaky(y) = relu(y) - slope * relu(-y)`` and ``min(relu(y), c) = relu(y) - relu(y - c)``: the
previous layer gets every filter twice, with the sign or bias of the second neuron, and the next
weights read both. Exact, at twice the neurons. The neurons of a channel stand next to each other,
so that groups of channels stay together.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError
from ...layers.types import BatchNormalization, Conv2D, Dense, Flatten, Neurons, Shape, Shortcut
from ...stages.grouping import full_kernel
from .activation import RELU, Activation
from .placed import Placed

__all__ = ["split_pairs"]

#: the neurons of one layer: their channel, sign, shift and weight
_Pairs = tuple[np.ndarray, ...]


def split_pairs(entries: list[Placed], input_shape: Shape) -> list[str]:
    """Replace, in place, every activation of a chain but ReLU by pairs of neurons.

    Where the next convolution reads a channel that is always 1, its neurons are added.

    Parameters
    ----------
    entries : list of Placed
        The chain of layers, changed in place.
    input_shape : tuple of int
        Shape of one input.

    Returns
    -------
    list of str
        How errors call the layers with neurons that always give 1.

    Raises
    ------
    UnsupportedLayerError
        If weights around it are neither Conv2D nor Dense, or there are no neurons before a
        convolution that reads a constant.
    """
    first = next((e for e in entries if e.layer.has_weights), None)
    if first is not None and first.reads_constant:
        raise UnsupportedLayerError(
            f"{first.where}: pads an image that a constant was added to after other layers; add it "
            "right after the input"
        )
    constants = []
    for i, placed in enumerate(entries):
        if not isinstance(placed.layer, Neurons):
            continue
        reader = next((e for e in entries[i:] if e.layer.has_weights), placed)
        if placed.activation.is_plain and not reader.reads_constant:
            continue
        shape = _shape(entries[:i], input_shape)
        if reader.reads_constant:
            constants.append(placed.where)
            _ungroup(next(e for e in reversed(entries[:i]) if e.layer.has_weights))
        pairs = _pairs(entries, i, placed.activation, shape)
        if reader.reads_constant:  # one more, at relu(1)
            pairs = tuple(np.append(p, v) for p, v in zip(pairs, (0, 0.0, 1.0, 0.0), strict=True))
        _write(entries, i, shape, pairs)
        _read(entries, i, shape, pairs)
        for later in entries[i + 1 :]:
            if isinstance(later.layer, Shortcut) and later.source == placed.node:
                _read_by_sum(later, shape, pairs)
        placed.activation = RELU
    return constants


def _ungroup(placed: Placed) -> None:
    """One kernel over all channels, so that a filter can be added."""
    layer: Any = placed.layer
    if getattr(layer, "groups", 1) > 1:
        placed.arrays["kernel"] = full_kernel(placed.arrays["kernel"], layer.groups)
        placed.layer = dataclasses.replace(layer, groups=1)


def _shape(entries: list[Placed], shape: Shape) -> Shape:
    for placed in entries:
        if not isinstance(placed.layer, Shortcut):
            shape = placed.layer.output_shape(shape)
    return shape


def _pairs(entries: list[Placed], i: int, activation: Activation, shape: Shape) -> _Pairs:
    """The neurons of the layer; as many for every channel where there are groups around it."""
    before = next(e for e in reversed(entries[:i]) if e.layer.has_weights)
    after = next((e for e in entries[i:] if e.layer.has_weights), before)
    groups = max(getattr(e.layer, "groups", 1) for e in (before, after))
    return activation.neurons(shape[-1], alike=groups > 1)


def _refuse(placed: Placed, what: str) -> UnsupportedLayerError:
    return UnsupportedLayerError(
        f"{placed.where}: an activation of two neurons {what}; train with ReLU"
    )


def _write(entries: list[Placed], position: int, shape: Shape, pairs: _Pairs) -> None:
    """What drives the neurons: every filter as often as it has neurons, with sign and shift."""
    channel, sign, shift, _ = pairs
    owner = entries[position]
    is_shifted = bool(np.any(shift))
    for placed in reversed(entries[:position]):
        layer: Any = placed.layer
        if isinstance(layer, Flatten):
            continue
        if isinstance(layer, Shortcut):
            _doubled_sum(placed, shape[-1], channel, sign)
            continue
        if isinstance(layer, BatchNormalization):
            for name in ("gamma", "beta"):
                placed.arrays[name] = _float32(placed.arrays[name][channel] * sign)
            for name in ("moving_mean", "moving_variance"):
                placed.arrays[name] = placed.arrays[name][channel]
            placed.arrays["beta"] = _float32(placed.arrays["beta"] + shift)
            sign, is_shifted = np.ones(len(sign)), False
            continue
        if not isinstance(layer, Conv2D | Dense):
            raise _refuse(owner, f"after {layer.describe()} cannot be imported")
        placed.arrays = {k: _float32(a[..., channel] * sign) for k, a in placed.arrays.items()}
        size = "filters" if isinstance(layer, Conv2D) else "units"
        changes: dict[str, Any] = {size: len(channel)}
        if is_shifted:
            bias = placed.arrays.get("bias", np.zeros(len(channel)))
            placed.arrays["bias"] = _float32(bias + shift)
            changes["use_bias"] = True
        placed.layer = dataclasses.replace(layer, **changes)
        return


def _doubled_sum(placed: Placed, channels: int, channel: np.ndarray, sign: np.ndarray) -> None:
    """A Shortcut that adds to every neuron what it added to its channel."""
    layer: Any = placed.layer
    kernel = placed.arrays.get("kernel", np.eye(channels)[None, None])
    placed.arrays["kernel"] = _float32(kernel[..., channel] * sign)
    if "bias" in placed.arrays:
        placed.arrays["bias"] = _float32(placed.arrays["bias"][channel] * sign)
    placed.layer = dataclasses.replace(layer, filters=len(channel))


def _read(entries: list[Placed], position: int, shape: Shape, pairs: _Pairs) -> None:
    """The next weights, which read every neuron with the weight that it has in its channel."""
    channel, _, _, weight = pairs
    channels = shape[-1]
    for placed in entries[position + 1 :]:
        layer: Any = placed.layer
        if not layer.has_weights:
            continue
        kernel = placed.arrays.get("kernel")
        if isinstance(layer, Dense) and kernel is not None:
            split = kernel.reshape(-1, channels, kernel.shape[-1])[:, channel]
            both = split * weight[:, None]
            placed.arrays["kernel"] = _float32(both.reshape(-1, kernel.shape[-1]))
        elif placed.reads_constant and kernel is not None:
            own, constant = kernel[:, :, :channels], kernel[:, :, channels:]
            both = own[:, :, channel] * weight[:, None]
            both[:, :, -1:] = constant
            placed.arrays["kernel"] = _float32(both)
        elif isinstance(layer, Conv2D) and kernel is not None:
            placed.arrays["kernel"] = _grouped(kernel, layer.groups, channel, weight)
        else:
            raise _refuse(entries[position], f"before {layer.describe()} cannot be imported")
        return


def _grouped(
    kernel: np.ndarray, groups: int, channel: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """A kernel over the neurons; with groups every channel has as many of them."""
    if groups == 1:
        return _float32(kernel[:, :, channel] * weight[:, None])
    per_group, filters = len(channel) // groups, kernel.shape[3] // groups
    parts = []
    for g in range(groups):
        mine = slice(g * per_group, (g + 1) * per_group)
        local = channel[mine] - g * kernel.shape[2]
        own = kernel[..., g * filters : (g + 1) * filters]
        parts.append(own[:, :, local] * weight[mine][:, None])
    return _float32(np.concatenate(parts, axis=3))


def _read_by_sum(placed: Placed, shape: Shape, pairs: _Pairs) -> None:
    """A Shortcut from the neurons, through a 1 x 1 convolution that adds them up."""
    channel, _, _, weight = pairs
    layer: Any = placed.layer
    kernel = placed.arrays.get("kernel", np.eye(shape[-1])[None, None])
    placed.arrays["kernel"] = _float32(kernel[:, :, channel] * weight[:, None])
    placed.layer = dataclasses.replace(layer, filters=placed.arrays["kernel"].shape[3])


def _float32(array: np.ndarray) -> np.ndarray:
    return np.asarray(array, np.float32)
