"""Losses, optimisers, early stopping and rate targets, each by itself."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.errors import TrainingError
from nengo_lifdeep.layers import Dense
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.training.rate_targets import RateBand, rate_bands
from nengo_lifdeep.training.settings.early_stopping import EarlyStopping

NET = Architecture((4,), (Dense(3), Dense(3), Dense(2)))


# -- losses -----------------------------------------------------------------------------------
@pytest.mark.tf
def test_losses_equal_their_definition():
    from nengo_lifdeep.training.settings.losses import score_loss

    rng = np.random.default_rng(0)
    scores = rng.normal(size=(6, 1, 4)).astype(np.float32)
    labels = rng.integers(0, 4, (6, 1, 1))
    s, y = scores[:, 0].astype(float), labels.ravel()
    rows = np.arange(6)
    target = np.eye(4)[y]
    others = np.where(target == 1, -np.inf, s).max(axis=1)
    expected = {
        "sparse_categorical_crossentropy": np.log(np.exp(s).sum(axis=1)) - s[rows, y],
        "mean_squared_error": ((s - target) ** 2).mean(axis=1),
        "categorical_hinge": np.maximum(0, 1 + others - s[rows, y]),
    }
    for name, values in expected.items():
        np.testing.assert_allclose(score_loss(name)(labels, scores), values, rtol=1e-5, atol=1e-6)


@pytest.mark.tf
@pytest.mark.parametrize("share", [0.0, 0.1])
def test_smoothed_cross_entropy_equals_its_definition(share):
    from nengo_lifdeep.training import CrossEntropy
    from nengo_lifdeep.training.settings.losses import loss_name

    labels, scores = np.array([1, 0]), np.array([[0.3, -1.0, 2.0], [4.0, 0.5, 0.0]])
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    expected = [
        -(1 - share) * log_p[i, label] - share * log_p[i].mean() for i, label in enumerate(labels)
    ]
    loss = CrossEntropy(share)
    np.testing.assert_allclose(loss(labels, scores), expected, rtol=1e-6)
    assert loss_name(loss) == f"CrossEntropy(label_smoothing={share})"
    with pytest.raises(TrainingError, match="label_smoothing is 1"):
        CrossEntropy(1)


def test_one_cycle_is_its_formula_step_by_step():
    from nengo_lifdeep.training import OneCycle

    for cycle in (OneCycle(0.2), OneCycle(3.0, warm_up=0.0, end=0.0), OneCycle(1.0, 0.5, start=0)):
        schedule = cycle.over(200)
        found = [float(schedule(step)) for step in range(200)]
        expected = [cycle.rate(step / 200) for step in range(200)]
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
        assert max(found) == pytest.approx(cycle.peak, rel=0.02)


@pytest.mark.parametrize("options", [{"peak": 0}, {"peak": 1, "warm_up": 1}, {"peak": 1, "end": 2}])
def test_one_cycle_out_of_bounds(options):
    from nengo_lifdeep.training import OneCycle

    with pytest.raises(TrainingError, match="expected"):
        OneCycle(**options)


def test_loss_may_be_a_function_and_is_refused_otherwise():
    from nengo_lifdeep.training.settings.losses import score_loss

    shapes = score_loss(lambda labels, scores: (labels.shape, scores.shape))
    assert shapes(np.zeros((6, 1, 1), int), np.zeros((6, 1, 4))) == ((6,), (6, 4))
    with pytest.raises(TrainingError, match="no loss 'hinge'.*categorical_hinge"):
        score_loss("hinge")
    with pytest.raises(TrainingError, match="loss is 3"):
        score_loss(3)


# -- optimisers -------------------------------------------------------------------------------
@pytest.mark.tf
def test_optimizers_of_every_kind():
    from nengo_lifdeep.compat import import_tf_keras
    from nengo_lifdeep.training.settings.optimizers import as_optimizer

    keras2 = import_tf_keras()
    by_name = as_optimizer("sgd", 0.5)
    assert type(by_name) is keras2.optimizers.SGD and float(by_name.learning_rate) == 0.5
    given = keras2.optimizers.SGD(0.25, momentum=0.9)
    copy = as_optimizer(given)
    assert copy is not given and copy.momentum == 0.9 and float(copy.learning_rate) == 0.25
    described = as_optimizer({"class_name": "SGD", "config": {"momentum": 0.5}})
    assert described.momentum == 0.5


@pytest.mark.tf
def test_optimizer_of_keras_3_is_converted():
    keras3 = pytest.importorskip("keras")
    if keras3.__version__ < "3":
        pytest.skip("no Keras 3 here")
    from nengo_lifdeep.compat import import_tf_keras
    from nengo_lifdeep.training.settings.optimizers import as_optimizer

    keras2 = import_tf_keras()
    made = as_optimizer(keras3.optimizers.Adam(0.125, beta_1=0.5, clipnorm=1.0))
    assert type(made) is keras2.optimizers.Adam
    assert (made.beta_1, made.clipnorm, float(made.learning_rate)) == (0.5, 1.0, 0.125)
    schedule = keras3.optimizers.schedules.ExponentialDecay(1.0, 10, 0.5)
    decayed = as_optimizer(keras3.optimizers.SGD(schedule))
    assert decayed.get_config()["learning_rate"]["config"]["decay_rate"] == 0.5
    with pytest.raises(TrainingError, match="gradient_accumulation_steps"):
        as_optimizer(keras3.optimizers.SGD(gradient_accumulation_steps=2))


@pytest.mark.tf
@pytest.mark.parametrize("rate", [-0.1, 0, float("nan"), "fast"])
def test_learning_rates_that_cannot_be_meant(rate):
    from nengo_lifdeep.training.settings.optimizers import as_optimizer, learning_rates

    with pytest.raises(TrainingError, match="learning_rate is .*positive"):
        as_optimizer("adam", rate)
    with pytest.raises(TrainingError, match="in epoch 1 is"):
        learning_rates(lambda epoch: rate, 3)


@pytest.mark.tf
def test_learning_rate_by_epoch():
    from nengo_lifdeep.training.settings.optimizers import learning_rates

    assert learning_rates(lambda epoch: 0.1 / 10**epoch, 3) == pytest.approx([0.1, 0.01, 0.001])
    assert learning_rates(0.1, 3) is None


@pytest.mark.tf
@pytest.mark.parametrize("optimizer", ["adamant", 3, {"config": {}}])
def test_no_such_optimizer(optimizer):
    from nengo_lifdeep.training.settings.optimizers import as_optimizer

    with pytest.raises(TrainingError, match="optimizer"):
        as_optimizer(optimizer)


# -- early stopping ---------------------------------------------------------------------------
def test_early_stopping_waits_for_its_patience():
    rule = EarlyStopping(patience=2)
    losses = [1.0, 0.8, 0.9, 0.85]
    assert [rule.stops({"val_loss": losses[:n]}) for n in range(5)] == [False] * 4 + [True]
    assert rule.best_epoch({"val_loss": losses}) == 2


def test_early_stopping_on_accuracy_and_small_changes():
    rule = EarlyStopping(patience=2, quantity="val_accuracy", min_delta=0.05)
    history = {"val_accuracy": [0.5, 0.9, 0.93, 0.94]}
    assert rule.best_epoch(history) == 2 and rule.stops(history)


@pytest.mark.parametrize(
    "options", [{"patience": 0}, {"patience": 1.5}, {"quantity": "loss"}, {"min_delta": -1.0}]
)
def test_early_stopping_options(options):
    with pytest.raises(TrainingError):
        EarlyStopping(**options)


# -- rate targets -----------------------------------------------------------------------------
def test_bands_by_layer():
    assert rate_bands(None, NET, SoftLIF()) == {}
    assert rate_bands((5, 50), NET, SoftLIF()) == dict.fromkeys(
        ("neurons1", "neurons2"), RateBand(5, 50)
    )
    chosen = rate_bands({"dense1": (1, 2, 3.0), "neurons2": RateBand(0, 9)}, NET, SoftLIF())
    assert chosen == {"neurons1": RateBand(1, 2, 3.0), "neurons2": RateBand(0, 9)}
    with pytest.raises(TrainingError, match=r"\['dense3'\]; layers with neurons are"):
        rate_bands({"dense3": (1, 2)}, NET, SoftLIF())
    with pytest.raises(TrainingError, match="rate target is 'low'"):
        rate_bands("low", NET, SoftLIF())


@pytest.mark.parametrize("band", [(5, 4), (-1, 4), (1, float("nan")), (1, 2, 0.0)])
def test_bands_that_are_none(band):
    with pytest.raises(TrainingError):
        RateBand(*band)


@pytest.mark.tf
def test_rate_loss_equals_its_definition():
    rates = np.array([[1.0, 20.0, 60.0], [3.0, 20.0, 80.0]])  # Hz; means 2, 20, 70
    outputs = (0.1 * rates[:, np.newaxis]).astype(np.float32)
    loss = RateBand(5, 50, weight=0.5).loss(amplitude=0.1)
    expected = 0.5 * (3**2 + 0 + 20**2) / 3
    assert float(loss(None, outputs)) == pytest.approx(expected, rel=1e-5)
