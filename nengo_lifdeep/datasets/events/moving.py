"""Events of static images that move before a sensor: data where there is no event camera."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import DataError
from ...support.arrays.owned_arrays import adopted
from ...support.checks import checked, flag, real, whole
from ...support.checks.arrays import checked_array, plain_array
from ..checks.images import checked_images, unit_values
from ..split import Split
from .value import MOST_PIXELS, Events, packed

__all__ = ["saccades", "signed_events"]

#: images at a time
_AT_ONCE = 500

#: smallest intensity, so that its logarithm is finite
_DARKEST = 0.02

#: thresholds that may be missing, so that rounding does not hide changes of exactly one
_ROUNDING = 1e-5


@checked(DataError, steps=whole(1), extent=real(above=0))
def saccades(steps: int = 20, extent: float = 2.0) -> np.ndarray:
    """Three straight movements along a triangle and back to its start, as N-MNIST's camera made.

    From the upper left to the lower middle, to the upper right, and back along the top; there each
    took 100 ms (Orchard, Jayawant, Cohen & Thakor 2015).

    Parameters
    ----------
    steps : int
        Steps of each movement.
    extent : float
        Half of the width and height of the triangle, in pixels.

    Returns
    -------
    (3 * steps + 1, 2) array of float
        Rows and columns by which the image is moved, at the beginning and after every step.

    Examples
    --------
    >>> saccades(1, 2.0).tolist()
    [[-2.0, -2.0], [2.0, 0.0], [-2.0, 2.0], [-2.0, -2.0]]
    """
    corners = extent * np.array([[-1.0, -1.0], [1.0, 0.0], [-1.0, 1.0], [-1.0, -1.0]])
    part = np.arange(1, steps + 1)[:, np.newaxis] / steps
    moves = [a + part * (b - a) for a, b in zip(corners[:-1], corners[1:], strict=True)]
    return np.concatenate([corners[:1], *moves])


@checked(DataError, threshold=real(above=0), step=whole(1), margin=whole(0, 1000), logarithm=flag)
def signed_events(
    images: Split | np.ndarray,
    path: np.ndarray,
    threshold: float = 0.25,
    *,
    step: int = 5000,
    margin: int = 0,
    logarithm: bool = False,
) -> list[Events]:
    """Events of images that are moved along a path.

    A pixel remembers the intensity at its last event; where the image's there has become larger
    by ``threshold`` it gives an event that is on, where smaller one that is off, several where
    several thresholds are passed, equally spaced in the step, in which the intensity is taken to
    change linearly. Between pixels the image is interpolated linearly, outside it goes on as at
    its border: an image in inverted contrast, ``1 - image``, gives the same events with the
    opposite polarity (unless in logarithms).

    Parameters
    ----------
    images : Split or (n, row, column) or (n, row, column, 1) array
        Grey images, uint8 or in [0, 1].
    path : (k, 2) array of float
        Rows and columns by which the image is moved, downwards and to the right, at the beginning
        and after every step: `saccades`, or any other.
    threshold : float
        Change of the intensity, or of its logarithm, that is an event.
    step : int
        Microseconds of a step.
    margin : int
        Pixels around the image that the sensor has besides.
    logarithm : bool
        Whether the sensor sees the logarithm of intensities, of 0.02 and more, as cameras do.

    Returns
    -------
    list of Events
        One stream per image, from 0 to before ``(k - 1) * step`` microseconds.

    Raises
    ------
    DataError
        If images are not grey images, or the path is none.

    Examples
    --------
    >>> image = np.zeros((1, 4, 4)); image[0, :, 1] = 1  # a line that moves to the right
    >>> stream = signed_events(image, [[0, 0], [0, 1]], threshold=0.5)[0]
    >>> frames = np.zeros((4, 4), int)
    >>> np.add.at(frames, (stream.y, stream.x), stream.signs)
    >>> frames[0].tolist(), int(stream.t.max())
    ([0, -2, 2, 0], 4999)
    """
    shown, source = _grey(images)
    places = checked_array(path, "path", shape=("step", 2), dtype=np.float64, error=DataError)
    if len(places) < 2:
        raise DataError(f"path has {len(places)} places; expected two or more")
    if np.abs(places).max() > MOST_PIXELS or (len(places) - 1) * step > 2**52:
        raise DataError("path leads farther than 65,536 pixels, or lasts longer than 142 years")
    found: list[Events] = []
    for start in range(0, len(shown), _AT_ONCE):
        part = unit_values(shown[start : start + _AT_ONCE]) if shown.dtype == np.uint8 else (
            shown[start : start + _AT_ONCE]
        )  # fmt: skip
        found += _streams(part, places, threshold, step, margin, logarithm, source, start)
    return found


def _grey(images: Any) -> tuple[np.ndarray, str]:
    if isinstance(images, Split):
        given, source = np.asarray(images.images[:]), images.source
    else:
        given, source = plain_array(images, "images", DataError), "images"
        if given.ndim == 3:
            given = given[..., np.newaxis]
        given = checked_images(given, source)
    if given.ndim != 4 or given.shape[3] != 1:
        raise DataError(
            f"{source} have shape {given.shape}; expected grey images (n, row, column, 1). Colours "
            "become grey by images.mean(axis=3, keepdims=True)"
        )
    return given[..., 0], source


def _streams(
    images: np.ndarray, path: np.ndarray, threshold: float, step: int, margin: int,
    logarithm: bool, source: str, number: int,
) -> list[Events]:  # fmt: skip
    """The streams of some images, all steps of all of them at once."""
    size = images.shape[1] + 2 * margin, images.shape[2] + 2 * margin
    columns: list[list[np.ndarray]] = []
    seen = _seen(images, path[0], margin, logarithm)
    known = seen.copy()
    for i, place in enumerate(path[1:]):
        now = _seen(images, place, margin, logarithm)
        change = (now - known) / threshold
        passed = np.trunc(change + np.copysign(_ROUNDING, change)).astype(np.int64)
        at = np.flatnonzero(passed)
        signed = passed.ravel()[at]
        repeats = np.abs(signed)
        if repeats.size:
            sign = np.repeat(np.sign(signed), repeats)
            pixel = np.repeat(at, repeats)
            nth = np.arange(len(pixel)) - np.repeat(np.cumsum(repeats) - repeats, repeats) + 1
            level = known.ravel()[pixel] + sign * nth * threshold
            change = (now - seen).ravel()[pixel]
            part = np.clip((level - seen.ravel()[pixel]) / np.where(change, change, 1), 0, 1)
            t = i * step + np.minimum((part * step).astype(np.int64), step - 1)
            columns.append([pixel, t, sign > 0])
        known += passed * threshold
        seen = now
    joined = [np.concatenate(c) for c in zip(*columns, strict=True)] or [np.zeros(0, int)] * 3
    pixel, t, on = joined
    image, inside = np.divmod(pixel, size[0] * size[1])
    order = np.lexsort((t, image))
    data = packed(t[order], (inside % size[1])[order], (inside // size[1])[order], on[order])
    ends = np.searchsorted(image[order], np.arange(len(images) + 1))
    return [
        Events(adopted(data[a:b].copy()), size, f"image {number + i} of {source}, moving")
        for i, (a, b) in enumerate(zip(ends[:-1], ends[1:], strict=True))
    ]


def _seen(images: np.ndarray, place: np.ndarray, margin: int, logarithm: bool) -> np.ndarray:
    """Images moved by ``place``, interpolated linearly and continued at their borders."""
    moved = images.astype(np.float64)
    for axis, shift in ((1, place[0]), (2, place[1])):
        length = images.shape[axis]
        at = np.arange(length + 2 * margin) - margin - shift
        low = np.floor(at)
        part = (at - low).reshape(-1, *(1,) * (2 - axis))
        first, second = (np.clip(low + k, 0, length - 1).astype(np.intp) for k in (0, 1))
        moved = moved.take(first, axis) * (1 - part) + moved.take(second, axis) * part
    return np.log(np.maximum(moved, _DARKEST)) if logarithm else moved
