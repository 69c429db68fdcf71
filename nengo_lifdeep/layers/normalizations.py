"""Layers that normalise: over the batch, or over neighbouring channels."""

from __future__ import annotations

import dataclasses

from ..support.checks import checked, real, sizes, whole
from .layer import Layer, Shape, require_image

__all__ = ["BatchNormalization", "LocalResponseNormalization"]


@dataclasses.dataclass(frozen=True)
class BatchNormalization(Layer):
    """Normalisation per channel over the batch; folded into the weights on conversion.

    Parameters
    ----------
    momentum : float
        Share of the running mean and variance that is kept in every training step.
    epsilon : float
        Number added to the variance.
    """

    momentum: float = 0.99
    epsilon: float = 1e-3

    stem = "norm"
    allowed = {**Layer.allowed, "momentum": real(0, 1), "epsilon": real(0)}

    @checked(shape=sizes)
    def arrays(self, shape: Shape) -> dict[str, Shape]:
        """``gamma``, ``beta``, ``moving_mean`` and ``moving_variance``, each ``(channel,)``."""
        names = ("gamma", "beta", "moving_mean", "moving_variance")
        return dict.fromkeys(names, (shape[-1],))


@dataclasses.dataclass(frozen=True)
class LocalResponseNormalization(Layer):
    """Divides each value by a power of its neighbouring channels' squares.

    ``x / (bias + alpha * sum(neighbours ** 2)) ** beta``, where neighbours are the channels up to
    ``depth_radius`` away at the same pixel, the value itself among them (Krizhevsky et al. 2012,
    "ImageNet Classification with Deep Convolutional Neural Networks", section 3.3). It trains and
    runs in rates; there are no spikes for it.

    Parameters
    ----------
    depth_radius : int
        Channels on each side.
    bias, alpha, beta : float
        By default those of cuda-convnet's "conv-local-13pct": nine neighbours, their sum times
        0.001 / 9, power 0.75.

    Examples
    --------
    >>> LocalResponseNormalization().output_shape((24, 24, 64))
    (24, 24, 64)
    """

    depth_radius: int = 4
    bias: float = 1.0
    alpha: float = 0.001 / 9
    beta: float = 0.75

    stem = "response"
    allowed = {
        **Layer.allowed,
        "depth_radius": whole(),
        "bias": real(above=0),  # as all values may be 0
        "alpha": real(0),
        "beta": real(0),
    }

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        require_image(self, shape, (1, 1), "same")
        return shape

    def describe(self) -> str:
        return f"LocalResponseNormalization {2 * self.depth_radius + 1}"
