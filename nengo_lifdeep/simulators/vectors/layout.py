"""How the neurons of a layer lie in memory: whole vectors of one pixel's channels."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from ...layers.types import Shape

__all__ = ["LANES", "Layout", "aligned"]

#: Numbers that one vector operation takes: a register of 512 bits in float32.
LANES = 16


@dataclasses.dataclass(frozen=True)
class Layout:
    """Pixels times channels, the channels filled up to a whole number of vectors.

    Parameters
    ----------
    pixels, channels : int
        Size of the layer; a layer that is no image is one pixel with many channels.

    Examples
    --------
    >>> Layout.of((5, 5, 20))
    Layout(pixels=25, channels=20)
    >>> Layout.of((5, 5, 20)).width
    32
    """

    pixels: int
    channels: int

    @classmethod
    def of(cls, shape: Shape) -> Layout:
        """The layout of a layer of that shape, ``(row, column, channel)`` or ``(unit,)``.

        Parameters
        ----------
        shape : (row, column, channel) or (unit,)
            Shape of the layer.
        """
        return cls(math.prod(shape[:-1]), shape[-1])

    @property
    def width(self) -> int:
        """Channels with the filling."""
        return -(-self.channels // LANES) * LANES

    @property
    def size(self) -> int:
        """Numbers in memory for one image."""
        return self.pixels * self.width

    def pad(self, values: np.ndarray, dtype: type[np.floating]) -> np.ndarray:
        """``(n, neuron)`` values as ``(n, size)``, zeros in the filling.

        Parameters
        ----------
        values : (n, neuron) array
            The values.
        dtype : numpy.float32 or numpy.float64
            Type of the numbers.
        """
        padded = np.zeros((len(values), self.pixels, self.width), dtype)
        padded[..., : self.channels] = values.reshape(len(values), self.pixels, self.channels)
        return padded.reshape(len(values), self.size)


def aligned(values: np.ndarray, skew: int = 0) -> np.ndarray:
    """A copy whose vectors do not cross cache lines, ``skew`` lines and a quarter page each apart.

    Arrays that are walked through together are best given different skews: at equal places in
    their pages they would compete for the same lines of the cache.

    Parameters
    ----------
    values : array
        The values, of any shape.
    skew : int
        Number of the array among those that are used together.
    """
    page, line = 4096, LANES * 4
    raw = np.empty(values.nbytes + 2 * page, np.uint8)
    start = (-raw.ctypes.data % page) + skew * (page // 4 + line) % page
    copy = raw[start : start + values.nbytes].view(values.dtype)
    copy[:] = values
    return copy
