"""Lowered networks compute what the originals do; what nengo-loihi builds of them does too."""

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep import pretrained
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.deployment.planning import deploy
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    LocallyConnected2D,
    Shortcut,
)
from nengo_lifdeep.loihi.lowering import lowered
from nengo_lifdeep.loihi.plan import make_plan
from nengo_lifdeep.simulators import run
from nengo_lifdeep.stages.types import Convolution, DenseMatrix, Elementwise, SparseMatrix

LOWPASS = nengo.Lowpass(0.005)
NETWORKS = {
    "pool and dense": ((8, 8, 2), [Conv2D(3, 3), AveragePooling2D(2), Flatten(), Dense(9),
                                   Dense(3)], Convolution),
    "overlapping pool": ((9, 9, 1), [Conv2D(3, 3), AveragePooling2D(3, 2, "same"), Conv2D(4, 2),
                                     Flatten(), Dense(3)], SparseMatrix),
    "locally connected": ((8, 8, 1), [Conv2D(3, 3), LocallyConnected2D(2, 2), Flatten(), Dense(3)],
                          SparseMatrix),
    "pool and local": ((8, 8, 1), [Conv2D(3, 3), AveragePooling2D(2), LocallyConnected2D(2, 2),
                                   Flatten(), Dense(3)], SparseMatrix),
    "groups": ((8, 8, 1), [Conv2D(4, 3), Conv2D(6, 3, groups=2), Flatten(), Dense(3)],
               Convolution),
    "residual": ((6, 6, 1), [Conv2D(3, 3, padding="same"), Conv2D(3, 3, padding="same"),
                             Shortcut("neurons1"), Flatten(), Dense(3)], Convolution),
    "pool and read-out": ((8, 8, 1), [Conv2D(3, 3), Conv2D(3, 3), AveragePooling2D(2), Flatten(),
                                      Dense(3)], Convolution),
    "large dense": ((68, 64, 1), [Conv2D(1, 1), Dense(5), Dense(3)], Convolution),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_rates_are_those_of_the_original(name, make_network):
    shape, layers, kind = NETWORKS[name]
    if name == "large dense":
        layers = [layers[0], Flatten(), *layers[1:]]
    original = convert(make_network(shape, layers), synapse=LOWPASS)
    model, changes = lowered(original)
    for connection in model.connections:
        if connection.pre != "input":
            assert len(connection.stages) == 1
    last = model.connections[-1]
    assert isinstance(last.stages[0], DenseMatrix)
    into = [c for c in model.connections if c.post == model.populations[1].name]
    if name not in ("pool and dense", "pool and read-out"):  # convert() has folded those
        assert bool(changes) == (name != "locally connected")
        assert isinstance(into[0].stages[0], kind) or not changes
    x = np.random.default_rng(0).normal(size=(5, *shape)).astype(np.float32)
    before, after = forward(original, x), forward(model, x)
    for layer in before:
        scale = np.abs(before[layer]).max()
        assert scale > 0
        np.testing.assert_allclose(after[layer], before[layer], atol=1e-5 * scale)


@pytest.mark.loihi
@pytest.mark.parametrize("name", [n for n in NETWORKS if n != "large dense"])
def test_the_chip_fires_as_nengo_does(name, make_network):
    """Every kind of lowered network on the emulator: spike counts near nengo.Simulator's."""
    shape, layers, _ = NETWORKS[name]
    model = convert(make_network(shape, layers), synapse=LOWPASS)
    images = np.random.default_rng(1).uniform(size=(3, *shape)).astype(np.float32)
    timing = Presentation(t_c=0.05, t_p=0.15)
    chip = run(model, images, simulator="loihi-exact", presentation=timing)
    nengo_run = run(model, images, simulator="nengo", presentation=timing)
    judged = run(model, images[:1], simulator="loihi", presentation=timing)
    for layer, spikes in nengo_run.image_spikes.items():
        assert spikes.sum() > 0
        assert chip.image_spikes[layer].sum() == pytest.approx(spikes.sum(), rel=0.25)
        assert judged.image_spikes[layer][0] == chip.image_spikes[layer][0]


def _residual(make_network, weight=7.5):
    """A residual sum whose identity weighs many times what stands beside it."""
    layers = [Conv2D(3, 3, padding="same"), Conv2D(3, 3, padding="same"), Shortcut("neurons1"),
              Flatten(), Dense(3)]  # fmt: skip
    model = convert(make_network((6, 6, 1), layers), synapse=LOWPASS)
    (identity,) = [c for c in model.connections if type(c.stages[0]) is Elementwise]
    (beside,) = [c for c in model.connections if c.post == identity.post and c is not identity]
    stage = beside.stages[0]
    small = stage.kernel * (np.abs(identity.stages[0].weight).max() / weight
                            / np.abs(stage.kernel).max())  # fmt: skip
    thin = dataclasses.replace(beside, stages=(dataclasses.replace(stage, kernel=small),))
    connections = tuple(thin if c is beside else c for c in model.connections)
    return dataclasses.replace(model, connections=connections)


def test_identities_are_divided_into_parts_that_weigh_the_same(make_network):
    original = _residual(make_network)
    (whole,) = [c for c in lowered(original)[0].connections if _is_diagonal(c)]
    x = np.random.default_rng(0).normal(size=(5, 6, 6, 1)).astype(np.float32)
    for asked, expected in ((1, 1), (3, 3), (20, 8)):  # 7.5 times as large, rounded up
        model, changes = lowered(original, asked)
        parts = [c for c in model.connections if _is_diagonal(c)]
        assert len(parts) == expected
        total = np.sum([c.stages[0].kernel for c in parts], axis=0)
        np.testing.assert_allclose(total, whole.stages[0].kernel, rtol=1e-6)
        assert any(f"in {expected} equal parts" in text for text in changes) == (asked > 1)
        for layer, before in forward(original, x).items():
            np.testing.assert_allclose(forward(model, x)[layer], before, rtol=1e-5, atol=1e-5)


def test_identities_no_larger_than_the_weights_beside_them_stay_whole(make_network):
    model, changes = lowered(_residual(make_network, weight=1.0), 6)
    assert sum(map(_is_diagonal, model.connections)) == 1 and "equal parts" not in changes[0]


def _is_diagonal(connection):
    kernel = getattr(connection.stages[0], "kernel", np.zeros((0, 0)))
    return kernel.shape[:2] == (1, 1) and connection.post != "output"


def _held(connections, bias, neuron):
    """What nengo-loihi's core holds of the first connection's weights, but for a factor."""
    from nengo_lifdeep.compat import import_nengo_loihi

    import_nengo_loihi()
    from nengo_loihi.block import LoihiBlock, Synapse
    from nengo_loihi.builder.discretize import discretize_block

    block = LoihiBlock(len(bias))
    block.compartment.bias[:] = bias
    block.compartment.configure_lif(tau_rc=neuron.tau_rc, tau_ref=neuron.tau_ref)
    block.compartment.configure_filter(0.005)
    for connection in connections:
        matrix = connection.stages[0].to_matrix().toarray()
        synapse = Synapse(len(matrix))
        synapse.set_weights(np.asarray(matrix / 0.001, dtype=np.float32))
        block.add_synapse(synapse)
    discretize_block(block)
    return np.stack(block.synapses[0].weights)[:, 0].astype(float)


@pytest.mark.loihi
@pytest.mark.filterwarnings("ignore:Lost:UserWarning")
def test_divided_identities_leave_finer_weights_on_the_chip(make_network):
    original = _residual(make_network)
    off = []
    for parts in (1, 6):
        model = lowered(original, parts)[0]
        population = model.populations[1]
        into = [c for c in model.connections if c.post == population.name]
        into.sort(key=_is_diagonal)
        assert len(into) == 1 + parts
        wanted = into[0].stages[0].to_matrix().toarray()
        bias = np.broadcast_to(population.bias, population.shape).ravel()
        held = _held(into, bias, population.neuron)
        held *= (held * wanted).sum() / (held**2).sum()
        off.append(np.sqrt(((held - wanted) ** 2).sum() / (wanted**2).sum()))
    assert off[0] > 0.02 and off[1] < off[0] / 3, off


@pytest.mark.loihi
def test_networks_with_divided_identities_run_as_in_nengo_loihi(make_network):
    model = _residual(make_network)
    timing = Presentation(t_c=0.02, t_p=0.05)
    images = np.random.default_rng(1).uniform(size=(2, 6, 6, 1)).astype(np.float32)
    whole, divided = (deploy(model, identity_parts=parts, presentation=timing) for parts in (1, 6))
    lost = [
        max(n.lost_bits for layer in each.plan.layers for n in layer.numbers)
        for each in (whole, divided)
    ]
    assert lost[0] > lost[1]
    assert any("identity_parts" in finding.remedy for finding in whole.plan.findings)
    assert divided.plan.to_dict()["identity_parts"] == 6
    record, judged = divided.run(images), divided.run(images, simulator="loihi")
    for layer, spikes in judged.image_spikes.items():
        np.testing.assert_array_equal(record.image_spikes[layer], spikes)
    with pytest.raises(ValidationError, match="identity_parts is 7"):
        deploy(model, identity_parts=7)
    for wrong in (0, 1.5, True):
        with pytest.raises(ValidationError, match="identity_parts is"):
            make_plan(model, identity_parts=wrong)


def test_the_lowered_network_is_compared_without_rounding_of_single_precision():
    """Divided by four nothing is rounded; sums in another order were, by up to 1.2e-5."""
    images = np.random.default_rng(0).uniform(size=(4, 28, 28, 1)).astype(np.float32)
    deployment = deploy(pretrained.load("mnist-resnet7"), images=images, identity_parts=4)
    assert 0 <= deployment.rate_deviation < 1e-12
