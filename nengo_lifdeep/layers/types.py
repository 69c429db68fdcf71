"""Layers as inert, frozen descriptions: what a layer is, its output shape and its size.

Shapes are per image, images are ``(row, column, channel)``. Nothing here computes; the
numbers live in `nengo_lifdeep.models`, the arithmetic in `nengo_lifdeep.stages.types`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, ClassVar

from nengo.neurons import NeuronType

from ..errors import ValidationError
from ..neurons.counterparts import check_neuron
from ..support.checks import (
    Check,
    check_fields,
    checked,
    flag,
    instance,
    optional,
    pair,
    real,
    sizes,
    text,
    whole,
    word,
)
from .windows import window_geometry

__all__ = [
    "LAYER_TYPES",
    "AveragePooling2D",
    "BatchNormalization",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "LocalResponseNormalization",
    "LocallyConnected2D",
    "MaxPooling2D",
    "Neurons",
    "Shortcut",
]

Shape = tuple[int, ...]

#: Rows and columns: an int or a pair when a layer is written, always a pair once it is built.
Pair = Any


@dataclasses.dataclass(frozen=True)
class Layer:
    """One step of an architecture. ``name`` is filled in by the `Architecture`.

    Parameters
    ----------
    name : str
        Name of the layer; the `Architecture` fills it in.
    """

    name: str = dataclasses.field(default="", kw_only=True)

    #: whether the layer has trained weights between neurons
    has_weights: ClassVar[bool] = False
    #: what each of its fields may be
    allowed: ClassVar[Mapping[str, Check]] = {"name": text}

    def __post_init__(self) -> None:
        name = self.name if isinstance(self.name, str) and self.name else type(self).__name__
        check_fields(self, where=f"layer {name!r}: ", **self.allowed)

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        """Shape after the layer for input of ``shape``; `ValidationError` if it does not fit.

        Parameters
        ----------
        shape : tuple of int
            Shape of the input, without the batch: ``(row, column, channel)`` or ``(unit,)``.
        """
        return shape

    @checked(shape=sizes)
    def n_weights(self, shape: Shape) -> int:
        """Number of trained weights (without biases) for input of ``shape``.

        Parameters
        ----------
        shape : tuple of int
            Shape of the input, without the batch: ``(row, column, channel)`` or ``(unit,)``.
        """
        return 0

    @checked(shape=sizes)
    def n_synapses(self, shape: Shape) -> int:
        """Connections with convolutions unrolled and padded edges counted, as the papers count.

        Parameters
        ----------
        shape : tuple of int
            Shape of the input, without the batch: ``(row, column, channel)`` or ``(unit,)``.
        """
        return 0

    def describe(self) -> str:
        """One short phrase for tables, e.g. ``"Conv2D 64 5x5 same"``."""
        return type(self).__name__

    def _refuse(self, message: str) -> ValidationError:
        return ValidationError(f"layer {self.name or type(self).__name__!r}: {message}")


@dataclasses.dataclass(frozen=True)
class _Window2D(Layer):
    """What Conv2D and LocallyConnected2D share: a window slid over an image."""

    filters: int
    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: str = "valid"
    use_bias: bool = True

    has_weights = True
    allowed = {
        **Layer.allowed,
        "filters": whole(1),
        "kernel_size": pair,
        "strides": pair,
        "padding": word("valid", "same"),
        "use_bias": flag,
    }

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        _check_image(self, shape, self.kernel_size, self.padding)
        rows, cols = (
            window_geometry(n, k, s, self.padding)[0]
            for n, k, s in zip(shape[:2], self.kernel_size, self.strides, strict=True)
        )
        return rows, cols, self.filters

    def describe(self) -> str:
        k, s = self.kernel_size, self.strides
        stride = "" if s == (1, 1) else f"/{s[0]}"
        return f"{type(self).__name__} {self.filters} {k[0]}x{k[1]}{stride} {self.padding}"


@dataclasses.dataclass(frozen=True)
class Conv2D(_Window2D):
    """Convolution with one kernel (and one bias per filter) shared over the image.

    Parameters
    ----------
    filters : int
        Number of output channels.
    kernel_size, strides : int or (int, int)
        Rows and columns, in pixels.
    padding : {"valid", "same"}
        As in Keras.
    use_bias : bool
        Whether a bias per filter is trained.
    groups : int
        Channels are split into this many groups that do not see each other.

    Examples
    --------
    >>> Conv2D(16, 5, padding="same").output_shape((28, 28, 1))
    (28, 28, 16)
    """

    groups: int = 1

    allowed = {**_Window2D.allowed, "groups": whole(1)}

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        out = super().output_shape(shape)
        if shape[2] % self.groups or self.filters % self.groups:
            raise self._refuse(
                f"groups is {self.groups}; it must divide both the {shape[2]} input channels "
                f"and the {self.filters} filters"
            )
        return out

    @checked(shape=sizes)
    def n_weights(self, shape: Shape) -> int:
        self.output_shape(shape)
        return math.prod(self.kernel_size) * (shape[2] // self.groups) * self.filters

    @checked(shape=sizes)
    def n_synapses(self, shape: Shape) -> int:
        return math.prod(self.output_shape(shape)[:2]) * self.n_weights(shape)


@dataclasses.dataclass(frozen=True)
class LocallyConnected2D(_Window2D):
    """Like `Conv2D`, but every output pixel has a kernel (and bias) of its own.

    Parameters
    ----------
    filters : int
        Number of output channels.
    kernel_size : int or (int, int)
        Rows and columns of a kernel, in pixels.
    strides : int or (int, int)
        Steps between windows, in pixels.
    use_bias : bool
        Whether every output has a bias.

    Examples
    --------
    >>> LocallyConnected2D(64, 3, padding="same").n_weights((6, 6, 64))
    1327104
    """

    @checked(shape=sizes)
    def n_weights(self, shape: Shape) -> int:
        outputs = math.prod(self.output_shape(shape))
        return math.prod(self.kernel_size) * shape[2] * outputs

    @checked(shape=sizes)
    def n_synapses(self, shape: Shape) -> int:
        return self.n_weights(shape)


@dataclasses.dataclass(frozen=True)
class _Pooling2D(Layer):
    """What AveragePooling2D and MaxPooling2D share: windows of which one number is left."""

    pool_size: Pair = (2, 2)
    strides: Pair = None
    padding: str = "valid"

    allowed = {
        **Layer.allowed,
        "pool_size": pair,
        "strides": pair,
        "padding": word("valid", "same"),
    }

    def __post_init__(self) -> None:
        if self.strides is None:
            object.__setattr__(self, "strides", self.pool_size)
        super().__post_init__()

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        _check_image(self, shape, self.pool_size, self.padding)
        rows, cols = (
            window_geometry(n, k, s, self.padding)[0]
            for n, k, s in zip(shape[:2], self.pool_size, self.strides, strict=True)
        )
        return rows, cols, shape[2]

    def describe(self) -> str:
        return f"{type(self).__name__} {self.pool_size[0]}/{self.strides[0]} {self.padding}"


@dataclasses.dataclass(frozen=True)
class AveragePooling2D(_Pooling2D):
    """Mean over windows; with "same" padding over the pixels inside the image only.

    Parameters
    ----------
    pool_size : int or (int, int)
        Rows and columns of a window, in pixels.
    strides : int or (int, int), optional
        Steps between windows, in pixels; by default the size of a window.
    padding : "valid" or "same"
        Whether windows stay inside the image or reach over its border, as in TensorFlow.

    Examples
    --------
    >>> AveragePooling2D(3, 2, padding="same").output_shape((24, 24, 64))
    (12, 12, 64)
    """


@dataclasses.dataclass(frozen=True)
class MaxPooling2D(_Pooling2D):
    """Largest value of each window. It trains and runs in rates; there are no spikes for it.

    Parameters
    ----------
    pool_size : int or (int, int)
        Rows and columns of a window, in pixels.
    strides : int or (int, int), optional
        Steps between windows, in pixels; by default the size of a window.
    padding : "valid" or "same"
        Whether windows stay inside the image or reach over its border, as in TensorFlow.

    Examples
    --------
    >>> MaxPooling2D(3, 2, padding="same").output_shape((24, 24, 64))
    (12, 12, 64)
    """


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

    allowed = {
        **Layer.allowed,
        "depth_radius": whole(),
        "bias": real(above=0),  # as all values may be 0
        "alpha": real(0),
        "beta": real(0),
    }

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        _check_image(self, shape, (1, 1), "same")
        return shape

    def describe(self) -> str:
        return f"LocalResponseNormalization {2 * self.depth_radius + 1}"


@dataclasses.dataclass(frozen=True)
class Dense(Layer):
    """Every unit connected to every input; the input must be flat.

    Parameters
    ----------
    units : int
        Number of units.
    use_bias : bool
        Whether every unit has a bias.
    """

    units: int
    use_bias: bool = True

    has_weights = True
    allowed = {**Layer.allowed, "units": whole(1), "use_bias": flag}

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise self._refuse(f"input has shape {shape}; put a Flatten layer before Dense")
        return (self.units,)

    @checked(shape=sizes)
    def n_weights(self, shape: Shape) -> int:
        self.output_shape(shape)
        return shape[0] * self.units

    @checked(shape=sizes)
    def n_synapses(self, shape: Shape) -> int:
        return self.n_weights(shape)

    def describe(self) -> str:
        return f"Dense {self.units}"


@dataclasses.dataclass(frozen=True)
class Flatten(Layer):
    """Row-major flattening, channels last and fastest.

    Parameters
    ----------
    name : str
        Name of the layer; the `Architecture` fills it in.
    """

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)


@dataclasses.dataclass(frozen=True)
class Dropout(Layer):
    """Silences a share ``rate`` of its inputs in training; the identity afterwards.

    Parameters
    ----------
    rate : float
        Share of the inputs that are silenced, from 0 to below 1.
    """

    rate: float = 0.5

    allowed = {**Layer.allowed, "rate": real(0, below=1)}

    def describe(self) -> str:
        return f"Dropout {self.rate:g}"


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

    allowed = {**Layer.allowed, "momentum": real(0, 1), "epsilon": real(0)}


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


@dataclasses.dataclass(frozen=True)
class Neurons(Layer):
    """One neuron per entry of its input.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType, optional
        Type and time constants of this layer's neurons; by default those of the network, which
        `train` and `TrainedModel` are given.

    Examples
    --------
    >>> import nengo
    >>> Neurons(nengo.RectifiedLinear(amplitude=0.5)).describe()
    'RectifiedLinear(amplitude=0.5)'
    """

    neuron: NeuronType | None = None

    allowed = {
        **Layer.allowed,
        "neuron": optional(instance(NeuronType, also="None for the neurons of the network")),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.neuron is not None:
            check_neuron(self.neuron)

    def describe(self) -> str:
        return "Neurons" if self.neuron is None else repr(self.neuron)


LAYER_TYPES: dict[str, type[Layer]] = {
    cls.__name__: cls
    for cls in (
        Conv2D,
        LocallyConnected2D,
        AveragePooling2D,
        MaxPooling2D,
        LocalResponseNormalization,
        Dense,
        Flatten,
        Dropout,
        BatchNormalization,
        Shortcut,
        Neurons,
    )
}


def _check_image(layer: Layer, shape: Shape, window: tuple[int, int], padding: str) -> None:
    if len(shape) != 3:
        raise layer._refuse(f"input has shape {shape}; expected an image (row, column, channel)")
    if padding == "valid" and (shape[0] < window[0] or shape[1] < window[1]):
        raise layer._refuse(
            f"window {window} does not fit into input {shape}; use padding='same' or pool less"
        )
