"""Units of time in NIR graphs: seconds are imported, others refused until dt is given."""

import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import ModelFileError, UnsupportedLayerError
from nengo_lifdeep.importers.nir.model import from_nir
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.simulators import run
from nengo_lifdeep.training.random_features import trained_example

nir = pytest.importorskip("nir")

#: time constants of the membranes of two layers, in seconds, and a synapse's
TAUS, TAU_SYN = (0.02, 0.01), 0.005


def graph(unit=1.0, r=None, step=None, cuba=False, metadata=None, taus=TAUS):
    """Two layers of neurons with times in ``unit`` s, and R = 1, ``r``, or tau / ``step``."""
    full = np.ones(3, np.float32)
    nodes = []
    for i, tau in enumerate(taus):
        scale = tau / step if step else (1.0 if r is None else r(tau))
        common = {"v_leak": 0 * full, "v_threshold": full, "r": full * scale}
        times = full * np.float32(tau / unit)
        if cuba and i:  # the first layer hears the image, unfiltered
            w_in = full * (TAU_SYN / step if step else 1.0)
            node = nir.CubaLIF(
                tau_mem=times, tau_syn=full * np.float32(TAU_SYN / unit), w_in=w_in, **common
            )
        else:
            node = nir.LIF(tau=times, **common)
        nodes += [nir.Linear(np.full((3, 3), 0.9, np.float32)), node]
    made = nir.NIRGraph.from_list(*nodes, nir.Linear(np.ones((2, 3), np.float32)))
    made.metadata = metadata or {}
    return made


def ours():
    from nengo_lifdeep.exporters.nir.graph import to_nir

    model = convert(trained_example()[0], synapse=None, scale_firing_rates=30)
    return to_nir(model, tau_ref="metadata")


#: graph; what from_nir says without dt (None: taken); the dt with which it is taken
GRAPHS = {
    "ours, with rates scaled": (ours, None, None),
    "seconds": (graph, None, 0.001),
    "seconds, current based": (lambda: graph(cuba=True), None, 0.001),
    "seconds, R = tau / 1 ms": (lambda: graph(step=0.001), None, 0.001),
    "seconds, R of a neuron's own": (lambda: graph(r=lambda tau: 7.0), None, 0.001),
    "Norse: times dt": (lambda: graph(1000.0), "Norse writes that", 1e-6),
    "Norse: times dt, current based": (lambda: graph(1000.0, cuba=True), "Norse", 1e-6),
    "Sinabs: steps": (lambda: graph(0.001), r"20 steps of dt .*\(Sinabs", 1.0),
    "Sinabs: one step": (lambda: graph(0.02, taus=(0.02, 0.02)), "1 steps of dt", 1.0),
    "Sinabs: steps, a quick layer first": (
        lambda: graph(0.001, taus=(0.001, 0.02)), "1 steps of dt", 1.0,
    ),
    "milliseconds": (lambda: graph(0.001, cuba=True), r"20 ms 0\.02 s", 1.0),
    "snnTorch: R = tau / 0.1 ms": (
        lambda: graph(step=1e-4), r"count 10 times as much.*dt=0\.0001\)", 1e-4,
    ),
    "snnTorch, current based": (lambda: graph(step=1e-4, cuba=True), "snnTorch", 1e-4),
    "snnTorch before 0.9: 1 / (1 - beta)": (
        lambda: graph(0.001, r=lambda tau: np.exp(-0.001 / tau)), "steps of dt", 1.0,
    ),
    "a step in the metadata": (lambda: graph(step=1e-4, metadata={"dt": 1e-4}), None, None),
}  # fmt: skip


@pytest.mark.parametrize(("make", "refused", "dt"), GRAPHS.values(), ids=GRAPHS)
def test_verdicts(make, refused, dt):
    if refused is None:
        assert from_nir(make()).populations
    else:
        with pytest.raises(UnsupportedLayerError, match=refused) as caught:
            from_nir(make())
        assert "dt=" in str(caught.value)
    if dt is not None:
        assert from_nir(make(), dt=dt).populations


