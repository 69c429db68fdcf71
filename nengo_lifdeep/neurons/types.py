"""What the supported neuron types are to each other, and what they fire.

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
from . import rates
from .soft_loihi import SoftLoihiLIF
from .softlif import SoftLIF, check_parameters

__all__ = [
    "check_neuron",
    "firing_threshold",
    "hard_counterpart",
    "neuron_from_dict",
    "neuron_rate",
    "neuron_slope",
    "neuron_to_dict",
    "rate_counterpart",
    "spiking_counterpart",
]

# What the helpers know of each type: the parameters that define it, and where it belongs.
# Types are matched exactly, never by inheritance: nengo.AdaptiveLIF is a nengo.LIF to Python,
# but its rate depends on its past. NengoLoihi's are matched by name, so as not to import it.
_PARAMETERS = {
    "SoftLIF": ("tau_rc", "tau_ref", "sigma", "amplitude", "noise"),
    "SoftLoihiLIF": ("tau_rc", "tau_ref", "sigma", "amplitude", "noise"),
    "LIFRate": ("tau_rc", "tau_ref", "amplitude"),
    "LIF": ("tau_rc", "tau_ref", "min_voltage", "amplitude"),
    "LoihiLIF": ("tau_rc", "tau_ref", "min_voltage", "amplitude"),
    "RectifiedLinear": ("amplitude",),
    "SpikingRectifiedLinear": ("amplitude",),
    "LoihiSpikingRectifiedLinear": ("amplitude",),
}
_OURS = {"SoftLIF": SoftLIF, "SoftLoihiLIF": SoftLoihiLIF}
_LIF_FAMILY = ("SoftLIF", "SoftLoihiLIF", "LIFRate", "LIF", "LoihiLIF")
_SPIKING = ("LIF", "LoihiLIF", "SpikingRectifiedLinear", "LoihiSpikingRectifiedLinear")
_INSTEAD = {
    "AdaptiveLIF": "its rate depends on its past; use nengo.LIF",
    "AdaptiveLIFRate": "its rate depends on its past; use nengo.LIFRate",
    "SoftLIFRate": "use nengo_lifdeep.SoftLIF with the same tau_rc, tau_ref, sigma and amplitude",
    "LeakyReLU": "use nengo.RectifiedLinear",
    "SpikingLeakyReLU": "use nengo.SpikingRectifiedLinear",
    "RegularSpiking": "use nengo.LIF or nengo.SpikingRectifiedLinear",
    "PoissonSpiking": "use nengo.LIF or nengo.SpikingRectifiedLinear",
    "StochasticSpiking": "use nengo.LIF or nengo.SpikingRectifiedLinear",
}


def _class(kind: str) -> type:
    if kind in _OURS:
        return _OURS[kind]
    if kind.startswith("Loihi"):
        from ..compat import import_nengo_loihi

        return getattr(import_nengo_loihi().neurons, kind)
    return getattr(nengo, kind)


def _kind(neuron: Any) -> str:
    """Name under which the tables above know ``neuron``, after checking its numbers."""
    cls = type(neuron)
    name = cls.__name__
    home = "nengo_loihi" if name.startswith("Loihi") else "nengo"
    known = cls in _OURS.values() or (name in _PARAMETERS and cls.__module__ == f"{home}.neurons")
    if not known:
        hint = _INSTEAD.get(name, "use a neuron type from that list")
        raise ValidationError(
            f"neuron type is {neuron!r}; expected one of {', '.join(_PARAMETERS)}: {hint}"
        )
    check_parameters(name, {key: getattr(neuron, key) for key in _PARAMETERS[name]})
    return name


def check_neuron(neuron: Any) -> None:
    """Raise `ValidationError` unless ``neuron`` is of a supported type with usable numbers.

    Nengo itself accepts infinite time constants and amplitudes; this does not.

    Examples
    --------
    >>> check_neuron(nengo.LIF())
    """
    _kind(neuron)


def _remake(neuron: Any, kind: str) -> nengo.neurons.NeuronType:
    shared = [name for name in _PARAMETERS[kind] if hasattr(neuron, name)]
    return _class(kind)(**{name: getattr(neuron, name) for name in shared})


def spiking_counterpart(neuron: nengo.neurons.NeuronType) -> nengo.neurons.NeuronType:
    """The spiking neuron with the same parameters; a spiking neuron is its own.

    Examples
    --------
    >>> spiking_counterpart(SoftLIF(tau_rc=0.05, tau_ref=0.001, amplitude=0.063))
    LIF(tau_rc=0.05, tau_ref=0.001, amplitude=0.063)
    """
    kind = _kind(neuron)
    if kind in _SPIKING:
        return neuron
    if kind == "SoftLoihiLIF":
        return _remake(neuron, "LoihiLIF")
    return _remake(neuron, "LIF" if kind in _LIF_FAMILY else "SpikingRectifiedLinear")


def rate_counterpart(neuron: nengo.neurons.NeuronType) -> nengo.neurons.NeuronType:
    """The rate neuron with the same parameters; a rate neuron (`SoftLIF` too) is its own.

    NengoLoihi's types give Nengo's rate types, without the rounding of intervals.

    Examples
    --------
    >>> rate_counterpart(nengo.LIF(tau_rc=0.05))
    LIFRate(tau_rc=0.05)
    """
    kind = _kind(neuron)
    if kind not in _SPIKING:
        return neuron
    return _remake(neuron, "LIFRate" if kind in _LIF_FAMILY else "RectifiedLinear")


def hard_counterpart(neuron: nengo.neurons.NeuronType) -> nengo.neurons.NeuronType:
    """The rate neuron with a hard threshold: `rate_counterpart`, and LIFRate for the soft ones.

    Examples
    --------
    >>> hard_counterpart(SoftLIF(tau_rc=0.05))
    LIFRate(tau_rc=0.05)
    """
    kind = _kind(neuron)
    return _remake(neuron, "LIFRate") if kind in _OURS else rate_counterpart(neuron)


def firing_threshold(neuron: nengo.neurons.NeuronType) -> float:
    """Current above which the hard neuron fires: 1 for the LIF family, 0 for rectified linear.

    Examples
    --------
    >>> firing_threshold(SoftLIF())
    1.0
    """
    return 1.0 if _kind(neuron) in _LIF_FAMILY else 0.0


def _evaluate(neuron: Any, J: ArrayLike, what: str, dt: float) -> NDArray:
    kind = _kind(neuron)
    taus = (neuron.tau_rc, neuron.tau_ref) if kind in _LIF_FAMILY else ()
    if kind == "SoftLIF":
        value = getattr(rates, f"softlif_{what}")(J, *taus, neuron.sigma)
    elif kind == "SoftLoihiLIF" and what == "slope":
        value = rates.soft_loihi_lif_slope(J, neuron.tau_rc, neuron.tau_ref, neuron.sigma, dt)
    elif kind in ("LoihiLIF", "SoftLoihiLIF"):
        value = getattr(rates, f"loihi_lif_{what}")(J, *taus, dt=dt)
    elif kind == "LoihiSpikingRectifiedLinear":
        value = getattr(rates, f"loihi_integrate_and_fire_{what}")(J, dt=dt)
    elif taus:
        value = getattr(rates, f"lif_{what}")(J, *taus)
    else:
        value = getattr(rates, f"rectified_linear_{what}")(J)
    return float(neuron.amplitude) * value


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

    Examples
    --------
    >>> neuron_slope(nengo.RectifiedLinear(amplitude=0.5), [-1.0, 2.0])
    array([0. , 0.5])
    """
    return _evaluate(neuron, J, "slope", dt)


