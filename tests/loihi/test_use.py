"""Predicted use of cores is what nengo-loihi builds, layer by random layer, to the last bit."""

import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from nengo_lifdeep.loihi.board import CORE_LIMITS
from nengo_lifdeep.loihi.cut import Cut, as_image
from nengo_lifdeep.loihi.wiring import wiring_of
from nengo_lifdeep.stages.types import Convolution, DenseMatrix, LocalWindows

from .nengo_loihi_counts import built_model, counts, refused

pytestmark = pytest.mark.loihi


def predicted(stages, cuts, pop_type):
    wires = [wiring_of(stage, pop_type) for stage in stages]
    found, aligned = [], True
    for i, (wire, cut) in enumerate(zip(wires, cuts, strict=True)):
        for core in cut.cores():
            in_axons, bits = wire.use(cut, core)
            out = 0
            if i + 1 < len(wires):
                out = wires[i + 1].out_axons(core, cut, cuts[i + 1])
            found.append((core.n_neurons, in_axons, bits, out))
            if pop_type == 16 and hasattr(wire, "unaligned"):
                aligned &= not wire.unaligned(core)
    return found, aligned


def weights(draw, *shape):
    values = np.random.default_rng(draw(st.integers(0, 99))).normal(size=shape)
    if draw(st.booleans()):  # few values: some patterns become equal
        values = np.round(values)
    return values.astype(np.float32)


@st.composite
def convolutions(draw, input_shape):
    rows, cols, channels = input_shape
    kernel = draw(st.integers(1, min(4, rows))), draw(st.integers(1, min(4, cols)))
    strides = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    padding = draw(st.sampled_from(["valid", "same"]))
    filters = draw(st.sampled_from([1, 2, 3, 4, 8, 12, 20, 64]))
    values = weights(draw, *kernel, channels, filters)
    if draw(st.booleans()):  # as average pooling folded into it
        values = np.repeat(np.repeat(values, 2, axis=0), 2, axis=1)[:rows, :cols]
    return Convolution(input_shape, strides, padding, 1, values)


@st.composite
def stages_behind(draw, shape):
    kind = draw(st.sampled_from(["conv", "conv", "conv", "dense", "local"]))
    if kind == "conv":
        return draw(convolutions(as_image(shape)))
    if kind == "dense":
        n_inputs = math.prod(shape)
        return DenseMatrix((n_inputs,), weights(draw, n_inputs, draw(st.integers(1, 60))))
    image = as_image(shape)
    window = min(2, image[0]), min(2, image[1])
    rows, cols = image[0] - window[0] + 1, image[1] - window[1] + 1
    shape = rows, cols, math.prod(window) * image[2], draw(st.integers(1, 5))
    kernel = np.random.default_rng(draw(st.integers(0, 99))).normal(size=shape).astype(np.float32)
    return LocalWindows(image, (1, 1), "valid", window, kernel)


@st.composite
def cuts_of(draw, shape):
    image = as_image(shape)
    return Cut(image, tuple(draw(st.integers(1, n)) for n in image))


@st.composite
def layer_pairs(draw):
    size = st.integers(1, 9)
    input_shape = draw(size), draw(size), draw(st.sampled_from([1, 2, 3, 6]))
    first = draw(stages_behind(input_shape))
    second = draw(stages_behind(first.output_shape))
    stages = [first, second]
    cuts = [draw(cuts_of(stage.output_shape)) for stage in stages]
    return stages, cuts, draw(st.sampled_from([32, 16]))


def check(stages, cuts, pop_type):
    model = built_model(stages, [c.shape for c in cuts], [c.block for c in cuts], pop_type)
    found, aligned = predicted(stages, cuts, pop_type)
    assert found == counts(model)
    names = ("compartments", "in_axons", "synapse_bits", "out_axons")
    limits = [CORE_LIMITS[name] for name in names]
    fits = all(n <= limit for use in found for n, limit in zip(use, limits, strict=True))
    assert (fits and aligned) == (refused(model) is None), refused(model)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(layer_pairs())
def test_two_random_layers_on_the_chip(pair):
    check(*pair)


def big(n_inputs, n_outputs, seed=0):
    values = np.random.default_rng(seed).normal(size=(n_inputs, n_outputs)).astype(np.float32)
    return DenseMatrix((n_inputs,), values)


def conv(size, channels, filters, kernel, stride=1, padding="valid"):
    values = np.random.default_rng(0).normal(size=(kernel, kernel, channels, filters))
    return Convolution(
        (size, size, channels), (stride, stride), padding, 1, values.astype(np.float32)
    )


@pytest.mark.parametrize(
    ("stages", "blocks", "pop_type", "text"),
    [
        ([big(20, 1100)], [(1, 1, 1100)], 32, "Number of compartments (1100) exceeded max (1024)"),
        ([big(4097, 4)], [(1, 1, 4)], 32, "Input axons (4097) exceeded max (4096)"),
        ([big(1000, 1000)], [(1, 1, 500)], 32, "Total synapse bits"),
        ([big(10, 600), big(600, 400)], [(1, 1, 600), (1, 1, 50)], 32, "Output axons (4800)"),
        ([conv(12, 32, 64, 3, 2)], [(5, 5, 32)], 32, "Total synapse bits (1089536)"),
        ([conv(12, 32, 64, 3, 2)], [(5, 5, 16)], 32, None),
        ([conv(6, 2, 6, 3)], [(2, 2, 3)], 16, "axon_compartments_bases"),
        ([conv(6, 2, 8, 3)], [(2, 2, 4)], 16, None),
        ([conv(26, 16, 32, 3, 2)], [(6, 6, 28)], 32, None),
    ],
    ids=["neurons", "in-axons", "dense bits", "out-axons", "conv bits", "fits", "pop16",
         "pop16 fits", "measured"],
)  # fmt: skip
def test_what_nengo_loihi_refuses(stages, blocks, pop_type, text):
    cuts = [Cut(as_image(s.output_shape), b) for s, b in zip(stages, blocks, strict=True)]
    check(stages, cuts, pop_type)
    model = built_model(stages, [c.shape for c in cuts], blocks, pop_type)
    assert (refused(model) is None) == (text is None)
    if text is not None:
        assert text in refused(model)


def test_a_cut_measured_before():
    """26x26x16 to 12x12x32, blocks of 6x6x28: 578,816 bits and 169 input axons in the brief."""
    stage = conv(26, 16, 32, 3, 2)
    cut = Cut((12, 12, 32), (6, 6, 28))
    uses = [wiring_of(stage).use(cut, core) for core in cut.cores()]
    assert max(u[0] for u in uses) == 169
    assert max(u[1] for u in uses) == 578816
