"""Layers that read an earlier layer: a branch from it, a sum with it, channels beside it."""

from __future__ import annotations

import dataclasses
import math

from ..support.checks import checked, optional, pair, sizes, text, whole
from .convolutions import Conv2D
from .layer import Layer, Pair, Shape

__all__ = ["Branch", "Concatenate", "Shortcut"]


@dataclasses.dataclass(frozen=True)
class Join(Layer):
    """What Branch, Shortcut and Concatenate share: the name of the layer that they read."""

    source: str

    allowed = {**Layer.allowed, "source": text}

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.source:
            raise self._refuse("source is empty; expected the name of an earlier layer, or 'input'")

    @property
    def reads(self) -> str:
        """The ``source``."""
        return self.source

    def describe(self) -> str:
        """The source, e.g. ``"Branch from neurons1"``."""
        return f"{type(self).__name__} from {self.source}"


@dataclasses.dataclass(frozen=True)
class Branch(Join):
    """Goes on from the output of an earlier layer instead of the one before.

    With it, `Shortcut` and `Concatenate`, a list of layers says any feed-forward graph.

    Parameters
    ----------
    source : str
        Name of the layer, e.g. ``"neurons1"``, or ``"input"`` for the image.

    Examples
    --------
    >>> from nengo_lifdeep.layers import Conv2D, Dense, Flatten, Neurons
    >>> from nengo_lifdeep.layers.architecture import Architecture
    >>> layers = [Conv2D(4, 3, name="left"), Neurons(), Branch("input"), Conv2D(2, 3), Neurons(),
    ...           Concatenate("neurons1"), Flatten(), Dense(10)]
    >>> Architecture((8, 8, 1), layers).shapes()[6]
    (6, 6, 6)
    """

    def _joined(self, shape: Shape, source: Shape) -> Shape:
        return source


@dataclasses.dataclass(frozen=True)
class Concatenate(Join):
    """Puts the output of an earlier layer after the channels (or units) of the current value.

    Parameters
    ----------
    source : str
        Name of the layer, e.g. ``"neurons1"``, or ``"input"`` for the image. Several in a row
        join as many layers, in this order.
    """

    def _joined(self, shape: Shape, source: Shape) -> Shape:
        if source[:-1] != shape[:-1]:
            raise self._refuse(
                f"{source} of {self.source!r} cannot stand beside {shape}; rows and columns must "
                "agree: pool, crop or pad one of them"
            )
        return (*shape[:-1], shape[-1] + source[-1])


@dataclasses.dataclass(frozen=True)
class Shortcut(Join):
    """Adds the output of an earlier layer to the current value: a residual sum.

    In a residual network it stands between a layer with weights (and its BatchNormalization) and
    the neurons (He et al. 2016, "Deep Residual Learning for Image Recognition"); it may stand
    anywhere. Without ``filters`` the output is added as it is; with, through a 1 x 1 convolution
    without bias, which may change channels and size.

    Parameters
    ----------
    source : str
        Name of the layer whose output is added, e.g. ``"neurons1"``, or ``"input"``.
    filters : int, optional
        Output channels of the 1 x 1 convolution; None for the identity.
    strides : int or (int, int)
        Of the 1 x 1 convolution.

    Examples
    --------
    >>> Shortcut("neurons1", 32, 2).output_shape((12, 12, 16))
    (6, 6, 32)
    """

    filters: int | None = None
    strides: Pair = (1, 1)

    allowed = {**Join.allowed, "filters": optional(whole(1)), "strides": pair}

    def __post_init__(self) -> None:
        super().__post_init__()
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
        """The ``source``."""
        return self.source

    def _joined(self, shape: Shape, source: Shape) -> Shape:
        added = self.output_shape(source)
        if added != shape:
            raise self._refuse(
                f"adds {added} from {self.source!r} to {shape}; shapes must agree: give Shortcut "
                "the filters (and strides) of a 1 x 1 convolution"
            )
        return shape

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
        """The source and the 1 x 1 convolution, if there is one."""
        how = "" if self.projection is None else f", 1x1 to {self.filters}"
        stride = "" if self.strides == (1, 1) else f"/{self.strides[0]}"
        return f"Shortcut from {self.source}{how}{stride}"
