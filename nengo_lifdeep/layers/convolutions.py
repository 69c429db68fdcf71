"""Layers with a window slid over an image: one kernel for all places, or one for each."""

from __future__ import annotations

import dataclasses
import math

from ..support.checks import checked, flag, pair, sizes, whole, word
from .layer import Pair, Shape, require_image
from .weighted import Weighted
from .windows import window_geometry

__all__ = ["Conv2D", "Conv2DTranspose", "LocallyConnected2D"]


@dataclasses.dataclass(frozen=True)
class Window2D(Weighted):
    """What Conv2D and LocallyConnected2D share: a window slid over an image."""

    filters: int
    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: str = "valid"
    use_bias: bool = True

    allowed = {
        **Weighted.allowed,
        "filters": whole(1),
        "kernel_size": pair,
        "strides": pair,
        "padding": word("valid", "same"),
        "use_bias": flag,
    }

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        """Windows along rows and columns, and a channel for each filter."""
        require_image(self, shape, self.window, self.padding, self.strides)
        rows, cols = (
            window_geometry(n, k, s, self.padding)[0]
            for n, k, s in zip(shape[:2], self.window, self.strides, strict=True)
        )
        return rows, cols, self.filters

    @property
    def window(self) -> tuple[int, int]:
        """Rows and columns of the image that a kernel looks at."""
        rows, cols = self.kernel_size
        return rows, cols

    def describe(self) -> str:
        """Filters, kernel, stride and padding, e.g. ``"Conv2D 64 5x5/2 same"``."""
        k, s = self.kernel_size, self.strides
        stride = "" if s == (1, 1) else f"/{s[0]}"
        window = f"{k[0]}x{k[1]}{stride} {self.padding}"
        return f"{type(self).__name__} {self.filters} {window}{self._of_kind()}"


@dataclasses.dataclass(frozen=True)
class Conv2D(Window2D):
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
    dilation_rate : int or (int, int)
        Distance in the image of pixels that are neighbours in the kernel.
    weights : WeightKind, optional
        What its weights are, e.g. `nengo_lifdeep.weights.Rounded`; floats by default.

    Examples
    --------
    >>> Conv2D(16, 5, padding="same").output_shape((28, 28, 1))
    (28, 28, 16)
    """

    groups: int = 1
    dilation_rate: Pair = (1, 1)

    stem = "conv"
    allowed = {**Window2D.allowed, "groups": whole(1), "dilation_rate": pair}

    @property
    def window(self) -> tuple[int, int]:
        """Rows and columns of the image that a kernel looks at, dilation included."""
        sizes = zip(self.kernel_size, self.dilation_rate, strict=True)
        rows, cols = ((k - 1) * d + 1 for k, d in sizes)
        return rows, cols

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        """Windows along rows and columns, and filters; groups must divide the channels."""
        out = super().output_shape(shape)
        if shape[2] % self.groups or self.filters % self.groups:
            raise self._refuse(
                f"groups is {self.groups}; it must divide both the {shape[2]} input channels "
                f"and the {self.filters} filters"
            )
        return out

    @checked(shape=sizes)
    def arrays(self, shape: Shape) -> dict[str, Shape]:
        """``kernel (row, column, channel / groups, filter)``, ``bias (filter,)``."""
        self.output_shape(shape)
        kernel = (*self.kernel_size, shape[2] // self.groups, self.filters)
        bias = {"bias": (self.filters,)} if self.use_bias else {}
        return self._sizes({"kernel": kernel, **bias})

    @checked(shape=sizes)
    def n_weights(self, shape: Shape) -> int:
        """Entries of the kernel, which all pixels share."""
        return math.prod(self.arrays(shape)["kernel"])

    @checked(shape=sizes)
    def n_synapses(self, shape: Shape) -> int:
        """Entries of the kernel, once for every pixel of the output."""
        return math.prod(self.output_shape(shape)[:2]) * self.n_weights(shape)


@dataclasses.dataclass(frozen=True)
class Conv2DTranspose(Window2D):
    """Transposed convolution: every pixel spreads its kernel over a larger image.

    Parameters
    ----------
    filters : int
        Number of output channels.
    kernel_size, strides : int or (int, int)
        Rows and columns of a kernel, and pixels of the output per pixel of the input.
    padding : {"valid", "same"}
        As in Keras: "same" gives ``strides`` times the rows and columns.
    use_bias : bool
        Whether a bias per filter is trained.
    weights : WeightKind, optional
        What its weights are, e.g. `nengo_lifdeep.weights.Rounded`; floats by default.

    Examples
    --------
    >>> Conv2DTranspose(8, 3, 2, "same").output_shape((7, 7, 16))
    (14, 14, 8)
    """

    stem = "transposed"

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        """``strides`` times the pixels; "valid" adds what a kernel reaches further."""
        require_image(self, shape, (1, 1), "same")
        rows, cols = (
            n * s + (max(k - s, 0) if self.padding == "valid" else 0)
            for n, k, s in zip(shape[:2], self.kernel_size, self.strides, strict=True)
        )
        return rows, cols, self.filters

    @checked(shape=sizes)
    def arrays(self, shape: Shape) -> dict[str, Shape]:
        """``kernel (row, column, channel, filter)``, ``bias (filter,)``.

        Keras keeps the last two axes of this kernel the other way round.
        """
        self.output_shape(shape)
        kernel = (*self.kernel_size, shape[2], self.filters)
        return {"kernel": kernel, **({"bias": (self.filters,)} if self.use_bias else {})}

    @checked(shape=sizes)
    def n_weights(self, shape: Shape) -> int:
        """Entries of the kernel, which all pixels share."""
        return math.prod(self.arrays(shape)["kernel"])

    @checked(shape=sizes)
    def n_synapses(self, shape: Shape) -> int:
        """Entries of the kernel, once for every pixel of the input."""
        return math.prod(shape[:2]) * self.n_weights(shape)


@dataclasses.dataclass(frozen=True)
class LocallyConnected2D(Window2D):
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
    weights : WeightKind, optional
        What its weights are, e.g. `nengo_lifdeep.weights.Rounded`; floats by default.

    Examples
    --------
    >>> LocallyConnected2D(64, 3, padding="same").n_weights((6, 6, 64))
    1327104
    """

    stem = "local"

    @property
    def constant(self) -> int:
        """A number for each output, if it has biases."""
        return 2 * self.use_bias

    @checked(shape=sizes)
    def arrays(self, shape: Shape) -> dict[str, Shape]:
        """``kernel (row, column, window * channel, filter)``, ``bias (row, column, filter)``."""
        rows, cols, filters = out = self.output_shape(shape)
        kernel = (rows, cols, math.prod(self.kernel_size) * shape[2], filters)
        return {"kernel": kernel, **({"bias": out} if self.use_bias else {})}

    @checked(shape=sizes)
    def n_weights(self, shape: Shape) -> int:
        """Entries of all kernels: one for every pixel of the output."""
        return math.prod(self.arrays(shape)["kernel"])

    @checked(shape=sizes)
    def n_synapses(self, shape: Shape) -> int:
        """As many as weights: no two pixels share any."""
        return self.n_weights(shape)
