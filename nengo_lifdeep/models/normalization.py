"""Folding BatchNormalization into the weights before it: one factor by channel, and a bias."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..layers.types import BatchNormalization

__all__ = ["fold_normalization"]


def fold_normalization(
    norm: BatchNormalization, arrays: Mapping[str, np.ndarray], bias: Any = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """What a normalisation makes of ``W x + bias``: ``(factor W) x + shifted``.

    Parameters
    ----------
    norm : BatchNormalization
        The layer.
    arrays : dict of str to (channel,) array
        Its arrays, as `Layer.arrays` names them.
    bias : array ending in (channel,), or 0
        Bias of the layer before it.

    Returns
    -------
    factor : (channel,) array
        Factor on the outputs of the weights before it.
    shifted : array ending in (channel,)
        The bias instead of ``bias``.

    Examples
    --------
    >>> arrays = {
    ...     "gamma": np.array([2.0]),
    ...     "beta": np.array([1.0]),
    ...     "moving_mean": np.array([3.0]),
    ...     "moving_variance": np.array([4.0]),
    ... }
    >>> fold_normalization(BatchNormalization(epsilon=0.0), arrays, bias=5.0)
    (array([1.]), array([3.]))
    """
    factor = arrays["gamma"] / np.sqrt(arrays["moving_variance"] + norm.epsilon)
    return factor, (bias - arrays["moving_mean"]) * factor + arrays["beta"]
