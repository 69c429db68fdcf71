"""Federated devices in worker processes of Dask, also of ones that are killed."""

from __future__ import annotations

import os
import signal
import warnings
from pathlib import Path

import numpy as np
import pytest

from nengo_lifdeep.probabilistic.federated.device import OnlineDevice
from nengo_lifdeep.probabilistic.federated.training import train_federated
from nengo_lifdeep.probabilistic.federated.workers import Workers
from nengo_lifdeep.probabilistic.learner import OnlineLearner
from nengo_lifdeep.probabilistic.rule import LocalVariationalRule

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")


class Mortal(OnlineDevice):
    """Its worker is killed when it has learned 20 steps: ``lives`` times."""

    folder: Path
    lives = 0

    def stepped(self, n_updates):
        deaths = len(list(self.folder.iterdir()))
        if self.learner.n_steps == 20 and deaths < self.lives:
            (self.folder / str(deaths)).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().stepped(n_updates)


def _given(small, films, folder, lives):
    shown, _ = films(6, steps=20)
    given = []
    for i, kind in enumerate([OnlineDevice, Mortal, OnlineDevice]):
        learner = OnlineLearner(small(2), LocalVariationalRule(0.05), seed=i, engine="readable")
        given.append(kind(f"device {i}", learner, shown[2 * i : 2 * i + 2], [i] * 2))
    folder.mkdir()
    given[1].folder, given[1].lives = folder, lives
    return given


def test_a_device_whose_state_is_lost_on_its_way_is_left_out(small, films, tmp_path, monkeypatch):
    """It has learned, and the scheduler goes before it has sent it: no reason to wait for ever."""

    async def lost(**given):
        raise OSError("the scheduler does not answer")

    devices = _given(small, films, tmp_path / "devices", 0)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None,
            silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as client,
        Workers(client.get_executor(), [each.name for each in devices]) as learning,
    ):  # fmt: skip
        monkeypatch.setattr(client.scheduler, "gather", lost, raising=False)
        arrived, left_out = learning.run(devices, 1, timeout=60)
    assert not arrived
    assert left_out == dict.fromkeys(range(3), "CancelledError: the scheduler does not answer")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL")
def test_workers_that_are_killed(small, films, tmp_path):
    """Dask gives a lost device's work to another worker, and gives up after some deaths.

    In the next period the device is tried again: that it failed is not remembered.
    """
    here = train_federated(_given(small, films, tmp_path / "here", 0), 10, 60)
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
            silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # nobody is left out
            once = _given(small, films, tmp_path / "once", 1)
            found = train_federated(once, 10, 60, executor=client.get_executor())
        assert len(list((tmp_path / "once").iterdir())) == 1
        assert found.exchanges == here.exchanges
        for own, other in zip(found.devices, here.devices, strict=True):
            for a, b in zip(own.weights, other.weights, strict=True):
                np.testing.assert_array_equal(a, b)
        twice = _given(small, films, tmp_path / "twice", 2)
        words = "exchange 3 without device 'device 1': KilledWorker"
        with pytest.warns(UserWarning, match=words):
            found = train_federated(twice, 10, 60, executor=client.get_executor())
        assert [len(e.devices) for e in found.exchanges] == [3, 3, 2, 3, 3, 3]
