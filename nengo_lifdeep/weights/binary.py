"""Binary weights: one of two values that differ in sign only, one size per layer."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ValidationError
from ..support.checks import optional, real, word
from .draws import bernoulli
from .kind import WeightKind

__all__ = ["Binary", "fan_in_of", "signs"]


def signs(latent: NDArray) -> NDArray:
    """-1 or 1 for every number; 1 for 0.

    Parameters
    ----------
    latent : array of float
        Numbers of any shape.

    Examples
    --------
    >>> signs(np.array([-0.2, 0.0, 3.0]))
    array([-1.,  1.,  1.])
    """
    found: NDArray = 2 * (latent >= 0).astype(latent.dtype) - 1  # ten times faster than np.where
    return found


def fan_in_of(kernel: tuple[int, ...]) -> int:
    """Inputs of a unit, of the shape of a kernel that all places share.

    Parameters
    ----------
    kernel : tuple of int
        Shape of the kernel, outputs last.

    Examples
    --------
    >>> fan_in_of((3, 3, 16, 32))
    144
    """
    return math.prod(kernel[:-1])


@dataclasses.dataclass(frozen=True)
class Binary(WeightKind):
    """Kernels of two values, plus and minus one size per layer; biases stay floats.

    In training there is a real number behind each weight, whose sign is taken in every forward
    pass; the gradient passes it unchanged (straight-through), so that small changes add up. With
    ``draw="relaxed"`` it is half the log-odds of +1, and a relaxed sign is drawn in every step
    (`draws.relaxed`); the optimiser "bayes-binary" follows its natural gradient.

    Parameters
    ----------
    scale : float or None
        Size of the weights times the square root of the number of inputs of a unit. None for the
        mean size of the numbers behind the weights, which is trained with them (Rastegari et al.
        2016); relaxed signs need one. With SoftLIF 1.2, near which straight-through ends: weights
        of 4 that change in every step are learnt away by silencing neurons.
    draw : {"sign", "relaxed"}
        What stands for the numbers in training.
    temperature : float
        Of relaxed signs.

    Examples
    --------
    >>> Binary().held({"kernel": np.array([[0.5], [-0.25], [0.0]])})["kernel"].ravel().tolist()
    [0.25, -0.25, 0.25]
    >>> Binary(scale=1.0).held({"kernel": np.array([[0.3], [-0.2]] * 2)})["kernel"].ravel().tolist()
    [0.5, -0.5, 0.5, -0.5]

    References
    ----------
    Hubara, Courbariaux, Soudry, El-Yaniv and Bengio (2016), "Binarized Neural Networks",
    arXiv 1602.02830; Rastegari, Ordonez, Redmon and Farhadi (2016), "XNOR-Net", arXiv 1603.05279.
    """

    scale: float | None = None
    draw: str = "sign"
    temperature: float = 1.0

    allowed = {
        "scale": optional(real(above=0)),
        "draw": word("sign", "relaxed"),
        "temperature": real(above=0),
    }
    layers = ("Dense", "Conv2D", "LocallyConnected2D", "Conv2DTranspose")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.draw == "relaxed" and self.scale is None:
            raise ValidationError(
                "weights Binary: scale is None, but the numbers behind relaxed signs are log-odds "
                "and have no size; give one, such as 1.2 with SoftLIF"
            )

    @property
    def by_chance(self) -> bool:
        """Whether training leaves probabilities, from which weights can be drawn."""
        return self.draw == "relaxed"

    def unfit(self, layer: Any) -> str:
        """Why it cannot be the weights of a layer; empty if it can.

        Parameters
        ----------
        layer : Layer
            The layer.
        """
        if self.by_chance and type(layer).__name__ not in ("Dense", "Conv2D"):
            return "weights of relaxed signs are known for Dense and Conv2D only"
        if self.scale is not None and type(layer).__name__ == "LocallyConnected2D":
            return "binary weights with a scale need one kernel for all places; leave scale out"
        return super().unfit(layer)

    def size(self, kernel: NDArray) -> float:
        """The size of every weight.

        Parameters
        ----------
        kernel : array
            The numbers behind the weights, or the weights.
        """
        if self.scale is not None:
            return self.scale / math.sqrt(fan_in_of(kernel.shape))
        return float(np.abs(kernel).mean(dtype=np.float64))

    def held(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The signs of the kernel times their size.

        Parameters
        ----------
        arrays : dict of str to array
            The layer's arrays.
        """
        kernel = arrays["kernel"]
        two = signs(kernel) * kernel.dtype.type(self.size(kernel))
        same = np.allclose(two, kernel, rtol=1e-6, atol=0)  # binary before, but for float32
        return {**arrays, "kernel": kernel if same else two}

    def drawn(
        self, arrays: Mapping[str, np.ndarray], rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Signs of the kernel by chance, as relaxed training leaves it, times their size.

        Parameters
        ----------
        arrays : dict of str to array
            The layer's arrays.
        rng : numpy.random.Generator
            Source of random numbers.
        """
        kernel = arrays["kernel"]
        two = bernoulli(kernel, rng) * kernel.dtype.type(self.size(kernel))
        return {**arrays, "kernel": two}

    def describe(self) -> str:
        """``"1 bit"``."""
        return "1 bit"
