"""NIR out and in again: the same spikes; graphs of others; what cannot be said is refused."""

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep import pretrained
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets import load
from nengo_lifdeep.errors import ConversionError, DataError, ModelFileError, ValidationError
from nengo_lifdeep.exporters.nir.graph import to_nir
from nengo_lifdeep.importers.nir.model import from_nir
from nengo_lifdeep.inputs.as_trained import coding_record, shown_as
from nengo_lifdeep.inputs.coding import BernoulliCoding
from nengo_lifdeep.inputs.preprocessing import Preprocessing
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.inputs.recommended import Recommended
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten, Shortcut
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
    records = [run(m, images, presentation=TIMING, simulator="events", dtype="float64")
               for m in (model, found)]  # fmt: skip
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


@pytest.mark.parametrize(
    ("name", "data"), [("digits-compact", "digits"), ("mnist-compact", "mnist")]
)
def test_round_trip_of_a_trained_network(name, data, tmp_path):
    model = convert(pretrained.load(name), synapse=0.003)
    try:
        images = load(data).test.take(4)
    except DataError as error:
        pytest.skip(str(error))
    path = tmp_path / "net.nir"
    to_nir(model, path, tau_ref="metadata")
    found = from_nir(path)
    assert found.classes == model.classes
    same_spikes(model, found, images)


def test_preprocessing_goes_along(make_network, tmp_path):
    net = make_network((4, 4, 1), [Conv2D(2, 3), Flatten(), Dense(3)])
    mean = np.random.default_rng(1).uniform(size=(6, 6, 1)).astype(np.float32)
    prepare = Preprocessing(mean, scale=2.5, crop=(4, 4), divisor=[0.557])
    model = convert(dataclasses.replace(net, preprocessing=prepare), synapse=None)
    to_nir(model, tmp_path / "net.nir", tau_ref="metadata")
    images = np.random.default_rng(0).uniform(size=(3, 6, 6, 1)).astype(np.float32)
    found = from_nir(tmp_path / "net.nir")
    np.testing.assert_array_equal(found.preprocessing.divisor, prepare.divisor)
    same_spikes(model, found, images)


def test_floor_of_the_voltage_goes_along():
    """Nengo's voltages stop at 0; NIR's do not, nor do those of graphs without the number."""
    net, images = pretrained.load("digits-compact"), load("digits").test.take(4)
    neurons = [nengo.LIF(0.05, 0.001, min_voltage=v) for v in (0, -0.7, -np.inf)]
    models = [convert(net, synapse=None, neuron=neuron) for neuron in neurons]
    for model in models:
        found = from_nir(to_nir(model, tau_ref="metadata"))
        assert found.populations[1].neuron == model.populations[1].neuron
        same_spikes(model, found, images)
    counts = [run(m, images, presentation=TIMING).image_spikes["neurons2"] for m in models]
    assert not np.array_equal(counts[0], counts[2])
    assert "min_voltage" not in to_nir(models[2], tau_ref="metadata").nodes["neurons2"].metadata


def test_integrate_and_fire(make_network):
    net = make_network((6, 6, 1), [Conv2D(2, 3), Flatten(), Dense(3)], nengo.RectifiedLinear())
    model = convert(net, synapse=None, scale_firing_rates=50)
    images = np.random.default_rng(0).uniform(size=(2, 6, 6, 1)).astype(np.float32)
    same_spikes(model, from_nir(to_nir(model)), images)


@pytest.mark.parametrize("leak", [0.9, 1.0])
def test_thresholds_of_their_own(leak):
    """Others read the equation ``tau dv/dt = R I - v``; here it is the neuron that was written."""
    from nengo_lifdeep.models import Connection, Population, SpikingModel
    from nengo_lifdeep.neurons import StepLIF
    from nengo_lifdeep.stages.types import DenseMatrix

    neuron = StepLIF.of_leak(leak, threshold=0.75)
    rng = np.random.default_rng(0)
    model = SpikingModel(
        "own", (1, 1, 4), (Population("a", (6,), neuron, np.full(6, 20.0)),),
        (Connection("input", "a", (DenseMatrix((1, 1, 4), rng.normal(100, 50, (4, 6))),)),
         Connection("a", "output", (DenseMatrix((6,), rng.normal(size=(6, 3))),))),
        np.zeros(3),
    )  # fmt: skip
    graph = to_nir(model)
    node = next(n for n in graph.nodes.values() if hasattr(n, "v_threshold"))
    assert np.all(node.v_threshold == 0.75)
    assert np.allclose(node.r, 1 if leak == 1 else neuron.tau_mem)
    found = from_nir(graph)
    assert found.populations[0].neuron == neuron
    same_spikes(model, found, rng.uniform(size=(2, 1, 1, 4)).astype(np.float32))


SPIKES = {"n_steps": 50, "dt": 0.001, "leak": 0.99,
          "coding": coding_record(BernoulliCoding(500.0, seed=3))}  # fmt: skip
