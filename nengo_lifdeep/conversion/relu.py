"""Convert a ReLU network to SoftLIF neurons without training: fit the curve, rescale the layers."""

from __future__ import annotations

import dataclasses

import nengo
import numpy as np

from ..datasets.base import Split
from ..errors import ConversionError, ValidationError
from ..inputs.inputs import Inputs, still
from ..inputs.presentation import Presentation
from ..inputs.recommended import Recommended
from ..layers.composition.parts import Part
from ..models import TrainedModel
from ..models.expected import trained_model
from ..neurons import SoftLIF
from ..neurons.counterparts import firing_threshold, hard_counterpart
from ..neurons.relu_fit import fit_to_relu
from ..records.input_range import with_inputs
from ..support.checks import checked, instance, optional, real
from .currents import with_currents
from .folding import fold
from .order import require_convertible
from .rates import forward

__all__ = ["activity_peaks", "relu_to_lif"]


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
        The same layers (with a bias before neurons that fire from a threshold) and preprocessing,
        other weights. It remembers the range of ``images``, if it has none of its training.

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
    peaks = activity_peaks(net, images, percentile)
    scales = _scales(net, peaks, high, gain)
    architecture, weights = with_currents(
        net.architecture,
        net.weights,
        gains={name: gain * net.neurons[name].amplitude * scale for name, scale in scales.items()},
        shifts=dict.fromkeys(scales, firing_threshold(hard_counterpart(fitted))),
        outputs=scales,
    )
    replaced = ", ".join(dict.fromkeys(map(repr, net.neurons.values())))
    return dataclasses.replace(
        net,
        architecture=architecture.with_neurons(lambda neuron: None),
        neuron=fitted,
        weights=weights,
        provenance={
            **with_inputs(Recommended.removed(net.provenance), _seen(net, images)),
            "neurons replaced": f"{replaced} by {fitted!r}",
        },
    )


def _seen(net: TrainedModel, images: Split | np.ndarray) -> Split | np.ndarray:
    """The images, checked, as they come."""
    if isinstance(images, Split):
        return images
    return Inputs.of(fold(net), still(images), Presentation(), None).images


def activity_peaks(
    net: TrainedModel, images: Split | np.ndarray, percentile: float = 99.9
) -> dict[str, float]:
    """High activations of every layer of neurons, in the network's own units; 1 of silent ones.

    Parameters
    ----------
    net : TrainedModel
        A network in rates.
    images : Split or (n, row, column, channel) array
        Images on which they are measured.
    percentile : float
        Of the activations above zero.
    """
    folded = fold(net)
    inputs = Inputs.of(folded, still(images), Presentation(), None)
    activity = forward(folded, inputs.chunk(0, len(inputs)))
    peaks = {}
    for population in folded.populations:
        active = activity[population.name]
        active = net.neurons[population.name].amplitude * active[active > 0]
        peaks[population.name] = float(np.percentile(active, percentile)) if active.size else 1.0
    return peaks


def _scales(
    net: TrainedModel, peaks: dict[str, float], high: float, gain: float
) -> dict[str, float]:
    """How many times as high activations become, by population.

    A residual identity adds ``scale * activation`` of its source as it is; the layer it is added
    to then has the scale of its source divided by the gain and its own amplitude.
    """
    if not net.architecture.is_plain:  # `with_currents` scales every output back
        return {name: high / peak for name, peak in peaks.items()}
    scales: dict[str, float] = {}
    for part in net.architecture.parts[:-1]:
        own = gain * net.neurons[part.target].amplitude
        scales[part.target] = _added_scale(part, scales) / own or high / peaks[part.target]
    return scales


def _added_scale(part: Part, scales: dict[str, float]) -> float:
    """The scale that the residual identities into one layer share; 0 if there is none."""
    sources = [layer.source for layer, _ in part.sums if layer.filters is None]
    found = {source: scales[source] for source in sources}
    if len(found) > 1 and max(found.values()) > min(found.values()) * (1 + 1e-6):
        listed = " and ".join(f"{name!r} (times {scale:.3g})" for name, scale in found.items())
        raise ConversionError(
            f"the outputs of {listed} are added to one layer as they are, and cannot both be "
            "rescaled; add all but one through a 1 x 1 convolution, or fine-tune instead"
        )
    return found[sources[0]] if sources else 0.0
