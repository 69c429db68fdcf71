"""One chunk through the compiled engine, stage by stage: every stage as a timed call."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from nengo_lifdeep.simulators.events.activity import Spikes
from nengo_lifdeep.simulators.events.compiled import CompiledEngine
from nengo_lifdeep.simulators.events.kernels import _advance_all
from nengo_lifdeep.simulators.events.plan import Plan, Source, Target

from .stopwatch import TimedEngine

__all__ = ["Stages"]

#: a bias under which no neuron fires, whatever arrives
_SILENCE = -1e4


class Stages:
    """Calls that return seconds, for some images of one network in one thread.

    Parameters
    ----------
    plan : Plan
        The network.
    inputs : (n, *input_shape) array
        Images after preprocessing.
    n_steps : int
        Steps per image.
    """

    def __init__(self, plan: Plan, inputs: np.ndarray, n_steps: int) -> None:
        self.plan, self.inputs, self.n_steps = plan, inputs, n_steps
        self.engine = TimedEngine(plan, n_steps, len(inputs), "events")
        self.silent = CompiledEngine(_silenced(plan), n_steps, len(inputs), "events")
        self.engine.run(inputs)
        self.trains = dict(self.engine.trains)

    @property
    def stepped(self) -> tuple[Target, ...]:
        """Populations that are simulated step by step: all but the first."""
        return self.plan.populations[1:]

    @property
    def steps(self) -> int:
        """Image-steps of one call."""
        return len(self.inputs) * self.n_steps

    def calls(self) -> dict[str, Callable[[], float]]:
        """All stages by name."""
        found: dict[str, Callable[[], float]] = {
            "all": self.whole,
            "first": lambda: self.engine.seconds[self.plan.targets[0].name],
            "read-out": lambda: self.engine.seconds["output"],
            "input currents": self.input_currents,
        }
        for i, target in enumerate(self.stepped, 1):
            name = target.name
            found[f"{name}: real"] = lambda name=name: self.engine.seconds[name]
            found[f"{name}: call"] = self._population(i, heard=False, images=0)
            found[f"{name}: quiet"] = self._population(i, heard=False)
            found[f"{name}: heard"] = self._population(i, heard=True)
            found[f"{name}: update"] = self._update(target)
        return found

    def whole(self) -> float:
        """The chunk as it is run; notes the time of its populations for the other calls."""
        return _timed(lambda: self.engine.run(self.inputs))

    def input_currents(self) -> float:
        """Currents of the first population and who will fire, as the engine finds them."""
        first = self.plan.targets[0]
        return _timed(lambda: self.engine._overdriven(first, self.inputs))

    def _population(self, i: int, heard: bool, images: int | None = None) -> Callable[[], float]:
        """One population that never fires, with the real spikes arriving or none."""
        target = self.silent.plan.targets[i]
        inputs = self.inputs[:images]
        steps = len(inputs) * self.n_steps
        trains = dict(self.trains) if heard else dict.fromkeys(self.trains, self._nothing(steps))
        trains[target.name] = Spikes(*self.silent.room[target.name], np.zeros(steps + 1, np.int64))
        totals = np.zeros(target.n_neurons, np.int64)
        return lambda: _timed(lambda: self.silent._run(target, inputs, True, trains, totals, {}))

    def _nothing(self, steps: int) -> Spikes:
        neuron, repeats = self.trains[self.plan.targets[0].name][:2]
        return Spikes(neuron[:0], repeats[:0], np.zeros(steps + 1, np.int64))

    def _update(self, target: Target) -> Callable[[], float]:
        """Nothing but the pass over all neurons, as often as there are image-steps."""
        state, bias = self.silent.states[target.name], self.silent.bias[target.name]
        synapse, neuron, width = target.synapse, target.neuron, target.layout.width
        assert neuron is not None
        numbers = (
            synapse.decay, synapse.coupling, neuron.keep, neuron.gain, neuron.j_min,
            neuron.v_min, neuron.threshold,
        )  # fmt: skip
        stride = 0 if target.shares_bias else width

        def call() -> None:
            for array in (state.v, state.p, state.q):
                array[:] = 0
            _passes(
                self.steps, state.v, state.p, state.q, bias, stride, width, numbers, state.above
            )

        return lambda: _timed(call)

    def spikes(self, name: str) -> int:
        """Spikes of a population in the chunk."""
        return int(self.trains[name].first[-1])

    def additions(self, target: Target) -> float:
        """Weights that the spikes arriving at a target add, filling included."""
        return sum(self._additions(source) for source in target.sources)

    def _additions(self, source: Source) -> float:
        train, table = self.trains[source.pre], source.fan_out
        if table is None or source.pooling.n_cells:
            return source.event_work(self.spikes(source.pre), self.steps)
        rows = np.diff(table.first)[train.neuron[: train.first[-1]] // table.channels]
        return float(rows.sum()) * table.length


def _silenced(plan: Plan) -> Plan:
    def silent(target: Target) -> Target:
        return dataclasses.replace(target, bias=np.full_like(target.bias, _SILENCE))

    return dataclasses.replace(plan, targets=tuple(silent(t) for t in plan.targets))


def _timed(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@njit(nogil=True)
def _passes(
    n: int, v: Any, p: Any, q: Any, bias: Any, stride: int, width: int, numbers: Any, above: Any
) -> None:
    for _ in range(n):
        _advance_all(v, p, q, bias, stride, width, numbers, above)
