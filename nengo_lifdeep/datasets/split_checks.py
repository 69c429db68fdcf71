"""Checks of images and labels: refused with what to do about it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DataError
from ..support.checks import shown
from ..support.checks.arrays import checked_array, plain_array
from ..support.owned_arrays import adopted
from ..support.words.counted import counted

__all__ = [
    "checked_films_or_images",
    "checked_images",
    "checked_labels",
    "checked_targets",
    "chosen_places",
    "unit_values",
]


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
        return _finite(images, source)
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
    return _finite(given, what)


def _finite(values: np.ndarray, what: str) -> np.ndarray:
    """Numbers as float32; refused where one is not finite, or too large for it."""
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
