"""Outputs that inputs reach by weights that are not zero, against matrices of all weights."""

from __future__ import annotations

import dataclasses
import itertools
import tracemalloc

import numpy as np
import pytest

from nengo_lifdeep import convert, evaluate
from nengo_lifdeep.models import Connection
from nengo_lifdeep.stages import counting
from nengo_lifdeep.stages.counting import synapse_counts
from nengo_lifdeep.stages.stage import Stage
from nengo_lifdeep.stages.types import (
    STAGE_TYPES,
    AveragePool,
    Convolution,
    DenseMatrix,
    Elementwise,
    LocalWindows,
    Placement,
    SparseMatrix,
    Upsample,
)

RNG = np.random.default_rng(3)
IMAGE = (5, 4, 4)


def some(*shape, zeros=0.5):
    """Random numbers, as many of which are exactly zero."""
    numbers = RNG.normal(size=shape).astype(np.float32)
    numbers[RNG.random(shape) < zeros] = 0
    return numbers


def sparse(shape, outputs):
    """With zeros among the weights that are stored."""
    matrix = some(int(np.prod(shape)), int(np.prod(outputs)), zeros=0.8)
    found = SparseMatrix.of(DenseMatrix(shape, matrix).to_matrix(), shape, outputs)
    data = found.data.copy()
    data[::3] = 0
    return dataclasses.replace(found, data=data)


