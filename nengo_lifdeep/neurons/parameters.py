"""A neuron as its parameters: its record, and the same neuron with other values."""

from __future__ import annotations

from typing import Any

import nengo
import numpy as np

from ..errors import ValidationError
from ..noise import noise_from_dict, noise_to_dict
from ..support.checks import shown
from .bounds import check_parameters
from .counterparts import check_neuron
from .kinds import INSTEAD, NeuronKind, kind_of, kinds

__all__ = ["neuron_from_dict", "neuron_to_dict", "replaced", "retyped"]


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
    written = {k: _written(k, getattr(neuron, k)) for k in _known(neuron).parameters}
    return {"type": type(neuron).__name__, **written}


def _known(neuron: nengo.neurons.NeuronType) -> NeuronKind:
    """Entry of a neuron that its parameters say all of."""
    kind = kind_of(neuron)
    if getattr(neuron, "nengo_dl_noise", None) is not None:
        raise ValidationError(
            f"{type(neuron).__name__}.nengo_dl_noise is {neuron.nengo_dl_noise!r}; it cannot be "
            "written down: train with nengo_lifdeep.SoftLIF(noise=...) instead"
        )
    return kind


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
    name, kind = type(neuron).__name__, _known(neuron)
    unknown = sorted(set(changes) - set(kind.parameters))
    if unknown:
        raise ValidationError(
            f"{name} has no parameter {', '.join(unknown)}; expected one of "
            f"{', '.join(kind.parameters) or 'none at all'}"
        )
    values = {key: getattr(neuron, key) for key in kind.parameters} | changes
    check_parameters(name, values, kind.bounds)
    return kind.load()(**values)


def retyped(neuron: nengo.neurons.NeuronType, name: str) -> nengo.neurons.NeuronType:
    """The neuron of another type with the same parameters.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        A supported neuron. Its initial state is not taken over.
    name : str
        Name of the type.

    Raises
    ------
    ValidationError
        If there is no such type, or it has other parameters.

    Examples
    --------
    >>> retyped(nengo.LIFRate(tau_rc=0.05), "LIF")
    LIF(tau_rc=0.05)
    """
    values = {key: getattr(neuron, key) for key in _known(neuron).parameters}
    kind = kinds().get(name)
    if kind is None or not set(values) <= set(kind.parameters):
        able = [k for k, other in kinds().items() if set(values) <= set(other.parameters)]
        raise ValidationError(
            f"there is no neuron type {name!r} with the parameters of {neuron!r}; expected one of "
            f"{', '.join(able)}"
        )
    check_parameters(name, values, kind.bounds)
    return kind.load()(**values)


def _written(key: str, value: Any) -> Any:
    if key == "noise":
        return noise_to_dict(value)
    if isinstance(value, str | bool):
        return value
    if isinstance(value, np.ndarray):
        return value.tolist()
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
    check_parameters(name, values, kind.bounds)
    if "noise" in values:
        values["noise"] = noise_from_dict(values["noise"])
    if "base_type" in values:
        values["base_type"] = neuron_from_dict(values["base_type"])
    return kind.load()(**values)
