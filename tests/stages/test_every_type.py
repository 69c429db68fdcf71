"""Every type of stage keeps what it promises: its matrix, its work, its bounds, files.

A new type is tried by being in `STAGE_TYPES` and having an example here.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep.errors import ConversionError
from nengo_lifdeep.models import Connection, SpikingModel
from nengo_lifdeep.stages.counting import synapse_counts
from nengo_lifdeep.stages.nonlinear import NONLINEAR_STAGES, MaxPool, ResponseNormalization
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
    apply_stages,
)

RNG = np.random.default_rng(0)
IMAGE = (7, 6, 4)


def normal(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def sparse(outputs):
    matrix = normal(int(np.prod(IMAGE)), int(np.prod(outputs)))
    matrix[RNG.uniform(size=matrix.shape) < 0.9] = 0
    matrix[0, 0] = 1.5
    return SparseMatrix.of(DenseMatrix(IMAGE, matrix).to_matrix(), IMAGE, outputs)


EXAMPLES = {
    "Convolution": [
        Convolution(IMAGE, (2, 1), "same", 2, normal(3, 5, 2, 6)),
        Convolution(IMAGE, (1, 2), "valid", 1, normal(3, 2, 4, 5)),
    ],
    "LocalWindows": [
        LocalWindows(IMAGE, (2, 2), "same", (3, 3), normal(4, 3, 36, 5)),
        LocalWindows(IMAGE, (3, 1), "valid", (2, 4), normal(2, 3, 32, 2)),
    ],
    "AveragePool": [
        AveragePool(IMAGE, (2, 2), "same", (3, 3)),
        AveragePool(IMAGE, (2, 3), "valid", (2, 2)),
    ],
    "DenseMatrix": [DenseMatrix((2, 3, 4), normal(24, 5)), DenseMatrix((3,), normal(3, 2))],
    "Elementwise": [
        Elementwise(IMAGE, normal(4)),
        Elementwise((5,), normal(1)),
        Elementwise((5,), normal(5)),
    ],
    "SparseMatrix": [sparse((3, 2, 2)), sparse((5,))],
    "Placement": [
        Placement(IMAGE, (9, 9, 4), (1, 2, 0), (1, 1, 1)),
        Placement(IMAGE, (4, 6, 4), (-2, 0, 0), (1, 1, 1)),
        Placement(IMAGE, (16, 9, 7), (2, -3, 1), (2, 3, 1)),
        Placement((5,), (9,), (3,), (1,)),
    ],
    "Upsample": [
        Upsample(IMAGE, (2, 3), "nearest"),
        Upsample(IMAGE, (2, 3), "bilinear"),
        Upsample((1, 2, 1), (4, 1), "bilinear"),
    ],
}  # fmt: skip
STAGES = [stage for stages in EXAMPLES.values() for stage in stages]
WINDOWED = (Convolution, LocalWindows, AveragePool)

each = pytest.mark.parametrize("stage", STAGES, ids=lambda s: type(s).__name__)
each_with_weights = pytest.mark.parametrize(
    "stage", [s for s in STAGES if s.arrays], ids=lambda s: type(s).__name__
)


def test_every_type_has_an_example():
    assert EXAMPLES.keys() == STAGE_TYPES.keys()
    for name, stages in EXAMPLES.items():
        assert stages and all(type(stage) is STAGE_TYPES[name] for stage in stages)
    assert not STAGE_TYPES.keys() & NONLINEAR_STAGES.keys()
    assert all(cls.linear for cls in STAGE_TYPES.values())
    assert not any(cls.linear for cls in NONLINEAR_STAGES.values())


@each
def test_matrix_is_apply(stage):
    x = RNG.normal(size=(3, *stage.input_shape))
    y = stage.apply(x)
    assert y.shape == (3, *stage.output_shape)
    matrix = stage.to_matrix()
    assert matrix.shape == (x[0].size, y[0].size)
    np.testing.assert_allclose(x.reshape(3, -1) @ matrix, y.reshape(3, -1), atol=1e-5)


@each
def test_a_stage_that_only_applies_has_the_same_matrix(stage):
    """What a new type inherits."""
    expected, found = stage.to_matrix().toarray(), Stage.to_matrix(stage).toarray()
    np.testing.assert_allclose(found, expected, atol=1e-6)


@each
def test_work_is_the_size_of_the_matrix_on_the_padded_image(stage):
    """By brute force: every multiplication, those with the zeros of the border too."""
    whole = stage
    if isinstance(stage, WINDOWED):
        padded = stage.padded(np.zeros((1, *stage.input_shape))).shape[1:]
        whole = dataclasses.replace(stage, input_shape=padded, padding="valid")
        (rows, _), (cols, _) = stage.geometry()
        assert whole.geometry() == [(rows, 0), (cols, 0)]
    matrix = Stage.to_matrix(whole).toarray()
    assert stage.work == np.count_nonzero(matrix) > 0


@each
def test_largest_sum_bounds_what_inputs_up_to_one_become(stage):
    matrix = Stage.to_matrix(stage).toarray()
    reached = np.abs(matrix).sum(axis=0).max()
    assert stage.largest_sum >= reached * (1 - 1e-6)
    if getattr(stage, "padding", "valid") == "valid" or isinstance(stage, AveragePool):
        assert stage.largest_sum == pytest.approx(reached, rel=1e-5)


@each
def test_fan_out_is_that_of_the_matrix(stage):
    expected = np.count_nonzero(Stage.to_matrix(stage).toarray(), axis=1)
    np.testing.assert_array_equal(synapse_counts((stage,)), expected)


@each_with_weights
def test_scaled_by_a_number_or_by_channel(stage):
    x = RNG.normal(size=(2, *stage.input_shape))
    by_channel = np.linspace(-1, 2, stage.output_shape[-1], dtype=np.float32)
    for factor in (2.5, by_channel):
        scaled = stage.scaled(factor)
        assert type(scaled) is type(stage)
        np.testing.assert_allclose(scaled.apply(x), stage.apply(x) * factor, atol=1e-5)
        assert scaled.apply(x.astype(np.float32)).dtype == np.float32


@each
def test_round_trip_through_a_file(stage, tmp_path):
    read_out = DenseMatrix(stage.output_shape, normal(int(np.prod(stage.output_shape)), 2))
    first = (1, 1, *stage.input_shape) if len(stage.input_shape) == 1 else stage.input_shape
    model = SpikingModel(
        "one", first, (), (Connection("input", "output", (stage, read_out)),), np.zeros(2)
    )
    loaded = SpikingModel.load(model.save(tmp_path / "one.lifdeep")).connections[0].stages[0]
    assert type(loaded) is type(stage)
    for field in dataclasses.fields(stage):
        np.testing.assert_array_equal(getattr(loaded, field.name), getattr(stage, field.name))


def pair(first, last):
    return pytest.param(first, last, id=f"{type(first).__name__}-{type(last).__name__}")


@pytest.mark.parametrize(
    ("first", "last"),
    [
        pair(first, make(first.output_shape))
        for first in STAGES
        if len(first.output_shape) == 3
        for make in (
            lambda shape: AveragePool(shape, (1, 1), "same", (2, 2)),
            lambda shape: Convolution(shape, (1, 1), "same", 1, normal(2, 2, shape[2], 3)),
            lambda shape: (
                Convolution(shape, (1, 1), "valid", 2, normal(1, 1, shape[2] // 2, 4))
                if shape[2] % 2 == 0
                else Elementwise(shape, normal(1))
            ),
            lambda shape: DenseMatrix(shape, normal(int(np.prod(shape)), 3)),
        )
    ],
)
def test_two_in_a_row_reach_what_their_product_reaches(first, last):
    """Any two, in any order: paths, not sums, decide what is a synapse."""
    reach = (Stage.to_matrix(first).toarray() != 0) @ (Stage.to_matrix(last).toarray() != 0)
    np.testing.assert_array_equal(synapse_counts((first, last)), reach.sum(axis=1))
    x = RNG.normal(size=(2, *first.input_shape))
    product = first.to_matrix() @ last.to_matrix()
    y = apply_stages((first, last), x).reshape(2, -1)
    np.testing.assert_allclose(x.reshape(2, -1) @ product, y, atol=1e-4)


@pytest.mark.parametrize(
    "stage",
    [MaxPool(IMAGE, (2, 2), "same", (3, 3)), ResponseNormalization(IMAGE, 2, 1.0, 0.1, 0.75)],
    ids=lambda s: type(s).__name__,
)
def test_what_is_not_linear_has_no_matrix(stage):
    with pytest.raises(ConversionError, match=f"{type(stage).__name__} is not linear"):
        stage.to_matrix()


def test_a_new_type_needs_only_apply():
    """Work, bound and matrix follow; slowly, but right."""

    @dataclasses.dataclass(frozen=True, eq=False)
    class Mirrored(Stage):
        def _check(self):
            pass

        @property
        def output_shape(self):
            return self.input_shape

        def apply(self, x):
            return -2 * x.reshape(len(x), *self.input_shape)[:, ::-1]

    stage = Mirrored((20, 20, 1))  # more inputs than are examined at once
    matrix = stage.to_matrix().toarray()
    expected = -2 * np.eye(400).reshape(20, 20, 400)[::-1].reshape(400, 400)
    np.testing.assert_array_equal(matrix, expected)
    assert stage.largest_sum == 2 and stage.work == 400 * 400
