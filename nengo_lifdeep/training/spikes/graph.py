"""What a training run needs to know of a network that is trained on its spikes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from nengo.neurons import NeuronType

from ...compat import import_tensorflow
from ...layers.architecture import Architecture
from ...support.short_repr import short_repr
from ..graph import HeldVariables, OpenedModel
from ..rate_targets import RateBand
from ..settings.spike_based import SpikeBased
from .order import require_spike_trainable

__all__ = ["SpikeGraph", "build_spike_graph"]


@dataclasses.dataclass(frozen=True, eq=False)
class SpikeGraph(HeldVariables):
    """The network, its variables and its names.

    Attributes
    ----------
    architecture : Architecture
        The layers.
    stages : tuple of SpikeNetwork
        The one `tf_keras` model that holds the variables.
    step : tf.Variable
        Number of the training step; whoever trains assigns it.
    """

    architecture: Architecture
    stages: tuple[Any, ...]
    step: Any

    input: ClassVar[str] = "input"
    output: ClassVar[str] = "output"
    neurons: ClassVar[Mapping[str, NeuronType]] = {}
    rate_probes: ClassVar[Mapping[str, Any]] = {}

    __repr__ = short_repr

    @contextmanager
    def opened(self, batch_size: int, seed: int) -> Iterator[Any]:
        """What is compiled and fitted.

        Parameters
        ----------
        batch_size : int
            Images per step.
        seed : int
            Of no use here: dropout has its seed, spikes those of their coding.
        """
        yield OpenedModel(self.stages[0])

    def names(self, opened: Any) -> dict[Any, str]:
        """Name of the input and of the output, for `tf_keras`.

        Parameters
        ----------
        opened : object
            What `opened` gave.
        """
        return {self.input: self.input, self.output: self.output}


def build_spike_graph(
    architecture: Architecture,
    neuron: NeuronType,
    method: SpikeBased,
    seed: int = 0,
    *,
    bands: Mapping[str, RateBand] | None = None,
) -> SpikeGraph:
    """Build the network that is trained on its spikes.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    neuron : StepLIF
        The network's neuron.
    method : SpikeBased
        Steps, coding and derivative.
    seed : int
        For dropout.
    bands : dict of str to RateBand, optional
        Rate targets by layer of neurons.

    Raises
    ------
    TrainingError
        If the architecture cannot be trained so (`spike_trainable`).
    """
    require_spike_trainable(architecture, neuron)
    tf = import_tensorflow()

    from .network import SpikeNetwork

    step = tf.Variable(0, trainable=False, dtype=tf.int64, name="training_step")
    model = SpikeNetwork(architecture, neuron, method, step, seed, bands)
    return SpikeGraph(architecture, (model,), step)
