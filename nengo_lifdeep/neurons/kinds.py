"""The table of supported neuron types; `register_neuron` adds an entry."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import nengo
from numpy.typing import NDArray

from ..errors import ValidationError
from ..support.checks import (
    by_name,
    check_fields,
    checked,
    checked_names,
    function,
    instance,
    optional,
    real,
    shown,
)
from .bounds import BOUNDS, Bound

__all__ = ["INSTEAD", "NeuronKind", "add_kind", "kind_of", "kinds", "register_neuron"]

#: what to use instead of types that no entry describes
INSTEAD = {
    "AdaptiveLIFRate": "its rate depends on its past; use nengo_lifdeep.neurons.SoftAdaptiveLIF",
    "SoftLIFRate": "use nengo_lifdeep.SoftLIF with the same tau_rc, tau_ref, sigma and amplitude",
    "LeakyReLU": "use nengo.RectifiedLinear",
    "SpikingLeakyReLU": "use nengo.SpikingRectifiedLinear",
    "ThetaPulse": "it sends pulses, not spikes; use nengo_lifdeep.neurons.Theta",
}


@dataclasses.dataclass(frozen=True)
class NeuronKind:
    """One neuron type.

    Attributes
    ----------
    load : callable
        ``() -> type``; NengoLoihi's are imported only when they are asked for.
    parameters : tuple of str
        Constructor arguments that define it, as they are written to files.
    rate, slope : callable
        ``(neuron, J, dt) -> array``: rate in Hz at constant current and its derivative, without the
        amplitude.
    twin : callable or None
        ``(tf, J, neuron, dt) -> (rate, slope)`` in TensorFlow operations; None for types that are
        not trained.
    spiking : callable or None
        ``neuron -> neuron``, the spiking counterpart; None for those that spike themselves.
    rate_type : callable or None
        ``neuron -> neuron``, of spiking types: the rate counterpart.
    hard : callable or None
        ``neuron -> neuron``, of smoothed types: the same with a hard threshold.
    threshold : float or callable
        Current from which on it fires; initial biases start there.
    faster : callable or None
        ``(neuron, factor) -> neuron``: the neuron that fires ``factor`` times as fast at every
        current; None where the current itself is multiplied, as for linear neurons.
    bounds : dict of str to Bound
        What its parameters may be, instead of `bounds.BOUNDS` or besides.
    """

    load: Callable[[], type]
    parameters: tuple[str, ...]
    rate: Callable[[Any, Any, float], NDArray]
    slope: Callable[[Any, Any, float], NDArray]
    twin: Callable[[Any, Any, Any, float], tuple[Any, Any]] | None = None
    spiking: Callable[[Any], Any] | None = None
    rate_type: Callable[[Any], Any] | None = None
    hard: Callable[[Any], Any] | None = None
    threshold: float | Callable[[Any], float] = 0.0
    faster: Callable[[Any, float], Any] | None = None
    bounds: Mapping[str, Bound] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        maybe = optional(function)
        check_fields(
            self, load=function, parameters=checked_names, rate=function, slope=function,
            twin=maybe, spiking=maybe, rate_type=maybe, hard=maybe, threshold=_threshold,
            faster=maybe, bounds=_bounds,
        )  # fmt: skip
        usual = {name: BOUNDS[name] for name in self.parameters if name in BOUNDS}
        object.__setattr__(self, "bounds", {**usual, **self.bounds})


def _bounds(value: Any, what: str) -> Mapping[str, Bound]:
    return by_name(instance(Bound))(value, what)


def _threshold(value: Any, what: str) -> Any:
    return value if callable(value) else real()(value, what)


_KINDS: dict[str, NeuronKind] = {}


def add_kind(name: str, kind: NeuronKind) -> None:
    """Put an entry into the table, under the class's name.

    Parameters
    ----------
    name : str
        Name of the class.
    kind : NeuronKind
        The entry.
    """
    _KINDS[name] = kind


def kinds() -> dict[str, NeuronKind]:
    """All entries, by class name."""
    return dict(_KINDS)


def kind_of(neuron: Any) -> NeuronKind:
    """The entry of a neuron's type.

    Types are matched exactly, never by inheritance: a subclass may fire otherwise.

    Parameters
    ----------
    neuron : object
        The neuron.

    Raises
    ------
    ValidationError
        If there is no entry; the message names what to use.
    """
    name = type(neuron).__name__
    kind = _KINDS.get(name)
    if kind is None or not (_same_home(neuron, name) and type(neuron) is kind.load()):
        hint = INSTEAD.get(name, "use a type from that list, or register_neuron(...) your own")
        raise ValidationError(
            f"neuron type is {shown(neuron)}; expected one of {', '.join(_KINDS)}: {hint}"
        )
    return kind


def _same_home(neuron: Any, name: str) -> bool:
    """Avoids importing NengoLoihi to compare a type that is not one of its own."""
    return not name.startswith("Loihi") or type(neuron).__module__ == "nengo_loihi.neurons"


@checked(parameters=checked_names, twin=function, threshold=real())
def register_neuron(
    cls: Any,
    *,
    parameters: tuple[str, ...],
    rate: Callable[[Any, Any, float], NDArray],
    slope: Callable[[Any, Any, float], NDArray],
    twin: Callable[[Any, Any, Any, float], tuple[Any, Any]],
    spiking: Callable[[Any], Any] | None = None,
    threshold: float = 0.0,
    faster: Callable[[Any, float], Any] | None = None,
) -> None:
    """Teach the toolkit a rate neuron of your own: train, convert, save and run it.

    Parameters
    ----------
    cls : type
        A `nengo.neurons.NeuronType` whose ``step`` writes its rate times its amplitude (if it has
        one). Files hold its name; register it before you load them.
    parameters : tuple of str
        Constructor arguments that define it.
    rate, slope : callable
        ``(neuron, J, dt) -> array``: rate in Hz and its derivative by the current, without the
        amplitude.
    twin : callable
        ``(tf, J, neuron, dt) -> (rate, slope)``: the same in TensorFlow operations.
    spiking : callable, optional
        ``neuron -> neuron``: what spikes in its place; `nengo.RegularSpiking` around it by default.
    threshold : float
        Current from which on it fires; biases start there.
    faster : callable, optional
        ``(neuron, factor) -> neuron``, for ``scale_firing_rates``; without, currents are
        multiplied, which is right for linear neurons only.

    Raises
    ------
    ValidationError
        If ``cls`` is no neuron type, spikes itself, or another class of its name is known.

    Examples
    --------
    ``docs/adding_a_neuron.md`` adds one step by step.
    """
    if not isinstance(cls, type) or not issubclass(cls, nengo.neurons.NeuronType):
        raise ValidationError(f"cls is {shown(cls)}; expected a class of nengo.neurons.NeuronType")
    if getattr(cls, "spiking", False):
        raise ValidationError(f"{cls!r} spikes; register the rate neuron that is trained")
    known = _KINDS.get(cls.__name__)
    if known is not None and known.load().__module__ != cls.__module__:
        raise ValidationError(f"a neuron type {cls.__name__!r} is known; choose another name")
    add_kind(
        cls.__name__,
        NeuronKind(
            lambda: cls, parameters, rate, slope, twin,
            nengo.RegularSpiking if spiking is None else spiking,
            threshold=threshold, faster=faster,
        ),
    )  # fmt: skip
