"""The stages that a layer becomes, by type of layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import ConversionError
from ..layers import types
from ..layers.types import Layer, Shape
from ..stages.grouping import dilated
from ..stages.nonlinear import MaxPool, ResponseNormalization
from ..stages.types import (
    AveragePool,
    Convolution,
    DenseMatrix,
    LocalWindows,
    Placement,
    Stage,
    Upsample,
)

__all__ = ["STAGES", "WITHOUT_STAGE", "layer_stages"]

#: (layer, shape of its input, its arrays) -> stage, or several in a row
Made = Callable[[Any, Shape, Mapping[str, np.ndarray]], Stage | tuple[Stage, ...]]


def _convolution(layer: types.Conv2D, shape: Shape, arrays: Mapping[str, np.ndarray]) -> Stage:
    kernel = dilated(arrays["kernel"], layer.dilation_rate)
    return Convolution(shape, layer.strides, layer.padding, layer.groups, kernel)


def _transposed(
    layer: types.Conv2DTranspose, shape: Shape, arrays: Mapping[str, np.ndarray]
) -> tuple[Stage, ...]:
    """Pixels far enough apart, then a convolution with the kernel turned by half a circle."""
    rows, cols, _ = layer.output_shape(shape)
    axes = list(zip((rows, cols), layer.kernel_size, layer.strides, strict=True))
    outputs = (*(n + k - 1 for n, k, _ in axes), shape[2])
    crops = [max(k - s, 0) // 2 if layer.padding == "same" else 0 for _, k, s in axes]
    offset = (*(k - 1 - c for (_, k, _), c in zip(axes, crops, strict=True)), 0)
    turned = np.ascontiguousarray(arrays["kernel"][::-1, ::-1])
    return (
        Placement(shape, outputs, offset, (*layer.strides, 1)),
        Convolution(outputs, (1, 1), "valid", 1, turned),
    )


def _within(shape: Shape, outputs: Shape, row: int, column: int) -> Stage:
    return Placement(shape, outputs, (row, column, 0), (1, 1, 1))


#: The stages that a layer becomes. Biases are those of the neurons after it.
STAGES: dict[type[Layer], Made] = {
    types.Conv2D: _convolution,
    types.Conv2DTranspose: _transposed,
    types.LocallyConnected2D: lambda layer, shape, arrays: LocalWindows(
        shape, layer.strides, layer.padding, layer.kernel_size, arrays["kernel"]
    ),
    types.Dense: lambda layer, shape, arrays: DenseMatrix(shape, arrays["kernel"]),
    types.AveragePooling2D: lambda layer, shape, arrays: AveragePool(
        shape, layer.strides, layer.padding, layer.pool_size
    ),
    types.MaxPooling2D: lambda layer, shape, arrays: MaxPool(
        shape, layer.strides, layer.padding, layer.pool_size
    ),
    types.LocalResponseNormalization: lambda layer, shape, arrays: ResponseNormalization(
        shape, layer.depth_radius, layer.bias, layer.alpha, layer.beta
    ),
    types.ZeroPadding2D: lambda layer, shape, arrays: _within(
        shape, layer.output_shape(shape), layer.padding[0][0], layer.padding[1][0]
    ),
    types.Cropping2D: lambda layer, shape, arrays: _within(
        shape, layer.output_shape(shape), -layer.cropping[0][0], -layer.cropping[1][0]
    ),
    types.UpSampling2D: lambda layer, shape, arrays: Upsample(
        shape, layer.size, layer.interpolation
    ),
}

#: Layers that change nothing in rates (stages flatten what they take), or that `fold` sees to.
WITHOUT_STAGE = (
    types.Flatten, types.Dropout, types.BatchNormalization, types.Scale, types.Branch,
    types.Shortcut, types.Concatenate, types.Neurons,
)  # fmt: skip


def layer_stages(layer: Layer, shape: Shape, arrays: Mapping[str, np.ndarray]) -> tuple[Stage, ...]:
    """The stages that a layer becomes, without its bias; none where it becomes none.

    Parameters
    ----------
    layer : Layer
        The layer.
    shape : tuple of int
        Shape of its input, without the batch.
    arrays : dict of str to array
        Its weights.

    Raises
    ------
    ConversionError
        If no stage is known for layers of this type.

    Examples
    --------
    >>> from nengo_lifdeep.layers import AveragePooling2D
    >>> layer_stages(AveragePooling2D(2), (4, 4, 1), {})[0].output_shape
    (2, 2, 1)
    """
    make = STAGES.get(type(layer))
    if make is not None:
        made = make(layer, shape, arrays)
        return made if isinstance(made, tuple) else (made,)
    if type(layer) not in WITHOUT_STAGE:
        raise ConversionError(
            f"layer {layer.name!r} ({layer.describe()}): there is no stage for layers of this "
            f"type; expected one of {', '.join(cls.__name__ for cls in (*STAGES, *WITHOUT_STAGE))}"
        )
    return ()
