"""Convert a ReLU network to SoftLIF neurons without training: fit the curve, rescale the layers."""

from __future__ import annotations

import dataclasses
from typing import Any

import nengo
import numpy as np

from ..datasets.base import Split
from ..errors import ConversionError, ValidationError
from ..inputs.inputs import Inputs
from ..inputs.presentation import Presentation
from ..layers.types import BatchNormalization, Neurons, Shortcut
from ..models import TrainedModel
from ..models.expected import trained_model
from ..neurons import SoftLIF
from ..neurons.counterparts import firing_threshold, hard_counterpart
from ..neurons.relu_fit import fit_to_relu
from ..records.input_range import with_inputs
from ..support.checks import checked, instance, optional, real
from .order import require_convertible
from .rates import forward
from .swap import fold

__all__ = ["relu_to_lif"]


@checked(
    net=trained_model,
    neuron=optional(instance(nengo.neurons.NeuronType)),
    high=real(above=0),
    percentile=real(above=0, high=100),
)
def relu_to_lif(
    net: TrainedModel,
    images: Split | np.ndarray,
    *,
    neuron: nengo.neurons.NeuronType | None = None,
    high: float = 8.0,
    percentile: float = 99.9,
) -> TrainedModel:
    """Replace rectified linear neurons by SoftLIF neurons.

    `fit_to_relu` gives the gain and amplitude with which the neuron's curve is closest to ReLU on
    ``[-1, 10]``. Every layer is scaled so that its high activations come to ``high`` there (the
    percentile of Rueckauer et al. 2017, section 2.2.2), and the next layer's weights take the
    factor back. What remains is the bend of the curve; a few epochs of training take most of that
    away (`finetune`).

    Parameters
    ----------
    net : TrainedModel
        With rectified linear neurons, as `from_keras` and `from_onnx` give.
    images : Split or (n, row, column, channel) array
        Some hundred training images, on which activations are measured.
    neuron : SoftLIF or nengo.LIFRate, optional
        Time constants and noise; ``SoftLIF(tau_rc=0.02, tau_ref=0.001)`` by default. Its
        amplitude is replaced.
    high : float
        Where the percentile of every layer's activations goes, in units of the fit. Smaller: a
        straighter part of the curve, and slower neurons.
    percentile : float
        Of the activations above zero.

    Returns
    -------
    TrainedModel
        The same architecture and preprocessing, other weights. It remembers the range of
        ``images``, if it has none of its training.

    Raises
    ------
    ConversionError
        If the network's neurons are not rectified linear, or a layer has no counterpart in
        spikes.
    ValidationError
        If ``high`` is not positive.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, test = trained_example()
    >>> relu = dataclasses.replace(trained, neuron=nengo.RectifiedLinear())
    >>> type(relu_to_lif(relu, test.take(50)).neuron).__name__
    'SoftLIF'
    """
    others = {k: n for k, n in net.neurons.items() if type(n).__name__ != "RectifiedLinear"}
    if others:
        listed = ", ".join(f"{neuron!r} in layer {name!r}" for name, neuron in others.items())
        raise ConversionError(
            f"the network has {listed}; only rectified linear neurons can be replaced"
        )
    require_convertible(net.architecture)
    if not 0 < high < float("inf"):
        raise ValidationError(f"high is {high!r}; expected a positive number")
    chosen = neuron if neuron is not None else SoftLIF(tau_rc=0.02, tau_ref=0.001)
    fitted, gain = fit_to_relu(chosen)
    peaks = _peaks(net, images, percentile)
    weights: dict[str, dict[str, np.ndarray]] = {k: dict(v) for k, v in net.weights.items()}
    threshold = firing_threshold(hard_counterpart(fitted))
    _rescale(net, weights, peaks, high, gain, threshold)
    replaced = ", ".join(dict.fromkeys(map(repr, net.neurons.values())))
    return dataclasses.replace(
        net,
        architecture=net.architecture.with_neurons(lambda neuron: None),
        neuron=fitted,
        weights=weights,
        provenance={
            **with_inputs(net.provenance, _seen(net, images)),
            "neurons replaced": f"{replaced} by {fitted!r}",
        },
    )


