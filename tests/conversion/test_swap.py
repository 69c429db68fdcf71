"""Conversion: nothing lost in folding, scaling exact, everything else refused with a reason."""

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.scaling import scale_rates
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import ConversionError, ValidationError
from nengo_lifdeep.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LocallyConnected2D,
    Neurons,
    Shortcut,
)
from nengo_lifdeep.models import SpikingModel
from nengo_lifdeep.neurons import SoftLIF, neuron_rate
from nengo_lifdeep.stages.types import AveragePool

RNG = np.random.default_rng(1)


def layer_by_layer(trained, x):
    """The trained network as its layers say, independent of stages and folding."""
    known = {}
    for layer, shape in zip(
        trained.architecture.layers, trained.architecture.shapes(), strict=False
    ):
        w = trained.weights.get(layer.name, {})
        if isinstance(layer, Shortcut):
            added = known[layer.source]
            x = x + (added[:, :: layer.strides[0], :: layer.strides[1]] @ w["kernel"][0, 0]
                     if w else added)  # fmt: skip
        if isinstance(layer, Conv2D):
            x = _conv(x, w["kernel"], layer, shape) + w["bias"]
        elif isinstance(layer, Dense):
            x = x @ w["kernel"] + w["bias"]
        elif isinstance(layer, BatchNormalization):
            standard = (x - w["moving_mean"]) / np.sqrt(w["moving_variance"] + layer.epsilon)
            x = w["gamma"] * standard + w["beta"]
        elif isinstance(layer, AveragePooling2D):
            n, r, c, f = x.shape
            p = layer.pool_size[0]
            x = x[:, : r // p * p, : c // p * p].reshape(n, r // p, p, c // p, p, f).mean((2, 4))
        elif isinstance(layer, Neurons):
            x = neuron_rate(trained.neuron, x)
            known[layer.name] = x
        elif isinstance(layer, Flatten):
            x = x.reshape(len(x), -1)
    return x


def _conv(x, kernel, layer, shape):
    from scipy.signal import correlate

    rows, cols, filters = layer.output_shape(shape)
    pad = [(k - 1) // 2 if layer.padding == "same" else 0 for k in layer.kernel_size]
    post = [k - 1 - p if layer.padding == "same" else 0
            for k, p in zip(layer.kernel_size, pad, strict=True)]  # fmt: skip
    x = np.pad(x, [(0, 0), (pad[0], post[0]), (pad[1], post[1]), (0, 0)])
    out = np.zeros((len(x), rows, cols, filters))
    for i, f in np.ndindex(len(x), filters):
        out[i, ..., f] = correlate(x[i], kernel[..., f], mode="valid")[..., 0]
    return out


LAYERS = {
    "pool folded": [Conv2D(4, 3, padding="same"), AveragePooling2D(2), Conv2D(5, 3, padding="same"),
                    AveragePooling2D(2), Flatten(), Dense(20), Dropout(0.5), Dense(3)],
    "batch normalisation": [Conv2D(4, 3), BatchNormalization(), AveragePooling2D(2), Flatten(),
                            Dense(20), BatchNormalization(), Dense(3), BatchNormalization()],
    "residual sums": [Conv2D(4, 3, padding="same"), Conv2D(4, 3, padding="same"),
                      BatchNormalization(), Shortcut("neurons1"), Conv2D(6, 3, padding="same"),
                      Shortcut("neurons2", 6), Shortcut("neurons1", 6), AveragePooling2D(2),
                      Flatten(), Dense(3)],
    "two pools in a row": [Conv2D(4, 3, padding="same"), AveragePooling2D(2), AveragePooling2D(2),
                           Conv2D(5, 2), Flatten(), Dense(3)],
}  # fmt: skip


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
def test_folding_changes_nothing(make_network, layers):
    trained = make_network((8, 8, 2), layers)
    x = RNG.uniform(size=(3, 8, 8, 2)).astype(np.float32)
    expected = layer_by_layer(trained, x)
    assert np.ptp(expected) > 0.1
    folded = fold(trained)
    assert not any(isinstance(s, AveragePool) for c in folded.connections for s in c.stages)
    np.testing.assert_allclose(forward(folded, x)["output"], expected, rtol=1e-4, atol=1e-4)


def test_what_cannot_be_folded_stays_a_stage(make_network):
    layers = [Conv2D(4, 3, padding="same"), AveragePooling2D(3, 2, "same"), Conv2D(5, 3),
              AveragePooling2D(2), LocallyConnected2D(2, 1), Flatten(), Dense(3)]  # fmt: skip
    folded = fold(make_network((8, 8, 2), layers))
    kinds = [[type(s).__name__ for s in c.stages] for c in folded.connections]
    assert kinds == [
        ["Convolution"], ["AveragePool", "Convolution"], ["AveragePool", "LocalWindows"],
        ["DenseMatrix"],
    ]  # fmt: skip


def test_converted_network(example):
    trained, _ = example
    spiking = convert(trained, synapse=0.003)
    neuron = spiking.populations[0].neuron
    assert type(neuron) is nengo.LIF
    assert (neuron.tau_rc, neuron.tau_ref) == (trained.neuron.tau_rc, trained.neuron.tau_ref)
    assert neuron.amplitude == 1
    synapses = [c.synapse for c in spiking.connections]
    assert synapses == [None, nengo.Alpha(0.003), nengo.Alpha(0.003)]


def test_rectified_linear_becomes_integrate_and_fire(make_network):
    trained = make_network((6,), [Dense(8), Dense(2)], neuron=nengo.RectifiedLinear(amplitude=0.01))
    spiking = convert(trained, synapse=nengo.Lowpass(0.002))
    assert type(spiking.populations[0].neuron) is nengo.SpikingRectifiedLinear
    assert spiking.connections[-1].synapse == nengo.Lowpass(0.002)


@pytest.mark.parametrize(
    ("neuron", "power"), [(SoftLIF(amplitude=0.05), 1), (nengo.RectifiedLinear(amplitude=0.05), 1)]
)
def test_scaled_rates_are_exactly_scaled(make_network, neuron, power):
    trained = make_network((6,), [Dense(8), Dense(7), Dense(2)], neuron=neuron)
    base = convert(trained)
    x = RNG.uniform(size=(4, 6)).astype(np.float32)
    before = forward(base, x)
    factor = {"neurons1": 3.0, "neurons2": 0.5}
    after = forward(scale_rates(base, factor), x)
    for name, times in factor.items():
        assert before[name].max() > 1
        np.testing.assert_allclose(after[name], times * before[name], rtol=2e-4, atol=1e-3)
    np.testing.assert_allclose(after["output"], before["output"], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"synapse": nengo.synapses.Triangle(0.01)}, ConversionError, "expected nengo.Alpha"),
        (
            {"synapse": -0.01},
            ValidationError,
            "synapse is -0.01; expected a finite number, at least 0",
        ),
        ({"scale_firing_rates": 0}, ValidationError, "expected a finite number above 0"),
        ({"scale_firing_rates": {"conv9": 2}}, ValidationError, r"names \['conv9'\]"),
        ({"initial_voltage": "random"}, ValidationError, "'zero' or 'half' or 'uniform'"),
        ({"neuron": nengo.LIFRate()}, ConversionError, "does not spike"),
        ({"neuron": nengo.LIF(amplitude=0.1)}, ConversionError, "amplitude 0.1; expected 1"),
    ],
)
def test_bad_options_are_refused(example, options, error, message):
    with pytest.raises((error, nengo.exceptions.ValidationError), match=message):
        convert(example[0], **options)


