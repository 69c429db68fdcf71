"""A neuron per layer: folded, converted and run with the neuron that each layer has."""

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.relu import relu_to_lif
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets.synthetic import bars
from nengo_lifdeep.errors import ConversionError, ModelFileError, TrainingError, ValidationError
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.evaluation.rungs import ladder
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten, Neurons, Shortcut
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import SpikingModel, TrainedModel
from nengo_lifdeep.neurons import SoftLIF, neuron_rate
from nengo_lifdeep.noise import AlphaRCNoise
from nengo_lifdeep.simulators import run
from nengo_lifdeep.training.initial import initial_weights
from nengo_lifdeep.training.random_features import random_features, trained_example

SOFT = SoftLIF(0.022, 0.002, 0.02, 0.063)
RELU = nengo.RectifiedLinear(amplitude=0.02)
#: a step as long as a spike's share of a window; the simulators agree spike by spike
SHORT = Presentation(t_c=0.05, t_p=0.2)


def mixed(first: Neurons, second: Neurons) -> Architecture:
    return Architecture(
        (8, 8, 1),
        [
            Conv2D(6, 3), first, AveragePooling2D(2), Conv2D(6, 1), second,
            Conv2D(6, 1), Shortcut("neurons1", 6, 2), Neurons(), Flatten(), Dense(4),
        ],
        "mixed",
    )  # fmt: skip


MIXED = Architecture(
    (8, 8, 1),
    [Conv2D(8, 3), Neurons(), AveragePooling2D(2), Flatten(), Dense(40), Neurons(RELU), Dense(4)],
    "mixed",
)


@pytest.fixture(scope="module")
def task():
    return bars(flip=0.02).dataset(n_train=600, n_test=40, seed=0)


@pytest.fixture(scope="module")
def trained(task):
    return random_features(MIXED, task.train, neuron=SOFT, gain=2.0, classes=task.classes)


def by_hand(trained, x):
    """The class scores of `MIXED`, written out."""
    w = trained.weights
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))
    current = np.einsum("nijchw,hwcf->nijf", windows, w["conv1"]["kernel"]) + w["conv1"]["bias"]
    fired = neuron_rate(SOFT, current).reshape(len(x), 3, 2, 3, 2, 8).mean((2, 4))
    hidden = fired.reshape(len(x), -1) @ w["dense1"]["kernel"] + w["dense1"]["bias"]
    rectified = 0.02 * np.maximum(hidden, 0)
    return rectified @ w["dense2"]["kernel"] + w["dense2"]["bias"]


def test_every_layer_has_its_own_amplitude_and_curve(trained, task):
    x = trained.preprocessing(task.test.unit_images())
    np.testing.assert_allclose(
        forward(fold(trained), x)["output"], by_hand(trained, x), rtol=2e-4, atol=2e-4
    )
    assert not np.allclose(  # the same network with the network's neuron everywhere
        forward(fold(trained.with_neurons(lambda neuron: SOFT)), x)["output"],
        by_hand(trained, x), rtol=0.1, atol=0.1,
    )  # fmt: skip


def test_a_shortcut_carries_the_amplitude_of_its_source():
    own = mixed(Neurons(RELU), Neurons(SoftLIF(amplitude=0.3)))
    weights = initial_weights(own, SOFT, 1.0, 0)
    folded = fold(TrainedModel(own, weights, SOFT))
    added = next(c for c in folded.connections if (c.pre, c.post) == ("neurons1", "neurons3"))
    main = next(c for c in folded.connections if (c.pre, c.post) == ("neurons2", "neurons3"))
    np.testing.assert_allclose(added.stages[0].kernel, weights["shortcut1"]["kernel"] * 0.02)
    np.testing.assert_allclose(main.stages[0].kernel, weights["conv3"]["kernel"] * 0.3, rtol=1e-6)


def test_conversion_gives_each_layer_its_counterpart(trained):
    spiking = convert(trained)
    kinds = {p.name: repr(p.neuron) for p in spiking.populations}
    assert kinds == {
        "neurons1": "LIF(tau_rc=0.022)", "neurons2": "SpikingRectifiedLinear()",
    }  # fmt: skip
    assert spiking.provenance["conversion"]["neuron"] == ", ".join(kinds.values())
    wrapped = convert(trained, neuron="poisson")
    bases = [type(p.neuron.base_type).__name__ for p in wrapped.populations]
    assert bases == ["SoftLIF", "RectifiedLinear"]
    everywhere = convert(trained, neuron=nengo.LIF(0.05))
    assert {repr(p.neuron) for p in everywhere.populations} == {"LIF(tau_rc=0.05)"}