def fired(model, dt, n=300):
    image = np.ones((1, 1, 1, 3), np.float32)
    timing = Presentation(t_c=0, t_p=n * dt, dt=dt)
    return {k: v.sum() for k, v in run(model, image, presentation=timing).image_spikes.items()}


def test_the_same_network_in_every_unit_fires_the_same():
    """Steps with dt=1, seconds with dt=0.001: as many spikes, step by step."""
    seconds = fired(from_nir(graph(step=0.001), dt=0.001, min_voltage=0), 0.001)
    steps = fired(from_nir(graph(0.001, step=0.001), dt=1.0, min_voltage=0), 1.0)
    assert seconds == steps and min(seconds.values()) > 0


def test_what_cannot_be_told():
    """Norse's 5 s times 1 ms are 0.005: taken for 5 ms, as the documentation says."""
    model = from_nir(graph(1000.0, taus=(5.0, 5.0)))
    assert model.populations[0].neuron.tau_rc == pytest.approx(0.005)


@pytest.mark.parametrize("what", ["weight", "tau"])
def test_complex_numbers_are_refused(what):
    """Their imaginary parts were left out in silence."""
    nir = pytest.importorskip("nir")
    one = np.ones(3, complex if what == "tau" else float)
    lif = nir.LIF(tau=0.01 * one, r=one.real, v_leak=0 * one.real, v_threshold=one.real)
    weight = np.full((3, 2), 0.3 + 1j) if what == "weight" else np.full((3, 2), 0.3)
    with pytest.raises(ModelFileError, match="complex numbers; export real ones"):
        from_nir(nir.NIRGraph.from_list(nir.Linear(weight), lif))


def two_layers(kind="LIF"):
    """A graph of NIR's own classes, to be spoiled."""
    import nir

    one = np.ones(3)
    neurons = {
        "LIF": lambda: nir.LIF(tau=0.02 * one, r=one, v_leak=0 * one, v_threshold=one),
        "IF": lambda: nir.IF(r=one, v_threshold=one),
        "CubaLIF": lambda: nir.CubaLIF(
            tau_syn=0.005 * one, tau_mem=0.02 * one, r=one, v_leak=0 * one, v_threshold=one
        ),
    }[kind]()
    return nir.NIRGraph.from_list(
        nir.Linear(np.eye(3, 2)), neurons, nir.Linear(np.ones((2, 3))),
        nir.LI(tau=0.01 * np.ones(2), r=np.ones(2), v_leak=np.zeros(2)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("node", "field"),
    [("lif", "r"), ("lif", "tau"), ("lif", "v_threshold"), ("linear", "weight"), ("li", "r")],
)
def test_a_field_that_is_gone_is_named(node, field):
    made = two_layers()
    delattr(made.nodes[node], field)
    with pytest.raises(ModelFileError, match=rf"NIR node '{node}' .*has no field '{field}'"):
        from_nir(made)


@pytest.mark.parametrize(("kind", "node", "field", "value", "said"), [
    ("LIF", "lif", "r", 0.0, "r is 0 in 3 of 3 values"),
    ("IF", "if", "r", 0.0, "r is 0 in 3 of 3 values"),
    ("CubaLIF", "cubalif", "w_in", 0.0, "w_in is 0 in 3 of 3 values"),
    ("LIF", "li", "r", 0.0, "r is 0 in 2 of 2 values"),
    ("LIF", "lif", "v_threshold", 0.0, "v_threshold is 0; expected above 0"),
    ("IF", "if", "v_threshold", -1.0, "v_threshold is -1; expected above 0"),
    ("LIF", "lif", "tau", 0.0, "tau is 0; expected above 0"),
    ("CubaLIF", "cubalif", "tau_syn", -0.001, "tau_syn is -0.001; expected above 0"),
])  # fmt: skip
@pytest.mark.parametrize("dt", [None, 0.001])
def test_neurons_that_would_never_fire_are_refused(kind, node, field, value, said, dt):
    made = two_layers(kind)
    setattr(made.nodes[node], field, np.full(np.shape(getattr(made.nodes[node], field)), value))
    with pytest.raises(ModelFileError, match=f"NIR node '{node}' .*{said}"):
        from_nir(made, dt=dt)
