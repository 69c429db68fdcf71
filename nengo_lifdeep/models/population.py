"""The neurons of one layer of a spiking network."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import nengo
import numpy as np

from ..errors import ValidationError
from ..layers.types import Shape
from ..neurons.parameters import neuron_from_dict, neuron_to_dict
from ..support.checks import (
    MOST_NEURONS,
    checked_shape,
)
from ..support.checks.arrays import checked_numbers
from ..support.short_repr import short_repr

__all__ = ["Population"]


@dataclasses.dataclass(frozen=True, eq=False)
class Population:
    """Neurons of one layer.

    Parameters
    ----------
    name : str
        The layer's name.
    shape : tuple of int
        ``(row, column, channel)`` or ``(unit,)``.
    neuron : nengo.neurons.NeuronType
        Type and time constants; its amplitude is 1 (amplitudes live in the weights).
    bias : array
        Constant part of the current ``J``, broadcastable to ``shape``.

    Raises
    ------
    ValidationError
        If a field is of another kind, the neuron's amplitude is not 1, it has voltages of its own
        to start from, or the bias is not finite or does not fit the shape.
    """

    name: str
    shape: Shape
    neuron: nengo.neurons.NeuronType
    bias: np.ndarray

    __repr__ = short_repr

    def __post_init__(self) -> None:
        _require_name(self.name)
        where = f"population {self.name!r}:"
        shape = checked_shape(self.shape, f"{where} shape", most=MOST_NEURONS)
        if not isinstance(self.neuron, nengo.neurons.NeuronType):
            raise ValidationError(
                f"{where} neuron is {self.neuron!r}; expected a nengo.neurons.NeuronType"
            )
        amplitude = getattr(self.neuron, "amplitude", 1.0)
        if amplitude != 1:
            raise ValidationError(
                f"{where} the neuron's amplitude is {amplitude}; expected 1, with the weights of "
                f"connections from it multiplied by {amplitude} instead"
            )
        _check_start(self.neuron, where)
        bias = checked_numbers(self.bias, f"{where} bias")
        try:
            fits = np.broadcast_shapes(bias.shape, shape) == shape
        except ValueError:
            fits = False
        if not fits:
            raise ValidationError(f"{where} bias has shape {bias.shape}, the neurons {shape}")
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "bias", bias)

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return int(np.prod(self.shape))

    def to_header(self, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
        """What a file says of it; its arrays are put into ``arrays``.

        Parameters
        ----------
        arrays : dict of str to array
            Arrays of the file by their names.
        """
        arrays[f"{self.name}/bias"] = self.bias
        return {
            "name": self.name,
            "shape": list(self.shape),
            "neuron": neuron_to_dict(self.neuron),
        }

    @classmethod
    def from_header(cls, header: Mapping[str, Any], groups: Mapping[str, Any]) -> Population:
        """The population that a file describes.

        Parameters
        ----------
        header : dict
            As `to_header` gave it.
        groups : dict of str to dict of str to array
            Arrays of the file, by population.
        """
        name = header["name"]
        neuron = neuron_from_dict(header["neuron"])
        return cls(name, tuple(header["shape"]), neuron, groups[name]["bias"])


def _check_start(neuron: nengo.neurons.NeuronType, where: str) -> None:
    """Simulators start membranes where the network says, and would leave this out."""
    start = (neuron.initial_state or {}).get("voltage")
    if start is not None and start not in (nengo.dists.Choice([0]), nengo.dists.Uniform(0, 1)):
        raise ValidationError(
            f"{where} neuron has initial_state voltage {start!r}; membranes start where "
            "SpikingModel(initial_voltage=...) says: 'zero', 'half' or 'uniform'"
        )


def _require_name(name: Any) -> None:
    if not isinstance(name, str) or not name or name in ("input", "output"):
        raise ValidationError(
            f"a population's name is {name!r}; expected some text other than 'input' and 'output'"
        )
