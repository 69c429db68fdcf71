"""NengoDL at its best: linear layers in TensorNodes, Nengo's spiking neurons between."""

from __future__ import annotations

import time
import warnings
from typing import Any

import nengo
import numpy as np

from nengo_lifdeep.compat import import_nengo_dl

from .task import Part, Round, Task

__all__ = ["TensorNodes"]


class TensorNodes:
    """A network built for NengoDL's speed; same arithmetic as the Converter's.

    One TensorNode per stretch of linear layers, populations with gain 1 and bias 0 (biases are in
    the layers), nothing trainable, nothing stateful, no history but the output's, and no planner,
    which in a feed-forward chain only merges states that every step cuts up again.
    """

    def __init__(self, task: Task) -> None:
        nengo_dl = import_nengo_dl()
        self.task, self.notes = task, ["alpha as two lowpass filters"] if _is_alpha(task) else []
        images = task.inputs.reshape(len(task.data), 1, -1)
        self.tiled = np.tile(images, (1, task.timing.n_steps, 1))
        stages: list[Any] = []
        with nengo.Network(seed=0) as network:
            nengo_dl.configure_settings(
                trainable=False,
                stateful=False,
                inference_only=True,
                keep_history=False,
                planner=nengo_dl.graph_optimizer.noop_planner,
            )
            value: Any = nengo.Node(np.zeros(images.shape[-1]))
            self.input = value
            for part in task.parts():
                node, stage = _tensor_node(part)
                stages.append(stage)
                if value is self.input:
                    nengo.Connection(value, node, synapse=None)
                else:
                    _filtered(value, node, task.synapse)
                value = node
                if part.population:
                    value = _population(node.size_out, task.neuron)
                    nengo.Connection(node, value, synapse=None)
            self.output = nengo.Probe(value)
            network.config[self.output].keep_history = True
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "No GPU support detected")
            self.simulator = nengo_dl.Simulator(
                network, minibatch_size=len(images), progress_bar=False
            )
        for stage in stages:
            for name, member in stage.members.items():
                arrays = task.trained.weights.get(name, {})
                if arrays:
                    member.set_weights([arrays[k] for k in ("kernel", "bias") if k in arrays])

    def round(self) -> Round:
        """One call of `predict`."""
        start = time.perf_counter()
        outputs = self.simulator.predict({self.input: self.tiled}, verbose=0)[self.output]
        seconds = time.perf_counter() - start
        return Round(
            seconds, self.tiled.shape[0] * self.tiled.shape[1], self.task.accuracy(outputs)
        )

    def close(self) -> None:
        """Close the simulator."""
        self.simulator.close()


def _is_alpha(task: Task) -> bool:
    return isinstance(task.synapse, nengo.Alpha)


def _filtered(neurons: Any, node: Any, synapse: Any) -> None:
    """Connect; an alpha filter as two lowpass filters in a row, which NengoDL runs faster.

    The second filter answers one step later than an alpha filter would; with `nengo.Alpha` itself
    the outputs were equal to those of our simulators to 1e-5.
    """
    if isinstance(synapse, nengo.Alpha):
        synapse = nengo.Lowpass(synapse.tau)
        between = nengo.Node(size_in=neurons.size_out)
        nengo.Connection(neurons, between, synapse=synapse)
        neurons = between
    nengo.Connection(neurons, node, synapse=synapse)


def _tensor_node(part: Part) -> tuple[Any, Any]:
    from nengo_lifdeep.training.tensorflow.layers import LinearStage

    stage = LinearStage(list(part.layers), part.shapes[0], None, 0)
    node = import_nengo_dl().TensorNode(
        stage, shape_in=part.shapes[0], shape_out=stage.shape_out, pass_time=False
    )
    return node, stage


def _population(n_neurons: int, neuron: nengo.LIF) -> Any:
    return nengo.Ensemble(
        n_neurons,
        1,
        neuron_type=neuron,
        gain=np.ones(n_neurons),
        bias=np.zeros(n_neurons),
        encoders=np.ones((n_neurons, 1)),
        n_eval_points=2,
    ).neurons