def neuron_to_dict(neuron: nengo.neurons.NeuronType) -> dict[str, Any]:
    """JSON-ready record of type and parameters, noise included.

    Initial voltages are not part of it: they belong to the spiking model.

    Examples
    --------
    >>> neuron_to_dict(nengo.LIFRate(tau_rc=0.05))
    {'type': 'LIFRate', 'tau_rc': 0.05, 'tau_ref': 0.002, 'amplitude': 1.0}
    """
    kind = _kind(neuron)
    if getattr(neuron, "nengo_dl_noise", None) is not None:
        raise ValidationError(
            f"{kind}.nengo_dl_noise is {neuron.nengo_dl_noise!r}; it cannot be written down: "
            "train with nengo_lifdeep.SoftLIF(noise=...) instead"
        )
    record: dict[str, Any] = {"type": kind}
    for name in _PARAMETERS[kind]:
        value = getattr(neuron, name)
        record[name] = noise_to_dict(value) if name == "noise" else float(value)
    return record


def neuron_from_dict(record: dict[str, Any]) -> nengo.neurons.NeuronType:
    """Inverse of `neuron_to_dict`; parameters that are left out take the type's default.

    Examples
    --------
    >>> neuron_from_dict({"type": "LIF", "tau_rc": 0.05})
    LIF(tau_rc=0.05)
    """
    if not isinstance(record, dict):
        raise ValidationError(f"neuron record is {record!r}; expected a dictionary with a type")
    kind = record.get("type")
    if kind not in _PARAMETERS:
        hint = _INSTEAD.get(str(kind), "the file may come from a newer version")
        raise ValidationError(
            f"neuron type is {kind!r}; expected one of {', '.join(_PARAMETERS)}: {hint}"
        )
    values = {key: value for key, value in record.items() if key != "type"}
    unknown = sorted(set(values) - set(_PARAMETERS[kind]))
    if unknown:
        raise ValidationError(f"{kind} record has {unknown}; expected {_PARAMETERS[kind]}")
    check_parameters(kind, values)
    if "noise" in values:
        values["noise"] = noise_from_dict(values["noise"])
    return _class(kind)(**values)
