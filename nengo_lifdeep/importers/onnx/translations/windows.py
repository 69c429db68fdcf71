"""Translate ONNX's convolutions."""

from __future__ import annotations

import math

import numpy as np

from ....stages.grouping import dilated
from ....support.words.counted import counted
from ...folding.layers import Windows
from ..operation import Operation
from ..ordering import as_image
from ..translator import Translator
from ..view import View

__all__ = ["convolution", "padding", "sizes_of", "with_rows"]

_Pads = tuple[tuple[int, int], tuple[int, int]]


def convolution(t: Translator, op: Operation) -> None:
    """A convolution of images or series, with zeros around and holes in its kernel.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    kernel = t.value(op, 1).astype(np.float32)
    if kernel.ndim not in (3, 4):
        raise op.refuse(f"its kernel has shape {kernel.shape}; images and series only")
    source, view = as_image(t, op, kernel.ndim - 2)
    groups = int(op.options.get("group", 1))
    if groups < 1 or kernel.shape[1] * groups != view.shape[2] or kernel.shape[0] % groups:
        raise op.refuse(
            f"has a kernel for {kernel.shape[1] * groups} channels; its input is {view.shape} "
            "(row, column, channel)"
        )
    dilations = sizes_of(op, "dilations", 1, kernel.ndim - 2)
    strides = sizes_of(op, "strides", 1, kernel.ndim - 2)
    arrays = {
        "kernel": dilated(np.ascontiguousarray(with_rows(kernel).transpose(2, 3, 1, 0)), dilations)
    }
    bias = t.given(op, 2)
    if bias is not None:
        arrays["bias"] = bias.astype(np.float32).reshape(-1)
        if arrays["bias"].shape != kernel.shape[:1]:
            raise op.refuse(
                f"has {counted(bias.size, 'bias', 'biases')} for {counted(len(kernel), 'filter')}"
            )
    size = arrays["kernel"].shape[:2]
    pads = padding(op, view, size, strides)
    layer = Windows(
        filters=len(kernel), kernel_size=size, strides=strides, pads=pads, groups=groups
    )
    made = View.image(layer.output_shape(view.shape), kernel.ndim - 2)
    t.keep(op, (source,), [(layer, arrays)], made)


def with_rows(kernel: np.ndarray) -> np.ndarray:
    """A kernel of ONNX with rows; of a series it has one.

    Parameters
    ----------
    kernel : array
        The last axes are rows and columns, or steps.
    """
    return kernel if kernel.ndim == 4 else kernel[:, :, None]


def sizes_of(op: Operation, name: str, default: int, n_axes: int) -> tuple[int, int]:
    """An attribute with a number for rows and columns; a series has one row.

    Parameters
    ----------
    op : Operation
        A convolution or a pool.
    name : str
        Name of the attribute.
    default : int
        Where it is not given.
    n_axes : int
        1 for series, 2 for images.
    """
    given = [int(n) for n in op.options.get(name) or (default,) * n_axes]
    if len(given) != n_axes or min(given) < 1:
        raise op.refuse(f"{name} is {given}; expected {n_axes} numbers >= 1")
    return (1, given[0]) if n_axes == 1 else (given[0], given[1])


def padding(op: Operation, view: View, size: tuple[int, int], strides: tuple[int, int]) -> _Pads:
    """Zeros before and after the rows and the columns.

    Parameters
    ----------
    op : Operation
        A convolution or a pool.
    view : View
        Axes of its input.
    size, strides : (int, int)
        Of its windows.
    """
    auto = op.text("auto_pad", "NOTSET")
    if auto == "VALID":
        return (0, 0), (0, 0)
    if auto not in ("NOTSET", "SAME_UPPER", "SAME_LOWER"):
        raise op.refuse(f"auto_pad is {auto!r}; expected NOTSET, SAME_UPPER, SAME_LOWER or VALID")
    n_axes = len(view.dims) - 1
    if auto == "NOTSET":
        given = [int(n) for n in op.options.get("pads") or (0,) * (2 * n_axes)]
        if len(given) != 2 * n_axes:
            raise op.refuse(f"pads are {given}; expected {2 * n_axes} numbers")
        both = tuple(zip(given[:n_axes], given[n_axes:], strict=True))
        return ((0, 0), both[0]) if n_axes == 1 else (both[0], both[1])
    found = []
    for n, k, s in zip(view.shape[:2], size, strides, strict=True):
        total = max((math.ceil(n / s) - 1) * s + k - n, 0)
        small, large = total // 2, total - total // 2
        found.append((small, large) if auto == "SAME_UPPER" else (large, small))
    return found[0], found[1]
