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
from nengo_lifdeep.stages.counting import effective_counts, synapse_counts
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
    found = effective_counts(stages)
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
            effective_counts(stages), by_matrices(stages), err_msg=f"{first}, {second}"
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
]


@pytest.mark.parametrize("names", ROWS, ids=", ".join)
def test_stages_in_a_row(names):
    stages = in_a_row(*names)
    np.testing.assert_array_equal(effective_counts(stages), by_matrices(stages))


@pytest.mark.parametrize("names", [*itertools.chain(zip(STAGES)), *ROWS], ids=", ".join)
def test_without_zeros_all_synapses_count(names):
    full = []
    for stage in in_a_row(*names):
        weights = {n: getattr(stage, n) for n in stage.arrays if n not in ("starts", "targets")}
        full.append(dataclasses.replace(stage, **{n: np.ones_like(a) for n, a in weights.items()}))
    np.testing.assert_array_equal(effective_counts(tuple(full)), synapse_counts(tuple(full)))
    np.testing.assert_array_equal(effective_counts(tuple(full)), by_matrices(full))


def test_outputs_are_counted_in_pieces(monkeypatch):
    stages = in_a_row("pool", "dense")
    monkeypatch.setattr(counting, "_AT_ONCE", 20)
    np.testing.assert_array_equal(effective_counts(stages), by_matrices(stages))


def test_too_many_places_are_counted_by_matrices(monkeypatch):
    stages = in_a_row("depthwise", "convolution")
    monkeypatch.setattr(counting, "_MOST_PLACES", 50)
    assert counting._by_places(stages) is None
    np.testing.assert_array_equal(effective_counts(stages), by_matrices(stages))


@pytest.mark.parametrize("front", [False, True])
def test_no_matrix_of_all_weights_is_built(front):
    """It would have 14 million entries here, of 9 bytes at least."""
    conv = Convolution((16, 16, 64), (1, 1), "same", 1, some(3, 3, 64, 96, zeros=0.01))
    pool = AveragePool((32, 32, 64), (2, 2), "valid", (2, 2))
    stages = (pool, conv) if front else (conv,)
    tracemalloc.start()
    try:
        found = effective_counts(stages)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 20e6
    places, channel = np.zeros((9, 16, 16), int), 5  # of one channel by hand
    for place, (i, j) in enumerate(itertools.product(range(3), repeat=2)):
        for row, column in itertools.product(range(16), repeat=2):
            places[place, row, column] = 0 <= row + 1 - i < 16 and 0 <= column + 1 - j < 16
    weights = np.count_nonzero(conv.kernel[:, :, channel], axis=-1).ravel()
    expected = np.tensordot(weights, places, 1)
    if front:
        expected = expected.repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(found.reshape(*expected.shape, 64)[..., channel], expected)


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
