"""A spiking network in the form of the event-driven simulator: targets and their sources."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import numpy as np

from ...errors import ConversionError
from ...layers.types import Shape
from ...models import Connection, SpikingModel
from ...models.initial_voltages import initial_voltages
from ...stages.types import (
    AveragePool,
)
from ...support.short_repr import short_repr
from ..vectors.layout import Layout
from .coefficients import current_unit, neuron_step
from .links import no_pooling, pooling
from .ranges import largest_input
from .synapse_steps import SynapseStep, current_step, synapse_step
from .tables import fan_out, joint_fan_out
from .targets import Source, Target

__all__ = ["Plan"]


@dataclasses.dataclass(frozen=True, eq=False)
class Plan:
    """All targets of a model in feed-forward order, the output last.

    Parameters
    ----------
    input_shape : tuple of int
        As in the model.
    targets : tuple of Target
        What is computed, in this order.
    dtype : type
        Numbers it is computed with.
    v_start : callable
        ``indices (image,) -> dict``: by population, voltages at the beginning of images at these
        positions in the data, as `initial_voltages` has them.
    most_start : float
        Highest of these voltages, as a share of the threshold.
    most_input : float
        Largest input value with which no current can overflow.
    """

    input_shape: Shape
    targets: tuple[Target, ...]
    dtype: type[np.floating]
    v_start: Callable[[np.ndarray], dict[str, np.ndarray]]
    most_start: float
    most_input: float

    __repr__ = short_repr

    @classmethod
    def of(cls, model: SpikingModel, dt: float, dtype: type[np.floating], seed: int) -> Plan:
        """Plan a model.

        Parameters
        ----------
        model : SpikingModel
            The network.
        dt : float
            Time step, in seconds.
        dtype : numpy.float32 or numpy.float64
            Type of the numbers.
        seed : int
            Seed of all random numbers.

        Raises
        ------
        ConversionError
            If a population gets currents through different synapses, a population drives an
            earlier one, neurons are not supported here, or currents could overflow.
        """
        with np.errstate(over="ignore"):  # what overflows is refused by name at the end
            return cls._of(model, dt, dtype, seed)

    @classmethod
    def _of(cls, model: SpikingModel, dt: float, dtype: type[np.floating], seed: int) -> Plan:
        known = {"input"}
        targets = []
        for population in model.populations:
            try:
                neuron = neuron_step(population.neuron, dt, dtype)
            except ConversionError as error:
                raise ConversionError(f"{population.name}: {error}") from error
            own = current_step(population.neuron, dt)
            unit = current_unit(population.neuron, dt)
            synapse, sources = _sources(
                model, population.name, population.shape, dt, dtype, known, own, unit
            )
            bias = unit * np.broadcast_to(population.bias, population.shape)
            shared = bool((bias == bias[(0,) * (bias.ndim - 1)]).all())
            targets.append(
                Target(
                    population.name,
                    population.shape,
                    synapse,
                    neuron,
                    bias.ravel().astype(dtype),
                    shared,
                    sources,
                )  # fmt: skip
            )
            known.add(population.name)
        shape = (model.n_classes,)
        synapse, sources = _sources(model, "output", shape, dt, dtype, known)
        bias = model.output_bias.astype(dtype)
        targets.append(Target("output", shape, synapse, None, bias, False, sources))
        start = functools.partial(initial_voltages, model, seed)
        most_start = {"zero": 0.0, "half": 0.5, "uniform": 1.0}[model.initial_voltage]
        most = largest_input(targets, dtype)
        return cls(tuple(model.input_shape), tuple(targets), dtype, start, most_start, most)

    def is_static(self, inputs: np.ndarray) -> bool:
        """Whether ``inputs`` are images, and not images step by step.

        Parameters
        ----------
        inputs : (n, *shape) or (n, step, *shape) array
            Images, or images step by step.
        """
        return inputs.ndim == 1 + len(self.input_shape)

    @property
    def populations(self) -> tuple[Target, ...]:
        """The targets that have neurons."""
        return self.targets[:-1]


def _sources(
    model: SpikingModel, name: str, shape: Shape, dt: float, dtype: type[np.floating], known: set,
    own: SynapseStep | None = None, unit: float = 1.0,
) -> tuple[SynapseStep, tuple[Source, ...]]:  # fmt: skip
    connections = [c for c in model.connections if c.post == name]
    for connection in connections:
        if connection.pre not in known:
            raise ConversionError(
                f"{connection.pre!r} -> {name!r} leads backwards; the event-driven simulator runs "
                "feed-forward networks: use simulator='nengo'"
            )
    synapses = {synapse_step(c.synapse, dt) for c in connections}
    if len(synapses) > 1:
        raise ConversionError(
            f"population {name!r} gets currents through {len(synapses)} different synapses "
            f"({', '.join(str(c.synapse) for c in connections)}); give its connections one, or "
            "use simulator='nengo'"
        )
    synapse = synapses.pop() if synapses else synapse_step(None, dt)
    if own is not None:
        if synapse != synapse_step(None, dt):
            raise ConversionError(
                f"population {name!r} filters its current itself (tau_syn), and its connections "
                "have a synapse too; leave one of them out, or use simulator='nengo'"
            )
        synapse = own
    return synapse, tuple(_source(c, shape, synapse, dt, dtype, unit) for c in connections)


def _source(
    connection: Connection, shape: Shape, synapse: SynapseStep, dt: float,
    dtype: type[np.floating], unit: float,
) -> Source:  # fmt: skip
    stages = connection.stages
    from_input = connection.pre == "input"
    scale = synapse.scale * (unit if from_input else unit / dt)  # a spike is 1/dt high
    pool, table = no_pooling(dtype), None
    *front, last = stages
    fits = Layout.of(last.output_shape) == Layout.of(shape)
    if fits and not front:
        table = fan_out(last, scale, dtype)
    elif not from_input and fits and len(front) == 1 and isinstance(front[0], AveragePool):
        table = fan_out(last, scale, dtype)
        pool = pool if table is None else pooling(front[0], dtype)
    if table is None and not from_input:
        table = joint_fan_out(stages, shape, scale, dtype)
    return Source(connection.pre, stages, scale, pool, table)
