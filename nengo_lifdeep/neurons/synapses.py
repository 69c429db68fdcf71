"""The synapses a converted network may have: none, lowpass, alpha."""

from __future__ import annotations

from typing import Any

import nengo

from ..errors import ConversionError, ModelFileError, ValidationError
from ..support.checks import is_real, real, shown
from ..support.time_units import refuse_long

__all__ = [
    "SYNAPSE_TYPES",
    "as_synapse",
    "chip_synapse",
    "require_plain",
    "synapse_from_dict",
    "synapse_label",
    "synapse_to_dict",
]

SYNAPSE_TYPES: dict[str, type[nengo.synapses.Synapse]] = {
    "alpha": nengo.Alpha,
    "lowpass": nengo.Lowpass,
}


def as_synapse(value: Any) -> nengo.synapses.Synapse | None:
    """A synapse from what a user may write for one.

    Parameters
    ----------
    value : nengo.Alpha, nengo.Lowpass, float or None
        A number is the time constant of an alpha synapse in seconds, as in the papers; 0 and
        None mean no synapse.

    Raises
    ------
    ConversionError
        For any other synapse type.
    ValidationError
        For a negative time constant, or one above 1 s (5 for 5 ms).

    Examples
    --------
    >>> as_synapse(0.003)
    Alpha(tau=0.003)
    """
    if value is None:
        return None
    if is_real(value):
        value = nengo.Alpha(real(0, unit="seconds")(value, "synapse"))
    if type(value) not in SYNAPSE_TYPES.values():
        raise ConversionError(
            f"synapse is {shown(value)}; expected nengo.Alpha, nengo.Lowpass, a time constant in "
            "seconds, or None"
        )
    if not value.tau >= 0:
        raise ValidationError(f"synapse {value!r} has time constant {value.tau} s; expected >= 0")
    refuse_long(value.tau, "synapse")
    return value if value.tau > 0 else None


def require_plain(synapse: nengo.synapses.Synapse | None, where: str, what: str) -> None:
    """Refuse synapses other than alpha, lowpass and none, where a time constant has to say all.

    Simulators that take any of Nengo's synapses run others all the same.

    Parameters
    ----------
    synapse : nengo.synapses.Synapse or None
        The synapse.
    where : str
        Whose it is, for the message.
    what : str
        What cannot be done with it, for the message.

    Raises
    ------
    ConversionError
        For any other type.
    """
    if synapse is not None and type(synapse) not in SYNAPSE_TYPES.values():
        raise ConversionError(
            f"{where}: its synapse is {synapse!r}, {what}; expected nengo.Alpha, nengo.Lowpass or "
            "None. Others run in simulator='nengo' as they are"
        )


def synapse_to_dict(
    synapse: nengo.synapses.Synapse | None, where: str = "synapse"
) -> dict[str, Any] | None:
    """A JSON-ready description of a synapse.

    Parameters
    ----------
    synapse : nengo.Lowpass, nengo.Alpha or None
        The synapse.
    where : str
        Whose it is, for the message.

    Raises
    ------
    ConversionError
        For any other type.
    """
    if synapse is None:
        return None
    require_plain(synapse, where, "which files cannot hold")
    kind = next(k for k, cls in SYNAPSE_TYPES.items() if type(synapse) is cls)
    return {"type": kind, "tau": synapse.tau}


def synapse_from_dict(data: dict[str, Any] | None) -> nengo.synapses.Synapse | None:
    """The synapse that `synapse_to_dict` described.

    Parameters
    ----------
    data : dict or None
        The description, with ``tau`` in seconds.
    """
    if data is None:
        return None
    if data["type"] not in SYNAPSE_TYPES:
        raise ModelFileError(f"unknown synapse {data['type']!r}; the file is from a newer version")
    return SYNAPSE_TYPES[data["type"]](data["tau"])


def synapse_label(synapse: nengo.synapses.Synapse | None) -> str:
    """Short text for tables, e.g. ``"alpha 5 ms"``.

    Parameters
    ----------
    synapse : nengo.synapses.Synapse or None
        The synapse; those without a name here are written as Nengo writes them.
    """
    if synapse is None:
        return "none"
    kinds = [kind for kind, cls in SYNAPSE_TYPES.items() if type(synapse) is cls]
    return f"{kinds[0]} {1e3 * synapse.tau:g} ms" if kinds else repr(synapse)


def chip_synapse(value: Any) -> nengo.synapses.Synapse | None:
    """The lowpass synapse with the same mean delay: alpha's is twice its time constant.

    Loihi has lowpass synapses only.

    Parameters
    ----------
    value : float, nengo.Lowpass, nengo.Alpha or None
        The synapse; a number is the time constant of an alpha synapse, in seconds.

    Examples
    --------
    >>> chip_synapse(0.003)
    Lowpass(tau=0.006)
    """
    synapse = as_synapse(value)
    if isinstance(synapse, nengo.Alpha):
        return nengo.Lowpass(2 * synapse.tau)
    return synapse
