"""Recurrent NIR graphs: neurons that hear themselves a step later, in nengo.Simulator."""

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Presentation, from_nir, run, to_nir
from nengo_lifdeep.errors import ConversionError, LifdeepError, UnsupportedLayerError
from nengo_lifdeep.models import SpikingModel

nir = pytest.importorskip("nir")
F = np.float32
RNG = np.random.default_rng(3)
INPUTS, NEURONS, STEPS, DT = 3, 5, 80, 1e-4
WEIGHTS = RNG.normal(0.3, 0.5, (NEURONS, INPUTS)).astype(F)
RECURRENT = RNG.normal(0, 0.7, (NEURONS, NEURONS)).astype(F)
BIAS = RNG.normal(0, 0.2, NEURONS).astype(F)
FRAMES = (RNG.uniform(size=(1, STEPS, 1, 1, INPUTS)) < 0.5).astype(F)


def lif(n=NEURONS, beta=0.9):
    """As snnTorch writes Leaky."""
    tau = DT / (1 - beta)
    return nir.LIF(*(np.full(n, v, F) for v in (tau, tau / DT, 0, 1)))


def synaptic(alpha=0.8, beta=0.9):
    """As snnTorch writes Synaptic."""
    syn, mem = DT / (1 - alpha), DT / (1 - beta)
    return nir.CubaLIF(
        *(np.full(NEURONS, v, F) for v in (syn, mem, mem / DT, 0, 1)),
        w_in=np.full(NEURONS, syn / DT, F),
    )


def ends(n_in=INPUTS, n_out=NEURONS):
    return {"input": nir.Input({"input": np.array([n_in])}),
            "output": nir.Output({"output": np.array([n_out])})}  # fmt: skip


def flat(neurons, **more):
    nodes = {**ends(), "w": nir.Linear(WEIGHTS), "n": neurons,
             "rec": nir.Affine(RECURRENT, BIAS), **more}  # fmt: skip
    edges = [("input", "w"), ("w", "n"), ("n", "rec"), ("rec", "n"), ("n", "output")]
    return nodes, edges


def graph(nodes, edges):
    return nir.NIRGraph(nodes, edges, type_check=False)


