"""Keras operations that are a matrix: products with constants, and parts of an image."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...layers.types import Dense, Shape
from ..chain.graph import Entry
from ..folding.channels import picking
from ..folding.layers import AxisMaps, Windows
from .image import plain_constant
from .structure.graph import KerasLayer

__all__ = ["PRODUCTS", "cut", "product", "stacked"]

#: operations of one input that multiply it by a matrix
PRODUCTS = ("Matmul", "Dot")


def product(keras: KerasLayer, raw: tuple[int, ...], shape: Shape) -> Entry:
    """``matmul(x, w)``: a dense layer, of every pixel for itself.

    Parameters
    ----------
    keras : KerasLayer
        One of `PRODUCTS`.
    raw, shape : tuple of int
        Keras's and our shape of its input.

    Raises
    ------
    UnsupportedLayerError
        If it multiplies by something else than one matrix from the right.
    """
    given = [(i, v) for i, v in enumerate(keras.constants) if not isinstance(v, bool | None)]
    try:
        ((place, value),) = given
        matrix = np.asarray(plain_constant(value), dtype=np.float32)
    except (TypeError, ValueError):
        raise keras.refuse("multiplies by what could not be read; use a Dense layer") from None
    matrix = matrix.T if keras.config.get("transpose_b") else matrix
    is_right = place == 1 and matrix.ndim == 2 and not keras.config.get("transpose_a")
    if not is_right or raw[-1] != shape[-1] or len(matrix) != raw[-1]:
        raise keras.refuse(
            f"multiplies values {raw} and a matrix {matrix.shape}; expected matmul(x, w) with w of "
            f"the shape ({raw[-1]}, units)"
        )
    units = matrix.shape[1]
    if len(shape) == 1:
        return Dense(units, use_bias=False), {"kernel": matrix}
    return Windows(filters=units), {"kernel": matrix[None, None]}


def cut(keras: KerasLayer, raw: tuple[int, ...], shape: Shape) -> list[Entry]:
    """``x[:, 1:-1, ::2]``: some of the rows, columns and channels.

    Parameters
    ----------
    keras : KerasLayer
        Its ``slices`` are those of Keras's axes without the batch.
    raw, shape : tuple of int
        Keras's and our shape of its input.

    Raises
    ------
    UnsupportedLayerError
        If nothing is left, or it is one of a grey image's columns.
    """
    parts = keras.config["slices"]
    try:
        taken = [
            np.eye(n)[[p] if isinstance(p, int) else p] for n, p in zip(raw, parts, strict=True)
        ]
    except IndexError as error:
        raise keras.refuse(f"takes what is not there: {error}") from None
    if not all(map(len, taken)):
        raise keras.refuse(f"leaves nothing of {raw}; take a part with values in it")
    if len(shape) == 1:
        return [(Dense(len(taken[0]), use_bias=False), {"kernel": taken[0].T.astype(np.float32)})]
    if raw[-1] != shape[-1]:  # a grey image has no channels in Keras
        taken.append(np.eye(1))
    rows, cols, channels = taken if len(taken) == 3 else (np.eye(1), *taken)
    entries: list[Entry] = []
    if any(not np.array_equal(m, np.eye(m.shape[1])) for m in (rows, cols)):
        layer = AxisMaps(what=f"taking {parts}", after=(len(rows), len(cols)))
        entries.append((layer, {"rows": rows, "cols": cols}))
    if not np.array_equal(channels, np.eye(shape[-1])):
        entries.append(picking(channels.argmax(axis=1), shape[-1]))
    return entries


def stacked(
    keras: KerasLayer, picked: Mapping[str, tuple[str, np.ndarray]]
) -> tuple[str, np.ndarray] | None:
    """The image whose channels are put together in another order, and which they are.

    Parameters
    ----------
    keras : KerasLayer
        A stack of single channels, which is one matrix if all are of the same image.
    picked : dict of str to (str, array of int)
        The image and the channels of every value that is some of its channels.
    """
    found = [picked[name] for name in keras.inputs if name in picked]
    if len(found) < len(keras.inputs) or len({source for source, _ in found}) > 1:
        return None
    return found[0][0], np.concatenate([taken for _, taken in found])
