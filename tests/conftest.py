"""Networks and images that several tests share."""

from __future__ import annotations

import contextlib
import os

import numpy as np
import pytest
from hypothesis import settings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.pop("COLUMNS", None)  # tables are compared as they are in a file, whatever the terminal

from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.layers import Layer
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.training.random_features import trained_example

settings.register_profile("without a clock", deadline=None)  # machines differ, and are busy
settings.load_profile("without a clock")


@pytest.fixture(scope="session")
def example() -> tuple[TrainedModel, Split]:
    """A small convolutional network that solves its task, and test images."""
    return trained_example()


@pytest.fixture
def smallest_files():
    """A context in which no file can grow above a number of bytes, as on a disk that is full."""
    resource = pytest.importorskip("resource")

    @contextlib.contextmanager
    def limited(n: int):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (n, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limited


@pytest.fixture
def make_network():
    """A function that makes a network of random weights from a list of layers."""

    def make(
        input_shape: tuple[int, ...], layers: list[Layer], neuron=None, seed: int = 0
    ) -> TrainedModel:
        rng = np.random.default_rng(seed)
        architecture = Architecture(input_shape, tuple(layers), "random")
        weights: dict[str, dict[str, np.ndarray]] = {}
        for layer, shape in zip(architecture.layers, architecture.layer_inputs(), strict=True):
            arrays = layer.arrays(shape)
            if arrays:
                weights[layer.name] = {k: _draw(rng, k, s, arrays) for k, s in arrays.items()}
        neuron = neuron or SoftLIF(tau_rc=0.05, tau_ref=0.001, amplitude=0.063)
        return TrainedModel(architecture, weights, neuron)

    return make


def _draw(rng, name: str, shape: tuple[int, ...], arrays: dict) -> np.ndarray:
    if name == "kernel":
        local = len(shape) == 4 and "bias" in arrays and len(arrays["bias"]) == 3
        fan_in = shape[2] if local else int(np.prod(shape[:-1]))
        return (rng.normal(size=shape) * np.sqrt(3 / fan_in)).astype(np.float32)
    if name == "moving_variance":
        return rng.uniform(0.5, 2, size=shape).astype(np.float32)
    center = 1.0 if name in ("bias", "gamma", "beta") else 0.0
    return (center + 0.2 * rng.normal(size=shape)).astype(np.float32)
