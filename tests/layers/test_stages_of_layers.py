"""Every type of layer has its stage, or none on purpose, and a layer that trains it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep.conversion.layer_stages import STAGES, WITHOUT_STAGE, layer_stages
from nengo_lifdeep.errors import ConversionError
from nengo_lifdeep.layers import LAYER_TYPES, Conv2D, Layer, Shortcut
from nengo_lifdeep.stages.sparse import product_up_to
from nengo_lifdeep.stages.types import DenseMatrix, apply_stages

from .test_every_type import CASES

RNG = np.random.default_rng(0)


def drawn(arrays):
    return {name: RNG.normal(size=size).astype(np.float32) for name, size in arrays.items()}


def test_the_table_is_complete():
    assert {*STAGES, *WITHOUT_STAGE} == set(LAYER_TYPES.values())
    assert not set(STAGES) & set(WITHOUT_STAGE)


@pytest.mark.parametrize(
    ("layer", "shape", "arrays"), CASES, ids=[type(case[0]).__name__ for case in CASES]
)
def test_stages_take_and_give_the_layers_shapes(layer, shape, arrays):
    stages = layer_stages(layer, shape, drawn(arrays))
    if type(layer) in WITHOUT_STAGE:
        assert stages == ()
        return
    assert stages[0].input_shape == shape and stages[-1].output_shape == layer.output_shape(shape)
    if layer.has_weights and getattr(layer, "padding", "valid") == "valid":
        assert product_up_to(stages, 2**20).count_nonzero() == layer.n_synapses(shape)


def test_the_projection_of_a_sum():
    layer = Shortcut("neurons1", 5, 2)
    (stage,) = layer_stages(layer.projection, (4, 4, 3), drawn(layer.arrays((4, 4, 3))))
    assert stage.output_shape == layer.output_shape((4, 4, 3))
    assert np.count_nonzero(stage.to_matrix().toarray()) == layer.n_synapses((4, 4, 3))


def test_an_unknown_type_is_named():
    @dataclasses.dataclass(frozen=True)
    class Mirrored(Layer):
        """Nobody knows it."""

    with pytest.raises(ConversionError, match=r"layer 'm1' \(Mirrored\).*expected one of Conv2D"):
        layer_stages(Mirrored(name="m1"), (4, 4, 1), {})

    @dataclasses.dataclass(frozen=True)
    class Dilated(Conv2D):
        """A subclass may compute otherwise: types are matched exactly."""

    with pytest.raises(ConversionError, match="Dilated"):
        layer_stages(Dilated(2, 3), (4, 4, 1), {})


def test_stages_in_rates_take_what_neurons_give_times_an_amplitude():
    """What is not linear is not the same map of rates as of outputs."""
    for layer, shape, arrays in CASES:
        stages = layer_stages(layer, shape, drawn(arrays))
        if not stages or isinstance(stages[0], DenseMatrix):
            continue
        x = RNG.uniform(size=(2, *shape))
        found = apply_stages(tuple(stage.with_inputs(0.25) for stage in stages), x)
        np.testing.assert_allclose(
            found, apply_stages(stages, 0.25 * x) / 0.25, rtol=1e-5, atol=1e-6
        )
