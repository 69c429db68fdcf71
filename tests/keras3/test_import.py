"""A Keras 3 model with SoftLIF layers comes in with its neurons, and converts to spikes."""

import numpy as np
import pytest

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import UnsupportedLayerError
from nengo_lifdeep.importers.keras.model import architecture_from_keras, from_keras

keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")


def model(*more, norm=True, **options):
    from nengo_lifdeep.keras3 import SoftLIF

    K = keras.layers
    layers = [keras.Input((8, 8, 1)), K.Conv2D(3, 3, use_bias=not norm)]
    layers += [K.BatchNormalization()] if norm else []
    layers += [SoftLIF(**options), K.AveragePooling2D(2), *more, K.Flatten(), K.Dense(2)]
    built = keras.Sequential(layers)
    for layer in built.layers:
        rng = np.random.default_rng(1)
        arrays = layer.get_weights()
        if type(layer).__name__ != "SoftLIF":
            layer.set_weights([rng.uniform(0.2, 1, a.shape) for a in arrays])
    return built


@pytest.mark.parametrize("norm", [True, False])
def test_rates_are_keras_own(norm, tmp_path):
    built = model(norm=norm)
    x = np.random.default_rng(0).uniform(size=(3, 8, 8, 1)).astype(np.float32)
    expected = built.predict(x, verbose=0)
    path = tmp_path / "net.keras"
    built.save(path)
    for source in (built, path):
        net = from_keras(source)
        found = forward(fold(net), x)["output"]
        np.testing.assert_allclose(found, expected, rtol=2e-4, atol=1e-4 * np.abs(expected).max())
    assert type(net.neuron).__name__ == "SoftLIF"
    assert type(convert(net).populations[0].neuron).__name__ == "LIF"


@pytest.mark.parametrize("second", ["other constants", "other currents", "relu"])
def test_a_neuron_per_layer(second, tmp_path):
    """Each layer has the neuron, gain and bias of its own Keras layer."""
    from nengo_lifdeep.keras3 import SoftLIF

    K = keras.layers
    more = {
        "other constants": [K.Conv2D(2, 2), SoftLIF(tau_rc=0.03, tau_ref=0.004)],
        "other currents": [K.Conv2D(2, 2), SoftLIF(tau_rc=0.03, gain=0.25, bias=1.5)],
        "relu": [K.Conv2D(2, 2, activation="relu")],
    }[second]
    built = model(*more)
    x = np.random.default_rng(0).uniform(size=(3, 8, 8, 1)).astype(np.float32)
    expected = built.predict(x, verbose=0)
    net = from_keras(built)
    found = forward(fold(net), x)["output"]
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=1e-4 * np.abs(expected).max())
    first, last = net.neurons.values()
    assert type(first).__name__ == "SoftLIF" and first != last
    if second == "relu":
        assert type(last).__name__ == "RectifiedLinear"
    else:
        assert last.tau_rc == 0.03
    loaded = type(net).load(net.save(tmp_path / "net.lifdeep"))
    assert loaded.neurons == net.neurons
    spiking = [type(p.neuron).__name__ for p in convert(loaded).populations]
    assert spiking == ["LIF", "SpikingRectifiedLinear" if second == "relu" else "LIF"]


@pytest.mark.parametrize("differ", ["nothing", "constants", "gains elsewhere"])
def test_concatenated_layers(differ):
    """Side by side they are one layer of neurons, or layers on branches where they differ."""
    from nengo_lifdeep.keras3 import SoftLIF

    K = keras.layers
    image = keras.Input((6, 6, 1))
    first = SoftLIF(gain=0.5 if differ == "gains elsewhere" else 0.619)(K.Conv2D(2, 1)(image))
    sides = [
        SoftLIF(tau_ref=0.003 if differ == "constants" and i else 0.001)(
            K.Conv2D(2, 3, padding="same")(first)
        )
        for i in (0, 1)
    ]
    built = keras.Model(image, K.Dense(2)(K.Flatten()(K.Concatenate()(sides))))
    if differ == "gains elsewhere":
        with pytest.raises(UnsupportedLayerError, match="gains and biases"):
            from_keras(built)
        return
    x = np.random.default_rng(0).uniform(size=(3, 6, 6, 1)).astype(np.float32)
    expected = built.predict(x, verbose=0)
    found = forward(fold(from_keras(built)), x)["output"]
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=1e-4 * np.abs(expected).max())


def test_layers_alone_have_no_neurons_of_their_own():
    """`train(keras_model, neuron=...)` decides."""
    assert not architecture_from_keras(model(tau_rc=0.03)).own_neurons
