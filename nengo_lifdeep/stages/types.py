"""Linear stages between populations: arrays, their NumPy arithmetic.

Every stage maps ``(batch, *input_shape)`` to ``(batch, *output_shape)``. This is the readable
truth; `nengo_lifdeep.exporters.nengo` spells the same stages in Nengo.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, ClassVar

import numpy as np
import scipy.sparse

from ..errors import ValidationError
from ..layers.types import Shape
from ..layers.windows import window_geometry
from ..support.checks import MOST_UNITS, checked_shape, whole_numbers
from ..support.checks.arrays import checked_indices, checked_numbers
from ..support.short_repr import short_repr

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


#: pixels of an image with its padding, where the image is small
_MOST_PADDED = 2**22


@dataclasses.dataclass(frozen=True, eq=False)
class Stage:
    """One linear map without bias. Subclasses are frozen and hold only shapes and arrays.

    Parameters
    ----------
    input_shape : tuple of int
        Shape of the input, without the batch.

    Raises
    ------
    ValidationError
        If shapes and arrays do not fit together, a weight is not finite, or an index is out of
        range: what is built can be run.
    """

    input_shape: Shape

    #: names of the fields that are arrays
    arrays: ClassVar[tuple[str, ...]] = ()

    #: how many axes the input may have
    axes: ClassVar[tuple[int, ...]] = (1, 3)

    def __post_init__(self) -> None:
        self._set("input_shape", checked_shape(self.input_shape, self._what("input"), self.axes))
        self._check()
        checked_shape(self.output_shape, self._what("output"))

    def _check(self) -> None:
        """Check, and put into their final form, the other fields."""
        raise NotImplementedError

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _what(self, name: str) -> str:
        return f"{type(self).__name__} {name}"

    def _numbers(self, name: str, shape: tuple[int | None, ...]) -> np.ndarray:
        values = checked_numbers(getattr(self, name), self._what(name), shape)
        self._set(name, values)
        return values

    @property
    def output_shape(self) -> Shape:
        """Shape of one image after the stage."""
        raise NotImplementedError

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Map a batch ``(n, *input_shape)`` to ``(n, *output_shape)``.

        Parameters
        ----------
        x : (n, *input_shape) array of float
            A batch of inputs.
        """
        raise NotImplementedError

    def scaled(self, factor: float) -> Stage:
        """The same map times ``factor``; only stages with weights can be scaled.

        Parameters
        ----------
        factor : float
            The factor, without a unit.
        """
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

    axes = (3,)

    def _check(self) -> None:
        self._set("strides", self._pair("strides", self.strides))
        if not isinstance(self.padding, str) or self.padding not in ("same", "valid"):
            raise ValidationError(
                f"{self._what('padding')} is {self.padding!r}; expected 'same' or 'valid'"
            )

    def _pair(self, name: str, value: Any) -> tuple[int, int]:
        both = whole_numbers(value, self._what(name))
        if len(both) != 2 or not all(0 < v <= MOST_UNITS for v in both):
            raise ValidationError(f"{self._what(name)} are {both}; expected two numbers >= 1")
        return both

    def _require_windows(self) -> None:
        """Refuse windows that fit nowhere, and those whose padding would fill the memory."""
        whole = math.prod(
            max(n, (length - 1) * s + k)
            for (length, _), n, k, s in zip(
                self.geometry(), self.input_shape[:2], self.window, self.strides, strict=True
            )
        )
        most = max(_MOST_PADDED, 16 * math.prod(self.input_shape[:2]))
        if self.padding == "same" and whole > most:
            raise ValidationError(
                f"{self._what('window')} is {self.window}; with strides {self.strides} it reaches "
                f"over {whole:,} pixels, most of them outside of the image of "
                f"{self.input_shape[:2]}; expected at most {most:,}"
            )
        if any(length < 1 for length, _ in self.geometry()):
            raise ValidationError(
                f"{self._what('window')} is {self.window}; no window of that size fits into an "
                f"image of {self.input_shape[:2]} with padding {self.padding!r}"
            )

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
                f"{self._what('kernel')} has shape {kernel.shape}, {groups} groups, and the input "
                f"{channels} channels; expected (rows, columns, channels / groups, filters), both "
                "divisible by the groups"
            )
        self._pair("kernel", (rows, cols))
        self._set("groups", groups)
        self._require_windows()

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
    """Mean over each window, over the pixels inside the image only.

    Parameters
    ----------
    pool_size : (int, int)
        Rows and columns of a window, in pixels.
    """

    pool_size: tuple[int, int]

    def _check(self) -> None:
        super()._check()
        self._set("pool_size", self._pair("pool_size", self.pool_size))
        self._require_windows()

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
    """All to all, ``matrix (inputs, outputs)``; the input is flattened row-major.

    Parameters
    ----------
    matrix : (input, output) array of float
        The weights.
    """

    matrix: np.ndarray

    __repr__ = short_repr

    arrays = ("matrix",)

    def _check(self) -> None:
        self._numbers("matrix", (math.prod(self.input_shape), None))

    @property
    def output_shape(self) -> Shape:
        return (self.matrix.shape[1],)

    def apply(self, x: np.ndarray) -> np.ndarray:
        return x.reshape(len(x), -1) @ self.matrix

    def scaled(self, factor: float) -> DenseMatrix:
        return dataclasses.replace(self, matrix=self.matrix * np.float32(factor))


