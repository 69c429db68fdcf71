"""Both Keras generations, and an independent forward pass in NumPy and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import correlate

from nengo_lifdeep import layers as L


@pytest.fixture(params=["keras", "tf_keras"])
def keras(request):
    """Keras 3 and tf_keras in turn, seeded; skipped where not installed."""
    module = keras_named(request.param)
    module.utils.set_random_seed(1)
    return module


def keras_named(name):
    """Keras 3 ("keras") or "tf_keras"."""
    if name == "tf_keras":
        return _tf_keras()
    module = pytest.importorskip("keras")
    if not module.__version__.startswith("3"):
        pytest.skip("keras is not Keras 3")
    return module


@pytest.fixture
def tf_keras():
    return _tf_keras()


def _tf_keras():
    pytest.importorskip("tf_keras")
    from nengo_lifdeep.compat import import_tf_keras

    return import_tf_keras()


def randomise(model, seed=0):
    """Give every weight a random value: biases and statistics away from 0 and 1 too."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        arrays = layer.get_weights()
        is_norm = type(layer).__name__ == "BatchNormalization"
        low = 0.5 if is_norm else -0.5
        layer.set_weights([rng.uniform(low, 1, a.shape).astype(np.float32) for a in arrays])
    return model


def forward(architecture, weights, images):
    """Output of an all-ReLU network in float64, straight from the layers' definitions."""
    x = np.asarray(images, dtype=np.float64)
    for layer in architecture.layers:
        w = weights.get(layer.name, {})
        x = _apply(layer, w, x)
    return x


def _apply(layer, w, x):
    if isinstance(layer, L.Neurons):
        return np.maximum(x, 0)
    if isinstance(layer, L.Flatten):
        return x.reshape(len(x), -1)
    if isinstance(layer, L.Dropout):
        return x
    if isinstance(layer, L.Dense):
        return x @ w["kernel"] + w.get("bias", 0)
    if isinstance(layer, L.BatchNormalization):
        spread = np.sqrt(w["moving_variance"] + layer.epsilon)
        return (x - w["moving_mean"]) / spread * w["gamma"] + w["beta"]
    if isinstance(layer, L.AveragePooling2D):
        ones = np.ones((1, *x.shape[1:3], 1))
        return _slide(layer, layer.pool_size, x, _mean) / _slide(
            layer, layer.pool_size, ones, _mean
        )
    if isinstance(layer, L.Conv2D):
        return _slide(layer, layer.kernel_size, x, lambda p: _convolve(p, w["kernel"])) + w.get(
            "bias", 0
        )
    assert isinstance(layer, L.LocallyConnected2D)
    return _local(layer, w, x)


def _pad(layer, window, x):
    """Zeros before and after so that 'same' gives ceil(size / stride) windows."""
    if layer.padding == "valid":
        return x
    pads = []
    for size, k, s in zip(x.shape[1:3], window, layer.strides, strict=True):
        total = max((-(-size // s) - 1) * s + k - size, 0)
        pads.append((total // 2, total - total // 2))
    return np.pad(x, ((0, 0), *pads, (0, 0)))


def _slide(layer, window, x, function):
    """Apply a stride-1 filter of the window's size, then keep every stride-th entry."""
    rows, cols = layer.strides
    padded = _pad(layer, window, x)
    if function is _mean:
        kernel = np.ones((*window, 1))
        out = np.stack(
            [[correlate(c[..., None], kernel, "valid")[..., 0] for c in np.moveaxis(im, 2, 0)]
             for im in padded]
        )  # fmt: skip
        out = np.moveaxis(out, 1, 3)
    else:
        out = function(padded)
    return out[:, ::rows, ::cols]


def _mean(padded):  # a marker: sums over windows, channel by channel
    raise AssertionError


def _convolve(padded, kernel):
    n_in, n_out = kernel.shape[2:]
    groups = padded.shape[3] // n_in
    maps = []
    for f in range(n_out):
        first = f // (n_out // groups) * n_in
        seen = padded[..., first : first + n_in]
        maps.append([correlate(im, kernel[..., f], "valid", "direct")[..., 0] for im in seen])
    return np.moveaxis(np.array(maps, dtype=float), 0, 3)


def _local(layer, w, x):
    padded = _pad(layer, layer.kernel_size, x)
    rows, cols, _, filters = w["kernel"].shape
    out = np.zeros((len(x), rows, cols, filters))
    for r in range(rows):
        for c in range(cols):
            top, left = r * layer.strides[0], c * layer.strides[1]
            patch = padded[
                :, top : top + layer.kernel_size[0], left : left + layer.kernel_size[1], :
            ]
            out[:, r, c] = patch.reshape(len(x), -1) @ w["kernel"][r, c]
    return out + w.get("bias", 0)
