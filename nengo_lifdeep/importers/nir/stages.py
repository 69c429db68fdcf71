"""Translate the linear nodes between two layers of neurons in a NIR graph to stages."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import ModelFileError, UnsupportedLayerError
from ...layers.types import Conv2D
from ...stages.types import AveragePool, Convolution, DenseMatrix, Elementwise
from ..chain.padding import padded_convolution
from .path import NirPath, further, in_place, numbers, pair

__all__ = ["STEPS", "step"]

#: values in one layer; more would not fit into memory several times over
_LARGEST = 2**27


def step(node: Any, paths: list[NirPath], where: str) -> list[NirPath]:
    """All ways through one linear node; what the node itself adds is added once.

    Parameters
    ----------
    node : nir.NIRNode
        The node.
    paths : list of NirPath
        The paths that lead to it.
    where : str
        Name of the node in error messages.

    Raises
    ------
    UnsupportedLayerError
        If the node, or an option of it, has no counterpart.
    ModelFileError
        If its arrays do not fit its input.
    """
    kind = type(node).__name__
    made = []
    for i, path in enumerate(paths):
        new, own = STEPS[kind](node, path, where)
        if math.prod(new.shape) > _LARGEST or 0 in new.shape:
            raise ModelFileError(f"{where}: gives a layer of {new.shape}; expected 1 to {_LARGEST}")
        if own is not None and i == 0:
            new = dataclasses.replace(new, bias=own if new.bias is None else new.bias + own)
        made.append(new)
    return made


_Made = tuple[NirPath, np.ndarray | None]


def _image(path: NirPath, where: str) -> None:
    if len(path.shape) != 3 or path.flattened:
        given = (math.prod(path.shape),)
        raise UnsupportedLayerError(f"{where}: its input is flat, {given}; expected an image")


def _conv(node: Any, path: NirPath, where: str) -> _Made:
    _image(path, where)
    if any(d != 1 for d in pair(node.dilation, where, "dilation", 1)):
        raise UnsupportedLayerError(f"{where}: dilation is {node.dilation}; expected 1")
    kernel = numbers(node.weight, where, "weight", 4).transpose(2, 3, 1, 0)
    filters, strides = kernel.shape[3], pair(node.stride, where, "stride", 1)
    (groups, _) = pair(node.groups, where, "groups", 1)
    if filters % groups or kernel.shape[2] * groups != path.shape[2] or not kernel.size:
        raise ModelFileError(
            f"{where}: weights of shape {np.shape(node.weight)} in {groups} groups for an image of "
            f"{path.shape[2]} channels; expected (filter, channel of a group, row, column)"
        )
    own = numbers(node.bias, where, "bias").ravel()
    if own.shape not in ((filters,), (1,)):
        raise ModelFileError(f"{where}: {own.size} biases for {filters} filters; expected one each")
    stage = Convolution(path.shape, strides, *_padded(node, kernel, strides, groups, path, where))
    return further(path, stage), own


def _padded(
    node: Any, kernel: np.ndarray, strides: tuple[int, int], groups: int, path: NirPath, where: str
) -> tuple[str, int, np.ndarray]:
    """Padding rule, groups and kernel."""
    padding = node.padding.decode() if isinstance(node.padding, bytes) else node.padding
    if isinstance(padding, str) and padding == "valid":
        padding = 0
    if isinstance(padding, str):
        if padding != "same" or strides != (1, 1):
            raise UnsupportedLayerError(
                f"{where}: padding is {padding!r} with strides {strides}; expected numbers, "
                "'valid', or 'same' without strides"
            )
        return "same", groups, kernel
    rows, cols = pair(padding, where, "padding", 0)
    for size, pad, window in zip(path.shape, (rows, cols), kernel.shape, strict=False):
        if size + 2 * pad < window:
            raise ModelFileError(
                f"{where}: kernel {kernel.shape[:2]} is larger than {path.shape}; pad it"
            )
    layer = Conv2D(kernel.shape[3], kernel.shape[:2], strides, "valid", groups=groups)
    made = padded_convolution(layer, {"kernel": kernel}, path.shape, ((rows, rows), (cols, cols)))
    if made is None:
        raise UnsupportedLayerError(
            f"{where}: padding {rows, cols} is further than a kernel of {kernel.shape[:2]} can be "
            "widened here; pad less"
        )
    return made[0].padding, groups, made[1]["kernel"]


def _matrix(node: Any, path: NirPath, where: str) -> _Made:
    matrix = numbers(node.weight, where, "weight", 2).T
    n_inputs, n_outputs = math.prod(path.shape), matrix.shape[1]
    if len(matrix) != n_inputs or (len(path.shape) == 3 and not path.flattened and n_inputs > 1):
        raise ModelFileError(
            f"{where}: weights of shape {np.shape(node.weight)} for input of {path.shape}"
            + (
                "; flatten images first"
                if len(matrix) == n_inputs
                else "; repair it where it was made"
            )
        )
    if path.flattened:
        rows, cols, channels = path.shape
        image = matrix.reshape(channels, rows, cols, -1)
        matrix = image.transpose(1, 2, 0, 3).reshape(n_inputs, -1)
    made = further(path, DenseMatrix(path.shape, np.ascontiguousarray(matrix)))
    if not hasattr(node, "bias"):
        return made, None
    own = numbers(node.bias, where, "bias").ravel()
    if own.shape != (n_outputs,):
        raise ModelFileError(
            f"{where}: {own.size} biases for {n_outputs} outputs; expected one each"
        )
    return made, own


def _scale(node: Any, path: NirPath, where: str) -> _Made:
    weight = in_place(numbers(node.scale, where, "scale"), path, where, "scale")
    first = weight.reshape(-1, path.shape[-1])[0]
    if not np.array_equal(weight, np.broadcast_to(first, path.shape)):
        raise UnsupportedLayerError(f"{where}: scales pixels differently; scale whole channels")
    return _kept(further(path, Elementwise(path.shape, first.copy())), path), None


def _pool(node: Any, path: NirPath, where: str) -> _Made:
    _image(path, where)
    if any(pair(node.padding, where, "padding", 0)):
        raise UnsupportedLayerError(
            f"{where}: padding is {node.padding}; pooling over the border counts differently "
            "here: expected 0"
        )
    window = pair(node.kernel_size, where, "kernel_size", 1)
    if any(n < w for n, w in zip(path.shape, window, strict=False)):
        raise ModelFileError(f"{where}: window {window} is larger than {path.shape}; pool less")
    strides = pair(node.stride, where, "stride", 1)
    made = further(path, AveragePool(path.shape, strides, "valid", window))
    if type(node).__name__ == "AvgPool2d":
        return made, None
    area = np.full(path.shape[-1], math.prod(window), np.float32)
    return further(made, Elementwise(made.shape, area)), None


def _flatten(node: Any, path: NirPath, where: str) -> _Made:
    """All of the image; a first axis of 1 counts the batch, as PyTorch does."""
    start, end = (pair(v, where, "axis", -1)[0] for v in (node.start_dim, node.end_dim))
    if len(path.shape) == 3 and not (start in (0, 1) and end in (-1, 2, 3)):
        raise UnsupportedLayerError(
            f"{where}: flattens axes {start} to {end}; only whole images can be flattened"
        )
    return dataclasses.replace(path, flattened=len(path.shape) == 3), None


def _li(node: Any, path: NirPath, where: str) -> _Made:
    tau, gain, leak = (numbers(getattr(node, n), where, n).ravel() for n in ("tau", "r", "v_leak"))
    if not tau.size or np.any(tau != tau[0]) or np.any(gain != 1) or np.any(leak):
        raise UnsupportedLayerError(
            f"{where}: expected one tau, r = 1 and v_leak = 0: a lowpass synapse"
        )
    if not tau[0] > 0:
        raise ModelFileError(f"{where}: tau is {tau[0]} s; expected above 0")
    return dataclasses.replace(path, taus=(*path.taus, float(tau[0]))), None


def _kept(made: NirPath, path: NirPath) -> NirPath:
    return dataclasses.replace(made, flattened=path.flattened)


STEPS: dict[str, Callable[[Any, NirPath, str], _Made]] = {
    "Conv2d": _conv,
    "Linear": _matrix,
    "Affine": _matrix,
    "Scale": _scale,
    "AvgPool2d": _pool,
    "SumPool2d": _pool,
    "Flatten": _flatten,
    "LI": _li,
}
