"""Parallel branches that are concatenated, as one wider chain of layers.

Branches between the same neurons and a concatenation are run side by side: their first layers read
the same input and become one with all their filters, later ones a layer whose kernel is zero
between branches. A shorter branch is passed on by neurons with weight one: rectified values pass
rectified linear neurons unchanged.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError
from ...layers.types import BatchNormalization, Conv2D, Dense, Dropout, Neurons, Shape
from ...layers.windows import window_geometry
from ...models.normalization import fold_normalization
from ...stages.grouping import full_kernel
from ..folding.padding import padded_convolution
from .activation import RELU, Activation
from .placed import Placed

__all__ = ["merge_branches"]


@dataclasses.dataclass(frozen=True, eq=False)
class _Level:
    """A layer with weights in one branch, its normalisation folded in, and what fires after it."""

    kernel: np.ndarray  # (row, column, channel, filter), or (input, unit)
    bias: np.ndarray
    fires: bool
    activation: Activation = RELU
    strides: tuple[int, int] = (1, 1)
    padding: str = "valid"
    neuron: Any = None  # of the layer's own


def merge_branches(
    branches: Sequence[list[Placed]], shape: Shape, where: str, node: str, source_fires: bool
) -> tuple[list[Placed], bool]:
    """Replace parallel branches by one chain.

    Parameters
    ----------
    branches : sequence of lists of Placed
        Everything between the common source and each input of the concatenation.
    shape : tuple of int
        Of the common source.
    where, node : str
        How errors call the concatenation, and its name.
    source_fires : bool
        Whether the source's values come from neurons, so that they can be passed on.

    Returns
    -------
    chain : list of Placed
        Weights are exact, dropout inside branches is left out.
    hands_on : bool
        Whether a shorter branch is passed on, which rectified linear neurons can.

    Raises
    ------
    UnsupportedLayerError
        If a branch holds anything but Conv2D or Dense, BatchNormalization and activations, or
        layers side by side have other strides or sizes.
    """
    levels = [_levels(branch, shape, where) for branch in branches]
    depth = max(map(len, levels))
    if depth == 0:
        raise UnsupportedLayerError(f"{where}: its inputs are the same values; use them once")
    hands_on = any(len(branch) < depth for branch in levels)
    if hands_on and not all(_can_wait(b, source_fires) for b in levels if len(b) < depth):
        raise UnsupportedLayerError(
            f"{where}: its branches have {', '.join(str(len(b)) for b in levels)} layers with "
            "weights, and what a shorter one gives is no activation; put ReLUs before the "
            "concatenation"
        )
    chain: list[Placed] = []
    widths = [shape[-1]] * len(levels)
    for number in range(depth):
        row = [
            branch[number] if number < len(branch) else _hand_on(width, len(shape))
            for branch, width in zip(levels, widths, strict=True)
        ]
        fires, activation = _common_activation(row, where)
        merged = _merged(row, shape, number > 0, where)
        name = node if number == depth - 1 else f"{node}, {number + 1} of {depth}"
        chain.append(dataclasses.replace(merged, where=where, node=name))
        if fires:
            own = Neurons(_common_neuron(row, [number < len(b) for b in levels], where))
            chain.append(Placed(own, {}, where, name, activation=activation))
        widths = [level.kernel.shape[-1] for level in row]
        shape = merged.layer.output_shape(shape)
    return chain, hands_on


def _can_wait(branch: list[_Level], source_fires: bool) -> bool:
    return branch[-1].fires and not any(branch[-1].activation.slope) if branch else source_fires


def _levels(branch: list[Placed], shape: Shape, where: str) -> list[_Level]:
    """The branch in steps from weights to activation; only the last may have no activation."""
    levels: list[_Level] = []
    for placed in branch:
        layer: Any = placed.layer
        if isinstance(layer, Dropout):
            continue
        if isinstance(layer, Conv2D | Dense) and (not levels or levels[-1].fires):
            levels.append(_weights(layer, placed.arrays, shape))
        elif isinstance(layer, BatchNormalization) and levels and not levels[-1].fires:
            levels[-1] = _normalised(levels[-1], layer, placed.arrays)
        elif isinstance(layer, Neurons) and levels and not levels[-1].fires:
            levels[-1] = dataclasses.replace(
                levels[-1], fires=True, activation=placed.activation, neuron=layer.neuron
            )
        else:
            raise UnsupportedLayerError(
                f"{placed.where}: stands in a branch of {where}; parallel branches can hold "
                "Conv2D or Dense, BatchNormalization and ReLU, in this order. Pool or flatten "
                "before the branches, or after them"
            )
        shape = layer.output_shape(shape)
    return levels


def _weights(layer: Any, arrays: dict[str, np.ndarray], shape: Shape) -> _Level:
    kernel = arrays["kernel"]
    bias = arrays.get("bias", np.zeros(kernel.shape[-1], np.float32))
    if isinstance(layer, Dense):
        return _Level(kernel, bias, False)
    if layer.groups > 1:
        kernel = full_kernel(kernel, layer.groups)
    return _Level(kernel, bias, False, RELU, layer.strides, layer.padding)


def _normalised(level: _Level, norm: BatchNormalization, arrays: dict[str, np.ndarray]) -> _Level:
    factor, bias = fold_normalization(norm, arrays, level.bias)
    return dataclasses.replace(level, kernel=level.kernel * factor, bias=bias)


def _hand_on(width: int, n_axes: int) -> _Level:
    """Weight one from every channel (or unit) to itself."""
    kernel = np.eye(width, dtype=np.float32)
    return _Level(kernel if n_axes == 1 else kernel[None, None], np.zeros(width), True)


def _common_neuron(row: list[_Level], own: list[bool], where: str) -> Any:
    """The neuron of the layers side by side; those that pass values on have that of the others."""
    first, *others = (level.neuron for level, mine in zip(row, own, strict=True) if mine)
    if any(other != first for other in others):
        raise UnsupportedLayerError(
            f"{where}: its branches have different activations side by side; give all the same"
        )
    return first


def _common_activation(row: list[_Level], where: str) -> tuple[bool, Activation]:
    """Whether neurons stand after the layers side by side, and their activation."""
    if len({level.fires for level in row}) > 1:
        raise UnsupportedLayerError(
            f"{where}: its branches have different activations side by side; give all the same"
        )
    if all(level.activation.is_plain for level in row):
        return row[0].fires, RELU
    first, *others = (level.activation.of(level.kernel.shape[-1]) for level in row)
    for other in others:
        first = first.beside(other)
    return row[0].fires, first


def _merged(row: list[_Level], shape: Shape, apart: bool, where: str) -> Placed:
    """Layers side by side as one; ``apart`` if each reads channels of its own."""
    bias = np.concatenate([level.bias for level in row]).astype(np.float32)
    if row[0].kernel.ndim == 2:
        kernel = _side_by_side([level.kernel for level in row], apart)
        return Placed(Dense(len(bias)), {"kernel": kernel, "bias": bias}, "", "")
    if len({level.strides for level in row}) > 1:
        listed = ", ".join(str(level.strides) for level in row)
        raise UnsupportedLayerError(
            f"{where}: layers side by side in its branches have strides {listed}; give the same "
            "to all (a shorter branch has strides 1 where the others go on)"
        )
    strides = row[0].strides
    kernels = [level.kernel for level in row]
    pads = []
    for axis in (0, 1):
        geometry = [
            window_geometry(shape[axis], k.shape[axis], strides[axis], level.padding)
            for k, level in zip(kernels, row, strict=True)
        ]
        if len({length for length, _ in geometry}) > 1:
            sizes = ", ".join(str(length) for length, _ in geometry)
            raise UnsupportedLayerError(
                f"{where}: layers side by side in its branches give {sizes} rows or columns; use "
                "padding='same'"
            )
        kernels, pad = _aligned(kernels, geometry, axis, shape[axis], strides[axis])
        pads.append(pad)
    kernel = _side_by_side(kernels, apart)
    layer = Conv2D(len(bias), kernel.shape[:2], strides, "valid", True)
    made = padded_convolution(layer, {"kernel": kernel, "bias": bias}, shape, (pads[0], pads[1]))
    if made is None:
        raise UnsupportedLayerError(f"{where}: its branches cannot be merged into one kernel")
    return Placed(*made, "", "")


def _aligned(
    kernels: list[np.ndarray], geometry: list[tuple[int, int]], axis: int, size: int, stride: int
) -> tuple[list[np.ndarray], tuple[int, int]]:
    """Kernels of one size along an axis, their first outputs on the same pixel; and the zeros."""
    front = max(before for _, before in geometry)
    back = max(k.shape[axis] - b for k, (_, b) in zip(kernels, geometry, strict=True))
    wide = []
    for kernel, (_, before) in zip(kernels, geometry, strict=True):
        widths = [(0, 0)] * 4
        widths[axis] = (front - before, back - (kernel.shape[axis] - before))
        wide.append(np.pad(kernel, widths))
    needed = (geometry[0][0] - 1) * stride + front + back - size - front
    return wide, (front, max(needed, 0))


def _side_by_side(kernels: list[np.ndarray], apart: bool) -> np.ndarray:
    """All outputs together; the inputs shared, or those of each kernel after one another."""
    if not apart:
        return np.concatenate(kernels, axis=-1).astype(np.float32)
    inputs, outputs = (sum(k.shape[axis] for k in kernels) for axis in (-2, -1))
    full = np.zeros((*kernels[0].shape[:-2], inputs, outputs), np.float32)
    i = o = 0
    for kernel in kernels:
        full[..., i : i + kernel.shape[-2], o : o + kernel.shape[-1]] = kernel
        i, o = i + kernel.shape[-2], o + kernel.shape[-1]
    return full
