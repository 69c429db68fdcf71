"""Random features: what data they take, and that the read-out is fitted to what it reads."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep import Split, evaluate
from nengo_lifdeep.datasets.synthetic import bars
from nengo_lifdeep.errors import DataError, ValidationError
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Dropout, Flatten, Neurons, Scale
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.training.random_features import random_features

TASK = bars(flip=0.02).dataset(n_train=300, n_test=100)
NETWORK = Architecture(TASK.image_shape, [Conv2D(4, 3), Flatten(), Dense(40), Dense(4)], "bars")


def test_all_forms_of_data_are_the_same():
    train = TASK.train
    forms = (TASK, train, (train.images, train.labels))
    trained = [random_features(NETWORK, each, gain=2.0) for each in forms]
    kernels = [each.weights["dense2"]["kernel"] for each in trained]
    for kernel in kernels[1:]:
        np.testing.assert_array_equal(kernel, kernels[0])
    assert trained[0].classes == TASK.classes and trained[1].classes == ()
    assert evaluate(trained[0], TASK).accuracy > 0.6  # chance: 0.25


@pytest.mark.parametrize(
    "layers",
    [
        [Conv2D(4, 3), Neurons(), AveragePooling2D(2), Flatten(), Dense(4)],
        [Conv2D(4, 3), Neurons(), Scale(np.full(4, 2.0)), Flatten(), Dense(4)],
        [Conv2D(4, 3), Neurons(), Flatten(), Dense(4, use_bias=False)],
        [Conv2D(4, 3), Flatten(), Dense(4), Neurons()],
    ],
    ids=["a pool between", "a factor between", "no bias", "neurons at the end"],
)
def test_read_outs_that_read_no_neurons_are_refused(layers):
    network = Architecture(TASK.image_shape, layers, "bars")
    with pytest.raises(ValidationError, match="'bars' ends in .*; expected neurons, Flatten"):
        random_features(network, TASK)


def test_dropout_before_the_read_out_is_nothing():
    layers = [Conv2D(4, 3), Neurons(), Flatten(), Dropout(0.5), Dense(4)]
    network = Architecture(TASK.image_shape, layers)
    assert evaluate(random_features(network, TASK, gain=2.0), TASK).accuracy > 0.5


def test_data_that_do_not_fit():
    train = TASK.train
    five = dataclasses.replace(train, labels=np.where(train.labels == 3, 4, train.labels))
    with pytest.raises(DataError, match="4"):
        random_features(NETWORK, five)
    values = Split(train.images, targets=np.zeros((len(train), 3)))
    with pytest.raises(DataError, match="3 values per image; the network gives 4"):
        random_features(NETWORK, values)
    with pytest.raises(DataError, match="data is a str; expected a Dataset"):
        random_features(NETWORK, "digits")
