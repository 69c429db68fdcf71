"""Grouped and dilated convolutions as ordinary ones: kernels with zeros."""

from __future__ import annotations

import dataclasses

import numpy as np

from .kernels import Convolution

__all__ = ["dilated", "full_kernel", "ungrouped"]


def full_kernel(kernel: np.ndarray, groups: int) -> np.ndarray:
    """The kernel over all channels that does the same.

    Parameters
    ----------
    kernel : (row, column, channel of one group, filter) array
        Filters of the first group come first.
    groups : int
        Number of groups.

    Returns
    -------
    (row, column, channel, filter) array
        Zero where a filter does not look.

    Examples
    --------
    >>> full_kernel(np.ones((1, 1, 1, 2)), groups=2)[0, 0]
    array([[1., 0.],
           [0., 1.]])
    """
    rows, cols, channels, filters = kernel.shape
    full = np.zeros((rows, cols, groups * channels, filters), kernel.dtype)
    per = filters // groups
    for g in range(groups):
        own = slice(g * per, (g + 1) * per)
        full[:, :, g * channels : (g + 1) * channels, own] = kernel[..., own]
    return full


def ungrouped(stage: Convolution) -> Convolution:
    """The same map with one kernel over all channels.

    Parameters
    ----------
    stage : Convolution
        The convolution, with any number of groups.
    """
    if stage.groups == 1:
        return stage
    return dataclasses.replace(stage, groups=1, kernel=full_kernel(stage.kernel, stage.groups))


def dilated(kernel: np.ndarray, dilation: tuple[int, int]) -> np.ndarray:
    """The wider kernel that does the same without dilation: zeros between its pixels.

    Parameters
    ----------
    kernel : (row, column, channel, filter) array
        The weights.
    dilation : (int, int)
        Distance between pixels that are neighbours in the kernel, by rows and columns.

    Examples
    --------
    >>> dilated(np.ones((1, 3, 1, 1)), (1, 2)).ravel()
    array([1., 0., 1., 0., 1.])
    """
    if dilation == (1, 1):
        return kernel
    rows, cols = ((n - 1) * d + 1 for n, d in zip(kernel.shape[:2], dilation, strict=True))
    wide = np.zeros((rows, cols, *kernel.shape[2:]), kernel.dtype)
    wide[:: dilation[0], :: dilation[1]] = kernel
    return wide
