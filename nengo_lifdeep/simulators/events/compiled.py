"""The compiled engine: layer after layer through the Numba kernels, some images at a time."""

from __future__ import annotations

import numpy as np

from .activity import Chunk, Drive, Spikes, State
from .kernels import constant_spikes, read_out, run_population
from .plan import Plan, Source, Target
from .tables import FanOut

__all__ = ["CompiledEngine"]


class CompiledEngine:
    """Runs chunks of images through a plan; one instance belongs to one thread.

    Parameters
    ----------
    plan : Plan
        What to run.
    n_steps : int
        Steps per image.
    chunk_size : int
        Most images in one chunk.
    route : {"auto", "events", "dense"}
        How spikes become currents: whatever is cheaper for the spikes of the chunk, or always
        one way.
    """

    def __init__(self, plan: Plan, n_steps: int, chunk_size: int, route: str = "auto") -> None:
        self.plan, self.n_steps, self.route = plan, n_steps, route
        dtype = self.dtype = plan.dtype
        self.states, self.buffers, self.bias, self.v_start = {}, {}, {}, {}
        self.no_rows = np.zeros((0, 0), dtype), np.zeros(0, np.int32)
        nothing = np.zeros(0, np.int32)
        self.no_table = FanOut(
            1, nothing, nothing, nothing.astype(np.int64), nothing, nothing.astype(np.int64),
            np.zeros(0, dtype), 0,
        )  # fmt: skip
        n = chunk_size * n_steps
        self.no_spikes = Spikes(nothing, np.zeros(0, dtype), np.zeros(1, np.int64))
        for target in plan.targets:
            layout = target.layout
            cells = max((source.pooling.n_cells for source in target.sources), default=0)
            self.states[target.name] = State.empty(layout.size, cells, dtype)
            self.bias[target.name] = layout.pad(target.bias[None], dtype)[0]
            self.v_start[target.name] = layout.pad(target.v_start[None], dtype)[0]
            self.states[target.name].v[:] = self.v_start[target.name]
            if target.neuron is not None:  # untouched room costs no memory
                room = target.n_neurons * n
                count = np.empty(room if target.neuron.integrates else 0, dtype)
                self.buffers[target.name] = np.empty(room, np.int32), count
        first = plan.targets[0]
        self.scratch = np.empty((2, first.n_neurons * n_steps), np.int32)

    def run(self, inputs: np.ndarray, rasters: int = 0, restart: bool = True) -> Chunk:
        """Run images of shape (n, *input_shape) or (n, n_steps, *input_shape).

        With ``restart`` every image starts from the initial state, otherwise from where the image
        before ended, the first from where the last chunk ended.
        """
        spikes: dict[str, Spikes] = {}
        totals, per_image, routes = {}, {}, {}
        outputs = np.zeros((len(inputs), self.n_steps, self.plan.targets[-1].n_neurons), np.float32)
        for target in self.plan.targets:
            if target.neuron is None:
                drives = tuple(
                    self._drive(s, target, inputs, spikes, routes) for s in target.sources
                )
                read_out(
                    len(inputs), self.n_steps, restart, target.synapse, target.bias, drives,
                    self.states[target.name], outputs.reshape(-1, outputs.shape[2]),
                )  # fmt: skip
                continue
            totals[target.name] = np.zeros(target.n_neurons, np.int64)
            first = np.zeros(len(inputs) * self.n_steps + 1, np.int64)
            spikes[target.name] = Spikes(*self.buffers[target.name], first)
            self._run(target, inputs, restart, spikes, totals[target.name], routes)
            per_image[target.name] = spikes[target.name].per_image(self.n_steps)
        kept = {name: _rasters(s, rasters, self.n_steps) for name, s in spikes.items() if rasters}
        return Chunk(outputs, totals, per_image, kept, routes)

    def _run(
        self, target: Target, inputs: np.ndarray, restart: bool, spikes: dict[str, Spikes],
        totals: np.ndarray, routes: dict[str, bool],
    ) -> None:  # fmt: skip
        neuron, layout = target.neuron, target.layout
        assert neuron is not None
        static = self.plan.is_static(inputs) and target.only_input
        if static and restart and neuron.interpolates:
            current = sum(source.currents(inputs) for source in target.sources) + target.bias
            constant_spikes(
                current, target.v_start, neuron, self.n_steps, spikes[target.name], totals,
                self.scratch,
            )  # fmt: skip
            return
        drives = tuple(self._drive(s, target, inputs, spikes, routes) for s in target.sources)
        run_population(
            len(inputs), self.n_steps, restart, static, target.synapse, neuron,
            self.bias[target.name], 0 if target.shares_bias else layout.width,
            layout.pixels, layout.channels, self.v_start[target.name], drives,
            self.states[target.name], spikes[target.name], totals,
        )  # fmt: skip

    def _drive(
        self, source: Source, target: Target, inputs: np.ndarray, spikes: dict[str, Spikes],
        routes: dict[str, bool],
    ) -> Drive:  # fmt: skip
        steps = len(inputs) * self.n_steps
        if source.pre == "input":
            values, rows = inputs, np.repeat(np.arange(len(inputs)), self.n_steps)
            if not self.plan.is_static(inputs):
                values, rows = inputs.reshape(-1, *self.plan.input_shape), np.arange(steps)
            return self._dense(source, target, self.no_spikes, source.currents(values), rows)
        given = spikes[source.pre]
        dense = self.route == "dense" or source.fan_out is None
        if self.route == "auto" and not dense:
            dense = source.is_dense(int(given.first[-1]), steps)
        routes[f"{source.pre} -> {target.name}"] = dense
        if not dense:
            assert source.fan_out is not None
            return Drive(given, source.pooling, source.fan_out, *self.no_rows)
        n_pre = int(np.prod(source.stages[0].input_shape))
        currents = [
            source.currents(given.dense(start, start + self.n_steps, n_pre, self.dtype))
            for start in range(0, steps, self.n_steps)
        ]
        return self._dense(source, target, given, np.concatenate(currents), np.arange(steps))

    def _dense(
        self, source: Source, target: Target, spikes: Spikes, currents: np.ndarray, rows: np.ndarray
    ) -> Drive:
        padded = target.layout.pad(currents, self.dtype)
        table = source.fan_out or self.no_table
        return Drive(spikes, source.pooling, table, padded, rows.astype(np.int32))


def _rasters(spikes: Spikes, n: int, n_steps: int) -> np.ndarray:
    """Rows (image, step, neuron) of the first ``n`` images."""
    n = min(n, (len(spikes.first) - 1) // n_steps)
    rows = [spikes.raster(i, n_steps) for i in range(n)]
    images = np.repeat(np.arange(n), [len(r) for r in rows])
    return np.column_stack([images, np.concatenate(rows)]).astype(np.int32)
