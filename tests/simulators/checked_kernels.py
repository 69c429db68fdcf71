"""Every kernel once with every access checked; run by `test_bounds` in a process of its own.

With ``NUMBA_BOUNDSCHECK=1``, which Numba reads when it is imported. Small networks take all kinds
of stages, routes, synapses, neurons and number types through the kernels, and give the spikes of
the engine in NumPy. In the end accesses outside of arrays are tried, which must be noticed.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings

import nengo
import numba
import numpy as np
import scipy.sparse

from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.simulators import run
from nengo_lifdeep.simulators.events.compiled import CompiledEngine
from nengo_lifdeep.simulators.events.plan import Plan
from nengo_lifdeep.stages.types import (
    AveragePool,
    Convolution,
    DenseMatrix,
    Elementwise,
    LocalWindows,
    SparseMatrix,
)

RNG = np.random.default_rng(0)
IMAGE = (6, 5, 3)
LIF = nengo.LIF(tau_rc=0.01, tau_ref=0.0015)


def weights(*shape):
    fan_in = np.prod(shape[:-1])
    return (RNG.normal(size=shape) * np.sqrt(4 / fan_in)).astype(np.float32)


def population(name, shape, neuron):
    high = 400 if isinstance(neuron, nengo.SpikingRectifiedLinear) else 1.5
    bias = (high * RNG.uniform(0.5, 1.2, size=shape)).astype(np.float32)
    return Population(name, shape, neuron, bias)


def stages(first):
    """All kinds, from a population of shape ``first``: the stages and the shape after them."""
    rows, cols, channels = first
    dense = weights(rows * cols * channels, 20) * (RNG.random((rows * cols * channels, 20)) < 0.2)
    matrix = SparseMatrix.of(scipy.sparse.csr_array(dense), first, (20,))
    pool = AveragePool(first, (2, 2), "same", (3, 3))
    pooled = pool.output_shape
    found = {
        "same": (Convolution(first, (1, 1), "same", 1, weights(3, 3, channels, 16)),),
        "strided": (Convolution(first, (2, 1), "valid", 1, weights(2, 3, channels, 5)),),
        "32": (Convolution(first, (2, 2), "same", 1, weights(2, 2, channels, 32)),),
        "64": (Convolution(first, (3, 3), "valid", 1, weights(2, 2, channels, 64)),),
        "128": (Convolution(first, (3, 3), "valid", 1, weights(1, 2, channels, 128)),),
        "48": (Convolution(first, (3, 3), "valid", 1, weights(2, 2, channels, 48)),),
        "grouped": (Convolution(first, (1, 1), "same", 2, weights(2, 2, channels // 2, 6)),),
        "depthwise": (Convolution(first, (1, 1), "same", channels, weights(2, 2, 1, channels)),),
        "dense": (DenseMatrix(first, weights(rows * cols * channels, 33)),),
        "one to one": (Elementwise(first, weights(channels)),),
        "sparse": (matrix,),
        "pool": (pool,),
        "pool, convolution": (pool, Convolution(pooled, (1, 1), "same", 1,
                                                weights(2, 2, channels, 7))),
        "pool, dense": (pool, DenseMatrix(pooled, weights(int(np.prod(pooled)), 17))),
    }  # fmt: skip
    local = AveragePool(first, (1, 1), "valid", (2, 2)).output_shape
    kernel = weights(local[0], local[1], 4 * channels, 6)
    found["local"] = (LocalWindows(first, (1, 1), "valid", (2, 2), kernel),)
    return found


def network(kind, first, neuron, synapse, start="zero"):
    chosen = stages(first)[kind]
    shape = chosen[-1].output_shape
    front = Convolution(IMAGE, (1, 1), "same", 1, weights(3, 3, 3, first[2]))
    read_out = DenseMatrix(shape, weights(int(np.prod(shape)), 4))
    return SpikingModel(
        kind, IMAGE,
        (population("first", first, neuron), population("second", shape, neuron)),
        (Connection("input", "first", (front,)),
         Connection("first", "second", chosen, synapse),
         Connection("second", "output", (read_out,), synapse)),
        np.zeros(4, np.float32), start,
    )  # fmt: skip


def rasters(model, images, timing, **options):
    record = run(model, images, presentation=timing, rasters=len(images), **options)
    return {k: sorted(map(tuple, rows.tolist())) for k, rows in record.rasters.items()}


def events():
    """Kernels of the event-driven simulator."""
    images = RNG.random((3, *IMAGE)).astype(np.float32)
    images[1][RNG.random(IMAGE) < 0.8] = 0
    frames = RNG.random((2, 12, *IMAGE)).astype(np.float32)
    n_spikes = 0
    kinds = list(stages((6, 5, 4)))
    synapses = [nengo.Alpha(0.003), nengo.Lowpass(0.003), None]
    for i, kind in enumerate(kinds):
        for j, route in enumerate(("events", "dense", "auto")):
            neuron = nengo.SpikingRectifiedLinear() if (i + j) % 3 == 0 else LIF
            first = (6, 5, 4) if (i + j) % 2 else (6, 5, 16)
            start = "uniform" if (i + j) % 4 == 0 else "zero"
            model = network(kind, first, neuron, synapses[(i + j) % 3], start)
            timing = Presentation(t_c=0.0, t_p=0.012, reset=(i + j) % 5 != 0)
            shown = frames if j == 1 else images
            expected = rasters(model, shown, timing, engine="numpy", dtype="float64")
            found = rasters(model, shown, timing, route=route, dtype="float64")
            assert found == expected, (kind, route)
            rounded = rasters(model, shown, timing, route=route, dtype="float32")
            counts = [sum(map(len, r.values())) for r in (expected, rounded)]
            assert abs(counts[0] - counts[1]) <= 0.02 * counts[0], (kind, route, counts)
            n_spikes += counts[0]
    assert n_spikes > 10_000
    print(f"events: {len(kinds)} kinds of stages, {n_spikes:,} spikes")


def overstepped(change):
    """Whether a kernel notices an engine that was spoilt by ``change``."""
    for dtype in (np.float32, np.float64):
        model = network("same", (6, 5, 16), LIF, nengo.Alpha(0.003))
        engine = CompiledEngine(Plan.of(model, 0.001, dtype, 0), 12, 2, "events")
        images = RNG.random((2, *IMAGE)).astype(dtype)
        engine.run(images)  # as it is, it runs
        change(engine)
        try:
            engine.run(images)
        except (IndexError, ValueError):  # ValueError: a slice of another length
            continue
        return False
    return True


def spoilt_tables(engine):
    """A row of weights that goes far outside, as from a file that nobody checked."""
    source = engine.plan.targets[1].sources[0]
    source.fan_out.target[:] = 10**6


def negative_tables(engine):
    source = engine.plan.targets[1].sources[0]
    source.fan_out.target[:] = -(10**6)


def spoilt_rows(engine):
    source = engine.plan.targets[1].sources[0]
    source.fan_out.row[:] = 10**8


def short_rooms(engine):
    """Room for fewer spikes than there are."""
    room, counts = engine.room["second"]
    engine.room["second"] = room[:5], counts


def short_layers(engine):
    """A layer that is smaller than its voltages."""
    state = engine.states["second"]
    engine.states["second"] = state._replace(p=state.p[:16])


def loihi():
    """Kernels of loihi-exact."""
    images = RNG.random((3, *IMAGE)).astype(np.float32)
    timing = Presentation(t_c=0.0, t_p=0.015)
    for kind in ("same", "strided", "grouped", "dense", "local"):
        model = network(kind, (6, 5, 4), LIF, nengo.Lowpass(0.004))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found, expected = (
                rasters(model, images, timing, simulator="loihi-exact", engine=engine)
                for engine in ("numba", "numpy")
            )
        assert found == expected and all(expected.values()), kind
    from nengo_lifdeep.simulators.loihi_exact import kernel
    from nengo_lifdeep.simulators.loihi_exact.program import Program
    from nengo_lifdeep.simulators.loihi_exact.rows import Rows

    one = np.ones(20, np.int32)
    none = Rows(np.zeros(21, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32))
    rows = Rows(np.array([0, 1]), np.array([3]), np.array([1], np.int32))
    program = Program(one, one, one, -one, one, one, one, rows, none, {"a": np.arange(20)})
    for target in (3, 10**6):
        rows.runs.targets[:] = target
        state = type("State", (), {})()
        state.numbers = np.zeros((4, 32), np.int32)
        state.host = state.chip = np.zeros(0, np.int32)
        sent = np.array([0, 1, 1]), np.zeros(1, np.int32)
        out = np.zeros(3, np.int64), np.zeros(40, np.int32), np.zeros((3, 20), np.int64)
        try:
            kernel.run_image(program, *sent, state, *out)
            assert target == 3
        except IndexError:
            assert target > 3
    print("loihi-exact: checked")


def main():
    assert numba.config.BOUNDSCHECK, "run me with NUMBA_BOUNDSCHECK=1"
    events()
    for change in (spoilt_tables, negative_tables, spoilt_rows, short_rooms, short_layers):
        assert overstepped(change), f"{change.__name__} was not noticed"
        print(f"noticed: {change.__name__}")
    if importlib.util.find_spec("nengo_loihi"):
        loihi()
    return 0


if __name__ == "__main__":
    sys.exit(main())
