"""Weights before training: a pure NumPy function of the architecture, the neuron and the seed."""

from __future__ import annotations

import math

import numpy as np
from nengo.neurons import NeuronType

from ..errors import ValidationError
from ..layers.architecture import Architecture
from ..layers.types import (
    AveragePooling2D,
    BatchNormalization,
    Branch,
    Dropout,
    Flatten,
    Layer,
    Shape,
    UpSampling2D,
)
from ..neurons.counterparts import firing_threshold, neuron_rate

__all__ = ["RULES", "initial_weights"]

#: what ``kernel_initializer`` may be
RULES = ("response", "he", "glorot", "uniform")

Weights = dict[str, dict[str, np.ndarray]]


def initial_weights(
    architecture: Architecture,
    neuron: NeuronType,
    gain: float = 1.0,
    seed: int = 0,
    kernel_initializer: str = "response",
) -> Weights:
    """Weights with which training starts.

    Kernels before neurons are normal with variance ``2 gain^2 / fan_in`` (He et al. 2015)
    or ``2 gain^2 / (fan_in + fan_out)`` (Glorot & Bengio 2010). The rule "response" is that of He
    et al., which is made for rectifiers, with the kernels after neurons divided by how much more
    than a rectifier these respond to normal input: 1 for rectified linear neurons, 3.4 for the
    papers' SoftLIF on MNIST. Biases start where the
    neuron begins to fire, so that zero input stands at the threshold (Hunsberger & Eliasmith
    2016). The rule "uniform" draws kernels, and biases around that threshold, uniformly within
    ``gain / sqrt(fan_in)``, as PyTorch's layers start. With BatchNormalization between kernel and
    neurons its ``gamma`` starts at ``gain`` and its ``beta`` at the threshold. The read-out starts
    without gain and with bias 0, or around it.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    neuron : nengo.neurons.NeuronType
        The rate neuron of the layers that have none of their own: biases start at the threshold
        of the next neurons and, with the rule "response", kernels follow the whole curve of the
        neurons in front.
    gain : float
        Current per unit of weighted input.
    seed : int
        For the kernels.
    kernel_initializer : {"response", "he", "glorot", "uniform"}
        Rule for the variance.

    Returns
    -------
    dict of dict of array
        Layer name -> array name -> float32 array.

    Examples
    --------
    >>> import nengo
    >>> from nengo_lifdeep.layers import Dense
    >>> net = Architecture((4,), [Dense(3), Dense(2)])
    >>> initial_weights(net, nengo.LIFRate())["dense1"]["bias"]
    array([1., 1., 1.], dtype=float32)
    """
    if kernel_initializer not in RULES:
        raise ValidationError(
            f"kernel_initializer is {kernel_initializer!r}; expected one of {', '.join(RULES)}"
        )
    neurons = architecture.neurons(neuron)
    responses = dict.fromkeys(neurons, 1.0)
    if kernel_initializer == "response":
        responses = {name: _response(each, gain) for name, each in neurons.items()}
    front = ""  # the neurons that are the input; none where it is pixels, or other weights
    fronts = {"input": front}  # by layer: the neurons that it gives on as they are
    layers, shapes = architecture.layers, architecture.layer_inputs()
    kinds = architecture.weight_kinds
    weights: Weights = {}
    streams = np.random.SeedSequence(seed).spawn(len(layers))
    for i, (layer, stream) in enumerate(zip(layers, streams, strict=True)):
        arrays = layer.arrays(shapes[i])
        following = next((la for la in layers[i + 1 :] if not _passes_on(la)), None)
        hidden = following is not None and following.fires
        threshold = float(firing_threshold(neurons[following.name])) if hidden else 0.0  # type: ignore[union-attr]
        source = fronts[layer.reads] if layer.reads else front
        if layer.fires:
            front = layer.name
        elif isinstance(layer, Branch):
            front = source
        elif isinstance(layer, BatchNormalization):
            weights[layer.name] = _normalisation(arrays, hidden, gain, threshold)
        elif arrays:
            scale = (gain if hidden else 1.0) / responses.get(source, 1.0)
            shape, kind = arrays["kernel"], kinds.get(layer.name)
            if kind is not None and kind.by_chance:
                kernel = _log_odds(shape, stream)
            else:
                kernel = _kernel(layer, shapes[i], shape, stream, kernel_initializer)
                kernel *= np.float32(scale)
            weights[layer.name] = {"kernel": kernel}
            if "bias" in arrays:
                about = threshold + _bias(layer, arrays, stream, kernel_initializer, scale)
                weights[layer.name]["bias"] = about.astype(np.float32)
            others = arrays.keys() - weights[layer.name].keys()  # of devices: none deviates yet
            weights[layer.name] |= {name: np.zeros(arrays[name], np.float32) for name in others}
            if layer.has_weights:
                front = ""
        fronts[layer.name] = front
    return weights


def _passes_on(layer: Layer) -> bool:
    """Whether a constant for each channel is the same after the layer."""
    return bool(layer.adds) or isinstance(
        layer, AveragePooling2D | Dropout | Flatten | UpSampling2D
    )


def _response(neuron: NeuronType, gain: float) -> float:
    """Output of the neuron, root mean square, relative to that of a rectifier, for normal input."""
    x, weight = np.polynomial.hermite_e.hermegauss(101)
    output = neuron_rate(neuron, firing_threshold(neuron) + gain * x)
    mean_square = float(np.sum(weight * output**2) / np.sum(weight))
    return math.sqrt(2 * mean_square)


def _normalisation(
    arrays: dict[str, Shape], hidden: bool, gain: float, threshold: float
) -> dict[str, np.ndarray]:
    start = {"gamma": gain if hidden else 1, "beta": threshold if hidden else 0,
             "moving_mean": 0, "moving_variance": 1}  # fmt: skip
    return {name: np.full(shape, start[name], np.float32) for name, shape in arrays.items()}


def _kernel(
    layer: Layer, shape_in: Shape, shape: Shape, stream: np.random.SeedSequence, rule: str
) -> np.ndarray:
    local, fan_in = type(layer).__name__ == "LocallyConnected2D", _fan_in(layer, shape)
    receptive = fan_in // shape_in[-1] if local else math.prod(shape[:-2])
    fan_out = receptive * shape[-1]
    if rule == "uniform":
        draws = np.random.default_rng(stream).uniform(-1, 1, shape).astype(np.float32)
        return draws / np.float32(math.sqrt(fan_in))
    variance = 2 / (fan_in + fan_out) if rule == "glorot" else 2 / fan_in
    draws = np.random.default_rng(stream).standard_normal(shape, dtype=np.float32)
    return draws * np.float32(math.sqrt(variance))


def _log_odds(shape: Shape, stream: np.random.SeedSequence) -> np.ndarray:
    """Of variance 1, so that the first networks that are drawn are much alike."""
    return np.random.default_rng(stream).standard_normal(shape, dtype=np.float32)


def _fan_in(layer: Layer, shape: Shape) -> int:
    """Inputs of a unit, of the shape of the layer's kernel."""
    return shape[2] if type(layer).__name__ == "LocallyConnected2D" else math.prod(shape[:-1])


def _bias(
    layer: Layer, arrays: dict[str, Shape], stream: np.random.SeedSequence, rule: str, scale: float
) -> np.ndarray:
    """What biases differ from the threshold: uniform as the kernel, or nothing."""
    if rule != "uniform":
        return np.zeros(arrays["bias"])
    bound = scale / math.sqrt(_fan_in(layer, arrays["kernel"]))
    return np.random.default_rng(stream.spawn(1)[0]).uniform(-bound, bound, arrays["bias"])
