"""Few bits in Keras 3 against the NumPy rounding, with every backend that is installed."""

import numpy as np
import pytest

from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import UnsupportedLayerError, ValidationError
from nengo_lifdeep.importers.keras.model import architecture_from_keras, from_keras
from nengo_lifdeep.weights.rounded import Rounded, rounded

CHECK = """
import numpy as np, keras
from nengo_lifdeep.keras3 import QuantizedWeights, SoftLIF
from nengo_lifdeep.weights.rounded import rounded

assert keras.backend.backend() == "{backend}"
K, rng = keras.layers, np.random.default_rng(0)
x = rng.uniform(size=(4, 8, 8, 2)).astype(np.float32)
for bits in (2, 3, 8):
    for make in (lambda: K.Conv2D(5, 3), lambda: K.DepthwiseConv2D(3), lambda: K.Dense(4)):
        inner, plain = QuantizedWeights(make(), bits), make()
        inner(x), plain(x)
        kernel, bias = inner.get_weights()
        assert np.any(np.abs(rounded(kernel, bits) - kernel) > 0)
        plain.set_weights([rounded(kernel, bits), bias + 0.3])
        inner.set_weights([kernel, bias + 0.3])
        a, b = (keras.ops.convert_to_numpy(layer(x)) for layer in (inner, plain))
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)

# the full weights learn, although no single step of the optimiser would move a rounded one
keras.utils.set_random_seed(0)
model = keras.Sequential([
    keras.Input((6,)), QuantizedWeights(K.Dense(16), bits=2), SoftLIF(),
    QuantizedWeights(K.Dense(2), bits=2),
])
model.compile(keras.optimizers.Adam(1e-2),
              keras.losses.SparseCategoricalCrossentropy(from_logits=True))
x = rng.normal(size=(300, 6)).astype(np.float32)
y = (x[:, 0] * x[:, 1] > 0).astype(int)
before = [w.copy() for w in model.get_weights()]
history = model.fit(x, y, epochs=30, verbose=0).history["loss"]
assert np.mean(history[-5:]) < 0.8 * history[0], history  # rounded steps make it jump
assert all(np.any(a != b) for a, b in zip(before, model.get_weights()))
"""


@pytest.mark.parametrize("backend", ["tensorflow", "torch", "jax"])
def test_equal_to_the_rounding(backend, in_backend):
    in_backend(CHECK, backend)


def model(bits=3):
    keras = pytest.importorskip("keras")
    pytest.importorskip("tensorflow")
    from nengo_lifdeep.keras3 import QuantizedWeights

    K = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            QuantizedWeights(K.Conv2D(4, 3, activation="relu"), bits),
            QuantizedWeights(K.DepthwiseConv2D(3, activation="relu"), bits),
            K.Flatten(),
            QuantizedWeights(K.Dense(3), bits),
        ]
    )


def test_comes_in_with_its_rounded_weights(tmp_path):
    """What Keras answers with few bits is what the imported network answers, from a file too."""
    made = model()
    x = np.random.default_rng(0).uniform(size=(3, 8, 8, 1)).astype(np.float32)
    expected = made.predict(x, verbose=0)
    made.save(tmp_path / "few.keras")
    for source in (made, tmp_path / "few.keras"):
        net = from_keras(source)
        np.testing.assert_allclose(forward(convert(net), x)["output"], expected, atol=1e-5)
    kernel = net.weights["conv1"]["kernel"]
    np.testing.assert_array_equal(kernel, rounded(made.layers[0].get_weights()[0], 3))
    assert len(np.unique(kernel)) <= 7
    kinds = net.architecture.weight_kinds  # the depthwise layer's too
    assert set(kinds.values()) == {Rounded(3)} and len(kinds) == 3


def test_the_kind_is_left_out_where_the_steps_do_not_last():
    """Before BatchNormalization, and of layers that are floats; gains of neurons keep it."""
    keras = pytest.importorskip("keras")
    pytest.importorskip("tensorflow")
    from nengo_lifdeep.keras3 import QuantizedWeights, SoftLIF

    K = keras.layers
    made = keras.Sequential([
        keras.Input((8, 8, 1)), QuantizedWeights(K.Conv2D(4, 3), 4), K.BatchNormalization(),
        SoftLIF(), K.Flatten(), QuantizedWeights(K.Dense(6), 5), SoftLIF(gain=2.0), K.Dense(3),
    ])  # fmt: skip
    net = from_keras(made)
    assert net.architecture.weight_kinds == {"dense1": Rounded(5)}
    assert convert(net).provenance["weights"] == {"dense1": Rounded(5).to_dict()}
    assert architecture_from_keras(made).weight_kinds == {"dense1": Rounded(5)}


def test_refusals():
    keras = pytest.importorskip("keras")
    from nengo_lifdeep.keras3 import QuantizedWeights

    with pytest.raises(ValidationError, match="expected one of Conv2D, Dense, DepthwiseConv2D"):
        QuantizedWeights(keras.layers.ReLU())
    with pytest.raises(ValidationError, match="bits is 1; expected 2 to 16"):
        QuantizedWeights(keras.layers.Dense(2), bits=1)
    K = keras.layers
    wrapped = keras.Sequential(
        [keras.Input((8,)), QuantizedWeights(K.Dense(4, activation="tanh")), K.Dense(2)]
    )
    with pytest.raises(UnsupportedLayerError, match=r"layer 1 'quantized_weights.*tanh"):
        from_keras(wrapped)
