"""Quantized weights, as a chip stores them: integer multiples of one scale per layer.

Loihi keeps 8 bits per weight, sign included, and one scale per block; `nengo_loihi` rounds to
-127 ... 127 steps of the block's largest weight. Fewer bits have fewer steps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..support.checks import whole
from .kind import WeightKind

__all__ = ["Rounded", "rounded", "steps_of"]


def steps_of(bits: int) -> int:
    """Steps on either side of zero: ``2^(bits - 1) - 1``, 127 for 8 bits, 1 for 2.

    Parameters
    ----------
    bits : int
        Number of bits, 2 or more.

    Examples
    --------
    >>> steps_of(8), steps_of(2)
    (127, 1)
    """
    return int(2 ** (bits - 1) - 1)


def rounded(kernel: NDArray, bits: int) -> NDArray:
    """The kernel in whole steps of its largest weight divided by `steps_of`.

    Halves go to even, as in NumPy and TensorFlow.

    Parameters
    ----------
    kernel : array of float
        The weights, of any shape.
    bits : int
        Number of bits, 2 or more.

    Examples
    --------
    >>> rounded(np.array([1.0, -0.4, 0.2]), bits=3).round(3)
    array([ 1.   , -0.333,  0.333])
    """
    largest = np.abs(kernel).max(initial=0)
    if largest == 0:
        return kernel
    scale = largest / kernel.dtype.type(steps_of(bits))
    return (np.round(kernel / scale) * scale).astype(kernel.dtype)


@dataclasses.dataclass(frozen=True)
class Rounded(WeightKind):
    """Kernels of few bits; biases stay floats.

    In training the kernel is rounded in every forward pass and the gradient passes the rounding
    unchanged (straight-through estimator of Bengio et al. 2013), so that small changes add up.

    Parameters
    ----------
    bits : int
        Bits per weight, sign included, from 2 to 16; Loihi stores 8.

    Examples
    --------
    >>> Rounded(3).held({"kernel": np.array([1.0, -0.4, 0.2])})["kernel"].round(3)
    array([ 1.   , -0.333,  0.333])

    References
    ----------
    Bengio, Leonard and Courville (2013), "Estimating or Propagating Gradients Through Stochastic
    Neurons for Conditional Computation", arXiv 1308.3432, section 4.
    """

    bits: int = 8

    allowed = {"bits": whole(2, 16)}
    layers = ("Dense", "Conv2D", "LocallyConnected2D", "Conv2DTranspose")

    def held(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The kernel in whole steps.

        Parameters
        ----------
        arrays : dict of str to array
            The layer's arrays.
        """
        kernel = arrays["kernel"]
        steps = rounded(kernel, self.bits)
        same = np.allclose(steps, kernel, rtol=1e-6, atol=0)  # rounded before, but for float32
        return {**arrays, "kernel": kernel if same else steps}

    def describe(self) -> str:
        """The bits, e.g. ``"4 bits"``."""
        return f"{self.bits} bits"
