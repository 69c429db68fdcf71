"""ReLU networks become SoftLIF ones that answer alike, residual sums included."""

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.relu import relu_to_lif
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.errors import ConversionError, ValidationError
from nengo_lifdeep.layers import BatchNormalization, Conv2D, Dense, Flatten, Shortcut
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.neurons.relu_fit import fit_to_relu
from nengo_lifdeep.training.finetuning import finetune

PLAIN = [Conv2D(4, 3), Conv2D(5, 3), Flatten(), Dense(6), Dense(3)]
RESIDUAL = [Conv2D(4, 3, padding="same"), BatchNormalization(), Conv2D(4, 3, padding="same"),
            BatchNormalization(), Shortcut("neurons1"), Conv2D(6, 3, padding="same"),
            Shortcut("neurons2", 6), Flatten(), Dense(3)]  # fmt: skip


@pytest.fixture
def images():
    values = np.random.default_rng(0).uniform(size=(40, 8, 8, 2)).astype(np.float32)
    return Split(values, np.zeros(40, int), "random")


def by_hand(net, neuron, gain, peaks_at, images):
    """The same network with the fitted curve instead of ReLU, scaled layer by layer."""
    folded = fold(net)
    activity = {"input": images}
    curves = {}
    for population in folded.populations:
        J = population.bias + sum(
            _through(c, activity).reshape(len(images), *population.shape)
            for c in folded.connections
            if c.post == population.name
        )
        scale = peaks_at[population.name]
        curve = neuron.rates(gain * scale * J.ravel(), 1.0, 1.0).reshape(J.shape)
        activity[population.name] = curve / scale
        curves[population.name] = curve
    out = sum(_through(c, activity) for c in folded.connections if c.post == "output")
    return out + folded.output_bias, curves


def _through(connection, activity):
    from nengo_lifdeep.stages.types import apply_stages

    return apply_stages(connection.stages, activity[connection.pre])


def relu(make_network, layers):
    return make_network((8, 8, 2), layers, neuron=nengo.RectifiedLinear())


@pytest.mark.parametrize("layers", [PLAIN, RESIDUAL], ids=["plain", "residual"])
def test_weights_mean_the_fitted_curve_in_every_layer(make_network, images, layers):
    """The rewritten network equals the original with the curve put in by hand."""
    net = relu(make_network, layers)
    made = relu_to_lif(net, images)
    fitted, gain = fit_to_relu(SoftLIF(tau_rc=0.02, tau_ref=0.001))
    activity = forward(fold(net), images.images)
    scales = {}
    for name in (p.name for p in fold(net).populations):
        active = activity[name][activity[name] > 0]
        scales[name] = 8.0 / np.percentile(active, 99.9)
    if layers is RESIDUAL:
        scales["neurons2"] = scales["neurons1"] / gain
    expected, curves = by_hand(net, fitted, gain, scales, images.images)
    found = forward(fold(made), images.images)
    for name, curve in curves.items():
        got = made.neuron.amplitude * found[name]
        np.testing.assert_allclose(got, curve, atol=1e-4 * curve.max())
    np.testing.assert_allclose(found["output"], expected, atol=1e-4 * np.abs(expected).max())


def test_answers_stay_and_spikes_follow(make_network, images):
    net = relu(make_network, PLAIN)
    made = relu_to_lif(net, images)
    scores = [forward(convert(each), images.images)["output"] for each in (net, made)]
    assert np.corrcoef(scores[0].ravel(), scores[1].ravel())[0, 1] > 0.98


def test_refusals(make_network, images, example):
    with pytest.raises(ConversionError, match="only rectified linear"):
        relu_to_lif(example[0], example[1])
    with pytest.raises(ValidationError, match="high is 0"):
        relu_to_lif(relu(make_network, PLAIN), images, high=0)


def test_a_layer_without_bias_is_given_the_threshold(make_network, images):
    """As if it had one of zeros."""
    bare = relu(make_network, [Conv2D(4, 3, use_bias=False), Flatten(), Dense(3)])
    zeros = {"conv1": {**bare.weights["conv1"], "bias": np.zeros(4, np.float32)}}
    layers = (dataclasses.replace(bare.architecture.layers[0], use_bias=True),)
    with_zeros = dataclasses.replace(
        bare,
        architecture=dataclasses.replace(
            bare.architecture, layers=layers + bare.architecture.layers[1:]
        ),
        weights={**bare.weights, **zeros},
    )
    found, expected = relu_to_lif(bare, images), relu_to_lif(with_zeros, images)
    assert found.weights["conv1"]["bias"].min() > 0
    for name, arrays in expected.weights.items():
        for kind, array in arrays.items():
            np.testing.assert_array_equal(found.weights[name][kind], array)


@pytest.mark.tf
def test_finetuning_brings_the_curve_back(example, tmp_path):
    """A ReLU network of known accuracy; after an epoch SoftLIF answers as well."""
    from nengo_lifdeep.datasets import load
    from nengo_lifdeep.evaluation.accuracy import evaluate
    from nengo_lifdeep.training.random_features import random_features

    data = load("bars")
    trained, _ = example
    net = random_features(
        trained.architecture, data.train, neuron=nengo.RectifiedLinear(), classes=data.classes
    )
    tuned = finetune(net, data, epochs=8, peak=5e-3, batch_size=25, seed=1)
    assert type(tuned.neuron).__name__ == "SoftLIF" and tuned.neuron.noise is not None
    assert evaluate(tuned, data).accuracy > evaluate(net, data).accuracy - 0.03
    assert dataclasses.asdict(tuned.preprocessing) == dataclasses.asdict(net.preprocessing)


def test_two_identities_of_other_scales_are_refused(make_network, images):
    """Both sources would have to be in one scale; the answer must not be quietly wrong."""
    same = {"padding": "same"}
    layers = [Conv2D(4, 3, **same), Conv2D(4, 3, **same), Conv2D(4, 3, **same),
              Shortcut("neurons1"), Shortcut("neurons2"), Flatten(), Dense(3)]  # fmt: skip
    with pytest.raises(ConversionError, match=r"'neurons1' \(times .*'neurons2'.*1 x 1"):
        relu_to_lif(relu(make_network, layers), images)
