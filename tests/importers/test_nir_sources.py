"""Networks of each tool as NIR files: the same spikes as the tool's own steps, written as loops.

The loops follow the tools' own code; ``benchmarks/nir_imports.py`` runs the tools themselves.
"""

import numpy as np
import pytest

from nengo_lifdeep.errors import ConversionError, UnsupportedLayerError
from nengo_lifdeep.exporters.nir.graph import to_nir
from nengo_lifdeep.importers.nir.model import from_nir
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.models import SpikingModel
from nengo_lifdeep.neurons import StepLIF
from nengo_lifdeep.simulators import run

nir = pytest.importorskip("nir")

STEPS, SIZES = 150, (6, 12, 5)
RNG = np.random.default_rng(2)
FRAMES = (RNG.uniform(size=(STEPS, SIZES[0])) < 0.5).astype(np.float32)
WEIGHTS = [RNG.normal(0.3, 0.5, size=(b, a)) for a, b in zip(SIZES, SIZES[1:], strict=False)]
BIASES = [RNG.normal(0.0, 0.05, size=n) for n in SIZES[1:]]


def ones(n, value=1.0):
    return np.full(n, value, np.float32)


def snntorch_leaky(x, s, zero=False):
    """Reset by what was above the threshold in the step before."""
    before = s.get("v", 0.0) > 0.8
    v = 0.9 * (np.where(before, 0, s["v"]) if zero and "v" in s else s.get("v", 0.0)) + x
    s["v"] = v if zero else v - 0.8 * before
    return s["v"] > 0.8


def snntorch_synaptic(x, s):
    before = s.get("v", 0.0) > 1
    s["i"] = 0.8 * s.get("i", 0.0) + 0.2 * x  # weights were trained for less
    s["v"] = 0.9 * s.get("v", 0.0) + s["i"] - before
    return s["v"] > 1


def norse_box(x, s):
    v = s.get("v", 0.0)
    v = v + 0.05 * (8 * x - v)
    fired = v > 1
    s["v"] = np.where(fired, 0, v)
    return fired


def norse_lif(x, s):
    i = s.get("i", 0.0) + x
    v = s.get("v", 0.0) + 0.1 * (i - s.get("v", 0.0))
    s["i"], fired = 0.8 * i, v > 1
    s["v"] = np.where(fired, 0, v)
    return fired


def sinabs(x, s, leak=1.0, gain=1.0, floor=-1.0):
    v = leak * s.get("v", 0.0) + gain * x
    spikes = np.maximum(np.trunc(v), 0)
    s["v"] = np.maximum(v - spikes, floor)
    return spikes


def jelly_lif(x, s):
    """At rest and after spikes at -0.2; `decay_input`, and 4 steps long."""
    v = s.get("v", -0.2)
    v = v + (6 * x - (v + 0.2)) / 4
    fired = v >= 1
    s["v"] = np.where(fired, -0.2, v)
    return fired


def jelly_if(x, s):
    v = s.get("v", 0.0) + x
    fired = v >= 1
    s["v"] = np.where(fired, 0, v)
    return fired


def rockpool(x, s):
    i = np.exp(-0.2) * (s.get("i", 0.0) + x)
    v = np.exp(-0.05) * s.get("v", 0.0) + 0.1 * i
    spikes = (v >= 1) * np.floor(v)
    s["i"], s["v"] = i, v - spikes
    return spikes


def rockpool_file(n):
    r = 0.02 * np.exp(-0.05) / 0.001
    return nir.CubaLIF(ones(n, 0.005), ones(n, 0.02), ones(n, r), ones(n, 0), ones(n, 10))


def synaptic_file(n):
    times = ones(n, 5e-4), ones(n, 1e-3)
    return nir.CubaLIF(*times, ones(n, 10), ones(n, 0), ones(n), w_in=ones(n, 5 * 0.2))


