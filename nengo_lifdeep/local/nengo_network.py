"""Layers with read-outs of their own as a Nengo network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import nengo
import numpy as np
from numpy.typing import NDArray

from ..compat.contexts import nengo_defaults
from ..errors import ConversionError, DataError, ValidationError
from ..neurons.stepping.spike_response import SpikeResponse
from ..support.checks import MOST_SEED, checked_number, instance, optional, whole
from ..support.checks.arrays import checked_array, plain_array
from ..support.words.counted import counted
from .learner import as_trains
from .network import LocalNetwork

__all__ = ["ReadoutNetwork"]


class ReadoutNetwork(nengo.Network):
    """A `LocalNetwork` for Nengo's simulators, or for a place in a larger model.

    Synapses are the weights as a device holds them, one kernel of -1 and 1 per layer where they are
    binary; both traces are one digital filter, and the layer's size ``1 / sqrt(fan_in)`` is the
    gain of its neurons. A connection takes one step, as in `LocalNetwork`.

    Parameters
    ----------
    network : LocalNetwork
        What to build.
    trains : (step, input) array, optional
        Spikes of one sample, 0 or 1, which the input plays; silence afterwards. None makes the
        input a relay, into which other parts of a model are connected without a synapse.
    weights : sequence of (fan_in, n_neurons) array, optional
        Of every layer, as `LocalNetwork.drawn` and `Committee.members` have them; by default
        `LocalNetwork.weights`, which of binary weights are the likelier ones.
    dt : float
        The simulator's step, in seconds.
    seed : int, optional
        Of the Nengo network; nothing here is random.

    Attributes
    ----------
    input : nengo.Node
        Spikes of height ``1 / dt``.
    layers : tuple of nengo.Ensemble
        Neurons of every layer, of type `SpikeResponse`.
    readouts : tuple of nengo.Node
        Scores of every layer in every step, of size ``n_classes``.
    output : nengo.Node
        The last of them, whose mean over the steps is the answer.

    Raises
    ------
    DataError
        If spikes do not fit the network.
    ValidationError
        If weights do not, or an argument is not as described.

    Examples
    --------
    >>> network = LocalNetwork.initial((8, 32), n_classes=2)
    >>> built = ReadoutNetwork(network, np.ones((20, 8), np.int8))
    >>> with built:
    ...     scores = nengo.Probe(built.output)
    >>> with nengo.Simulator(built, progress_bar=False) as simulator:
    ...     simulator.run_steps(20)
    >>> simulator.data[scores][5:].mean(axis=0).shape
    (2,)
    """

    def __init__(
        self,
        network: LocalNetwork,
        trains: Any = None,
        *,
        weights: Sequence[NDArray] | None = None,
        dt: float = 0.001,
        seed: int | None = None,
    ) -> None:
        instance(LocalNetwork)(network, "network")
        matrices = _matrices(network, weights)
        step = checked_number(dt, "dt", low=1e-9, high=1e3)
        n_inputs = network.sizes[0]
        shown = None if trains is None else _Played(trains, n_inputs, step)
        seed = optional(whole(0, MOST_SEED))(seed, "seed")
        # all is checked: what is refused must leave nothing in the network around it
        super().__init__(label="layers with read-outs of their own", seed=seed)
        self.dt = step
        alpha, beta, gamma = network.decays
        traces = nengo.LinearFilter(
            [self.dt, 0], [1, -(alpha + beta), alpha * beta], analog=False
        )  # fmt: skip
        with nengo_defaults(), self:
            if shown is None:
                self.input = nengo.Node(size_in=n_inputs, label="input")
            else:
                self.input = nengo.Node(shown, size_out=n_inputs, label="input")
            layers, readouts = [], []
            source: Any = self.input
            for i, (matrix, readout) in enumerate(zip(matrices, network.readouts, strict=True), 1):
                n = len(readout)
                layer = nengo.Ensemble(
                    n, 1, gain=np.full(n, 1 / math.sqrt(len(matrix))), bias=np.zeros(n),
                    encoders=np.ones((n, 1)), neuron_type=SpikeResponse(gamma), label=f"layer {i}",
                )  # fmt: skip
                nengo.Connection(
                    source, layer.neurons, transform=matrix.T.astype(np.float64), synapse=traces
                )
                scores = nengo.Node(size_in=network.n_classes, label=f"read-out {i}")
                nengo.Connection(
                    layer.neurons, scores, synapse=None,
                    transform=readout.T.astype(np.float64) * (self.dt / math.sqrt(n)),
                )  # fmt: skip
                source = layer.neurons
                layers.append(layer)
                readouts.append(scores)
        self.layers, self.readouts = tuple(layers), tuple(readouts)
        self.output = readouts[-1]


@nengo.builder.Builder.register(ReadoutNetwork)
def _build(model: Any, network: ReadoutNetwork, **options: Any) -> None:
    """Build it where the step is known, in the user's own simulator too."""
    if not math.isclose(model.dt, network.dt, rel_tol=1e-9):
        raise ConversionError(
            f"{network.label} are built for steps of {network.dt:g} s, and the simulator has "
            f"{model.dt:g} s; build them with ReadoutNetwork(..., dt={model.dt:g})"
        )
    nengo.builder.network.build_network(model, network, **options)


def _matrices(network: LocalNetwork, weights: Any) -> tuple[NDArray, ...]:
    """Weights of every layer, the network's own or those that are given."""
    if weights is None:
        return network.weights
    if not isinstance(weights, Sequence) or len(weights) != len(network.latents):
        found = len(weights) if isinstance(weights, Sequence) else type(weights).__name__
        raise ValidationError(
            f"weights: {found}; expected {counted(len(network.latents), 'array')}, one per layer, "
            "as network.drawn(rng) or Committee(network).members have them"
        )
    return tuple(
        checked_array(given, f"weights[{i}]", shape=latent.shape)
        for i, (given, latent) in enumerate(zip(weights, network.latents, strict=True))
    )


class _Played:
    """Each step's spikes, of height ``1 / dt``; zeros afterwards."""

    def __init__(self, trains: Any, n_inputs: int, dt: float) -> None:
        given = plain_array(trains, "trains", DataError)
        if given.ndim != 2:
            raise DataError(
                f"trains are an array of shape {given.shape}; expected the spikes of one sample, "
                f"(step, {n_inputs})"
            )
        self.spikes = as_trains(given[None], n_inputs)[0] / dt
        self.silence = np.zeros(n_inputs)
        self.dt = dt

    def __call__(self, t: float) -> NDArray:
        """Spikes of the step that ends at this time, in seconds."""
        step = round(t / self.dt) - 1
        shown: NDArray = self.spikes[step] if step < len(self.spikes) else self.silence
        return shown
