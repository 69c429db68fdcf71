"""Runs images through host, chip and read-out, and gathers what they did."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ...compat.requirements import require
from ...errors import DeploymentError
from ...models import SpikingModel
from ...presentation import Presentation
from ...records import SpikeRecord
from ..base import Options
from ..collector import SpikeCollector, interruptible
from ..inputs import Inputs
from ..loihi import built
from .host import HostNeurons
from .program import Program

__all__ = ["simulate"]

#: images at a time and thread; their spikes are kept until they are counted
_CHUNK = 8


@dataclasses.dataclass
class ChipState:
    """What the chip remembers: currents, voltages, refractory counts, and spikes under way."""

    u: np.ndarray
    v: np.ndarray
    ref: np.ndarray
    host: np.ndarray
    chip: np.ndarray

    @classmethod
    def at_rest(cls, n: int) -> ChipState:
        """Nothing anywhere."""
        none = np.zeros(0, np.int32)
        return cls(*(np.zeros(n, np.int32) for _ in range(3)), host=none, chip=none)


def simulate(
    model: SpikingModel, inputs: Inputs, presentation: Presentation, options: Options
) -> SpikeRecord:
    """Run the images on the emulated chip.

    Raises
    ------
    DeploymentError
        As the simulator ``"loihi"``; also if something is learned on the chip or noisy.
    ValidationError
        For inputs that change over time.
    MissingDependencyError
        If nengo-loihi, or Numba (``engine="numba"``), is not installed.
    """
    inputs.require_static("loihi-exact", "here it shows each image unchanged")
    if options.target != "sim":
        raise DeploymentError(
            f"target is {options.target!r}; 'loihi-exact' emulates the integers of target='sim'. "
            "Use simulator='loihi' for others"
        )
    run_image = _kernel(options)
    collector = SpikeCollector("loihi-exact", model, presentation, len(inputs))
    with built(model, presentation, options) as chip:
        names = [p.name for p in model.populations[1:]]
        program = Program.of(chip.simulator, {name: chip.spikes[name] for name in names})
        host = HostNeurons(
            model.populations[0], presentation.n_steps, presentation.dt, presentation.reset
        )
        runs = _Runs(model, program, host, run_image, presentation, options)
        runs.compile()
        with interruptible(collector, options.progress) as advance:
            for first, results in runs.all(chip, inputs):
                for i, result in enumerate(results, first):
                    collector.add(result.output[np.newaxis], result.counts)
                    if i < options.rasters:
                        for name, train in result.trains.items():
                            collector.add_raster(name, i, train)
                    advance(1)
    return collector.record(notes=("target sim, emulated exactly", *runs.ledger()))


@dataclasses.dataclass
class _Result:
    """One image: scores at every step, spikes of every neuron, and single spikes if asked for."""

    output: np.ndarray
    counts: dict[str, np.ndarray]
    trains: dict[str, np.ndarray]


class _Runs:
    """The images of a run, one after the other or side by side."""

    def __init__(
        self,
        model: SpikingModel,
        program: Program,
        host: HostNeurons,
        run_image: Callable[..., None],
        presentation: Presentation,
        options: Options,
    ) -> None:
        self.model, self.program, self.host, self.run_image = model, program, host, run_image
        self.n_steps, self.dt = presentation.n_steps, presentation.dt
        self.reset, self.options = presentation.reset, options
        cores = os.cpu_count() or 1
        alone = not self.reset or options.engine == "numpy"
        self.threads = 1 if alone else options.threads or cores
        self.overflows = np.zeros((3, program.n_compartments), np.int64)
        self.state = ChipState.at_rest(program.n_compartments)
        last = model.connections[-1]
        self.read_out = last.stages[0].matrix.astype(float)
        self.last, self.synapse = last.pre, last.synapse
        self.before = np.zeros((1, model.n_classes))
        self.filter_state: Any = None

    def compile(self) -> None:
        """Let the kernel be compiled before the time of the first image is taken."""
        n = self.program.n_compartments
        nothing = np.zeros(2, np.int64), np.zeros(0, np.int32), ChipState.at_rest(n)
        spikes, overflows = np.zeros((1, n), np.uint8), np.zeros((3, n), np.int64)
        self.run_image(self.program, *nothing, spikes, overflows)

    def all(self, chip: Any, inputs: Inputs) -> Iterator[tuple[int, list[_Result]]]:
        """Results in the order of the images, with the number of the first."""
        size = (_CHUNK if self.reset else 1) * self.threads
        with ThreadPoolExecutor(self.threads) as pool:
            for first in range(0, len(inputs), size):
                images = inputs.chunk(first, first + size)
                currents = np.stack([chip.currents(image) for image in images])
                parts = np.array_split(np.arange(len(images)), self.threads)
                keep = max(0, self.options.rasters - first)
                jobs = [
                    pool.submit(self._some, currents[part], part < keep) for part in parts if len(part)
                ]
                yield first, [result for job in jobs for result in self._finished(job.result())]

    def _some(self, currents: np.ndarray, keep: np.ndarray) -> tuple[Any, np.ndarray]:
        """Run some images; their spikes and the overflows."""
        spikes_in = self.host.run(currents)
        n, made = self.program.n_compartments, []
        overflows = np.zeros((3, n), np.int64)
        spikes = np.empty((self.n_steps, n), np.uint8)
        for starts, kept in zip(spikes_in.starts, keep, strict=True):
            state = ChipState.at_rest(n) if self.reset else self.state
            self.run_image(self.program, starts, spikes_in.neurons, state, spikes, overflows)
            made.append(self._image(starts, spikes_in.neurons, spikes, bool(kept)))
        return made, overflows

    def _image(
        self, starts: np.ndarray, neurons: np.ndarray, spikes: np.ndarray, kept: bool
    ) -> tuple[np.ndarray, _Result]:
        """Counts, single spikes if kept, and what the read-out gets at every step."""
        fired = neurons[starts[0] : starts[-1]]
        first = self.model.populations[0].name
        counts = {first: np.bincount(fired, minlength=self.host.n)[np.newaxis]}
        total = spikes.sum(axis=0, dtype=np.int64)
        trains = {}
        for name, places in self.program.compartments.items():
            counts[name] = total[places][np.newaxis]
        if kept:
            train = np.zeros((self.n_steps, self.host.n), np.uint8)
            step = np.repeat(np.arange(self.n_steps), np.diff(starts))
            np.add.at(train, (step, fired), 1)
            trains = {first: train}
            trains |= {name: spikes[:, at] for name, at in self.program.compartments.items()}
        last = spikes[:, self.program.compartments[self.last]]
        into = (last / self.dt) @ self.read_out
        return into, _Result(into, counts, trains)

    def _finished(self, made: tuple[Any, np.ndarray]) -> Iterator[_Result]:
        """Put the filter of the read-out behind images, in order, and count overflows."""
        images, overflows = made
        self.overflows += overflows
        for into, result in images:
            if self.reset:
                self.before = np.zeros_like(self.before)
                self.filter_state = None
            late = np.concatenate([self.before, into[:-1]])  # the host sees spikes a step later
            self.before = into[-1:]
            result.output = self._filtered(late) + self.model.output_bias
            yield result

    def _filtered(self, value: np.ndarray) -> np.ndarray:
        """Through the read-out's lowpass, as Nengo's simulator steps it."""
        if self.synapse is None:
            return value
        if self.filter_state is None:
            self.filter_state = np.zeros(value.shape[1])
        decay = np.exp(-self.dt / self.synapse.tau)
        out = np.empty_like(value)
        for step, x in enumerate(value):
            out[step] = self.filter_state
            self.filter_state = decay * self.filter_state + (1 - decay) * x
        return out

    def ledger(self) -> tuple[str, ...]:
        """Registers that wrapped around, by population and register."""
        found = []
        registers = ("incoming charge", "current", "current and bias")
        for name, places in self.program.compartments.items():
            for register, counts in zip(registers, self.overflows, strict=True):
                wraps = int(counts[places].sum())
                if wraps:
                    found.append(f"{name}: {register} wrapped around {wraps:,} times")
        return tuple(found)


def _kernel(options: Options) -> Callable[..., None]:
    if options.engine == "numpy":
        from .readable import run_image

        return run_image
    require("numba")
    from .kernel import run_image as compiled_run_image

    return compiled_run_image
