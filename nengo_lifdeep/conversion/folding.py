"""A trained network as populations and linear stages, without a change of what it computes."""

from __future__ import annotations

from collections.abc import Mapping

import nengo
import numpy as np

from ..errors import ConversionError
from ..layers.parts import Part
from ..layers.types import BatchNormalization
from ..models import Connection, Population, SpikingModel, TrainedModel
from ..models.normalization import fold_normalization
from ..neurons.kinds import kind_of
from ..neurons.parameters import replaced
from ..records.finding import listed
from ..stages.pooling import fold_pool
from ..stages.types import AveragePool, Stage
from .layer_stages import layer_stage, shortcut_stage
from .order import foldable

__all__ = ["fold"]


def fold(trained: TrainedModel) -> SpikingModel:
    """The trained network as populations and linear stages, still with its rate neurons.

    Nothing is approximated: the class scores equal the trained network's (without noise and
    dropout) to rounding.

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
    amplitudes = {k: float(getattr(n, "amplitude", 1.0)) for k, n in trained.neurons.items()}
    bare = {name: _bare(neuron) for name, neuron in trained.neurons.items()}
    populations: list[Population] = []
    connections: list[Connection] = []
    for part in trained.architecture.parts:
        stages, bias = _stages(part, trained.weights, amplitudes)
        connections.append(Connection(part.source, part.target, _fold_pools(stages)))
        for layer, shape in part.sums:
            added = shortcut_stage(layer, shape, trained.weights.get(layer.name, {}))
            added = added.scaled(amplitudes[layer.source])
            connections.append(Connection(layer.source, part.target, (added,)))
        if part.neurons is not None:
            seen = stages[-1].output_shape  # an image too where it is flattened before its neurons
            populations.append(Population(part.target, seen, bare[part.target], bias))
    return SpikingModel(
        trained.architecture.name,
        trained.architecture.input_shape,
        tuple(populations),
        tuple(connections),
        np.broadcast_to(bias, stages[-1].output_shape).ravel().astype(np.float32),
        preprocessing=trained.preprocessing,
        classes=trained.classes,
        provenance=dict(trained.provenance),
    )


def _stages(
    part: Part, weights: Mapping[str, Mapping[str, np.ndarray]], amplitudes: Mapping[str, float]
) -> tuple[list[Stage], np.ndarray]:
    """The stages of a part, which take rates, and the bias after them."""
    amplitude = amplitudes.get(part.source, 1.0)
    stages: list[Stage] = []
    bias: np.ndarray = np.zeros(1, np.float32)
    for layer, shape in part.layers:
        arrays = weights.get(layer.name, {})
        if isinstance(layer, BatchNormalization):
            factor, bias = fold_normalization(layer, arrays, bias)
            stages[-1] = stages[-1].scaled(factor)
        elif (stage := layer_stage(layer, shape, arrays)) is not None:
            takes_rates = stage.scaled if layer.has_weights else stage.with_inputs
            stages.append(stage if amplitude == 1.0 else takes_rates(amplitude))
            bias = arrays.get("bias", np.zeros(stage.output_shape[-1:], np.float32))
    return stages, bias


def _bare(neuron: nengo.neurons.NeuronType) -> nengo.neurons.NeuronType:
    """The neuron with amplitude 1 and without training noise."""
    own = kind_of(neuron).parameters
    bare = {"amplitude": 1.0, "noise": None}
    return replaced(neuron, **{name: value for name, value in bare.items() if name in own})


def _fold_pools(stages: list[Stage]) -> tuple[Stage, ...]:
    """Take pooling into the weights after it, from the last stage backwards, where exact."""
    *front, last = stages
    while front and isinstance(front[-1], AveragePool):
        folded = fold_pool(front[-1], last)
        if folded is None:
            break
        front, last = front[:-1], folded
    return (*front, last)
