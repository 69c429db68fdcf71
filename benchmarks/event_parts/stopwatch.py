"""Time of every population in an engine, and several measurements in turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nengo_lifdeep.simulators.events.activity import Chunk, Spikes
from nengo_lifdeep.simulators.events.compiled import CompiledEngine
from nengo_lifdeep.simulators.events.plan import Target

__all__ = ["TimedEngine", "in_turns"]


class TimedEngine(CompiledEngine):
    """The compiled engine, noting in ``seconds`` what each population took in the last run.

    ``seconds["output"]`` is the time of the read-out, ``trains`` are the spikes of that run.
    """

    seconds: dict[str, float]
    trains: dict[str, Spikes]

    def run(self, inputs: np.ndarray, *args: Any, **options: Any) -> Chunk:
        """As `CompiledEngine.run`."""
        self.seconds = {}
        return super().run(inputs, *args, **options)

    def _run(
        self, target: Target, inputs: Any, restart: bool, spikes: Any, totals: Any, routes: Any
    ) -> None:
        start = time.perf_counter()
        super()._run(target, inputs, restart, spikes, totals, routes)
        self.seconds[target.name] = time.perf_counter() - start
        self.trains = spikes

    def _currents_into(self, scores: Any, target: Target, *args: Any, **options: Any) -> None:
        start = time.perf_counter()
        super()._currents_into(scores, target, *args, **options)
        if target.name == "output":
            self.seconds["output"] = time.perf_counter() - start


def in_turns(
    calls: Mapping[Any, Callable[[], float]], rounds: int, warm_up: int = 1
) -> dict[Any, np.ndarray]:
    """What each call returns, ``(round,)``: one after another in every round.

    A busy machine then slows all of them alike. Rounds to warm up are not among the results.
    """
    results: dict[Any, list[float]] = {name: [] for name in calls}
    for i in range(warm_up + rounds):
        for name, call in calls.items():
            value = call()
            if i >= warm_up:
                results[name].append(value)
    return {name: np.array(values) for name, values in results.items()}
