"""The compiled engine: layer after layer through the Numba kernels, some images at a time."""

from __future__ import annotations

import numpy as np

from ..vectors.layout import aligned
from .activity import Chunk, Drive, Spikes, SpikeTimes, State, least_current
from .coefficients import SILENT, require_current
from .constant import constant_spikes, overdriven
from .kernels import run_population
from .links import no_pooling
from .plan import Plan
from .synapse_steps import SynapseStep, synapse_step
from .tables import no_fan_out
from .targets import Source, Target

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
        self.no_currents = np.zeros((0, 0), dtype), np.zeros(0, np.int32)
        self.no_room = np.zeros(0, np.int32), np.zeros(0, dtype)
        self.states: dict[str, State] = {}
        self.bias: dict[str, np.ndarray] = {}
        self.p_start: dict[str, np.ndarray] = {}
        self.start = plan.v_start(np.zeros(1, np.int64))
        self.streaming = False
        self.room: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for target in plan.targets:
            layout, name = target.layout, target.name
            self.bias[name] = aligned(layout.pad(target.bias[None], dtype)[0], 3)
            self.p_start[name] = -self.bias[name] if target.filters_bias else 0 * self.bias[name]
            self.states[name] = State.empty(layout.size, _cells(target), dtype)
            if target.neuron is not None:  # room that no spike needs costs no memory
                n = target.n_neurons * n_steps * chunk_size
                counts = np.empty(n if target.neuron.integrates else 0, dtype)
                self.room[name] = np.empty(n, np.int32), counts
        self.constant = {
            t.name: self._constant(t, chunk_size)
            for t in plan.populations
            if t.only_input and t.neuron is not None and t.neuron.interpolates
        }
        most = max((t.n_neurons for t in plan.populations if t.name in self.constant), default=0)
        self.scratch = np.empty((2, most * n_steps), np.int32)

    def _constant(self, target: Target, chunk_size: int) -> tuple[np.ndarray, ...]:
        """Scratch, least currents, and room for neurons, of a population that only images drive."""
        neuron, layout = target.neuron, target.layout
        assert neuron is not None
        duration = self.n_steps * neuron.dt
        least = np.full((1, layout.pixels, layout.width), np.inf, self.dtype)
        least[..., : layout.channels] = least_current(
            self.plan.most_start, neuron.tau_rc, duration, self.dtype
        )
        n = target.n_neurons * chunk_size
        currents = aligned(np.zeros(layout.size, self.dtype))
        room = np.empty(n, np.int32), np.empty(n, self.dtype)
        return currents, aligned(least.ravel(), 1), *room

    def run(
        self, inputs: np.ndarray, rasters: int = 0, restart: bool = True,
        indices: np.ndarray | None = None,
    ) -> Chunk:  # fmt: skip
        """Run images.

        Parameters
        ----------
        inputs : (n, *input_shape) or (n, n_steps, *input_shape) array
            Images, shown all the time or step by step.
        rasters : int
            Of how many images every spike is kept.
        restart : bool
            Whether every image starts from the initial state, or from where the one before
            ended (the first one from where the last chunk ended).
        indices : (n,) array of int, optional
            Positions in the data, which decide random initial voltages; 0, 1, ... by default.
        """
        n_steps = self.n_steps
        steps = len(inputs) * n_steps
        spikes: dict[str, Spikes] = {}
        totals: dict[str, np.ndarray] = {}
        routes: dict[str, np.ndarray] = {}
        self.start = self.plan.v_start(np.arange(len(inputs)) if indices is None else indices)
        for target in self.plan.populations:
            name = target.name
            if not restart and not self.streaming:
                self.states[name].v[:] = target.layout.pad(self.start[name][:1], self.dtype)[0]
                self.states[name].p[:] = self.p_start[name]
            totals[name] = np.zeros(target.n_neurons, np.int64)
            spikes[name] = Spikes(*self.room[name], np.zeros(steps + 1, np.int64))
            self._run(target, inputs, restart, spikes, totals[name], routes)
        self.streaming = not restart
        output = self.plan.targets[-1]
        scores = np.zeros((steps, output.n_neurons), self.dtype)
        drive = self._drive(output, inputs, spikes, routes)
        state = self.states[output.name]
        self._currents_into(scores, output, drive, state, output.synapse, len(inputs), restart)
        return Chunk(
            scores.reshape(len(inputs), n_steps, -1).astype(np.float32, copy=False),
            totals,
            {name: s.per_image(n_steps) for name, s in spikes.items()},
            {name: s.rasters(rasters, n_steps) for name, s in spikes.items() if rasters},
            routes,
        )

    def _run(
        self, target: Target, inputs: np.ndarray, restart: bool, spikes: dict[str, Spikes],
        totals: np.ndarray, routes: dict[str, np.ndarray],
    ) -> None:  # fmt: skip
        neuron, layout = target.neuron, target.layout
        assert neuron is not None
        constant = self.plan.is_static(inputs) and target.only_input
        if constant and restart and neuron.interpolates:
            listed = self._overdriven(target, inputs)
            require_current(neuron, 1.0 + listed[1].max(initial=0.0), target.name)
            times = SpikeTimes.of(*listed, self.start[target.name], neuron.tau_rc)
            constant_spikes(times, neuron, self.n_steps, spikes[target.name], totals, self.scratch)
            return
        run_population(
            len(inputs), self.n_steps, restart, constant, target.synapse, neuron,
            self.bias[target.name], 0 if target.shares_bias else layout.width,
            layout.pixels, layout.channels, layout.pad(self.start[target.name], self.dtype),
            self.p_start[target.name], self._drive(target, inputs, spikes, routes),
            self.states[target.name], spikes[target.name], totals, self.no_currents[0],
        )  # fmt: skip
        require_current(neuron, float(self.states[target.name].largest[0]), target.name)

    def _overdriven(
        self, target: Target, inputs: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Neurons that images alone make fire, their currents less one, each image's first."""
        layout, first = target.layout, np.zeros(len(inputs) + 1, np.int64)
        J, least, neurons, overdrive = self.constant[target.name]
        overdriven(
            self._image_drive(target, inputs), self.bias[target.name], least, layout.width,
            layout.channels, J, neurons, overdrive, first,
        )  # fmt: skip
        return neurons[: first[-1]], overdrive[: first[-1]], first

    def _image_drive(self, target: Target, inputs: np.ndarray) -> Drive:
        """Images as a drive, an image per step: of dark ones their bright pixels as events.

        The first source alone may go by events, if that is the cheaper way for the image.
        """
        source, *others = target.sources
        n = len(inputs)
        flat = inputs.reshape(n, -1)
        currents = [(s.currents(inputs), np.arange(n)) for s in others]
        place = np.flatnonzero(flat != 0)
        first = np.searchsorted(place, flat.shape[1] * np.arange(n + 1))
        dense = self._choose(source, np.diff(first), 1)
        if dense.any():
            row = np.where(dense, np.cumsum(dense) - 1, -1)
            currents.append((source.currents(inputs[dense]), row))
        pixel = (place % flat.shape[1]).astype(np.int32)
        lit = Spikes(pixel, np.take(flat, place), first)
        stop = np.where(dense, first[:-1], first[1:])
        table = source.fan_out or no_fan_out(self.dtype)
        values, rows = self._padded(target, currents)
        return Drive(lit, stop, no_pooling(self.dtype), table, values, rows)

    def _drive(
        self,
        target: Target,
        inputs: np.ndarray,
        spikes: dict[str, Spikes],
        routes: dict[str, np.ndarray],
    ) -> Drive:
        """All sources of a target as one drive: one of them by events, the others as currents."""
        steps = len(inputs) * self.n_steps
        by_events: list[Drive] = []
        currents = []
        for source in target.sources:
            if source.pre == "input":
                currents.append(self._input_currents(source, inputs))
                continue
            given = spikes[source.pre]
            events = np.diff(given.first[:: self.n_steps])
            dense = self._choose(source, events, self.n_steps)
            routes[f"{source.pre} -> {target.name}"] = dense
            if dense.any():
                currents.append(self._currents(source, given, dense))
            if source.fan_out is not None and not dense.all():
                stop = np.where(np.repeat(dense, self.n_steps), given.first[:-1], given.first[1:])
                table = source.fan_out
                by_events.append(Drive(given, stop, source.pooling, table, *self.no_currents))
        for drive in by_events[1:]:
            currents.append((self._currents_of(drive, target, steps), np.arange(steps)))
        values, rows = self._padded(target, currents)
        if by_events:
            return by_events[0]._replace(dense=values, rows=rows)
        first = np.zeros(steps + 1, np.int64)
        nothing = Spikes(*self.no_room, first)
        table = no_fan_out(self.dtype)
        return Drive(nothing, first[1:], no_pooling(self.dtype), table, values, rows)

    def _choose(self, source: Source, events: np.ndarray, n_steps: int) -> np.ndarray:
        """Image by image, whether a dense product is the way; of each image's events alone."""
        if source.fan_out is None or self.route != "auto":
            return np.full(len(events), source.fan_out is None or self.route == "dense")
        return np.array([source.is_dense(int(n), n_steps) for n in events])

    def _currents_of(self, drive: Drive, target: Target, steps: int) -> np.ndarray:
        """Events summed up as currents (step, neuron)."""
        layout = target.layout
        summed = np.zeros((steps, layout.size), self.dtype)
        state = State.empty(layout.size, _cells(target), self.dtype)
        at_once = synapse_step(None, 1.0)
        self._currents_into(summed, target, drive, state, at_once, 1, restart=True)
        summed -= self.bias[target.name]
        values = summed.reshape(steps, layout.pixels, layout.width)[..., : layout.channels]
        return values.reshape(steps, -1)

    def _currents_into(
        self, currents: np.ndarray, target: Target, drive: Drive, state: State,
        synapse: SynapseStep, n_images: int, restart: bool,
    ) -> None:  # fmt: skip
        """Write the currents of a target, filtered and with its bias, at every step."""
        layout, name = target.layout, target.name
        nothing = Spikes(*self.no_room, np.zeros(len(currents) + 1, np.int64))
        run_population(
            n_images, len(currents) // n_images, restart, False, synapse, SILENT,
            self.bias[name], layout.width, layout.pixels, layout.channels,
            np.zeros((1, layout.size), self.dtype), np.zeros(layout.size, self.dtype),
            drive, state, nothing, np.zeros(0, np.int64), currents,
        )  # fmt: skip

    def _input_currents(self, source: Source, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self.plan.is_static(inputs):
            return source.currents(inputs), np.repeat(np.arange(len(inputs)), self.n_steps)
        frames = inputs.reshape(-1, *self.plan.input_shape)
        return source.currents(frames), np.arange(len(frames))

    def _currents(
        self, source: Source, spikes: Spikes, images: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The dense way for the marked images, one at a time; no row for the others' steps."""
        n_pre, n_steps = int(np.prod(source.stages[0].input_shape)), self.n_steps
        starts = (n_steps * np.flatnonzero(images)).tolist()
        trains = (spikes.dense(i, i + n_steps, n_pre, self.dtype) for i in starts)
        rows = np.full((len(images), n_steps), -1)
        rows[images] = np.arange(len(starts) * n_steps).reshape(-1, n_steps)
        return np.concatenate([source.currents(train) for train in trains]), rows.ravel()

    def _padded(
        self, target: Target, currents: list[tuple[np.ndarray, np.ndarray]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Currents and which row of them belongs to which step, several of them summed."""
        if not currents:
            return self.no_currents
        values, rows = currents[0]
        if len(currents) > 1:
            summed = np.zeros((len(rows), target.n_neurons), self.dtype)
            for more, of_step in currents:
                summed[of_step >= 0] += more[of_step[of_step >= 0]]
            values, rows = summed, np.arange(len(rows))
        return target.layout.pad(values, self.dtype), rows.astype(np.int32)


def _cells(target: Target) -> int:
    """Cells of the largest pool before a target."""
    return max((source.pooling.n_cells for source in target.sources), default=0)
