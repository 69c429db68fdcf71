"""Every number that nengo-loihi makes an integer: the plan says when it is held as another."""

import dataclasses
from unittest import mock

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import DeploymentError
from nengo_lifdeep.loihi.number_range import number_range
from nengo_lifdeep.loihi.plan import Plan, make_plan
from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.stages.types import DenseMatrix

pytestmark = pytest.mark.loihi

#: number -> the rule that speaks where it is held as another
RULES = {
    "synapse": "time constants keep their values",
    "tau_rc": "time constants keep their values",
    "tau_ref": "refractory periods are whole steps",
    "threshold": "thresholds and biases keep their values",
    "bias": "thresholds and biases keep their values",
    "min_voltage": "voltages stop where they should",
    "weights": "connections into a core have similar weights",
    "vanished": "weights are more than nothing",
}

#: relative error from which a number is another
NOTICED = 0.01

LIF = nengo.LIF
IF = nengo.SpikingRectifiedLinear


def network(neuron=None, weight=1e-3, bias=0.3, tau=0.005, skip=None):
    """Neurons on the host, on the chip, and on the chip again, where ``skip`` jumps one layer."""
    rng = np.random.default_rng(1)

    def dense(n_in, n_out, size):
        matrix = rng.uniform(-1, 1, (n_in, n_out))
        return (DenseMatrix((n_in,), size * matrix / np.abs(matrix).max()),)

    neuron = LIF() if neuron is None else neuron
    if neuron == "LoihiLIF":
        from nengo_lifdeep.compat import import_nengo_loihi

        neuron = import_nengo_loihi().LoihiLIF()
    synapse = nengo.Lowpass(tau) if tau else None
    biases = np.float64(bias) * np.array([1.0, -0.4, 0.0, 0.7])
    populations = [Population("host", (5,), LIF(), np.zeros(5))]
    populations += [Population(name, (4,), neuron, biases) for name in ("a", "b")]
    connections = [
        Connection("input", "host", dense(6, 5, 1.0)),
        Connection("host", "a", dense(5, 4, weight), synapse),
        Connection("a", "b", dense(4, 4, weight), synapse),
        Connection("b", "output", dense(4, 2, 1e-3), nengo.Alpha(0.003)),
    ]
    if skip is not None:
        connections.append(Connection("host", "b", dense(5, 4, skip), synapse))
    return SpikingModel("net", (1, 1, 6), tuple(populations), tuple(connections), np.zeros(2))


def blocks_of(plan):
    """nengo-loihi's own blocks of the planned network, as integers; None where it refuses.

    Whatever the plan says of the network, it is not asked: what it says is what is tested.
    """
    from nengo_lifdeep.compat import import_nengo_loihi
    from nengo_lifdeep.simulators.loihi import _network

    nengo_loihi = import_nengo_loihi()
    shown, _, _ = _network(plan, np.zeros(6), 0)
    try:
        with (
            mock.patch.object(Plan, "require"),
            nengo_loihi.Simulator(
                shown, dt=plan.dt, target="sim", progress_bar=False, seed=0
            ) as sim,
        ):
            return list(sim.model.blocks)
    except (nengo.exceptions.BuildError, AssertionError, FloatingPointError):
        return None


