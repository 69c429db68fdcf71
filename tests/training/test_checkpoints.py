"""Checkpoints: exact, atomic, checked; a run that was killed ends where an unbroken one does."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from nengo_lifdeep.errors import ModelFileError, TrainingError
from nengo_lifdeep.training.checkpoints import Checkpoint, differences

OPTIONS = {"seed": 1, "optimizer": {"class_name": "Adam", "config": {"beta": 0.9}}}
STATE = Checkpoint(
    OPTIONS,
    {"loss": [2.0, 1.0]},
    {"conv1": {"kernel": np.arange(6, dtype=np.float32), "bias": np.zeros(2, np.float32)}},
    [np.array(7), np.array(0.5, np.float32), np.ones((2, 3), np.float32)],
)

# Everything that is random at once: order, noise, augmentation, dropout; and state beside weights.
RUN = """
import sys
from nengo_lifdeep import AlphaRCNoise, SoftLIF, datasets
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.layers import *
from nengo_lifdeep.training import Augmentation, train

net = Architecture((8, 8, 1), (Conv2D(8, 3, strides=2), BatchNormalization(), Flatten(),
                               Dense(32), Dropout(0.2), Dense(10)))
neuron = SoftLIF(0.022, 0.002, 0.02, 0.063, noise=AlphaRCNoise(0.003))
model = train(net, datasets.load("digits"), neuron=neuron, epochs=12, checkpoint=sys.argv[1],
              validation_split=0.1, augmentation=Augmentation(pad=1, crop=8), seed=3,
              learning_rate=lambda epoch: 0.003 * 0.9**epoch, progress=False)
