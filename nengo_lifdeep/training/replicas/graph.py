"""The network that NengoDL trains as a plain `tf_keras` model, which `tf.distribute` can divide.

NengoDL's own graph holds the batch size, so that no strategy can give a part of the batch to each
device. Why this twin is built by the same walk, and what it costs, is in
``docs/decisions/keras_twin.md``.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from nengo.neurons import NeuronType

from ...compat import import_tensorflow, import_tf_keras
from ...errors import TrainingError
from ...layers.architecture import Architecture
from ...neurons.kinds import kind_of
from ...support.short_repr import short_repr
from ..graph import HeldVariables, OpenedModel
from ..trainable import require_trainable

__all__ = ["KerasGraph", "build_keras_graph"]


@dataclasses.dataclass(frozen=True, eq=False)
class KerasGraph(HeldVariables):
    """What training needs to know of the network.

    Attributes
    ----------
    architecture : Architecture
        The layers.
    model : tf_keras.Model
        Images ``(batch, 1, pixel)`` in, class scores ``(batch, 1, class)`` out.
    neurons : dict of str to nengo.neurons.NeuronType
        The neurons, by the name of their layer.
    rate_probes : dict of str to str
        Names of the outputs (amplitude times Hz) of the layers that were asked for.
    stages : tuple of LinearStage
        The `tf_keras` layers that hold the variables.
    step : tf.Variable
        Number of the training step; whoever trains assigns it.
    """

    architecture: Architecture
    model: Any
    neurons: Mapping[str, NeuronType]
    rate_probes: Mapping[str, str]
    stages: tuple[Any, ...]
    step: Any

    input: ClassVar[str] = "input"
    output: ClassVar[str] = "output"

    __repr__ = short_repr

    @contextmanager
    def opened(self, batch_size: int, seed: int) -> Iterator[Any]:
        """What is compiled and fitted.

        Parameters
        ----------
        batch_size : int
            Images per step, as the graph was built for.
        seed : int
            Of no use here, as the graph was built with it.
        """
        yield OpenedModel(self.model)

    def names(self, opened: Any) -> dict[Any, str]:
        """Names of the input and of the outputs, for `tf_keras`.

        Parameters
        ----------
        opened : object
            What `opened` gave.
        """
        names = (self.input, self.output, *self.rate_probes.values())
        return {name: name for name in names}


def build_keras_graph(
    architecture: Architecture,
    neuron: NeuronType,
    batch_size: int,
    *,
    seed: int = 0,
    rate_layers: Iterable[str] = (),
) -> KerasGraph:
    """Build the twin of `training.graph.build_graph`, within the scope of the strategy that is set.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    neuron : nengo.neurons.NeuronType
        As for `training.graph.build_graph`.
    batch_size : int
        Images per step, of all replicas together.
    seed : int
        For dropout and noise.
    rate_layers : iterable of str
        Names of layers of neurons whose outputs have a loss too.

    Raises
    ------
    TrainingError
        If the architecture cannot be trained, or a neuron has no TensorFlow implementation.
    """
    tf, keras = import_tensorflow(), import_tf_keras()

    from ..tensorflow.keras_wires import KerasWires

    neurons = require_trainable(architecture).neurons(neuron)
    for each in neurons.values():
        if kind_of(each).twin is None:
            raise TrainingError(
                f"neuron {each!r} has no TensorFlow implementation here, so no gradient; use "
                "SoftLIF, LIFRate or RectifiedLinear, or train without strategy"
            )
    step = tf.Variable(
        0, trainable=False, dtype=tf.int64, name="training_step",
        aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
    )  # fmt: skip
    pixels = math.prod(architecture.input_shape)
    images = keras.Input((1, pixels), batch_size, name="input")
    n_steps = keras.Input((1,), batch_size, name="n_steps", dtype=tf.int32)  # in NengoDL's data
    wires = KerasWires(step, seed)
    scores = wires.lay(architecture, neurons, keras.layers.Flatten()(images))
    outputs = {"output": scores} | {f"rate_{n}": wires.populations[n] for n in rate_layers}
    model = keras.Model(
        {"input": images, "n_steps": n_steps},
        {name: keras.layers.Reshape((1, -1), name=name)(value) for name, value in outputs.items()},
        name=architecture.name or None,
    )
    probes = {name: f"rate_{name}" for name in rate_layers}
    return KerasGraph(architecture, model, neurons, probes, tuple(wires.stages), step)
