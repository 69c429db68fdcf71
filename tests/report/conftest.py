"""Saved values that several tests of the report draw."""

from __future__ import annotations

import dataclasses

import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.simulators import run

TIMING = Presentation(t_c=0.01, t_p=0.03)


@pytest.fixture(scope="session")
def trained(example):
    """The example with a history, as training would leave it."""
    history = {
        "loss": [2.0, 0.5, 0.1],
        "accuracy": [0.3, 0.9, 1.0],
        "val_accuracy": [0.4, 0.8, 0.9],
    }
    return dataclasses.replace(example[0], history=history)


@pytest.fixture(scope="session")
def images(example):
    """Twelve test images."""
    return example[1].take(12)


@pytest.fixture(scope="session")
def spiking(trained):
    """The example in spikes."""
    return convert(trained, synapse=0.002)


@pytest.fixture(scope="session")
def record(spiking, images):
    """A short run with single spikes of two images."""
    return run(spiking, images, simulator="nengo", presentation=TIMING, rasters=2)


@pytest.fixture(scope="session")
def evaluations(trained, spiking, images):
    """The example in rates and in spikes, on the same images."""
    in_spikes = evaluate(spiking, images, simulator="nengo", presentation=TIMING, reference=trained)
    return [evaluate(trained, images), in_spikes]