#: stages from one shape to another of three axes, and those that end a row
STAGES = {
    "convolution": lambda s: Convolution(s, (2, 1), "same", 1, some(3, 2, s[2], 5)),
    "wide convolution": lambda s: Convolution(s, (1, 1), "same", 1, some(5, 5, s[2], 3, zeros=0.9)),
    "valid convolution": lambda s: Convolution(s, (1, 1), "valid", 1, some(2, 2, s[2], 2)),
    "grouped convolution": lambda s: Convolution(s, (1, 2), "same", 2, some(3, 3, s[2] // 2, 4)),
    "one filter a group": lambda s: Convolution(s, (1, 1), "same", 2, some(2, 2, s[2] // 2, 2)),
    "depthwise": lambda s: Convolution(s, (1, 2), "same", s[2], some(3, 3, 1, s[2])),
    "depthwise twice": lambda s: Convolution(s, (1, 1), "same", s[2], some(3, 3, 1, 2 * s[2])),
    "pointwise": lambda s: Convolution(s, (1, 1), "valid", 1, some(1, 1, s[2], 6)),
    "without weights": lambda s: Convolution(s, (1, 1), "same", 1, some(3, 3, s[2], 2, zeros=1)),
    "full convolution": lambda s: Convolution(s, (1, 1), "same", 1, some(3, 3, s[2], 2, zeros=0)),
    "local": lambda s: LocalWindows(
        s, (2, 2), "same", (3, 3), some(-(-s[0] // 2), -(-s[1] // 2), 9 * s[2], 3)
    ),
    "pool": lambda s: AveragePool(s, (2, 2), "same", (3, 3)),
    "crop": lambda s: Placement(s, (s[0], s[1] + 2, s[2]), (-1, 1, 0), (1, 1, 1)),
    "spread": lambda s: Placement(s, (2 * s[0], s[1], s[2]), (0, 0, 0), (2, 1, 1)),
    "among channels": lambda s: Placement(s, (*s[:2], s[2] + 2), (0, 0, 2), (1, 1, 1)),
    "upsample": lambda s: Upsample(s, (2, 1), "bilinear"),
    "repeat": lambda s: Upsample(s, (1, 2), "nearest"),
    "scale": lambda s: Elementwise(s, some(s[2])),
    "full scale": lambda s: Elementwise(s, some(s[2], zeros=0)),
    "one scale": lambda s: Elementwise(s, np.float32(2)),
    "sparse": lambda s: sparse(s, (3, 3, 2)),
    "dense": lambda s: DenseMatrix(s, some(int(np.prod(s)), 7, zeros=0.9)),
}  # fmt: skip


def by_matrices(stages):
    """Paths through whole matrices of zeros and ones, of what every stage does with one input."""
    reached = np.eye(int(np.prod(stages[0].input_shape)))
    for stage in stages:
        positive = {n: getattr(stage, n) for n in stage.arrays if n not in ("starts", "targets")}
        positive = {name: np.abs(array) for name, array in positive.items()}
        own = dataclasses.replace(stage, **positive)
        ones = np.eye(int(np.prod(stage.input_shape)))
        given = own.apply(ones.reshape(-1, *stage.input_shape)).reshape(len(ones), -1)
        reached = (reached @ (given > 0) > 0).astype(float)
    return reached.sum(axis=1).astype(np.int64)


def in_a_row(*names):
    stages, shape = [], IMAGE
    for name in names:
        stages.append(STAGES[name](shape))
        shape = stages[-1].output_shape
    return tuple(stages)


def test_every_type_is_here():
    assert {type(make(IMAGE)) for make in STAGES.values()} == set(STAGE_TYPES.values())


@pytest.mark.parametrize("name", STAGES)
def test_one_stage(name):
    stages = in_a_row(name)
    found = synapse_counts(stages)
    assert found.dtype == np.int64 and found.shape == (np.prod(IMAGE),)
    np.testing.assert_array_equal(found, by_matrices(stages))
    np.testing.assert_array_equal(stages[0].fan_out(), found)


@pytest.mark.parametrize("first", [name for name in STAGES if name != "dense"])
def test_two_stages(first):
    for second in STAGES:
        if "group" in second and STAGES[first](IMAGE).output_shape[2] % 2:
            continue
        stages = in_a_row(first, second)
        np.testing.assert_array_equal(
            synapse_counts(stages), by_matrices(stages), err_msg=f"{first}, {second}"
        )


ROWS = [
    ("scale", "pool", "convolution"),
    ("crop", "depthwise", "pointwise"),
    ("depthwise", "scale", "wide convolution"),
    ("pool", "convolution", "full scale", "upsample"),
    ("pool", "convolution", "pool", "repeat"),
    ("upsample", "depthwise", "depthwise", "dense"),
    ("scale", "pool", "dense"),
    ("scale", "scale", "dense"),
    ("depthwise", "pool", "dense"),
    ("pool", "convolution", "dense"),
    ("convolution", "scale", "pool"),
    ("among channels", "convolution"),
    ("pointwise", "grouped convolution", "depthwise twice"),
    ("convolution", "scale", "pointwise", "dense"),
    ("local", "convolution", "dense"),
    ("convolution", "local", "scale"),
    ("sparse", "one filter a group", "pool", "dense"),
]


@pytest.mark.parametrize("names", ROWS, ids=", ".join)
def test_stages_in_a_row(names):
    stages = in_a_row(*names)
    np.testing.assert_array_equal(synapse_counts(stages), by_matrices(stages))


@pytest.mark.parametrize("names", [*itertools.chain(zip(STAGES)), *ROWS], ids=", ".join)
def test_without_zeros_all_synapses_count(names):
    full = []
    for stage in in_a_row(*names):
        weights = {n: getattr(stage, n) for n in stage.arrays if n not in ("starts", "targets")}
        full.append(dataclasses.replace(stage, **{n: np.ones_like(a) for n, a in weights.items()}))
    np.testing.assert_array_equal(synapse_counts(tuple(full)), by_matrices(full))


def test_outputs_are_counted_in_pieces(monkeypatch):
    stages = in_a_row("pool", "dense")
    monkeypatch.setattr(counting, "_AT_ONCE", 20)
    np.testing.assert_array_equal(synapse_counts(stages), by_matrices(stages))


@pytest.mark.parametrize("limit", ["_MOST_PLACES", "_MOST_PASSES", "_AT_ONCE"])
def test_too_many_places_are_gone_through_in_blocks(monkeypatch, limit):
    """As many inputs at a time as fit, at least one."""
    for names in (("convolution", "wide convolution"), ("convolution", "pointwise", "dense")):
        stages = in_a_row(*names)
        monkeypatch.setattr(counting, limit, 50)
        if limit != "_AT_ONCE" and names[-1] != "dense":
            assert len(counting._parts(stages)) == 2
        np.testing.assert_array_equal(synapse_counts(stages), by_matrices(stages))
        monkeypatch.undo()


@pytest.mark.parametrize("name", STAGES)
def test_outputs_that_some_inputs_reach(name):
    """Each type's own way, against the way of all types and against whole matrices."""
    (stage,) = in_a_row(name)
    some_inputs = np.array([7, 0, 79, 8])
    expected = Stage.to_matrix(stage).toarray()[some_inputs] != 0
    parts = counting._parts((stage,))
    for found in (stage.reached(some_inputs), parts[0].reached(some_inputs)):
        assert found.dtype == bool and found.data.all()
        np.testing.assert_array_equal(found.toarray(), expected)


@pytest.mark.parametrize("before", [(), ("local",), ("among channels",)], ids=str)
@pytest.mark.parametrize("after", [(), ("full scale",), ("dense",)], ids=str)
@pytest.mark.parametrize("name", ["convolution", "grouped convolution", "without weights"])
def test_a_zero_is_no_synapse_however_the_map_is_written(name, before, after):
    """A kernel, the same as kernels of every pixel, as a sparse and as a dense matrix."""
    if before == ("local",) and "group" in name:
        pytest.skip("three channels are no two groups")
    first = in_a_row(*before)
    conv = STAGES[name](first[-1].output_shape if first else IMAGE)
    last = tuple(STAGES[each](conv.output_shape) for each in after)
    matrix = Stage.to_matrix(conv)
    stored = SparseMatrix.of(abs(matrix) + 1.0 * (matrix != 0), conv.input_shape, conv.output_shape)
    stored = dataclasses.replace(stored, data=np.where(np.arange(stored.data.size) % 2, 0, 1))
    ways = [conv, SparseMatrix.of(matrix, conv.input_shape, conv.output_shape)]
    ways += [DenseMatrix(conv.input_shape, matrix.toarray())] if not after else []
    expected = by_matrices((*first, conv, *last))
    for way in ways:
        np.testing.assert_array_equal(synapse_counts((*first, way, *last)), expected)
    some_stored = (*first, stored, *last)  # with zeros that are stored
    np.testing.assert_array_equal(synapse_counts(some_stored), by_matrices(some_stored))


def large(shape, name):
    """Stages whose matrix of all inputs and outputs would have ten million entries and more."""
    made = {
        "pool": lambda s: AveragePool(s, (2, 2), "valid", (2, 2)),
        "convolution": lambda s: Convolution(s, (1, 1), "same", 1, some(3, 3, s[2], 96, zeros=0.1)),
        "second": lambda s: Convolution(s, (2, 2), "same", 1, some(3, 3, s[2], 32, zeros=0.2)),
        "scale": lambda s: Elementwise(s, some(s[2], zeros=0.1)),
        "local": lambda s: LocalWindows(
            s, (2, 2), "valid", (2, 2), some(s[0] // 2, s[1] // 2, 4 * s[2], 4, zeros=0.3)
        ),
        "dense": lambda s: DenseMatrix(s, some(int(np.prod(s)), 10, zeros=1e-4)),
    }  # fmt: skip
    return made[name](shape)


@pytest.mark.parametrize(
    ("names", "most"),
    [
        (("convolution",), 20e6),
        (("pool", "convolution"), 20e6),
        (("convolution", "second"), 60e6),
        (("convolution", "scale", "second"), 60e6),
        (("convolution", "dense"), 60e6),
        (("local", "second"), 60e6),
    ],
    ids=str,
)
def test_no_matrix_of_all_weights_is_built(names, most):
    """One would have 14 million entries here, of 9 bytes at least; those of two in a row more."""
    shape = (32, 32, 64) if names[0] == "pool" else (16, 16, 64)
    stages = []
    for name in names:
        stages.append(large(shape, name))
        shape = stages[-1].output_shape
    tracemalloc.start()
    try:
        found = synapse_counts(tuple(stages))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < most
    few = np.array([0, 5, 16 * 64 - 1, 7 * 16 * 64 + 9 * 64 + 3, found.size - 1])
    reached = np.zeros((len(few), found.size))
    reached[np.arange(len(few)), few] = 1
    for stage in stages:  # a few of them, by what the stages make of ones
        own = {name: (getattr(stage, name) != 0).astype(np.float32) for name in stage.arrays}
        given = dataclasses.replace(stage, **own).apply(reached.reshape(-1, *stage.input_shape))
        reached = (given.reshape(len(few), -1) > 0).astype(float)
    np.testing.assert_array_equal(found[few], reached.sum(axis=1))


def test_operations_with_zeros_in_a_sparse_matrix(example):
    """Zeros among stored weights are neither counted nor taken out of the network."""
    trained, images = example
    spiking = convert(trained)
    last = spiking.connections[-1]
    matrix = DenseMatrix(last.stages[0].input_shape, last.stages[0].matrix).to_matrix()
    stage = SparseMatrix.of(matrix, last.stages[0].input_shape, last.stages[0].output_shape)
    data = stage.data.copy()
    data[::2] = 0
    stage = dataclasses.replace(stage, data=data)
    changed = Connection(last.pre, last.post, (stage,), last.synapse)
    model = dataclasses.replace(spiking, connections=(*spiking.connections[:-1], changed))
    found = evaluate(model, images.take(3), operations=True).operations
    whole = evaluate(spiking, images.take(3), operations=True).operations
    assert 0 < found["events"][last.pre] < whole["events"][last.pre]
    assert found["zeros"] == whole["zeros"] + len(data[::2])
    assert stage.data.size == data.size
