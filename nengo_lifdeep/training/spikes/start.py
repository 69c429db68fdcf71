"""Where training on spikes starts from a trained network: its layers, in spikes and steps."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import nengo
import numpy as np
from nengo.neurons import NeuronType

from ...conversion.relu import activity_peaks
from ...datasets.base import Split
from ...errors import TrainingError, ValidationError
from ...inputs.as_trained import coding_record, was_trained_on_spikes
from ...layers.architecture import Architecture
from ...layers.types import (
    AveragePooling2D,
    Layer,
    LocalResponseNormalization,
    MaxPooling2D,
    Scale,
    Shape,
    Shortcut,
)
from ...models import TrainedModel
from ...models.normalization import without_normalization
from ...neurons.counterparts import firing_threshold, hard_counterpart
from ...neurons.relu_fit import fit_to_relu
from ...neurons.stepping.step_lif import StepLIF
from ..settings.spike_based import SpikeBased
from .order import require_spike_trainable
from .units import Weights, in_seconds, in_steps, read_out_leak

__all__ = ["in_spikes"]

_Group = list[tuple[Layer, Shape]]


def in_spikes(
    net: TrainedModel,
    images: Split | np.ndarray,
    neuron: NeuronType,
    method: SpikeBased,
    high: float = 2.0,
    percentile: float = 99.9,
) -> TrainedModel:
    """A trained network with neurons that spike, from which training on spikes goes on.

    Of a network in rates every layer is scaled so that high activations become ``high`` spikes per
    step (the percentile of Rueckauer et al. 2017, section 2.2.2), and BatchNormalization goes into
    kernels and biases. Neurons that only a pooling layer reaches become pooling units without leak:
    over k x k pixels with the threshold ``1 - 1 / k^2``, as Lee et al. (2020) have 0.75. Of a
    network that was trained on its spikes only the read-out changes, with the number of steps.

    Parameters
    ----------
    net : TrainedModel
        With rectified linear neurons, with others that `fit_to_relu` knows (SoftLIF, LIFRate), or
        trained on its spikes.
    images : Split or (n, row, column, channel) array
        Some hundred training images, on which activations are measured.
    neuron : StepLIF
        Of layers that weights reach.
    method : SpikeBased
        Number and length of the steps.
    high : float
        Spikes per step that high activations become; above 1 they are cut off.
    percentile : float
        Of the activations above zero.

    Returns
    -------
    TrainedModel
        With weights for Nengo, as `train` gives them; `Presentation.as_trained` is its window.

    Raises
    ------
    TrainingError
        If layers have no counterpart in spikes.
    """
    if was_trained_on_spikes(net.provenance):
        architecture, steps = net.architecture, _own_steps(net, method)
    else:
        scaling = _Scaling(net, neuron, method, activity_peaks(net, images, percentile), high)
        architecture, steps = scaling.result()
    require_spike_trainable(architecture, neuron)
    spikes = {
        **method.to_dict(),
        "coding": coding_record(method.coding),
        "leak": read_out_leak(neuron, method),
    }
    return dataclasses.replace(
        net,
        architecture=architecture,
        weights=in_seconds(steps, architecture, neuron, method),
        neuron=neuron,
        provenance={**net.provenance, "dt": method.dt, "spikes": spikes},
    )


def _own_steps(net: TrainedModel, method: SpikeBased) -> Weights:
    """Weights per step of a network that was trained on its spikes."""
    known = net.provenance["spikes"]
    if not math.isclose(known["dt"], method.dt):
        raise TrainingError(
            f"the network was trained in steps of {known['dt']:g} s, those of the method have "
            f"{method.dt:g} s; give SpikeBased(dt={known['dt']:g})"
        )
    trained = dataclasses.replace(method, n_steps=known["n_steps"])
    return in_steps(net.weights, net.architecture, net.neuron, trained)


@dataclasses.dataclass(frozen=True)
class _Line:
    """A rate neuron as ``slope * relu(J - threshold)``."""

    slope: float
    threshold: float

    @classmethod
    def of(cls, neuron: NeuronType, name: str) -> _Line:
        amplitude = float(getattr(neuron, "amplitude", 1.0))
        if type(neuron) is nengo.RectifiedLinear:
            return cls(amplitude, 0.0)
        try:
            fitted, gain = fit_to_relu(neuron)
        except ValidationError as error:
            raise TrainingError(
                f"layer {name!r}: its neurons are {neuron!r}, which no line follows; start from a "
                "network of RectifiedLinear, SoftLIF or LIFRate"
            ) from error
        line = amplitude / float(fitted.amplitude)
        return cls(line / gain, firing_threshold(hard_counterpart(fitted)))


class _Scaling:
    """One walk through the layers, with how many times its value in rates every output is."""

    def __init__(
        self, net: TrainedModel, neuron: NeuronType, method: SpikeBased,
        peaks: Mapping[str, float], high: float,
    ) -> None:  # fmt: skip
        self.net, self.method, self.neuron = net, method, neuron
        self.wanted = {name: high / peak for name, peak in peaks.items()}
        self.known = {"input": 1.0}
        self.layers: list[Layer] = []
        self.weights: Weights = {}

    def result(self) -> tuple[Architecture, Weights]:
        """Layers with neurons that spike, and weights per step."""
        layers, self.given = without_normalization(self.net.architecture, self.net.weights)
        group: _Group = []
        value = 1.0
        for layer, shape in zip(layers.layers, layers.layer_inputs(), strict=True):
            self._refuse(layer)
            if layer.fires:
                value = self._until(group, layer, value)
                group = []
            else:
                group.append((layer, shape))
        self._until(group, None, value)
        return dataclasses.replace(layers, layers=tuple(self.layers)), self.weights

    def _refuse(self, layer: Layer) -> None:
        reads = layer.reads and not isinstance(layer, Shortcut)
        unknown = isinstance(layer, Scale | LocalResponseNormalization | MaxPooling2D)
        if reads or unknown or (isinstance(layer, Shortcut) and layer.source not in self.known):
            raise TrainingError(
                f"layer {layer.name!r}: {layer.describe()} is not known where training on spikes "
                "starts from rates; expected layers in a row, and Shortcuts that add neurons"
            )

    def _until(
        self, group: list[tuple[Layer, Shape]], neurons: Layer | None, value: float
    ) -> float:
        """Layers up to some neurons, or to the output; how many times its value these give."""
        weighted = [layer.name for layer, _ in group if layer.has_weights]
        line, after = _Line(1.0, 0.0), 1.0
        if neurons is not None:
            line = _Line.of(self.net.neurons[neurons.name], neurons.name)
            added = [la for la, _ in group if isinstance(la, Shortcut) and la.projection is None]
            after = self._scale(neurons.name, line, [self.known[la.source] for la in added])
            if not weighted:
                after = value * line.slope
                neurons = self._pooling(neurons, group, line)
            else:
                neurons = dataclasses.replace(neurons, neuron=None)  # type: ignore[call-arg]
            self.known[neurons.name] = after
        factor = after * line.slope
        for layer, shape in group:
            if layer.has_weights:
                reached = factor if layer.name == weighted[-1] else value
                shift = line.threshold if layer.name == weighted[-1] else 0.0
                layer = self._weighted(layer, shape, reached / value, reached, shift)
                value = reached
            elif isinstance(layer, Shortcut) and layer.projection is not None:
                times = np.float32(factor / self.known[layer.source])
                self.weights[layer.name] = {"kernel": self.given[layer.name]["kernel"] * times}
            self.layers.append(layer)
        if neurons is not None:
            self.layers.append(neurons)
        return after

    def _scale(self, name: str, line: _Line, added: list[float]) -> float:
        """How many times its value a population gives: what residual identities ask for, if any."""
        asked = {each / line.slope for each in added}
        if len(asked) > 1 and max(asked) > min(asked) * (1 + 1e-6):
            raise TrainingError(
                f"layer {name!r}: what is added to its neurons comes in several scales, and "
                "cannot be rescaled; add all but one through a 1 x 1 convolution"
            )
        return min(asked) if asked else self.wanted[name]

    def _pooling(self, neurons: Any, group: _Group, line: _Line) -> Layer:
        """Units that fire when what comes from a window adds up to one spike."""
        pools = [layer for layer, _ in group if isinstance(layer, AveragePooling2D)]
        if len(pools) != 1 or line.threshold:
            raise TrainingError(
                f"layer {neurons.name!r}: its neurons are reached without weights; expected one "
                "AveragePooling2D before them, and RectifiedLinear neurons"
            )
        threshold = 1 - 1 / math.prod(pools[0].pool_size)
        unit = StepLIF.of_leak(1.0, threshold=threshold, dt=self.method.dt)
        return dataclasses.replace(neurons, neuron=unit)

    def _weighted(
        self, layer: Any, shape: Shape, kernel: float, bias: float, threshold: float
    ) -> Layer:
        """Write a layer's weights; the layer, with a bias where neurons have a threshold."""
        arrays = {
            name: array * np.float32(kernel if name == "kernel" else bias)
            for name, array in self.given[layer.name].items()
        }
        if threshold:
            layer = dataclasses.replace(layer, use_bias=True)
            zeros = np.zeros(layer.arrays(shape)["bias"], np.float32)
            arrays["bias"] = arrays.get("bias", zeros) - np.float32(bias * threshold)
        self.weights[layer.name] = arrays
        return layer
