"""Run images through host, chip and read-out, and gather the results."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import nengo
import numpy as np

from ...compat.requirements import require
from ...errors import DeploymentError
from ...inputs.inputs import Inputs
from ...inputs.presentation import Presentation
from ...loihi.number_range import REGISTERS, wraps_of
from ...loihi.plan import Plan
from ...models import SpikingModel
from ...records import SpikeRecord
from ...support.cores import n_cores
from ...support.short_repr import short_repr
from ..collector import SpikeCollector, interruptible
from ..loihi import built
from ..loihi import require_model as require_loihi
from ..options import ExactOptions
from .host import Host, HostSpikes, check_host
from .program import Program, padded

__all__ = ["require_model", "simulate"]

#: images at a time and thread; their spikes are kept until they are counted
_CHUNK = 8


@dataclasses.dataclass
class ChipState:
    """What the chip remembers.

    Attributes
    ----------
    numbers : (4, compartment) array of int32
        Currents, voltages, refractory counts, room; filled up to whole vectors.
    host, chip : arrays of int32
        Neurons of the host and compartments whose spikes are under way.
    """

    numbers: np.ndarray
    host: np.ndarray
    chip: np.ndarray

    __repr__ = short_repr

    @classmethod
    def at_rest(cls, n: int) -> ChipState:
        """Nothing anywhere."""
        none = np.zeros(0, np.int32)
        return cls(np.zeros((4, padded(n)), np.int32), none, none)


def require_model(model: SpikingModel, plan: Plan | None = None) -> None:
    """Raise `DeploymentError` if the chip cannot run a network, or this cannot run it exactly.

    Parameters
    ----------
    model : SpikingModel
        The spiking network.
    plan : Plan, optional
        Its plan, where there is one; else it is planned for the usual board.
    """
    require_loihi(model, plan)
    _check_exact(model)


def simulate(
    model: SpikingModel, inputs: Inputs, presentation: Presentation, options: ExactOptions
) -> SpikeRecord:
    """Run the images on the emulated chip.

    Parameters
    ----------
    model : SpikingModel
        The spiking network.
    inputs : Inputs
        The images or frames to show.
    presentation : Presentation
        How an image is shown; times in seconds.
    options : ExactOptions
        Options of the simulator.

    Raises
    ------
    DeploymentError
        As the simulator ``"loihi"``; also if something is learned on the chip or noisy, or if the
        host's neurons are driven by anything but constant pixels.
    MissingDependencyError
        If nengo-loihi, or Numba (``engine="numba"``), is not installed.
    """
    run_image = _kernel(options)
    collector = SpikeCollector("loihi-exact", model, presentation, len(inputs), options.judge)
    with built(model, presentation, options) as chip:
        _check_exact(chip.plan.model)
        hosts = chip.plan.model.on_host
        names = [p.name for p in chip.plan.model.on_chip]
        program = Program.of(
            chip.simulator, {name: chip.spikes[name] for name in names}, chip.hosts
        )
        host = Host(hosts, presentation, options.engine == "numba")
        runs = _Runs(chip.plan.model, program, host, run_image, presentation, options)
        runs.compile()
        with interruptible(collector, options.progress) as advance:
            for first, results in runs.all(chip, inputs):
                for i, result in enumerate(results, first):
                    collector.add(result.output[np.newaxis], result.counts)
                    if i < options.rasters:
                        for name, train in result.trains.items():
                            collector.add_raster(name, i, train)
                    advance(1)
    counters = runs.counters()
    return collector.record(("target sim, emulated exactly", *_in_words(counters)), counters)


def _check_exact(model: SpikingModel) -> None:
    check_host(model)
    _check_read_out(model)


def _check_read_out(model: SpikingModel) -> None:
    """Only the filter that is stepped here exactly as Nengo steps it, after neurons on the chip."""
    into = [c for c in model.connections if c.post == "output"]
    host = {p.name for p in model.on_host}
    for last in into:
        if not isinstance(last.synapse, nengo.Lowpass | None) or last.synapse != into[0].synapse:
            raise DeploymentError(
                f"{last.pre} -> output: its synapse is {last.synapse!r}; 'loihi-exact' reads out "
                "through one lowpass or none. Use convert(..., synapse=nengo.Lowpass(0.005)), or "
                "simulator='loihi' (lifdeep deploy --emulate N), which has it on the host"
            )
        if last.pre == "input" or last.pre in host:
            raise DeploymentError(
                f"{last.pre} -> output: it is on the host; 'loihi-exact' reads out neurons on the "
                "chip. Use simulator='loihi' (lifdeep deploy --emulate N)"
            )


def _read_out(model: SpikingModel, program: Program) -> np.ndarray:
    """Compartments whose spikes the scores are made of."""
    sources = dict.fromkeys(c.pre for c in model.connections if c.post == "output")
    return np.concatenate([program.compartments[name] for name in sources])


@dataclasses.dataclass
class _Result:
    """One image: scores at every step (first, what the read-out gets), spikes of every neuron, and
    single spikes if asked for."""

    output: np.ndarray
    counts: dict[str, np.ndarray]
    trains: dict[str, np.ndarray]


class _Runs:
    """The images of a run, one after the other or side by side."""

    def __init__(
        self,
        model: SpikingModel,
        program: Program,
        host: Host,
        run_image: Callable[..., None],
        presentation: Presentation,
        options: ExactOptions,
    ) -> None:
        self.model, self.program, self.host, self.run_image = model, program, host, run_image
        self.n_steps, self.dt = presentation.n_steps, presentation.dt
        self.reset, self.options = presentation.reset, options
        alone = not self.reset or options.engine == "numpy"
        self.threads = 1 if alone else options.threads or n_cores()
        self.overflows = np.zeros((3, program.n_compartments), np.int64)
        self.state = ChipState.at_rest(program.n_compartments)
        weights = np.zeros((program.n_compartments, model.n_classes))
        for connection in model.connections:
            if connection.post == "output":
                stage: Any = connection.stages[0]  # dense: a rule of the chip
                weights[program.compartments[connection.pre]] += stage.matrix
                self.synapse = connection.synapse
        read = _read_out(model, program)
        self.read_out = weights[read]
        self.neuron_of_last = np.full(program.n_compartments, -1)
        self.neuron_of_last[read] = np.arange(len(read))
        self.before = np.zeros((1, model.n_classes))
        self.filter_state: Any = None

    def compile(self) -> None:
        """Let the kernel be compiled before the time of the first image is taken."""
        n = self.program.n_compartments
        nothing = np.zeros(2, np.int64), np.zeros(0, np.int32), ChipState.at_rest(n)
        room = np.zeros(2, np.int64), np.zeros(n, np.int32), np.zeros((3, n), np.int64)
        self.run_image(self.program, *nothing, *room)
        self.host.compile()

    def all(self, chip: Any, inputs: Inputs) -> Iterator[tuple[int, list[_Result]]]:
        """Results in the order of the images, with the number of the first.

        While some images run on the chip, the currents of the next are computed.
        """
        size = (_CHUNK if self.reset else 1) * self.threads
        ahead = 1 if self.reset else 0
        pending: deque[tuple[int, list[Any]]] = deque()
        with ThreadPoolExecutor(self.threads) as pool:
            for first in range(0, len(inputs), size):
                images = inputs.chunk(first, first + size)
                currents = np.stack([chip.currents(image) for image in images])
                parts = np.array_split(np.arange(len(images)), self.threads)
                keep = max(0, self.options.rasters - first)
                parts = [part for part in parts if len(part)]
                jobs = [pool.submit(self._some, currents[part], part < keep) for part in parts]
                pending.append((first, jobs))
                if len(pending) > ahead:
                    yield self._done(*pending.popleft())
            while pending:
                yield self._done(*pending.popleft())

    def _done(self, first: int, jobs: list[Any]) -> tuple[int, list[_Result]]:
        return first, [result for job in jobs for result in self._finished(*job.result())]

    def _some(self, currents: np.ndarray, keep: np.ndarray) -> tuple[list[_Result], np.ndarray]:
        """Run some images; their spikes and the overflows."""
        spikes_in = self.host.run(currents)
        n, made = self.program.n_compartments, []
        overflows = np.zeros((3, n), np.int64)
        out = np.zeros(self.n_steps + 1, np.int64), np.empty(self.n_steps * n, np.int32)
        for host, kept in zip(spikes_in, keep, strict=True):
            state = ChipState.at_rest(n) if self.reset else self.state
            self.run_image(self.program, *self.host.together(host), state, *out, overflows)
            made.append(self._image(host, *out, bool(kept)))
        return made, overflows

    def _image(self, host: dict[str, HostSpikes], starts: Any, fired: Any, kept: bool) -> _Result:
        """What the read-out gets at every step, counts, and single spikes if they are kept."""
        fired = fired[: starts[-1]]
        total = np.bincount(fired, minlength=self.program.n_compartments)
        sizes = {name: place.stop - place.start for name, place in self.host.places.items()}
        counts = {
            name: np.bincount(who, often, sizes[name]).astype(np.int64)[np.newaxis]
            for name, (_, who, often) in host.items()
        }
        for name, places in self.program.compartments.items():
            counts[name] = total[places][np.newaxis]
        step = np.repeat(np.arange(self.n_steps), np.diff(starts))
        trains = {}
        if kept:
            trains = {name: _train(*spikes, sizes[name]) for name, spikes in host.items()}
            all_spikes = np.zeros((self.n_steps, self.program.n_compartments), np.uint8)
            all_spikes[step, fired] = 1
            trains |= {name: all_spikes[:, p] for name, p in self.program.compartments.items()}
        last = np.zeros((self.n_steps, len(self.read_out)))
        neuron = self.neuron_of_last[fired]
        last[step[neuron >= 0], neuron[neuron >= 0]] = 1 / self.dt
        return _Result(last @ self.read_out, counts, trains)

    def _finished(self, results: list[_Result], overflows: np.ndarray) -> list[_Result]:
        """Filter the read-out of images, in order, and count overflows."""
        self.overflows += overflows
        into = np.stack([result.output for result in results])
        before = np.zeros_like(into[:, :1]) if self.reset else self.before[np.newaxis]
        late = np.concatenate([before, into[:, :-1]], axis=1)  # the host sees spikes a step later
        self.before = into[-1, -1:]
        for result, scores in zip(results, self._filtered(late), strict=True):
            result.output = scores + self.model.output_bias
        return results

    def _filtered(self, values: np.ndarray) -> np.ndarray:
        """``values (image, step, class)`` through the read-out's lowpass, as Nengo steps it."""
        if self.synapse is None:
            return values
        if self.reset or self.filter_state is None:
            self.filter_state = np.zeros(values[:, 0].shape)
        decay = np.exp(-self.dt / self.synapse.tau)
        out = np.empty_like(values)
        for step in range(values.shape[1]):
            out[:, step] = self.filter_state
            self.filter_state = decay * self.filter_state + (1 - decay) * values[:, step]
        return out

    def counters(self) -> dict[str, dict[str, int]]:
        """How often each register wrapped around: counter -> population -> count."""
        places = self.program.compartments
        return {
            wraps_of(register): {name: int(counts[at].sum()) for name, at in places.items()}
            for register, counts in zip(REGISTERS, self.overflows, strict=True)
        }


def _in_words(counters: dict[str, dict[str, int]]) -> tuple[str, ...]:
    """What wrapped around at all, for people; programs read the counters."""
    return tuple(
        f"{name}: {counter} {count:,} times"
        for counter, counts in counters.items()
        for name, count in counts.items()
        if count
    )


def _train(starts: np.ndarray, fired: np.ndarray, often: np.ndarray, n: int) -> np.ndarray:
    train = np.zeros((len(starts) - 1, n), np.int32)
    train[np.repeat(np.arange(len(train)), np.diff(starts)), fired] = often
    return train


def _kernel(options: ExactOptions) -> Callable[..., None]:
    if options.engine == "numpy":
        from .readable import run_image

        return run_image
    require("numba")
    from .kernel import run_image as compiled_run_image

    return compiled_run_image
