"""A convolution on the chip: an axon per pixel, shared by its channels; equal weights stored once.

The counts follow nengo-loihi 1.1 (``conv.py``, ``builder/split_blocks.py``): what it would store
for a cut, without building it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np

from ..stages.types import Convolution
from .cut import Core, Cut, as_image
from .memory import index_bits, total_bits

__all__ = ["PopulationAxons"]

#: entries of the kernel that a pixel uses on one axis, its first and its last output
Window = tuple[tuple[int, ...], int, int]


class PopulationAxons:
    """A convolution on the chip.

    Parameters
    ----------
    stage : Convolution
        With one group.
    pop_type : {32, 16}
        Format of the axons: 32 takes two output slots per axon, 16 one.
    bits : int
        Bits per weight.
    """

    def __init__(self, stage: Convolution, pop_type: int = 32, bits: int = 8) -> None:
        self.stage, self.pop_type, self.bits = stage, pop_type, bits
        self.source = as_image(stage.input_shape)
        self.n_sources = math.prod(self.source)
        self._taps: dict[range, np.ndarray] = {}

    @property
    def slots(self) -> int:
        """Output slots per axon."""
        return 2 if self.pop_type == 32 else 1

    def use(self, cut: Cut, core: Core, exact: bool = True) -> tuple[int, int]:
        """Input axons and synapse bits of one core.

        ``exact=False`` does not look for equal weights among the core's channels alone, only
        among all: as fast as it gets, and never too little.

        Parameters
        ----------
        cut : Cut
            The cut of a population into cores.
        core : Core
            One core of the cut.
        exact : bool
            Whether equal weights are found among the channels of the core.
        """
        alone = cut.n_cores == 1
        rows, cols = self._windows(0, core.rows), self._windows(1, core.cols)
        n_axons = self.source[0] * self.source[1] if alone else len(rows) * len(cols)
        if not rows or not cols:
            return n_axons, 0
        if alone:
            numbers = _mask_numbers(rows)[:, None] * len(cols) + _mask_numbers(cols)
        else:
            numbers = self._weight_numbers(
                rows, cols, core.channels if exact else range(cut.shape[2])
            )
        filters = len(core.channels)
        y, x = np.array([_extent(w) for w in rows]), np.array([_extent(w) for w in cols])
        first = self._firsts(core)
        last = (y[:, None, 1] * len(core.cols) + x[:, 1] + 1) * filters - 1
        # An axon carries its first neuron modulo 256. The rest of that offset is part of the
        # stored indices: weights with another rest, or another extent, are stored again.
        offset = first % 256
        extent = np.broadcast_to(y[:, None, 2], first.shape), np.broadcast_to(x[:, 2], first.shape)
        keys = np.stack([numbers, first - offset, *extent], axis=-1).reshape(-1, 4)
        patterns = np.unique(keys, axis=0)
        bits = index_bits(int((last - offset).max()))
        n_weights = self.source[2] * filters * patterns[:, 2] * patterns[:, 3]
        return n_axons, total_bits(n_weights, bits, self.bits)

    def out_axons(self, core: Core, source: Cut, cut: Cut) -> int:
        """Output slots of a core of the previous population, for the cut of the next one.

        Parameters
        ----------
        core : Core
            A core of the source.
        source : Cut
            The cut of the population that drives it.
        cut : Cut
            The cut of a population into cores.
        """
        if cut.n_cores == 1:
            return self.slots * core.n_pixels
        reached = [
            sum(len(self._pixels(axis, part) & set(own)) for part in cut.axis(axis))
            for axis, own in ((0, core.rows), (1, core.cols))
        ]
        return self.slots * reached[0] * reached[1] * len(cut.axis(2))

    def deliveries(self, cut: Cut) -> float:
        """Cores that a spike reaches, on average over the neurons before it.

        Parameters
        ----------
        cut : Cut
            The cut of a population into cores.
        """
        cores = [sum(len(self._pixels(a, part)) for part in cut.axis(a)) for a in (0, 1)]
        return cores[0] * cores[1] * len(cut.axis(2)) / (self.source[0] * self.source[1])

    def synapses(self, cut: Cut, core: Core) -> np.ndarray:
        """Synapses of a core that every neuron before it reaches, ``(sources,)``.

        Those that nengo-loihi stores: zeros of the kernel are among them.

        Parameters
        ----------
        cut : Cut
            The cut of a population into cores.
        core : Core
            One core of the cut.
        """
        reach = [np.zeros(n, np.int64) for n in self.source[:2]]
        for axis, part in enumerate((core.rows, core.cols)):
            pixels = sorted(self._pixels(axis, part))
            reach[axis][pixels] = [len(taps) for taps, _, _ in self._windows(axis, part)]
        pixel = np.outer(*reach).ravel() * len(core.channels)
        return np.repeat(pixel, self.source[2])

    def weights(self, cut: Cut, core: Core) -> np.ndarray:
        """All weights into a core, ``(taps of every channel, channels of the core)``.

        Parameters
        ----------
        cut : Cut
            The cut of a population into cores.
        core : Core
            One core of the cut.
        """
        kernel = self.stage.kernel[..., core.channels.start : core.channels.stop]
        taps = self.taps(core)
        if taps != tuple(tuple(range(n)) for n in self.stage.window):
            kernel = kernel[np.ix_(*taps)]
        return kernel.reshape(-1, len(core.channels))

    def taps(self, core: Core) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Rows and columns of the kernel that reach the core at all.

        Parameters
        ----------
        core : Core
            One core of the cut.
        """
        rows = {k for w in self._windows(0, core.rows) for k in w[0]}
        cols = {k for w in self._windows(1, core.cols) for k in w[0]}
        return tuple(sorted(rows)), tuple(sorted(cols))

    def unaligned(self, core: Core) -> bool:
        """Whether some axon starts at a neuron of the core whose number is no multiple of 4.

        Parameters
        ----------
        core : Core
            One core of the cut.
        """
        first = self._firsts(core)
        return bool(np.any(first % 4))

    def _firsts(self, core: Core) -> np.ndarray:
        """``(rows, columns)`` the first neuron of the core that each input pixel reaches."""
        y = np.array([w[1] for w in self._windows(0, core.rows)], np.int64)
        x = np.array([w[1] for w in self._windows(1, core.cols)], np.int64)
        return (y[:, None] * len(core.cols) + x) * len(core.channels)

    def _windows(self, axis: int, part: range) -> tuple[Window, ...]:
        """For each input pixel that reaches ``part``: kernel entries, first and last output."""
        (_, before) = self.stage.geometry()[axis]
        return _axis_windows(
            self.source[axis], self.stage.window[axis], self.stage.strides[axis], before,
            part.start, part.stop,
        )[1]  # fmt: skip

    def _pixels(self, axis: int, part: range) -> set[int]:
        (_, before) = self.stage.geometry()[axis]
        return _axis_windows(
            self.source[axis], self.stage.window[axis], self.stage.strides[axis], before,
            part.start, part.stop,
        )[0]  # fmt: skip

    def _weight_numbers(
        self, rows: Sequence[Window], cols: Sequence[Window], channels: range
    ) -> np.ndarray:
        """A number for the weights of every pixel, the same where they are equal."""
        taps = self._tap_numbers(channels)
        numbers: dict[bytes, int] = {}
        made: dict[tuple, int] = {}
        out = np.empty((len(rows), len(cols)), np.int64)
        for i, (ky, _, _) in enumerate(rows):
            for j, (kx, _, _) in enumerate(cols):
                key = (ky, kx)
                if key not in made:
                    found = taps[np.ix_(ky, kx)]
                    name = found.tobytes() + bytes(found.shape)
                    made[key] = numbers.setdefault(name, len(numbers))
                out[i, j] = made[key]
        return out

    def _tap_numbers(self, channels: range) -> np.ndarray:
        """A number for the weights of every entry of the kernel, the same where they are equal."""
        if channels not in self._taps:
            kernel = self.stage.kernel[..., channels.start : channels.stop]
            numbers: dict[bytes, int] = {}
            rows, cols = kernel.shape[:2]
            self._taps[channels] = np.array(
                [
                    [numbers.setdefault(kernel[i, j].tobytes(), len(numbers)) for j in range(cols)]
                    for i in range(rows)
                ]
            )
        return self._taps[channels]


@functools.lru_cache(maxsize=65536)
def _axis_windows(
    n: int, kernel: int, stride: int, before: int, start: int, stop: int
) -> tuple[set[int], tuple[Window, ...]]:
    """Input pixels of one axis that reach outputs ``start..stop - 1``, and their windows.

    A window is the kernel entries that a pixel uses, and its first and last output, counted from
    ``start``.
    """
    pixels, windows = [], []
    low = max(0, start * stride - before)
    high = min(n, (stop - 1) * stride - before + kernel)
    for pixel in range(low, high):
        first = max(start, -(-(pixel + before - kernel + 1) // stride))
        last = min(stop - 1, (pixel + before) // stride)
        if first > last:
            continue
        taps = tuple(pixel + before - out * stride for out in range(first, last + 1))
        pixels.append(pixel)
        windows.append((taps, first - start, last - start))
    return set(pixels), tuple(windows)


def _mask_numbers(windows: Sequence[Window]) -> np.ndarray:
    seen: dict[tuple[int, ...], int] = {}
    return np.array([seen.setdefault(w[0], len(seen)) for w in windows])


def _extent(window: Window) -> tuple[int, int, int]:
    """First and last output of a pixel, and how many there are."""
    taps, first, last = window
    return first, last, len(taps)
