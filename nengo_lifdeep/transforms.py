"""Linear stages between populations: arrays, their NumPy arithmetic.

Every stage maps ``(batch, *input_shape)`` to ``(batch, *output_shape)``. This is the readable
truth; `nengo_lifdeep.network` spells the same stages in Nengo.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, ClassVar

import numpy as np
import scipy.sparse

from .geometry import window_geometry
from .layers import Shape

__all__ = [
    "STAGE_TYPES",
    "AveragePool",
    "Convolution",
    "DenseMatrix",
    "Elementwise",
    "LocalWindows",
    "SparseMatrix",
    "Stage",
    "apply_stages",
]


@dataclasses.dataclass(frozen=True, eq=False)
class Stage:
    """One linear map without bias. Subclasses are frozen and hold only shapes and arrays."""

    input_shape: Shape

    #: names of the fields that are arrays
    arrays: ClassVar[tuple[str, ...]] = ()

    @property
    def output_shape(self) -> Shape:
        """Shape of one image behind the stage."""
        raise NotImplementedError

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Map a batch ``(n, *input_shape)`` to ``(n, *output_shape)``."""
        raise NotImplementedError

    def scaled(self, factor: float) -> Stage:
        """The same map times ``factor``; only stages with weights can be scaled."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """The fields that are not arrays, JSON-ready."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {k: v for k, v in values.items() if k not in self.arrays}


@dataclasses.dataclass(frozen=True, eq=False)
class _Windowed(Stage):
    """A window sliding over an image; TensorFlow's padding rule."""

    strides: tuple[int, int]
    padding: str

    @property
    def window(self) -> tuple[int, int]:
        raise NotImplementedError

    def geometry(self) -> list[tuple[int, int]]:
        """Output length and leading padding of rows, then of columns."""
        sizes = zip(self.input_shape[:2], self.window, self.strides, strict=True)
        return [window_geometry(n, k, s, self.padding) for n, k, s in sizes]

    def padded(self, x: np.ndarray) -> np.ndarray:
        """``x`` with zeros around it so that every window lies inside."""
        pads = [(0, 0)]
        for (length, before), n, k, s in zip(
            self.geometry(), self.input_shape[:2], self.window, self.strides, strict=True
        ):
            pads.append((before, max((length - 1) * s + k - n - before, 0)))
        return np.pad(x, [*pads, (0, 0)])

    def patches(self, x: np.ndarray) -> np.ndarray:
        """All windows of ``x``: ``(n, rows, cols, window rows, window cols, channels)``."""
        views = np.lib.stride_tricks.sliding_window_view(self.padded(x), self.window, axis=(1, 2))
        (rows, _), (cols, _) = self.geometry()
        views = views[:, :: self.strides[0], :: self.strides[1]][:, :rows, :cols]
        return np.moveaxis(views, 3, -1)


@dataclasses.dataclass(frozen=True, eq=False)
class Convolution(_Windowed):
    """One kernel ``(rows, cols, channels / groups, filters)`` shared over the image."""

    groups: int
    kernel: np.ndarray

    arrays = ("kernel",)

    @property
    def window(self) -> tuple[int, int]:
        return self.kernel.shape[0], self.kernel.shape[1]

    @property
    def output_shape(self) -> Shape:
        (rows, _), (cols, _) = self.geometry()
        return rows, cols, self.kernel.shape[3]

    def apply(self, x: np.ndarray) -> np.ndarray:
        patches = self.patches(x)
        channels, filters = self.kernel.shape[2], self.kernel.shape[3] // self.groups
        parts = [
            np.tensordot(
                patches[..., g * channels : (g + 1) * channels],
                self.kernel[..., g * filters : (g + 1) * filters],
                axes=3,
            )
            for g in range(self.groups)
        ]
        return np.concatenate(parts, axis=-1) if self.groups > 1 else parts[0]

    def scaled(self, factor: float) -> Convolution:
        return dataclasses.replace(self, kernel=self.kernel * np.float32(factor))


@dataclasses.dataclass(frozen=True, eq=False)
class LocalWindows(_Windowed):
    """A kernel of its own at every output pixel: ``(rows, cols, window * channels, filters)``."""

    kernel_size: tuple[int, int]
    kernel: np.ndarray

    arrays = ("kernel",)

    @property
    def window(self) -> tuple[int, int]:
        return self.kernel_size

    @property
    def output_shape(self) -> Shape:
        return self.kernel.shape[0], self.kernel.shape[1], self.kernel.shape[3]

    def apply(self, x: np.ndarray) -> np.ndarray:
        patches = self.patches(x)
        flat = patches.reshape(*patches.shape[:3], -1)
        return np.moveaxis(np.moveaxis(flat, 0, 2) @ self.kernel, 2, 0)

    def scaled(self, factor: float) -> LocalWindows:
        return dataclasses.replace(self, kernel=self.kernel * np.float32(factor))


