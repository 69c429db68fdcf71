"""Losses that would have trained towards something else, in silence or with a raw error."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from nengo_lifdeep.compat import import_tensorflow, import_tf_keras
from nengo_lifdeep.errors import TrainingError
from nengo_lifdeep.training.settings.loss_trial import try_loss

pytestmark = pytest.mark.tf

LABELS = np.array([0, 1], np.int32)


def losses():
    return import_tf_keras().losses


@pytest.mark.parametrize("name", ["SparseCategoricalCrossentropy", "CategoricalCrossentropy"])
def test_losses_of_probabilities_are_refused(name):
    """As Keras makes them unless told otherwise; the network's scores have no softmax."""
    with pytest.raises(TrainingError, match="from_logits=False and takes probabilities"):
        try_loss(getattr(losses(), name)(), LABELS, 3)


def test_functions_of_probabilities_are_refused():
    function = losses().sparse_categorical_crossentropy
    with pytest.raises(TrainingError, match=r"functools\.partial\(loss, from_logits=True\)"):
        try_loss(function, LABELS, 3)
    try_loss(functools.partial(function, from_logits=True), LABELS, 3)


def test_losses_of_labels_in_another_form_are_refused():
    """One-hot labels; differences that are broadcast, which hid it for 10 images of 10 classes."""
    keras, tf = losses(), import_tensorflow()
    for loss in (
        keras.CategoricalCrossentropy(from_logits=True),
        keras.MeanSquaredError(),
        lambda labels, scores: tf.square(tf.cast(labels, tf.float32) - scores),
        lambda labels, scores: [labels, scores],
        lambda labels: labels,
    ):
        for n_outputs in (2, 4, 5, 10):
            with pytest.raises(TrainingError, match="expected"):
                try_loss(loss, LABELS, n_outputs)


def test_right_losses_are_taken():
    keras, tf = losses(), import_tensorflow()
    for n_outputs in (2, 4, 10):
        try_loss(keras.SparseCategoricalCrossentropy(from_logits=True), LABELS, n_outputs)
        try_loss(lambda labels, scores: 0 * scores[:, 0], LABELS, n_outputs)
        targets = np.zeros((7, n_outputs), np.float32)
        for loss in (keras.MeanSquaredError(), keras.huber, keras.LogCosh()):
            try_loss(loss, targets, n_outputs)
        with pytest.raises(TrainingError, match="expected one for each"):
            try_loss(lambda t, v: tf.abs(t - v), targets, n_outputs)


def test_training_refuses_before_it_begins(example):
    from nengo_lifdeep import train

    trained, images = example
    loss = losses().SparseCategoricalCrossentropy()
    with pytest.raises(TrainingError, match="takes probabilities"):
        train(
            trained.architecture, images, neuron=trained.neuron, epochs=1, loss=loss, progress=False
        )
