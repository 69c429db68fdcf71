"""Variants for readers: what they take, what is lost, and that it comes back as they read it."""

import warnings

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import ConversionError, ModelFileError
from nengo_lifdeep.exporters.nir.graph import to_nir
from nengo_lifdeep.importers.nir.model import from_nir
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten
from nengo_lifdeep.neurons import StepLIF
from nengo_lifdeep.simulators import run

nir = pytest.importorskip("nir")

#: nodes that the readers know, from their code
READS = {
    "snntorch": {"Conv2d", "Affine", "Linear", "Flatten", "AvgPool2d", "LIF", "CubaLIF"},
    "norse": {"Conv2d", "Affine", "Linear", "Flatten", "SumPool2d", "LIF", "CubaLIF", "IF"},
    "sinabs": {"Conv2d", "Affine", "Flatten", "SumPool2d", "LIF", "IF", "LI"},
}
#: spikes more or less than between steps: a short step, Euler's rule, reset by subtraction
RELATIVE = {"snntorch": 0.05, "norse": 0.3, "sinabs": 0.5}
POOLED = [Conv2D(3, 3), AveragePooling2D(2), Conv2D(4, 2), Flatten(), Dense(6), Dense(3)]


def written(model, target, **options):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        graph = to_nir(model, target=target, **options)
    return graph, str(told[-1].message)


@pytest.mark.parametrize("target", READS)
def test_only_nodes_that_the_target_reads(target, make_network):
    model = convert(make_network((8, 8, 2), POOLED), synapse=None)
    graph, told = written(model, target)
    kinds = {type(node).__name__ for node in graph.nodes.values()}
    assert kinds <= READS[target] | {"Input", "Output"}
    lost = graph.metadata["lost"].split("\n")
    assert all(line in told for line in lost) and len(lost) >= 3
    assert "refractory period of 1 ms" in told and "floor" in told


@pytest.mark.parametrize(
    ("target", "neuron"),
    [
        ("snntorch", StepLIF(0.05)),
        ("norse", StepLIF(0.05)),
        ("sinabs", StepLIF(0.05, exact=True, reset="subtract", several=True, reaches=True)),
    ],
)
def test_it_comes_back_as_the_target_reads_it(target, neuron, make_network, tmp_path):
    """The same weights and biases with the target's neurons in place of Nengo's."""
    free = nengo.LIF(0.05, 0.0, min_voltage=-np.inf)  # nothing that the targets lose
    model = convert(make_network((8, 8, 2), POOLED), synapse=None, neuron=free)
    written(model, target, path=tmp_path / "net.nir")
    again = from_nir(tmp_path / "net.nir")
    assert {repr(p.neuron) for p in again.populations} == {repr(neuron)}
    dt = again.provenance["dt"]
    assert dt == (1e-4 if target == "snntorch" else 1e-3)
    for a, b in zip(model.populations, again.populations, strict=True):
        if target == "sinabs":  # flat, channels first
            assert b.shape == (np.prod(a.shape),)
            continue
        np.testing.assert_allclose(
            np.broadcast_to(a.bias, a.shape), np.broadcast_to(b.bias, b.shape), atol=1e-5
        )
    images = np.random.default_rng(0).uniform(size=(2, 8, 8, 2)).astype(np.float32)
    timing = Presentation(t_c=0, t_p=0.5, dt=dt)
    spikes = [run(m, images, presentation=timing).image_spikes for m in (model, again)]
    for name, own in spikes[0].items():
        assert own.sum() > 20
        assert spikes[1][name].sum() == pytest.approx(own.sum(), rel=RELATIVE[target])


def test_lowpass_synapses_where_they_are_read(make_network):
    model = convert(make_network((8, 8, 2), POOLED), synapse=nengo.Lowpass(0.004))
    for target in ("snntorch", "norse"):
        graph, told = written(model, target)
        assert sum(type(n).__name__ == "CubaLIF" for n in graph.nodes.values()) == 2
        assert "synapse of the outputs" in told
    assert graph.nodes["neurons2"].tau_syn.ravel()[0] == np.float32(0.004)
    snntorch, _ = written(model, "snntorch")  # it takes only R = tau_mem / dt
    node = snntorch.nodes["neurons2"]
    np.testing.assert_allclose(node.r, node.tau_mem / 1e-4, rtol=1e-6)