#: steps of a tool; the node in its file; options; a factor on the weights
TOOLS = {
    "snnTorch": (
        snntorch_leaky, lambda n: nir.LIF(ones(n, 1e-3), ones(n, 10), ones(n, 0), ones(n, 0.8)),
        {"source": "snntorch"}, 1.0),
    "snnTorch, zero": (
        lambda x, s: snntorch_leaky(x, s, zero=True),
        lambda n: nir.LIF(ones(n, 1e-3), ones(n, 10), ones(n, 0), ones(n, 0.8)),
        {"source": "snntorch", "reset": "zero"}, 1.0),
    "snnTorch, current based": (snntorch_synaptic, synaptic_file, {"source": "snntorch"}, 1.0),
    "Norse": (
        norse_box, lambda n: nir.LIF(ones(n, 2e-5), ones(n, 8), ones(n, 0), ones(n)),
        {"source": "norse"}, 1.0),
    "Norse, in seconds": (
        norse_box, lambda n: nir.LIF(ones(n, 0.02), ones(n, 8), ones(n, 0), ones(n)),
        {"source": "norse"}, 1.0),
    "Norse, current based": (
        norse_lif,
        lambda n: nir.CubaLIF(ones(n, 5e-6), ones(n, 1e-5), ones(n), ones(n, 0), ones(n)),
        {"source": "norse"}, 1.0),
    "Norse, no leak": (
        lambda x, s: norse_box_without_leak(x, s), lambda n: nir.IF(ones(n), ones(n)),
        {"source": "norse"}, 0.3),
    "Sinabs": (sinabs, lambda n: nir.IF(ones(n), ones(n)),
               {"source": "sinabs", "min_voltage": -1.0}, 0.5),
    "Sinabs, as it is": (lambda x, s: sinabs(x, s, floor=-np.inf),
                         lambda n: nir.IF(ones(n), ones(n)), {}, 0.5),
    "Sinabs, leaky": (
        lambda x, s: sinabs(x, s, np.exp(-0.1), -np.expm1(-0.1), -np.inf),
        lambda n: nir.LIF(ones(n, 10), ones(n), ones(n, 0), ones(n)), {"source": "sinabs"}, 4.0),
    "Sinabs, norm_input=False": (
        lambda x, s: sinabs(x, s, np.exp(-0.1), 1.0, -np.inf),
        lambda n: nir.LIF(ones(n, 10), ones(n), ones(n, 0), ones(n)),
        {"source": "sinabs-unnormalised"}, 0.5),
    "SpikingJelly": (
        jelly_lif,
        lambda n: nir.LIF(ones(n, 4e-4), ones(n, 6), ones(n, -0.2), ones(n), ones(n, -0.2)),
        {"source": "spikingjelly"}, 1.0),
    "SpikingJelly, no leak": (
        jelly_if, lambda n: nir.IF(ones(n, 2000), ones(n)), {"source": "spikingjelly"}, 0.3),
    "Rockpool": (rockpool, rockpool_file, {"source": "rockpool"}, 1.0),
}  # fmt: skip


def norse_box_without_leak(x, s):
    v = s.get("v", 0.0) + x
    fired = v > 1
    s["v"] = np.where(fired, 0, v)
    return fired


def layers_of(step, factor):
    """Spike counts of every neuron, by the loops."""
    states = [{} for _ in WEIGHTS]
    counts = [np.zeros(n) for n in SIZES[1:]]
    for frame in FRAMES:
        signal = frame
        for layer, (weight, bias) in enumerate(zip(WEIGHTS, BIASES, strict=True)):
            signal = step(factor * (weight @ signal + bias), states[layer]).astype(float)
            counts[layer] += signal
    return counts


def graph_of(node, factor):
    nodes = [
        each
        for weight, bias in zip(WEIGHTS, BIASES, strict=True)
        for each in (
            nir.Affine((factor * weight).astype("f4"), (factor * bias).astype("f4")),
            node(len(weight)),
        )
    ]
    return nir.NIRGraph.from_list(*nodes, type_check=False)


@pytest.mark.parametrize("simulator", ["nengo", "events"])
@pytest.mark.parametrize("tool", TOOLS)
def test_every_neuron_fires_as_in_the_tool(tool, simulator, tmp_path):
    step, node, options, factor = TOOLS[tool]
    nir.write(tmp_path / "net.nir", graph_of(node, factor))
    model = from_nir(tmp_path / "net.nir", **options)
    dt = model.provenance["dt"]
    timing = Presentation(t_c=0, t_p=STEPS * dt, dt=dt)
    more = {"dtype": "float64"} if simulator == "events" else {}
    frames = FRAMES.reshape(1, STEPS, 1, 1, -1)
    record = run(model, frames, presentation=timing, simulator=simulator, **more)
    for population, counts in zip(model.populations, layers_of(step, factor), strict=True):
        assert counts.sum() > 30 and np.unique(counts).size > 2
        found = record.layer_rates[population.name] * STEPS * dt
        np.testing.assert_allclose(found, counts, atol=0.1, err_msg=population.name)
    # the last layer's spikes are the outputs, 1 in the step of each
    np.testing.assert_allclose(record.outputs[0].sum(axis=0), counts, rtol=1e-5)


