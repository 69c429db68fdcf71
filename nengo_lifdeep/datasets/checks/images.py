"""Images as they are kept: refused with what to do about it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import DataError
from ...support.arrays.owned_arrays import adopted
from ...support.checks.arrays import plain_array

__all__ = ["checked_films_or_images", "checked_images", "finite_values", "unit_values"]


def unit_values(images: np.ndarray) -> np.ndarray:
    """Pixels of uint8 as float32 in [0, 1].

    Parameters
    ----------
    images : array of uint8 or float
        Pixels, of any shape.

    Examples
    --------
    >>> unit_values(np.array([0, 51, 255], np.uint8))
    array([0. , 0.2, 1. ], dtype=float32)
    """
    return images.astype(np.float32) / np.float32(255)


def checked_images(
    images: Any, source: str, any_features: bool = False, any_range: bool = False
) -> np.ndarray:
    """Images as `Split` keeps them: uint8, or float32 in [0, 1].

    Parameters
    ----------
    images : array_like
        Pixels, ``(image, row, column, channel)``, or rows ``(image, feature)``.
    source : str
        Where they are from; messages name it.
    any_features : bool
        Whether images of one pixel, features, may be any finite numbers.
    any_range : bool
        Whether all images may.

    Raises
    ------
    DataError
        If they are anything else; the message says what to do.
    """
    images = plain_array(images, f"{source}: images", DataError)
    if images.ndim == 2:  # rows of features: images of one pixel
        images = images[:, np.newaxis, np.newaxis]
    if images.ndim != 4:
        advice = ""
        if images.ndim == 3:
            advice = (
                "; add the channel axis of grey images with images[..., np.newaxis]; series (n, "
                "step, feature) are datasets.Series"
            )
        raise DataError(
            f"{source}: images have shape {images.shape}; expected four axes "
            f"(image, row, column, channel){advice}"
        )
    if images.size == 0:
        raise DataError(
            f"{source}: there are no images (shape {images.shape}); expected at least one"
        )
    if images.dtype == np.uint8:
        return images
    if images.dtype == np.bool_:
        return adopted(images.astype(np.float32))  # 0 and 1, exactly
    if images.dtype.kind in "iuf" and (any_range or _are_features(images, any_features)):
        return finite_values(images, source)
    if not np.issubdtype(images.dtype, np.floating):
        advice = ""
        if np.issubdtype(images.dtype, np.integer):
            advice = f". {_scale_advice(int(images.min()), int(images.max()), whole=True)}"
        raise DataError(
            f"{source}: images are of type {images.dtype}; expected uint8 (0 to 255), bool (0 and "
            f"1) or floats in [0, 1]{advice}"
        )
    _check_pixels(images, source)
    return images if images.dtype == np.float32 else adopted(images.astype(np.float32))


def checked_films_or_images(images: Any, source: str, valued: bool, any_range: bool) -> np.ndarray:
    """Images, or films, as they are kept.

    Parameters
    ----------
    images : array_like
        Images or films.
    source : str
        What messages name.
    valued : bool
        Whether there are values to be given, and no classes.
    any_range : bool
        Whether they may hold any finite numbers.

    Raises
    ------
    DataError
        If they are neither, or there are none.
    """
    if getattr(images, "ndim", 4) != 5:
        return checked_images(images, source, valued, any_range)
    films = plain_array(images, f"{source}: images", DataError)
    if not films.size:
        raise DataError(
            f"{source}: there are no films (shape {films.shape}); expected at least one"
        )
    flat = films.reshape(-1, *films.shape[2:])
    frames = checked_images(flat, f"{source} (frames counted through all films)", valued, any_range)
    return frames.reshape(films.shape)


def _are_features(images: np.ndarray, any_features: bool) -> bool:
    """Whether these are features, not pixels: one pixel each, and negative if nobody says so."""
    return images.shape[1:3] == (1, 1) and (any_features or bool((images < 0).any()))


def finite_values(values: np.ndarray, what: str) -> np.ndarray:
    """Numbers as float32.

    Parameters
    ----------
    values : (n, ...) array
        Integers or floats.
    what : str
        Of what they are; messages name it.

    Raises
    ------
    DataError
        If one is not finite, or too large for float32.
    """
    with np.errstate(over="ignore"):
        kept = values.astype(np.float32)
    if not np.isfinite(kept).all():
        at = np.argwhere(~np.isfinite(kept))[0]
        place = [int(i) for i in (at[0], *at[1:][np.array(values.shape[1:]) > 1])]
        raise DataError(
            f"{what}: number {place} (image, ...) is {values[tuple(at)]}; expected finite numbers "
            "up to 3e38. Repair or drop that image"
        )
    return adopted(kept)


def _check_pixels(images: np.ndarray, source: str) -> None:
    low, high = images.min(), images.max()  # NaN and infinity show in either
    if np.isfinite(low) and np.isfinite(high) and 0 <= low and high <= 1:
        return
    finite = np.isfinite(images)
    if not finite.all():
        at = np.argwhere(~finite)[0].tolist()
        raise DataError(
            f"{source}: pixel [row {at[1]}, column {at[2]}, channel {at[3]}] of image {at[0]} is "
            f"{images[tuple(at)]}; expected numbers from 0 to 1. Repair or drop that image"
        )
    raise DataError(
        f"{source}: pixels lie in [{low:g}, {high:g}]; expected floats in [0, 1]. "
        + _scale_advice(float(low), float(high), whole=False)
    )


def _scale_advice(low: float, high: float, *, whole: bool) -> str:
    """What to do with pixels from ``low`` to ``high``; asks where their full scale is not sure."""
    if low < 0:
        return (
            "Bring the darkest value that a pixel can have to 0 and the brightest to 1: "
            "(images - darkest) / (brightest - darkest)"
        )
    if high <= 1:
        return "Give 0 and 1 as images.astype(bool); divide by the brightest value if that is more"
    if 128 <= high <= 255:
        as_bytes = " or give images.astype(np.uint8)" if whole else " or give uint8"
        return f"If a pixel reaches up to 255, divide by 255{as_bytes}"
    return (
        f"Divide by the brightest value that a pixel can have: images / {high:g} if that is "
        f"{high:g}, the largest here"
    )
