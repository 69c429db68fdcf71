"""Small tasks drawn from a known distribution, so that the best possible classifier is known.

Given the class and a hidden position (drawn uniformly), every pixel is an independent binomial
count. `PixelTask.bayes_class` is then exact: no classifier has a smaller expected error.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..errors import DataError, ValidationError
from ..support.short_repr import short_repr
from .base import Dataset, Split

__all__ = ["PixelTask", "bars", "blobs", "load_bars", "load_blobs"]


@dataclasses.dataclass(frozen=True, eq=False)
class PixelTask:
    """Classes as probabilities of pixels.

    Parameters
    ----------
    name : str
    classes : tuple of str
    probability : (class, position, row, column) array
        Chance of every count in a pixel, strictly between 0 and 1.
    counts : int
        Pixel = Binomial(counts, probability) / counts.
    """

    name: str
    classes: tuple[str, ...]
    probability: np.ndarray
    counts: int = 1

    __repr__ = short_repr

    def __post_init__(self) -> None:
        p = self.probability
        if p.ndim != 4 or len(p) != len(self.classes) or not ((p > 0) & (p < 1)).all():
            raise ValidationError(
                f"PixelTask.probability has shape {p.shape} and values in [{p.min():g}, "
                f"{p.max():g}]; expected (class, position, row, column), one entry per class, and "
                "values strictly between 0 and 1"
            )
        if self.counts < 1:
            raise ValidationError(f"PixelTask.counts is {self.counts}; expected 1 or more")

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        """Draw ``n`` images, as many of every class as possible, in random order.

        Parameters
        ----------
        n : int
            Number of images.
        rng : numpy.random.Generator
            Source of the random numbers.

        Returns
        -------
        Split
            Images (n, row, column, 1), float32.
        """
        labels = rng.permutation(np.arange(n) % len(self.classes))
        positions = rng.integers(self.probability.shape[1], size=n)
        images = rng.binomial(self.counts, self.probability[labels, positions]) / self.counts
        return Split(images[..., np.newaxis].astype(np.float32), labels, self.name)

    def log_posterior(self, images: np.ndarray) -> np.ndarray:
        """Logarithm of each class's probability given the image.

        Parameters
        ----------
        images : (n, row, column, 1) array of floats in [0, 1]

        Returns
        -------
        (n, class) array
            Normalised: ``exp`` of a row sums to one.
        """
        rows, cols = self.probability.shape[2:]
        if images.ndim != 4 or images.shape[1:] != (rows, cols, 1):
            raise DataError(f"images have shape {images.shape}; expected (n, {rows}, {cols}, 1)")
        counts = self.counts * images.reshape(len(images), -1).astype(np.float64)
        p = self.probability.reshape(-1, rows * cols)
        # binomial log-likelihood up to the coefficient, which is the same for every class
        scores = counts @ np.log(p / (1 - p)).T + self.counts * np.log1p(-p).sum(axis=1)
        scores = scores.reshape(len(images), *self.probability.shape[:2])
        joint = np.logaddexp.reduce(scores, axis=2)
        return joint - np.logaddexp.reduce(joint, axis=1, keepdims=True)

    def bayes_class(self, images: np.ndarray) -> np.ndarray:
        """The most probable class of every image: the best possible prediction.

        Parameters
        ----------
        images : (n, row, column, 1) array of float
            Images of the task.

        Returns
        -------
        (n,) array of int64
        """
        return self.log_posterior(images).argmax(axis=1)

    def dataset(self, n_train: int = 1000, n_test: int = 300, seed: int = 0) -> Dataset:
        """Independent training and test images.

        Parameters
        ----------
        n_train : int
            Number of training images.
        n_test : int
            Number of test images.
        seed : int
            Seed of all random numbers.
        """
        train, test = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
        return Dataset(
            self.name, self.sample(n_train, train), self.sample(n_test, test), self.classes
        )


def bars(size: int = 8, flip: float = 0.15) -> PixelTask:
    """Which way does the bar run? Four orientations, any position, pixels flipped at random.

    Parameters
    ----------
    size : int
        Rows and columns, in pixels; at least 4.
    flip : float
        Chance that a pixel shows the opposite; between 0 and 0.5, both excluded.

    Examples
    --------
    >>> task = bars(flip=0.01)
    >>> split = task.sample(400, np.random.default_rng(0))
    >>> float((task.bayes_class(split.images) == split.labels).mean()) > 0.99
    True
    """
    if size < 4 or not 0 < flip < 0.5:
        raise ValidationError(f"bars(size={size}, flip={flip}): expected size >= 4, 0 < flip < 0.5")
    row, col = np.mgrid[:size, :size]
    middle = size // 2
    shifts = range(-(middle - 1), middle)
    lines = {
        "horizontal": [row == middle + s for s in shifts],
        "vertical": [col == middle + s for s in shifts],
        "falling": [row - col == s for s in shifts],
        "rising": [row + col == size - 1 + s for s in shifts],
    }
    on = np.array(list(lines.values()))
    return PixelTask("bars", tuple(lines), np.where(on, 1 - flip, flip))


def blobs(size: int = 8, contrast: float = 0.15, counts: int = 16) -> PixelTask:
    """Which corner is bright? A Gaussian bump in one of four quadrants, grey levels by counting.

    There is one position per class, so the best classifier is linear in the pixels: a single
    `Dense` layer can reach it.

    Parameters
    ----------
    size : int
        Rows and columns, in pixels; at least 4.
    contrast : float
        Height of the bump above the background of 0.2; at most 0.7.
    counts : int
        Grey levels; more counts, less noise.
    """
    if size < 4 or not 0 < contrast <= 0.7:
        raise ValidationError(
            f"blobs(size={size}, contrast={contrast}): expected size >= 4, 0 < contrast <= 0.7"
        )
    row, col = np.mgrid[:size, :size]
    near, far = size / 4 - 0.5, 3 * size / 4 - 0.5
    centres = {
        "top left": (near, near),
        "top right": (near, far),
        "bottom left": (far, near),
        "bottom right": (far, far),
    }
    distance = [(row - r) ** 2 + (col - c) ** 2 for r, c in centres.values()]
    probability = 0.2 + contrast * np.exp(-np.array(distance) / (2 * (size / 6) ** 2))
    return PixelTask("blobs", tuple(centres), probability[:, np.newaxis], counts)


def load_bars(n_train: int = 1000, n_test: int = 300, seed: int = 0) -> Dataset:
    """`bars` with its defaults as a data set.

    Parameters
    ----------
    n_train : int
        Number of training images.
    n_test : int
        Number of test images.
    seed : int
        Seed of all random numbers.
    """
    return bars().dataset(n_train, n_test, seed)


def load_blobs(n_train: int = 1000, n_test: int = 300, seed: int = 0) -> Dataset:
    """`blobs` with its defaults as a data set.

    Parameters
    ----------
    n_train : int
        Number of training images.
    n_test : int
        Number of test images.
    seed : int
        Seed of all random numbers.
    """
    return blobs().dataset(n_train, n_test, seed)
