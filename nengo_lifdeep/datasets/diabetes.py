"""Scikit-learn's diabetes progression: ten features, one value; small, embedded, no download."""

from __future__ import annotations

import numpy as np

from ..errors import MissingDependencyError
from .base import Dataset, Split
from .stratify import stratified_mask

__all__ = ["load_diabetes"]

#: Share of the patients in the test split, and its fixed seed: results are comparable only so.
TEST_SHARE, _SPLIT_SEED = 0.2, 442


def load_diabetes() -> Dataset:
    """Progression of diabetes in 442 patients a year after ten measurements, always split alike.

    The set has no split of its own. Here 20 % of the patients (88, drawn once with a fixed seed)
    are for testing and the other 354 for training. Features are standardised: less the mean,
    over the deviation of the training patients.

    Returns
    -------
    Dataset
        Features (n, 1, 1, 10) of float32, targets (n, 1): progression from 25 to 346.

    Raises
    ------
    MissingDependencyError
        If scikit-learn is not installed.

    References
    ----------
    B. Efron, T. Hastie, I. Johnstone & R. Tibshirani: Least Angle Regression. The Annals of
    Statistics 32 (2004), 407-499.

    Examples
    --------
    >>> diabetes = load_diabetes()
    >>> len(diabetes.train), len(diabetes.test), diabetes.train.target_shape
    (354, 88, (1,))
    """
    try:
        from sklearn.datasets import load_diabetes as load_sklearn_diabetes
    except ImportError as error:
        raise MissingDependencyError(
            "the patients come with scikit-learn, which is not installed; "
            "install it with: pip install scikit-learn"
        ) from error
    bunch = load_sklearn_diabetes(scaled=False)
    test = stratified_mask(np.zeros(len(bunch.target), np.int64), TEST_SHARE, _SPLIT_SEED)
    features = bunch.data.astype(float)
    mean, deviation = features[~test].mean(axis=0), features[~test].std(axis=0)
    features = (features - mean) / deviation
    source = "scikit-learn's diabetes"
    return Dataset(
        name="diabetes",
        train=Split(features[~test], source=source, targets=bunch.target[~test]),
        test=Split(features[test], source=source, targets=bunch.target[test]),
        classes=("progression",),
    )
