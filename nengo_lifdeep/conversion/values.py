"""What a layer gives, as a linear expression of populations: paths of stages, and a constant."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..layers.types import Shape
from ..stages.merging import merged, summed, times
from ..stages.types import AveragePool, Elementwise, Placement, Stage, Upsample
from ..support.short_repr import short_repr

__all__ = ["Path", "Value", "concatenated"]


@dataclasses.dataclass(frozen=True, eq=False)
class Path:
    """Stages from a population (or the input).

    Attributes
    ----------
    source : str
        Name of the population, or ``"input"``.
    stages : tuple of Stage
        In order; none for the identity.
    gain : float
        Amplitude of the population, until weights take it.
    """

    source: str
    stages: tuple[Stage, ...] = ()
    gain: float = 1.0

    def through(self, stage: Stage) -> Path:
        """The path with one more stage.

        Parameters
        ----------
        stage : Stage
            The stage.
        """
        if self.gain == 1.0:
            return dataclasses.replace(self, stages=(*self.stages, stage))
        if stage.arrays:
            return Path(self.source, (*self.stages, stage.scaled(self.gain)))
        taken = stage.with_inputs(self.gain)
        return dataclasses.replace(self, stages=(*self.stages, taken))

    def ended(self, shape: Shape) -> tuple[Stage, ...]:
        """The stages of a connection that ends here, as few as are exact.

        Parameters
        ----------
        shape : tuple of int
            Shape of the end.
        """
        stages = self.stages
        if not stages or self.gain != 1.0:
            stages = times(stages, shape, self.gain)
        return merged(stages)


@dataclasses.dataclass(frozen=True, eq=False)
class Value:
    """What a layer gives: the sum of its paths and a constant.

    Attributes
    ----------
    paths : tuple of Path
        In the order in which they were added.
    bias : array
        The constant, as small as it can be broadcast to ``seen``: exact at every place, as a
        convolution that pads makes of one number another at the border.
    shape : tuple of int
        Shape of the value, without the batch.
    seen : tuple of int
        Shape in which its stages give it: an image too where it was flattened since.
    """

    paths: tuple[Path, ...]
    bias: np.ndarray
    shape: Shape
    seen: Shape

    __repr__ = short_repr

    @classmethod
    def of(cls, source: str, shape: Shape, seen: Shape, gain: float = 1.0) -> Value:
        """The output of a population, or the input.

        Parameters
        ----------
        source : str
            Its name.
        shape, seen : tuple of int
            Its shape, flattened or not, and that in which it lies.
        gain : float
            Its amplitude.
        """
        return cls((Path(source, gain=gain),), np.zeros(1, np.float32), shape, seen)

    def through(self, stages: Sequence[Stage], shape: Shape, bias: np.ndarray | None) -> Value:
        """The value after linear stages and a constant of their own.

        Parameters
        ----------
        stages : sequence of Stage
            In order.
        shape : tuple of int
            Shape after them.
        bias : array or None
            What is added after them.
        """
        paths, constant, seen = self.paths, self.bias, self.seen
        for stage in stages:
            paths = tuple(path.through(stage) for path in paths)
            constant = _after(constant, seen, stage)
            seen = stage.output_shape
        if bias is not None:
            constant = constant + bias if constant.any() else bias
        elif any(stage.arrays for stage in stages) and not constant.any():
            constant = np.zeros(seen[-1:], np.float32)
        return Value(paths, constant, shape, seen)

    def times(self, factor: Any) -> Value:
        """The value times one number, or a number for each channel.

        Parameters
        ----------
        factor : float or (channel,) array
            The factor.
        """
        value = self.aligned() if np.size(factor) > 1 else self
        paths = tuple(
            dataclasses.replace(path, stages=times(path.stages, value.seen, factor))
            for path in value.paths
        )
        return dataclasses.replace(value, paths=paths, bias=value.bias * factor)

    def plus_bias(self, bias: np.ndarray) -> Value:
        """The value plus one number, or a number for each channel.

        Parameters
        ----------
        bias : float or (channel,) array
            What is added.
        """
        value = self.aligned() if np.size(bias) > 1 else self
        return dataclasses.replace(value, bias=value.bias + bias)

    def plus(self, other: Value) -> Value:
        """The sum of two values of the same shape.

        Parameters
        ----------
        other : Value
            The other value.
        """
        first, second = self, other
        if first.seen != second.seen:
            first, second = first.aligned(), second.aligned()
        bias = first.bias + second.bias if second.bias.any() else first.bias
        return dataclasses.replace(first, paths=first.paths + second.paths, bias=bias)

    def aligned(self) -> Value:
        """The same value, seen in its own shape."""
        if self.seen == self.shape:
            return self
        bias = self.bias
        if bias.size > 1:
            bias = np.broadcast_to(bias, self.seen).reshape(self.shape)
        return dataclasses.replace(self, bias=bias, seen=self.shape)

    def connections(self) -> list[tuple[str, tuple[Stage, ...]]]:
        """Source and stages of each connection that brings it to neurons or the output."""
        found: list[tuple[str, tuple[Stage, ...]]] = []
        for path in self.paths:
            stages = path.ended(self.seen)
            for i, (source, others) in enumerate(found):
                both = summed(others, stages) if source == path.source else None
                if both is not None:
                    found[i] = (source, both)
                    break
            else:
                found.append((path.source, stages))
        return found


def concatenated(first: Value, second: Value) -> Value:
    """Two values beside each other, along the last axis.

    Parameters
    ----------
    first, second : Value
        Of the same rows and columns.
    """
    first, second = first.aligned(), second.aligned()
    shape = (*first.shape[:-1], first.shape[-1] + second.shape[-1])
    axes, paths = len(shape), []
    for value, offset in ((first, 0), (second, first.shape[-1])):
        place = (*(0,) * (axes - 1), offset)
        stage = Placement(value.shape, shape, place, (1,) * axes)
        paths += [path.through(stage) for path in value.paths]
    bias = np.zeros(1, np.float32)
    if first.bias.any() or second.bias.any():
        small = all(_is_by_channel(value.bias, value.shape) for value in (first, second))
        sizes = (value.shape[-1:] if small else value.shape for value in (first, second))
        both = zip((first.bias, second.bias), sizes, strict=True)
        bias = np.concatenate([np.broadcast_to(b, size) for b, size in both], axis=-1)
    return Value(tuple(paths), bias, shape, shape)


def _after(bias: np.ndarray, seen: Shape, stage: Stage) -> np.ndarray:
    """A constant after a stage."""
    if not bias.any():
        return np.zeros(1, np.float32)
    keeps = isinstance(stage, AveragePool | Upsample) or not stage.linear
    if keeps and _is_by_channel(bias, seen) and seen == stage.input_shape:
        return bias
    if isinstance(stage, Elementwise) and seen == stage.input_shape:
        return bias * stage.weight
    image = np.broadcast_to(bias, seen).astype(np.float64)
    after = stage.apply(image.reshape(1, *stage.input_shape))[0].astype(np.float32)
    is_even = after.ndim == 3 and bool((after == after[0, 0]).all())
    return after[0, 0] if is_even else after


def _is_by_channel(bias: np.ndarray, shape: Shape) -> bool:
    """Whether all pixels of an image have the same."""
    return math.prod(bias.shape[:-1]) == 1 and len(shape) == 3 or bias.size == 1
