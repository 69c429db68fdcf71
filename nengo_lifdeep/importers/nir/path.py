"""A path through a NIR graph from one layer of neurons to the next, and the arrays of its nodes.

NIR flattens images channel first, the stages here flatten them channel last: an image that was
flattened stays an image here, and `NirPath.flattened` marks it for the weights after it.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from ...errors import ModelFileError
from ...stages.types import Stage
from ...support.checks.arrays import plain_array
from ...support.short_repr import short_repr

__all__ = ["NirPath", "check_declared", "further", "in_place", "numbers", "pair", "rows_last"]

Shape = tuple[int, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class NirPath:
    """One way.

    Attributes
    ----------
    pre : str
        Neurons (or the input) that it starts from.
    shape : tuple of int
        At its end, channels last: ``(row, column, channel)`` or ``(unit,)``.
    stages : tuple of Stage
        What it does.
    taus : tuple of float
        Time constants of the leaky integrators on it, in seconds.
    bias : array or None
        What it adds at its end, broadcastable to ``shape``.
    flattened : bool
        Whether NIR sees the image as one flat layer, channels first.
    """

    pre: str
    shape: Shape
    stages: tuple[Stage, ...] = ()
    taus: tuple[float, ...] = ()
    bias: np.ndarray | None = None
    flattened: bool = False

    __repr__ = short_repr


def rows_last(shape: Shape) -> Shape:
    """(channel, row, column) as (row, column, channel); a flat shape as it is.

    Parameters
    ----------
    shape : tuple of int
        Shape of the values, without the batch.

    Examples
    --------
    >>> rows_last((3, 32, 24))
    (32, 24, 3)
    """
    return (*shape[1:], shape[0]) if len(shape) == 3 else tuple(shape)


def numbers(values: Any, where: str, what: str, ndim: int | None = None) -> np.ndarray:
    """An array of a node as float32.

    Parameters
    ----------
    values : array_like
        The values of the node.
    where : str
        Name of the node in error messages.
    what : str
        Name of the value in the error message.
    ndim : int, optional
        Expected number of axes.

    Raises
    ------
    ModelFileError
        If it holds no numbers, masked or not finite ones, or has another number of axes.
    """
    plain = plain_array(values, f"{where}: {what}", ModelFileError)
    if plain.dtype.kind == "c":
        raise ModelFileError(f"{where}: {what} holds complex numbers; export real ones")
    if plain.dtype.kind not in "biuf":  # text and durations would become numbers in silence
        raise ModelFileError(
            f"{where}: {what} holds no numbers ({plain.dtype}); expected real ones: export it again"
        )
    array = plain.astype(np.float32)
    if not np.isfinite(array).all():
        raise ModelFileError(f"{where}: {what} has entries that are not finite; export it again")
    if ndim is not None and array.ndim != ndim:
        raise ModelFileError(
            f"{where}: {what} has shape {array.shape}; expected {ndim} axes. Export it again"
        )
    return array


def check_declared(declared: Any, size: int, where: str, what: str) -> None:
    """A shape that a node says of itself, which counts as many values as there are.

    Nothing is computed from it; one that does not fit is the mark of a file that was put together
    from parts. An axis before the values may be a batch.

    Parameters
    ----------
    declared : array_like or None
        The shape; None, and what is no shape, says nothing.
    size : int
        Number of values that there are.
    where : str
        Name of the node in error messages.
    what : str
        Of what it is the shape.

    Raises
    ------
    ModelFileError
        If it counts another number of values.

    Examples
    --------
    >>> check_declared(np.array([2, 4, 4]), 32, "NIR node 'flatten' (Flatten)", "its input")
    """
    shape = np.ravel(np.asarray(declared))
    if shape.dtype.kind not in "iu" or not shape.size or np.any(shape <= 0):
        return
    sizes = [int(n) for n in shape]
    counts = {math.prod(sizes), math.prod(sizes[1:]) if len(sizes) > 1 else 0}
    if size not in counts:
        raise ModelFileError(
            f"{where}: says that {what} has shape {tuple(sizes)}, and there are {size} values; "
            "repair the graph where it was made"
        )


def further(path: NirPath, stage: Stage) -> NirPath:
    """A path with one stage more, through which its constant part goes too.

    Parameters
    ----------
    path : NirPath
        The path so far.
    stage : Stage
        The linear stage.
    """
    bias = path.bias
    if bias is not None:
        whole = np.broadcast_to(bias, path.shape).reshape(1, *stage.input_shape)
        bias = stage.apply(np.ascontiguousarray(whole, np.float32))[0]
    stages = (*path.stages, stage)
    return dataclasses.replace(
        path, stages=stages, shape=stage.output_shape, bias=bias, flattened=False
    )


def in_place(values: np.ndarray, path: NirPath, where: str, what: str) -> np.ndarray:
    """Numbers of NIR's neurons, one or one for each, in the path's own order.

    Parameters
    ----------
    values : array of float
        The numbers, in NIR's order.
    path : NirPath
        The path that leads to the neurons.
    where : str
        Name of the node in error messages.
    what : str
        Name of the value in the error message.
    """
    if values.size == 1:
        return np.broadcast_to(values.reshape(()), path.shape)
    if len(path.shape) == 3:
        rows, cols, channels = path.shape
        first = (channels, rows, cols)
        series = (channels, cols) if rows == 1 else first  # of a Conv1d
        if values.shape in ([(math.prod(first),)] if path.flattened else [first, series]):
            return values.reshape(first).transpose(1, 2, 0)
    elif values.shape == path.shape:
        return values
    raise ModelFileError(
        f"{where}: {what} has shape {values.shape}; its input is {path.shape}"
        + (" (row, column, channel)" if len(path.shape) == 3 else "")
    )


def pair(values: Any, where: str, what: str, low: int) -> tuple[int, int]:
    """One or two whole numbers of a node as two, ``low`` or more.

    Parameters
    ----------
    values : int or sequence of int
        The values of the node.
    where : str
        Name of the node in error messages.
    what : str
        Name of the value in the error message.
    low : int
        Smallest value.

    Raises
    ------
    ModelFileError
        If they are anything else.
    """
    flat = np.ravel(np.asarray(values))
    if flat.dtype.kind not in "biuf" or flat.size not in (1, 2) or np.any(flat != np.round(flat)):
        raise ModelFileError(f"{where}: {what} is {values!r}; expected one or two whole numbers")
    if np.any(flat < low):
        raise ModelFileError(f"{where}: {what} is {values!r}; expected {low} or more")
    return int(flat[0]), int(flat[-1])
