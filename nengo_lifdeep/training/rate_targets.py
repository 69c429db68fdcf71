"""Firing-rate regularisation: a band in Hz in which the neurons of a layer should fire."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from nengo.neurons import NeuronType

from ..compat import import_tensorflow
from ..errors import TrainingError
from ..layers.architecture import Architecture
from ..support.checks import check_fields, real, shown

__all__ = ["RateBand", "rate_bands"]


@dataclasses.dataclass(frozen=True)
class RateBand:
    """Where the mean rate of every neuron of a layer should lie.

    ``weight * mean over neurons of (distance of the neuron's mean rate from the band)^2`` is added
    to the loss; the mean rate is taken over the batch.

    Parameters
    ----------
    low, high : float
        Bounds in Hz.
    weight : float
        Loss per Hz^2.

    Examples
    --------
    >>> RateBand(5, 100)
    RateBand(low=5, high=100, weight=0.0001)
    """

    low: float
    high: float
    weight: float = 1e-4

    def __post_init__(self) -> None:
        check_fields(self, TrainingError, low=real(), high=real(), weight=real())
        if not (0 <= self.low <= self.high and self.weight > 0):
            raise TrainingError(f"{self!r}: expected 0 <= low <= high in Hz, and a weight above 0")

    def loss(self, amplitude: float) -> Callable[[Any, Any], Any]:
        """The loss for NengoDL's probe on the neurons: (ignored, outputs) -> scalar.

        Parameters
        ----------
        amplitude : float
            Output of the neurons per Hz.
        """
        tf = import_tensorflow()

        from .tensorflow.replica import mean_of_all

        @tf.autograph.experimental.do_not_convert
        def rate_loss(labels: Any, outputs: Any) -> Any:
            rates = mean_of_all(tf.reduce_mean(outputs, axis=(0, 1))) / amplitude
            outside = tf.nn.relu(self.low - rates) + tf.nn.relu(rates - self.high)
            return self.weight * tf.reduce_mean(tf.square(outside))

        return rate_loss


def rate_bands(targets: Any, architecture: Architecture, neuron: NeuronType) -> dict[str, RateBand]:
    """The band of every layer that has one.

    Parameters
    ----------
    targets : None, RateBand, (low, high[, weight]), or mapping of layer name to these
        One band for all layers of neurons, or a band per layer. A layer of neurons answers to
        its own name (``neurons1``) and to that of the layer with weights before it (``conv1``).
    architecture : Architecture
        Whose layers are meant.
    neuron : nengo.neurons.NeuronType
        Its output must be a rate.

    Raises
    ------
    TrainingError
        If a name is not that of a layer with neurons, or a band is invalid.
    """
    if targets is None:
        return {}
    aliases, populations = {}, []
    driver = ""
    for layer in architecture.layers:
        if layer.fires:
            populations.append(layer.name)
            aliases[layer.name] = aliases[driver] = layer.name
        elif layer.has_weights:
            driver = layer.name
    if not isinstance(targets, Mapping):
        return dict.fromkeys(populations, _band(targets))
    unknown = sorted(set(targets) - set(aliases))
    if unknown:
        raise TrainingError(
            f"rate_targets names {unknown}; layers with neurons are {', '.join(aliases)}"
        )
    return {aliases[name]: _band(target) for name, target in targets.items()}


def _band(target: Any) -> RateBand:
    if isinstance(target, RateBand):
        return target
    if isinstance(target, tuple | list) and len(target) in (2, 3):
        return RateBand(*target)
    raise TrainingError(
        f"rate target is {shown(target)}; expected RateBand(low, high, weight) or (low, high) in Hz"
    )
