"""NIR out and in again: the same spikes; graphs of others; what cannot be said is refused."""

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep import pretrained
from nengo_lifdeep.convert import convert
from nengo_lifdeep.datasets import load
from nengo_lifdeep.errors import ConversionError, LifdeepError, ModelFileError
from nengo_lifdeep.errors import UnsupportedLayerError as Unsupported
from nengo_lifdeep.exporters.nir import to_nir
from nengo_lifdeep.importers.nir import from_nir
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten, Shortcut
from nengo_lifdeep.presentation import Presentation
from nengo_lifdeep.simulators import run

nir = pytest.importorskip("nir")
h5py = pytest.importorskip("h5py")

TIMING = Presentation(t_c=0.02, t_p=0.08)
NETWORKS = {
    "same": [Conv2D(3, 3, padding="same"), Conv2D(4, 3, strides=2, padding="same"), Flatten(),
             Dense(3)],
    "overlapping pool": [Conv2D(3, 3), AveragePooling2D(3, 2), Conv2D(4, 2), Flatten(), Dense(3)],
    "residual": [Conv2D(3, 3, padding="same"), Conv2D(3, 3, padding="same"),
                 Shortcut("neurons1"), Conv2D(4, 3, padding="same"), Shortcut("neurons2", 4),
                 Flatten(), Dense(6), Dense(3)],
    "groups": [Conv2D(4, 3), Conv2D(4, 3, groups=2), Flatten(), Dense(3)],
}  # fmt: skip


def same_spikes(model, found, images):
    records = [run(m, images, presentation=TIMING, dtype="float64") for m in (model, found)]
    assert all(v.sum() > 0 for v in records[0].image_spikes.values())
    for name, spikes in records[0].image_spikes.items():
        np.testing.assert_array_equal(spikes, records[1].image_spikes[name])
    scale = np.abs(records[0].outputs).max()
    np.testing.assert_allclose(records[1].outputs, records[0].outputs, atol=1e-4 * scale)


@pytest.mark.parametrize("synapse", [None, nengo.Lowpass(0.004), nengo.Alpha(0.003)], ids=repr)
@pytest.mark.parametrize("name", NETWORKS)
def test_round_trip(name, synapse, make_network, tmp_path):
    model = convert(make_network((8, 9, 2), NETWORKS[name]), synapse=synapse)
    images = np.random.default_rng(0).uniform(size=(3, 8, 9, 2)).astype(np.float32)
    path = tmp_path / "net.nir"
    to_nir(model, path, tau_ref="metadata")
    found = from_nir(path)
    assert found.populations[0].neuron == model.populations[0].neuron
    assert found.input_shape == model.input_shape
    same_spikes(model, found, images)


def test_round_trip_of_a_trained_network(tmp_path):
    model = convert(pretrained.load("digits-compact"), synapse=0.003)
    images = load("digits").test.take(10)
    found = from_nir(to_nir(model, tau_ref="metadata"), classes=model.classes)
    shown = model.preprocessing(images.unit_images())
    same_spikes(dataclasses.replace(model, preprocessing=found.preprocessing), found, shown)


def test_integrate_and_fire(make_network):
    net = make_network((6, 6, 1), [Conv2D(2, 3), Flatten(), Dense(3)], nengo.RectifiedLinear())
    model = convert(net, synapse=None, scale_firing_rates=50)
    images = np.random.default_rng(0).uniform(size=(2, 6, 6, 1)).astype(np.float32)
    same_spikes(model, from_nir(to_nir(model)), images)


def test_what_nir_cannot_say(make_network):
    plain = make_network((6, 6, 1), [Conv2D(2, 3), Flatten(), Dense(4), Dense(3)])
    model = convert(plain, synapse=0.003)
    with pytest.raises(ConversionError, match=r"neurons1: refractory period 0.001 s.*metadata"):
        to_nir(model)
    with pytest.raises(ConversionError, match="'refuse' or 'metadata'"):
        to_nir(model, tau_ref="drop")
    with pytest.raises(ConversionError, match="initial_voltage='zero'"):
        to_nir(convert(plain, initial_voltage="uniform"), tau_ref="metadata")
    pool = make_network((8, 8, 1), [Conv2D(2, 3), AveragePooling2D(3, 2, "same"), Conv2D(2, 2),
                                    Flatten(), Dense(3)])  # fmt: skip
    with pytest.raises(ConversionError, match="over the border"):
        to_nir(convert(pool), tau_ref="metadata")
    relu = make_network((6,), [Dense(4), Dense(4), Dense(3)], nengo.RectifiedLinear())
    with pytest.raises(ConversionError, match="SpikingRectifiedLinear.*no counterpart"):
        to_nir(convert(relu, synapse=0.003))
    connections = list(model.connections)
    connections[1] = dataclasses.replace(connections[1], synapse=nengo.Lowpass(0.01))
    mixed = dataclasses.replace(model, connections=tuple(connections))
    assert from_nir(to_nir(mixed, tau_ref="metadata")).connections[1].synapse == nengo.Lowpass(0.01)