def test_what_a_target_cannot_read(make_network):
    plain = make_network((8, 8, 2), POOLED)
    for synapse, target, text in (
        (nengo.Lowpass(0.004), "sinabs", "cannot be read by Sinabs; LIF without a synapse can"),
        (nengo.Alpha(0.004), "norse", "Norse reads no alpha synapses"),
    ):
        with pytest.raises(ConversionError, match=text):
            to_nir(convert(plain, synapse=synapse), target=target)
    relu = convert(make_network((6,), [Dense(4), Dense(3)], nengo.RectifiedLinear()), synapse=None)
    with pytest.raises(ConversionError, match="cannot be read by snnTorch"):
        to_nir(relu, target="snntorch")
    graph, told = written(relu, "sinabs")
    assert type(graph.nodes["neurons1"]).__name__ == "IF" and "negative currents" in told
    model = convert(plain, synapse=None)
    with pytest.raises(ConversionError, match=r"snnTorch reads every file with steps of 0\.0001 s"):
        to_nir(model, target="snntorch", dt=0.001)
    with pytest.raises(ConversionError, match="target is 'lava'.*'norse'"):
        to_nir(model, target="lava")
    graph, _ = written(model, "norse")
    graph.metadata["target"] = "lava"
    with pytest.raises(ModelFileError, match="'target' of the graph is 'lava'"):
        from_nir(graph)


@pytest.mark.parametrize("target", [None, "norse", "sinabs"])
@pytest.mark.parametrize(
    ("dt", "text"),
    [(0.5, "neurons1: tau_rc is 0.02 s, and a step dt = 0.5 s"), (1e-300, "is not finite with a")],
)
def test_steps_in_other_units_are_refused(target, dt, text, make_network):
    """Weights after spikes carry 1 / dt, and would have been infinite, or for steps of 500 ms."""
    lif = nengo.LIFRate(tau_rc=0.02, tau_ref=0)
    model = convert(make_network((6,), [Dense(4), Dense(3)], lif), synapse=None)
    with pytest.raises(ConversionError, match=text):
        to_nir(model, target=target, dt=dt)


def test_eulers_steps_do_not_swing(make_network):
    net = make_network((6,), [Dense(4), Dense(4), Dense(3)], nengo.LIFRate(0.02, 0))
    model = convert(net, synapse=nengo.Lowpass(0.004))
    with pytest.raises(ConversionError, match=r"neurons1 -> neurons2: Norse takes Euler's steps"):
        to_nir(model, target="norse", dt=0.01)
    written(model, "norse", dt=0.004)


def test_step_neurons_go_out_and_come_back(tmp_path):
    """The equation for others, the neuron itself beside it."""
    one, rng = np.ones(4, np.float32), np.random.default_rng(0)
    lif, iaf = nir.LIF(0.02 * one, one, 0 * one, one), nir.IF(one, one)
    cuba = nir.CubaLIF(0.005 * one, 0.02 * one, one, 0 * one, one)
    for source, neurons in (("norse", lif), ("norse", cuba), ("sinabs", iaf), ("rockpool", lif)):
        graph = nir.NIRGraph.from_list(nir.Affine(rng.normal(size=(4, 3)), rng.normal(size=4)),
                                       neurons, nir.Linear(rng.normal(size=(2, 4))))  # fmt: skip
        model = from_nir(graph, source=source)
        again = from_nir(to_nir(model, tmp_path / f"{source}.nir"))
        assert again.populations[0].neuron == model.populations[0].neuron
        assert type(model.populations[0].neuron) is StepLIF
        np.testing.assert_allclose(again.populations[0].bias, model.populations[0].bias)
        for a, b in zip(model.connections, again.connections, strict=True):
            np.testing.assert_allclose(a.stages[0].matrix, b.stages[0].matrix, rtol=1e-6)
