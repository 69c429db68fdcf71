"""Translate the linear nodes between two layers of neurons in a NIR graph to stages."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import ModelFileError, UnsupportedLayerError, ValidationError
from ...layers.types import Conv2D
from ...stages.types import (
    AveragePool,
    Convolution,
    DenseMatrix,
    Elementwise,
    SparseMatrix,
    Stage,
)
from ...support.words.counted import counted
from ..folding.padding import padded_convolution
from .path import NirPath, check_declared, further, in_place, numbers, pair

__all__ = ["STEPS", "step"]

#: values in one layer; more would not fit into memory several times over
_LARGEST = 2**27

#: weights that a convolution may have entry by entry
_MOST_WEIGHTS = 2**25


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
        try:
            new, own = STEPS[kind](node, path, where)
        except ValidationError as error:  # a stage that cannot be, or is too large
            raise ModelFileError(f"{where}: {error}") from error
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
    kernel = numbers(node.weight, where, "weight", 4).transpose(2, 3, 1, 0)
    strides, dilation = (pair(getattr(node, n), where, n, 1) for n in ("stride", "dilation"))
    return _convolved(node, path, where, _dilated(kernel, dilation, path, where), strides)


def _conv1d(node: Any, path: NirPath, where: str) -> _Made:
    """Over an image of one row."""
    if len(path.shape) != 3 or path.shape[0] != 1 or path.flattened:
        raise UnsupportedLayerError(
            f"{where}: its input has shape {path.shape}; expected (channel, step)"
        )
    kernel = numbers(node.weight, where, "weight", 3).transpose(2, 1, 0)[None]
    stride, dilation = (pair(getattr(node, n), where, n, 1)[0] for n in ("stride", "dilation"))
    kernel = _dilated(kernel, (1, dilation), path, where)
    return _convolved(node, path, where, kernel, (1, stride))


def _dilated(
    kernel: np.ndarray, dilation: tuple[int, int], path: NirPath, where: str
) -> np.ndarray:
    """A kernel with zeros between its entries."""
    if dilation == (1, 1) or not kernel.size:
        return kernel
    rows, cols = ((n - 1) * d + 1 for n, d in zip(kernel.shape, dilation, strict=False))
    if rows * cols * kernel.shape[2] * kernel.shape[3] > _LARGEST:
        raise UnsupportedLayerError(f"{where}: dilation {dilation} makes a kernel of {rows, cols}")
    wide = np.zeros((rows, cols, *kernel.shape[2:]), np.float32)
    wide[:: dilation[0], :: dilation[1]] = kernel
    return wide


def _convolved(
    node: Any, path: NirPath, where: str, kernel: np.ndarray, strides: tuple[int, int]
) -> _Made:
    filters = kernel.shape[3]
    declared = np.ravel(np.asarray(node.input_shape))  # (row, column), (step,), or not known
    there = path.shape[1:2] if type(node).__name__ == "Conv1d" else path.shape[:2]
    if declared.dtype.kind in "iu" and declared.size == len(there) and tuple(declared) != there:
        raise ModelFileError(
            f"{where}: says that its input has rows and columns {tuple(map(int, declared))}, and "
            f"there are {there}; repair the graph where it was made"
        )
    (groups, _) = pair(node.groups, where, "groups", 1)
    if filters % groups or kernel.shape[2] * groups != path.shape[2] or not kernel.size:
        raise ModelFileError(
            f"{where}: weights of shape {np.shape(node.weight)} in {groups} groups for an image of "
            f"{path.shape[2]} channels; expected (filter, channel of a group, row, column)"
        )
    own = numbers(node.bias, where, "bias").ravel()
    if own.shape not in ((filters,), (1,)):
        raise ModelFileError(
            f"{where}: {counted(own.size, 'bias', 'biases')} for {counted(filters, 'filter')}; "
            "expected one each"
        )
    pads = _pads(node, strides, where)
    if pads is None:
        return further(path, Convolution(path.shape, strides, "same", groups, kernel)), own
    return further(path, _with_zeros(kernel, strides, groups, pads, path, where)), own


def _pads(node: Any, strides: tuple[int, int], where: str) -> tuple[int, int] | None:
    """Zeros around rows and columns; None for PyTorch's "same"."""
    padding = node.padding.decode() if isinstance(node.padding, bytes) else node.padding
    if isinstance(padding, str) and padding == "valid":
        return 0, 0
    if isinstance(padding, str):
        if padding != "same" or strides != (1, 1):
            raise UnsupportedLayerError(
                f"{where}: padding is {padding!r} with strides {strides}; expected numbers, "
                "'valid', or 'same' without strides"
            )
        return None
    rows, cols = pair(padding, where, "padding", 0)
    return (0 if type(node).__name__ == "Conv1d" else rows), cols


