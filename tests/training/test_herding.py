"""`train(method=Herding(...))`: learns, resumes exactly, and says what it does not know."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Architecture, AveragePooling2D, Dense, Flatten, Herding, datasets, train
from nengo_lifdeep.errors import TrainingError
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.herding import learner
from nengo_lifdeep.herding.networks import herdable
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.training import OneCycle
from nengo_lifdeep.training.herding.initial import small_weights
from nengo_lifdeep.training.herding.order import herding_rates
from nengo_lifdeep.weights import Rounded

SMALL = Architecture((8, 8, 1), [Flatten(), Dense(20, use_bias=False), Dense(10, use_bias=False)])


@pytest.fixture(autouse=True)
def readable(monkeypatch):
    """The NumPy twin everywhere, which needs no compiling."""
    plain = learner.SpikingMLP.__init__

    def init(self, *args, engine="readable", **settings):
        plain(self, *args, engine=engine, **settings)

    monkeypatch.setattr(learner.SpikingMLP, "__init__", init)


def few():
    return datasets.load("digits").train.take(200)


def trained(**settings):
    known = {"neuron": nengo.RectifiedLinear(), "method": Herding(5, order="step"), "epochs": 2,
             "learning_rate": 0.05, "progress": False}  # fmt: skip
    return train(SMALL, few(), **(known | settings))


def test_it_learns_and_says_what_it_cost():
    model = trained(epochs=4, validation_split=0.2)
    history = model.history
    assert history["loss"][-1] < 0.9 * history["loss"][0] and len(history["val_accuracy"]) == 4
    assert history["additions"][-1] > history["forward_spikes"][-1] > 0
    assert history["error_spikes"][-1] > 0
    assert model.provenance["herding"] == Herding(5, order="step").to_dict()
    limit = trained(method=Herding(None), epochs=4)
    assert "additions" not in limit.history
    for each in (model, limit):
        assert evaluate(each, few()).error < 75


@pytest.mark.parametrize("reset", ["none", "random"])
def test_an_interrupted_training_continues_exactly(tmp_path, reset):
    method = Herding(4, order="step", backward_reset=reset, forward_reset=reset)
    whole = trained(method=method, epochs=3)
    trained(method=method, epochs=2, checkpoint=tmp_path)
    again = trained(method=method, epochs=3, checkpoint=tmp_path)
    for name, group in whole.weights.items():
        np.testing.assert_array_equal(again.weights[name]["kernel"], group["kernel"])
    with pytest.raises(TrainingError, match="other options"):
        trained(method=Herding(6), epochs=4, checkpoint=tmp_path)


def test_ctrl_c_says_how_to_continue(tmp_path):
    def stop(done, history):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="state after epoch 1"):
        trained(callbacks=[stop], checkpoint=tmp_path)


def test_rates_of_the_epochs():
    cycle = herding_rates(OneCycle(0.1, warm_up=0.0), 4, Herding())
    assert cycle == sorted(cycle, reverse=True) and 0 < cycle[-1] < cycle[0] < 0.1
    halved = trained(learning_rate=lambda epoch: 0.05 / 2**epoch)
    assert halved.history["learning_rate"] == [0.05, 0.025]
    with pytest.raises(TrainingError, match="learning_rate"):
        herding_rates("fast", 2, Herding())


def test_the_authors_weights():
    kernels = [group["kernel"] for group in small_weights(architecture("oconnor2016-200")).values()]
    assert [k.shape for k in kernels] == [(784, 200), (200, 200), (200, 10)]
    for kernel in kernels:
        assert kernel.std() == pytest.approx(0.01, rel=0.05)


def test_every_finding_is_said_at_once():
    net = Architecture((8, 8, 1), [AveragePooling2D(2), Flatten(), Dense(5), Dense(3)])
    found = [finding.where for finding in herdable(net, nengo.LIFRate())]
    assert found == ["pool1", "dense1", "dense2", "neurons1"]
    with pytest.raises(TrainingError, match="use_bias=False"):
        train(net, few(), neuron=nengo.RectifiedLinear(), method=Herding(), progress=False)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"optimizer": "adam"}, "optimizer is 'adam'"),
        ({"batch_size": 50}, "batch_size is 50"),
        ({"loss": "categorical_hinge"}, "loss is"),
        ({"weights": {"dense2": Rounded(4)}}, "weights is"),
        ({"neuron": nengo.LIFRate()}, "RectifiedLinear"),
        ({"learning_rate": -1.0}, "learning_rate is -1"),
        ({"callbacks": [type("C", (), {"on_epoch_end": print})()]}, "one of Keras"),
    ],
)
def test_what_it_does_not_know_is_refused(settings, text):
    with pytest.raises(TrainingError, match=text):
        trained(**settings)
