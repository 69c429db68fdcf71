"""Predicted integers are nengo-loihi's: exponents, lost bits, refusals, and the largest charge."""

import warnings

import hypothesis.strategies as st
import nengo
import numpy as np
import pytest
from hypothesis import given, settings

from nengo_lifdeep.errors import DeploymentError
from nengo_lifdeep.loihi.number_range import number_range

pytestmark = pytest.mark.loihi


def discretized(weights, bias, tau_s, neuron):
    """nengo-loihi's own block with these weights: the block, or None where it refuses."""
    from nengo_lifdeep.compat import import_nengo_loihi

    import_nengo_loihi()
    from nengo_loihi.block import LoihiBlock, Synapse
    from nengo_loihi.builder.discretize import discretize_block

    block = LoihiBlock(len(bias))
    block.compartment.bias[:] = bias
    if isinstance(neuron, nengo.LIF):
        block.compartment.configure_lif(tau_rc=neuron.tau_rc, tau_ref=neuron.tau_ref)
    else:
        block.compartment.configure_relu(vth=1000)
    block.compartment.configure_filter(tau_s)
    for matrix in weights:
        synapse = Synapse(len(matrix))
        synapse.set_weights(np.asarray(matrix / 0.001, dtype=np.float32))
        block.add_synapse(synapse)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            discretize_block(block)
        except nengo.exceptions.BuildError as error:
            assert "Could not find appropriate weight exponent" in str(error)
            return None
    lost = [str(w.message).split()[1] for w in seen if "extra bits" in str(w.message)]
    return block, max(map(int, lost), default=0)


@st.composite
def cores(draw):
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    n = draw(st.integers(1, 6))
    sizes = draw(st.lists(st.sampled_from([1e-4, 1e-3, 1e-2, 0.1]), min_size=1, max_size=2))
    weights = [size * rng.normal(size=(draw(st.integers(1, 5)), n)) for size in sizes]
    bias = rng.normal(size=n) * draw(st.sampled_from([0.0, 1.0, 30.0, 300.0, 3000.0]))
    tau_s = draw(st.sampled_from([0.0, 0.001, 0.005, 0.02, 0.5, 5.0]))
    neuron = draw(
        st.sampled_from(
            [nengo.LIF(), nengo.LIF(tau_rc=0.05, tau_ref=0.001), nengo.SpikingRectifiedLinear()]
        )
    )
    return weights, bias, tau_s, neuron


@settings(max_examples=200, deadline=None, derandomize=True)
@given(cores())
def test_integers_of_random_cores(core):
    weights, bias, tau_s, neuron = core
    truth = discretized(weights, bias, tau_s, neuron)
    if truth is None:
        with pytest.raises(DeploymentError, match="largest bias"):
            number_range(weights, bias, tau_s, neuron)
        return
    block, lost = truth
    found = number_range(weights, bias, tau_s, neuron)
    assert found.weight_exponent == block.discretize_info["w_exp"]
    assert found.lost_bits == lost
    sums = sum(np.maximum(np.stack(s.weights)[:, 0], 0).sum(axis=0) for s in block.synapses)
    n_weights = sum(len(w) for w in weights)
    # each weight is rounded to a step of 2 and clipped to 254 of 255, shifted into the register
    step = 2 * 64 * 2.0 ** max(found.lost_bits, found.weight_exponent + 1)
    assert found.load * 2**21 == pytest.approx(sums.max(), abs=n_weights * step)


def test_filters_and_a_dense_matrix_into_one_core():
    rng = np.random.default_rng(0)
    filters, dense = rng.normal(size=(9, 6)) / 100, rng.normal(size=(10, 24)) / 100
    everywhere = np.tile(filters, (1, 4))  # four pixels, channels last
    bias = np.ones(24)
    found = number_range([filters, dense], bias, 0.005, nengo.LIF())
    assert found == number_range([everywhere, dense], bias, 0.005, nengo.LIF())
    assert found.load > number_range([dense], bias, 0.005, nengo.LIF()).load


def test_biases_take_bits_from_weights():
    """The brief's measured cases: w_max = 1 after dt; bias 30: 2 bits, 100: 4 bits, 1000: none."""
    weights = [0.001 * np.array([[1.0]])]
    lost = [number_range(weights, np.array([b]), 0.005, nengo.LIF()).lost_bits for b in (30, 100)]
    assert lost == [2, 4]
    with pytest.raises(DeploymentError):
        number_range(weights, np.array([1000.0]), 0.005, nengo.LIF())


def test_an_outlier_takes_bits():
    weights = np.random.default_rng(0).uniform(-1, 1, size=(2000, 4)) * 0.001
    assert number_range([weights], np.zeros(4), 0.005, nengo.LIF()).outlier_bits == 0
    weights[0, 0] = 0.017
    assert number_range([weights], np.zeros(4), 0.005, nengo.LIF()).outlier_bits == 4