def _with_zeros(
    kernel: np.ndarray, strides: tuple[int, int], groups: int, pads: tuple[int, int],
    path: NirPath, where: str,
) -> Stage:  # fmt: skip
    """A convolution over an image with zeros around it; entry by entry if there is no other way."""
    rows, cols = pads
    for size, pad, window in zip(path.shape, pads, kernel.shape, strict=False):
        if size + 2 * pad < window:
            raise ModelFileError(
                f"{where}: kernel {kernel.shape[:2]} is larger than {path.shape}; pad it"
            )
    layer = Conv2D(kernel.shape[3], kernel.shape[:2], strides, "valid", groups=groups)
    made = padded_convolution(layer, {"kernel": kernel}, path.shape, ((rows, rows), (cols, cols)))
    if made is not None:
        return Convolution(path.shape, strides, made[0].padding, groups, made[1]["kernel"])
    n_rows, n_cols, channels = path.shape
    wide = (n_rows + 2 * rows, n_cols + 2 * cols, channels)
    outputs = [(n - k) // s + 1 for n, k, s in zip(wide, kernel.shape, strides, strict=False)]
    weights = outputs[0] * outputs[1] * kernel.size
    if max(weights, math.prod(wide)) > _MOST_WEIGHTS:
        raise UnsupportedLayerError(
            f"{where}: padding {rows, cols} of an image {path.shape} is no 'same' or 'valid' "
            f"padding, and entry by entry it would be {weights:,} weights; expected up to "
            f"{_MOST_WEIGHTS:,}: pad less"
        )
    places = np.arange(math.prod(wide)).reshape(wide)
    inside = places[rows : rows + n_rows, cols : cols + n_cols].ravel()
    padded = Convolution(wide, strides, "valid", groups, kernel)
    return SparseMatrix.of(padded.to_matrix()[inside], path.shape, padded.output_shape)


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
            f"{where}: {counted(own.size, 'bias', 'biases')} for {counted(n_outputs, 'output')}; "
            "expected one each"
        )
    return made, own


def _scale(node: Any, path: NirPath, where: str) -> _Made:
    weight = in_place(numbers(node.scale, where, "scale"), path, where, "scale")
    first = weight.reshape(-1, path.shape[-1])[0]
    if not np.array_equal(weight, np.broadcast_to(first, path.shape)):
        raise UnsupportedLayerError(f"{where}: scales pixels differently; scale whole channels")
    return _kept(further(path, Elementwise(path.shape, first.copy())), path), None


def _pool(node: Any, path: NirPath, where: str) -> _Made:
    """Over the border, zeros count as pixels in NIR and not in `AveragePool`: a convolution."""
    _image(path, where)
    pads = pair(node.padding, where, "padding", 0)
    window = pair(node.kernel_size, where, "kernel_size", 1)
    if any(n + 2 * p < w for n, w, p in zip(path.shape, window, pads, strict=False)):
        raise ModelFileError(f"{where}: window {window} is larger than {path.shape}; pool less")
    strides = pair(node.stride, where, "stride", 1)
    if any(pads):
        mean = 1 / math.prod(window) if type(node).__name__ == "AvgPool2d" else 1.0
        channels = path.shape[2]
        kernel = np.full((*window, 1, channels), mean, np.float32)
        return further(path, _with_zeros(kernel, strides, channels, pads, path, where)), None
    made = further(path, AveragePool(path.shape, strides, "valid", window))
    if type(node).__name__ == "AvgPool2d":
        return made, None
    area = np.full(path.shape[-1], math.prod(window), np.float32)
    return further(made, Elementwise(made.shape, area)), None


def _flatten(node: Any, path: NirPath, where: str) -> _Made:
    """All of the image; a first axis of 1 counts the batch, as PyTorch does."""
    start, end = (pair(v, where, "axis", -1)[0] for v in (node.start_dim, node.end_dim))
    whole = [(0, -1), (1, -1), (0, 2), (1, 3)]
    if path.shape[0] == 1:  # one row may be a series, (channel, step)
        whole += [(0, 1), (1, 2)]
    check_declared((node.input_type or {}).get("input"), math.prod(path.shape), where, "its input")
    if len(path.shape) == 3 and (start, end) not in whole:
        raise UnsupportedLayerError(
            f"{where}: flattens axes {start} to {end}; only whole images can be flattened"
        )
    return dataclasses.replace(path, flattened=len(path.shape) == 3), None


def _li(node: Any, path: NirPath, where: str) -> _Made:
    """A lowpass; ``R`` is a factor after it, and ``v_leak`` is added."""
    tau = numbers(node.tau, where, "tau").ravel()
    if not tau.size or np.any(tau != tau[0]):
        raise UnsupportedLayerError(
            f"{where}: tau differs between values; expected one: a lowpass synapse"
        )
    if not tau[0] > 0:
        raise ModelFileError(f"{where}: tau is {tau[0]} s; expected above 0")
    gain, leak = (in_place(numbers(getattr(node, n), where, n), path, where, n)
                  for n in ("r", "v_leak"))  # fmt: skip
    if not gain.all():
        raise ModelFileError(
            f"{where}: r is 0 in {np.count_nonzero(gain == 0)} of {gain.size} values, so that they "
            "give nothing; expected another number (R = 1 where the tool has none)"
        )
    made = path
    if np.any(gain != 1):
        first = gain.reshape(-1, path.shape[-1])[0]
        if not np.array_equal(gain, np.broadcast_to(first, path.shape)):
            raise UnsupportedLayerError(f"{where}: r differs within a channel; expected one each")
        made = _kept(further(path, Elementwise(path.shape, first.copy())), path)
    own = np.array(leak) if np.any(leak) else None
    return dataclasses.replace(made, taus=(*made.taus, float(tau[0]))), own


def _kept(made: NirPath, path: NirPath) -> NirPath:
    return dataclasses.replace(made, flattened=path.flattened)


STEPS: dict[str, Callable[[Any, NirPath, str], _Made]] = {
    "Conv1d": _conv1d,
    "Conv2d": _conv,
    "Linear": _matrix,
    "Affine": _matrix,
    "Scale": _scale,
    "AvgPool2d": _pool,
    "SumPool2d": _pool,
    "Flatten": _flatten,
    "LI": _li,
}
