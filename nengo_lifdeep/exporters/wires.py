"""The connections of a spiking model as Nengo's objects."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import nengo
import numpy as np

from ..models import Connection, SpikingModel
from ..stages.types import Convolution, DenseMatrix, Elementwise, Stage

__all__ = ["Wires", "nengo_transform", "wire"]


@dataclasses.dataclass(frozen=True)
class Wires:
    """What stands between the ends of a network.

    Attributes
    ----------
    relays : tuple of nengo.Node
        Between the stages of a connection.
    connections : tuple of nengo.Connection
    """

    relays: tuple[nengo.Node, ...]
    connections: tuple[nengo.Connection, ...]


def wire(model: SpikingModel, ends: Mapping[str, Any]) -> Wires:
    """Connect the ends of a network as a model says, inside the `nengo.Network` that is open.

    Parameters
    ----------
    model : SpikingModel
        Whose connections are made.
    ends : dict
        The neurons of each population by its name, and the nodes ``"input"`` and ``"output"``.
    """
    made = [_connect(connection, ends) for connection in model.connections]
    return Wires(
        tuple(relay for wires in made for relay in wires.relays),
        tuple(connection for wires in made for connection in wires.connections),
    )


def _connect(connection: Connection, ends: Mapping[str, Any]) -> Wires:
    """Stages but the last end in relays; the synapse sits on the first, at the spikes."""
    pre, synapse = ends[connection.pre], connection.synapse
    relays, connections = [], []
    for i, stage in enumerate(connection.stages):
        post = ends[connection.post]
        if i < len(connection.stages) - 1:
            size = int(np.prod(stage.output_shape))
            post = nengo.Node(size_in=size, label=f"{connection.post} {type(stage).__name__}")
            relays.append(post)
        connections.append(
            nengo.Connection(pre, post, transform=nengo_transform(stage), synapse=synapse)
        )
        pre, synapse = post, None
    return Wires(tuple(relays), tuple(connections))


def nengo_transform(stage: Stage) -> nengo.transforms.Transform:
    """The Nengo transform that maps flat input to flat output as ``stage`` does.

    Parameters
    ----------
    stage : Stage
        The linear stage.
    """
    own = _TRANSFORMS.get(type(stage))
    if own is not None:
        return own(stage)
    matrix = stage.to_matrix().T.tocoo()
    indices = np.stack([matrix.row, matrix.col], axis=1)
    return nengo.Sparse(matrix.shape, indices=indices, init=matrix.data)


def _convolution(stage: Convolution) -> nengo.Convolution:
    return nengo.Convolution(
        n_filters=stage.kernel.shape[3],
        input_shape=stage.input_shape,
        kernel_size=stage.window,
        strides=stage.strides,
        padding=stage.padding,
        groups=stage.groups,
        init=stage.kernel,
    )


def _dense(stage: DenseMatrix) -> nengo.Dense:
    return nengo.Dense(stage.matrix.shape[::-1], init=stage.matrix.T)


def _diagonal(stage: Elementwise) -> nengo.Dense:
    diagonal = np.broadcast_to(stage.weight, stage.input_shape).ravel()
    return nengo.Dense((diagonal.size,) * 2, init=diagonal)


#: Nengo's own transforms, by type of stage; the others are sparse matrices.
_TRANSFORMS: dict[type[Stage], Callable[[Any], nengo.transforms.Transform]] = {
    Convolution: _convolution,
    DenseMatrix: _dense,
    Elementwise: _diagonal,
}
