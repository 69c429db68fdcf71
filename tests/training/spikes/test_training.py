"""`train` on spikes: it learns, resumes exactly, starts from a trained network, and refuses."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from nengo_lifdeep import SpikeBased, convert, datasets, evaluate, train
from nengo_lifdeep.errors import TrainingError
from nengo_lifdeep.inputs.coding import BernoulliCoding, LatencyCoding
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Neurons,
)
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.neurons import StepLIF

pytestmark = pytest.mark.tf

NEURON = StepLIF.of_leak(0.95)
NET = Architecture(
    (8, 8, 1),
    [
        Conv2D(6, 3, padding="same", use_bias=False), Neurons(), Dropout(0.1), AveragePooling2D(2),
        Neurons(StepLIF.of_leak(1.0, threshold=0.75)), Flatten(), Dense(10, use_bias=False),
    ],
    "digits-spikes",
)  # fmt: skip
CODING = BernoulliCoding(max_rate=1000)


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


def trained(digits, epochs=1, net=NET, coding=CODING, **settings):
    method = settings.pop("method", SpikeBased(n_steps=15, coding=coding))
    return train(
        net, (digits.train.images[:256], digits.train.labels[:256]), neuron=NEURON, method=method,
        epochs=epochs, batch_size=32, learning_rate=0.004, loss="sum_of_squares", progress=False,
        **settings,
    )  # fmt: skip


def weights_of(model):
    return {f"{la}/{k}": v for la, group in model.weights.items() for k, v in group.items()}


def test_resumed_after_an_epoch_the_weights_are_the_same(digits, tmp_path):
    whole = trained(digits, 2, validation_split=0.25)
    trained(digits, 1, validation_split=0.25, checkpoint=tmp_path)
    found = trained(digits, 2, validation_split=0.25, checkpoint=tmp_path, resume=True)
    for name, array in weights_of(whole).items():
        np.testing.assert_array_equal(weights_of(found)[name], array)
    assert whole.history["val_accuracy"] == found.history["val_accuracy"]
    other = SpikeBased(n_steps=15, coding=CODING, derivative="arctan")
    with pytest.raises(TrainingError, match="derivative was 'lee2020', is 'arctan'"):
        trained(digits, 2, validation_split=0.25, checkpoint=tmp_path, method=other)


def test_it_learns_and_spikes_as_it_learnt(digits, tmp_path):
    """Far above chance after a few epochs, in `events` as in the training's own window."""
    model = trained(digits, 8)
    assert model.history["accuracy"][-1] > 0.5
    model.save(tmp_path / "net.lifdeep")
    spiking = convert(TrainedModel.load(tmp_path / "net.lifdeep"))
    timing = Presentation.as_trained(spiking.provenance)
    result = evaluate(spiking, digits.test.first(200), presentation=timing, coding=CODING)
    assert result.accuracy > 0.5
    assert result.agreement is None  # there are no rates that it should answer as
    warm = trained(digits, 1, initial_weights=model.weights)
    assert warm.history["accuracy"][0] > model.history["accuracy"][0] + 0.2


@pytest.mark.parametrize(
    ("coding", "options"),
    [
        (None, {}),
        (LatencyCoding(), {"derivative": "arctan"}),
        (CODING, {"derivative": "triangle"}),
        (CODING, {"derivative": "sigmoid", "through_reset": True}),
        (CODING, {"accumulated": True}),
    ],
    ids=["constant", "latency, arctan", "triangle", "sigmoid", "accumulated"],
)
def test_every_coding_and_derivative_learns(digits, coding, options):
    method = SpikeBased(n_steps=15, coding=coding, **options)
    history = trained(digits, 4, method=method).history
    assert history["loss"][-1] < 0.9 * history["loss"][0]


def test_spikes_have_no_gradient_in_rates(digits):
    with pytest.raises(TrainingError, match=r"spikes and has no gradient; .*SpikeBased"):
        train(NET, digits, neuron=NEURON, progress=False)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"alpha": 2.0}, "alpha and through_reset belong to surrogate"),
        ({"derivative": "arctan", "accumulated": True}, "accumulated and gate belong to"),
        ({"derivative": "step"}, "derivative is 'step'"),
        ({"n_steps": 0}, "n_steps is 0"),
        ({"coding": 5}, "coding is 5"),
        ({"read_out_leak": 1.5}, "read_out_leak is 1.5"),
    ],
)
def test_settings_that_cannot_be(options, text):
    with pytest.raises(TrainingError, match=text):
        SpikeBased(**options)
