"""Labels and targets as they are kept: refused with what to do about it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import DataError
from ...support.arrays.owned_arrays import adopted
from ...support.checks.arrays import checked_array, plain_array
from ...support.words.counted import counted
from .images import finite_values, unit_values

__all__ = ["checked_labels", "checked_targets"]


def checked_labels(labels: Any, n_images: int, source: str) -> np.ndarray:
    """Labels as `Split` keeps them: integers counted from 0, one per image.

    Parameters
    ----------
    labels : array_like
        Classes, ``(image,)``.
    n_images : int
        How many images they are of.
    source : str
        Where they are from; messages name it.

    Raises
    ------
    DataError
        If they are anything else; the message says what to do.
    """
    labels = plain_array(labels, f"{source}: labels", DataError)
    if labels.ndim != 1:
        advice = ""
        if labels.ndim == 2:
            advice = "; use labels.ravel()" if labels.shape[1] == 1 else "; use labels.argmax(1)"
            advice += " for classes, or give values as Split(images, targets=values)"
        raise DataError(
            f"{source}: labels have shape {labels.shape}; expected one integer per image, shape "
            f"({n_images},){advice}"
        )
    if len(labels) != n_images:
        raise DataError(
            f"{source}: {counted(len(labels), 'label')} for {counted(n_images, 'image')}; "
            "expected one per image. Check "
            "that the label file belongs to the image file"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        advice = "number the classes, e.g. np.unique(labels, return_inverse=True)[1]"
        if labels.dtype.kind == "f":
            whole = bool(np.all(labels == np.round(labels)))
            advice = (
                "these are no classes: give real numbers as targets, Split(images, targets=values)"
            )
            if whole:
                advice = (
                    "convert with labels.astype(np.int64), or give values as targets, "
                    "Split(images, targets=values)"
                )
        raise DataError(
            f"{source}: labels are of type {labels.dtype}; expected integers counted from 0; "
            f"{advice}"
        )
    if labels.min() < 0:
        at = int(np.argmin(labels))
        raise DataError(
            f"{source}: label {labels[at]} of image {at} is negative; expected classes counted "
            "from 0"
        )
    return checked_array(labels, f"{source}: labels", kind="whole", dtype=np.int64, error=DataError)


def checked_targets(targets: Any, n_images: int, source: str) -> np.ndarray:
    """Values as `Split` keeps them: float32, ``(n, output)`` or ``(n, row, column, channel)``.

    Parameters
    ----------
    targets : array_like
        Values, one or several per image, or an image per image.
    n_images : int
        How many images they belong to.
    source : str
        Where they are from; messages name it.

    Raises
    ------
    DataError
        If they are anything else; the message says what to do.
    """
    what = f"{source}: targets"
    given = plain_array(targets, what, DataError)
    if given.ndim == 1:
        given = given[:, np.newaxis]
    if given.ndim not in (2, 4) or not given.size:
        raise DataError(
            f"{what} have shape {given.shape}; expected (image,), (image, output) or images "
            "(image, row, column, channel)"
        )
    if len(given) != n_images:
        raise DataError(
            f"{what} are of {counted(len(given), 'image')}; expected one each for {n_images}"
        )
    if given.dtype.kind not in "iuf":
        raise DataError(f"{what} are of type {given.dtype}; expected real numbers")
    if given.ndim == 4 and given.dtype == np.uint8:
        return adopted(unit_values(given))
    return finite_values(given, what)