RECOMMENDED = Recommended(t_c=0.03, t_p=0.07)


@pytest.mark.parametrize("own", [{"spikes": SPIKES}, RECOMMENDED.noted({})], ids=" ".join)
def test_how_images_are_shown_goes_along(own, make_network, tmp_path):
    """A network that was trained on random spikes was shown constant pixels after a round trip."""
    net = make_network((6,), [Dense(4), Dense(3)])
    model = dataclasses.replace(convert(net, synapse=None), provenance={"seed": 3, **own})
    to_nir(model, tmp_path / "net.nir", tau_ref="metadata")
    found = from_nir(tmp_path / "net.nir")
    assert shown_as(found.provenance, None, None) == shown_as(model.provenance, None, None)
    assert shown_as(found.provenance, None, None) != shown_as({}, None, None)
    assert "seed" not in found.provenance
    graph = to_nir(model, tau_ref="metadata")
    for text in ('{"shown": [1]}', '{"shown": {"spikes": 3}}', '{"shown": {"seed": {}}}'):
        graph.metadata["nengo_lifdeep"] = text
        with pytest.raises(ModelFileError, match="is damaged: shown is"):
            from_nir(graph)
    if "spikes" in own:
        with pytest.warns(UserWarning, match="the coding of the training: give it the spikes"):
            to_nir(model, target="norse")


def test_another_step_than_the_written_one_is_refused(make_network):
    """Weights after neurons hold 1 / dt: with half the step all of them counted half."""
    net = make_network((6,), [Dense(4), Dense(3)], nengo.LIFRate(0.02, 0))
    model = convert(net, synapse=None)
    graph = to_nir(model, dt=0.002)
    assert from_nir(graph, dt=0.002).provenance["dt"] == from_nir(graph).provenance["dt"] == 0.002
    with pytest.raises(ValidationError, match=r"steps of 0\.002 s.*count spikes 0\.5 times"):
        from_nir(graph, dt=0.001)
    for target in ("norse", "sinabs", "snntorch"):
        with pytest.warns(UserWarning, match="loses"):
            graph = to_nir(model, target=target)
        with pytest.raises(ValidationError, match="was written by to_nir for steps of"):
            from_nir(graph, dt=0.003)


def renamed(model, names):
    pops = [dataclasses.replace(p, name=names[p.name]) for p in model.populations]
    names = {**names, "input": "input", "output": "output"}
    connections = [
        dataclasses.replace(c, pre=names[c.pre], post=names[c.post]) for c in model.connections
    ]
    return dataclasses.replace(model, populations=tuple(pops), connections=tuple(connections))


@pytest.mark.parametrize("name", ["a/b", "/a", ".", "a\0b", "\ud800"])
def test_names_that_files_cannot_hold(name, make_network, tmp_path):
    """A file with ``a/b`` was written, and could not be read again."""
    net = make_network((6,), [Dense(4), Dense(4), Dense(3)])
    model = renamed(convert(net, synapse=None), {"neurons1": name, "neurons2": "b"})
    with pytest.raises(ConversionError, match="has a name that files of NIR cannot hold"):
        to_nir(model, tmp_path / "net.nir", tau_ref="metadata")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "names",
    [
        ("a", "a_to_output"),
        ("input_to_b", "b"),
        ("output_filter2", "output_filter1"),
        ("b_rise", "b"),
        ("a", "input_to_a_flatten"),
        ("..", "ä b"),
    ],
    ids=str,
)
def test_names_that_nodes_between_would_have(names, make_network, tmp_path):
    """Neurons of such names took the place of weights, or the other way round."""
    net = make_network((3, 3, 2), [Flatten(), Dense(4), Dense(4), Dense(3)])
    model = convert(net, synapse=nengo.Alpha(0.003))
    model = renamed(model, dict(zip(("neurons1", "neurons2"), names, strict=True)))
    images = np.random.default_rng(0).uniform(size=(3, 3, 3, 2)).astype(np.float32)
    to_nir(model, tmp_path / "net.nir", tau_ref="metadata")
    found = from_nir(tmp_path / "net.nir")
    assert [p.name for p in found.populations] == list(names)
    same_spikes(model, found, images)


def test_what_nir_cannot_say(make_network):
    plain = make_network((6, 6, 1), [Conv2D(2, 3), Flatten(), Dense(4), Dense(3)])
    model = convert(plain, synapse=0.003)
    with pytest.raises(ConversionError, match=r"neurons1: refractory period 0.001 s.*metadata"):
        to_nir(model)
    with pytest.raises(ConversionError, match="'refuse' or 'metadata'"):
        to_nir(model, tau_ref="drop")
    for dt in (0, -0.001, float("inf"), "1 ms"):
        with pytest.raises(ConversionError, match="dt is .*above 0"):
            to_nir(model, tau_ref="metadata", dt=dt)
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
