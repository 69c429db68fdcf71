"""Tables that come with scikit-learn: standardised features, with values or classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import MissingDependencyError
from ..base import Dataset, Split
from ..stratify import stratified_mask

__all__ = ["load_breast_cancer", "load_diabetes"]

#: Share of the patients in the test split, and the fixed seed of each set: results are comparable
#: only so.
TEST_SHARE, _SEED_DIABETES, _SEED_CANCER = 0.2, 442, 569


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
    bunch = _loaded("load_diabetes", scaled=False)
    test = stratified_mask(np.zeros(len(bunch.target), np.int64), TEST_SHARE, _SEED_DIABETES)
    features = _standardised(bunch.data, ~test)
    source = "scikit-learn's diabetes"
    return Dataset(
        name="diabetes",
        train=Split(features[~test], source=source, targets=bunch.target[~test]),
        test=Split(features[test], source=source, targets=bunch.target[test]),
        classes=("progression",),
    )


def load_breast_cancer() -> Dataset:
    """Tumours of the breast, malignant or benign, by 30 features of cells, always split alike.

    The set has no split of its own. Here 20 % of each class (113 tumours, drawn once with a fixed
    seed) are for testing and the other 456 for training. Features are standardised: less the mean,
    over the deviation of the training part. As in scikit-learn, class 1 is benign.

    Returns
    -------
    Dataset
        Features (n, 1, 1, 30) of float32; two classes.

    Raises
    ------
    MissingDependencyError
        If scikit-learn is not installed.

    References
    ----------
    W. N. Street, W. H. Wolberg & O. L. Mangasarian: Nuclear feature extraction for breast tumor
    diagnosis. SPIE 1905 (1993), 861-870.

    Examples
    --------
    >>> cancer = load_breast_cancer()
    >>> len(cancer.train), len(cancer.test), cancer.classes
    (456, 113, ('malignant', 'benign'))
    """
    bunch = _loaded("load_breast_cancer")
    labels = bunch.target.astype(np.int64)
    test = stratified_mask(labels, TEST_SHARE, _SEED_CANCER)
    features = _standardised(bunch.data, ~test)
    source = "scikit-learn's breast cancer"
    return Dataset(
        name="breast-cancer",
        train=Split(features[~test], labels[~test], source, any_range=True),
        test=Split(features[test], labels[test], source, any_range=True),
        classes=tuple(map(str, bunch.target_names)),
    )


def _loaded(name: str, **options: Any) -> Any:
    """What scikit-learn's loader of that name returns."""
    try:
        from sklearn import datasets
    except ImportError as error:
        raise MissingDependencyError(
            "the patients come with scikit-learn, which is not installed; "
            "install it with: pip install scikit-learn"
        ) from error
    return getattr(datasets, name)(**options)


def _standardised(features: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Features less the mean, over the deviation, of the training part."""
    features = features.astype(float)
    mean, deviation = features[training].mean(axis=0), features[training].std(axis=0)
    found: np.ndarray = (features - mean) / deviation
    return found
