"""The residual sum."""

from __future__ import annotations

import dataclasses
import math

from ..support.checks import checked, optional, pair, sizes, text, whole
from .convolutions import Conv2D
from .layer import Layer, Pair, Shape

__all__ = ["Shortcut"]


@dataclasses.dataclass(frozen=True)
class Shortcut(Layer):
    """Adds the output of an earlier layer of neurons to the current: a residual sum.

    It stands between a layer with weights (and its BatchNormalization) and the neurons (He et
    al. 2016, "Deep Residual Learning for Image Recognition"). Without ``filters`` the output is
    added as it is; with, through a 1 x 1 convolution without bias, which may change channels and
    size.

    Parameters
    ----------
    source : str
        Name of the `Neurons` whose output is added, e.g. ``"neurons1"``.
    filters : int, optional
        Output channels of the 1 x 1 convolution; None for the identity.
    strides : int or (int, int)
        Of the 1 x 1 convolution.

    Examples
    --------
    >>> Shortcut("neurons1", 32, 2).output_shape((12, 12, 16))
    (6, 6, 32)
    """

    source: str
    filters: int | None = None
    strides: Pair = (1, 1)

    allowed = {**Layer.allowed, "source": text, "filters": optional(whole(1)), "strides": pair}

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.source:
            raise self._refuse("source is empty; expected the name of a Neurons layer")
        if self.filters is None and self.strides != (1, 1):
            raise self._refuse("strides need filters: only the 1 x 1 convolution can stride")

    @property
    def projection(self) -> Conv2D | None:
        """The 1 x 1 convolution, if there is one."""
        if self.filters is None:
            return None
        return Conv2D(self.filters, 1, self.strides, "same", use_bias=False, name=self.name)

    @property
    def adds(self) -> str:
        return self.source

    @checked(shape=sizes)
    def arrays(self, shape: Shape) -> dict[str, Shape]:
        """``kernel (1, 1, channel, filter)`` for a *source* of ``shape``, if it has filters.

        Parameters
        ----------
        shape : tuple of int
            Shape of the source, without the batch.
        """
        return {} if self.projection is None else self.projection.arrays(shape)

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        """Shape of what is added, for a *source* of ``shape``.

        Parameters
        ----------
        shape : tuple of int
            Shape of the source, without the batch.
        """
        return shape if self.projection is None else self.projection.output_shape(shape)

    @checked(shape=sizes)
    def n_weights(self, shape: Shape) -> int:
        """Number of trained weights, for a *source* of ``shape``.

        Parameters
        ----------
        shape : tuple of int
            Shape of the source, without the batch.
        """
        return 0 if self.projection is None else self.projection.n_weights(shape)

    @checked(shape=sizes)
    def n_synapses(self, shape: Shape) -> int:
        """Connections, for a *source* of ``shape``; the identity has one per entry.

        Parameters
        ----------
        shape : tuple of int
            Shape of the source, without the batch.
        """
        return math.prod(shape) if self.projection is None else self.projection.n_synapses(shape)

    def describe(self) -> str:
        how = "" if self.projection is None else f", 1x1 to {self.filters}"
        stride = "" if self.strides == (1, 1) else f"/{self.strides[0]}"
        return f"Shortcut from {self.source}{how}{stride}"
