"""Spiking and rate counterparts of the supported neuron types, and their firing rates.

For our soft neurons and the neuron types of Nengo and NengoLoihi that this package understands:
which type is the spiking, rate or hard counterpart, what it fires at a given current, and how it
is written down.
"""

from __future__ import annotations

from typing import Any

import nengo
from numpy.typing import ArrayLike, NDArray

from ..support.checks import real
from ..support.checks.arrays import checked_array
from . import adaptive, builtin, noisy, sigmoid, wrapped  # noqa: F401  (they fill the table)
from .bounds import check_parameters
from .kinds import kind_of
from .stepping import step_lif  # noqa: F401
from .theta import kinds as theta_kinds  # noqa: F401

__all__ = [
    "check_neuron",
    "firing_threshold",
    "hard_counterpart",
    "neuron_rate",
    "neuron_slope",
    "rate_counterpart",
    "spiking_counterpart",
]


def check_neuron(neuron: Any) -> None:
    """Raise `ValidationError` unless ``neuron`` is of a supported type with usable numbers.

    Nengo itself accepts infinite time constants and amplitudes; this does not.

    Parameters
    ----------
    neuron : object
        The neuron to check.

    Examples
    --------
    >>> check_neuron(nengo.LIF())
    """
    kind = kind_of(neuron)
    values = {key: getattr(neuron, key) for key in kind.parameters}
    check_parameters(type(neuron).__name__, values, kind.bounds)
    if hasattr(neuron, "base_type"):
        wrapped.check_base(neuron)


def spiking_counterpart(neuron: nengo.neurons.NeuronType) -> nengo.neurons.NeuronType:
    """The spiking neuron with the same parameters; a spiking neuron is its own.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        A supported neuron.

    Examples
    --------
    >>> from nengo_lifdeep.neurons import SoftLIF
    >>> spiking_counterpart(SoftLIF(tau_rc=0.05, tau_ref=0.001, amplitude=0.063))
    LIF(tau_rc=0.05, tau_ref=0.001, amplitude=0.063)
    """
    check_neuron(neuron)
    make = kind_of(neuron).spiking
    return neuron if make is None else make(neuron)


def rate_counterpart(neuron: nengo.neurons.NeuronType) -> nengo.neurons.NeuronType:
    """The rate neuron with the same parameters; a rate neuron (`SoftLIF` too) is its own.

    NengoLoihi's types give Nengo's rate types, without the rounding of intervals.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        A supported neuron.

    Examples
    --------
    >>> rate_counterpart(nengo.LIF(tau_rc=0.05))
    LIFRate(tau_rc=0.05)
    """
    check_neuron(neuron)
    make = kind_of(neuron).rate_type
    return neuron if make is None else make(neuron)


def hard_counterpart(neuron: nengo.neurons.NeuronType) -> nengo.neurons.NeuronType:
    """The rate neuron with a hard threshold: `rate_counterpart`, and LIFRate for the soft ones.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        A supported neuron.

    Examples
    --------
    >>> from nengo_lifdeep.neurons import SoftLIF
    >>> hard_counterpart(SoftLIF(tau_rc=0.05))
    LIFRate(tau_rc=0.05)
    """
    check_neuron(neuron)
    make = kind_of(neuron).hard
    return rate_counterpart(neuron) if make is None else make(neuron)


def firing_threshold(neuron: nengo.neurons.NeuronType) -> float:
    """Current above which the hard neuron fires: 1 for the LIF family, 0 for rectified linear.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        A supported neuron.

    Examples
    --------
    >>> from nengo_lifdeep.neurons import SoftLIF
    >>> firing_threshold(SoftLIF())
    1.0
    """
    check_neuron(neuron)
    threshold = kind_of(neuron).threshold
    return float(threshold(neuron) if callable(threshold) else threshold)


def _evaluate(neuron: Any, J: ArrayLike, what: str, dt: float) -> NDArray:
    check_neuron(neuron)
    J = checked_array(J, "J", finite=False)
    dt = real(above=0, unit="seconds")(dt, "dt")
    value = getattr(kind_of(neuron), what)(neuron, J, dt)
    return float(getattr(neuron, "amplitude", 1.0)) * value


def neuron_rate(neuron: nengo.neurons.NeuronType, J: ArrayLike, dt: float = 0.001) -> NDArray:
    """Mean output at constant current: amplitude times Hz, without noise, spiking or not.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        Any supported type; a spiking one gives its analytic rate.
    J : array_like
        Input current.
    dt : float
        Duration of a step in seconds; only NengoLoihi's types depend on it.

    Examples
    --------
    >>> neuron_rate(nengo.LIF(amplitude=0.1), [0.0, 2.0]).round(3)
    array([0.   , 6.304])
    """
    return _evaluate(neuron, J, "rate", dt)


def neuron_slope(neuron: nengo.neurons.NeuronType, J: ArrayLike, dt: float = 0.001) -> NDArray:
    """Derivative of `neuron_rate` by current; for NengoLoihi's types that of the middle curve.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        A supported neuron.
    J : (...,) array_like
        Input currents, dimensionless; the firing threshold of LIF neurons is 1.
    dt : float
        Time step in seconds, for neurons that fire in whole steps.

    Examples
    --------
    >>> neuron_slope(nengo.RectifiedLinear(amplitude=0.5), [-1.0, 2.0])
    array([0. , 0.5])
    """
    return _evaluate(neuron, J, "slope", dt)
