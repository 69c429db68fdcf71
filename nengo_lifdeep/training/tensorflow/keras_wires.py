"""Values between populations as `tf_keras` tensors, without NengoDL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from nengo.neurons import NeuronType

from ...compat import import_tensorflow, import_tf_keras
from ...layers.types import Shape
from ...neurons.tensorflow.activation import activation
from .layers import LinearStage
from .replica import first_row
from .wires import Signal, Wires

tf: Any = import_tensorflow()
keras: Any = import_tf_keras()

__all__ = ["KerasWires", "Population"]


class Population(keras.layers.Layer):
    """Neurons in rates, with their noise while training.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        Their type.
    seed : (int, int)
        Of the noise.
    step : tf.Variable
        Number of the training step.
    name : str
        Of their layer.
    """

    def __init__(self, neuron: NeuronType, seed: tuple[int, int], step: Any, name: str) -> None:
        super().__init__(name=name)
        self.neuron, self.noise = neuron, getattr(neuron, "noise", None)
        self.seed, self.step = seed, step

    @tf.autograph.experimental.do_not_convert
    def call(self, inputs: Any, training: Any = None) -> Any:
        """Outputs at currents; the noise of an image is the same whatever replica computes it.

        Parameters
        ----------
        inputs : (batch, unit) tensor
            Currents.
        training : bool, optional
            Whether the network is training.
        """
        if not training or self.noise is None:
            return activation(inputs, self.neuron)
        rows, units = inputs.shape
        first = first_row(rows)
        return activation(
            inputs, self.neuron, self.noise, self.seed, tf.identity(self.step),
            first=None if first is None else first * units,
        )  # fmt: skip


class KerasWires(Wires):
    """Calls layers on tensors ``(batch, value)``.

    Parameters
    ----------
    step : tf.Variable
        Number of the training step.
    seed : int
        For dropout and for the noise of neurons, whose seeds are drawn in the order in which
        NengoDL draws them.
    """

    def __init__(self, step: Any, seed: int) -> None:
        super().__init__(step, seed)
        self._seeds = np.random.RandomState(seed)

    def population(self, neuron: NeuronType, n_neurons: int, name: str, current: Signal) -> Any:
        """Outputs of neurons.

        Parameters
        ----------
        neuron, n_neurons, name, current
            As in `Wires`.
        """
        first, second = self._seeds.randint(2**31 - 1, size=2).tolist()
        layer = Population(neuron, (first, second), self.step, name)
        outputs = self.populations[name] = layer(self.one(current))
        return outputs

    def added(self, terms: Sequence[Any]) -> Any:
        """The sum.

        Parameters
        ----------
        terms : sequence of tensors
            As in `Wires`.
        """
        return keras.layers.Add()(list(terms))

    def in_a_row(self, ends: Sequence[Any], sizes: Sequence[int], name: str) -> Any:
        """The two values, one after the other.

        Parameters
        ----------
        ends, sizes, name
            As in `Wires`.
        """
        return keras.layers.Concatenate()(list(ends))

    def computed(self, stage: LinearStage, shape: Shape, end: Any) -> Any:
        """The output of the stage, flat again.

        Parameters
        ----------
        stage, shape, end
            As in `Wires`.
        """
        return keras.layers.Flatten()(stage(keras.layers.Reshape(shape)(end)))
