"""Spiking and rate counterparts of the supported neuron types, and their firing rates.

For our soft neurons and the neuron types of Nengo and NengoLoihi that this package understands:
which type is the spiking, rate or hard counterpart, what it fires at a given current, and how it
is written down.
"""

from __future__ import annotations

from typing import Any

import nengo
from numpy.typing import ArrayLike, NDArray

from ..errors import ValidationError
from ..noise import noise_from_dict, noise_to_dict
from ..support.checks import real, shown
from ..support.checks.arrays import checked_array
from . import adaptive, builtin, noisy, sigmoid, wrapped  # noqa: F401  (they fill the table)
from .kinds import INSTEAD, kind_of, kinds
from .softlif import check_parameters

__all__ = [
    "check_neuron",
    "firing_threshold",
    "hard_counterpart",
    "neuron_from_dict",
    "neuron_rate",
    "neuron_slope",
    "neuron_to_dict",
    "rate_counterpart",
    "replaced",
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
    name, kind = kind_of(neuron)
    check_parameters(name, {key: getattr(neuron, key) for key in kind.parameters})
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
    make = kind_of(neuron)[1].spiking
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
    make = kind_of(neuron)[1].rate_type
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
    make = kind_of(neuron)[1].hard
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
    threshold = kind_of(neuron)[1].threshold
    return float(threshold(neuron) if callable(threshold) else threshold)


def _evaluate(neuron: Any, J: ArrayLike, what: str, dt: float) -> NDArray:
    check_neuron(neuron)
    J = checked_array(J, "J", finite=False)
    dt = real(above=0, unit="seconds")(dt, "dt")
    value = getattr(kind_of(neuron)[1], what)(neuron, J, dt)
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


def neuron_to_dict(neuron: nengo.neurons.NeuronType) -> dict[str, Any]:
    """JSON-ready record of type and parameters, noise included.

    Initial voltages are not part of it: they belong to the spiking model.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        A supported neuron.

    Examples
    --------
    >>> neuron_to_dict(nengo.LIFRate(tau_rc=0.05))
    {'type': 'LIFRate', 'tau_rc': 0.05, 'tau_ref': 0.002, 'amplitude': 1.0}
    """
    check_neuron(neuron)
    name, kind = _known(neuron)
    return {"type": name, **{key: _written(key, getattr(neuron, key)) for key in kind.parameters}}


def _known(neuron: nengo.neurons.NeuronType) -> tuple[str, Any]:
    """Name and entry of a neuron that its parameters say all of."""
    name, kind = kind_of(neuron)
    if getattr(neuron, "nengo_dl_noise", None) is not None:
        raise ValidationError(
            f"{name}.nengo_dl_noise is {neuron.nengo_dl_noise!r}; it cannot be written down: "
            "train with nengo_lifdeep.SoftLIF(noise=...) instead"
        )
    return name, kind


def replaced(neuron: nengo.neurons.NeuronType, **changes: Any) -> nengo.neurons.NeuronType:
    """The neuron with other values of some of its parameters.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        A supported neuron. Its initial state is not taken over: it belongs to the spiking model.
    **changes
        New values by name; times in seconds.

    Raises
    ------
    ValidationError
        If the type has no such parameter, or a value is out of bounds.

    Examples
    --------
    >>> replaced(nengo.LIF(tau_rc=0.05), tau_ref=0.001)
    LIF(tau_rc=0.05, tau_ref=0.001)
    """
    name, kind = _known(neuron)
    unknown = sorted(set(changes) - set(kind.parameters))
    if unknown:
        raise ValidationError(
            f"{name} has no parameter {', '.join(unknown)}; expected one of "
            f"{', '.join(kind.parameters) or 'none at all'}"
        )
    values = {key: getattr(neuron, key) for key in kind.parameters} | changes
    check_parameters(name, values)
    return kind.load()(**values)


def _written(key: str, value: Any) -> Any:
    if key == "noise":
        return noise_to_dict(value)
    return neuron_to_dict(value) if key == "base_type" else float(value)


def neuron_from_dict(record: dict[str, Any]) -> nengo.neurons.NeuronType:
    """Inverse of `neuron_to_dict`; parameters that are left out take the type's default.

    Parameters
    ----------
    record : dict
        Type and parameters, as `neuron_to_dict` returns them; times in seconds.

    Examples
    --------
    >>> neuron_from_dict({"type": "LIF", "tau_rc": 0.05})
    LIF(tau_rc=0.05)
    """
    if not isinstance(record, dict):
        raise ValidationError(
            f"neuron record is {shown(record)}; expected a dictionary with a type"
        )
    name = str(record.get("type"))
    if name not in kinds():
        hint = INSTEAD.get(name, "register_neuron(...) it first, or the file is of a newer version")
        raise ValidationError(
            f"neuron type is {record.get('type')!r}; expected one of {', '.join(kinds())}: {hint}"
        )
    kind = kinds()[name]
    values = {key: value for key, value in record.items() if key != "type"}
    unknown = sorted(set(values) - set(kind.parameters))
    if unknown:
        raise ValidationError(f"{name} record has {unknown}; expected {kind.parameters}")
    check_parameters(name, values)
    if "noise" in values:
        values["noise"] = noise_from_dict(values["noise"])
    if "base_type" in values:
        values["base_type"] = neuron_from_dict(values["base_type"])
    return kind.load()(**values)