def test_simulators_agree_on_a_mixed_network(trained, task):
    """Spike by spike where both compute in float64; rates by the length of the window."""
    spiking = convert(trained, scale_firing_rates={"neurons2": 40})
    images = task.test.take(6)
    exact = run(spiking, images, simulator="nengo", presentation=SHORT)
    for engine in ("numpy", "numba"):
        found = run(
            spiking, images, simulator="events", presentation=SHORT, engine=engine, dtype="float64"
        )
        for name, rates in exact.layer_rates.items():
            assert np.count_nonzero(rates) > 10
            np.testing.assert_array_equal(found.image_spikes[name], exact.image_spikes[name])
            np.testing.assert_allclose(found.layer_rates[name], rates)
    whole = Presentation(t_c=0.2, t_p=1.2)
    slow = run(spiking, images, simulator="events", presentation=whole)
    rates = run(spiking, images, simulator="rate")
    for name, rate in rates.layer_rates.items():
        assert slow.layer_rates[name].mean() == pytest.approx(rate.mean(), rel=0.05)


@pytest.mark.tf
def test_nengo_dl_agrees_on_a_mixed_network(trained, task):
    spiking = convert(trained, scale_firing_rates={"neurons2": 40})
    images = task.test.take(4)
    exact = run(spiking, images, simulator="nengo", presentation=SHORT)
    found = run(spiking, images, simulator="nengo-dl", presentation=SHORT)
    for name, spikes in exact.image_spikes.items():
        np.testing.assert_allclose(found.image_spikes[name], spikes, rtol=0.02)


@pytest.mark.loihi
def test_the_chip_takes_a_mixed_network(task):
    from nengo_lifdeep import deploy

    net = Architecture(
        (8, 8, 1),
        [
            Conv2D(4, 1), Neurons(), Conv2D(6, 3, 2), Neurons(), Flatten(), Dense(30),
            Neurons(nengo.RectifiedLinear(amplitude=0.02)), Dense(4),
        ],
    )  # fmt: skip
    trained = random_features(net, task.train, neuron=SOFT, gain=2.0)
    spiking = convert(trained, scale_firing_rates={"neurons3": 40}, synapse=nengo.Lowpass(0.005))
    chip = deploy(spiking)
    kinds = [type(p.neuron).__name__ for p in chip.model.populations]
    assert kinds == ["LIF", "LIF", "SpikingRectifiedLinear"]
    images = task.test.take(2)
    exact = chip.run(images, presentation=SHORT)
    emulated = chip.run(images, simulator="loihi", presentation=SHORT)
    for name, spikes in emulated.image_spikes.items():
        np.testing.assert_array_equal(exact.image_spikes[name], spikes)


@pytest.mark.tf
def test_a_mixed_network_is_trained_by_its_own_curves(task, tmp_path):
    """Each population its neuron and its noise; what is trained is what is evaluated."""
    from nengo_lifdeep.training import train

    def net(noise):
        soft = Neurons(SoftLIF(0.022, 0.002, 0.02, 0.063, noise=noise))
        layers = [Conv2D(8, 3), soft, Flatten(), Dense(30), Neurons(), Dense(4)]
        return Architecture((8, 8, 1), layers, "own")

    options = {
        "neuron": RELU, "batch_size": 50, "progress": False, "learning_rate": 0.003, "seed": 1,
    }  # fmt: skip
    model = train(net(AlphaRCNoise(0.003)), task, epochs=6, **options)
    again = TrainedModel.load(model.save(tmp_path / "own.lifdeep"))
    assert again.architecture == net(AlphaRCNoise(0.003)) and again.neurons == model.neurons
    assert list(map(repr, again.neurons.values())) == [
        repr(net(AlphaRCNoise(0.003)).layers[1].neuron),
        repr(RELU),
    ]
    x = task.test.unit_images()
    scores = forward(fold(again), x)["output"]
    np.testing.assert_array_equal(scores, forward(fold(model), x)["output"])
    assert np.mean(scores.argmax(1) == task.test.labels) > 0.8  # four classes: chance is 0.25
    spiking = convert(again, scale_firing_rates={"neurons2": 40})
    long = Presentation(t_c=0.1, t_p=0.4)
    assert evaluate(spiking, task.test, presentation=long).accuracy > 0.75
    noiseless = train(net(None), task, epochs=1, **options)
    assert noiseless.history["loss"][0] != model.history["loss"][0]  # only that layer's noise
    spikes = Architecture((6,), [Dense(3), Neurons(nengo.LIF()), Dense(2)])
    with pytest.raises(TrainingError, match="layer 'neurons1': neuron LIF.* spikes and has no"):
        train(spikes, (x.reshape(len(x), -1)[:, :6], task.test.labels % 2), neuron=RELU)


def test_files_name_only_the_neurons_that_layers_own(trained, tmp_path):
    net = trained.architecture
    written = [entry for entry in net.to_dict()["layers"] if entry["type"] == "Neurons"]
    assert written == [
        {"type": "Neurons", "name": "neurons1"},
        {"type": "Neurons", "name": "neurons2",
         "neuron": {"type": "RectifiedLinear", "amplitude": 0.02}},
    ]  # fmt: skip
    assert Architecture.from_dict(net.to_dict()) == net
    assert net != Architecture.from_dict(net.with_neurons(lambda neuron: None).to_dict())
    again = TrainedModel.load(trained.save(tmp_path / "mixed.lifdeep"))
    assert again.neurons == trained.neurons
    spiking = convert(again)
    loaded = SpikingModel.load(spiking.save(tmp_path / "spiking.lifdeep"))
    assert [p.neuron for p in loaded.populations] == [p.neuron for p in spiking.populations]
    damaged = net.to_dict()
    damaged["layers"][1]["neuron"] = "LIF"
    with pytest.raises((ModelFileError, ValidationError), match="neuron record is 'LIF'"):
        Architecture.from_dict(damaged)


