"""Firing rates times a factor, with every other number adapted."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from numbers import Real
from typing import Any

import nengo
import numpy as np

from ..errors import ValidationError
from ..inputs.recommended import Recommended
from ..models import Population, SpikingModel
from ..neurons.kinds import kind_of
from ..stages.merging import times
from ..support.checks import by_name, real

__all__ = ["factor_or_factors", "scale_rates"]

#: Largest factor on firing rates, up or down: beyond it float32 weights lose what they hold.
_MOST_FACTOR = 1e6


def factor_or_factors(value: Any, what: str) -> Any:
    """Check of an argument: a number, or numbers by name; `scale_rates` sees to their size.

    Parameters
    ----------
    value : float or dict of str to float
        The argument.
    what : str
        Its name, for the message.
    """
    if isinstance(value, Mapping):
        factors = by_name(real(above=0))(value, what)
        inputs = getattr(value, "inputs", None)  # `RateScales` remember their images
        return factors if inputs is None else type(value)(factors, inputs)  # type: ignore[call-arg]
    return real(above=0)(value, what)


def scale_rates(model: SpikingModel, factor: float | Mapping[str, float]) -> SpikingModel:
    """The same network firing ``factor`` times as fast, and answering that much sooner.

    Times that the network recommends are for its own rates, and are forgotten. Time constants are
    divided by the factor, so that ``r(J)`` becomes exactly
    ``factor * r(J)`` at every current (a factor on the current would bend the curve); integrate-
    and-fire neurons get ``factor`` times the current. The next weights are divided by it.

    Parameters
    ----------
    model : SpikingModel
        Network to scale.
    factor : float or dict
        One positive factor for all populations, or population name -> factor.

    Raises
    ------
    ValidationError
        If a factor is not positive or names no population.
    """
    factors = _factors(model, factor)
    if all(f == 1.0 for f in factors.values()):
        return model
    currents = {p.name: factors[p.name] if _is_linear(p.neuron) else 1.0 for p in model.populations}
    populations = tuple(
        dataclasses.replace(
            p,
            neuron=p.neuron if _is_linear(p.neuron) else _faster(p, factors[p.name]),
            bias=p.bias * np.float32(currents[p.name]),
        )
        for p in model.populations
    )
    connections = []
    for c in model.connections:
        gain = currents.get(c.post, 1.0) / factors.get(c.pre, 1.0)
        stages = c.stages if gain == 1.0 else times(c.stages, c.stages[-1].output_shape, gain)
        connections.append(dataclasses.replace(c, stages=stages))
    return dataclasses.replace(
        model, populations=populations, connections=tuple(connections),
        provenance=Recommended.removed(model.provenance),
    )  # fmt: skip


def _factors(model: SpikingModel, factor: float | Mapping[str, float]) -> dict[str, float]:
    names = [p.name for p in model.populations]
    given = dict(factor) if isinstance(factor, Mapping) else dict.fromkeys(names, factor)
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise ValidationError(f"scale_firing_rates names {unknown}; the populations are {names}")
    for name, value in given.items():
        if not (isinstance(value, Real) and 1 / _MOST_FACTOR <= value <= _MOST_FACTOR):
            raise ValidationError(
                f"scale_firing_rates is {value!r} for {name!r}; expected a positive number from "
                f"{1 / _MOST_FACTOR:g} to {_MOST_FACTOR:g}"
            )
    return {name: float(given.get(name, 1.0)) for name in names}


def _is_linear(neuron: nengo.neurons.NeuronType) -> bool:
    return kind_of(neuron).faster is None


def _faster(population: Population, factor: float) -> nengo.neurons.NeuronType:
    faster = kind_of(population.neuron).faster
    assert faster is not None
    return faster(population.neuron, factor)
