"""What a layer multiplies its weights by, one row for each product: inputs, or their patches."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..layers.types import Conv2D, Dense, Shape
from ..layers.windows import window_geometry
from ..support.memory.room import Room

__all__ = ["Patches"]

Values = NDArray[np.float32]


class Patches:
    """Rows of a dense layer or a convolution, in NumPy, and their way back to the input.

    Parameters
    ----------
    layer : Dense or Conv2D
        The layer. Where it has a bias, a row ends with 1.
    shape_in : tuple of int
        Shape of the input, without the batch.

    Examples
    --------
    >>> patches = Patches(Conv2D(1, 2, use_bias=False), (2, 3, 1))
    >>> rows = patches.rows(np.arange(6, dtype=np.float32).reshape(1, 2, 3, 1))
    >>> rows.tolist()
    [[0.0, 1.0, 3.0, 4.0], [1.0, 2.0, 4.0, 5.0]]
    >>> patches.back(rows).ravel().tolist()  # the middle is in both
    [0.0, 2.0, 2.0, 3.0, 8.0, 5.0]
    """

    def __init__(self, layer: Dense | Conv2D, shape_in: Shape) -> None:
        self.shape_in, self.ones = shape_in, int(layer.use_bias)
        self.size, self.places = math.prod(shape_in), (1, 1)
        self._window: tuple[int, int, int] | None = None
        if isinstance(layer, Conv2D):
            self._strides, self._dilation = layer.strides, layer.dilation_rate
            self._spans, lengths = layer.window, []
            self._padding = [(0, 0)]
            for size, span, step in zip(shape_in, self._spans, self._strides, strict=False):
                length, before = window_geometry(size, span, step, layer.padding)
                after = max((length - 1) * step + span - size - before, 0)
                lengths.append(length)
                self._padding.append((before, after))
            self._padding.append((0, 0))
            self.places = (lengths[0], lengths[1])
            self._window = (*layer.kernel_size, shape_in[-1])
            self.size = math.prod(self._window)

    def rows(self, inputs: Values, room: Room | None = None) -> Values:
        """What the weights are multiplied by.

        Parameters
        ----------
        inputs : (batch, *shape_in) array of float32
            The inputs.
        room : Room, optional
            Where to write them.

        Returns
        -------
        (batch x places, size) array of float32
            ``size + 1`` with a bias.
        """
        shape = (len(inputs) * self.places[0] * self.places[1], self.size + self.ones)
        found = (Room() if room is None else room)("rows", shape)
        found[:, self.size :] = 1
        if self._window is None:
            found[:, : self.size] = inputs.reshape(len(inputs), self.size)
            return found
        (s, t), (d, e) = self._strides, self._dilation
        views = np.lib.stride_tricks.sliding_window_view(self._padded(inputs), self._spans, (1, 2))
        views = views[:, ::s, ::t, :, ::d, ::e].transpose(0, 1, 2, 4, 5, 3)
        found[:, : self.size].reshape(views.shape)[...] = views  # a view: axes are only divided
        return found

    def back(self, slopes: Values) -> Values:
        """Sum what rows say about each input.

        Parameters
        ----------
        slopes : (batch x places, size or more) array of float32
            The loss's derivative by the entries of `rows`.

        Returns
        -------
        (batch, *shape_in) array of float32
        """
        n = len(slopes) // (self.places[0] * self.places[1])
        slopes = slopes[:, : self.size]
        if self._window is None:
            return np.ascontiguousarray(slopes.reshape(n, *self.shape_in))
        found = np.zeros_like(self._padded(np.zeros((n, *self.shape_in), np.float32)))
        parts = slopes.reshape(n, *self.places, *self._window)
        self._add(found, parts, *self._window)
        (above, _), (left, _) = self._padding[1:3]
        height, width = self.shape_in[:2]
        return np.ascontiguousarray(found[:, above : above + height, left : left + width])

    def _add(self, found: Values, parts: Values, height: int, width: int, channels: int) -> None:
        """Add patches to the pixels they are from, in pieces that lie side by side."""
        (s, t), (d, e), (rows, columns) = self._strides, self._dilation, self.places
        for i in range(height):
            down = slice(i * d, i * d + (rows - 1) * s + 1, s)
            if channels > 1 or columns <= width:
                for x in range(columns):
                    across = slice(x * t, x * t + (width - 1) * e + 1, e)
                    found[:, down, across] += parts[:, :, x, i]
            else:
                for j in range(width):
                    across = slice(j * e, j * e + (columns - 1) * t + 1, t)
                    found[:, down, across] += parts[:, :, :, i, j]

    def _padded(self, inputs: Values) -> Values:
        if not any(map(any, self._padding)):
            return inputs
        return np.pad(inputs, self._padding)
