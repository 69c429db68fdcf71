"""Random affine and elastic deformations of images, in NumPy.

Every pixel of a new image is read, bilinearly, from a place of the old one. Elastic displacements
are those of Simard, Steinkraus & Platt (2003), "Best practices for convolutional neural networks
applied to visual document analysis", with a cubic B-spline through random vectors in place of a
Gaussian filter over random pixels, which is the same kind of field for a tenth of the arithmetic.
"""

from __future__ import annotations

import functools

import numpy as np

__all__ = ["displacements", "sampled", "turned"]

#: distance of the random vectors of an elastic field, in pixels
_SPACING = 6


def turned(
    shape: tuple[int, int],
    n: int,
    rng: np.random.Generator,
    rotation: float = 0.0,
    zoom: float = 0.0,
    shear: float = 0.0,
) -> np.ndarray:
    """Where the pixels of ``n`` images come from, each turned, scaled and sheared about its centre.

    Parameters
    ----------
    shape : (rows, columns)
        Size of the images.
    n : int
        Number of images.
    rng : numpy.random.Generator
        Draws uniformly within the three bounds.
    rotation : float
        Largest angle, in degrees, to either side.
    zoom : float
        Largest change of the size, as a share; rows and columns each have their own.
    shear : float
        Largest shear, in pixels per pixel of distance from the centre.

    Returns
    -------
    (n, 2, rows, columns) array of float32
        Row and column in the old image.

    Examples
    --------
    >>> turned((2, 2), 1, np.random.default_rng(0))[0, 1]
    array([[0., 1.],
           [0., 1.]], dtype=float32)
    """
    angle = np.deg2rad(rng.uniform(-rotation, rotation, n))
    sizes = 1 + rng.uniform(-zoom, zoom, (2, n))
    slant = rng.uniform(-shear, shear, n)
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.empty((n, 2, 2))
    matrix[:, 0, 0], matrix[:, 0, 1] = cos / sizes[0], -sin / sizes[1]
    matrix[:, 1, 0], matrix[:, 1, 1] = sin / sizes[0], cos / sizes[1]
    matrix[:, 1] += slant[:, np.newaxis] * matrix[:, 0]
    middle = (np.array(shape, float) - 1) / 2
    grid = np.indices(shape).reshape(2, -1) - middle[:, np.newaxis]
    places = matrix @ grid + middle[:, np.newaxis]
    return places.reshape(n, 2, *shape).astype(np.float32)


def displacements(
    shape: tuple[int, int], n: int, rng: np.random.Generator, size: float
) -> np.ndarray:
    """Smooth random displacements.

    Parameters
    ----------
    shape : (rows, columns)
        Size of the images.
    n : int
        Number of images.
    rng : numpy.random.Generator
        Draws normal vectors, one every 6 pixels.
    size : float
        Root mean square of the displacement along each axis, in pixels.

    Returns
    -------
    (n, 2, rows, columns) array of float32
        Along rows and columns.

    Examples
    --------
    >>> field = displacements((28, 28), 500, np.random.default_rng(0), 1.5)
    >>> round(float(np.sqrt(np.mean(field**2))), 1)
    1.5
    """
    rows, cols = (_spline(length) for length in shape)
    vectors = rng.standard_normal((n, 2, rows.shape[1], cols.shape[1]), dtype=np.float32)
    scale = size / np.sqrt(np.mean(rows**2, axis=0).sum() * np.mean(cols**2, axis=0).sum())
    return np.float32(scale) * (rows @ vectors @ cols.T)


@functools.lru_cache(maxsize=16)
def _spline(length: int) -> np.ndarray:
    """Weights of the vectors at each pixel, ``(length, vectors)``: cubic B-splines."""
    knots = np.arange(-1, -(-length // _SPACING) + 2)
    away = np.abs(np.arange(length)[:, np.newaxis] / _SPACING - knots)
    near = 2 / 3 - away**2 + away**3 / 2
    weights = np.where(away < 1, near, np.where(away < 2, (2 - np.minimum(away, 2)) ** 3 / 6, 0))
    return weights.astype(np.float32)


def sampled(images: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Values of the images at the places, between pixels bilinearly; 0 outside.

    Parameters
    ----------
    images : (n, row, column, channel) array of floats
    places : (n, 2, row, column) array of float32
        Where each pixel of the new images lies in the old one.

    Returns
    -------
    (n, row, column, channel) array of the images' type

    Examples
    --------
    >>> image = np.arange(4.0).reshape(1, 1, 4, 1)
    >>> places = np.array([[0.0] * 4, [0.5, 1.5, 2.5, 3.5]]).reshape(1, 2, 1, 4)
    >>> sampled(image, places).ravel()
    array([0.5, 1.5, 2.5, 1.5])
    """
    n, rows, cols, channels = images.shape
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))  # a frame of zeros
    row = np.clip(places[:, 0] + 1, 0, rows + 1)
    col = np.clip(places[:, 1] + 1, 0, cols + 1)
    top = np.minimum(row.astype(np.int32), rows)
    left = np.minimum(col.astype(np.int32), cols)
    down = (row - top)[..., np.newaxis].astype(images.dtype)
    right = (col - left)[..., np.newaxis].astype(images.dtype)
    width = cols + 2
    first = np.arange(n, dtype=np.int64)[:, np.newaxis, np.newaxis] * ((rows + 2) * width)
    flat, at = framed.reshape(-1, channels), first + top * width + left
    above = flat[at] * (1 - right) + flat[at + 1] * right
    below = flat[at + width] * (1 - right) + flat[at + width + 1] * right
    found: np.ndarray = above * (1 - down) + below * down
    return found
