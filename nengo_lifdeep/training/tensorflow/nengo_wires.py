"""Values between populations as NengoDL's nodes and connections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nengo
import numpy as np
from nengo.neurons import NeuronType

from ...layers.types import Shape
from .layers import LinearStage
from .wires import Signal, Wires

__all__ = ["NengoWires"]


class NengoWires(Wires):
    """Makes the nodes and connections inside the `nengo.Network` that is open.

    Parameters
    ----------
    nengo_dl : module
        NengoDL.
    network : nengo.Network
        The open network.
    step, seed, rate
        As for `Wires`.
    """

    def __init__(
        self, nengo_dl: Any, network: nengo.Network, step: Any, seed: int, rate: Any = None
    ) -> None:
        super().__init__(step, seed, rate)
        self.nengo_dl, self.network = nengo_dl, network

    def population(self, neuron: NeuronType, n_neurons: int, name: str, current: Signal) -> Any:
        """Neurons of an ensemble with gain 1 and bias 0, to which NengoDL adds nothing.

        Parameters
        ----------
        neuron, n_neurons, name, current
            As in `Wires`.
        """
        ensemble = nengo.Ensemble(
            n_neurons,
            1,
            neuron_type=neuron,
            gain=np.ones(n_neurons),
            bias=np.zeros(n_neurons),
            encoders=np.ones((n_neurons, 1)),
            n_eval_points=2,  # never used, as nothing is decoded
            label=name,
        )
        self.populations[name] = ensemble
        self.network.config[ensemble.neurons].trainable = False
        self.network.config[ensemble].trainable = False
        for term in self.terms(current):
            nengo.Connection(term, ensemble.neurons, synapse=None)
        return ensemble.neurons

    def added(self, terms: Sequence[Any]) -> nengo.Node:
        """A relay to which all terms are connected.

        Parameters
        ----------
        terms : sequence of nengo objects
            As in `Wires`.
        """
        relay = nengo.Node(size_in=terms[0].size_out, label="sum")
        for term in terms:
            nengo.Connection(term, relay, synapse=None)
        return relay

    def in_a_row(self, ends: Sequence[Any], sizes: Sequence[int], name: str) -> nengo.Node:
        """A relay, the first of whose entries is the first value.

        Parameters
        ----------
        ends, sizes, name
            As in `Wires`.
        """
        relay = nengo.Node(size_in=sum(sizes), label=name)
        nengo.Connection(ends[0], relay[: sizes[0]], synapse=None)
        nengo.Connection(ends[1], relay[sizes[0] :], synapse=None)
        return relay

    def computed(self, stage: LinearStage, shape: Shape, end: Any) -> Any:
        """A TensorNode.

        Parameters
        ----------
        stage, shape, end
            As in `Wires`.
        """
        node = self.nengo_dl.TensorNode(
            stage, shape_in=shape, shape_out=stage.shape_out, pass_time=False, label=stage.name
        )
        nengo.Connection(end, node, synapse=None)
        return node
