"""Matrix products whose rows do not depend on where they stand."""

from __future__ import annotations

import functools

import numpy as np

__all__ = ["depend_on_the_place", "product"]


def product(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """``rows @ weights``, where equal rows give equal results wherever they stand.

    Images are computed in batches, and a neuron near its threshold fires a step earlier or later
    by the last bit of its current. Some kernels of OpenBLAS (that for Haswell, which it takes for
    processors without AVX512 or where ``OPENBLAS_CORETYPE`` names it) sum rows in single precision
    in another order by their place in the matrix. There the product is one in double precision,
    rounded.

    Parameters
    ----------
    rows : (..., n, input) array of float
        Such as images, or pixels of images.
    weights : (..., input, output) array of float
        The matrix.

    Returns
    -------
    (..., n, output) array

    Examples
    --------
    >>> product(np.ones((2, 3), np.float32), np.ones((3, 1), np.float32))
    array([[3.],
           [3.]], dtype=float32)
    """
    single = rows.dtype == weights.dtype == np.float32
    if single and depend_on_the_place():
        wide = np.matmul(rows, weights, dtype=np.float64)
        return np.asarray(wide.astype(np.float32))
    return np.asarray(rows @ weights)


@functools.cache
def depend_on_the_place() -> bool:
    """Whether sums of rows in single precision depend on their place, on this computer.

    A few products are looked at, which takes some milliseconds once.
    """
    rng = np.random.default_rng(0)
    for n_inputs, n_outputs in ((9, 16), (72, 24), (576, 64)):
        rows = rng.standard_normal((96, n_inputs)).astype(np.float32)
        weights = rng.standard_normal((n_inputs, n_outputs)).astype(np.float32)
        found = rows @ weights
        for _ in range(4):
            order = rng.permutation(len(rows))
            if not np.array_equal(rows[order] @ weights, found[order]):
                return True
    return False
