"""The table's entries for the LIF family and rectified linear neurons, NengoLoihi's included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nengo

from . import rates
from .kinds import NeuronKind, add_kind, kinds
from .loihi import loihi_rates
from .loihi.soft_loihi import SoftLoihiLIF
from .softlif import SoftLIF
from .tensorflow import twins

__all__ = ["divided", "remade"]


def remade(name: str) -> Callable[[Any], Any]:
    """``neuron -> neuron`` of the type of that name, with the parameters that both have.

    Parameters
    ----------
    name : str
        Name of the type, e.g. ``"LIF"``.
    """

    def make(neuron: Any) -> Any:
        kind = kinds()[name]
        shared = [p for p in kind.parameters if hasattr(neuron, p)]
        return kind.load()(**{p: getattr(neuron, p) for p in shared})

    return make


def divided(*names: str) -> Callable[[Any, float], Any]:
    """``(neuron, factor) -> neuron`` with these parameters divided by the factor.

    Parameters
    ----------
    *names : str
        Names of the parameters.
    """

    def make(neuron: Any, factor: float) -> Any:
        kind = kinds()[type(neuron).__name__]
        values = {p: getattr(neuron, p) for p in kind.parameters}
        return type(neuron)(**{**values, **{n: values[n] / factor for n in names}})

    return make


def _loihi(name: str) -> Callable[[], type]:
    def load() -> type:
        from ..compat import import_nengo_loihi

        return getattr(import_nengo_loihi().neurons, name)

    return load


_SOFT = ("tau_rc", "tau_ref", "sigma", "amplitude", "noise")
_LIF = ("tau_rc", "tau_ref", "min_voltage", "amplitude")
_FASTER = divided("tau_rc", "tau_ref")

#: rate, slope and twin, of the rate neuron as of the spiking one
_LIF_CURVE: tuple[Any, Any, Any] = (
    lambda n, J, dt: rates.lif_rate(J, n.tau_rc, n.tau_ref),
    lambda n, J, dt: rates.lif_slope(J, n.tau_rc, n.tau_ref),
    lambda tf, J, n, dt: twins.lif(tf, J, n.tau_rc, n.tau_ref),
)
_RECTIFIED_CURVE: tuple[Any, Any, Any] = (
    lambda n, J, dt: rates.rectified_linear_rate(J),
    lambda n, J, dt: rates.rectified_linear_slope(J),
    twins.rectified_linear,
)

add_kind(
    "SoftLIF",
    NeuronKind(
        lambda: SoftLIF,
        _SOFT,
        lambda n, J, dt: rates.softlif_rate(J, n.tau_rc, n.tau_ref, n.sigma),
        lambda n, J, dt: rates.softlif_slope(J, n.tau_rc, n.tau_ref, n.sigma),
        lambda tf, J, n, dt: twins.softlif(tf, J, n.tau_rc, n.tau_ref, n.sigma),
        remade("LIF"),
        hard=remade("LIFRate"),
        threshold=1.0,
        faster=_FASTER,
    ),
)
add_kind(
    "SoftLoihiLIF",
    NeuronKind(
        lambda: SoftLoihiLIF,
        _SOFT,
        lambda n, J, dt: loihi_rates.loihi_lif_rate(J, n.tau_rc, n.tau_ref, dt),
        lambda n, J, dt: loihi_rates.soft_loihi_lif_slope(J, n.tau_rc, n.tau_ref, n.sigma, dt),
        twins.soft_loihi_lif,
        remade("LoihiLIF"),
        hard=remade("LIFRate"),
        threshold=1.0,
        faster=_FASTER,
    ),
)
add_kind(
    "LIFRate",
    NeuronKind(
        lambda: nengo.LIFRate,
        ("tau_rc", "tau_ref", "amplitude"),
        *_LIF_CURVE,
        remade("LIF"),
        threshold=1.0,
        faster=_FASTER,
    ),
)
add_kind(
    "LIF",
    NeuronKind(
        lambda: nengo.LIF,
        _LIF,
        *_LIF_CURVE,
        rate_type=remade("LIFRate"),
        threshold=1.0,
        faster=_FASTER,
    ),
)
add_kind(
    "LoihiLIF",
    NeuronKind(
        _loihi("LoihiLIF"),
        _LIF,
        lambda n, J, dt: loihi_rates.loihi_lif_rate(J, n.tau_rc, n.tau_ref, dt),
        lambda n, J, dt: loihi_rates.loihi_lif_slope(J, n.tau_rc, n.tau_ref, dt),
        lambda tf, J, n, dt: twins.loihi_lif(tf, J, n.tau_rc, n.tau_ref, dt),
        rate_type=remade("LIFRate"),
        threshold=1.0,
        faster=_FASTER,
    ),
)
add_kind(
    "RectifiedLinear",
    NeuronKind(
        lambda: nengo.RectifiedLinear,
        ("amplitude",),
        *_RECTIFIED_CURVE,
        remade("SpikingRectifiedLinear"),
    ),
)
add_kind(
    "SpikingRectifiedLinear",
    NeuronKind(
        lambda: nengo.SpikingRectifiedLinear,
        ("amplitude",),
        *_RECTIFIED_CURVE,
        rate_type=remade("RectifiedLinear"),
    ),
)
add_kind(
    "LoihiSpikingRectifiedLinear",
    NeuronKind(
        _loihi("LoihiSpikingRectifiedLinear"),
        ("amplitude",),
        lambda n, J, dt: loihi_rates.loihi_integrate_and_fire_rate(J, dt=dt),
        lambda n, J, dt: loihi_rates.loihi_integrate_and_fire_slope(J, dt=dt),
        twins.loihi_rectified_linear,
        rate_type=remade("RectifiedLinear"),
    ),
)
