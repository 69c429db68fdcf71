"""How ONNX's axes of a value are made of the axes of an image here.

Transpose, Reshape, Flatten, Squeeze and Unsqueeze move axes about and change no value. They are
followed by name, so that layouts vanish: what counts is which axis an operation means.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from ...layers.types import Shape
from ...support.short_repr import short_repr

__all__ = ["View"]


@dataclasses.dataclass(frozen=True, eq=False)
class View:
    """Axes of a value without the batch.

    Parameters
    ----------
    sizes : dict of str to int
        Axes in the order of values here: row ``h``, column ``w``, then channels ``c`` (which may
        be split in several, the slowest first); or ``f`` alone.
    dims : tuple of tuple of str
        Which of them every axis in ONNX is made of, the slowest first. Axes of size 1 are none.
    is_flat : bool
        Whether values here are flat ``(unit,)``, in the order of ``sizes``.
    """

    sizes: dict[str, int]
    dims: tuple[tuple[str, ...], ...]
    is_flat: bool = False

    __repr__ = short_repr

    @classmethod
    def image(cls, shape: Shape, n_axes: int = 2) -> View:
        """Of ``(channel, row, column)``, or ``(channel, column)``.

        Parameters
        ----------
        shape : (row, column, channel)
            Of the image here.
        n_axes : int
            Axes beside the channels.
        """
        return cls(
            dict(zip("hwc", shape, strict=True)), (("c",), ("h",), ("w",))[:: 3 - n_axes]
        ).clean()

    @classmethod
    def flat(cls, size: int) -> View:
        """Of ``(unit,)``.

        Parameters
        ----------
        size : int
            Number of units.
        """
        return cls({"f": size}, (("f",),), True).clean()

    def clean(self) -> View:
        """Without axes of size 1 in ``dims``."""
        dims = tuple(tuple(a for a in dim if self.sizes[a] > 1) for dim in self.dims)
        return dataclasses.replace(self, dims=dims)

    @property
    def shape(self) -> Shape:
        """Of the values here."""
        if self.is_flat:
            return (math.prod(self.sizes.values()),)
        channels = math.prod(n for a, n in self.sizes.items() if a[0] == "c")
        return self.sizes["h"], self.sizes["w"], channels

    @property
    def raw(self) -> Shape:
        """Of ONNX's value, without the batch."""
        return tuple(math.prod(self.sizes[a] for a in dim) for dim in self.dims)

    @property
    def order(self) -> tuple[str, ...]:
        """All axes in ONNX's order."""
        return tuple(a for dim in self.dims for a in dim)

    @property
    def own_order(self) -> tuple[str, ...]:
        """All axes in the order here."""
        return tuple(a for a, n in self.sizes.items() if n > 1)

    @property
    def channels(self) -> tuple[str, ...]:
        """The axes of the channels, in the order here."""
        return tuple(a for a in self.own_order if a[0] == "c")

    def positions(self) -> np.ndarray:
        """For every value in the order here, its position in ONNX's flattened order."""
        sizes = [self.sizes[a] for a in self.order]
        found = np.arange(math.prod(sizes)).reshape(sizes)
        return found.transpose([self.order.index(a) for a in self.own_order]).ravel()

    def spread(self, value: np.ndarray) -> np.ndarray | None:
        """A constant as it meets every value, by ONNX's broadcasting; None if it does not fit.

        Parameters
        ----------
        value : array
            With or without ONNX's axis of the batch.
        """
        try:
            whole = np.broadcast_to(value, (1, *self.raw))
        except ValueError:
            return None
        return whole.ravel()[self.positions()].reshape(self.shape)

    def transposed(self, axes: list[int]) -> View:
        """With ONNX's axes in another order.

        Parameters
        ----------
        axes : list of int
            Without the batch, counted from 0.
        """
        return dataclasses.replace(self, dims=tuple(self.dims[a] for a in axes))

    def reshaped(self, target: list[int]) -> View | None:
        """With ONNX's axes cut otherwise; None if that would cut rows or columns.

        Parameters
        ----------
        target : list of int
            New sizes, without the batch, all known.
        """
        left = list(self.order)
        sizes = dict(self.sizes)
        dims = []
        for size in target:
            dim: list[str] = []
            while size > 1:
                if not left:
                    return None
                axis = left.pop(0)
                whole = sizes[axis]
                if size % whole == 0:
                    dim.append(axis)
                    size //= whole
                    continue
                if whole % size or axis[0] not in "cf":
                    return None
                parts = {f"{axis}{size}_0": size, f"{axis}{size}_1": whole // size}
                sizes = {
                    a: n for old, m in sizes.items()
                    for a, n in (parts.items() if old == axis else [(old, m)])
                }  # fmt: skip
                first, second = parts
                dim.append(first)
                left.insert(0, second)
                size = 1
            dims.append(tuple(dim))
        if any(sizes[a] > 1 for a in left):
            return None
        return View(sizes, tuple(dims), self.is_flat).clean()
