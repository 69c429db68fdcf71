"""The stage that puts values into a larger (or smaller) array: padding, cropping, concatenation."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import scipy.sparse

from ..errors import ValidationError
from ..layers.layer import Shape
from ..support.checks import checked_shape, whole_numbers
from .stage import Stage

__all__ = ["Placement"]


@dataclasses.dataclass(frozen=True, eq=False)
class Placement(Stage):
    """Every value goes to one place of the output, or to none; all other places are zero.

    Entry ``i`` of an axis goes to ``offset + steps * i``. Positive offsets pad, negative ones crop;
    an offset of the channels makes room for those of other branches; steps leave zeros between,
    as a transposed convolution needs.

    Parameters
    ----------
    outputs : tuple of int
        Shape of the output, with as many axes as the input.
    offset : tuple of int
        Where the first entry of each axis goes; it may be negative.
    steps : tuple of int
        Distance between entries that are neighbours in the input, of each axis.

    Examples
    --------
    >>> Placement((2,), (4,), (1,), (1,)).apply(np.array([[5.0, 6.0]]))
    array([[0., 5., 6., 0.]])
    """

    outputs: Shape
    offset: tuple[int, ...]
    steps: tuple[int, ...]

    def _check(self) -> None:
        self._set("outputs", checked_shape(self.outputs, self._what("outputs"), self.axes))
        for name in ("offset", "steps"):
            self._set(name, whole_numbers(getattr(self, name), self._what(name)))
        n_axes = len(self.input_shape)
        if not len(self.outputs) == len(self.offset) == len(self.steps) == n_axes:
            raise ValidationError(
                f"{self._what('outputs')}, offset and steps are {self.outputs}, {self.offset} and "
                f"{self.steps}; expected one number of each for every axis of {self.input_shape}"
            )
        if min(self.steps) < 1:
            raise ValidationError(f"{self._what('steps')} are {self.steps}; expected each >= 1")
        if any(stop <= start for start, stop in self._kept()):
            raise ValidationError(
                f"{self._what('offset')} is {self.offset}; nothing of {self.input_shape} would be "
                f"left in {self.outputs}"
            )

    @property
    def output_shape(self) -> Shape:
        """``outputs``."""
        return self.outputs

    def _kept(self) -> list[tuple[int, int]]:
        """Of each axis, which entries of the input go to the output."""
        axes = zip(self.input_shape, self.outputs, self.offset, self.steps, strict=True)
        return [(max(0, math.ceil(-d / s)), min(n, (m - 1 - d) // s + 1)) for n, m, d, s in axes]

    def _slices(self) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
        """What is taken of the input, and where it goes."""
        kept = self._kept()
        axes = zip(kept, self.offset, self.steps, strict=True)
        places = [slice(d + s * a, d + s * (b - 1) + 1, s) for (a, b), d, s in axes]
        return tuple(slice(a, b) for a, b in kept), tuple(places)

    @property
    def is_of_channels(self) -> bool:
        """Whether it only makes room for other channels: all values stay, at their pixels."""
        return (
            self.outputs[:-1] == self.input_shape[:-1]
            and not any(self.offset[:-1])
            and set(self.steps) == {1}
            and 0 <= self.offset[-1] <= self.outputs[-1] - self.input_shape[-1]
        )

    @property
    def keeps_channels(self) -> bool:
        """Whether all channels are where they were, with as many of them."""
        same = self.outputs[-1] == self.input_shape[-1] and self.offset[-1] == 0
        return len(self.outputs) == 3 and same and self.steps[-1] == 1

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Zeros, and the input at its places."""
        placed = np.zeros((len(x), *self.outputs), x.dtype)
        taken, places = self._slices()
        whole = (slice(None),)
        placed[whole + places] = x.reshape(len(x), *self.input_shape)[whole + taken]
        return placed

    def to_matrix(self) -> scipy.sparse.csr_array:
        """A one from every entry to its place."""
        shape = (math.prod(self.input_shape), math.prod(self.outputs))
        taken, places = self._slices()
        sources = np.arange(shape[0]).reshape(self.input_shape)[taken].ravel()
        targets = np.arange(shape[1]).reshape(self.outputs)[places].ravel()
        ones = np.ones(sources.size, np.float32)
        return scipy.sparse.coo_array((ones, (sources, targets)), shape=shape).tocsr()

    def reached(self, inputs: np.ndarray) -> scipy.sparse.csr_array:
        """The places of some entries."""
        return self.to_matrix()[inputs].astype(bool)

    def paths(self) -> tuple[list[scipy.sparse.csr_array | None], np.ndarray] | None:
        """One place, from every pixel to its own, and from every channel to its own."""
        if len(self.outputs) != 3:
            return None
        pixels = (*self.input_shape[:2], 1), (*self.outputs[:2], 1)
        one = Placement(*pixels, (*self.offset[:2], 0), (*self.steps[:2], 1))
        matrices: list[scipy.sparse.csr_array | None] = [one.to_matrix().astype(bool)]
        if self.keeps_channels:
            return matrices, np.ones((1, self.input_shape[2]), bool)
        channels = Placement(
            self.input_shape[2:], self.outputs[2:], self.offset[2:], self.steps[2:]
        )
        return matrices, channels.to_matrix().astype(bool).toarray()[np.newaxis]

    @property
    def work(self) -> int:
        """One step for every entry that is kept."""
        return math.prod(stop - start for start, stop in self._kept())

    @property
    def largest_sum(self) -> float:
        """One: no two entries go to one place."""
        return 1.0