@dataclasses.dataclass(frozen=True, eq=False)
class Elementwise(Stage):
    """One to one, ``weight (channels,)`` per channel: the identity of a residual sum, scaled.

    Parameters
    ----------
    weight : (channel,) array of float
        One weight per channel.
    """

    weight: np.ndarray

    __repr__ = short_repr

    arrays = ("weight",)

    def _check(self) -> None:
        weight = checked_numbers(self.weight, self._what("weight"))
        if weight.size != 1:
            weight = checked_numbers(weight, self._what("weight"), self.input_shape[-1:])
        self._set("weight", weight if weight.ndim == 1 else weight.reshape(1))

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

    Parameters
    ----------
    outputs : tuple of int
        Shape of the output, without the batch.
    starts : (inputs + 1,) array of int
        Where the weights of each input begin.
    targets : (weights,) array of int
        Flat output of each weight.
    data : (weights,) array of float
        The weights.
    """

    outputs: Shape
    starts: np.ndarray
    targets: np.ndarray
    data: np.ndarray

    __repr__ = short_repr

    arrays = ("starts", "targets", "data")

    def _check(self) -> None:
        self._set("outputs", checked_shape(self.outputs, self._what("outputs")))
        data = self._numbers("data", (None,))
        starts = checked_indices(self.starts, self._what("starts"), 0, len(data))
        last = math.prod(self.outputs) - 1
        targets = checked_indices(self.targets, self._what("targets"), 0, last)
        if len(targets) != len(data):
            raise ValidationError(
                f"{self._what('targets')} are {len(targets)}; expected one for each of the "
                f"{len(data)} weights"
            )
        inputs = math.prod(self.input_shape)
        if len(starts) != inputs + 1 or starts[0] != 0 or starts[-1] != len(data):
            raise ValidationError(
                f"{self._what('starts')} are {len(starts)}, from {starts[:1]} to {starts[-1:]}; "
                f"expected {inputs + 1}, from 0 to the {len(data)} weights"
            )
        if (np.diff(starts) < 0).any():
            raise ValidationError(
                f"{self._what('starts')} go down; expected each >= the one before"
            )
        self._set("starts", starts)
        self._set("targets", targets)

    @classmethod
    def of(cls, matrix: Any, input_shape: Shape, outputs: Shape) -> SparseMatrix:
        """From a `scipy.sparse` array ``(inputs, outputs)``.

        Parameters
        ----------
        matrix : scipy.sparse array of shape (inputs, outputs)
            The weights.
        input_shape : tuple of int
            Shape of the input, without the batch.
        outputs : tuple of int
            Shape of the output, without the batch.
        """
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
    """Run a batch ``(n, *input_shape)`` through several stages.

    Parameters
    ----------
    stages : tuple of Stage
        The stages, in order.
    x : (n, *input_shape) array of float
        A batch of inputs of the first stage.
    """
    for stage in stages:
        x = stage.apply(x)
    return x
