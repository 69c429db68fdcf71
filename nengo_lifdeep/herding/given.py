"""What a learner is given, checked: sizes, weights, images, targets, and records to write into."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import DataError, ValidationError
from ..support.checks import MOST_NEURONS, each, shown, whole
from ..support.checks.arrays import checked_array
from .compiled.record import Record

__all__ = [
    "MOST_SPIKES",
    "checked_record",
    "checked_sizes",
    "image_rows",
    "target_rows",
    "weight_matrices",
]

#: Most that a pixel, a target or a residue is worth, in spikes: more is no number of this network.
MOST_SPIKES = 2.0**20

_SCALE_OF_WEIGHTS = 0.01  # the authors'


def checked_sizes(value: Any) -> tuple[int, ...]:
    """Units of the input and of each layer.

    Parameters
    ----------
    value : sequence of int
        What was given.

    Raises
    ------
    ValidationError
        If they are not whole numbers from 1 up, two or more, or the weights would not fit.
    """
    found: tuple[int, ...] = each(whole(1), "units of the input and of each layer")(value, "sizes")
    if len(found) < 2:
        raise ValidationError(
            f"sizes are {found}; expected those of the input and of one layer or more"
        )
    weights = sum(math.prod(pair) for pair in zip(found[:-1], found[1:], strict=True))
    if weights > MOST_NEURONS:
        raise ValidationError(
            f"sizes are {found}, which makes {weights:,} weights; expected at most {MOST_NEURONS:,}"
        )
    return found


def weight_matrices(value: Any, sizes: Sequence[int], seed: int, most: float) -> list[np.ndarray]:
    """Weights of each layer in float64, ``(in, out)``.

    Parameters
    ----------
    value : sequence of (in, out) array, or None
        What was given; None for the authors', normal with a deviation of 0.01.
    sizes : sequence of int
        Units of the input and of each layer.
    seed : int
        Of these.
    most : float
        Largest size of a weight that the numbers of the network hold.

    Raises
    ------
    ValidationError
        If they are no such arrays.
    """
    shapes = list(zip(sizes[:-1], sizes[1:], strict=True))
    if value is None:
        rng = np.random.default_rng(seed)
        return [rng.standard_normal(shape) * _SCALE_OF_WEIGHTS for shape in shapes]
    if not isinstance(value, list | tuple):
        raise ValidationError(f"weights is {shown(value)}; expected a list of (in, out) arrays")
    given = [checked_array(w, f"weights[{i}]", low=-most, high=most) for i, w in enumerate(value)]
    if [w.shape for w in given] != shapes:
        raise ValidationError(
            f"weights have shapes {[w.shape for w in given]}; expected {shapes} (in, out)"
        )
    return [w.astype(np.float64) for w in given]


def image_rows(images: Any, n_inputs: int) -> np.ndarray:
    """Images as rows of a network's input.

    Parameters
    ----------
    images : (image, ...) array
        Of ``n_inputs`` numbers each; uint8 becomes [0, 1].
    n_inputs : int
        Units of the input.

    Raises
    ------
    DataError
        If they are no numbers, not as many, or beyond `MOST_SPIKES`.
    """
    array = checked_array(images, "images", low=-MOST_SPIKES, high=MOST_SPIKES, error=DataError)
    if array.ndim < 2 or math.prod(array.shape[1:]) != n_inputs:
        raise DataError(
            f"images have shape {array.shape}; expected (image, ...) with {n_inputs} numbers each"
        )
    flat = array.reshape(len(array), n_inputs)
    if flat.dtype == np.float16:  # multiples of spikes are beyond its numbers
        return flat.astype(np.float32)
    return flat / np.float32(255) if flat.dtype == np.uint8 else flat


def target_rows(targets: Any, n_outputs: int) -> np.ndarray:
    """Labels as rows of 0 and 1, or values, ``(image, output)``.

    Parameters
    ----------
    targets : (image,) array of int, or (image, output) array
        What was given.
    n_outputs : int
        Units of the last layer.

    Raises
    ------
    DataError
        If they are neither, or beyond `MOST_SPIKES`.
    """
    array = checked_array(targets, "targets", low=-MOST_SPIKES, high=MOST_SPIKES, error=DataError)
    if array.ndim == 1 and (array.dtype.kind in "iu" or not len(array)):
        if len(array) and not 0 <= array.min() <= array.max() < n_outputs:
            raise DataError(
                f"labels are {array.min()} to {array.max()}; expected 0 to {n_outputs - 1}"
            )
        return np.eye(n_outputs)[array.astype(np.int64, copy=False)]
    if array.ndim != 2 or array.shape[1] != n_outputs:
        raise DataError(
            f"targets have shape {array.shape} ({array.dtype}); expected labels (image,) of int, "
            f"or values (image, {n_outputs})"
        )
    return array


def checked_record(
    record: Any, n: int, sizes: Sequence[int], dtype: str, n_steps: int = 0
) -> Record:
    """A record that a run of so many images fits into.

    Parameters
    ----------
    record : Record
        What was given.
    n : int
        Images.
    sizes : sequence of int
        Units of the input and of each layer.
    dtype : str
        Of potentials.
    n_steps : int
        Steps of the run.

    Raises
    ------
    ValidationError
        If it is of another network, other images, other numbers, or another number of steps.
    """
    if not isinstance(record, Record):
        raise ValidationError(f"record is {shown(record)}; expected one of empty_record(...)")
    steps = n_steps if record.outputs.ndim == 3 and record.outputs.shape[1] else 0
    counts = len(record.counts) > 0
    for name, shape in Record.shapes(n, sizes, steps, counts).items():
        array = getattr(record, name)
        kind = np.dtype(dtype if name in ("drive", "outputs") else np.int64)
        if (array.shape, array.dtype) != (shape, kind):
            made = f"empty_record({n}" + (f", {steps}" if steps else "")
            raise ValidationError(
                f"record.{name} is {array.dtype} of shape {array.shape}; expected {kind} of shape "
                f"{shape}, as of {made}{', counts=True' if counts else ''})"
            )
    return record
