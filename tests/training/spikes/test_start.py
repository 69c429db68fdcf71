"""Training on spikes starts from a trained network: what it computed in rates, in spikes."""

import dataclasses

import nengo
import numpy as np
import pytest

pytest.importorskip("tensorflow")

from nengo_lifdeep import SpikeBased, convert, datasets, evaluate
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.relu import activity_peaks
from nengo_lifdeep.errors import TrainingError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import (
    AveragePooling2D,
    BatchNormalization,
    Branch,
    Conv2D,
    Dense,
    Flatten,
    MaxPooling2D,
    Neurons,
    Shortcut,
)
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.neurons import SoftLIF, StepLIF
from nengo_lifdeep.simulators import run
from nengo_lifdeep.training.finetuning import finetune
from nengo_lifdeep.training.random_features import random_features
from nengo_lifdeep.training.spikes.start import in_spikes

pytestmark = pytest.mark.tf

FIRING = [Conv2D(4, 3, use_bias=False), Neurons(), AveragePooling2D(2), Neurons(), Flatten(),
          Dense(6), Neurons(), Dense(3)]  # fmt: skip
NORMALISED = [Conv2D(4, 3), BatchNormalization(), Neurons(), AveragePooling2D(2),
              Conv2D(5, 2, use_bias=False), BatchNormalization(), Neurons(), Flatten(),
              Dense(3)]  # fmt: skip
RESIDUAL = [Conv2D(4, 3, padding="same"), Conv2D(4, 3, padding="same"), Shortcut("neurons1"),
            Conv2D(6, 3, padding="same"), Shortcut("neurons2", 6), Flatten(), Dense(3)]  # fmt: skip
FREE = StepLIF.of_leak(1.0)


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(size=(12, 8, 8, 2)).astype(np.float32)


def relu(make_network, layers, neuron=None):
    return make_network((8, 8, 2), layers, neuron=neuron or nengo.RectifiedLinear())


@pytest.mark.parametrize("layers", [FIRING, NORMALISED, RESIDUAL],
                         ids=["pools that fire", "normalised", "residual"])  # fmt: skip
def test_without_leak_spikes_per_step_are_the_scaled_rates(make_network, images, layers):
    """Small charges lose little above the threshold, so the share of steps with a spike tells."""
    net = relu(make_network, layers)
    high, n_steps = 0.04, 1500
    method = SpikeBased(n_steps=n_steps)
    start = in_spikes(net, images, FREE, method, high)
    peaks, rates = activity_peaks(net, images), forward(fold(net), images)
    timing = Presentation.as_trained(start.provenance)
    record = run(convert(start), images, presentation=timing)
    for population in fold(net).populations:
        name = population.name
        spikes = record.layer_rates[name] * method.dt
        mean = rates[name].reshape(len(images), -1).mean(0)
        scale = spikes @ mean / (mean @ mean)
        if name == "neurons1":
            # a constant current loses half a charge per spike at most
            assert scale * peaks[name] == pytest.approx(high, rel=0.04)
            np.testing.assert_allclose(spikes, scale * mean, atol=0.05 * high)
        assert np.corrcoef(spikes, mean)[0, 1] > 0.98  # charges of spikes are coarser
    found, asked = scores(record, start), rates["output"]
    assert np.corrcoef(found.ravel(), asked.ravel())[0, 1] > 0.98
    units = start.architecture.own_neurons.values()
    assert [unit.threshold for unit in units] == ([0.75] if layers is FIRING else [])


def scores(record, start):
    """What the read-out holds after the last step."""
    return record.outputs[:, Presentation.as_trained(start.provenance).c_steps :].mean(1)


