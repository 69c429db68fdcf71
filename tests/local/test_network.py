"""Two values per kernel in every mode, files, and going on as if nothing had happened."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.errors import ModelFileError, TrainingError, ValidationError
from nengo_lifdeep.local import (
    Committee,
    LocalLearner,
    LocalNetwork,
    LocalRule,
    class_probabilities,
    ensemble_scores,
)
from nengo_lifdeep.local.prediction import scores


def _trains(n=6, steps=15, inputs=10, seed=0):
    return (np.random.default_rng(seed).random((n, steps, inputs)) < 0.4).astype(np.int8)


def test_every_mode_holds_two_values():
    network = LocalNetwork.initial((10, 8, 6), 2)
    drawn = network.drawn(np.random.default_rng(0))
    members = Committee(network, 2).members
    for weights in (None, drawn, *members):
        for kernel, fan_in in zip(network.kernels(weights), (10, 8), strict=True):
            values = np.unique(kernel)
            np.testing.assert_allclose(values, [-1 / np.sqrt(fan_in), 1 / np.sqrt(fan_in)])
    assert any((a != b).any() for a, b in zip(*members, strict=True))
    floats = LocalNetwork.initial((10, 8), 2, is_binary=False)
    assert len(np.unique(floats.kernels()[0])) == 80
    with pytest.raises(ValidationError, match="nothing to draw"):
        floats.drawn(np.random.default_rng(0))


def test_sure_weights_are_always_drawn_alike():
    network = LocalNetwork.initial((10, 8), 3)
    sure = LocalNetwork(tuple(20 * np.sign(w) for w in network.latents), network.readouts)
    trains = _trains()
    mode = scores(sure, trains, steps_before=4)
    for found in (ensemble_scores(sure, trains, 3, steps_before=4),
                  Committee(sure, 2).scores(trains, steps_before=4)):  # fmt: skip
        assert np.abs(found - mode).max() < 1e-6
    spread = ensemble_scores(network, trains, 3, steps_before=4)
    assert np.std(spread, axis=0).max() > 0.05
    assert (
        ensemble_scores(network, trains, 3, seed=1) != ensemble_scores(network, trains, 3)
    ).any()
    np.testing.assert_allclose(class_probabilities(mode).sum(axis=1), 1, rtol=1e-6)
    assert mode.shape == (6, 3) and scores(network, trains[:0]).shape == (0, 3)


def test_files_hold_everything(tmp_path):
    network = LocalNetwork.initial((10, 8), 3, seed=5)
    again = LocalNetwork.load(network.save(tmp_path / "net.lifdeep"))
    for name in ("latents", "readouts"):
        for a, b in zip(getattr(network, name), getattr(again, name), strict=True):
            np.testing.assert_array_equal(a, b)
    assert again.decays == network.decays and again.is_binary
    (tmp_path / "cut.lifdeep").write_bytes((tmp_path / "net.lifdeep").read_bytes()[:-40])
    with pytest.raises(ModelFileError):
        LocalNetwork.load(tmp_path / "cut.lifdeep")


def test_training_in_pieces_is_the_training():
    start, rule = LocalNetwork.initial((10, 8), 3), LocalRule("bayes", learning_rate=1.0)
    batches = [(_trains(seed=i), np.arange(6) % 3) for i in range(4)]
    whole, first, second = (LocalLearner(start, rule, seed=7) for _ in range(3))
    for trains, labels in batches:
        whole.partial_fit(trains, labels)
    for trains, labels in batches[:2]:
        first.partial_fit(trains, labels)
    second.continue_from(first.network)
    for trains, labels in batches[2:]:
        second.partial_fit(trains, labels)
    np.testing.assert_array_equal(second.network.latents[0], whole.network.latents[0])
    with pytest.raises(TrainingError, match="expected"):
        LocalLearner(start, LocalRule("sign")).continue_from(first.network)


def test_networks_that_do_not_hold_together_are_refused():
    good = LocalNetwork.initial((10, 8), 3)
    latent, readout = good.latents[0], good.readouts[0]
    for latents, readouts, message in (
        ((), (), "empty"),
        ((latent,), (readout, readout), "one each"),
        ((latent, latent), (readout, readout), "next layer has 10 inputs"),
        ((latent,), (readout[:7],), "read-out is of shape"),
        ((latent,), (readout * 2,), "other than -1 and 1"),
        ((latent * np.nan,), (readout,), "latents"),
    ):
        with pytest.raises(ValidationError, match=message):
            LocalNetwork(latents, readouts)
    for sizes in ((4,), (4, 0), "ab", (4, 2.5)):
        with pytest.raises(ValidationError, match="sizes"):
            LocalNetwork.initial(sizes, 2)
