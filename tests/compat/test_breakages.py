"""One test per breakage. Each shows it upstream first, and so fails when the patch may go."""

from __future__ import annotations

import importlib
import inspect
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import nengo
import numpy as np
import pytest
import scipy.linalg
from nengo.utils.filter_design import expm

from nengo_lifdeep import SpikingNetwork, compat, convert, pretrained
from nengo_lifdeep.compat import quiet
from nengo_lifdeep.compat.nengo import filter_flat_signals, restore_numpy_names
from nengo_lifdeep.compat.nengo_loihi import _array, _fromstring
from nengo_lifdeep.compat.quiet import accept_new_decoder_cache


def test_nengo_discretises_large_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    restore_numpy_names()
    large = np.random.default_rng(0).normal(size=(200, 200)) / 4
    patched = importlib.import_module("nengo._vendor.scipy.sparse.linalg_expm")
    np.testing.assert_allclose(
        expm(large), scipy.linalg.expm(large), rtol=1e-9, atol=1e-9 * abs(expm(large)).max()
    )
    monkeypatch.setattr(patched, "np", np)
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":  # until then it was deprecated
        with pytest.raises(AttributeError, match="find_common_type"):
            expm(large)


def test_nengo_filters_flat_signals() -> None:
    filter_flat_signals()
    filter_flat_signals()
    synapse, signal = nengo.Lowpass(0.01), np.random.default_rng(0).normal(size=20)
    column = synapse.filt(signal[:, None], dt=0.001)
    np.testing.assert_array_equal(synapse.filt(signal, dt=0.001), column[:, 0])
    np.testing.assert_array_equal(synapse.filtfilt(signal), synapse.filtfilt(signal[:, None])[:, 0])
    if np.lib.NumpyVersion(np.__version__) >= "2.4.0":  # until then it was deprecated
        with pytest.raises(ValueError, match="setting an array element with a sequence"):
            nengo.synapses.Synapse.filt.__wrapped__(synapse, signal)


_FIRST_SIMULATOR = """
import logging

import nengo

logging.basicConfig()  # as libraries do that NengoDL imports
{before}
with nengo.Network() as network:
    ensemble = nengo.Ensemble(10, 1)
    nengo.Connection(ensemble, nengo.Node(size_in=1))
with nengo.Simulator(network, progress_bar=False) as simulator:
    simulator.run(0.01)
"""


