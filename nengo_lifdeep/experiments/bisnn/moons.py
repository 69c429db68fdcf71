"""Two moons, the plane around them, and points of the plane as spikes of tuned neurons."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["HIGH", "LOW", "as_spikes", "distances", "plane", "two_moons"]

#: Corners of the part of the plane that neurons are tuned to.
LOW, HIGH = (-2.5, -2.0), (3.5, 2.5)

#: neurons for each coordinate, and the width of their curves in distances between them
_TUNED, _WIDTH = 10, 2.0


def two_moons(n: int, noise: float, seed: int) -> tuple[NDArray, NDArray]:
    """Points on two half circles that reach into each other, and which of the two they are on.

    Parameters
    ----------
    n : int
        Number of points, half of them on each.
    noise : float
        Standard deviation around the half circles, whose radius is 1.
    seed : int
        Of the places.

    Returns
    -------
    points : (n, 2) array
    labels : (n,) array of int

    Examples
    --------
    >>> points, labels = two_moons(4, 0.0, seed=0)
    >>> np.hypot(*(points[0])).round(3), labels.tolist()
    (np.float64(1.0), [0, 1, 0, 1])
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    angle = rng.uniform(0, math.pi, n)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    lower = np.column_stack([1 - np.cos(angle), 0.5 - np.sin(angle)])
    points = np.where(labels[:, None] == 0, upper, lower)
    return points + rng.normal(0, noise, (n, 2)), labels


def plane(n: int) -> NDArray:
    """The points of a grid between `LOW` and `HIGH`, ``(n * n, 2)``, the first coordinate fastest.

    Parameters
    ----------
    n : int
        Points along each side.
    """
    x, y = (np.linspace(low, high, n) for low, high in zip(LOW, HIGH, strict=True))
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def distances(points: NDArray) -> NDArray:
    """Distance of points from the nearer of the two half circles.

    Parameters
    ----------
    points : (point, 2) array
        Places in the plane.

    Examples
    --------
    >>> distances(np.array([[0.0, 3.0], [1.0, 0.0]])).tolist()
    [2.0, 0.0]
    """
    angle = np.linspace(0, math.pi, 181)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    curves = np.concatenate([upper, [1, 0.5] - upper])
    found: NDArray = np.hypot(*(points[:, None] - curves).transpose(2, 0, 1)).min(axis=1)
    return found.round(9)


def as_spikes(points: NDArray, steps: int, rng: np.random.Generator) -> NDArray:
    """Spikes of neurons that are tuned to one coordinate each, ``(point, step, neuron)``.

    Their probabilities per step are raised cosines around places at equal distances.

    Parameters
    ----------
    points : (point, 2) array
        Places in the plane.
    steps : int
        Number of time steps.
    rng : numpy.random.Generator
        Source of random numbers.
    """
    shares = []
    for value, low, high in zip(points.T, LOW, HIGH, strict=True):
        centres = np.linspace(low, high, _TUNED)
        apart = np.abs(value[:, None] - centres) / (_WIDTH * (centres[1] - centres[0]))
        shares.append((1 + np.cos(math.pi * np.minimum(apart, 1))) / 2)
    probability = np.concatenate(shares, axis=1).astype(np.float32)
    draws = rng.random((len(points), steps, probability.shape[1]), np.float32)
    return (draws < probability[:, None]).astype(np.int8)
