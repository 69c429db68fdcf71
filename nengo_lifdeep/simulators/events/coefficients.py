"""Neurons as the few numbers that one time step needs."""

from __future__ import annotations

import math
import sys
from typing import Any, NamedTuple

import nengo
import numpy as np

from ...errors import ConversionError
from ...neurons.counterparts import check_neuron, spiking_counterpart
from ...neurons.stepping.numbers import step_numbers

__all__ = [
    "SILENT",
    "NeuronStep",
    "current_unit",
    "neuron_step",
    "require_current",
]


#: A step, relative to tau_rc, up to which the kernels' power series are exact to 1e-8.
_SHORT = 0.1


class NeuronStep(NamedTuple):
    """One step of a neuron's voltage, ``v <- max(v_min, keep v + gain max(j_min, J))``.

    A spike is fired above ``threshold``. Then the voltage is zero for ``tau_ref`` seconds from the
    spike on; where in the step the spike was is interpolated (``interpolates``), or taken to be
    its end. Without a refractory period a spike takes ``taken`` from the voltage, or sets it to
    zero where that is 0. ``integrates`` marks neurons that keep what is left above the threshold
    and fire as often in one step as the voltage contains ones. ``series`` allows short power series
    in place of logarithms and exponentials, exact to 1e-8, more than float32 sees. ``most`` is the
    largest current (of ``integrates``, number of spikes in one step) at which spikes are what they
    should.

    Parameters
    ----------
    keep, gain : float
        Factors on voltage and current.
    j_min, v_min : float
        Smallest current and voltage, dimensionless.
    threshold : float
        Voltage above which the neuron fires.
    tau_rc, tau_ref : float
        Membrane time constant and refractory period, in seconds.
    dt : float
        Time step, in seconds.
    interpolates : bool
        Whether spikes lie between steps.
    integrates : bool
        Whether the voltage above threshold is kept.
    refractory : bool
        Whether there is a refractory period.
    series : bool
        Whether power series may be used.
    most : float
        Largest current, or number of spikes in one step.
    taken : float
        Voltage that a spike takes away; 0 where it is set to zero.
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
    most: float
    taken: float = 0.0


#: For targets without neurons: the voltage is zero and nothing fires.
SILENT = NeuronStep(
    keep=0.0, gain=0.0, j_min=0.0, v_min=0.0, threshold=math.inf, tau_rc=math.inf, tau_ref=0.0,
    dt=1.0, interpolates=False, integrates=False, refractory=False, series=False, most=math.inf,
)  # fmt: skip


#: Time steps, relative to tau_rc, up to which Nengo's own spike times within a step are more than
#: rounding: it inverts ``1 - exp(-dt / tau_rc)``, whose distance from one is lost in float64.
_LONGEST = 23.0

#: Steps and time constants, in seconds, in which products with other numbers neither vanish nor
#: overflow.
_SHORTEST_TIME, _LONGEST_TIME = 1e-30, 1e30

#: Spikes of a neuron in one step that are counted exactly, of integrate-and-fire neurons.
_MOST_SPIKES: dict[type, float] = {np.float32: 2.0**24, np.float64: 2.0**31}


def _most_current(tau_rc: float, tau_ref: float, dt: float) -> float:
    """Current up to which the time to a spike, ``tau_rc / J``, is more than rounding of times.

    Above it Nengo's neurons whose refractory period is a whole number of steps fire a step early or
    late as rounding has it.
    """
    return tau_rc / (1e4 * sys.float_info.epsilon * (tau_ref + dt))


def _require_times(neuron: nengo.neurons.NeuronType, dt: float) -> None:
    tau_rc = float(getattr(neuron, "tau_rc", 1.0))
    for name, time in (("tau_rc", tau_rc), ("dt", dt)):
        if not _SHORTEST_TIME <= time <= _LONGEST_TIME:
            raise ConversionError(
                f"{name} is {time:g} s; the event-driven simulator computes with times from "
                f"{_SHORTEST_TIME:g} to {_LONGEST_TIME:g} s. Times are in seconds"
            )
    if type(neuron).__name__ == "LIF" and dt > _LONGEST * tau_rc:
        raise ConversionError(
            f"{neuron!r} has tau_rc = {tau_rc:g} s and steps of dt = {dt:g} s: a membrane that "
            f"forgets its voltage {dt / tau_rc:.3g} times over in one step fires when rounding has "
            f"it, in Nengo too; expected dt <= {_LONGEST:g} tau_rc. Times are in seconds: was "
            f"tau_rc meant in milliseconds, or rates scaled too far? Otherwise use "
            f"Presentation(dt={tau_rc / 10:.1g}) or less"
        )


def require_current(neuron: NeuronStep, largest: float, where: str) -> None:
    """Raise `ConversionError` if currents or spike counts were too large for right spikes.

    Parameters
    ----------
    neuron : NeuronStep
        Of the population.
    largest : float
        Largest current of a neuron that fired, or largest number of spikes in one step.
    where : str
        The population's name.
    """
    if largest <= neuron.most:
        return
    what = "spikes of one neuron in one step" if neuron.integrates else "a current of"
    given = f"{largest:.3g} {what}" if neuron.integrates else f"{what} {largest:.3g}"
    raise ConversionError(
        f"{where}: {given}; expected at most {neuron.most:.3g} (spikes above that are a matter of "
        "rounding). Scale weights, biases or firing rates down"
    )


def current_unit(neuron: nengo.neurons.NeuronType, dt: float) -> float:
    """What currents of these neurons are counted in: 1, or what a spike of weight 1 adds.

    Of `StepLIF` whose spikes add their weight to the voltage at once that is exact: three quarters
    are 0.75, where three times ``dt * 0.25 / dt`` is 0.75 or a little more.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        The spiking neuron.
    dt : float
        Time step, in seconds.
    """
    if type(neuron).__name__ != "StepLIF" or np.ndim(neuron.tau_mem):
        return 1.0
    return 1.0 if neuron.decay_input and math.isfinite(neuron.tau_mem) else dt


def _threshold(neuron: Any, dtype: type[np.floating]) -> float:
    """The largest voltage, in numbers of that type, that does not fire."""
    threshold = dtype(neuron.threshold)
    return float(np.nextafter(threshold, dtype(0)) if neuron.reaches else threshold)


def neuron_step(
    neuron: nengo.neurons.NeuronType, dt: float, dtype: type[np.floating] = np.float64
) -> NeuronStep:
    """The step of a spiking neuron for steps of ``dt`` seconds, in numbers of type ``dtype``.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        The spiking neuron.
    dt : float
        Time step, in seconds.
    dtype : numpy.float32 or numpy.float64
        Type of the numbers.

    Raises
    ------
    ValidationError
        If the type is not supported.
    ConversionError
        If it does not spike, or forgets its voltage within a step of ``dt``.

    Examples
    --------
    >>> neuron_step(nengo.SpikingRectifiedLinear(), 0.001).integrates
    True
    """
    check_neuron(neuron)
    _require_times(neuron, dt)
    kind = type(neuron).__name__
    numbers: dict[str, Any] = {
        "keep": 1.0, "gain": dt, "j_min": -math.inf, "v_min": 0.0, "threshold": 1.0,
        "tau_rc": math.inf, "tau_ref": 0.0, "dt": dt,
        "interpolates": False, "integrates": False, "refractory": False, "series": False,
        "most": math.inf,
    }  # fmt: skip
    if kind in ("LIF", "LoihiLIF"):
        tau_rc, tau_ref = float(neuron.tau_rc), float(neuron.tau_ref)
        if kind == "LoihiLIF":
            from ...neurons.loihi.loihi_rates import discretized_time_constants

            tau_rc, tau_ref = discretized_time_constants(tau_rc, tau_ref, dt)
        else:
            numbers.update(most=_most_current(tau_rc, tau_ref, dt))
        numbers.update(
            keep=math.exp(-dt / tau_rc), gain=-math.expm1(-dt / tau_rc),
            v_min=float(neuron.min_voltage), tau_rc=tau_rc, tau_ref=tau_ref,
            interpolates=kind == "LIF", refractory=True,
            series=dtype is np.float32 and dt < _SHORT * tau_rc,
        )  # fmt: skip
    elif kind == "SpikingRectifiedLinear":
        numbers.update(
            j_min=0.0, threshold=float(np.nextafter(dtype(1), dtype(0))), integrates=True,
            most=_MOST_SPIKES[dtype],
        )  # fmt: skip
    elif kind == "StepLIF":
        if np.ndim(neuron.tau_mem) or np.ndim(neuron.tau_syn):
            raise ConversionError(
                "StepLIF with a time constant of every neuron's own; simulator 'events' has one "
                "for a layer: run with simulator='nengo'"
            )
        found = step_numbers(neuron, dt)
        numbers.update(
            keep=found.kept, gain=found.gain / current_unit(neuron, dt),
            v_min=float(neuron.min_voltage),
            integrates=neuron.several, taken=found.taken,
            threshold=_threshold(neuron, dtype),
            most=_MOST_SPIKES[dtype] if neuron.several else math.inf,
        )  # fmt: skip
    elif kind != "LoihiSpikingRectifiedLinear":
        if spiking_counterpart(neuron) is neuron:
            raise ConversionError(
                f"{neuron!r} is not one of the neurons that simulator 'events' supports (LIF, "
                "StepLIF, integrate-and-fire, NengoLoihi's); run with simulator='nengo'"
            )
        raise ConversionError(f"{neuron!r} does not spike; convert the network first")
    return NeuronStep(**numbers)
