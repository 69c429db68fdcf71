"""Each order of imports in a process of its own: NengoDL works, and so do the user's Kerases."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = [pytest.mark.tf, pytest.mark.loihi]

KERAS_3_FIRST = """
    import keras
    model = keras.Sequential([keras.layers.Dense(2)])
"""
TF_KERAS_3_USED_FIRST = """
    import numpy as np
    import tensorflow as tf
    assert tf.keras.Sequential([tf.keras.layers.Dense(2)])(np.ones((1, 3))).shape == (1, 2)
"""
OURS = """
    from nengo_lifdeep import compat
    nengo_dl = compat.import_nengo_dl()
    nengo_loihi = compat.import_nengo_loihi()
"""
PLAIN_LOIHI_FIRST = """
    import nengo_loihi
    assert not nengo_loihi.compat.HAS_DL, "NengoLoihi finds NengoDL unaided: drop connect_nengo_dl"
"""
FAILED_NENGO_DL_FIRST = """
    try:
        import nengo_dl
    except ModuleNotFoundError as error:
        assert "keras.engine" in str(error), error
    else:
        raise AssertionError("NengoDL imports unaided: drop keras_substitutes")
"""
THREADS = """
    from concurrent.futures import ThreadPoolExecutor
    from nengo_lifdeep import compat
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(compat.import_nengo_dl) for _ in range(4)]
        jobs += [pool.submit(compat.import_nengo_loihi) for _ in range(4)]
        assert len({id(job.result()) for job in jobs}) == 2
"""
EVERYTHING_WORKS = """
    import sys
    import keras, nengo, numpy as np, tensorflow as tf
    from nengo_lifdeep import compat
    nengo_dl, nengo_loihi = compat.import_nengo_dl(), compat.import_nengo_loihi()
    tf_keras = compat.import_tf_keras()
    assert sys.modules["nengo_dl"] is nengo_dl is nengo_loihi.neurons.nengo_dl
    assert nengo_loihi.compat.HAS_DL and nengo_dl.version

    # the user's Keras: version, type and arithmetic
    assert keras.__version__.startswith("3.") and "keras.engine" not in sys.modules
    assert keras.layers is not tf_keras.layers
    assert not hasattr(keras.layers, "BatchNormalizationV1")
    assert keras.Sequential([keras.layers.Dense(2)])(np.ones((1, 3))).shape == (1, 2)
    users = tf.keras.Model
    assert (users is tf_keras.Model) if LEGACY else (users is keras.Model)
    assert tf.keras.Sequential([tf.keras.layers.Dense(2)])(np.ones((1, 3))).shape == (1, 2)

    # NengoDL trains
    with nengo.Network(seed=0) as net:
        nengo_dl.configure_settings(stateful=False)
        a = nengo.Node(np.zeros(1))
        b = nengo.Node(size_in=1)
        nengo.Connection(a, b, transform=0.0, synapse=None)
        p = nengo.Probe(b)
    with nengo_dl.Simulator(net, minibatch_size=4, progress_bar=False) as sim:
        sim.compile(tf_keras.optimizers.SGD(0.5), loss="mse")
        sim.fit({a: np.ones((32, 1, 1))}, {p: np.full((32, 1, 1), 2.0)}, epochs=2, verbose=0)
        assert abs(sim.predict(np.ones((4, 1, 1)))[p] - 2.0).max() < 0.01

    # NengoLoihi emulates: 0.5 in, 0.5 out, within the noise of 100 neurons
    with nengo.Network(seed=0) as net:
        a = nengo.Node(0.5)
        b = nengo.Ensemble(100, 1, neuron_type=nengo_loihi.LoihiLIF())
        nengo.Connection(a, b)
        p = nengo.Probe(b, synapse=0.02)
    with nengo_loihi.Simulator(net, progress_bar=False) as sim:
        sim.run(0.2)
    assert abs(sim.data[p][100:].mean() - 0.5) < 0.1
    print("all good")
"""


def run(*parts: str, legacy: bool = False) -> subprocess.CompletedProcess:
    """Run the parts as one script in a fresh Python."""
    environment = {k: v for k, v in os.environ.items() if k != "TF_USE_LEGACY_KERAS"}
    environment |= {"TF_CPP_MIN_LOG_LEVEL": "3"}
    if legacy:
        environment["TF_USE_LEGACY_KERAS"] = "1"
    script = "\n".join([f"LEGACY = {legacy}", *map(textwrap.dedent, parts)])
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("first", "legacy"),
    [
        pytest.param(OURS, False, id="ours first", marks=pytest.mark.slow),
        pytest.param(KERAS_3_FIRST, False, id="keras first"),
        pytest.param(
            TF_KERAS_3_USED_FIRST, False, id="tf.keras used first", marks=pytest.mark.slow
        ),
        pytest.param(PLAIN_LOIHI_FIRST, False, id="nengo_loihi first"),
        pytest.param(
            FAILED_NENGO_DL_FIRST, False, id="nengo_dl failed first", marks=pytest.mark.slow
        ),
        pytest.param(OURS, True, id="TF_USE_LEGACY_KERAS", marks=pytest.mark.slow),
        pytest.param(THREADS, False, id="eight threads"),
    ],
)
def test_every_order_works(first: str, legacy: bool) -> None:
    done = run(first, EVERYTHING_WORKS, legacy=legacy)
    assert done.stdout.strip().endswith("all good"), done.stderr[-2000:]


USERS_OWN_SHIM = """
    import os, sys
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tf_keras
    import tf_keras.src.engine.functional as functional
    import tf_keras.src.layers as layers
    import tf_keras.src.engine as engine
    sys.modules |= {"keras": tf_keras, "keras.engine": engine, "keras.layers": layers,
                    "keras.engine.functional": functional}
    import nengo_dl
"""


@pytest.mark.slow
def test_a_users_own_shim_is_accepted() -> None:
    check = """
    from nengo_lifdeep import compat
    assert compat.import_nengo_dl() is nengo_dl
    print("accepted")
    """
    done = run(USERS_OWN_SHIM, check, legacy=True)
    assert done.stdout.strip().endswith("accepted"), done.stderr[-2000:]


@pytest.mark.slow
def test_a_shim_with_another_keras_is_refused() -> None:
    check = """
    import keras
    import nengo_dl.simulator
    from types import SimpleNamespace
    nengo_dl.simulator.tf = SimpleNamespace(keras=SimpleNamespace(Model=object))
    from nengo_lifdeep import compat
    from nengo_lifdeep.errors import CompatibilityError
    try:
        compat.import_nengo_dl()
    except CompatibilityError as error:
        assert "restart Python" in str(error)
        print("refused")
    """
    done = run(USERS_OWN_SHIM, check, legacy=True)
    assert done.stdout.strip().endswith("refused"), done.stderr[-2000:]
