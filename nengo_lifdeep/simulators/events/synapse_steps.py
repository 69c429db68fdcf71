"""Synapses as the few numbers that one time step needs."""

from __future__ import annotations

import math
from typing import NamedTuple

import nengo
import numpy as np

from ...errors import ConversionError
from ...neurons.stepping.numbers import step_numbers

__all__ = ["SynapseStep", "current_step", "synapse_step"]


class SynapseStep(NamedTuple):
    """One step of a synapse, of a current ``u`` that arrives through it.

    The filtered current is ``p + q``. A step begins with ``p <- decay p`` and
    ``q <- decay (q + coupling p)`` and ends with ``p <- p + scale u``. That is Nengo's alpha
    synapse under zero-order hold, whose response to one spike is ``decay^k (first + slope k)``
    after ``k`` steps; a lowpass has no coupling. Without memory there is no decay either, and
    ``p`` is set to ``scale u``.

    Parameters
    ----------
    decay, coupling, scale : float
        As above.
    delayed : bool
        Whether a spike acts from the next step on, as after every synapse in Nengo.
    forgets : bool
        Whether nothing is left after one step.
    """

    decay: float
    coupling: float
    scale: float
    delayed: bool
    forgets: bool


#: A decay per step below which a synapse forgets everything: less is not seen in float64.
_FORGOTTEN = 1e-12


def synapse_step(synapse: nengo.synapses.Synapse | None, dt: float) -> SynapseStep:
    """The step of a synapse for steps of ``dt`` seconds.

    Parameters
    ----------
    synapse : nengo.Lowpass, nengo.Alpha or None
        The synapse.
    dt : float
        Time step, in seconds.

    Raises
    ------
    ConversionError
        If it is neither lowpass nor alpha nor None.

    Examples
    --------
    >>> synapse_step(None, 0.001)
    SynapseStep(decay=1.0, coupling=0.0, scale=1.0, delayed=False, forgets=True)
    """
    if synapse is None:
        return SynapseStep(1.0, 0.0, 1.0, delayed=False, forgets=True)
    if type(synapse) not in (nengo.Lowpass, nengo.Alpha):
        raise ConversionError(
            f"synapse is {synapse!r}; the event-driven simulator knows nengo.Lowpass, nengo.Alpha "
            "and None: use simulator='nengo'"
        )
    theta = dt / synapse.tau if synapse.tau > 0 else math.inf
    decay, rise = math.exp(-theta), -math.expm1(-theta)
    if decay < _FORGOTTEN:
        return SynapseStep(1.0, 0.0, 1.0, delayed=True, forgets=True)
    if isinstance(synapse, nengo.Lowpass):
        return SynapseStep(decay, 0.0, rise / decay, delayed=True, forgets=False)
    slope = rise * theta
    short = theta * theta * (1 / 2 - theta * (1 / 6 - theta * (1 / 24 - theta / 120)))
    start = -short if theta < 1e-3 else rise - theta  # the first response less the slope
    scale = start / decay
    return SynapseStep(decay, slope / start, scale, delayed=True, forgets=False)


def current_step(neuron: nengo.neurons.NeuronType, dt: float) -> SynapseStep | None:
    """The filter that neurons have of their own, for steps of ``dt`` seconds; None without.

    It acts at once, and the bias goes through it too.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        The spiking neuron.
    dt : float
        Time step, in seconds.
    """
    if type(neuron).__name__ != "StepLIF" or not np.any(neuron.tau_syn):
        return None
    kept = step_numbers(neuron, dt).current
    if kept < _FORGOTTEN:
        return None
    return SynapseStep(kept, 0.0, (1 - kept) / kept, delayed=False, forgets=False)
