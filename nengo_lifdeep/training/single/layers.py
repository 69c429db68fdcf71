"""The layers that one image passes at a time: its value forward, the error back, pulses between.

Every draw is the one that the layers of NengoDL's training make (``training/tensorflow/``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import nengo
import numpy as np
from numpy.typing import NDArray

from ...layers.layer import Layer, Shape
from ...layers.types import Conv2D, Dense, Flatten, MaxPooling2D, Neurons
from ...weights.crosspoint.array import engine_of
from ...weights.crosspoint.kind import CrossPoint
from ...weights.crosspoint.pulses import pulsed
from ...weights.crosspoint.reads import read
from .compiled import add_at, first_maxima

__all__ = ["NEURONS", "Array", "Maxima", "Units", "chain", "unlike"]

Values = NDArray[np.float32]

#: Output of a neuron for a current, and the slope there for that output.
NEURONS: dict[type, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    nengo.Tanh: (
        lambda neuron, x: np.tanh(x) / np.float32(neuron.tau_ref),
        lambda neuron, y: (1 - (y * np.float32(neuron.tau_ref)) ** 2) / np.float32(neuron.tau_ref),
    ),
    nengo.RectifiedLinear: (
        lambda neuron, x: np.float32(neuron.amplitude) * np.maximum(x, 0),
        lambda neuron, y: np.float32(neuron.amplitude) * (y > 0),
    ),
}


class Array:
    """A layer whose weights are a cross-point array.

    Parameters
    ----------
    layer : Conv2D or Dense
        With weights `CrossPoint`.
    shape : tuple of int
        Of its input.
    arrays : dict of str to array
        Kernel, bias and deviations to begin with.
    seed : int
        Of noise and pulses.
    first : bool
        Whether no layer before it needs the error.

    Attributes
    ----------
    devices : (device, input, output) array of float32
        The weights.
    """

    def __init__(
        self, layer: Any, shape: Shape, arrays: dict[str, np.ndarray], seed: int, first: bool
    ) -> None:
        assert isinstance(layer.weights, CrossPoint)
        self.kind, self.seed, self.first = layer.weights, seed, first
        self.like, self.engine = arrays, engine_of()
        self.devices = np.asarray(self.kind.as_array(arrays), np.float32)
        self.tables = self.kind.tables(*self.devices.shape[1:])
        self.shape, self.size = shape, math.prod(shape)
        self.places = _patches(layer, shape) if isinstance(layer, Conv2D) else None
        patches, inputs = (1, self.size) if self.places is None else self.places.shape
        self.rows = np.ones((patches, inputs + layer.use_bias), np.float32)
        self.inputs = inputs

    def forward(self, value: Values, step: int) -> Values:
        """The read of an image's value.

        Parameters
        ----------
        value : (n,) array of float32
            What comes in; behind its end a convolution finds the 0 of its border.
        step : int
            Number of the step.
        """
        if self.places is None:
            self.rows[0, : self.inputs] = value
        else:
            np.take(np.append(value, np.float32(0)), self.places, out=self.rows[:, : self.inputs])
        return read(self.devices, self.rows, self.kind.forward, self._rng(step, 0)).ravel()

    def backward(self, error: Values, step: int, rate: float) -> Values | None:
        """The read of an error, the pulses of the update, and the error of what came in.

        Parameters
        ----------
        error : (n,) array of float32
            The loss's derivative by what went out.
        step : int
            Number of the step.
        rate : float
            Learning rate.
        """
        errors = error.reshape(len(self.rows), -1)
        back = None if self.first else self._back(errors, step)
        self.devices = pulsed(
            self.devices, self.tables, self.rows, -errors, rate, self.kind.device, self.kind.pulses,
            self._rng(step, 2), self.engine,
        )  # fmt: skip
        return back

    def arrays(self) -> dict[str, np.ndarray]:
        """Kernel, bias and deviations as they are now."""
        return {
            name: np.array(array)
            for name, array in self.kind.from_array(self.devices, self.like).items()
        }

    def _back(self, errors: Values, step: int) -> Values:
        transposed = self.devices.transpose(0, 2, 1)
        found = read(transposed, errors, self.kind.backward, self._rng(step, 1))[:, : self.inputs]
        if self.places is None:
            return found.ravel()
        total = np.zeros(self.size + 1, np.float32)
        add_at(total, self.places, found)
        return total[:-1]

    def _rng(self, step: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, purpose, step])


class Units:
    """A population of rate neurons.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        One of `NEURONS`.
    """

    def __init__(self, neuron: Any) -> None:
        self.neuron = neuron
        self.output, self.slope = NEURONS[type(neuron)]

    def forward(self, value: Values, step: int) -> Values:
        """Their outputs.

        Parameters
        ----------
        value : (n,) array of float32
            Currents.
        step : int
            Of no use here.
        """
        self.found: Values = self.output(self.neuron, value)
        return self.found

    def backward(self, error: Values, step: int, rate: float) -> Values:
        """The error of the currents.

        Parameters
        ----------
        error : (n,) array of float32
            Of the outputs.
        step, rate
            Of no use here.
        """
        found: Values = error * self.slope(self.neuron, self.found)
        return found


class Maxima:
    """Pooling by maxima.

    Parameters
    ----------
    layer : MaxPooling2D
        With padding "valid".
    shape : tuple of int
        Of its input.
    """

    def __init__(self, layer: MaxPooling2D, shape: Shape) -> None:
        self.shape = shape
        rows, columns, _ = layer.output_shape(shape)
        corners = _grid((rows, columns), layer.strides, shape[1])
        members = _grid(layer.pool_size, (1, 1), shape[1])
        self.windows = corners[:, np.newaxis] + members

    def forward(self, value: Values, step: int) -> Values:
        """The maxima.

        Parameters
        ----------
        value : (n,) array of float32
            What comes in.
        step : int
            Of no use here.
        """
        found, places = first_maxima(value.reshape(-1, self.shape[-1]), self.windows)
        self.places = places * self.shape[-1] + np.arange(self.shape[-1])
        maxima: Values = found.ravel()
        return maxima

    def backward(self, error: Values, step: int, rate: float) -> Values:
        """Errors go to where the maxima were.

        Parameters
        ----------
        error : (n,) array of float32
            Of the maxima.
        step, rate
            Of no use here.
        """
        total = np.zeros(math.prod(self.shape), np.float32)
        add_at(total, self.places, error.reshape(self.places.shape))
        return total


def unlike(layers: Any, neurons: dict[str, Any]) -> str:
    """What cannot be a step of this kind; empty if all can.

    Parameters
    ----------
    layers : sequence of Layer
        Of the network.
    neurons : dict of str to NeuronType
        By layer.
    """
    for layer in layers:
        weighted = isinstance(layer, Conv2D | Dense) and isinstance(layer.weights, CrossPoint)
        pooled = isinstance(layer, MaxPooling2D) and layer.padding == "valid"
        unit = isinstance(layer, Neurons) and type(neurons[layer.name]) in NEURONS
        if layer.reads or not (weighted or pooled or unit or isinstance(layer, Flatten)):
            return str(layer.name)
    return ""


def chain(
    layers: Any, shapes: Any, neurons: dict[str, Any], weights: Any, seed: int
) -> dict[str, Any]:
    """The steps of a network by layer, in their order; those that change nothing are left out.

    Parameters
    ----------
    layers : sequence of Layer
        Of the network.
    shapes : sequence of tuple of int
        Shapes of their inputs.
    neurons : dict of str to NeuronType
        By layer.
    weights : dict of str to dict of str to array
        To begin with.
    seed : int
        Of all draws.
    """
    found: dict[str, Any] = {}
    stage, place = 0, 0  # as in NengoDL's network, where a node holds what is between populations
    for layer, shape in zip(layers, shapes, strict=True):
        if isinstance(layer, Neurons):
            found[layer.name] = Units(neurons[layer.name])
            stage, place = stage + (place > 0), 0
            continue
        if isinstance(layer, MaxPooling2D):
            found[layer.name] = Maxima(layer, shape)
        elif isinstance(layer, Conv2D | Dense):
            own = seed + 1000 * stage + place
            found[layer.name] = Array(layer, shape, weights[layer.name], own, not found)
        place += 1
    return found


def _grid(points: tuple[int, int], steps: tuple[int, int], width: int) -> NDArray[np.int64]:
    """Places of a grid of points in an image of that width."""
    down, across = (np.arange(n) * step for n, step in zip(points, steps, strict=True))
    return (down[:, np.newaxis] * width + across).ravel()


def _patches(layer: Layer, shape: Shape) -> NDArray[np.int64]:
    """Places of the members of every patch, ``(patch, member)``; beyond the last is the border."""
    assert isinstance(layer, Conv2D)
    rows, columns, channels = shape
    out = layer.output_shape(shape)[:2]
    parts = []
    for n, size, many, stride, apart in zip(
        (rows, columns), layer.kernel_size, out, layer.strides, layer.dilation_rate, strict=True
    ):
        missing = max(0, (many - 1) * stride + (size - 1) * apart + 1 - n)
        before = missing // 2 if layer.padding == "same" else 0
        parts.append(np.arange(many)[:, np.newaxis] * stride + np.arange(size) * apart - before)
    y = parts[0][:, np.newaxis, :, np.newaxis]
    x = parts[1][np.newaxis, :, np.newaxis, :]
    inside = (y >= 0) & (y < rows) & (x >= 0) & (x < columns)
    place = ((y * columns + x) * channels)[..., np.newaxis] + np.arange(channels)
    found = np.where(inside[..., np.newaxis], place, rows * columns * channels)
    return found.reshape(out[0] * out[1], -1)
