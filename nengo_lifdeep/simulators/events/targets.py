"""The sources that drive a population at each step, as single spikes or dense products."""

from __future__ import annotations

import dataclasses
import functools
import math

import numpy as np

from ...layers.types import Shape
from ...stages.types import Stage, apply_stages
from ...support.short_repr import short_repr
from ..vectors.layout import Layout
from .coefficients import NeuronStep
from .links import Pooling
from .synapse_steps import SynapseStep
from .tables import FanOut

__all__ = ["DENSE_PER_ADDITION", "Source", "Target"]

#: Multiply-adds of a dense product that take as long as one addition of a spike's weights.
#: Measured by ``benchmarks/event_routes.py``, see ``docs/decisions/event_simulator.md``.
DENSE_PER_ADDITION = 3.0

#: Additions of a row that take as long as that of a single weight, as stages in a row have them.
_SINGLE = 8

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
        return sum(stage.work for stage in self.stages)

    def event_work(self, n_events: int, n_steps: int) -> float:
        """Expected additions for so many events in so many steps.

        Parameters
        ----------
        n_events : int
            Number of spikes.
        n_steps : int
            Number of steps.
        """
        if self.fan_out is None:
            return math.inf
        if self.pooling.n_cells:
            per_event = len(self.pooling.target) / max(len(self.pooling.first) - 1, 1)
            hits = n_events * per_event / (self.pooling.n_cells * max(n_steps, 1))
            n_events = round(self.pooling.n_cells * n_steps * -math.expm1(-hits))
        single = self.fan_out.length == 1 and len(self.stages) > 1
        return n_events * self.fan_out.mean_additions * (_SINGLE if single else 1)

    def is_dense(self, n_events: int, n_steps: int) -> bool:
        """Whether the dense product is the cheaper way for so many events in so many steps.

        Parameters
        ----------
        n_events : int
            Number of spikes.
        n_steps : int
            Number of steps.
        """
        return self.event_work(n_events, n_steps) * DENSE_PER_ADDITION > self.dense_work * n_steps

    def currents(self, values: np.ndarray) -> np.ndarray:
        """The dense way: ``(n, *pre shape)`` values to ``(n, target neuron)`` currents.

        Parameters
        ----------
        values : (n, *pre shape) array of float
            Values of the source.
        """
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
        at_once = self.synapse.forgets and not self.synapse.delayed
        return at_once and all(s.pre == "input" for s in self.sources)

    @property
    def filters_bias(self) -> bool:
        """Whether the bias goes through the filter too, as neurons' own filters have it."""
        return not self.synapse.delayed and not self.synapse.forgets
