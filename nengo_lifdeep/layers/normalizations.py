"""Layers that normalise or scale: over the batch, over neighbouring channels, by numbers."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..support.checks import checked, each, is_real, real, sizes, whole
from .layer import Layer, Shape, require_image

__all__ = ["BatchNormalization", "LocalResponseNormalization", "Scale"]


@dataclasses.dataclass(frozen=True)
class BatchNormalization(Layer):
    """Normalisation per channel over the batch, anywhere; part of the weights after conversion.

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

    @property
    def constant(self) -> int:
        """A number for each channel."""
        return 1

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
    instead = "train without it, or with BatchNormalization, which is folded into the weights"
    allowed = {
        **Layer.allowed,
        "depth_radius": whole(),
        "bias": real(above=0),  # as all values may be 0
        "alpha": real(0),
        "beta": real(0),
    }

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        """That of the input, which must be an image."""
        require_image(self, shape, (1, 1), "same")
        return shape

    def describe(self) -> str:
        """How many channels are neighbours, the channel itself counted."""
        return f"LocalResponseNormalization {2 * self.depth_radius + 1}"


def _one_or_each(value: Any, what: str) -> Any:
    """One number, or one for each channel."""
    number = real()
    return number(value, what) if is_real(value) else each(number, "numbers")(value, what)


@dataclasses.dataclass(frozen=True)
class Scale(Layer):
    """``factor * x + shift``, by numbers that are not trained.

    A trained factor for each channel is a 1 x 1 convolution with as many groups as channels.

    Parameters
    ----------
    factor, shift : float or sequence of float
        One number, or one for each channel (or unit).

    Examples
    --------
    >>> Scale(-1.0, (0.5, 0.25)).output_shape((8, 8, 2))
    (8, 8, 2)
    """

    factor: Any = 1.0
    shift: Any = 0.0

    allowed = {**Layer.allowed, "factor": _one_or_each, "shift": _one_or_each}

    @property
    def constant(self) -> int:
        """A number for each channel, unless the shift is 0."""
        return int(self.shift != 0)

    @property
    def numbers(self) -> tuple[Any, ...]:
        """The factor and the shift: a folded BatchNormalization or an imported slope among them."""
        return self.factor, self.shift

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        """That of the input, whose channels must be as many as the numbers."""
        for name in ("factor", "shift"):
            value = getattr(self, name)
            if isinstance(value, tuple) and len(value) != shape[-1]:
                raise self._refuse(
                    f"{name} holds {len(value)} numbers; expected one, or {shape[-1]}, the "
                    f"channels of {shape}"
                )
        return shape

    def describe(self) -> str:
        """The factor and the shift, e.g. ``"Scale 2 by channel"``."""
        numbers = [
            f"{value:g}" if isinstance(value, float) else "by channel"
            for value in (self.factor, self.shift)
        ]
        return f"Scale {numbers[0]} {numbers[1]}"
