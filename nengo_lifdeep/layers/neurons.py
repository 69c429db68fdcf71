"""The neurons of a layer."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from nengo.neurons import NeuronType

from ..neurons.counterparts import check_neuron
from ..neurons.parameters import neuron_from_dict, neuron_to_dict
from ..support.checks import instance, optional
from .layer import Layer

__all__ = ["Neurons"]


@dataclasses.dataclass(frozen=True)
class Neurons(Layer):
    """One neuron per entry of its input.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType, optional
        Type and time constants of this layer's neurons; by default those of the network, which
        `train` and `TrainedModel` are given.

    Examples
    --------
    >>> import nengo
    >>> Neurons(nengo.RectifiedLinear(amplitude=0.5)).describe()
    'RectifiedLinear(amplitude=0.5)'
    """

    neuron: NeuronType | None = None

    fires = True
    allowed = {
        **Layer.allowed,
        "neuron": optional(instance(NeuronType, also="None for the neurons of the network")),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.neuron is not None:
            check_neuron(self.neuron)

    def _options(self) -> dict[str, Any]:
        """Its name, and the neuron only where it is the layer's own."""
        own = {} if self.neuron is None else {"neuron": neuron_to_dict(self.neuron)}
        return {"name": self.name, **own}

    @classmethod
    def _from_options(cls, options: Mapping[str, Any]) -> Neurons:
        """The layer with the fields that `_options` gave.

        Parameters
        ----------
        options : dict
            Fields by name, as they come out of JSON.
        """
        neuron = options.get("neuron")
        own = {} if neuron is None else {"neuron": neuron_from_dict(neuron)}
        return cls(**{**options, **own})

    def describe(self) -> str:
        """The layer's own neuron, or ``"Neurons"``."""
        return "Neurons" if self.neuron is None else repr(self.neuron)