def nested(neurons):
    """As snnTorch writes RLeaky: a graph in the graph."""
    inside = {**ends(NEURONS), "lif": neurons, "w_rec": nir.Affine(RECURRENT, BIAS)}
    edges = [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")]
    nodes = {**ends(), "w": nir.Linear(WEIGHTS), "n": graph(inside, edges)}
    return graph(nodes, [("input", "w"), ("w", "n"), ("n", "output")])


def expected(recurrent=RECURRENT, bias=BIAS, alpha=0.0, beta=0.9, to_zero=False):
    """Spikes of every step, by snnTorch's own rules."""
    current, mem, spikes = (np.zeros(NEURONS) for _ in range(3))
    counts = []
    for frame in FRAMES[0, :, 0, 0]:
        current = alpha * current + WEIGHTS @ frame + recurrent @ spikes + bias
        fired = mem > 1
        mem = beta * (0 if to_zero else 1) * mem * fired + beta * mem * ~fired + current
        mem = mem - fired * (not to_zero)
        spikes = (mem > 1).astype(float)
        counts.append(spikes)
    return np.array(counts)


def simulated(model, simulator="nengo"):
    timing = Presentation(t_c=0, t_p=STEPS * DT, dt=DT)
    record = run(model, FRAMES, presentation=timing, simulator=simulator, rasters=1)
    found = np.zeros((STEPS, NEURONS))
    for _, step, neuron in record.rasters[model.populations[0].name]:
        found[step, neuron] += 1
    return found


CASES = [
    (lif(), {}, {}),
    (lif(), {"reset": "zero at once"}, {"to_zero": True}),
    (synaptic(), {}, {"alpha": 0.8}),
]


@pytest.mark.parametrize(("neurons", "options", "rule"), CASES)
@pytest.mark.parametrize("make", [nested, lambda n: graph(*flat(n))], ids=["nested", "flat"])
def test_every_spike_is_snntorchs(neurons, options, rule, make):
    model = from_nir(make(neurons), source="snntorch", **options)
    spikes = expected(**rule)
    assert spikes.sum() > 30 and not np.array_equal(spikes, expected(0 * RECURRENT, **rule))
    np.testing.assert_array_equal(simulated(model), spikes)


def test_resets_that_lose_the_next_input_are_refused():
    """As snnTorch's Synaptic, RLeaky and RSynaptic have them, unless they reset at once."""
    plain = [nir.Linear(WEIGHTS), synaptic()]
    for made in (nested(lif()), nir.NIRGraph.from_list(*plain)):
        with pytest.raises(UnsupportedLayerError, match="lose the input .* reset='zero at once'"):
            from_nir(made, source="snntorch", reset="zero")
        neuron = from_nir(made, source="snntorch", reset="zero at once").populations[0].neuron
        assert neuron.reset == "zero"
    leaky = nir.NIRGraph.from_list(nir.Linear(WEIGHTS), lif())
    assert from_nir(leaky, source="snntorch", reset="zero").populations[0].neuron.reset == "zero"


def test_one_to_one_and_straight_back():
    """Weights of one may be left out: an edge from the neurons to themselves."""
    nodes, edges = flat(lif())
    del nodes["rec"]
    edges = [e for e in edges if "rec" not in e] + [("n", "n")]
    model = from_nir(graph(nodes, edges), source="snntorch")
    np.testing.assert_array_equal(simulated(model), expected(np.eye(NEURONS), 0 * BIAS))


def test_files_exports_and_synapses(tmp_path):
    model = from_nir(nested(lif()), source="snntorch")
    spikes = simulated(model)
    np.testing.assert_array_equal(simulated(SpikingModel.load(model.save(tmp_path / "m"))), spikes)
    to_nir(model, tmp_path / "again.nir", dt=DT)
    again = from_nir(tmp_path / "again.nir")
    np.testing.assert_array_equal(simulated(again), spikes)
    np.testing.assert_array_equal(simulated(model.with_tau_s(0.0)), spikes)
    with pytest.raises(ConversionError, match="n.lif drives itself; Norse reads"):
        to_nir(dataclasses.replace(model), target="norse", dt=DT)


def test_nirs_own_equations():
    """A lowpass of the neurons' own filters what they hear of themselves too."""
    node = nir.CubaLIF(
        *(np.full(NEURONS, v, F) for v in (0.005, 0.02, 1, 0, 1)), w_in=np.ones(NEURONS, F)
    )
    nodes, edges = flat(node, first=lif(), second=nir.Linear(np.eye(NEURONS, dtype=F)))
    nodes["first"] = nir.LIF(*(np.full(NEURONS, v, F) for v in (0.02, 1, 0, 1)))
    edges = [("input", "w"), ("w", "first"), ("first", "second"), ("second", "n"), *edges[2:]]
    model = from_nir(graph(nodes, edges))
    back = next(c for c in model.connections if c.pre == c.post)
    assert back.synapse == nengo.Lowpass(0.005)
    nodes["n"] = nir.LIF(*(np.full(NEURONS, v, F) for v in (0.02, 1, 0, 1)))
    model = from_nir(graph(nodes, edges))
    back = next(c for c in model.connections if c.pre == c.post)
    assert back.synapse == nengo.Lowpass(0.0)


@pytest.mark.parametrize("simulator", ["events", "rate"])
def test_other_simulators_say_what_they_cannot(simulator):
    model = from_nir(nested(lif()), source="snntorch")
    image = np.zeros((1, 1, 1, INPUTS), F)
    with pytest.raises(LifdeepError, match=r"leads backwards.*simulator='nengo'"):
        run(model, image, simulator=simulator, presentation=Presentation(t_c=0, t_p=0.01, dt=DT))


def test_larger_loops_are_refused_by_name():
    nodes, edges = flat(lif(), other=lif(), back=nir.Linear(RECURRENT))
    edges = [e for e in edges if e[1] != "n" or e[0] != "rec"]
    edges += [("rec", "other"), ("other", "back"), ("back", "n")]
    with pytest.raises(UnsupportedLayerError, match=r"(n|other).*form a loop; only neurons that"):
        from_nir(graph(nodes, edges), source="snntorch")
    nodes, edges = flat(lif(), own=nir.Linear(RECURRENT), more=nir.Linear(RECURRENT))
    with pytest.raises(UnsupportedLayerError, match="form a loop"):  # without neurons
        from_nir(
            graph(
                nodes, [*edges, ("n", "own"), ("own", "more"), ("more", "own"), ("own", "output")]
            ),
            source="snntorch",
        )
    nodes, edges = flat(lif(), early=nir.Linear(WEIGHTS))
    with pytest.raises(UnsupportedLayerError, match="'rec' leads from neurons 'n' back .* 'early'"):
        from_nir(graph(nodes, [*edges, ("input", "early"), ("early", "rec")]), source="snntorch")
