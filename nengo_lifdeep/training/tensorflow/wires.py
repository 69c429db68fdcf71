"""Values between populations as NengoDL's nodes and connections."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import nengo

from ...layers.types import Branch, Concatenate, Layer, Shape, Shortcut
from ...support.short_repr import short_repr
from .beside import Beside
from .layers import LinearStage

__all__ = ["Signal", "Wires"]


@dataclasses.dataclass(frozen=True)
class Signal:
    """A value on its way.

    Attributes
    ----------
    terms : tuple of nengo objects
        Whose outputs are added up.
    shape : tuple of int
        Shape of the value, without the batch.
    waiting : tuple of (Layer, Shape)
        Layers that act on the sum and have no node as yet, each with the shape of its input.
    """

    terms: tuple[Any, ...]
    shape: Shape
    waiting: tuple[tuple[Layer, Shape], ...] = ()

    __repr__ = short_repr


class Wires:
    """Makes the nodes and connections inside the `nengo.Network` that is open.

    Parameters
    ----------
    nengo_dl : module
        NengoDL.
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
    """

    def __init__(self, nengo_dl: Any, step: Any, seed: int, rate: Any = None) -> None:
        self.nengo_dl, self.step, self.seed, self.rate = nengo_dl, step, seed, rate
        self.stages: list[Any] = []

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
        """Nengo's objects whose outputs, added up, are the value.

        Parameters
        ----------
        value : Signal
            The value; its waiting layers get a node.
        """
        if not value.waiting:
            return value.terms
        shape = value.waiting[0][1]
        return (self._node([layer for layer, _ in value.waiting], shape, self._one(value.terms)),)

    def one(self, value: Signal) -> Any:
        """One of Nengo's objects whose output is the value.

        Parameters
        ----------
        value : Signal
            The value.
        """
        return self._one(self.terms(value))

    def shared(self, value: Signal) -> Signal:
        """The same value as the output of one object, to be read more than once.

        Parameters
        ----------
        value : Signal
            The value.
        """
        return Signal((self.one(value),), value.shape)

    def connect(self, value: Signal, post: Any) -> None:
        """Let the value be the input of ``post``.

        Parameters
        ----------
        value : Signal
            The value.
        post : nengo object
            What takes it.
        """
        for term in self.terms(value):
            nengo.Connection(term, post, synapse=None)

    def _one(self, terms: Sequence[Any]) -> Any:
        if len(terms) == 1:
            return terms[0]
        relay = nengo.Node(size_in=terms[0].size_out, label="sum")
        for term in terms:
            nengo.Connection(term, relay, synapse=None)
        return relay

    def _beside(self, layer: Concatenate, value: Signal, read: Signal) -> Signal:
        """Both values one after the other in a relay; the layer puts their channels together."""
        ends = [self.one(value), self.one(read)]
        sizes = [math.prod(signal.shape) for signal in (value, read)]
        relay = nengo.Node(size_in=sum(sizes), label=layer.name)
        nengo.Connection(ends[0], relay[: sizes[0]], synapse=None)
        nengo.Connection(ends[1], relay[sizes[0] :], synapse=None)
        joined = Beside((value.shape, read.shape), name=layer.name)
        flat = (sum(sizes),)
        return Signal((relay,), joined.output_shape(flat), ((joined, flat),))

    def _node(self, layers: list[Layer], shape: Shape, pre: Any) -> Any:
        seed = self.seed + 1000 * len(self.stages)
        stage = LinearStage(layers, shape, self.step, seed, self.rate)
        node = self.nengo_dl.TensorNode(
            stage, shape_in=shape, shape_out=stage.shape_out, pass_time=False, label=stage.name
        )
        nengo.Connection(pre, node, synapse=None)
        self.stages.append(stage)
        return node