def _seen(net: TrainedModel, images: Split | np.ndarray) -> Split | np.ndarray:
    """The images, checked, as they come."""
    if isinstance(images, Split):
        return images
    return Inputs.of(fold(net), images, Presentation(), None).images


def _peaks(net: TrainedModel, images: Split | np.ndarray, percentile: float) -> dict[str, float]:
    """High activations of every layer of neurons, in the network's own units."""
    folded = fold(net)
    inputs = Inputs.of(folded, images, Presentation(), None)
    activity = forward(folded, inputs.chunk(0, len(inputs)))
    peaks = {}
    for population in folded.populations:
        active = activity[population.name]
        active = net.neurons[population.name].amplitude * active[active > 0]
        peaks[population.name] = float(np.percentile(active, percentile)) if active.size else 1.0
    return peaks


def _rescale(
    net: TrainedModel,
    weights: dict[str, dict[str, np.ndarray]],
    peaks: dict[str, float],
    high: float,
    gain: float,
    threshold: float,
) -> None:
    """Change the weights in place: for every ``a ReLU(y)`` currents ``gain a scale y + threshold``.

    A residual identity adds ``scale * activation`` of its source as it is; the layer it is added
    to then has the scale of its source divided by the gain and its own amplitude ``a``.
    """
    scales: dict[str, float] = {}
    before = 1.0
    waiting: list[Any] = []  # the layers since the last neurons
    layers, neurons = net.architecture.layers, net.neurons
    for layer in layers:
        waiting.append(layer)
        if not isinstance(layer, Neurons) and layer is not layers[-1]:
            continue
        if isinstance(layer, Neurons):
            own = gain * neurons[layer.name].amplitude
            scale = _added_scale(waiting, scales) / own or high / peaks[layer.name]
            scales[layer.name] = scale
            _write(waiting, weights, scales, before, own * scale, threshold)
            before = scale
        else:
            _write(waiting, weights, scales, before, 1.0, 0.0)
        waiting = []


def _added_scale(layers: list[Any], scales: dict[str, float]) -> float:
    """The scale that the residual identities into one layer share; 0 if there is none."""
    sources = [la.source for la in layers if isinstance(la, Shortcut) and la.filters is None]
    found = {source: scales[source] for source in sources}
    if len(found) > 1 and max(found.values()) > min(found.values()) * (1 + 1e-6):
        listed = " and ".join(f"{name!r} (times {scale:.3g})" for name, scale in found.items())
        raise ConversionError(
            f"the outputs of {listed} are added to one layer as they are, and cannot both be "
            "rescaled; add all but one through a 1 x 1 convolution, or fine-tune instead"
        )
    return found[sources[0]] if sources else 0.0


def _write(
    layers: list[Any],
    weights: dict[str, dict[str, np.ndarray]],
    scales: dict[str, float],
    before: float,
    factor: float,
    shift: float,
) -> None:
    """``factor * y + shift`` instead of ``y``, for inputs that are ``before`` times theirs."""
    norm = next((la for la in layers if isinstance(la, BatchNormalization)), None)
    for layer in layers:
        arrays = weights.get(layer.name)
        if arrays is None:
            continue
        if isinstance(layer, Shortcut):
            arrays["kernel"] = _times(arrays["kernel"], factor / scales[layer.source])
        elif isinstance(layer, BatchNormalization):
            arrays["gamma"] = _times(arrays["gamma"], factor)
            arrays["beta"] = _times(arrays["beta"], factor) + np.float32(shift)
        elif layer.has_weights:
            own = 1.0 if norm is not None else factor
            arrays["kernel"] = _times(arrays["kernel"], own / before)
            if "bias" in arrays:
                arrays["bias"] = _times(arrays["bias"], own)
            if norm is None and shift:
                if "bias" not in arrays:
                    raise ConversionError(
                        f"layer {layer.name!r} has no bias; neurons that fire from a threshold on "
                        "need one. Give it use_bias=True"
                    )
                arrays["bias"] = arrays["bias"] + np.float32(shift)


def _times(array: np.ndarray, factor: float) -> np.ndarray:
    return (array * np.float32(factor)).astype(np.float32)
