"""What a network computes, layer by layer and pixel by pixel: nothing folded, no stages."""

from __future__ import annotations

import math

import numpy as np

from nengo_lifdeep.layers import (
    AveragePooling2D,
    BatchNormalization,
    Branch,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Cropping2D,
    Dense,
    Dropout,
    Flatten,
    LocallyConnected2D,
    MaxPooling2D,
    Neurons,
    Scale,
    Shortcut,
    UpSampling2D,
    ZeroPadding2D,
)
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.neurons.counterparts import neuron_rate


def outputs(model: TrainedModel, image: np.ndarray) -> dict[str, np.ndarray]:
    """What every layer gives for one image, in float64, by its name."""
    value = np.asarray(image, np.float64)
    known = {"input": value}
    for layer in model.architecture.layers:
        arrays = {k: v.astype(np.float64) for k, v in model.weights.get(layer.name, {}).items()}
        value = known[layer.name] = _after(model, layer, arrays, value, known)
    return known


def _after(model, layer, arrays, x, known):
    match layer:
        case Neurons():
            neuron = model.neurons[layer.name]
            return getattr(neuron, "amplitude", 1.0) * _rate(neuron, x)
        case Flatten():
            return x.ravel()
        case Dropout():
            return x
        case Branch():
            return known[layer.source]
        case Concatenate():
            return np.concatenate([x, known[layer.source]], axis=-1)
        case Shortcut():
            added = known[layer.source]
            if layer.filters is not None:
                added = added[:: layer.strides[0], :: layer.strides[1]] @ arrays["kernel"][0, 0]
            return x + added
        case Scale():
            return x * np.asarray(layer.factor) + np.asarray(layer.shift)
        case BatchNormalization():
            spread = np.sqrt(arrays["moving_variance"] + layer.epsilon)
            return (x - arrays["moving_mean"]) / spread * arrays["gamma"] + arrays["beta"]
        case Dense():
            return x @ arrays["kernel"] + arrays.get("bias", 0)
        case ZeroPadding2D():
            return np.pad(x, [*layer.padding, (0, 0)])
        case Cropping2D():
            (top, bottom), (left, right) = layer.cropping
            return x[top : len(x) - bottom, left : x.shape[1] - right]
        case UpSampling2D():
            return _upsampled(layer, x)
        case Conv2DTranspose():
            return _transposed(layer, arrays, x)
        case Conv2D() | LocallyConnected2D() | AveragePooling2D() | MaxPooling2D():
            return _windows(layer, arrays, x)
    raise NotImplementedError(layer)


def _rate(neuron, x):
    bare = type(neuron).__name__
    assert bare in ("RectifiedLinear", "LIFRate"), bare
    if bare == "RectifiedLinear":
        return np.maximum(x, 0)
    amplitude = neuron.amplitude
    return neuron_rate(neuron, x) / amplitude


def _windows(layer, arrays, x):
    """Every output pixel by itself; a pixel outside of the image counts nothing."""
    pools = isinstance(layer, AveragePooling2D | MaxPooling2D)
    size = layer.pool_size if pools else layer.kernel_size
    step = getattr(layer, "dilation_rate", (1, 1))
    rows, cols, channels = layer.output_shape(x.shape)
    found = np.zeros((rows, cols, channels))
    before = [0, 0]
    if layer.padding == "same":
        for a in (0, 1):
            reach = (size[a] - 1) * step[a] + 1
            before[a] = max(((rows, cols)[a] - 1) * layer.strides[a] + reach - x.shape[a], 0) // 2
    for r in range(rows):
        for c in range(cols):
            inside = []
            for i in range(size[0]):
                for j in range(size[1]):
                    p = r * layer.strides[0] + i * step[0] - before[0]
                    q = c * layer.strides[1] + j * step[1] - before[1]
                    if 0 <= p < x.shape[0] and 0 <= q < x.shape[1]:
                        inside.append((i, j, x[p, q]))
            values = np.array([v for _, _, v in inside])
            if isinstance(layer, AveragePooling2D):
                found[r, c] = values.mean(axis=0)
            elif isinstance(layer, MaxPooling2D):
                found[r, c] = values.max(axis=0)
            else:
                for i, j, v in inside:
                    found[r, c] += _weighted(layer, arrays["kernel"], (r, c), (i, j), v)
    return found if pools else found + arrays.get("bias", 0)


def _weighted(layer, kernel, at, place, v):
    if isinstance(layer, LocallyConnected2D):
        entry = (place[0] * layer.kernel_size[1] + place[1]) * v.size
        return v @ kernel[at][entry : entry + v.size]
    per_group = layer.filters // layer.groups
    parts = v.reshape(layer.groups, -1)
    return np.concatenate([
        parts[g] @ kernel[place][:, g * per_group : (g + 1) * per_group]
        for g in range(layer.groups)
    ])  # fmt: skip


def _transposed(layer, arrays, x):
    (k, m), (s, t) = layer.kernel_size, layer.strides
    rows, cols, filters = layer.output_shape(x.shape)
    whole = np.zeros((x.shape[0] * s + k, x.shape[1] * t + m, filters))
    for r in range(x.shape[0]):
        for c in range(x.shape[1]):
            whole[r * s : r * s + k, c * t : c * t + m] += np.tensordot(
                arrays["kernel"], x[r, c], axes=([2], [0])
            )
    same = layer.padding == "same"
    top, left = (max(a - b, 0) // 2 * same for a, b in ((k, s), (m, t)))
    return whole[top : top + rows, left : left + cols] + arrays.get("bias", 0)


def _upsampled(layer, x):
    rows, cols, _ = layer.output_shape(x.shape)
    found = np.zeros((rows, cols, x.shape[2]))
    for r in range(rows):
        for c in range(cols):
            if layer.interpolation == "nearest":
                found[r, c] = x[r // layer.size[0], c // layer.size[1]]
                continue
            for p, a in _between(r, layer.size[0], x.shape[0]):
                for q, b in _between(c, layer.size[1], x.shape[1]):
                    found[r, c] += a * b * x[p, q]
    return found


def _between(after, size, n):
    """Pixels and weights along one axis."""
    place = (after + 0.5) / size - 0.5
    low = math.floor(place)
    share = place - low
    return [(min(max(low, 0), n - 1), 1 - share), (min(max(low + 1, 0), n - 1), share)]