def test_softlif_starts_from_the_line_that_follows_its_curve(make_network, images):
    """Thresholds become biases, and most images keep their class."""
    net = make_network((8, 8, 2), NORMALISED, SoftLIF(tau_rc=0.02, tau_ref=0.001, amplitude=0.01))
    start = in_spikes(net, images, FREE, SpikeBased(n_steps=200), 0.3)
    asked = forward(fold(net), images)["output"]
    record = run(convert(start), images, presentation=Presentation.as_trained(start.provenance))
    found = scores(record, start)
    assert np.corrcoef((asked - asked.mean(0)).ravel(), (found - found.mean(0)).ravel())[0, 1] > 0.9


def test_other_steps_and_leak_of_a_network_that_spikes_already(make_network, images):
    """The read-out stays a mean over steps, and another leak does not change what a spike adds."""
    net = relu(make_network, FIRING)
    start = in_spikes(net, images, FREE, SpikeBased(n_steps=10))
    longer = in_spikes(start, images, FREE, SpikeBased(n_steps=20))
    for name, arrays in start.weights.items():
        factor = 1.0  # without a leak the read-out is a mean over the window by itself
        np.testing.assert_allclose(
            longer.weights[name]["kernel"], factor * arrays["kernel"], rtol=1e-6
        )
    leaky = in_spikes(start, images, StepLIF.of_leak(0.9), SpikeBased(n_steps=20))
    direct = in_spikes(net, images, StepLIF.of_leak(0.9), SpikeBased(n_steps=20))
    for name, arrays in direct.weights.items():
        np.testing.assert_allclose(leaky.weights[name]["kernel"], arrays["kernel"], rtol=1e-5)
    assert leaky.provenance["spikes"]["n_steps"] == 20
    with pytest.raises(TrainingError, match=r"steps of 0.001 s.*SpikeBased\(dt=0.001\)"):
        in_spikes(start, images, StepLIF.of_leak(0.9, dt=0.002), SpikeBased(dt=0.002))


@pytest.mark.parametrize(
    ("layers", "text"),
    [
        ([Conv2D(3, 3), MaxPooling2D(2), Flatten(), Dense(3)], "max pooling|MaxPooling"),
        ([Conv2D(3, 3), Neurons(), Branch("neurons1"), Flatten(), Dense(3)], "is not known where"),
        ([Conv2D(3, 3), Neurons(), Neurons(), Flatten(), Dense(3)], "reached without weights"),
    ],
    ids=["maxima", "branch", "no weights"],
)
def test_what_has_no_start_is_refused(make_network, images, layers, text):
    with pytest.raises(TrainingError, match=text):
        net = dataclasses.replace(relu(make_network, layers), provenance={})
        in_spikes(net, images, FREE, SpikeBased(n_steps=5))


def test_a_network_that_spikes_is_not_scaled(make_network, images):
    start = in_spikes(relu(make_network, FIRING), images, FREE, SpikeBased(n_steps=10))
    with pytest.raises(TrainingError, match="high is 2, but the network was trained on its spikes"):
        finetune(start, datasets.load("bars"), method=SpikeBased(n_steps=10), high=2.0)


@pytest.mark.slow
def test_finetuned_on_spikes_it_is_as_good_as_in_rates(tmp_path):
    """Random kernels with a fitted read-out; then an epoch on spikes, and another from there."""
    data = datasets.load("bars")
    shape = data.train.image_shape
    layers = [Conv2D(8, 3), AveragePooling2D(2), Neurons(), Flatten(), Dense(len(data.classes))]
    net = random_features(
        Architecture(shape, layers), data.train, neuron=nengo.RectifiedLinear(),
        classes=data.classes,
    )  # fmt: skip
    method = SpikeBased(n_steps=12)
    tuned = finetune(net, data, epochs=2, method=method, batch_size=25, progress=False)
    timing = Presentation.as_trained(tuned.provenance)
    assert evaluate(convert(tuned), data, presentation=timing).accuracy > (
        evaluate(net, data).accuracy - 0.03
    )
    again = finetune(tuned, data, epochs=1, method=method, batch_size=25, progress=False)
    assert again.history["loss"][0] < tuned.history["loss"][0]
