"""Scores of values beside targets, under scikit-learn's and Keras's names, with intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .interval import bootstrap

__all__ = ["SCORES", "bootstrap_interval", "value_scores"]

#: scores by name; the last is of images only
SCORES = ("r2", "mean_absolute_error", "mean_squared_error", "psnr")


def value_scores(targets: np.ndarray, values: np.ndarray) -> dict[str, float]:
    """Scores of values that a network gave.

    Parameters
    ----------
    targets, values : (n, output) or (n, row, column, channel) arrays
        What was to be given, and what was.

    Returns
    -------
    dict of str to float
        ``r2`` as ``sklearn.metrics.r2_score``: the mean over the outputs (an output whose targets
        are all equal counts 1 where it is met exactly and 0 elsewhere); of images weighted by the
        pixels' variance (``multioutput="variance_weighted"``, but errors at pixels that never
        change count), as border pixels would decide the mean. ``mean_absolute_error``,
        ``mean_squared_error``, and of images ``psnr`` in dB as ``tf.image.psnr`` with the full
        scale 1 (mean over the images).

    Examples
    --------
    >>> value_scores(np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [2.0], [4.0]]))["r2"]
    0.5
    """
    parts = _parts(targets, values)
    return {name: float(_score(name)(parts, np.ones((1, len(targets))))[0]) for name in parts.names}


def bootstrap_interval(
    targets: np.ndarray,
    values: np.ndarray,
    score: str,
    seed: int = 0,
    n_draws: int = 1000,
    groups: np.ndarray | None = None,
) -> tuple[float, float]:
    """The 95 % interval of a score: its percentiles over images drawn with replacement.

    Parameters
    ----------
    targets, values : (n, output) or (n, row, column, channel) arrays
        What was to be given, and what was.
    score : str
        One of `SCORES`.
    seed : int
        Decides the draws.
    n_draws : int
        Number of draws.
    groups : (n,) array of int, optional
        Images with the same number are drawn together.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> targets, noise = np.zeros((400, 1)), rng.choice([-1.0, 1.0, 3.0], (400, 1))
    >>> low, high = bootstrap_interval(targets, targets + noise, "mean_absolute_error")
    >>> bool(low < np.abs(noise).mean() < high), high - low < 0.3
    (True, True)
    """
    parts, of_draws = _parts(targets, values), _score(score)
    return bootstrap(len(targets), lambda times: of_draws(parts, times), seed, n_draws, groups)


class _parts:
    """What the scores of any choice of images are made of, image by image."""

    def __init__(self, targets: np.ndarray, values: np.ndarray) -> None:
        n = len(targets)
        self.targets = targets.reshape(n, -1).astype(float)
        self.targets = self.targets - self.targets.mean(axis=0)  # so that sums of squares are exact
        error = values.reshape(n, -1).astype(float) - targets.reshape(n, -1)
        self.squares = error**2
        self.squared, self.absolute = self.squares.mean(axis=1), np.abs(error).mean(axis=1)
        self.is_image = targets.ndim == 4
        self.names = SCORES if self.is_image else SCORES[:-1]


def _score(name: str) -> Callable[[_parts, np.ndarray], np.ndarray]:
    return {
        "r2": _r2,
        "mean_absolute_error": lambda parts, times: times @ parts.absolute / times.sum(axis=1),
        "mean_squared_error": lambda parts, times: times @ parts.squared / times.sum(axis=1),
        "psnr": _psnr,
    }[name]


def _r2(parts: _parts, times: np.ndarray) -> np.ndarray:
    n = times.sum(axis=1, keepdims=True)
    left = times @ parts.squares
    mean = times @ parts.targets / n
    squares = times @ parts.targets**2
    spread = squares - n * mean**2
    if parts.is_image:
        sums = (left, spread, squares)
        left, spread, squares = (each.sum(axis=1, keepdims=True) for each in sums)
    flat = spread <= 1e-12 * squares  # in whatever unit the targets are
    share = np.where(flat, np.where(left == 0, 0.0, 1.0), left / np.where(flat, 1.0, spread))
    found: np.ndarray = (1 - share).mean(axis=1)
    return found


def _psnr(parts: _parts, times: np.ndarray) -> np.ndarray:
    decibels = -10 * np.log10(np.maximum(parts.squared, 1e-30))
    found: np.ndarray = times @ decibels / times.sum(axis=1)
    return found
