"""Find spikes that weigh more than a threshold, where no synapse spreads them over time."""

from __future__ import annotations

import math
from collections.abc import Iterator

import nengo
import numpy as np

from ..models import SpikingModel
from ..models.connection import Connection
from ..records.finding import Finding
from ..stages.types import apply_stages

__all__ = ["HEAVY_RULE", "heavy_spikes", "lost_share"]

#: what findings on the weight of spikes say
HEAVY_RULE = "single spikes stay below the threshold"

#: share of the excitation above the threshold from which on it is told
_TOLD = 0.05

#: neurons of a population whose spikes are weighed, at random, and how many of them at a time
_WEIGHED, _AT_ONCE = 64, 8


def heavy_spikes(model: SpikingModel, tau_s: float | None = None) -> Iterator[Finding]:
    """Findings for connections without a synapse whose single spikes exceed the threshold.

    A LIF neuron is reset to rest when it fires: what a spike has brought above the threshold is
    lost, and rates come out too low. Residual sums bring every spike at its whole amplitude.

    Parameters
    ----------
    model : SpikingModel
        The network.
    tau_s : float, optional
        Time constant that takes the place of the synapses', in seconds, as in a `Presentation`.

    Examples
    --------
    >>> from nengo_lifdeep.conversion.swap import convert
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> list(heavy_spikes(convert(trained_example()[0], synapse=None)))
    []
    """
    if tau_s:
        return
    for connection in model.connections:
        if connection.synapse is not None and tau_s is None:
            continue
        lost, heaviest = lost_share(model, connection)
        if lost > _TOLD:
            yield Finding(
                "warning", HEAVY_RULE, connection.post,
                f"spikes of {connection.pre!r} weigh up to {heaviest:.2g} thresholds and come "
                f"without a synapse, and LIF neurons lose what is above one: {100 * lost:.0f} % of "
                "it",
                "convert with synapse=0.003 (alpha) or more",
            )  # fmt: skip


def lost_share(model: SpikingModel, connection: Connection) -> tuple[float, float]:
    """Share of a connection's excitation above the threshold, and its heaviest spike.

    Parameters
    ----------
    model : SpikingModel
        The network.
    connection : Connection
        One of its connections.

    Returns
    -------
    share : float
        Of single spikes to neurons at rest; 0 where neurons lose nothing.
    heaviest : float
        In thresholds.
    """
    ends = {population.name: population for population in model.populations}
    pre, post = ends.get(connection.pre), ends.get(connection.post)
    if pre is None or post is None or not isinstance(post.neuron, nengo.LIF):
        return 0.0, 0.0
    chosen = np.random.default_rng(0).permutation(pre.n_neurons)[:_WEIGHED]
    excitation = lost = heaviest = 0.0
    for first in range(0, len(chosen), _AT_ONCE):
        few = chosen[first : first + _AT_ONCE]
        spikes = np.zeros((len(few), pre.n_neurons), np.float32)
        spikes[np.arange(len(few)), few] = 1
        currents = apply_stages(connection.stages, spikes.reshape(-1, *pre.shape))
        jumps = currents / post.neuron.tau_rc
        excitation += float(np.maximum(jumps, 0).sum(dtype=float))
        lost += float(np.maximum(jumps - 1, 0).sum(dtype=float))
        heaviest = max(heaviest, float(jumps.max()))
    if excitation == 0 or not math.isfinite(excitation):
        return 0.0, 0.0
    return lost / excitation, heaviest