def test_thresholds_and_resistances_of_every_neuron():
    """As many networks as neurons, one threshold each, fire as one with all of them."""
    threshold, r = np.linspace(0.5, 1.5, 12), np.linspace(5, 9, 12)
    layer = nir.Affine(np.asarray(WEIGHTS[0], "f4"), np.asarray(BIASES[0], "f4"))

    def counts(threshold, r, rows=slice(None)):
        n = len(threshold)
        part = nir.Affine(layer.weight[rows], layer.bias[rows])
        node = nir.LIF(ones(n, 0.01), r.astype("f4"), ones(n, 0), threshold.astype("f4"))
        model = from_nir(nir.NIRGraph.from_list(part, node), source="norse")
        timing = Presentation(t_c=0, t_p=STEPS * 0.001)
        record = run(model, FRAMES.reshape(1, STEPS, 1, 1, -1), presentation=timing)
        return record.layer_rates["lif"]

    together = counts(threshold, r)
    alone = [counts(threshold[i : i + 1], r[i : i + 1], slice(i, i + 1))[0] for i in range(12)]
    np.testing.assert_allclose(together, alone)
    assert np.unique(together).size > 5


@pytest.mark.parametrize("current_based", [False, True])
def test_a_time_constant_of_every_neuron(current_based, tmp_path):
    """As snnTorch's beta and alpha that were learned: in Nengo, and through files."""
    alpha, beta = np.linspace(0.5, 0.9, 12), np.linspace(0.95, 0.6, 12)
    v, i, counts = np.zeros(12), np.zeros(12), np.zeros(12)
    for frame in FRAMES:
        x = WEIGHTS[0] @ frame + BIASES[0]
        i = alpha * i + 0.3 * x if current_based else x
        v = beta * v + i - (v > 1)
        counts += v > 1
    tau, r = 1e-4 / (1 - beta), 1 / (1 - beta)
    syn, w_in = 1e-4 / (1 - alpha), 0.3 / (1 - alpha)
    node = nir.LIF(tau, r, ones(12, 0), ones(12))
    if current_based:
        node = nir.CubaLIF(syn, tau, r, ones(12, 0), ones(12), w_in=w_in)
    layer = nir.Affine(np.asarray(WEIGHTS[0], "f4"), np.asarray(BIASES[0], "f4"))
    from_nir(nir.NIRGraph.from_list(layer, node), source="snntorch").save(tmp_path / "net.lifdeep")
    model = SpikingModel.load(tmp_path / "net.lifdeep")
    timing = Presentation(t_c=0, t_p=STEPS * 1e-4, dt=1e-4)
    frames = FRAMES.reshape(1, STEPS, 1, 1, -1)
    record = run(model, frames, presentation=timing, simulator="nengo")
    found = record.layer_rates[model.populations[0].name] * STEPS * 1e-4
    np.testing.assert_allclose(found, counts, atol=0.1)
    assert np.unique(counts).size > 6
    with pytest.raises(ConversionError, match="of every neuron's own.*simulator='nengo'"):
        run(model, frames, presentation=timing, simulator="events")
    with pytest.raises(ConversionError, match="time constant of their own"):
        to_nir(model, dt=1e-4)


def test_what_a_source_cannot_have():
    lif = nir.LIF(ones(12, 0.01), ones(12), ones(12, 0.5), ones(12))
    layer, li = nir.Linear(WEIGHTS[0]), nir.LI(ones(12, 0.01), ones(12), ones(12, 0))
    plain = nir.LIF(ones(12, 0.01), ones(12), ones(12, 0), ones(12))
    for nodes, text in (
        ((layer, lif), r"'lif' \(LIF\): v_leak is not 0; Norse writes 0 there"),
        ((layer, plain, nir.Linear(np.eye(12)), li, plain), "acts a step later here than in Norse"),
        (
            (layer, plain, nir.LIF(ones(12, 1e-5), ones(12), ones(12, 0), ones(12))),
            "some below a step of 0.001 s and some above",
        ),
    ):
        with pytest.raises(UnsupportedLayerError, match=text):
            from_nir(nir.NIRGraph.from_list(*nodes), source="norse")


@pytest.mark.parametrize("simulator", ["nengo", "events", "nengo-dl"])
def test_another_step_is_refused(simulator):
    _, node, options, factor = TOOLS["snnTorch"]
    model = from_nir(graph_of(node, factor), **options)
    with pytest.raises(ConversionError, match=r"steps, of 0\.0001 s.*Presentation\(dt=0\.0001\)"):
        run(model, FRAMES[:1].reshape(1, 1, 1, -1), simulator=simulator)


def test_the_step_is_read_from_the_file():
    for dt in (1e-3, 2.5e-4):
        r = 0.02 * np.exp(-dt / 0.02) / dt
        node = nir.LIF(ones(12, 0.02), ones(12, r), ones(12, 0), ones(12))
        model = from_nir(nir.NIRGraph.from_list(nir.Linear(WEIGHTS[0]), node), source="rockpool")
        assert model.provenance["dt"] == pytest.approx(dt, rel=1e-4)
        assert model.populations[0].neuron == StepLIF(
            0.02, exact=True, reset="subtract", several=True, reaches=True
        )
