"""What stages with a window slid over an image share."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import scipy.sparse

from ..errors import ValidationError
from ..layers.windows import reach, window_geometry
from ..support.checks import MOST_UNITS, whole_numbers
from .stage import Stage

__all__ = ["Windowed"]


@dataclasses.dataclass(frozen=True, eq=False)
class Windowed(Stage):
    """A window sliding over an image; TensorFlow's padding rule.

    Parameters
    ----------
    strides : (int, int)
        Steps between windows, in pixels.
    padding : {"valid", "same"}
        Whether windows stay inside the image or reach over its border.
    """

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
        image = self.input_shape[0], self.input_shape[1]
        whole, most = reach(image, self.window, self.strides, self.padding)
        if whole > most:
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
        """Rows and columns of a window, in pixels."""
        raise NotImplementedError

    def geometry(self) -> list[tuple[int, int]]:
        """Output length and leading padding of rows, then of columns."""
        sizes = zip(self.input_shape[:2], self.window, self.strides, strict=True)
        return [window_geometry(n, k, s, self.padding) for n, k, s in sizes]

    def padded(self, x: np.ndarray) -> np.ndarray:
        """``x`` with zeros around it so that every window lies inside.

        Parameters
        ----------
        x : (n, row, column, channel) array
            The images.
        """
        pads = [(0, 0)]
        for (length, before), n, k, s in zip(
            self.geometry(), self.input_shape[:2], self.window, self.strides, strict=True
        ):
            pads.append((before, max((length - 1) * s + k - n - before, 0)))
        return np.pad(x, [*pads, (0, 0)])

    def patches(self, x: np.ndarray) -> np.ndarray:
        """All windows of ``x``: ``(n, rows, cols, window rows, window cols, channels)``.

        Parameters
        ----------
        x : (n, row, column, channel) array
            The images.
        """
        views = np.lib.stride_tricks.sliding_window_view(self.padded(x), self.window, axis=(1, 2))
        (rows, _), (cols, _) = self.geometry()
        views = views[:, :: self.strides[0], :: self.strides[1]][:, :rows, :cols]
        return np.moveaxis(views, 3, -1)

    def sources(self, channels: int) -> np.ndarray:
        """Flat input index of each entry of each window of an image; -1 on padding.

        Parameters
        ----------
        channels : int
            Channels of the image.

        Returns
        -------
        (row, column, window row, window column, channel) array of int
        """
        shape = (*self.input_shape[:2], channels)
        return self.patches(np.arange(math.prod(shape)).reshape(1, *shape) + 1)[0] - 1

    def reach(self) -> scipy.sparse.csr_array:
        """Which pixel reaches which, as a boolean matrix ``(pixels in, pixels out)``."""
        sources = self.sources(1)
        rows, cols = sources.shape[:2]
        pixels = np.arange(rows * cols).reshape(rows, cols, 1, 1, 1)
        targets = np.broadcast_to(pixels, sources.shape)
        inside = sources >= 0
        ones = np.ones(int(inside.sum()), bool)
        shape = (math.prod(self.input_shape[:2]), rows * cols)
        found = (ones, (sources[inside], targets[inside]))
        return scipy.sparse.coo_array(found, shape=shape).tocsr()

    def _between(
        self, source: np.ndarray, target: np.ndarray, weight: np.ndarray
    ) -> scipy.sparse.csr_array:
        """The matrix of weights from flat inputs (-1 for padding) to flat outputs."""
        shape = (math.prod(self.input_shape), math.prod(self.output_shape))
        source, target, weight = np.broadcast_arrays(source, target, weight)
        inside = (source >= 0) & (weight != 0)
        found = (weight[inside], (source[inside], target[inside]))
        return scipy.sparse.coo_array(found, shape=shape).tocsr()
