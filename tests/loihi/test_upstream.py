"""nengo-loihi's own texts: each is provoked in plain nengo-loihi, and `explain` knows it."""

import warnings

import nengo
import numpy as np
import pytest

from nengo_lifdeep.loihi.upstream import REFUSALS, explain

from .nengo_loihi_counts import ZERO, ensemble

pytestmark = pytest.mark.loihi


def network(build):
    from nengo_lifdeep.compat import import_nengo_loihi

    loihi = import_nengo_loihi()
    with nengo.Network(seed=0) as net:
        loihi.add_params(net)
        build(net, loihi)
    return net, loihi


def texts(build, steps=0, **options):
    """Errors and warnings of plain nengo-loihi, as one text."""
    said = []
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            net, loihi = network(build)
            with loihi.Simulator(net, target="sim", progress_bar=False, **options) as sim:
                if steps:
                    sim.run_steps(steps)
        except Exception as error:  # whatever it is: the point is its text
            said.append(f"{type(error).__name__}: {error}")
    return "\n".join(said + [str(w.message) for w in seen])


def host(net, n):
    e = ensemble(n)
    net.config[e].on_chip = False
    return e


def conv(size=6, channels=1, filters=2, **options):
    return nengo.Convolution(filters, (size, size, channels), kernel_size=(3, 3), **options)


def pixels_onto_the_chip(net, loihi):
    pixels, post = nengo.Node(np.ones(36)), ensemble(32)
    nengo.Connection(pixels, post.neurons, transform=conv())


def sparse_bias_relay(net, loihi):
    post = ensemble(4)
    entries = nengo.Sparse((4, 1), indices=[(i, 0) for i in range(4)])
    nengo.Connection(nengo.Node([1.0]), post.neurons, transform=entries)


def convolution_to_the_host(net, loihi):
    pre, out = ensemble(36), nengo.Node(lambda t, x: x, size_in=32)
    nengo.Connection(pre.neurons, out, transform=conv())


def relay_between_layers(net, loihi):
    pre, relay, post = ensemble(36), nengo.Node(size_in=32), ensemble(8)
    nengo.Connection(pre.neurons, relay, transform=conv(), synapse=None)
    nengo.Connection(
        relay, post.neurons, transform=nengo.Convolution(2, (4, 4, 2), kernel_size=(3, 3)),
        synapse=None,
    )  # fmt: skip


def several_gains(net, loihi):
    post = nengo.Ensemble(32, 1, gain=np.arange(1, 33), bias=np.zeros(32), neuron_type=ZERO)
    nengo.Connection(host(net, 36).neurons, post.neurons, transform=conv())


def alpha_synapse(net, loihi):
    nengo.Connection(host(net, 4).neurons, ensemble(4).neurons, synapse=nengo.Alpha(0.003))


def rate_neurons(net, loihi):
    ensemble(4, neuron_type=nengo.LIFRate())


def one_dimensional(net, loihi):
    transform = nengo.Convolution(2, (6, 1), kernel_size=(3,), strides=(1,))
    nengo.Connection(host(net, 6).neurons, ensemble(8).neurons, transform=transform)


def dense(n_in, n_out, block=None):
    def build(net, loihi):
        post = ensemble(n_out)
        if block:
            net.config[post].block_shape = loihi.BlockShape(block, (n_out,))
        weights = np.random.default_rng(0).normal(size=(n_out, n_in))
        nengo.Connection(host(net, n_in).neurons, post.neurons, transform=weights)

    return build


def many_out_axons(net, loihi):
    pre, post = ensemble(1000), ensemble(1000)
    nengo.Connection(pre.neurons, post.neurons, transform=np.ones((1000, 1000)))


def block_of_another_rank(net, loihi):
    net.config[ensemble(8)].block_shape = loihi.BlockShape((2, 2), (8,))


def block_of_another_size(net, loihi):
    net.config[ensemble(8)].block_shape = loihi.BlockShape((2,), (9,))


def pop16(filters, channels, block):
    def build(net, loihi):
        pre, post = host(net, 36 * channels), ensemble(16 * filters)
        net.config[post].block_shape = loihi.BlockShape(block, (4, 4, filters))
        connection = nengo.Connection(
            pre.neurons, post.neurons, transform=conv(channels=channels, filters=filters)
        )
        net.config[connection].pop_type = 16

    return build


def biases(value):
    def build(net, loihi):
        post = ensemble(4, bias=value)
        nengo.Connection(host(net, 4).neurons, post.neurons, transform=0.001)

    return build


