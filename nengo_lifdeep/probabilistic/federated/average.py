"""What a base station computes: the mean of weights that devices sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import ValidationError
from ...support.checks.arrays import checked_array, plain_array
from ...support.words.counted import counted

__all__ = ["federated_average"]


def federated_average(weights: Any, sizes: Any, masks: Any = None) -> list[list[np.ndarray]]:
    """Weights of every device after an exchange.

    Every entry becomes its mean over the devices that sent it, weighted by their sizes; what one
    device alone sent becomes that device's for all, and what nobody sent stays what it is.

    Parameters
    ----------
    weights : sequence of sequence of array
        Of every device, as many arrays of the same shapes for each.
    sizes : (device,) array of float
        How much a device counts, e.g. its number of examples.
    masks : sequence of sequence of array of bool, optional
        What devices sent: arrays that fit the weights by broadcasting. All by default.

    Returns
    -------
    list of list of array
        Of every device, of its arrays' types. Sums are taken in double precision and in the order
        of the devices: they are equal to the last bit wherever they are computed.

    Raises
    ------
    ValidationError
        If arrays, sizes and masks do not fit together, a number is not finite, or a size is not
        above 0.

    Examples
    --------
    >>> federated_average([[np.array([1.0, 2.0])], [np.array([4.0, 8.0])]], [2, 1])
    [[array([2., 4.])], [array([2., 4.])]]
    >>> sent = [[np.array([True, False])], [np.array([False, False])]]
    >>> federated_average([[np.array([1.0, 2.0])], [np.array([4.0, 8.0])]], [2, 1], sent)
    [[array([1., 2.])], [array([1., 8.])]]
    """
    given = [_arrays(own, f"weights of device {i}") for i, own in enumerate(_listed(weights))]
    counts = checked_array(sizes, "sizes", shape=(len(given),), dtype=np.float64)
    if not (counts > 0).all():
        at = int(np.argmin(counts > 0))
        raise ValidationError(f"sizes[{at}] is {counts[at]:g}; expected numbers above 0")
    for i, own in enumerate(given):
        shapes, first = [a.shape for a in own], [a.shape for a in given[0]]
        if shapes != first:
            raise ValidationError(
                f"weights of device {i} have shapes {shapes}, those of device 0 {first}; expected "
                "the same: devices hold the same network"
            )
    sent = _masks(masks, given)
    means = [
        _mean([own[i] for own in given], counts, [own[i] for own in sent])
        for i in range(len(given[0]))
    ]
    return [
        [
            np.where(any_sent, mean, array).astype(array.dtype)
            for array, (mean, any_sent) in zip(own, means, strict=True)
        ]
        for own in given
    ]


def _mean(
    arrays: list[np.ndarray], sizes: np.ndarray, masks: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """The weighted mean of what was sent, and where anything was."""
    total: Any = 0.0
    for size, mask in zip(sizes, masks, strict=True):
        total = total + size * mask
    shared = np.where(total > 0, total, 1.0)
    mean = np.zeros(arrays[0].shape)
    for array, size, mask in zip(arrays, sizes, masks, strict=True):
        mean += size * mask / shared * array  # a share of exactly 1 where it alone was sent
    return mean, total > 0


def _listed(value: Any) -> list[Any]:
    try:
        found = list(value)
    except TypeError as error:
        raise ValidationError(
            f"weights are a {type(value).__name__}; expected a list of arrays for every device"
        ) from error
    if not found:
        raise ValidationError("weights are of no device; expected one or more")
    return found


def _arrays(value: Any, what: str) -> list[np.ndarray]:
    if isinstance(value, np.ndarray) or not isinstance(value, Sequence):
        raise ValidationError(f"{what} are a {type(value).__name__}; expected a list of arrays")
    if not value:
        raise ValidationError(f"{what} are no arrays; expected one or more")
    found = [checked_array(a, f"{what}, array {i}", kind="number") for i, a in enumerate(value)]
    return [a if a.dtype.kind == "f" else a.astype(np.float64) for a in found]


def _masks(masks: Any, given: list[list[np.ndarray]]) -> list[list[np.ndarray]]:
    if masks is None:
        return [[np.ones((), np.bool_)] * len(own) for own in given]
    found = list(masks) if isinstance(masks, Sequence) else []
    if len(found) != len(given):
        raise ValidationError(
            f"masks are of {len(found)} devices, weights of {len(given)}; expected masks of each"
        )
    return [
        [_mask(m, a, f"masks[{i}][{j}]") for j, (m, a) in enumerate(_pairs(own, arrays, i))]
        for i, (own, arrays) in enumerate(zip(found, given, strict=True))
    ]


def _pairs(masks: Any, arrays: list[np.ndarray], device: int) -> list[tuple[Any, np.ndarray]]:
    n = len(masks) if isinstance(masks, Sequence) else 0
    if n != len(arrays):
        raise ValidationError(
            f"masks of device {device} are {n}, its weights {counted(len(arrays), 'array')}; "
            "expected a mask for each"
        )
    return list(zip(masks, arrays, strict=True))


def _mask(mask: Any, array: np.ndarray, what: str) -> np.ndarray:
    found = plain_array(mask, what)
    if found.dtype != np.bool_:
        raise ValidationError(f"{what} is of type {found.dtype}; expected booleans")
    try:
        np.broadcast_to(found, array.shape)
    except ValueError as error:
        raise ValidationError(
            f"{what} has shape {found.shape}, its weights {array.shape}; expected shapes that fit "
            "by broadcasting"
        ) from error
    return found
