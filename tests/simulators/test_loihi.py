"""Loihi: every broken rule is named, cuts are predicted exactly, the emulator is reset exactly."""

import nengo
import numpy as np
import pytest

from nengo_lifdeep.convert import convert
from nengo_lifdeep.errors import DeploymentError
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten, LocallyConnected2D
from nengo_lifdeep.presentation import Presentation
from nengo_lifdeep.simulators import run
from nengo_lifdeep.simulators.loihi import block_shapes, broken_rules
from nengo_lifdeep.simulators.loihi_blocks import block_use, choose_block_shape
from nengo_lifdeep.transforms import Convolution, DenseMatrix

pytestmark = pytest.mark.loihi
SHORT = Presentation(t_p=0.03)
LOWPASS = nengo.Lowpass(0.005)


def built_use(stage, shape, block):
    """What nengo-loihi itself counts for the fullest core, after building this cut."""
    from nengo_lifdeep.compat import import_nengo_loihi
    from nengo_lifdeep.network import nengo_transform

    nengo_loihi = import_nengo_loihi()
    n_inputs, n_outputs = int(np.prod(stage.input_shape)), int(np.prod(shape))
    with nengo.Network(seed=0) as net:
        nengo_loihi.add_params(net)
        options = {"neuron_type": nengo.LIF(initial_state={"voltage": nengo.dists.Choice([0])})}
        pre = nengo.Ensemble(
            n_inputs, 1, gain=np.ones(n_inputs), bias=np.zeros(n_inputs), **options
        )
        post = nengo.Ensemble(
            n_outputs, 1, gain=np.ones(n_outputs), bias=np.zeros(n_outputs), **options
        )
        net.config[pre].on_chip = False
        net.config[post].block_shape = nengo_loihi.BlockShape(block, shape)
        nengo.Connection(pre.neurons, post.neurons, transform=nengo_transform(stage), synapse=0.005)
        nengo.Probe(post.neurons)
    with nengo_loihi.Simulator(net, target="sim", progress_bar=False) as sim:
        blocks = sim.model.blocks
        return (
            max(b.n_neurons for b in blocks),
            max(sum(s.n_axons for s in b.synapses) for b in blocks),
            max(sum(s.bits() for s in b.synapses) for b in blocks),
        )


def convolution(size, channels, filters, kernel, stride, padding):
    weights = np.random.default_rng(0).normal(size=(kernel, kernel, channels, filters))
    return Convolution(
        (size, size, channels), (stride, stride), padding, 1, weights.astype(np.float32)
    )


@pytest.mark.parametrize(
    ("stage", "block"),
    [
        (convolution(12, 3, 8, 3, 1, "valid"), (5, 5, 8)),
        (convolution(12, 3, 8, 3, 1, "valid"), (10, 10, 4)),
        (convolution(13, 4, 8, 3, 2, "valid"), (3, 6, 8)),
        (convolution(10, 2, 16, 3, 1, "same"), (5, 10, 8)),
        (convolution(10, 2, 16, 5, 2, "same"), (5, 5, 16)),
        (convolution(9, 1, 6, 4, 2, "valid"), (3, 3, 3)),
        (convolution(8, 2, 64, 3, 1, "valid"), (4, 4, 64)),
    ],
    ids=lambda v: "x".join(map(str, v)) if isinstance(v, tuple) else None,
)
def test_predicted_use_is_what_nengo_loihi_builds(stage, block):
    use = block_use(stage, stage.output_shape, block)
    built = built_use(stage, stage.output_shape, block)
    assert (use.compartments, use.in_axons, use.synapse_bits) == built


def test_predicted_use_of_a_dense_connection():
    stage = DenseMatrix((300,), np.random.default_rng(0).normal(size=(300, 100)).astype(np.float32))
    use = block_use(stage, (100,), (50,))
    assert (use.compartments, use.in_axons, use.synapse_bits) == built_use(stage, (100,), (50,))


def test_the_briefly_measured_cuts():
    """5x5x64 from 12x12x32, kernel 3, stride 2: what nengo-loihi 1.1 prints for two cuts."""
    stage = convolution(12, 32, 64, 3, 2, "valid")
    assert block_use(stage, (5, 5, 64), (5, 5, 32)).synapse_bits == 1089536
    assert block_use(stage, (5, 5, 64), (5, 5, 16)).synapse_bits == 350208


def test_smallest_number_of_cores_is_taken():
    stage = convolution(12, 32, 64, 3, 2, "valid")
    assert choose_block_shape("conv3", stage, (5, 5, 64)) == (5, 5, 22)


def test_too_many_inputs_fit_in_no_cut(make_network):
    trained = make_network((4200,), [Dense(4200), Dense(20), Dense(2)])
    with pytest.raises(DeploymentError, match=r"'neurons2' \(20,\).*in axons 4200 > 4096"):
        block_shapes(convert(trained, synapse=LOWPASS))


def test_all_broken_rules_are_listed_at_once(make_network):
    layers = [Conv2D(4, 3, padding="same"), AveragePooling2D(3, 2, "same"), Conv2D(5, 3),
              LocallyConnected2D(2, 1), Flatten(), Dense(3)]  # fmt: skip
    model = convert(make_network((8, 8, 1), layers), synapse=0.003, initial_voltage="uniform")
    text = "\n".join(broken_rules(model))
    for part in (
        "neurons1 -> neurons2: synapse Alpha", "neurons1 -> neurons2: pooling",
        "neurons2 -> neurons3: LocalWindows is not supported", "membranes must start at zero",
    ):  # fmt: skip
        assert part in text
    with pytest.raises(DeploymentError, match="cannot go onto Loihi"):
        run(model, np.zeros((1, 8, 8, 1)), simulator="loihi", presentation=SHORT)


def test_one_population_leaves_nothing_for_the_chip(make_network):
    model = convert(make_network((6,), [Dense(8), Dense(2)]), synapse=LOWPASS)
    assert any("nothing is left for the chip" in rule for rule in broken_rules(model))


def test_board_that_is_not_there(example):
    trained, test = example
    model = convert(trained, synapse=LOWPASS)
    with pytest.raises(DeploymentError, match="NxSDK.*target='sim'"):
        run(model, test.take(1), simulator="loihi", target="loihi", presentation=SHORT)


def test_reset_is_a_fresh_simulator(example):
    """Image k after others and image k alone: the same to the last bit."""
    trained, test = example
    model = convert(trained, synapse=LOWPASS)
    options = {"simulator": "loihi", "presentation": SHORT}
    together = run(model, test.take(4), **options)
    for k in range(4):
        alone = run(model, test.images[k : k + 1], **options)
        np.testing.assert_array_equal(alone.outputs[0], together.outputs[k])
        for name, spikes in alone.image_spikes.items():
            assert spikes[0] == together.image_spikes[name][k] > 0


def test_float_emulator_is_close_to_the_integer_one(example):
    trained, test = example
    model = convert(trained, synapse=LOWPASS)
    long = Presentation(t_c=0.05, t_p=0.2)
    counts = [
        run(
            model, test.take(5), simulator="loihi", presentation=long, target=target
        ).spikes_per_image
        for target in ("sim", "simreal")
    ]
    assert counts[0] == pytest.approx(counts[1], rel=0.02)
