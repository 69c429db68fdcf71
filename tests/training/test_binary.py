"""One output for two classes: trained, widened, converted, run in every simulator."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import nengo_lifdeep as ld
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.errors import DataError, TrainingError, ValidationError
from nengo_lifdeep.simulators import SIMULATORS

pytestmark = pytest.mark.tf

NEURON = ld.SoftLIF(amplitude=0.063, noise=ld.AlphaRCNoise(0.003))
TIMING = ld.Presentation(t_c=0.05, t_p=0.15)


@pytest.fixture(scope="module")
def cancer():
    return ld.datasets.load("breast-cancer")


@pytest.fixture(scope="module")
def trained(cancer):
    return ld.train(
        "breast-cancer-dense", cancer, neuron=NEURON, epochs=8, batch_size=35,
        validation_split=0.2, task="binary", progress=False,
    )  # fmt: skip


def test_training_learns_and_remembers_the_task(trained, cancer):
    assert trained.history["loss"][-1] < 0.5 * trained.history["loss"][0]
    assert trained.history["val_accuracy"][-1] > 0.9
    assert trained.provenance["task"] == "binary"
    assert trained.provenance["options"]["loss"] == "binary_crossentropy"
    assert trained.classes == ("malignant", "benign")
    found = ld.evaluate(trained, cancer, task="binary")
    assert found.accuracy > 0.9 and found.binary_scores["roc_auc"] > 0.95


def test_the_loss_and_accuracy_are_those_of_the_sigmoid(cancer):
    """One epoch of one batch at a learning rate of nearly 0: by hand, from the initial weights."""
    few = cancer.train.first(60)
    model = ld.train(
        "breast-cancer-dense", few, neuron=ld.SoftLIF(amplitude=0.063), epochs=1, batch_size=60,
        learning_rate=1e-12, progress=False,
    )  # fmt: skip
    scores = forward(fold(model), few.unit_images())["output"].astype(float)
    assert np.all(scores[:, 0] == 0)  # the second score is always 0
    p = 1 / (1 + np.exp(-scores[:, 1]))
    by_hand = -np.mean(np.where(few.labels == 1, np.log(p), np.log1p(-p)))
    assert model.history["loss"][0] == pytest.approx(by_hand, rel=1e-5)
    assert model.history["accuracy"][0] == pytest.approx(((p > 0.5) == few.labels).mean())


@pytest.mark.parametrize("simulator", [n for n, each in SIMULATORS.items() if each.spikes])
def test_every_simulator_gives_the_rates_answers(trained, cancer, simulator):
    synapse = 0.005
    if SIMULATORS[simulator].on_chip:
        from nengo_lifdeep.neurons.synapses import chip_synapse

        synapse = chip_synapse(synapse)
    few = cancer.test.take(12, seed=1)
    found = ld.evaluate(
        ld.convert(trained, synapse=synapse), few, simulator=simulator, presentation=TIMING
    )
    assert found.agreement >= 11 / 12
    assert found.margins.shape == (12,) and set(found.binary_scores) >= {"f1", "recall"}
    assert np.array_equal(found.predictions, found.margins > 0)


def test_the_same_by_the_other_tools(trained, cancer):
    few = cancer.test.take(30)
    points = ld.operating_points(
        trained, few, tau_s=[0.005], scale_firing_rates=[1], t_p=[0.1], t_c=[0.05]
    )
    assert points.rate_accuracy > 0.9 and points.points[0].accuracy > 0.9
    found = ld.diagnose(ld.convert(trained, synapse=0.005), few, presentation=TIMING)
    assert not found.of_values and found.agreement > 0.9


def test_rows_of_features_run_as_plain_arrays(trained, cancer):
    rows = cancer.test.images[:3, 0, 0]
    spiking = ld.convert(trained, synapse=0.005)
    timing = ld.Presentation(t_c=0.005, t_p=0.02)
    plain = ld.run(spiking, rows, presentation=timing).outputs
    split = ld.run(spiking, cancer.test.first(3), presentation=timing).outputs
    np.testing.assert_array_equal(plain, split)


def test_losses_that_do_not_fit_are_refused(cancer):
    two = ld.Architecture((1, 1, 30), (ld.Flatten(), ld.Dense(8), ld.Dense(2)))
    options = {"neuron": NEURON, "epochs": 1, "progress": False}
    with pytest.raises(TrainingError, match=r"end it in Dense\(1\)"):
        ld.train(two, cancer, loss="binary_crossentropy", **options)
    with pytest.raises(TrainingError, match="of two classes by one output"):
        ld.train("breast-cancer-dense", cancer, loss="categorical_hinge", **options)
    three = dataclasses.replace(cancer.train, labels=np.arange(len(cancer.train)) % 3)
    with pytest.raises(DataError, match="label 2 of image 2 is out of range"):
        ld.train("breast-cancer-dense", three, **options)


def test_one_logit_is_told_from_a_value(cancer):
    from nengo_lifdeep.training.random_features import random_features, untrained

    one = untrained("breast-cancer-dense")
    with pytest.raises(DataError, match=r"model\.with_two_scores\(\)"):
        ld.evaluate(one, cancer)
    wide = one.with_two_scores()
    outputs = forward(fold(one), cancer.test.unit_images())["output"][:, 0]
    found = ld.evaluate(wide, cancer)
    np.testing.assert_array_equal(found.predictions, outputs > 0)
    np.testing.assert_allclose(found.margins, outputs, rtol=1e-5)
    with pytest.raises(ValidationError, match="expected one number, of a Dense layer of one unit"):
        wide.with_two_scores()
    normalised = ld.Architecture(
        (1, 1, 30), (ld.Flatten(), ld.Dense(8), ld.Dense(1, use_bias=False),
                     ld.layers.BatchNormalization()),
    )  # fmt: skip
    values = ld.Split(cancer.test.images, targets=cancer.test.labels.astype(float))
    plain = ld.Architecture((1, 1, 30), (ld.Flatten(), ld.Dense(8), ld.Dense(1)))
    weights = {k: dict(v) for k, v in random_features(plain, values).weights.items()}
    del weights["dense2"]["bias"]
    numbers = {"gamma": [2.0], "beta": [-0.5], "moving_mean": [0.3], "moving_variance": [4.0]}
    weights[normalised.layers[-1].name] = {k: np.float32(v) for k, v in numbers.items()}
    model = ld.TrainedModel(normalised, weights, ld.SoftLIF())
    before = forward(fold(model), values.unit_images())["output"][:, 0]
    after = forward(fold(model.with_two_scores()), values.unit_images())["output"]
    np.testing.assert_allclose(after[:, 0], 0, atol=1e-6)
    np.testing.assert_allclose(after[:, 1], before, rtol=1e-5, atol=1e-6)


def test_a_committee_of_networks_with_one_output(cancer):
    """Its mean is a scale after a sum: the two scores are (0, mean), in spikes too."""
    from nengo_lifdeep.training.random_features import untrained

    members = [untrained("breast-cancer-dense", seed=seed, gain=3.0) for seed in range(2)]
    together = ld.committee(members)
    wide = together.with_two_scores()
    values = cancer.test.unit_images()
    own = [forward(fold(member), values)["output"][:, 0] for member in members]
    found = forward(fold(wide), values)["output"]
    np.testing.assert_allclose(found[:, 0], 0, atol=1e-6)
    np.testing.assert_allclose(found[:, 1], np.mean(own, axis=0), rtol=1e-5, atol=1e-5)
    assert np.ptp(found[:, 1]) > 0.1
    first = ld.committee([member.with_two_scores() for member in members])
    np.testing.assert_allclose(forward(fold(first), values)["output"], found, rtol=1e-5, atol=1e-5)
    assert wide.provenance["members"] == together.provenance["members"]
    few = cancer.test.take(5)
    shown = {"presentation": ld.Presentation(t_c=0.02, t_p=0.05), "progress": False}
    one, two = (ld.run(ld.convert(each, synapse=0.003), few, **shown).scores()
                for each in (together, wide))  # fmt: skip
    np.testing.assert_allclose(two[:, 1:], one, rtol=1e-5, atol=1e-5)
    assert np.ptp(one) > 0
    fires = ld.Architecture((1, 1, 30), (ld.Flatten(), ld.Dense(1), ld.layers.Neurons()))
    with pytest.raises(ValidationError, match="expected one number, of a Dense layer of one unit"):
        untrained(fires).with_two_scores()
