"""Synapses and neurons as the few numbers that one time step needs."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import nengo
import numpy as np

from ...errors import ConversionError
from ...neurons.types import check_neuron, spiking_counterpart

__all__ = ["SILENT", "NeuronStep", "SynapseStep", "neuron_step", "synapse_step"]


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
        Whether a spike acts from the next step on, as behind every synapse in Nengo.
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
    first, slope = rise - decay * theta, rise * theta
    scale = (first - slope) / decay
    return SynapseStep(decay, slope / (first - slope), scale, delayed=True, forgets=False)


#: A step, relative to tau_rc, up to which the kernels' power series are exact to 1e-8.
_SHORT = 0.1


class NeuronStep(NamedTuple):
    """One step of a neuron's voltage, ``v <- max(v_min, keep v + gain max(j_min, J))``.

    A spike is fired above ``threshold``. Then the voltage is zero for ``tau_ref`` seconds from the
    spike on; where in the step the spike was is interpolated (``interpolates``), or taken to be
    its end. ``integrates`` marks neurons that keep what is left above the threshold and fire as
    often in one step as the voltage contains ones. ``series`` allows short power series in place
    of logarithms and exponentials, exact to 1e-8, more than float32 sees.
    """

    keep: float
    gain: float
    j_min: float
    v_min: float
    threshold: float
    tau_rc: float
    tau_ref: float
    dt: float
    interpolates: bool
    integrates: bool
    refractory: bool
    series: bool


#: For targets without neurons: the voltage is zero and nothing fires.
SILENT = NeuronStep(
    keep=0.0, gain=0.0, j_min=0.0, v_min=0.0, threshold=math.inf, tau_rc=math.inf, tau_ref=0.0,
    dt=1.0, interpolates=False, integrates=False, refractory=False, series=False,
)  # fmt: skip


def neuron_step(
    neuron: nengo.neurons.NeuronType, dt: float, dtype: type[np.floating] = np.float64
) -> NeuronStep:
    """The step of a spiking neuron for steps of ``dt`` seconds, in numbers of type ``dtype``.

    Raises
    ------
    ValidationError
        If the type is not supported.
    ConversionError
        If it does not spike.

    Examples
    --------
    >>> neuron_step(nengo.SpikingRectifiedLinear(), 0.001).integrates
    True
    """
    check_neuron(neuron)
    kind = type(neuron).__name__
    numbers: dict[str, Any] = {
        "keep": 1.0, "gain": dt, "j_min": -math.inf, "v_min": 0.0, "threshold": 1.0,
        "tau_rc": math.inf, "tau_ref": 0.0, "dt": dt,
        "interpolates": False, "integrates": False, "refractory": False, "series": False,
    }  # fmt: skip
    if kind in ("LIF", "LoihiLIF"):
        tau_rc, tau_ref = float(neuron.tau_rc), float(neuron.tau_ref)
        if kind == "LoihiLIF":
            from ...neurons.loihi_rates import discretized_time_constants

            tau_rc, tau_ref = discretized_time_constants(tau_rc, tau_ref, dt)
        numbers.update(
            keep=math.exp(-dt / tau_rc), gain=-math.expm1(-dt / tau_rc),
            v_min=float(neuron.min_voltage), tau_rc=tau_rc, tau_ref=tau_ref,
            interpolates=kind == "LIF", refractory=True,
            series=dtype is np.float32 and dt < _SHORT * tau_rc,
        )  # fmt: skip
    elif kind == "SpikingRectifiedLinear":
        numbers.update(
            j_min=0.0, threshold=float(np.nextafter(dtype(1), dtype(0))), integrates=True
        )
    elif kind != "LoihiSpikingRectifiedLinear":
        if spiking_counterpart(neuron) is neuron:
            raise ConversionError(
                f"{neuron!r} is none of the neurons whose spikes simulator 'events' computes (LIF, "
                "integrate-and-fire, NengoLoihi's); run with simulator='nengo'"
            )
        raise ConversionError(f"{neuron!r} does not spike; convert the network first")
    return NeuronStep(**numbers)
