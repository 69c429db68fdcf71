"""The table's entries for Nengo's wrappers, which make any rate neuron spike.

`nengo.RegularSpiking` integrates the rate, `nengo.StochasticSpiking` rounds it at random in every
step, `nengo.PoissonSpiking` draws the spikes of a Poisson process. All have the mean of the
wrapped neuron's rate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nengo
from numpy.typing import NDArray

from ..errors import ValidationError
from .kinds import NeuronKind, add_kind, kind_of

__all__ = ["WRAPPERS", "check_base", "wrapped_by"]

#: names by which `convert` knows them
WRAPPERS = {
    "regular": nengo.RegularSpiking,
    "stochastic": nengo.StochasticSpiking,
    "poisson": nengo.PoissonSpiking,
}


def wrapped_by(name: str, rate_neuron: Any) -> Any:
    """The rate neuron inside the wrapper of that name.

    Parameters
    ----------
    name : "regular", "stochastic" or "poisson"
        The wrapper.
    rate_neuron : nengo.neurons.NeuronType
        The rate neuron.

    Raises
    ------
    ValidationError
        If there is no such wrapper.

    Examples
    --------
    >>> wrapped_by("poisson", nengo.LIFRate())
    PoissonSpiking(base_type=LIFRate())
    """
    if name not in WRAPPERS:
        raise ValidationError(
            f"neuron is {name!r}; expected a spiking neuron type, or one of {', '.join(WRAPPERS)}"
        )
    return WRAPPERS[name](rate_neuron)


def check_base(neuron: Any) -> None:
    """Refuse wrappers around what spikes by itself, or is not known.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        The neuron inside the wrapper.
    """
    base = neuron.base_type
    if kind_of(base).spiking is None:
        raise ValidationError(
            f"{neuron!r} wraps {type(base).__name__}, which spikes by itself; wrap its rate "
            "counterpart"
        )


def _inner(what: str) -> Callable[[Any, Any, float], NDArray]:
    def evaluate(neuron: Any, J: Any, dt: float) -> NDArray:
        base = neuron.base_type
        value = getattr(kind_of(base), what)(base, J, dt)
        return float(getattr(base, "amplitude", 1.0)) * value

    return evaluate


def _threshold(neuron: Any) -> float:
    threshold = kind_of(neuron.base_type).threshold
    return threshold(neuron.base_type) if callable(threshold) else threshold


def _faster(neuron: Any, factor: float) -> Any:
    base = neuron.base_type
    faster = kind_of(base).faster
    if faster is None:  # a linear neuron: its output is its rate
        return type(neuron)(type(base)(amplitude=base.amplitude * factor), neuron.amplitude)
    return type(neuron)(faster(base, factor), neuron.amplitude)


for _cls in WRAPPERS.values():
    add_kind(
        _cls.__name__,
        NeuronKind(
            (lambda cls: lambda: cls)(_cls),
            ("base_type", "amplitude"),
            _inner("rate"),
            _inner("slope"),
            rate_type=lambda neuron: neuron.base_type,
            threshold=_threshold,
            faster=_faster,
        ),
    )
