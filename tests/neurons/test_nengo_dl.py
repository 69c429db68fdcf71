"""`SoftLIF` in NengoDL: exact rates, noise while training only, and whose clock it follows."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.neurons import SoftLIF, neuron_rate
from nengo_lifdeep.noise import ALL_NOISE, AlphaRCNoise

pytestmark = pytest.mark.tf

N, BATCH = 30, 8
NEURON = {"tau_rc": 0.05, "tau_ref": 0.001, "amplitude": 0.063}
CURRENTS = np.random.default_rng(0).normal(1.5, 1, (BATCH, 1, N)).astype(np.float32)


@pytest.fixture(scope="module")
def dl():
    from nengo_lifdeep.compat import import_nengo_dl
    from nengo_lifdeep.neurons.tensorflow.nengo_dl import register

    register()
    register()
    return import_nengo_dl()


@pytest.fixture(scope="module")
def tf():
    from nengo_lifdeep.compat import import_tensorflow

    return import_tensorflow()


def _simulator(dl, *neurons, seed=3):
    """One population per neuron type, all fed with the same currents; error of the outputs."""
    from nengo_lifdeep.compat import import_tf_keras

    with nengo.Network(seed=seed) as net:
        dl.configure_settings(trainable=None, stateful=False, use_loop=False)
        source = nengo.Node(np.zeros(N))
        probes = []
        for neuron in neurons:
            ens = nengo.Ensemble(
                N, 1, neuron_type=neuron, gain=np.ones(N), bias=np.zeros(N),
                encoders=np.ones((N, 1)),
            )  # fmt: skip
            net.config[ens.neurons].trainable = False
            nengo.Connection(source, ens.neurons, synapse=None)
            probes.append(nengo.Probe(ens.neurons))
    sim = dl.Simulator(net, minibatch_size=BATCH, progress_bar=False)
    sim.compile(import_tf_keras().optimizers.SGD(0.0), loss="mse")
    return sim, source, probes


def _losses(sim, source, probes, epochs):
    """Mean square outputs of successive training steps: a fingerprint of the noise."""
    targets = {probe: np.zeros((BATCH, 1, N), np.float32) for probe in probes}
    # noise belongs to a place in the batch, so the images must keep theirs
    options = {"epochs": epochs, "verbose": 0, "shuffle": False}
    return sim.fit({source: CURRENTS}, targets, **options).history["loss"]


def _clean_loss():
    return float(np.mean(neuron_rate(SoftLIF(**NEURON), CURRENTS) ** 2))


@pytest.mark.parametrize("noise", [None, *(cls() for cls in ALL_NOISE)], ids=str)
def test_noise_acts_in_training_only(dl, noise):
    sim, source, probes = _simulator(dl, SoftLIF(**NEURON, noise=noise))
    expected = neuron_rate(SoftLIF(**NEURON), CURRENTS)
    with sim:
        (probe,) = probes
        for _ in range(2):
            np.testing.assert_allclose(
                sim.predict(CURRENTS, verbose=0)[probe], expected, rtol=1e-5, atol=1e-6
            )
            trained = _losses(sim, source, probes, 2)
            targets = {probe: np.zeros_like(CURRENTS)}
            tested = sim.evaluate({source: CURRENTS}, targets, verbose=0)["loss"]
            assert tested == pytest.approx(_clean_loss(), rel=1e-5)
            if noise is None:
                assert trained == pytest.approx([tested] * 2, rel=1e-5)
            else:
                assert abs(trained[0] / tested - 1) > 1e-5 and trained[0] != trained[1]


def test_own_clock_reproduces_a_run(dl):
    noisy = SoftLIF(**NEURON, noise=AlphaRCNoise())
    runs = []
    for seed in (3, 3, 4):
        sim, source, probes = _simulator(dl, noisy, seed=seed)
        with sim:
            runs.append(_losses(sim, source, probes, 3))
    assert runs[0] == runs[1] and len(set(runs[0])) == 3
    assert runs[2] != runs[0]


def test_given_clock_decides_the_noise(dl, tf):
    from nengo_lifdeep.neurons.tensorflow.nengo_dl import noise_clock

    clock = tf.Variable(0, dtype=tf.int64, trainable=False)
    with noise_clock(clock):
        sim, source, probes = _simulator(dl, SoftLIF(**NEURON, noise=AlphaRCNoise()))
    own, *rest = _simulator(dl, SoftLIF(**NEURON, noise=AlphaRCNoise()))
    with sim, own:
        stood = _losses(sim, source, probes, 2)
        assert clock.numpy() == 0 and stood[0] == stood[1]
        stepped = []
        for step in (0, 1, 2, 1):
            clock.assign(step)
            stepped += _losses(sim, source, probes, 1)
        assert stepped[1] == stepped[3]
        # a simulator that counts for itself counts from zero
        assert stepped[:3] == pytest.approx(_losses(own, *rest, 3), rel=1e-6)


def test_populations_side_by_side_keep_their_own_neurons_and_noise(dl):
    neurons = [
        SoftLIF(**NEURON), SoftLIF(tau_rc=0.02, sigma=0.1, amplitude=0.1),
        SoftLIF(**NEURON, noise=AlphaRCNoise()), SoftLIF(**NEURON, noise=AlphaRCNoise()),
    ]  # fmt: skip
    sim, source, probes = _simulator(dl, *neurons)
    with sim:
        out = sim.predict(CURRENTS, verbose=0)
        for neuron, probe in zip(neurons, probes, strict=True):
            expected = neuron_rate(neuron, CURRENTS)
            np.testing.assert_allclose(out[probe], expected, rtol=1e-5, atol=1e-6)
        history = sim.fit(
            {source: CURRENTS}, {p: np.zeros_like(CURRENTS) for p in probes}, verbose=0
        ).history
    losses = [v[0] for k, v in history.items() if k.endswith("_loss")]
    assert losses[0] == pytest.approx(_clean_loss(), rel=1e-5)
    assert len(set(losses)) == 4


def test_nengo_dl_agrees_with_the_gradient(dl):
    sim, _, _ = _simulator(dl, SoftLIF(**NEURON))
    with sim:
        sim.check_gradients(atol=1e-2)


@pytest.mark.parametrize("bad", [0, None])
def test_clock_must_be_a_counter(dl, bad):
    from nengo_lifdeep.neurons.tensorflow.nengo_dl import noise_clock

    with pytest.raises(ValidationError, match="int64"), noise_clock(bad):
        pass


def test_clock_must_be_int64(dl, tf):
    from nengo_lifdeep.neurons.tensorflow.nengo_dl import noise_clock

    with pytest.raises(ValidationError, match="int64"), noise_clock(tf.Variable(0)):
        pass
