"""A trained network as populations and linear stages, without a change of what it computes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import nengo
import numpy as np

from ..errors import ConversionError
from ..layers.types import (
    BatchNormalization,
    Branch,
    Concatenate,
    Layer,
    Neurons,
    Scale,
    Shape,
    Shortcut,
)
from ..models import Connection, Population, SpikingModel, TrainedModel
from ..models.held import held, origin_of_weights
from ..models.normalization import fold_normalization
from ..neurons.kinds import kind_of
from ..neurons.parameters import replaced
from ..records.finding import listed
from .layer_stages import layer_stages
from .order import foldable
from .values import Value, concatenated

__all__ = ["fold"]


def fold(trained: TrainedModel) -> SpikingModel:
    """The trained network as populations and linear stages, still with its rate neurons.

    Of weights that are no floats it takes what their devices hold, with a note of that in the
    provenance. Nothing else is approximated: the class scores equal the trained network's (without
    noise and dropout) to rounding. The provenance has its `TrainedModel.fingerprint` too.

    Parameters
    ----------
    trained : TrainedModel
        The trained rate network.

    Raises
    ------
    ConversionError
        If the layers stand in an order that cannot be written so (`order.foldable`); the message
        names every such layer.
    """
    broken = foldable(trained.architecture)
    if broken:
        raise ConversionError(
            f"network {trained.architecture.name!r} cannot be run in rates:{listed(broken)}"
        )
    fingerprint = trained.fingerprint  # before its devices change the numbers
    trained = held(trained)
    populations: list[Population] = []
    connections: list[Connection] = []
    for made in _walk(trained):
        connections += [
            Connection(source, made.name, st) for source, st in made.value.connections()
        ]
        if made.neuron is not None:
            value = made.value
            populations.append(Population(made.name, value.seen, _bare(made.neuron), value.bias))
        last = made.value
    return SpikingModel(
        trained.architecture.name,
        trained.architecture.input_shape,
        tuple(populations),
        tuple(connections),
        np.broadcast_to(last.bias, last.seen).ravel().astype(np.float32),
        preprocessing=trained.preprocessing,
        classes=trained.classes,
        provenance={
            **trained.provenance,
            **origin_of_weights(trained.architecture),
            "trained_weights": fingerprint,
        },
    )


class _Made(NamedTuple):
    """What drives a population, or the output, which has no neuron."""

    name: str
    neuron: nengo.neurons.NeuronType | None
    value: Value


def _walk(trained: TrainedModel) -> Iterator[_Made]:
    """The populations in order, and the output."""
    net = trained.architecture
    shape = net.input_shape
    value = Value.of("input", shape, shape)
    known = {"input": value}
    for layer, taken, shape in zip(net.layers, net.layer_inputs(), net.shapes()[1:], strict=True):
        if isinstance(layer, Neurons):
            neuron = trained.neurons[layer.name]
            yield _Made(layer.name, neuron, value)
            amplitude = float(getattr(neuron, "amplitude", 1.0))
            value = Value.of(layer.name, shape, value.seen, amplitude)
        else:
            arrays = trained.weights.get(layer.name, {})
            value = _next(layer, taken, shape, arrays, value, known)
        known[layer.name] = value
    yield _Made("output", None, value)


def _next(
    layer: Layer,
    taken: Shape,
    shape: Shape,
    arrays: Mapping[str, np.ndarray],
    value: Value,
    known: Mapping[str, Value],
) -> Value:
    """The value after a layer that is no population."""
    if isinstance(layer, Branch):
        return known[layer.source]
    if isinstance(layer, Concatenate):
        return concatenated(value, known[layer.source])
    if isinstance(layer, Shortcut):
        added = known[layer.source]
        if layer.projection is not None:
            stages = layer_stages(layer.projection, taken, arrays)
            added = added.through(stages, shape, None)
        return value.plus(added)
    if isinstance(layer, Scale):
        factor, shift = (np.asarray(v, np.float32) for v in (layer.factor, layer.shift))
        scaled = value.times(factor) if (factor != 1).any() else value
        return scaled.plus_bias(shift) if shift.any() else scaled
    if isinstance(layer, BatchNormalization):
        value = value.aligned()
        factor, bias = fold_normalization(layer, arrays, value.bias)
        return dataclasses.replace(value.times(factor), bias=bias)
    stages = layer_stages(layer, taken, arrays)
    return value.through(stages, shape, arrays.get("bias"))


def _bare(neuron: nengo.neurons.NeuronType) -> nengo.neurons.NeuronType:
    """The neuron with amplitude 1 and without training noise."""
    own = kind_of(neuron).parameters
    bare = {"amplitude": 1.0, "noise": None}
    return replaced(neuron, **{name: value for name, value in bare.items() if name in own})