def synapse(*taus, weight=0.001):
    def build(net, loihi):
        pre, post = host(net, 4), ensemble(4)
        for tau in taus:
            nengo.Connection(pre.neurons, post.neurons, synapse=tau, transform=weight)

    return build


def slow_membrane(net, loihi):
    zero = {"voltage": nengo.dists.Choice([0])}
    ensemble(4, neuron_type=nengo.LIF(tau_rc=9.0, initial_state=zero))


def overflow(net, loihi):
    pre = ensemble(2000, bias=30.0)
    net.config[pre].on_chip = False
    nengo.Connection(pre.neurons, ensemble(4).neurons, transform=np.ones((4, 2000)))


def random_voltages(net, loihi):
    ensemble(4, neuron_type=nengo.LIF())


def nothing_on_the_chip(net, loihi):
    host(net, 4)


def noise(net, loihi):
    nengo.Ensemble(4, 1, noise=nengo.processes.WhiteNoise())


@pytest.mark.parametrize(
    ("build", "text", "rule"),
    [
        (pixels_onto_the_chip, "Conv2D transforms not supported", "starts at neurons"),
        (sparse_bias_relay, "'Sparse' transforms on host to chip", "biases"),
        (convolution_to_the_host, "'Convolution' transforms on chip to host", "read-out"),
        (relay_between_layers, "Mergeable transforms must be Dense", "connected directly"),
        (several_gains, "same gain", "one gain"),
        (alpha_synapse, "Cannot handle non-Lowpass", "lowpass"),
        (rate_neurons, "'LIFRate' cannot be simulated", "neurons on the chip"),
        (one_dimensional, "only supports 2D convolution", "two-dimensional"),
        (dense(5000, 4), "Input axons (5000) exceeded max (4096)", "fit onto cores"),
        (many_out_axons, "exceeded max (4096)", "fit onto cores"),
        (dense(1000, 1000, (500,)), "Total synapse bits", "fit onto cores"),
        (dense(4, 1100, (1100,)), "Number of compartments (1100)", "fit onto cores"),
        (block_of_another_rank, "must be the same length", "blocks have the shape"),
        (block_of_another_size, "Block shape ensemble size", "blocks have the shape"),
        (pop16(6, 1, (2, 2, 3)), "axon_compartments_bases", "every fourth"),
        (pop16(4, 40, (2, 2, 4)), "more than 32 'populations'", "at most 32 channels"),
        (biases(30.0), "Lost 2 extra bits", "one range"),
        (biases(1000.0), "Could not find appropriate weight exponent", "one range"),
        (synapse(9.0), "Current (U) scaling is required", "decay registers"),
        (synapse(5.0, weight=0.02), "extra bits", "one range"),
        (slow_membrane, "Voltage (V) scaling is required", "decay registers"),
        (synapse(0.005, 0.02), "Overwriting tau_s with 0.02", "one time constant"),
        (random_voltages, "initial values for 'voltage'", "start at zero"),
        (nothing_on_the_chip, "No neurons marked for execution on-chip", "left for the chip"),
        (noise, "Ensemble noise not implemented", "no noise"),
    ],
    ids=lambda v: getattr(v, "__name__", None) if callable(v) else "",
)
def test_what_plain_nengo_loihi_says_is_known(build, text, rule):
    said = texts(build)
    assert text in said
    line = next(line for line in said.split("\n") if text in line)
    assert rule in explain(line).rule


def test_overflow_is_a_warning_of_the_run():
    said = texts(overflow, steps=20)
    assert "Overflow in q0" in said
    assert "register" in explain("Overflow in q0").rule


@pytest.mark.parametrize(
    "text",
    [
        "Direct neurons not implemented",
        "Too many spikes (73) sent in one timestep. Increase the value of",
        "The network needs more chips than requested (2)",
        "Number of AxonCfg registers exceeded",
        "Cannot precompute input, as it is dependent on output",
        "Must have NxSDK installed to use Loihi hardware",
        "Board connection error, please check your network",
        "Cannot call TensorNode output function (this probably means",
        "Unable to avoid copy while creating an array as requested.",
        "No module named 'keras.engine'",
    ],
)
def test_texts_that_need_a_board_or_another_stack(text):
    assert explain(text).remedy


def test_unknown_texts_are_not_guessed():
    assert explain("something else") is None
    assert len({pattern for pattern, _, _ in REFUSALS}) == len(REFUSALS)
