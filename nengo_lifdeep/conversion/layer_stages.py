"""The stage that a layer becomes, by type of layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import ConversionError
from ..layers.types import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LocallyConnected2D,
    LocalResponseNormalization,
    MaxPooling2D,
    Neurons,
    Shape,
    Shortcut,
)
from ..stages.nonlinear import MaxPool, ResponseNormalization
from ..stages.types import (
    AveragePool,
    Convolution,
    DenseMatrix,
    Elementwise,
    LocalWindows,
    Stage,
)

__all__ = ["STAGES", "WITHOUT_STAGE", "layer_stage", "shortcut_stage"]

#: (layer, shape of its input, its arrays) -> stage
Made = Callable[[Any, Shape, Mapping[str, np.ndarray]], Stage]

#: The stage that a layer becomes. Biases are those of the neurons after it.
STAGES: dict[type[Layer], Made] = {
    Conv2D: lambda layer, shape, arrays: Convolution(
        shape, layer.strides, layer.padding, layer.groups, arrays["kernel"]
    ),
    LocallyConnected2D: lambda layer, shape, arrays: LocalWindows(
        shape, layer.strides, layer.padding, layer.kernel_size, arrays["kernel"]
    ),
    Dense: lambda layer, shape, arrays: DenseMatrix(shape, arrays["kernel"]),
    AveragePooling2D: lambda layer, shape, arrays: AveragePool(
        shape, layer.strides, layer.padding, layer.pool_size
    ),
    MaxPooling2D: lambda layer, shape, arrays: MaxPool(
        shape, layer.strides, layer.padding, layer.pool_size
    ),
    LocalResponseNormalization: lambda layer, shape, arrays: ResponseNormalization(
        shape, layer.depth_radius, layer.bias, layer.alpha, layer.beta
    ),
}

#: Layers that change nothing in rates (stages flatten what they take), or that `fold` sees to.
WITHOUT_STAGE = (Flatten, Dropout, BatchNormalization, Shortcut, Neurons)


def layer_stage(layer: Layer, shape: Shape, arrays: Mapping[str, np.ndarray]) -> Stage | None:
    """The stage that a layer becomes, without its bias; None where it becomes none.

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
    >>> layer_stage(AveragePooling2D(2), (4, 4, 1), {}).output_shape
    (2, 2, 1)
    """
    make = STAGES.get(type(layer))
    if make is not None:
        return make(layer, shape, arrays)
    if type(layer) not in WITHOUT_STAGE:
        raise ConversionError(
            f"layer {layer.name!r} ({layer.describe()}): there is no stage for layers of this "
            f"type; expected one of {', '.join(cls.__name__ for cls in (*STAGES, *WITHOUT_STAGE))}"
        )
    return None


def shortcut_stage(layer: Shortcut, shape: Shape, arrays: Mapping[str, np.ndarray]) -> Stage:
    """The stage from the neurons that a Shortcut adds.

    Parameters
    ----------
    layer : Shortcut
        The layer.
    shape : tuple of int
        Shape of its source, without the batch.
    arrays : dict of str to array
        Its weights, if it has filters.
    """
    if layer.projection is None:
        return Elementwise(shape, np.ones(shape[-1], np.float32))
    return STAGES[Conv2D](layer.projection, shape, arrays)
