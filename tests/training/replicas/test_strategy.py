"""`train(strategy=...)`: a plain Keras model gives NengoDL's weights, on one device and on two."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import nengo
import numpy as np
import pytest

from nengo_lifdeep import SoftLIF, datasets, train
from nengo_lifdeep.compat import import_nengo_dl, import_tensorflow
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.errors import TrainingError
from nengo_lifdeep.layers import Concatenate, Conv2D, Dense, Flatten, Neurons
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.training import Herding, SpikeBased
from nengo_lifdeep.training.graph import build_graph
from nengo_lifdeep.training.replicas.graph import build_keras_graph
from nengo_lifdeep.weights import Binary, CrossPoint

_spec = importlib.util.spec_from_file_location("devices", Path(__file__).with_name("devices.py"))
devices = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(devices)

pytestmark = pytest.mark.tf

SMALL = Architecture((8, 8, 1), (Conv2D(4, 3, strides=2), Flatten(), Dense(10)))
BESIDE = Architecture(
    (8, 8, 1),
    (
        Conv2D(3, 3, padding="same"),
        Neurons(name="first"),
        Conv2D(3, 3, padding="same"),
        Neurons(name="second"),
        Concatenate("first"),
        Conv2D(3, 3, padding="same"),
        Flatten(),
        Dense(10),
    ),
)
NEURON = SoftLIF(0.022, 0.002, 0.02, 0.063)

#: Adam moves every weight by about its rate, 0.001, in each of 8 steps. Sums in another order
#: differ by float32's 6e-8 of their size, which Adam's division by the gradient's own size keeps
#: relative; what was seen is 9e-7 and, where a gradient is nearly 0, 7e-6. A weight that missed
#: one step would be off by 1e-3.
ROUNDING = 5e-5


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits").train.take(200)


@pytest.fixture
def one_device():
    return import_tensorflow().distribute.OneDeviceStrategy("/cpu:0")


def _train(data, strategy, architecture=SMALL, **options):
    given = {"neuron": NEURON, "epochs": 1, "batch_size": 50, "progress": False, **options}
    return train(architecture, data, strategy=strategy, **given)


def _apart(one, two):
    assert one.keys() == two.keys() and one
    return max(
        float(np.abs(array - two[layer][name]).max())
        for layer, group in one.items()
        for name, array in group.items()
    )


def test_two_devices_give_the_weights_of_one_and_of_nengo_dl(tmp_path, one_device):
    """Noise, dropout, synchronised normalisation and rate targets are those of the whole batch."""
    file, program = tmp_path / "weights.npz", Path(devices.__file__)
    running = subprocess.Popen(
        [sys.executable, str(program), str(file)], env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    found = {n: devices.arrays(devices.trained(s)) for n, s in (("dl", None), ("1", one_device))}
    _, errors = running.communicate()
    assert running.returncode == 0, errors[-3000:]
    found["2"] = dict(np.load(file))
    assert len(found["1"]) == 13
    assert np.std(found["1"]["norm1/gamma"]) > 1e-3  # it started at 1 everywhere
    for name, one in found["1"].items():
        # synchronised normalisation leaves out Bessel's correction of the images' 50 x 64 pixels
        bound = 1 / 3200 if name == "norm1/moving_variance" else ROUNDING
        for who in ("dl", "2"):
            np.testing.assert_allclose(found[who][name], one, bound, bound, err_msg=f"{who} {name}")


def test_noise_is_drawn_and_not_the_same_for_both_devices():
    """Otherwise the comparison above would hold without noise too."""
    from nengo_lifdeep.neurons.tensorflow.activation import activation
    from nengo_lifdeep.noise import AlphaRCNoise

    tf = import_tensorflow()
    currents = tf.fill((6, 5), 2.0)
    whole = activation(currents, NEURON, AlphaRCNoise(0.003), (1, 2), 3).numpy()
    first = tf.constant(10, tf.int32)
    rest = activation(currents[2:], NEURON, AlphaRCNoise(0.003), (1, 2), 3, first=first).numpy()
    np.testing.assert_array_equal(rest, whole[2:])
    assert len(np.unique(whole)) == whole.size


@pytest.mark.parametrize("architecture", [SMALL, BESIDE], ids=["small", "beside"])
def test_a_training_goes_on_with_another_strategy(digits, one_device, tmp_path, architecture):
    """The optimiser's variables stand in the same order, so that a checkpoint serves both."""
    options = {"architecture": architecture, "checkpoint": tmp_path}
    _train(digits, None, **options)
    resumed = _train(digits, one_device, **options, epochs=2)
    whole = _train(digits, None, architecture=architecture, epochs=2)
    assert len(resumed.history["loss"]) == 2
    assert _apart(resumed.weights, whole.weights) < ROUNDING
    assert _apart(resumed.weights, _train(digits, None, architecture=architecture).weights) > 1e-3


def test_both_graphs_hold_their_variables_in_one_order():
    graph = build_graph(BESIDE, NEURON)
    simulator = import_nengo_dl().Simulator(graph.network, minibatch_size=2, progress_bar=False)
    with simulator:
        theirs = [v.name for v in simulator.keras_model.trainable_variables]
    twin = build_keras_graph(BESIDE, NEURON, 2)
    ours = [v.name for v in twin.model.trainable_variables]
    assert len(ours) == 8
    assert [n.split("/")[-2:] for n in ours] == [n.split("/")[-2:] for n in theirs]
    assert twin.variables().keys() == graph.variables().keys()


def test_relaxed_binary_weights_and_values_in_one_epoch(digits, one_device):
    binary = {"weights": {"conv1": Binary(draw="relaxed", scale=1.0)}, "optimizer": "bayes-binary"}
    pair = [_train(digits, s, neuron=nengo.RectifiedLinear(), **binary) for s in (None, one_device)]
    # what is kept is a sign for each weight: a rounding error can turn one that is nearly 0
    kernels = [np.sign(model.weights["conv1"]["kernel"]) for model in pair]
    assert np.mean(kernels[0] == kernels[1]) > 0.95
    values = Split(digits.images, targets=np.eye(10, dtype=np.float32)[digits.labels])
    one, two = (_train(values, s, validation_split=0.25) for s in (None, one_device))
    assert _apart(one.weights, two.weights) < ROUNDING
    assert one.history.keys() == two.history.keys()


@pytest.mark.parametrize(
    "options, told",
    [
        ({"strategy": "gpus"}, "expected 'mirrored'"),
        ({"strategy": 2}, "expected 'mirrored'"),
        ({"method": SpikeBased()}, "training in rates.*SpikeBased"),
        ({"method": Herding()}, "training in rates.*Herding"),
        ({"weights": CrossPoint()}, "cross-point"),
    ],
)
def test_what_cannot_be_divided_is_refused(digits, one_device, options, told):
    with pytest.raises((TrainingError, ValueError), match=told):
        _train(digits, options.pop("strategy", one_device), **options)


def test_strategies_over_machines_and_open_scopes_are_refused(digits, one_device):
    tf = import_tensorflow()
    several = tf.distribute.experimental.CentralStorageStrategy(["/cpu:0"])
    with pytest.raises(TrainingError, match="several machines"):
        _train(digits, several)
    with one_device.scope(), pytest.raises(TrainingError, match="strategy=..."):
        _train(digits, None)


def test_batches_are_divided_into_equal_parts():
    from nengo_lifdeep.training.replicas.strategy import require_divisible

    require_divisible(50, 2)
    with pytest.raises(TrainingError, match="multiple of 3, such as 48"):
        require_divisible(50, 3)
    with pytest.raises(TrainingError, match="such as 4"):
        require_divisible(2, 4)