def held_otherwise(blocks, model, dt):
    """Names of the numbers that nengo-loihi holds as others, by its own integers."""
    found = set()
    for block, population in zip(blocks, model.populations[1:], strict=True):
        info, chip, neuron = block.discretize_info, block.compartment, population.neuron
        wanted = [c for c in model.connections if c.post == population.name]
        tau = getattr(wanted[0].synapse, "tau", 0.0)
        v_scale, b_scale, w_scale = (
            float(np.ravel(info[name])[0]) for name in ("v_scale", "b_scale", "w_scale")
        )

        def differs(held, should):
            return abs(held / should - 1) > NOTICED

        if tau > dt and differs(dt / -np.log(1 - (int(chip.decay_u[0]) + 1) / 4096), tau):
            found.add("synapse")
        if hasattr(neuron, "tau_rc"):
            decay = 1 - int(chip.decay_v[0]) / 4096
            if neuron.tau_rc > dt and differs(dt / -np.log(decay), neuron.tau_rc):
                found.add("tau_rc")
            steps = int(chip.refract_delay[0]) - 1
            if abs(steps * dt - neuron.tau_ref) > NOTICED * dt:
                found.add("tau_ref")
            floor, least = chip.vmin / v_scale, neuron.min_voltage
            if np.isfinite(least) and abs(floor - least) > NOTICED:
                found.add("min_voltage")
        threshold = 1.0 if hasattr(neuron, "tau_rc") else 1 / dt
        if differs(int(chip.vth[0]) / v_scale, threshold):
            found.add("threshold")
        biases = np.broadcast_to(population.bias, 4)
        off = np.abs(chip.bias / b_scale - biases) / np.maximum(np.abs(biases), 1)
        if off.max() > NOTICED:
            found.add("bias")
        for connection, synapse in zip(wanted, block.synapses, strict=True):
            largest = np.abs(connection.stages[0].matrix).max() / dt
            unit = w_scale * 2.0 ** (6 + info["w_exp"])
            held = max(np.abs(w).max() for w in synapse.weights) / unit
            if largest and held == 0:
                found.add("vanished")
            if held > 1.4 * largest:
                found.add("weights")
    return found


#: what is changed; then the numbers that are held as others, or "refused"
CASES = {
    "as usual": ({}, 0.001, set()),
    "no synapse": ({"tau": 0}, 0.001, set()),
    "short synapse": ({"tau": 0.0002}, 0.001, set()),
    "synapse of 50 ms": ({"tau": 0.05}, 0.001, set()),
    "synapse of 0.45 s": ({"tau": 0.45, "weight": 1e-2}, 0.001, {"synapse"}),
    "synapse of 5 s": ({"tau": 5.0, "weight": 1.0}, 0.001, {"synapse"}),
    "synapse of 8.2 s": ({"tau": 8.2, "weight": 1.0}, 0.001, "refused"),
    "membrane of 20 ms": ({"neuron": LIF(tau_rc=0.02)}, 0.001, set()),
    "membrane of 0.7 s": ({"neuron": LIF(tau_rc=0.7), "weight": 0.1}, 0.001, {"tau_rc"}),
    "membrane of 8.18 s": ({"neuron": LIF(tau_rc=8.18), "weight": 1.0}, 0.001, {"tau_rc"}),
    "membrane of 8.1896 s": ({"neuron": LIF(tau_rc=8.1896), "weight": 1.0}, 0.001, "refused"),
    "membrane below a step": ({"neuron": LIF(tau_rc=0.0005)}, 0.001, set()),
    "period of 2 steps": ({"neuron": LIF(tau_ref=0.002)}, 0.001, set()),
    "no period": ({"neuron": LIF(tau_ref=0.0)}, 0.001, set()),
    "period of 2.5 steps": ({"neuron": LIF(tau_ref=0.0025)}, 0.001, {"tau_ref"}),
    "period of 1 step of 2 ms": ({"neuron": LIF(tau_ref=0.002)}, 0.002, set()),
    "period of 4 steps of 0.5 ms": ({"neuron": LIF(tau_ref=0.002)}, 0.0005, set()),
    "period below a step": ({"neuron": LIF(tau_ref=0.002)}, 0.005, {"tau_ref"}),
    "large weights": ({"weight": 20.0}, 0.001, {"threshold", "bias"}),
    "weights too large": ({"weight": 200.0}, 0.001, "refused"),
    "small weights": ({"weight": 1e-5, "bias": 0.0}, 0.001, set()),
    "weights for the threshold too small": ({"weight": 1e-6, "tau": 1.0}, 0.001, "refused"),
    "weights that vanish": ({"weight": 5e-12}, 0.001, {"vanished"}),
    "no weights": ({"weight": 0.0}, 0.001, set()),
    "no weights, a tiny bias": ({"weight": 0.0, "bias": 1e-7}, 0.001, "refused"),
    "no weights, a huge bias": ({"weight": 0.0, "bias": 1e6}, 0.001, "refused"),
    "no weights, no bias": ({"weight": 0.0, "bias": 0.0}, 0.001, set()),
    "no bias": ({"bias": 0.0}, 0.001, set()),
    "negative biases": ({"bias": -3.0}, 0.001, set()),
    "biases of 30": ({"bias": 30.0}, 0.001, set()),
    "biases of 1000": ({"bias": 1000.0}, 0.001, "refused"),
    "like connections": ({"skip": 3e-4}, 0.001, set()),
    "unlike connections": ({"skip": 1e-3 / 2**9}, 0.001, {"weights"}),
    "unlike connections and a bias": ({"skip": 1e-5, "bias": 100.0}, 0.001, {"weights"}),
    "a floor at 0": ({"neuron": LIF(min_voltage=0)}, 0.001, set()),
    "no floor": ({"neuron": LIF(min_voltage=-np.inf)}, 0.001, set()),
    "a floor at -0.3": ({"neuron": LIF(min_voltage=-0.3)}, 0.001, {"min_voltage"}),
    "a floor at -1e-4": ({"neuron": LIF(min_voltage=-1e-4)}, 0.001, set()),
    "integrate and fire": ({"neuron": IF(), "weight": 1.0, "bias": 50.0}, 0.001, set()),
    "integrate and fire, 0.5 ms": ({"neuron": IF(), "weight": 1.0, "bias": 50.0}, 0.0005, set()),
    "NengoLoihi's own neuron": ({"neuron": "LoihiLIF"}, 0.001, set()),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "dt", "expected"), CASES.values(), ids=CASES)
