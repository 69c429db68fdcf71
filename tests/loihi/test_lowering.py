"""Lowered networks compute what the originals do; what nengo-loihi builds of them does too."""

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import convert
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
from nengo_lifdeep.simulators import run
from nengo_lifdeep.stages.types import Convolution, DenseMatrix, SparseMatrix

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
