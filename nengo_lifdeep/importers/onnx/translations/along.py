"""A matrix along one of ONNX's axes: some of the channels or units, their sums, another order."""

from __future__ import annotations

import numpy as np

from ....layers.types import Dense
from ...chain.graph import Entry
from ...folding.layers import Windows
from ..operation import Operation
from ..view import View

__all__ = ["along", "image_axis"]

#: values of one matrix
_MOST = 2**24


def image_axis(view: View, axis: int) -> str | None:
    """Whether one of ONNX's axes is the rows or the columns of an image.

    Parameters
    ----------
    view : View
        Axes of a value.
    axis : int
        Of ONNX, counted from 0 with the batch.
    """
    dim = view.dims[axis - 1]
    if view.is_flat or len(dim) > 1 or (dim and dim[0] not in ("h", "w")):
        return None
    if dim:
        return dim[0]
    seen = [a for d in view.dims for a in d if a in ("h", "w")]  # an axis of size 1
    left = [a for a in ("h", "w") if a not in seen]
    if len(view.dims) < 2 or not left or (not view.channels and axis == 1):
        return None
    return left[0] if len(left) == 1 else ("w" if axis == len(view.dims) else "h")


def along(op: Operation, view: View, axis: int, matrix: np.ndarray) -> tuple[list[Entry], View]:
    """The layer that multiplies channels or units along an axis by a matrix, and the axes then.

    Parameters
    ----------
    op : Operation
        For errors.
    view : View
        Axes of what it takes.
    axis : int
        Of ONNX, counted from 0 with the batch.
    matrix : (after, before) array
        Along that axis.

    Raises
    ------
    UnsupportedLayerError
        If the axis is made of rows or columns and something else, or the matrix is too large.
    """
    names = view.dims[axis - 1]
    every = view.own_order if view.is_flat else view.channels
    if not set(names) <= set(every):
        raise op.refuse(
            f"changes axis {axis} of (batch, {str(view.raw)[1:-1]}), which mixes rows or columns "
            "with others; do it before they are flattened"
        )
    rest = [a for a in every if a not in names]
    n = int(np.prod([view.sizes[a] for a in every], dtype=int))
    where = np.arange(n).reshape([view.sizes[a] for a in every])
    where = where.transpose([every.index(a) for a in (*names, *rest)])
    where = where.reshape(matrix.shape[1], -1)
    after, each = len(matrix), where.shape[1]
    if n * after * each > _MOST:
        raise op.refuse(
            f"would be a matrix of {n:,} x {after * each:,}; at most {_MOST:,} values are taken: "
            "do it before images are flattened"
        )
    kernel = np.zeros((n, after * each), np.float32)
    columns = np.arange(after)[:, None] * each + np.arange(each)
    kernel[where[:, None, :], columns[None]] = matrix.T[:, :, None]
    kind = "f" if view.is_flat else "c"
    new = f"{kind}{op.position}_k" if rest else kind
    sizes = {a: s for a, s in view.sizes.items() if a in "hw" and not view.is_flat}
    sizes |= {new: after} | {a: view.sizes[a] for a in rest}
    dims = tuple((new,) if i == axis else dim for i, dim in enumerate(view.dims, 1))
    made = View(sizes, dims, view.is_flat).clean()
    if len(kernel) == kernel.shape[1] and np.array_equal(kernel, np.eye(n)):
        return [], made
    if view.is_flat:
        return [(Dense(after * each, use_bias=False), {"kernel": kernel})], made
    return [(Windows(filters=after * each), {"kernel": kernel[None, None]})], made
