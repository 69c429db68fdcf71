"""A spiking network as the event-driven simulator sees it: targets, and what drives each."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable

import numpy as np

from ...errors import ConversionError
from ...initial_voltages import initial_voltages
from ...layers import Shape
from ...models import Connection, SpikingModel
from ...short_repr import short_repr
from ...transforms import (
    AveragePool,
    Convolution,
    Elementwise,
    LocalWindows,
    Stage,
    apply_stages,
)
from .coefficients import NeuronStep, SynapseStep, neuron_step, synapse_step
from .layout import Layout
from .ranges import largest_input
from .tables import FanOut, Pooling, fan_out, no_pooling, pooling

__all__ = ["Plan", "Source", "Target"]

#: Multiply-adds of a dense product that take as long as one addition of a spike's weights.
#: Measured by ``benchmarks/event_routes.py``, see ``docs/decisions/event_simulator.md``.
DENSE_PER_ADDITION = 3.0

#: Rows (images or steps) whose product is formed at a time: few enough for the cache. It is always
#: this number, filled up with zeros, since products of other shapes may be summed in other orders.
_ROWS = 16


@dataclasses.dataclass(frozen=True, eq=False)
class Source:
    """One connection into a target.

    Parameters
    ----------
    pre : str
        Population or ``"input"``.
    stages : tuple of Stage
        The linear stages.
    scale : float
        Factor on what they give, from spikes (or inputs) to the synapse's first number.
    pooling, fan_out : Pooling, FanOut or None
        Tables for single spikes; ``fan_out`` is None where there is only the dense way.
    """

    pre: str
    stages: tuple[Stage, ...]
    scale: float
    pooling: Pooling
    fan_out: FanOut | None

    __repr__ = short_repr

    @functools.cached_property
    def dense_work(self) -> int:
        """Multiply-adds of one step's dense product."""
        return sum(_work(stage) for stage in self.stages)

    def event_work(self, n_events: int, n_steps: int) -> float:
        """Expected additions for so many events in so many steps."""
        if self.fan_out is None:
            return math.inf
        if self.pooling.n_cells:
            per_event = len(self.pooling.target) / max(len(self.pooling.first) - 1, 1)
            hits = n_events * per_event / (self.pooling.n_cells * max(n_steps, 1))
            n_events = round(self.pooling.n_cells * n_steps * -math.expm1(-hits))
        return n_events * self.fan_out.mean_additions

    def is_dense(self, n_events: int, n_steps: int) -> bool:
        """Whether the dense product is the cheaper way for so many events in so many steps."""
        return self.event_work(n_events, n_steps) * DENSE_PER_ADDITION > self.dense_work * n_steps

    def currents(self, values: np.ndarray) -> np.ndarray:
        """The dense way: ``(n, *pre shape)`` values to ``(n, target neuron)`` currents."""
        n = len(values)
        filled = np.zeros((-(-n // _ROWS) * _ROWS, *self.stages[0].input_shape), values.dtype)
        filled[:n] = values.reshape(n, *self.stages[0].input_shape)
        starts = range(0, len(filled), _ROWS)
        parts = [apply_stages(self.stages, filled[i : i + _ROWS]) for i in starts]
        found = np.concatenate(parts) if len(parts) > 1 else parts[0]
        found = found.reshape(len(filled), -1)[:n]
        return found if self.scale == 1 else found * values.dtype.type(self.scale)


@dataclasses.dataclass(frozen=True, eq=False)
class Target:
    """A population, or the output, and everything that decides its steps.

    Parameters
    ----------
    name : str
        Of the population, or ``"output"``.
    shape : tuple of int
        As in the model.
    synapse : SynapseStep
        Common to all sources.
    neuron : NeuronStep or None
        None for the output.
    bias : (neuron,) array
        Constant currents.
    shares_bias : bool
        Whether all pixels have the same.
    sources : tuple of Source
        What drives it.
    """

    name: str
    shape: Shape
    synapse: SynapseStep
    neuron: NeuronStep | None
    bias: np.ndarray
    shares_bias: bool
    sources: tuple[Source, ...]

    __repr__ = short_repr

    @property
    def layout(self) -> Layout:
        """How it lies in memory."""
        return Layout.of(self.shape)

    @property
    def n_neurons(self) -> int:
        """Number of neurons (of classes, for the output)."""
        return math.prod(self.shape)

    @property
    def only_input(self) -> bool:
        """Whether nothing but the input drives it, and without a synapse."""
        return all(s.pre == "input" for s in self.sources) and not self.synapse.delayed


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
    random_start : bool
        Whether those differ between images.
    most_input : float
        Largest input value with which no current can overflow.
    """

    input_shape: Shape
    targets: tuple[Target, ...]
    dtype: type[np.floating]
    v_start: Callable[[np.ndarray], dict[str, np.ndarray]]
    random_start: bool
    most_input: float

    __repr__ = short_repr

    @classmethod
    def of(cls, model: SpikingModel, dt: float, dtype: type[np.floating], seed: int) -> Plan:
        """Plan a model.

        Raises
        ------
        ConversionError
            If a population gets currents through different synapses, a population drives one in
            front of it, its neurons are none that are computed here, or currents could overflow.
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
            synapse, sources = _sources(model, population.name, population.shape, dt, dtype, known)
            bias = np.broadcast_to(population.bias, population.shape)
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
        uniform = model.initial_voltage == "uniform"
        most = largest_input(targets, dtype)
        return cls(tuple(model.input_shape), tuple(targets), dtype, start, uniform, most)

    def is_static(self, inputs: np.ndarray) -> bool:
        """Whether ``inputs`` are images, and not images step by step."""
        return inputs.ndim == 1 + len(self.input_shape)

    @property
    def populations(self) -> tuple[Target, ...]:
        """The targets that have neurons."""
        return self.targets[:-1]


def _sources(
    model: SpikingModel, name: str, shape: Shape, dt: float, dtype: type[np.floating], known: set
) -> tuple[SynapseStep, tuple[Source, ...]]:
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
    return synapse, tuple(_source(c, shape, synapse, dt, dtype) for c in connections)


def _source(
    connection: Connection, shape: Shape, synapse: SynapseStep, dt: float, dtype: type[np.floating]
) -> Source:
    stages = connection.stages
    from_input = connection.pre == "input"
    scale = synapse.scale if from_input else synapse.scale / dt  # a spike is 1/dt high
    pool, table = no_pooling(dtype), None
    *front, last = stages
    fits = Layout.of(last.output_shape) == Layout.of(shape)
    if fits and not front:
        table = fan_out(last, scale, dtype)
    elif not from_input and fits and len(front) == 1 and isinstance(front[0], AveragePool):
        table, pool = fan_out(last, scale, dtype), pooling(front[0], dtype)
    return Source(connection.pre, stages, scale, pool, table)


def _work(stage: Stage) -> int:
    """Multiply-adds of one application, padding counted as the dense product counts it."""
    outputs = math.prod(stage.output_shape)
    if isinstance(stage, AveragePool):
        return outputs * math.prod(stage.pool_size)
    if isinstance(stage, Convolution):
        return outputs * math.prod(stage.kernel.shape[:-1])
    if isinstance(stage, LocalWindows):
        return outputs * stage.kernel.shape[2]
    if isinstance(stage, Elementwise):
        return outputs
    return outputs * math.prod(stage.input_shape)
