"""An architecture as a Nengo network for NengoDL: linear layers in TensorNodes, neurons between.

How this shape was chosen, and what it costs, is in ``docs/decisions/training_graph.md``.
"""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import nengo
import numpy as np
from nengo.neurons import NeuronType

from ..compat import import_nengo_dl, import_tensorflow
from ..compat.contexts import apart_from_open_networks
from ..errors import TrainingError, ValidationError
from ..exporters.nengo import quiet_build
from ..layers.architecture import Architecture
from ..support.short_repr import short_repr
from .trainable import require_trainable

__all__ = ["HeldVariables", "OpenedModel", "TrainingGraph", "build_graph"]


class HeldVariables:
    """Variables by layer and name, of whoever has ``architecture`` and ``stages`` with members."""

    architecture: Architecture
    stages: tuple[Any, ...]

    def variables(self) -> dict[str, dict[str, Any]]:
        """The variables of every layer with weights; they exist once a Simulator is built."""
        arch = self.architecture
        members = {name: m for stage in self.stages for name, m in stage.members.items()}
        found: dict[str, dict[str, Any]] = {}
        for layer, shape in zip(arch.layers, arch.layer_inputs(), strict=True):
            names = layer.arrays(shape)
            if names:
                found[layer.name] = {name: getattr(members[layer.name], name) for name in names}
        return found

    def weights(self) -> dict[str, dict[str, np.ndarray]]:
        """Copies of the variables' values."""
        return {
            layer: {name: variable.numpy().copy() for name, variable in group.items()}
            for layer, group in self.variables().items()
        }

    def set_weights(self, weights: Mapping[str, Mapping[str, np.ndarray]]) -> None:
        """Assign every variable.

        Parameters
        ----------
        weights : dict of str to dict of str to array
            Arrays by layer and name.

        Raises
        ------
        ValidationError
            If an array is missing or has another shape.
        """
        for layer, group in self.variables().items():
            for name, variable in group.items():
                value = weights.get(layer, {}).get(name)
                if value is None or tuple(value.shape) != tuple(variable.shape):
                    given = "missing" if value is None else f"of shape {value.shape}"
                    raise ValidationError(
                        f"layer {layer!r}: {name} is {given}; expected shape {variable.shape}"
                    )
                variable.assign(np.asarray(value, np.float32))


class OpenedModel:
    """A `tf_keras` model under the names that NengoDL's simulator has.

    Parameters
    ----------
    model : tf_keras.Model
        The model.
    """

    def __init__(self, model: Any) -> None:
        self.keras_model = model
        self.compile, self.fit = model.compile, model.fit


@dataclasses.dataclass(frozen=True, eq=False)
class TrainingGraph(HeldVariables):
    """What training needs to know of the network it built.

    Attributes
    ----------
    architecture : Architecture
        The layers.
    network : nengo.Network
        The network to give to ``nengo_dl.Simulator``.
    input : nengo.Node
        Images, flattened.
    output : nengo.Probe
        Class scores.
    ensembles : dict of nengo.Ensemble
        The neurons, by the name of their layer.
    rate_probes : dict of nengo.Probe
        Outputs (amplitude times Hz) of the layers that were asked for.
    stages : tuple of LinearStage
        The `tf_keras` layers that hold the variables.
    step : tf.Variable
        Number of the training step; whoever trains assigns it.
    """

    architecture: Architecture
    network: nengo.Network
    input: nengo.Node
    output: nengo.Probe
    ensembles: dict[str, nengo.Ensemble]
    rate_probes: dict[str, nengo.Probe]
    stages: tuple[Any, ...]
    step: Any

    __repr__ = short_repr

    @property
    def neurons(self) -> dict[str, NeuronType]:
        """The type of the neurons of every layer."""
        return {name: ensemble.neuron_type for name, ensemble in self.ensembles.items()}

    @contextmanager
    def opened(self, batch_size: int, seed: int) -> Iterator[Any]:
        """NengoDL's simulator of the network, which is compiled and fitted.

        Parameters
        ----------
        batch_size : int
            Images per step.
        seed : int
            Of NengoDL.
        """
        from ..neurons.tensorflow.nengo_dl import noise_clock

        with quiet_build(), noise_clock(self.step):
            warnings.filterwarnings("ignore", message="No GPU support detected")
            simulator = import_nengo_dl().Simulator(
                self.network, minibatch_size=batch_size, seed=seed, progress_bar=False
            )
        with simulator:
            yield simulator

    def names(self, opened: Any) -> dict[Any, str]:
        """NengoDL's names of input and probes.

        Parameters
        ----------
        opened : nengo_dl.Simulator
            What `opened` gave.
        """
        names: dict[Any, str] = opened.tensor_graph.io_names
        return names


def build_graph(
    architecture: Architecture,
    neuron: NeuronType,
    *,
    seed: int = 0,
    rate_layers: Iterable[str] = (),
    learning_rate: Callable[[], Any] | None = None,
) -> TrainingGraph:
    """Build the network that NengoDL trains.

    Between two populations there is one TensorNode with all linear layers, unless another layer
    reads a value between them; what a Shortcut adds is a second connection to the neurons;
    populations have gain 1 and bias 0 that are not trainable, so NengoDL adds nothing to the
    current: biases live in the layers. The network runs one step, without state and without a loop.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    neuron : nengo.neurons.NeuronType
        Rate neuron with a TensorFlow implementation: `SoftLIF`, `nengo.LIFRate`,
        `nengo.RectifiedLinear`, ...; of the layers of `Neurons` that have none of their own.
    seed : int
        For dropout.
    rate_layers : iterable of str
        Names of layers of neurons whose outputs are probed too.
    learning_rate : callable, optional
        Gives the learning rate as a tensor; cross-point arrays need it for their gradient.

    Raises
    ------
    TrainingError
        If the architecture cannot be trained (`trainable`), or NengoDL has no TensorFlow
        implementation of a neuron.
    """
    nengo_dl = import_nengo_dl()
    tf = import_tensorflow()

    from .tensorflow.nengo_wires import NengoWires

    neurons = require_trainable(architecture).neurons(neuron)
    for each in neurons.values():
        _check_neuron(each, nengo_dl)
    step = tf.Variable(0, trainable=False, dtype=tf.int64, name="training_step")
    with apart_from_open_networks(), nengo.Network(label=architecture.name, seed=seed) as network:
        nengo_dl.configure_settings(trainable=None, stateful=False, use_loop=False)
        source = nengo.Node(np.zeros(math.prod(architecture.input_shape)), label="input")
        wires = NengoWires(nengo_dl, network, step, seed, learning_rate)
        scores = wires.lay(architecture, neurons, source)
        ensembles = wires.populations
        output = nengo.Probe(scores, synapse=None, label="output")
        probes = {
            name: nengo.Probe(ensembles[name].neurons, synapse=None, label=f"rate_{name}")
            for name in rate_layers
        }
    return TrainingGraph(
        architecture, network, source, output, ensembles, probes, tuple(wires.stages), step
    )


def _check_neuron(neuron: NeuronType, nengo_dl: Any) -> None:
    known = nengo_dl.neuron_builders.SimNeuronsBuilder.TF_NEURON_IMPL
    if type(neuron) not in known:
        from ..neurons.tensorflow.nengo_dl import register

        register()
    if type(neuron) not in known:
        names = ", ".join(sorted(cls.__name__ for cls in known))
        raise TrainingError(
            f"neuron {neuron!r} has no TensorFlow implementation, so no gradient; "
            f"use one of {names}"
        )
