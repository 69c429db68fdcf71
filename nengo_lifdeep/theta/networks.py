"""The network of theta neurons as a Nengo network."""

from __future__ import annotations

from typing import Any

import nengo
import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from ..compat.contexts import nengo_defaults
from ..neurons import ThetaPulse
from ..support.checks import checked, optional, real, whole
from ..support.checks.arrays import checked_array
from .graph import adjacency

__all__ = ["nengo_network"]


@checked(kappa=real(), tau=real(above=0, unit="seconds"), seed=optional(whole(0)))
def nengo_network(
    graph: Any,
    eta: ArrayLike,
    kappa: float,
    *,
    tau: float = 1.0,
    theta: ArrayLike | None = None,
    seed: int | None = None,
) -> nengo.Network:
    """The network that `simulate` runs, to be run by any simulator of Nengo.

    Parameters
    ----------
    graph : sparse matrix, (neuron, neuron) array or networkx graph
        Rows are receivers and columns senders.
    eta : (neuron,) array_like
        Currents of the neurons' own.
    kappa : float
        Strength of the coupling.
    tau : float
        Time constant of the neurons, in seconds; a simulator's ``dt`` of ``tau * dt`` seconds
        equals a step of ``dt`` here.
    theta : (neuron,) array_like, optional
        Angles at the beginning, in radians; random by default.
    seed : int, optional
        Of the Nengo network.

    Returns
    -------
    nengo.Network
        With the ensemble ``neurons``, whose output are pulses; ``"theta"`` and ``"fired"`` of it
        can be probed.

    Raises
    ------
    ValidationError
        If shapes do not fit.

    Examples
    --------
    >>> network = nengo_network([[0, 1], [1, 0]], [1.0, 1.0], kappa=0.5)
    >>> with network:
    ...     probe = nengo.Probe(network.neurons.neurons, "theta")
    >>> with nengo.Simulator(network, dt=0.05, progress_bar=False) as sim:
    ...     sim.run(1.0, progress_bar=False)
    >>> sim.data[probe].shape
    (20, 2)
    """
    matrix = adjacency(graph)
    n = matrix.shape[0]
    eta = checked_array(eta, "eta", shape=(n,), dtype=float)
    state = None
    if theta is not None:
        start = checked_array(theta, "theta", shape=(n,), dtype=float)
        state = {"theta": np.array(start)}
    edges = int(matrix.sum())
    with nengo_defaults(), nengo.Network(label="theta neurons", seed=seed) as network:
        network.neurons = nengo.Ensemble(
            n, 1, neuron_type=ThetaPulse(tau, initial_state=state), gain=np.ones(n),
            bias=np.array(eta), encoders=np.ones((n, 1)), label="theta neurons",
        )  # fmt: skip
        if edges:
            weights = matrix.astype(float) * (kappa * n / edges)
            nengo.Connection(
                network.neurons.neurons, network.neurons.neurons, synapse=nengo.Lowpass(0),
                transform=nengo.Sparse((n, n), init=sparse.coo_matrix(weights)),
            )  # fmt: skip
    return network
