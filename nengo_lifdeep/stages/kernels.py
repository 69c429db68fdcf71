"""Stages with kernels: one for the whole image, or one for every output pixel."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import scipy.sparse

from ..errors import ValidationError
from ..layers.layer import Shape
from ..support.arrays.products import product
from ..support.checks import whole_numbers
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from .windowed import Windowed

__all__ = ["Convolution", "LocalWindows"]


@dataclasses.dataclass(frozen=True, eq=False)
class Convolution(Windowed):
    """One kernel ``(rows, cols, channels / groups, filters)`` shared over the image.

    Parameters
    ----------
    groups : int
        Number of groups of channels.
    kernel : (row, column, channel / groups, filter) array of float
        The weights.
    """

    groups: int
    kernel: np.ndarray

    __repr__ = short_repr

    arrays = ("kernel",)

    def _check(self) -> None:
        super()._check()
        (groups,) = whole_numbers((self.groups,), self._what("groups"))
        kernel = self._numbers("kernel", (None,) * 4)
        rows, cols, per_group, filters = kernel.shape
        channels = self.input_shape[2]
        if groups < 1 or filters % groups or per_group * groups != channels:
            raise ValidationError(
                f"{self._what('kernel')} has shape {kernel.shape}, {counted(groups, 'group')}, "
                f"and the input {counted(channels, 'channel')}; expected (rows, columns, "
                "channels / groups, filters), both divisible by the groups"
            )
        self._pair("kernel", (rows, cols))
        self._set("groups", groups)
        self._require_windows()

    @property
    def window(self) -> tuple[int, int]:
        """Rows and columns of the kernel."""
        return self.kernel.shape[0], self.kernel.shape[1]

    @property
    def output_shape(self) -> Shape:
        """Windows along rows and columns, and filters."""
        (rows, _), (cols, _) = self.geometry()
        return rows, cols, self.kernel.shape[3]

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Every window times the kernel, group by group."""
        patches = self.patches(x)
        channels, filters = self.kernel.shape[2], self.kernel.shape[3] // self.groups
        parts = []
        for g in range(self.groups):
            seen = patches[..., g * channels : (g + 1) * channels]
            kernel = self.kernel[..., g * filters : (g + 1) * filters].reshape(-1, filters)
            sums = product(seen.reshape(-1, len(kernel)), kernel)
            parts.append(sums.reshape(*patches.shape[:3], filters))
        return np.concatenate(parts, axis=-1) if self.groups > 1 else parts[0]

    def to_matrix(self) -> scipy.sparse.csr_array:
        """The kernel at every place, without what reaches over the border."""
        sources, filters = self.sources(self.input_shape[2]), self.kernel.shape[3]
        rows, cols, *_ = sources.shape
        pixels = np.arange(rows * cols).reshape(rows, cols, 1, 1)
        in_group, per_group = self.kernel.shape[2], filters // self.groups
        parts = []
        for g in range(self.groups):
            seen = sources[..., g * in_group : (g + 1) * in_group].reshape(rows, cols, -1, 1)
            own = np.arange(g * per_group, (g + 1) * per_group)
            weights = self.kernel[..., own].reshape(-1, per_group)
            parts.append(np.broadcast_arrays(seen, pixels * filters + own, weights))
        return self._between(*(np.concatenate(p, axis=-1) for p in zip(*parts, strict=True)))

    def paths(self) -> tuple[list[scipy.sparse.csr_array | None], np.ndarray]:
        """A place for every pixel of the kernel; with one filter for each channel these stay."""
        rows, cols, channels, filters = self.kernel.shape
        shape = (rows * cols, channels, self.groups, filters // self.groups)
        passes = (self.kernel != 0).reshape(shape).swapaxes(1, 2)
        passes = passes.reshape(rows * cols, -1, shape[-1])
        sources = self.sources(1).reshape(-1, rows * cols)
        pixels = np.arange(len(sources))
        matrices: list[scipy.sparse.csr_array | None] = []
        for source in sources.T:
            inside = source >= 0
            found = (np.ones(int(inside.sum()), bool), (source[inside], pixels[inside]))
            n_pixels = math.prod(self.input_shape[:2]), len(pixels)
            matrices.append(scipy.sparse.coo_array(found, shape=n_pixels).tocsr())
        return matrices, passes[..., 0] if channels == shape[-1] == 1 else passes

    @property
    def work(self) -> int:
        """Every entry of the output is a sum over one window of its group."""
        return math.prod(self.output_shape) * math.prod(self.kernel.shape[:-1])

    @property
    def largest_sum(self) -> float:
        """Largest sum of absolute weights of a filter."""
        sums = np.abs(self.kernel).sum(axis=(0, 1, 2), dtype=np.float64)
        return float(sums.max(initial=0.0))

    def scaled(self, factor: float | np.ndarray) -> Convolution:
        """Filters times the factor."""
        return dataclasses.replace(self, kernel=self.kernel * np.asarray(factor, np.float32))


@dataclasses.dataclass(frozen=True, eq=False)
class LocalWindows(Windowed):
    """A kernel of its own at every output pixel: ``(rows, cols, window * channels, filters)``.

    Parameters
    ----------
    kernel_size : (int, int)
        Rows and columns of a window, in pixels.
    kernel : (row, column, window * channel, filter) array of float
        The weights of every output pixel.
    """

    kernel_size: tuple[int, int]
    kernel: np.ndarray

    __repr__ = short_repr

    arrays = ("kernel",)

    def _check(self) -> None:
        super()._check()
        self._set("kernel_size", self._pair("kernel_size", self.kernel_size))
        self._require_windows()
        (rows, _), (cols, _) = self.geometry()
        entries = math.prod(self.kernel_size) * self.input_shape[2]
        self._numbers("kernel", (rows, cols, entries, None))

    @property
    def window(self) -> tuple[int, int]:
        """``kernel_size``."""
        return self.kernel_size

    @property
    def output_shape(self) -> Shape:
        """A pixel for every kernel, and filters."""
        return self.kernel.shape[0], self.kernel.shape[1], self.kernel.shape[3]

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Every window times the kernel of its place."""
        patches = self.patches(x)
        flat = patches.reshape(*patches.shape[:3], -1)
        return np.moveaxis(product(np.moveaxis(flat, 0, 2), self.kernel), 2, 0)

    def to_matrix(self) -> scipy.sparse.csr_array:
        """The kernels at their places, without what reaches over the border."""
        rows, cols, entries, filters = self.kernel.shape
        sources = self.sources(self.input_shape[2]).reshape(rows, cols, entries, 1)
        targets = np.arange(rows * cols * filters).reshape(rows, cols, 1, filters)
        return self._between(sources, targets, self.kernel)

    def reached(self, inputs: np.ndarray) -> scipy.sparse.csr_array:
        """Of the windows that each of the inputs lies in, the filters with a weight for it."""
        _, _, entries, filters = self.kernel.shape
        sources = self.sources(self.input_shape[2]).ravel()
        row_of = np.full(math.prod(self.input_shape) + 1, -1)  # the last one is padding
        row_of[inputs] = np.arange(len(inputs))
        own = np.flatnonzero(row_of[sources] >= 0)
        entry, output = np.nonzero(self.kernel.reshape(-1, filters)[own])
        rows = row_of[sources[own]][entry]
        targets = own[entry] // entries * filters + output
        shape = len(inputs), math.prod(self.output_shape)
        found = (np.ones(len(rows), bool), (rows, targets))
        return scipy.sparse.coo_array(found, shape=shape).tocsr()

    def fan_out(self) -> np.ndarray:
        """Of every window that an input lies in, the filters with a weight for it."""
        sources = self.sources(self.input_shape[2]).ravel()
        inside = sources >= 0
        found = np.count_nonzero(self.kernel, axis=-1).ravel()[inside]
        n_inputs = math.prod(self.input_shape)
        return np.bincount(sources[inside], found, n_inputs).astype(np.int64)

    @property
    def work(self) -> int:
        """Every entry of the output is a sum over one window."""
        return math.prod(self.output_shape) * self.kernel.shape[2]

    @property
    def largest_sum(self) -> float:
        """Largest sum of absolute weights of an output."""
        return float(np.abs(self.kernel).sum(axis=2, dtype=np.float64).max(initial=0.0))

    def scaled(self, factor: float | np.ndarray) -> LocalWindows:
        """Filters times the factor."""
        return dataclasses.replace(self, kernel=self.kernel * np.asarray(factor, np.float32))
