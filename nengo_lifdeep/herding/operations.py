"""Additions of a run, counted: every spike times what it reaches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .compiled.record import Record

__all__ = ["additions_of", "dense_operations", "forward_additions"]


def forward_additions(record: Record, sizes: Sequence[int]) -> np.ndarray:
    """Additions of weights to potentials of each layer, ``(image, layer)``.

    A spike into a layer costs its units. Emitting, and the running sum of the outputs, are free.

    Parameters
    ----------
    record : Record
        Of a run.
    sizes : sequence of int
        Units of the input and of each layer.
    """
    return record.spikes[:, :-1] * np.array(sizes[1:])


def additions_of(record: Record, sizes: Sequence[int]) -> np.ndarray:
    """All additions of each image, ``(image,)``: forward, backward, and of weights.

    An error spike that goes back through a layer costs its inputs; those that the gate stops, and
    those of the first layer, which nothing is before, cost nothing.

    Parameters
    ----------
    record : Record
        Of a run.
    sizes : sequence of int
        Units of the input and of each layer.
    """
    forward = forward_additions(record, sizes).sum(axis=1)
    back = (record.gated[:, 2:] * np.array(sizes[1:-1])).sum(axis=1)
    return np.asarray(forward + back + record.updates)


def dense_operations(sizes: Sequence[int]) -> dict[str, int]:
    """What the rectified-linear network computes for an image.

    Parameters
    ----------
    sizes : sequence of int
        Units of the input and of each layer.

    Returns
    -------
    dict of str to int
        ``multiply_adds``: one per weight; ``operations``: multiplications and additions, ``2 n m -
        m`` for a layer of ``n`` inputs and ``m`` units.

    Examples
    --------
    >>> dense_operations((784, 200, 200, 10))
    {'multiply_adds': 198800, 'operations': 397190}
    """
    pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
    products = sum(n * m for n, m in pairs)
    return {
        "multiply_adds": products,
        "operations": 2 * products - sum(m for _, m in pairs),
    }
