"""A Keras 3 model with SoftLIF layers comes in with its neurons, and converts to spikes."""

import numpy as np
import pytest

from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import convert, fold
from nengo_lifdeep.errors import UnsupportedLayerError
from nengo_lifdeep.importers.keras.model import from_keras

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


def test_one_kind_of_neuron(tmp_path):
    from nengo_lifdeep.keras3 import SoftLIF

    K = keras.layers
    for more, text in (
        ([K.Conv2D(2, 2), SoftLIF(tau_rc=0.03)], "differs from"),
        ([K.Conv2D(2, 2, activation="relu")], "a ReLU beside"),
    ):
        with pytest.raises(UnsupportedLayerError, match=text):
            from_keras(model(*more))
