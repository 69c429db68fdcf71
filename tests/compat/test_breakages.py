"""One test per breakage. Each shows it upstream first, and so fails when the patch may go."""

from __future__ import annotations

import importlib
import inspect
import warnings

import nengo
import numpy as np
import pytest
import scipy.linalg
from nengo.utils.filter_design import expm

from nengo_lifdeep import compat
from nengo_lifdeep.compat.nengo import filter_flat_signals, restore_numpy_names
from nengo_lifdeep.compat.nengo_loihi import _array, _fromstring


def test_nengo_discretises_large_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    restore_numpy_names()
    large = np.random.default_rng(0).normal(size=(200, 200)) / 4
    patched = importlib.import_module("nengo._vendor.scipy.sparse.linalg_expm")
    np.testing.assert_allclose(
        expm(large), scipy.linalg.expm(large), rtol=1e-9, atol=1e-9 * abs(expm(large)).max()
    )
    monkeypatch.setattr(patched, "np", np)
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


@pytest.mark.loihi
def test_nengo_loihi_makes_arrays_without_needless_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    nengo_loihi = compat.import_nengo_loihi()
    rates = nengo_loihi.neurons.loihi_rates
    neuron = nengo_loihi.LoihiLIF()
    assert rates(neuron, [2], [1], [0], dt=0.001).shape == (1, 1)
    monkeypatch.setattr(nengo_loihi.neurons, "np", np)
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