def graph(**changes):
    """A graph as others write it: parameters of one value, R and thresholds away from 1."""
    one = np.ones(4, np.float32)
    nodes = {
        "image": nir.Input({"input": np.array([1, 3, 3])}),
        "conv": nir.Conv2d((3, 3), np.full((2, 1, 2, 2), 0.3, np.float32), 1, 0, 1, 1,
                           np.array([0.1, 0.2], np.float32)),
        "pool": nir.SumPool2d(np.array([2, 2]), np.array([1, 1]), np.array([0, 0])),
        "flat": nir.Flatten({"input": np.array([2, 1, 1])}, 0, -1),
        "w1": nir.Affine(np.full((4, 2), 0.5, np.float32), 0.3 * one),
        "lif": nir.LIF(0.02 * one, 4 * one, 0.1 * one, 2 * one, 0 * one),
        "w2": nir.Linear(np.full((2, 4), 0.01, np.float32)),
        "out": nir.Output({"output": np.array([2])}),
    }  # fmt: skip
    first = nir.LIF(*(np.full((2, 2, 2), v, np.float32) for v in (0.01, 1, 0, 1, 0)))
    nodes["spikes"] = first
    nodes.update(changes)
    order = ["image", "conv", "spikes", "pool", "flat", "w1", "lif", "w2", "out"]
    edges = [(a, b) for a, b in zip(order, order[1:], strict=False) if a in nodes and b in nodes]
    return nir.NIRGraph(nodes, edges, type_check=False)


def test_parameters_of_others():
    """J = R (W s / dt * dt + b) / threshold + leak / threshold, worked out by hand."""
    model = from_nir(graph(), tau_ref=0.002, dt=0.001)
    second = model.population("lif")
    assert second.neuron == nengo.LIF(tau_rc=0.02, tau_ref=0.002)
    np.testing.assert_allclose(second.bias, 4 * 0.3 / 2 + 0.1 / 2, rtol=1e-6)
    pool, area, dense = model.connections[1].stages
    spikes = np.ones((1, 2, 2, 2), np.float32) / 0.001
    current = dense.apply(area.apply(pool.apply(spikes)))
    np.testing.assert_allclose(current, 4 / 2 * 0.5 * 2 * 4, rtol=1e-5)  # 4 pixels, 2 channels


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"lif": nir.LIF(*(np.array(v, np.float32) for v in
                           ([0.01, 0.02, 0.01, 0.01], [1] * 4, [0] * 4, [1] * 4, [0] * 4)))},
         "'lif': tau differs between neurons"),
        ({"lif": nir.LIF(*(np.full(4, v, np.float32) for v in (0.01, 1, 0, 1, 0.5)))},
         "v_reset is not 0"),
        ({"pool": nir.AvgPool2d(np.array([2, 2]), np.array([1, 1]), np.array([1, 1]))},
         "padding is"),
        ({"w1": nir.Linear(np.ones((4, 7), np.float32))}, r"'w1' .*weights of shape \(4, 7\)"),
        ({"pool": nir.Threshold(np.ones((2, 2, 2), np.float32))}, r"'pool' \(Threshold\) cannot"),
        ({"w2": nir.Input({"input": np.array([4])})}, "2 nodes Input"),
    ],
)  # fmt: skip
def test_graphs_that_cannot_be_imported(changes, text):
    with pytest.raises(Unsupported, match=text):
        from_nir(graph(**changes))


def test_loops():
    looped = graph()
    looped.edges.append(("lif", "w1"))
    with pytest.raises(Unsupported, match="form a loop"):
        from_nir(looped)


def test_damaged_files(tmp_path, make_network):
    model = convert(make_network((6, 6, 1), [Conv2D(2, 3), Flatten(), Dense(3)]), synapse=None)
    path = tmp_path / "net.nir"
    to_nir(model, path, tau_ref="metadata")
    whole = path.read_bytes()
    for cut in (0, 100, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:cut])
        with pytest.raises(LifdeepError):
            from_nir(path)
    path.write_bytes(b"not at all HDF5" * 10)
    with pytest.raises(ModelFileError, match="damaged, or no NIR file"):
        from_nir(path)
    with pytest.raises(ModelFileError, match="there is no file"):
        from_nir(tmp_path / "none.nir")
    with pytest.raises(ModelFileError, match="no NIR graph"):
        from_nir(3)
    with h5py.File(path, "w") as file:
        file.create_dataset("node/weight", shape=(2**40,), dtype="f4", chunks=(1024,))
    with pytest.raises(ModelFileError, match="declares 4,398,046,511,104 bytes"):
        from_nir(path)
    with h5py.File(path, "w") as file:
        file.create_dataset("node/type", data=b"Something")
    with pytest.raises(ModelFileError, match="damaged, or no NIR file"):
        from_nir(path)
