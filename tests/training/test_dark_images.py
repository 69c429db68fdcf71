"""Training on images whose scale is another: zeros and ones in uint8 are nearly black."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from nengo_lifdeep import Architecture, Dense, Flatten, Preprocessing, SoftLIF, Split, train
from nengo_lifdeep.probabilistic.federated.films import GreyFilms
from nengo_lifdeep.probabilistic.trains import bernoulli_films
from nengo_lifdeep.records.input_range import dark_findings
from nengo_lifdeep.training.random_features import random_features

BITS = (np.random.default_rng(0).uniform(size=(40, 4, 4, 1)) > 0.5).astype(np.uint8)
LABELS = np.arange(40) % 2
NETWORK = Architecture((4, 4, 1), (Flatten(), Dense(6), Dense(2)), "small")
DARK = r"brightest pixel of 40 images is 0\.00392, 255 times darker .* bool for 0 and 1"


def test_what_is_dark():
    assert not dark_findings(Split(255 * BITS, LABELS))
    assert not dark_findings(Split(BITS.astype(bool), LABELS))
    assert not dark_findings(Split(0 * BITS, LABELS))  # nothing to see
    assert not dark_findings(Split(BITS[:1], LABELS[:1]))
    assert not dark_findings(Split(0.01 * BITS, LABELS, any_range=True))
    features = 0.01 * BITS.reshape(40, 16)
    assert not dark_findings(Split(features, LABELS))
    assert not dark_findings(Split(BITS, LABELS), factor=255.0)
    for dark in (BITS, BITS / 255, 16 * BITS, np.repeat(BITS[:, None], 3, axis=1)):
        assert dark_findings(Split(dark, LABELS))


@pytest.mark.tf
def test_training_warns():
    options = {"neuron": SoftLIF(), "epochs": 1, "batch_size": 20, "progress": False}
    with pytest.warns(UserWarning, match=DARK) as caught:
        train(NETWORK, Split(BITS, LABELS), **options)
    assert any(each.filename == __file__ for each in caught)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*brightest pixel")
        train(NETWORK, Split(BITS.astype(bool), LABELS), **options)
        train(NETWORK, Split(BITS, LABELS), preprocessing=Preprocessing(scale=255.0), **options)


def test_other_methods_warn():
    with pytest.warns(UserWarning, match=DARK):
        random_features(NETWORK, Split(BITS, LABELS))
    with pytest.warns(UserWarning, match=DARK):
        bernoulli_films(BITS, 5)
    with pytest.warns(UserWarning, match=DARK):
        GreyFilms(BITS, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bernoulli_films(255 * BITS, 5)
        bernoulli_films(BITS[:1], 5)
