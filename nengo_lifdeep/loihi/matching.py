"""Whether a plan was made for the network that is to run."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ValidationError
from ..models import SpikingModel
from ..stages.types import Stage
from .lowering import lowered
from .plan import Plan

__all__ = ["require_same_network"]


def require_same_network(plan: Plan, model: SpikingModel, dt: float) -> None:
    """Refuse to run a plan for a network for which it was not made.

    Parameters
    ----------
    plan : Plan
        It holds the network it was made for, in the chip's stages.
    model : SpikingModel
        The network that is to run: the plan's own, or the one before it was lowered.
    dt : float
        Step in seconds.

    Raises
    ------
    ValidationError
        If name, step, shapes, neurons, stages, weights, biases, synapses or the start of membranes
        differ; it says where.

    Examples
    --------
    >>> from nengo_lifdeep.conversion.swap import convert
    >>> from nengo_lifdeep.loihi.plan import make_plan
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> model = convert(trained_example()[0], synapse=0.005)
    >>> require_same_network(make_plan(model), model, 0.001)
    """
    planned, given = plan.model, model
    if model is not plan.model:
        given = lowered(model, plan.identity_parts)[0]
    if planned.name != given.name or plan.dt != dt:
        raise ValidationError(
            f"the plan is for {planned.name!r} in steps of {plan.dt} s; this is {given.name!r} "
            f"in steps of {dt} s"
        )
    if other := _first_difference(planned, given):
        raise ValidationError(
            f"the plan is for a network {planned.name!r} with other numbers in {other!r} (shapes, "
            "strides, weights, neurons); plan this one (deploy(model)), or run the plan's own "
            "(plan.model)"
        )
    synapses = [[c.synapse for c in m.connections] for m in (planned, given)]
    if synapses[0] != synapses[1]:
        raise ValidationError(
            f"the plan has synapses {synapses[0]}, this run {synapses[1]}; plan with those "
            "(deploy(synapse=...)), and give no tau_s in the presentation"
        )


def _first_difference(planned: SpikingModel, given: SpikingModel) -> str | None:
    """Where two networks differ in shapes, neurons or weights: a population, or the output."""
    if planned is given:
        return None
    found = [_numbers_by_layer(m) for m in (planned, given)]
    names = [*found[0], *(name for name in found[1] if name not in found[0])]
    return next((n for n in names if found[0].get(n) != found[1].get(n)), None)


def _array(stage: Stage, name: str) -> tuple[Any, ...]:
    array = np.asarray(getattr(stage, name))
    return array.shape, array.dtype.str, array.tobytes()


def _numbers_by_layer(model: SpikingModel) -> dict[str, list[Any]]:
    """Everything that decides what a population or the output computes, as comparable values."""
    numbers: dict[str, list[Any]] = {
        p.name: [p.shape, repr(p.neuron), np.asarray(p.bias).tobytes()] for p in model.populations
    }
    numbers["input"] = [model.input_shape, model.initial_voltage]
    numbers["output"] = [np.asarray(model.output_bias).tobytes()]
    for connection in model.connections:
        stages = [
            (type(stage).__name__, stage.options(), *(_array(stage, name) for name in stage.arrays))
            for stage in connection.stages
        ]
        numbers[connection.post].append((connection.pre, stages))
    return numbers