def _logged_by_a_first_simulator(home: Path, before: str) -> str:
    """Standard error of a process in an empty home folder that builds a network."""
    home.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    finished = subprocess.run(
        [sys.executable, "-c", _FIRST_SIMULATOR.format(before=before)],
        env={**environment, "HOME": str(home), "USERPROFILE": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return finished.stderr


def test_nengo_creates_its_decoder_cache_without_a_traceback(tmp_path: Path) -> None:
    accept = "from nengo_lifdeep.compat.quiet import accept_new_decoder_cache as accept; accept()"
    assert "Traceback" in _logged_by_a_first_simulator(tmp_path / "upstream", "")
    assert _logged_by_a_first_simulator(tmp_path / "ours", accept) == ""
    ours = "from nengo_lifdeep import SpikingNetwork, convert, pretrained"
    ours += "; SpikingNetwork(convert(pretrained.load('digits-compact')))"
    assert _logged_by_a_first_simulator(tmp_path / "network", ours) == ""


def test_a_decoder_cache_that_lost_its_index_is_still_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    accept_new_decoder_cache()
    (tmp_path / "0f").mkdir()  # where Nengo keeps decoders
    with nengo.cache.WriteableCacheIndex(tmp_path):
        pass
    assert "corrupted" in caplog.text
    assert logging.getLogger("nengo.cache").filters.count(quiet._is_real_problem) == 1
    accept_new_decoder_cache()
    assert logging.getLogger("nengo.cache").filters.count(quiet._is_real_problem) == 1


@pytest.mark.loihi
def test_nengo_loihi_makes_arrays_without_needless_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    nengo_loihi = compat.import_nengo_loihi()
    rates = nengo_loihi.neurons.loihi_rates
    neuron = nengo_loihi.LoihiLIF()
    assert rates(neuron, [2], [1], [0], dt=0.001).shape == (1, 1)
    monkeypatch.setattr(nengo_loihi.neurons, "np", np)
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":  # until then it copied when it had to
        with pytest.raises(ValueError, match="Unable to avoid copy"):
            rates(neuron, [2], [1], [0], dt=0.001)


def test_array_copies_only_when_it_must() -> None:
    data = np.arange(3.0)
    assert _array(data, copy=False) is data
    assert _array(data, dtype=np.float32, copy=False).dtype == np.float32
    assert _array(data) is not data


@pytest.mark.loihi
def test_nengo_loihi_reads_binary_events() -> None:
    nengo_loihi = compat.import_nengo_loihi()
    assert "np.fromstring(data, np.uint8)" in inspect.getsource(nengo_loihi.dvs)
    if np.lib.NumpyVersion(np.__version__) >= "2.3.0":  # until then it was deprecated
        with pytest.raises(ValueError, match="binary mode of fromstring is removed"):
            np.fromstring(b"\x01\x02", np.uint8)
    read = nengo_loihi.dvs.np.fromstring(b"\x01\x02", np.uint8)
    assert read is not None and read.tolist() == [1, 2] and read.flags.writeable
    assert _fromstring(b"", np.uint8).size == 0


@pytest.mark.loihi
def test_building_an_emulator_does_not_warn(monkeypatch: pytest.MonkeyPatch) -> None:
    nengo_loihi = compat.import_nengo_loihi()
    with nengo.Network(seed=0) as net:
        nengo.Probe(nengo.Ensemble(5, 1, neuron_type=nengo_loihi.LoihiLIF()))
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="invalid value encountered in cast")
        nengo_loihi.Simulator(net, progress_bar=False).close()
    monkeypatch.setattr(nengo_loihi.emulator.interface, "np", np)
    with pytest.warns(RuntimeWarning, match="invalid value encountered in cast"):
        nengo_loihi.Simulator(net, progress_bar=False).close()


@pytest.mark.loihi
@pytest.mark.parametrize("repaired", [True, False])
def test_the_first_emulator_of_a_process_is_freed(repaired: bool) -> None:
    """In a process of its own, since it depends on what was running at the first import."""
    undone = "" if repaired else "loihi.let_go_of_the_importer = lambda module: None"
    script = f"""
import gc, weakref
from nengo_lifdeep.compat import nengo_loihi as loihi
{undone}

class Large:
    pass

def first():
    large = Large()
    loihi.import_nengo_loihi()
    return weakref.ref(large)

large = first()
gc.collect()
print(large() is None)
"""
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert found.stdout.strip() == str(repaired), found.stderr


@pytest.mark.loihi
def test_nengo_loihi_leaves_it_to_users_what_is_on_the_chip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build = compat.import_nengo_loihi().Simulator
    compat.nengo_loihi.repair_loaded()
    builders = sys.modules["nengo_loihi"].builder.Builder.builders
    assert not hasattr(builders[nengo.Network].__wrapped__, "__wrapped__")  # once
    model = convert(pretrained.load("digits-compact"), synapse=nengo.Lowpass(0.005))
    with nengo.Network(seed=0) as world:
        nengo.Probe(SpikingNetwork(model, np.full(64, 0.5)).output)
    with build(world, progress_bar=False) as simulator:
        simulator.run(0.01)
    monkeypatch.setattr(compat.nengo_loihi, "_AROUND", [])
    with pytest.raises(nengo.exceptions.BuildError, match="not supported for off-chip to on-chip"):
        build(world, progress_bar=False)


@pytest.mark.tf
def test_nengo_dl_would_start_a_second_tensorflow() -> None:
    nengo_dl = compat.import_nengo_dl()
    assert "list_physical_devices('GPU')" in inspect.getsource(nengo_dl.utils)
    tensorflow = compat.import_tensorflow()
    gpus = tensorflow.config.list_physical_devices("GPU")
    assert nengo_dl.utils.tf_gpu_installed is bool(gpus)


@pytest.mark.tf
def test_nengo_dl_sees_keras_2_everywhere() -> None:
    nengo_dl, tf_keras = compat.import_nengo_dl(), compat.import_tf_keras()
    assert nengo_dl.simulator.tf.keras is tf_keras
    assert nengo_dl.simulator.tf.losses is tf_keras.losses
    assert issubclass(nengo_dl.compat.Functional, tf_keras.Model)
    later = importlib.import_module("nengo_dl.tests.dummies")
    assert importlib.import_module(later.__name__) is later


@pytest.mark.tf
@pytest.mark.loihi
def test_both_would_warn_about_this_nengo() -> None:
    nengo_dl, nengo_loihi = compat.import_nengo_dl(), compat.import_nengo_loihi()
    assert nengo.version.version_info > nengo_dl.version.latest_nengo_version
    assert nengo.version.version_info > nengo_loihi.version.latest_nengo_version_info


@pytest.mark.tf
@pytest.mark.loihi
def test_a_second_call_changes_nothing() -> None:
    nengo_loihi = compat.import_nengo_loihi()
    before = nengo_loihi.block.np
    assert compat.import_nengo_loihi() is nengo_loihi
    assert nengo_loihi.block.np is before
    assert compat.import_nengo_dl() is compat.import_nengo_dl()


@pytest.mark.tf
def test_nengo_dl_filters_with_feedthrough(monkeypatch: pytest.MonkeyPatch) -> None:
    nengo_dl = compat.import_nengo_dl()
    synapse = nengo.LinearFilter([0.5, 0.0, 1.0], [1e-4, 2e-2, 1.0], analog=True)
    with nengo.Network() as net:
        node = nengo.Node(np.sin)
        probe = nengo.Probe(node, synapse=synapse)
    with nengo.Simulator(net, progress_bar=False) as reference:
        reference.run_steps(10)
    with nengo_dl.Simulator(net, progress_bar=False) as sim:
        sim.run_steps(10)
        # float32 against float64, over ten steps of a filter with gain 5000
        np.testing.assert_allclose(sim.data[probe], reference.data[probe], rtol=1e-4)
    monkeypatch.setattr(nengo_dl.process_builders, "np", np)
    with pytest.raises(AssertionError, match="TensorGraph"):
        nengo_dl.Simulator(net, progress_bar=False)