@pytest.mark.filterwarnings("ignore")
def test_the_plan_says_what_nengo_loihi_does(changes, dt, expected):
    model = network(**changes)
    plan = make_plan(model, dt=dt)
    found = {f.rule for f in plan.findings}
    blocks = blocks_of(plan)
    if expected == "refused":
        assert blocks is None and not plan.fits
        return
    assert blocks is not None
    assert held_otherwise(blocks, plan.model, dt) == expected
    said = {name for name, rule in RULES.items() if rule in found}
    assert {RULES[name] for name in said} == {RULES[name] for name in expected}
    must_refuse = [f for f in plan.errors if f.rule not in RULES.values()]
    assert not must_refuse
    for f in plan.findings:
        assert f.remedy and f.where in ("a", "b", "net")


def test_numbers_that_need_no_register():
    """Amplitudes, voltages to start from, noise: refused when a network is built or planned."""
    from nengo_lifdeep.errors import ValidationError

    with pytest.raises(ValidationError, match="amplitude is 2; expected 1"):
        Population("a", (4,), LIF(amplitude=2), np.zeros(4))
    half = nengo.dists.Choice([0.5])
    with pytest.raises(ValidationError, match="initial_state voltage Choice"):
        Population("a", (4,), LIF(initial_state={"voltage": half}), np.zeros(4))
    random = dataclasses.replace(network(), initial_voltage="uniform")
    assert "membranes start at zero" in {f.rule for f in make_plan(random).errors}
    noisy = make_plan(network(nengo.PoissonSpiking(nengo.LIFRate())))
    assert "neurons on the chip are lif or integrate and fire" in {f.rule for f in noisy.errors}
    swollen = make_plan(network(skip=1e-5, bias=100.0))
    with pytest.raises(DeploymentError, match=r"become \d+ times as large"):
        swollen.require()


@pytest.mark.parametrize("tau_s", [0.0, 0.005, 0.1])
def test_when_a_current_wraps_around(tau_s):
    """All inputs at the rate that is named, through nengo-loihi's own decay: 23 bits are full."""
    from nengo_lifdeep.compat import import_nengo_loihi

    import_nengo_loihi()
    from nengo_loihi.builder.discretize import decay_int

    weights = np.full((200, 1), 0.001)
    numbers = number_range([weights], np.zeros(1), tau_s, LIF())
    arrives = numbers.load * 2**21 * numbers.wraps_at * 0.001
    decay = max(round((1 if tau_s == 0 else -np.expm1(-0.001 / tau_s)) * 4095 - 1), 0)
    for share, full in ((0.98, False), (1.02, True)):
        current = np.zeros(1, np.int64)
        for _ in range(5000):
            current = decay_int(current, np.array([decay]), offset=1) + int(share * arrives)
        assert (current[0] >= 2**23) == full
