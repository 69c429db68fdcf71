"""The chip's neurons for those of networks that were trained on their spikes."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import nengo
import numpy as np
from nengo.neurons import NeuronType

from ..compat import import_nengo_loihi
from ..models import SpikingModel
from ..neurons.stepping.numbers import step_numbers
from ..neurons.stepping.step_lif import StepLIF
from ..stages.merging import times

__all__ = ["with_chip_neurons"]


def with_chip_neurons(model: SpikingModel, dt: float) -> tuple[SpikingModel, list[str]]:
    """`StepLIF.of_leak` on the chip: the same steps, by NengoLoihi's neuron with scaled currents.

    The chip too leaves a share of the voltage in every step, adds what arrives, compares strictly,
    and resets to 0. Nengo's current adds ``1 - exp(-dt / tau_rc)`` of itself to the voltage, and
    fires at 1; there the weights take the factor. Neurons without leak become integrate-and-fire.
    What is left is the rounding to the chip's integers, and a step of delay per connection.

    Parameters
    ----------
    model : SpikingModel
        The network; its populations on the host stay as they are.
    dt : float
        The step, in seconds.

    Returns
    -------
    model : SpikingModel
        Itself, where there are no such neurons.
    changes : list of str
        What was replaced.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> from nengo_lifdeep import convert
    >>> with_chip_neurons(convert(trained_example()[0]), 0.001)[1]
    []
    """
    factors: dict[str, float] = {}
    populations, changes = list(model.populations), []
    host = {p.name for p in model.on_host}
    for i, population in enumerate(populations):
        found = None if population.name in host else _on_chip(population.neuron, dt)
        if found is None:
            continue
        neuron, factor = found
        factors[population.name] = factor
        bias = population.bias * np.float32(factor)
        populations[i] = dataclasses.replace(population, neuron=neuron, bias=bias)
        changes.append(f"{population.name}: {population.neuron!r} replaced by {neuron!r}")
    if not factors:
        return model, []
    connections = [
        dataclasses.replace(
            c, stages=times(c.stages, c.stages[-1].output_shape, factors.get(c.post, 1.0))
        )
        for c in model.connections
    ]
    replaced = dataclasses.replace(
        model, populations=tuple(populations), connections=tuple(connections)
    )
    return replaced, changes


def _on_chip(neuron: Any, dt: float) -> tuple[NeuronType, float] | None:
    """The chip's neuron and the factor on its currents; None for what it has no neuron for."""
    if type(neuron) is not StepLIF or np.ndim(neuron.tau_mem) or neuron.amplitude != 1:
        return None
    free = math.isinf(neuron.tau_mem)
    unknown = np.any(neuron.tau_syn) or neuron.reset != "zero" or neuron.several or neuron.reaches
    if unknown or (neuron.decay_input and not free):
        return None
    if free:
        return nengo.SpikingRectifiedLinear(), 1 / neuron.threshold
    kept = float(step_numbers(neuron, dt).kept)
    loihi: Any = import_nengo_loihi().neurons.LoihiLIF
    tau_rc = -dt / math.log(kept)
    return (
        loihi(tau_rc=tau_rc, tau_ref=0.0, min_voltage=neuron.min_voltage),
        dt / ((1 - kept) * neuron.threshold),
    )