model.save(sys.argv[2])
"""


def test_round_trip(tmp_path):
    assert Checkpoint.load(tmp_path) is None
    STATE.save(tmp_path)
    again = Checkpoint.load(tmp_path)
    assert again.options == OPTIONS and again.history == STATE.history and again.epochs == 2
    for name, array in STATE.weights["conv1"].items():
        np.testing.assert_array_equal(again.weights["conv1"][name], array)
    for one, two in zip(again.optimizer, STATE.optimizer, strict=True):
        np.testing.assert_array_equal(one, two)
        assert one.dtype == two.dtype and one.shape == two.shape
    assert again.best == {}


def test_every_difference_is_named():
    STATE.check_options({**OPTIONS}, "run")
    other = {"seed": 2, "optimizer": {"class_name": "Adam", "config": {"beta": 0.8}}}
    with pytest.raises(TrainingError) as caught:
        STATE.check_options(other, "run")
    assert "seed was 1, is 2" in str(caught.value)
    assert "optimizer.config.beta was 0.9, is 0.8" in str(caught.value)
    assert differences([1, 2], [1, 2, 3], "sizes") == ["sizes was [1, 2], is [1, 2, 3]"]


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9, 0.999])
def test_truncated_file_is_refused(tmp_path, keep):
    path = STATE.save(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: int(keep * len(data))])
    with pytest.raises(ModelFileError, match="checkpoint.lifdeep"):
        Checkpoint.load(tmp_path)


def test_flipped_bytes_are_refused(tmp_path):
    path = STATE.save(tmp_path)
    data = bytearray(path.read_bytes())
    at = data.find(b"conv1/kernel.npy") + 60  # inside the entry's compressed numbers
    data[at] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(ModelFileError):
        Checkpoint.load(tmp_path)


def test_full_disk_leaves_the_previous_checkpoint(tmp_path, monkeypatch):
    STATE.save(tmp_path)

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    later = Checkpoint(OPTIONS, {"loss": [2.0, 1.0, 0.5]}, STATE.weights, STATE.optimizer)
    with pytest.raises(ModelFileError, match="No space left"):
        later.save(tmp_path)
    assert Checkpoint.load(tmp_path).epochs == 2
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.lifdeep"]


def _options(tmp_path, **changes):
    from nengo_lifdeep.datasets import load
    from nengo_lifdeep.neurons import SoftLIF

    given = {"neuron": SoftLIF(amplitude=0.05), "epochs": 3, "progress": False, "seed": 1,
             "checkpoint": tmp_path, **changes}  # fmt: skip
    return ("digits-compact", load("digits").train.take(300)), given


@pytest.mark.tf
def test_interrupt_keeps_the_checkpoint_and_says_how_to_resume(tmp_path):
    from nengo_lifdeep.training import train

    def interrupt(epochs, history):
        if epochs == 2:
            raise KeyboardInterrupt

    arguments, options = _options(tmp_path)
    with pytest.raises(KeyboardInterrupt, match="state after epoch 2.*to continue"):
        train(*arguments, **options, callbacks=[interrupt])
    assert Checkpoint.load(tmp_path).epochs == 2
    resumed = train(*arguments, **options, resume=True)
    unbroken = train(*arguments, **{**options, "checkpoint": None})
    _assert_same(resumed, unbroken)
    assert resumed.history["loss"] == unbroken.history["loss"]


@pytest.mark.tf
def test_checkpoints_of_other_runs_and_finished_ones(tmp_path):
    from nengo_lifdeep.training import train

    arguments, options = _options(tmp_path)
    model = train(*arguments, **options)

    def never(epochs, history):
        raise AssertionError("an epoch was trained")

    _assert_same(train(*arguments, **options, callbacks=[never]), model)  # nothing left to do
    with pytest.raises(TrainingError, match="batch_size was 100, is 50"):
        train(*arguments, **{**options, "batch_size": 50})
    with pytest.raises(TrainingError, match="data was "):
        train(arguments[0], arguments[1].take(200), **options)
    with pytest.raises(TrainingError, match="has finished 3 epochs; epochs=2"):
        train(*arguments, **{**options, "epochs": 2})
    with pytest.raises(TrainingError, match="trained with learning rates"):
        train(*arguments, **options, learning_rate=lambda epoch: 0.5)
    again = train(*arguments, **{**options, "epochs": 1}, resume=False)
    assert len(again.history["loss"]) == 1 and Checkpoint.load(tmp_path).epochs == 1


@pytest.mark.tf
def test_full_disk_while_training(tmp_path, monkeypatch):
    from nengo_lifdeep.training import train

    arguments, options = _options(tmp_path)

    def fill(epochs, history):
        def full(descriptor):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(ModelFileError, match="No space left"):
        train(*arguments, **options, callbacks=[fill])
    assert Checkpoint.load(tmp_path).epochs == 1


@pytest.mark.tf
def test_places_that_cannot_be_written_or_read(tmp_path):
    """Refused before the first step, whatever stands in the way."""
    from nengo_lifdeep.training import train

    def never(epochs, history):
        raise AssertionError("an epoch was trained")

    (tmp_path / "file").write_text("in the way")
    arguments, options = _options(tmp_path / "file")
    with pytest.raises(ModelFileError, match="cannot write"):
        train(*arguments, **options, callbacks=[never])
    broken = tmp_path / "broken"
    broken.mkdir()
    Checkpoint.path(broken).write_bytes(b"PK not a checkpoint")
    with pytest.raises(ModelFileError, match="truncated, damaged"):
        train(*arguments, **{**options, "checkpoint": broken}, callbacks=[never])


@pytest.mark.tf
@pytest.mark.slow
def test_killed_run_ends_where_an_unbroken_one_does(tmp_path):
    """SIGKILL at a random moment, twice; the last attempt is left to finish."""
    from nengo_lifdeep.models import TrainedModel

    def start(name):
        command = [sys.executable, "-c", RUN, str(tmp_path / name), str(tmp_path / f"{name}.model")]
        return subprocess.Popen(command, stderr=subprocess.DEVNULL)

    unbroken = start("unbroken")
    reached = []
    for at_least in (1, 5):
        process = start("killed")
        while process.poll() is None and _epochs(tmp_path / "killed") < at_least:
            time.sleep(0.01)
        time.sleep(random.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.wait()
        reached.append(_epochs(tmp_path / "killed"))
    assert start("killed").wait() == 0 and unbroken.wait() == 0
    assert 1 <= reached[0] <= reached[1]
    models = [TrainedModel.load(tmp_path / f"{name}.model") for name in ("killed", "unbroken")]
    _assert_same(*models)
    for quantity in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"):
        assert models[0].history[quantity] == models[1].history[quantity]


def _epochs(directory):
    state = Checkpoint.load(directory)
    return 0 if state is None else state.epochs


def _assert_same(one, two):
    assert list(one.weights) == list(two.weights)
    for layer, group in one.weights.items():
        for name, array in group.items():
            np.testing.assert_array_equal(array, two.weights[layer][name], strict=True)


@pytest.mark.tf
def test_two_trainings_do_not_share_a_checkpoint(tmp_path):
    """The second, with other options, would overwrite what the first one has reached."""
    from nengo_lifdeep import datasets
    from nengo_lifdeep.layers import Dense, Flatten
    from nengo_lifdeep.layers.architecture import Architecture
    from nengo_lifdeep.neurons import SoftLIF
    from nengo_lifdeep.training import train

    net = Architecture((8, 8, 1), (Flatten(), Dense(8), Dense(10)))
    data = datasets.load("digits")
    refused = []

    def second(done, history):
        with pytest.raises(ModelFileError, match="another process is at work on it") as caught:
            train(net, data, epochs=1, seed=1, resume=False, **options)
        refused.append(str(caught.value))

    options = {"neuron": SoftLIF(), "batch_size": 500, "checkpoint": tmp_path, "progress": False}
    train(net, data, epochs=2, callbacks=[second], **options)
    assert len(refused) == 2 and Checkpoint.load(tmp_path).epochs == 2
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint.lifdeep"]
    train(net, data, epochs=3, **options)
    assert Checkpoint.load(tmp_path).epochs == 3
