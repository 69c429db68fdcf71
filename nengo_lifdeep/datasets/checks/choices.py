"""Choices of images by an index: refused with what to do about it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import DataError
from ...support.checks import shown
from .images import unit_values

__all__ = ["chosen_places", "chosen_units"]


def chosen_places(index: Any, n: int, source: str, things: str = "images") -> np.ndarray:
    """The places, from 0, that an index chooses among ``n``: at least one.

    Parameters
    ----------
    index : slice, or (k,) array of int or bool
        What was asked for.
    n : int
        How many there are.
    source : str
        Where they are from; messages name it.
    things : str
        What they are, for messages.

    Raises
    ------
    DataError
        If it chooses nothing, or cannot be used as an index.

    Examples
    --------
    >>> chosen_places(slice(1, None, 2), 5, "digits")
    array([1, 3])
    """
    try:
        places: np.ndarray = np.arange(n)[index]
    except (IndexError, TypeError, ValueError) as error:
        raise DataError(
            f"{source}: no {things} can be chosen by {shown(index)}: {error}"
        ) from error
    if places.ndim != 1 or not len(places):
        raise DataError(
            f"{source}: {shown(index)} chooses an array {places.shape} of its {n} {things}; "
            "expected at least one, as a slice, integers or booleans"
        )
    return places


def chosen_units(split: Any, index: Any) -> np.ndarray:
    """The chosen images as float32, pixels of uint8 in [0, 1].

    Parameters
    ----------
    split : Split
        The images.
    index : slice, or (k,) array of int or bool
        Which of them.

    Raises
    ------
    DataError
        If these are films, or no images can be chosen by ``index``.
    """
    index = list(index) if isinstance(index, tuple) else index
    if split.is_film:
        raise DataError(
            f"{split.source}: these are films of {split.n_frames} frames {split.image_shape}; "
            "expected images. Take every frame as an image with split.frames, or all frames of "
            "a film as the channels of one with split.stacked()"
        )
    try:
        images = split.images[index]
    except DataError:  # of a file
        raise
    except (IndexError, TypeError, ValueError) as error:
        raise DataError(
            f"{split.source}: no images can be chosen by {shown(index)}: {error}"
        ) from error
    if images.ndim != split.images.ndim:
        raise DataError(
            f"{split.source}: {shown(index)} chooses no batch of images; expected a slice, "
            "integers or booleans"
        )
    return images.copy() if images.dtype == np.float32 else unit_values(images)