@pytest.mark.parametrize("given", ["SoftLIF", SoftLIF, nengo.AdaptiveLIFRate()])
def test_what_is_no_neuron_is_refused_by_the_layer(given):
    with pytest.raises(ValidationError, match=r"neuron (is|type is)"):
        Neurons(given)


def test_the_same_neuron_given_to_layers_or_to_the_network_is_the_same_network(trained, task):
    own = Architecture(
        MIXED.input_shape,
        [Neurons(SOFT) if isinstance(layer, Neurons) else layer for layer in MIXED.layers],
    )
    plain = own.with_neurons(lambda neuron: None)
    for rule in ("response", "he"):
        one = initial_weights(own, RELU, 0.7, 3, rule)
        other = initial_weights(plain, SOFT, 0.7, 3, rule)
        for layer, arrays in one.items():
            for name, array in arrays.items():
                np.testing.assert_array_equal(array, other[layer][name])
    x = task.test.unit_images()
    np.testing.assert_array_equal(
        forward(fold(TrainedModel(own, one, RELU)), x)["output"],
        forward(fold(TrainedModel(plain, one, SOFT)), x)["output"],
    )


def test_kernels_start_by_the_neurons_on_both_sides():
    weights = initial_weights(MIXED, SOFT, kernel_initializer="response")
    assert (weights["conv1"]["bias"] == 1).all() and (weights["dense1"]["bias"] == 0).all()
    he = initial_weights(MIXED, SOFT, kernel_initializer="he")
    ratio = {k: (he[k]["kernel"] / weights[k]["kernel"]).ravel()[0] for k in he}
    assert ratio["conv1"] == 1
    assert ratio["dense2"] == pytest.approx(0.02, rel=1e-4)  # a rectifier's, times its amplitude
    assert ratio["dense1"] > 1.5  # SoftLIF's


def test_energy_and_nir_of_a_mixed_network(trained, task):
    from nengo_lifdeep.energy import count

    nir = pytest.importorskip("nir")
    from nengo_lifdeep import from_nir, to_nir

    spiking = convert(trained, scale_firing_rates={"neurons2": 40})
    record = run(spiking, task.test.take(2), presentation=SHORT)
    assert set(count(record, spiking).spikes) >= {"neurons1", "neurons2"}
    flat = convert(trained, synapse=None)
    graph = to_nir(flat, tau_ref="metadata")
    kinds = [type(node).__name__ for node in graph.nodes.values()]
    assert kinds.count("LIF") == kinds.count("IF") == 1 and nir.__name__ == "nir"
    again = from_nir(graph, min_voltage=0)
    assert [type(p.neuron).__name__ for p in again.populations] == [
        "LIF", "SpikingRectifiedLinear",
    ]  # fmt: skip


def test_ladder_names_every_kind(trained, task):
    names = [rung.name for rung in ladder(trained, task.test.take(4), presentation=SHORT)]
    assert names[:2] == ["SoftLIF, RectifiedLinear rates", "LIFRate, RectifiedLinear rates"]


def test_relu_to_lif_reads_each_layers_amplitude(task):
    """An amplitude is the same as a factor on the weights after it."""
    relu = random_features(MIXED, task.train, neuron=nengo.RectifiedLinear(0.1), gain=2.0)
    ones = {k: dict(v) for k, v in relu.weights.items()}
    ones["dense1"]["kernel"] = ones["dense1"]["kernel"] * np.float32(0.1)
    ones["dense2"]["kernel"] = ones["dense2"]["kernel"] * np.float32(0.02)
    unit = TrainedModel(
        MIXED.with_neurons(lambda neuron: None), ones, nengo.RectifiedLinear(), relu.preprocessing
    )
    images = task.train.take(50)
    scores = [
        forward(fold(relu_to_lif(net, images)), task.test.unit_images())["output"]
        for net in (relu, unit)
    ]
    np.testing.assert_allclose(*scores, rtol=1e-3, atol=1e-4)
    with pytest.raises(ConversionError, match=r"SoftLIF\(.*in layer 'neurons1'; only rectified"):
        relu_to_lif(random_features(MIXED, task.train, neuron=SOFT), images)


def test_reports_show_the_neurons_that_layers_own(trained, task, tmp_path):
    from nengo_lifdeep.report.pages.card import model_card
    from nengo_lifdeep.report.tables.evaluations import architecture_table

    card = model_card(trained).splitlines()
    assert "- neuron of neurons2: RectifiedLinear (amplitude = 0.02)" in card
    what = [row["what"] for row in architecture_table(trained.architecture).rows]
    assert "neurons" in what and "neurons, RectifiedLinear" in what
    assert "RectifiedLinear(amplitude=0.02), SoftLIF(" in trained._repr_html_()
    plain = model_card(trained_example()[0])
    assert "neuron of" not in plain
