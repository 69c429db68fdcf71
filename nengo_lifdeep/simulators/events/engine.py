"""Runs all images through an engine: chunks, threads, progress, interruption."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from ...compat.requirements import require
from ...errors import ConversionError
from ...inputs.inputs import Inputs
from ...inputs.presentation import Presentation
from ...models import SpikingModel
from ...records import SpikeRecord
from ...records.joined.ways import way_notes
from ...support.cores import n_cores
from ..collector import SpikeCollector, interruptible
from ..options import EventOptions
from .activity import Chunk
from .coefficients import neuron_step
from .plan import Plan
from .ranges import require_inputs
from .readable import ReadableEngine

__all__ = ["require_model", "simulate"]

#: Most images in one chunk: enough to make Python's share of the time small.
_MOST_IMAGES = 32

#: Most spikes that one chunk keeps room for, over all populations. What is not used is never
#: touched, and so takes addresses but no memory.
_MOST_SPIKES = 1 << 26

_DTYPES: dict[str, type[np.floating]] = {"float32": np.float32, "float64": np.float64}


def require_model(model: SpikingModel) -> None:
    """Raise `ConversionError` for neurons that are not computed here.

    Parameters
    ----------
    model : SpikingModel
        The network.
    """
    for population in model.populations:
        try:
            neuron_step(population.neuron, Presentation().dt)
        except ConversionError as error:
            raise ConversionError(f"{population.name}: {error}") from error


def simulate(
    model: SpikingModel, inputs: Inputs, presentation: Presentation, options: EventOptions
) -> SpikeRecord:
    """Run the images event by event.

    Every image is computed by one thread from the initial state, so that neither the number of
    threads nor the chunks change a bit of the result. Without resets the images are one stream,
    which one thread computes.

    Parameters
    ----------
    model : SpikingModel
        The network.
    inputs : Inputs
        The images or frames to show.
    presentation : Presentation
        How an image is shown; times in seconds.
    options : EventOptions
        Options of the simulator.

    Raises
    ------
    MissingDependencyError
        If Numba is not installed and ``engine="numpy"`` was not asked for.
    ConversionError
        If the network is not feed-forward, or has synapses other than alpha and lowpass.
    """
    # dense products in threads of ours must not start threads of their own
    with threadpool_limits(1, "blas"):
        return _simulate(model, inputs, presentation, options)


def _simulate(
    model: SpikingModel, inputs: Inputs, presentation: Presentation, options: EventOptions
) -> SpikeRecord:
    collector = SpikeCollector("events", model, presentation, len(inputs), options.judge)
    make = _engine_maker(model, presentation, options)
    n_threads = _n_threads(presentation, options)
    chunk_size = _chunk_size(model, presentation, options, len(inputs), n_threads)
    if options.engine == "numba":  # compiling is part of building, not of the first image
        nothing = np.zeros((1, *model.input_shape), _DTYPES[options.dtype])
        make(1).run(nothing)
    engine = make(chunk_size)
    ways: dict[str, int] = {}
    with interruptible(collector, options.progress) as advance:
        for chunk in _chunks(engine, make, inputs, options, chunk_size, n_threads):
            for name, rows in chunk.rasters.items():
                collector.add_rows(name, rows + np.array([collector.n_done, 0, 0], np.int32))
            for connection, dense in chunk.dense.items():
                ways[connection] = ways.get(connection, 0) + int(dense.sum())
            collector.add_sums(chunk.outputs, chunk.totals, chunk.per_image)
            advance(len(chunk.outputs))
    return collector.record(way_notes(ways, collector.n_done), dense=ways)


def _engine_maker(
    model: SpikingModel, presentation: Presentation, options: EventOptions
) -> Callable[[int], Any]:
    dtype = _DTYPES[options.dtype]
    if options.engine == "numpy":
        plan = Plan.of(model, presentation.dt, dtype, options.seed)
        return lambda chunk_size: ReadableEngine(plan, presentation.n_steps)
    require("numba")
    from .compiled import CompiledEngine

    plan = Plan.of(model, presentation.dt, dtype, options.seed)
    return lambda chunk_size: CompiledEngine(plan, presentation.n_steps, chunk_size, options.route)


def _n_threads(presentation: Presentation, options: EventOptions) -> int:
    if not presentation.reset or options.engine == "numpy":
        return 1
    return options.threads or n_cores()


def _chunk_size(
    model: SpikingModel, presentation: Presentation, options: EventOptions, n: int, n_threads: int
) -> int:
    """Images per chunk: few enough for memory, and as many chunks for one thread as for another."""
    fitting = _MOST_SPIKES // max(1, model.n_neurons * presentation.n_steps)
    most = max(1, min(options.batch_size, fitting, _MOST_IMAGES))
    rounds = -(-n // (most * n_threads))
    return -(-n // (rounds * n_threads))


def _chunks(
    engine: Any, make: Callable[[int], Any], inputs: Inputs, options: EventOptions, size: int,
    n_threads: int,
) -> Iterator[Chunk]:  # fmt: skip
    """Finished chunks in the order of the images; few of them wait at any time."""
    starts = range(0, len(inputs), size)
    own = threading.local()
    engines = deque([engine])

    def run(start: int) -> Chunk:
        if not hasattr(own, "engine"):
            own.engine = engines.pop() if engines else make(size)
        stop = min(start + size, len(inputs))
        values = inputs.chunk(start, stop).astype(_DTYPES[options.dtype], copy=False)
        rasters = min(max(options.rasters - start, 0), stop - start)
        require_inputs(values, engine.plan.most_input, _DTYPES[options.dtype])
        positions = inputs.positions[start:stop]
        return own.engine.run(values, rasters, inputs.timing.reset, positions)

    with ThreadPoolExecutor(n_threads) as pool:
        waiting: deque[Future[Chunk]] = deque()
        try:
            for start in starts:
                waiting.append(pool.submit(run, start))
                if len(waiting) > 2 * n_threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
