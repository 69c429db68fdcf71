"""The linear way between two layers of neurons in a NIR graph, as our stages."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import UnsupportedLayerError
from ..layers import Conv2D
from ..transforms import AveragePool, Convolution, DenseMatrix, Elementwise, Stage
from .padding import padded_convolution

__all__ = ["NirPath", "follow", "rows_last"]

Shape = tuple[int, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class NirPath:
    """One way.

    Attributes
    ----------
    pre : str
        Neurons (or the input) that it starts from.
    shape : tuple of int
        At its end, channels last.
    stages : tuple of Stage
    taus : tuple of float
        Time constants of the leaky integrators on it, in seconds.
    bias : array or None
        What it adds at its end.
    flattened : tuple of int or None
        The image's shape, if the values are one flattened with channels first.
    """

    pre: str
    shape: Shape
    stages: tuple[Stage, ...] = ()
    taus: tuple[float, ...] = ()
    bias: np.ndarray | None = None
    flattened: Shape | None = None


def rows_last(shape: Shape) -> Shape:
    """(channel, row, column) as (row, column, channel); a flat shape as it is."""
    return (*shape[1:], shape[0]) if len(shape) == 3 else tuple(shape)


def follow(
    graph: Any,
    sources: Mapping[str, list[str]],
    name: str,
    shapes: Mapping[str, Shape],
    neurons: tuple[str, ...],
) -> list[NirPath]:
    """All ways from neurons or the input to the output of a node.

    Raises
    ------
    UnsupportedLayerError
        If a node on it has no counterpart.
    """
    node = graph.nodes[name]
    kind = type(node).__name__
    if kind in neurons or kind == "Input":
        return [NirPath(name, shapes[name])]
    before = [
        path for source in sources[name] for path in follow(graph, sources, source, shapes, neurons)
    ]
    if not before:
        raise UnsupportedLayerError(f"NIR node {name!r} ({kind}) has no input")
    if kind not in _STEPS:
        raise UnsupportedLayerError(
            f"NIR node {name!r} ({kind}) cannot be imported; known are {', '.join(_STEPS)} and "
            f"{', '.join(neurons)}"
        )
    made = [_STEPS[kind](node, path, f"NIR node {name!r} ({kind})") for path in before]
    return [dataclasses.replace(p, bias=None if i else p.bias) for i, p in enumerate(made)]


def _no_bias_yet(path: NirPath, where: str) -> None:
    if path.bias is not None and np.any(path.bias):
        raise UnsupportedLayerError(
            f"{where}: stands behind a layer with a bias and no neurons between; merge the two"
        )


def _conv(node: Any, path: NirPath, where: str) -> NirPath:
    _no_bias_yet(path, where)
    if len(path.shape) != 3:
        raise UnsupportedLayerError(f"{where}: its input has shape {path.shape}, no image")
    if tuple(np.ravel(node.dilation)) not in ((1,), (1, 1)):
        raise UnsupportedLayerError(f"{where}: dilation is {node.dilation}; expected 1")
    kernel = np.asarray(node.weight, np.float32).transpose(2, 3, 1, 0)
    strides = _pair(node.stride)
    filters, groups = kernel.shape[3], int(node.groups)
    layer = Conv2D(filters, kernel.shape[:2], strides, "valid", groups=groups)
    if isinstance(node.padding, str | bytes):
        padding = node.padding if isinstance(node.padding, str) else node.padding.decode()
        if padding == "same" and strides != (1, 1):
            raise UnsupportedLayerError(f"{where}: padding 'same' with strides {strides}")
        stage = Convolution(path.shape, strides, padding, groups, kernel)
    else:
        rows, cols = _pair(node.padding)
        pads = ((rows, rows), (cols, cols))
        made = padded_convolution(layer, {"kernel": kernel}, path.shape, pads)
        if made is None:
            raise UnsupportedLayerError(f"{where}: padding {pads} cannot be said in one kernel")
        stage = Convolution(path.shape, strides, made[0].padding, groups, made[1]["kernel"])
    bias = np.broadcast_to(np.asarray(node.bias, np.float32), stage.output_shape)
    return _further(path, stage, bias)


def _matrix(node: Any, path: NirPath, where: str) -> NirPath:
    _no_bias_yet(path, where)
    matrix = np.asarray(node.weight, np.float32).T
    n_inputs = math.prod(path.shape)
    if matrix.ndim != 2 or len(matrix) != n_inputs:
        raise UnsupportedLayerError(
            f"{where}: weights of shape {np.shape(node.weight)} for input of {path.shape}"
        )
    if path.flattened is not None:
        rows, cols, channels = path.flattened
        image = matrix.reshape(channels, rows, cols, -1)
        matrix = image.transpose(1, 2, 0, 3).reshape(n_inputs, -1)
    source = path.flattened or path.shape
    bias = getattr(node, "bias", None)
    stage = DenseMatrix(source, np.ascontiguousarray(matrix))
    return _further(path, stage, None if bias is None else np.asarray(bias, np.float32))


def _scale(node: Any, path: NirPath, where: str) -> NirPath:
    _no_bias_yet(path, where)
    weight = np.asarray(node.scale, np.float32)
    if weight.ndim == 3:
        weight = weight.transpose(1, 2, 0)
    per_channel = np.broadcast_to(weight, path.shape)
    first = per_channel.reshape(-1, path.shape[-1])[0]
    if not np.allclose(per_channel, first):
        raise UnsupportedLayerError(f"{where}: scales pixels differently; one per channel is known")
    return _further(path, Elementwise(path.shape, first.copy()), None)


def _pool(node: Any, path: NirPath, where: str) -> NirPath:
    _no_bias_yet(path, where)
    if np.any(np.asarray(node.padding)):
        raise UnsupportedLayerError(f"{where}: padding is {node.padding}; expected 0")
    stage: Stage = AveragePool(path.shape, _pair(node.stride), "valid", _pair(node.kernel_size))
    made = _further(path, stage, None)
    if type(node).__name__ == "AvgPool2d":
        return made
    area = np.full(path.shape[-1], math.prod(_pair(node.kernel_size)), np.float32)
    return _further(made, Elementwise(made.shape, area), None)


def _flatten(node: Any, path: NirPath, where: str) -> NirPath:
    if len(path.shape) == 1:
        return path
    flat = (math.prod(path.shape),)
    return dataclasses.replace(path, shape=flat, flattened=path.shape)


def _li(node: Any, path: NirPath, where: str) -> NirPath:
    tau, gain = (np.ravel(np.asarray(v, float)) for v in (node.tau, node.r))
    if not (np.allclose(tau, tau[0]) and np.allclose(gain, 1)) or np.any(node.v_leak):
        raise UnsupportedLayerError(
            f"{where}: expected one tau, r = 1 and v_leak = 0: a lowpass synapse"
        )
    return dataclasses.replace(path, taus=(*path.taus, float(tau[0])))


def _further(path: NirPath, stage: Stage, bias: np.ndarray | None) -> NirPath:
    return dataclasses.replace(
        path,
        stages=(*path.stages, stage),
        shape=stage.output_shape,
        bias=bias if bias is not None else path.bias,
        flattened=None,
    )


def _pair(values: Any) -> tuple[int, int]:
    flat = [int(v) for v in np.ravel(np.asarray(values))]
    return (flat[0], flat[-1])


_STEPS = {
    "Conv2d": _conv,
    "Linear": _matrix,
    "Affine": _matrix,
    "Scale": _scale,
    "AvgPool2d": _pool,
    "SumPool2d": _pool,
    "Flatten": _flatten,
    "LI": _li,
}