def test_saving_and_loading_is_the_identity(make_network, tmp_path):
    layers = [Conv2D(4, 3, padding="same"), AveragePooling2D(3, 2, "same"),
              LocallyConnected2D(2, 2), Flatten(), Dense(3)]  # fmt: skip
    spiking = convert(make_network((8, 8, 2), layers), synapse=nengo.Lowpass(0.004))
    again = SpikingModel.load(spiking.save(tmp_path / "net.spiking"))
    x = RNG.uniform(size=(3, 8, 8, 2)).astype(np.float32)
    for name, rates in forward(spiking, x).items():
        np.testing.assert_array_equal(forward(again, x)[name], rates)
    assert [c.synapse for c in again.connections] == [c.synapse for c in spiking.connections]
    assert [p.neuron for p in again.populations] == [p.neuron for p in spiking.populations]
    assert again.provenance == spiking.provenance


def test_time_constant_of_all_synapses(example):
    spiking = convert(example[0], synapse=nengo.Lowpass(0.005))
    assert spiking.with_tau_s(None) is spiking
    faster = spiking.with_tau_s(0.001)
    assert {c.synapse for c in faster.connections[1:]} == {nengo.Lowpass(0.001)}
    assert faster.connections[0].synapse is None
    assert {c.synapse for c in spiking.with_tau_s(0).connections} == {None}


def test_connection_that_does_not_fit_is_refused(example):
    spiking = convert(example[0])
    with pytest.raises(ValidationError, match="there is no population 'nowhere'"):
        dataclasses.replace(
            spiking,
            connections=(dataclasses.replace(spiking.connections[0], post="nowhere"),),
        )
    with pytest.raises(ValidationError, match="ends in shape"):
        dataclasses.replace(
            spiking,
            connections=(dataclasses.replace(spiking.connections[0], post="neurons2"),),
        )
