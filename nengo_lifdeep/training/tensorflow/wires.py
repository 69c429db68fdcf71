"""Values between populations: which layers act together, in one order for whoever builds them.

NengoDL's nodes and plain `tf_keras` tensors are made by the same walk, so that both have the same
layers and the same seeds.
"""

from __future__ import annotations

import abc
import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from nengo.neurons import NeuronType

from ...layers.architecture import Architecture
from ...layers.types import Branch, Concatenate, Layer, Neurons, Shape, Shortcut
from ...support.short_repr import short_repr
from .beside import Beside
from .layers import LinearStage

__all__ = ["Signal", "Wires"]


@dataclasses.dataclass(frozen=True)
class Signal:
    """A value on its way.

    Attributes
    ----------
    terms : tuple of objects
        What is added up: of Nengo, or tensors of `tf_keras`.
    shape : tuple of int
        Shape of the value, without the batch.
    waiting : tuple of (Layer, Shape)
        Layers that act on the sum and have no node as yet, each with the shape of its input.
    """

    terms: tuple[Any, ...]
    shape: Shape
    waiting: tuple[tuple[Layer, Shape], ...] = ()

    __repr__ = short_repr


class Wires(abc.ABC):
    """Lays layers and populations out; what they are made of is said below.

    Parameters
    ----------
    step : tf.Variable
        Number of the training step.
    seed : int
        For dropout, and for noise and pulses of arrays.
    rate : callable, optional
        Gives the learning rate, for cross-point arrays.

    Attributes
    ----------
    stages : list of LinearStage
        The `tf_keras` layers made so far.
    populations : dict of str to object
        What was made of every layer of `Neurons`.
    """

    def __init__(self, step: Any, seed: int, rate: Any = None) -> None:
        self.step, self.seed, self.rate = step, seed, rate
        self.stages: list[Any] = []
        self.populations: dict[str, Any] = {}

    @abc.abstractmethod
    def population(self, neuron: NeuronType, n_neurons: int, name: str, current: Signal) -> Any:
        """What gives the outputs of neurons.

        Parameters
        ----------
        neuron : nengo.neurons.NeuronType
            Their type.
        n_neurons : int
            How many.
        name : str
            Of their layer.
        current : Signal
            What flows into them.
        """

    @abc.abstractmethod
    def added(self, terms: Sequence[Any]) -> Any:
        """What gives the sum of several terms.

        Parameters
        ----------
        terms : sequence of objects
            More than one.
        """

    @abc.abstractmethod
    def in_a_row(self, ends: Sequence[Any], sizes: Sequence[int], name: str) -> Any:
        """What gives two flat values, one after the other.

        Parameters
        ----------
        ends : sequence of objects
            The two.
        sizes : sequence of int
            Their lengths.
        name : str
            Of the layer that puts them together.
        """

    @abc.abstractmethod
    def computed(self, stage: LinearStage, shape: Shape, end: Any) -> Any:
        """What gives the output of a stage.

        Parameters
        ----------
        stage : LinearStage
            The layers.
        shape : tuple of int
            Shape of its input, without the batch.
        end : object
            What it reads.
        """

    def lay(
        self, architecture: Architecture, neurons: Mapping[str, NeuronType], source: Any
    ) -> Any:
        """What gives the scores.

        Parameters
        ----------
        architecture : Architecture
            The layers.
        neurons : dict of str to nengo.neurons.NeuronType
            Of every layer of `Neurons`.
        source : object
            What gives images.
        """
        value = Signal((source,), architecture.input_shape)
        known = {"input": value}
        read = {layer.reads for layer in architecture.layers}
        for layer, shape in zip(architecture.layers, architecture.shapes()[1:], strict=True):
            if isinstance(layer, Neurons):
                n_neurons = int(math.prod(shape))
                made = self.population(neurons[layer.name], n_neurons, layer.name, value)
                value = Signal((made,), shape)
            else:
                value = self.after(layer, value, known.get(layer.reads))
            if layer.name in read:
                value = known[layer.name] = Signal((self.one(value),), value.shape)
        return self.one(value)

    def after(self, layer: Layer, value: Signal, read: Signal | None) -> Signal:
        """The value after a layer that is no population.

        Parameters
        ----------
        layer : Layer
            The layer.
        value : Signal
            The value before it.
        read : Signal or None
            The value of the layer that it reads, if it reads one.
        """
        if read is None:
            shape = layer.output_shape(value.shape)
            return dataclasses.replace(
                value, shape=shape, waiting=(*value.waiting, (layer, value.shape))
            )
        if isinstance(layer, Branch):
            return read
        if isinstance(layer, Concatenate):
            return self._beside(layer, value, read)
        assert isinstance(layer, Shortcut)
        terms = self.terms(value)
        if layer.projection is not None:
            projection = ((layer.projection, read.shape),)
            read = dataclasses.replace(read, waiting=(*read.waiting, *projection))
        return Signal((*terms, *self.terms(read)), value.shape)

    def terms(self, value: Signal) -> tuple[Any, ...]:
        """The objects whose outputs, added up, are the value.

        Parameters
        ----------
        value : Signal
            The value; its waiting layers are made.
        """
        if not value.waiting:
            return value.terms
        shape = value.waiting[0][1]
        return (self._stage([layer for layer, _ in value.waiting], shape, self._one(value.terms)),)

    def one(self, value: Signal) -> Any:
        """One object whose output is the value.

        Parameters
        ----------
        value : Signal
            The value.
        """
        return self._one(self.terms(value))

    def _one(self, terms: Sequence[Any]) -> Any:
        return terms[0] if len(terms) == 1 else self.added(terms)

    def _beside(self, layer: Concatenate, value: Signal, read: Signal) -> Signal:
        """Both values one after the other; the layer puts their channels together."""
        ends = [self.one(value), self.one(read)]
        sizes = [math.prod(signal.shape) for signal in (value, read)]
        row = self.in_a_row(ends, sizes, layer.name)
        joined = Beside((value.shape, read.shape), name=layer.name)
        flat = (sum(sizes),)
        return Signal((row,), joined.output_shape(flat), ((joined, flat),))

    def _stage(self, layers: list[Layer], shape: Shape, end: Any) -> Any:
        seed = self.seed + 1000 * len(self.stages)
        stage = LinearStage(layers, shape, self.step, seed, self.rate)
        made = self.computed(stage, shape, end)
        self.stages.append(stage)
        return made
