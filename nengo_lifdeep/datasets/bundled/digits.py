"""Scikit-learn's 8 x 8 handwritten digits: small, embedded, no download."""

from __future__ import annotations

import numpy as np

from ...errors import MissingDependencyError
from ..base import Dataset, Split
from ..stratify import stratified_mask

__all__ = ["TEST_SHARE", "load_digit_images", "load_digits"]

#: Share of every class that goes into the test split.
TEST_SHARE = 0.2

_SPLIT_SEED = 1611  # fixed for ever: results are comparable only on the same split


def load_digits() -> Dataset:
    """The 1,797 digits of ``sklearn.datasets.load_digits``, always split the same way.

    The set has no split of its own. Here 20 % of every class (359 images, drawn once with a
    fixed seed) are test images and the other 1,438 are for training.

    Returns
    -------
    Dataset
        Images (n, 8, 8, 1), float32: scikit-learn's values 0 to 16 divided by 16.

    Raises
    ------
    MissingDependencyError
        If scikit-learn is not installed.

    References
    ----------
    E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits. UCI Machine Learning
    Repository, 1998 (the test part of that set).

    Examples
    --------
    >>> digits = load_digits()
    >>> len(digits.train), len(digits.test)
    (1438, 359)
    """
    try:
        from sklearn.datasets import load_digits as load_sklearn_digits
    except ImportError as error:
        raise MissingDependencyError(
            "the digits come with scikit-learn, which is not installed; "
            "install it with: pip install scikit-learn"
        ) from error
    bunch = load_sklearn_digits()
    images = (bunch.images / 16).astype(np.float32)[..., np.newaxis]
    labels = bunch.target.astype(np.int64)
    test = stratified_mask(labels, TEST_SHARE, _SPLIT_SEED)
    source = "scikit-learn's digits"
    return Dataset(
        name="digits",
        train=Split(images[~test], labels[~test], source),
        test=Split(images[test], labels[test], source),
        classes=tuple(str(digit) for digit in range(10)),
    )


def load_digit_images() -> Dataset:
    """The digits as a task whose targets are the images themselves, for an autoencoder.

    Returns
    -------
    Dataset
        Images as of `load_digits`, in the same parts; ``targets`` of the same shape.

    Raises
    ------
    MissingDependencyError
        If scikit-learn is not installed.

    Examples
    --------
    >>> load_digit_images().test.target_shape
    (8, 8, 1)
    """
    digits = load_digits()
    train, test = (
        Split(part.images, source=part.source, targets=part.images)
        for part in (digits.train, digits.test)
    )
    return Dataset("digits-images", train, test)