@dataclasses.dataclass(frozen=True, eq=False)
class AveragePool(_Windowed):
    """Mean over each window, over the pixels inside the image only."""

    pool_size: tuple[int, int]

    @property
    def window(self) -> tuple[int, int]:
        return self.pool_size

    @property
    def output_shape(self) -> Shape:
        (rows, _), (cols, _) = self.geometry()
        return rows, cols, self.input_shape[2]

    def apply(self, x: np.ndarray) -> np.ndarray:
        inside = self.patches(np.ones((1, *self.input_shape[:2], 1), x.dtype)).sum(axis=(3, 4))
        return self.patches(x).sum(axis=(3, 4)) / inside

    @property
    def is_clipped(self) -> bool:
        """Whether some window reaches over the border."""
        sizes = zip(self.geometry(), self.input_shape[:2], self.window, self.strides, strict=True)
        return any(before or (length - 1) * s + k > n for (length, before), n, k, s in sizes)


@dataclasses.dataclass(frozen=True, eq=False)
class DenseMatrix(Stage):
    """All to all, ``matrix (inputs, outputs)``; the input is flattened row-major."""

    matrix: np.ndarray

    arrays = ("matrix",)

    @property
    def output_shape(self) -> Shape:
        return (self.matrix.shape[1],)

    def apply(self, x: np.ndarray) -> np.ndarray:
        return x.reshape(len(x), -1) @ self.matrix

    def scaled(self, factor: float) -> DenseMatrix:
        return dataclasses.replace(self, matrix=self.matrix * np.float32(factor))


@dataclasses.dataclass(frozen=True, eq=False)
class Elementwise(Stage):
    """One to one, ``weight (channels,)`` per channel: the identity of a residual sum, scaled."""

    weight: np.ndarray

    arrays = ("weight",)

    @property
    def output_shape(self) -> Shape:
        return self.input_shape

    def apply(self, x: np.ndarray) -> np.ndarray:
        return x.reshape(len(x), *self.input_shape) * self.weight

    def scaled(self, factor: float) -> Elementwise:
        return dataclasses.replace(self, weight=self.weight * np.float32(factor))


@dataclasses.dataclass(frozen=True, eq=False)
class SparseMatrix(Stage):
    """Any linear map, entry by entry: what several stages in a row are when they are one.

    ``data[starts[i]:starts[i + 1]]`` are the weights of flat input ``i``, ``targets`` the flat
    outputs they go to (compressed sparse rows).
    """

    outputs: Shape
    starts: np.ndarray
    targets: np.ndarray
    data: np.ndarray

    arrays = ("starts", "targets", "data")

    @classmethod
    def of(cls, matrix: Any, input_shape: Shape, outputs: Shape) -> SparseMatrix:
        """From a `scipy.sparse` array ``(inputs, outputs)``."""
        rows = matrix.tocsr()
        rows.sort_indices()
        return cls(input_shape, outputs, rows.indptr, rows.indices, rows.data.astype(np.float32))

    @property
    def output_shape(self) -> Shape:
        return self.outputs

    @property
    def matrix(self) -> scipy.sparse.csr_array:
        """``(inputs, outputs)``."""
        shape = (math.prod(self.input_shape), math.prod(self.outputs))
        return scipy.sparse.csr_array((self.data, self.targets, self.starts), shape=shape)

    def apply(self, x: np.ndarray) -> np.ndarray:
        return (x.reshape(len(x), -1) @ self.matrix).reshape(len(x), *self.outputs)

    def scaled(self, factor: float) -> SparseMatrix:
        return dataclasses.replace(self, data=self.data * np.float32(factor))


STAGE_TYPES: dict[str, type[Stage]] = {
    cls.__name__: cls
    for cls in (Convolution, LocalWindows, AveragePool, DenseMatrix, Elementwise, SparseMatrix)
}


def apply_stages(stages: tuple[Stage, ...], x: np.ndarray) -> np.ndarray:
    """Run a batch ``(n, *input_shape)`` through several stages."""
    for stage in stages:
        x = stage.apply(x)
    return x
