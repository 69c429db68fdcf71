"""A spiking network as an inert value: all that a simulator may know of it."""

from __future__ import annotations

import copy
import dataclasses
import functools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nengo
import numpy as np

from ..errors import ConversionError, ValidationError
from ..inputs.preprocessing import Preprocessing
from ..inputs.recommended import Recommended
from ..layers.types import Shape
from ..neurons.synapses import require_plain, synapse_label
from ..support.arrays.owned_arrays import ReadOnlyDict
from ..support.checks import (
    MOST_NEURONS,
    check_fields,
    checked,
    checked_names,
    checked_shape,
    each,
    instance,
    optional,
    real,
    text,
    word,
)
from ..support.checks.arrays import checked_numbers
from ..support.files import damage_reported, grouped, read_record, write_record
from ..support.html_card import html_card
from ..support.short_repr import short_repr
from .connection import Connection
from .population import Population

__all__ = ["SpikingModel"]


@dataclasses.dataclass(frozen=True, eq=False)
class SpikingModel:
    """All that a simulator may know of a network.

    Parameters
    ----------
    name : str
        For tables and files.
    input_shape : tuple of int
        Shape of one image after preprocessing, ``(row, column, channel)``; ``(features,)`` becomes
        ``(1, 1, features)``.
    populations : tuple of Population
        In feed-forward order.
    connections : tuple of Connection
        From ``"input"`` through the populations to ``"output"``.
    output_bias : array (classes,)
        Added to the class scores.
    initial_voltage : {"zero", "half", "uniform"}
        Where membranes start: at rest, half-way to the threshold, or uniformly random between the
        two.
    preprocessing : Preprocessing
        From images in [0, 1] to network input.
    classes : tuple of str
        Names of the classes.
    provenance : dict
        Where the numbers come from.

    Raises
    ------
    ValidationError
        If names are missing or used twice, shapes do not fit together, a number is not finite, a
        field is of another kind, or nothing drives a population or the output.
    """

    name: str
    input_shape: Shape
    populations: tuple[Population, ...]
    connections: tuple[Connection, ...]
    output_bias: np.ndarray
    initial_voltage: str = "zero"
    preprocessing: Preprocessing = dataclasses.field(default_factory=Preprocessing)
    classes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_fields(
            self,
            where="",
            name=text,
            populations=each(instance(Population), "populations"),
            connections=each(instance(Connection), "connections"),
            initial_voltage=word("zero", "half", "uniform"),
            preprocessing=instance(Preprocessing),
            classes=checked_names,
            provenance=instance(Mapping),
        )
        set_field = functools.partial(object.__setattr__, self)
        set_field("provenance", ReadOnlyDict(copy.deepcopy(dict(self.provenance))))
        shape = checked_shape(self.input_shape, "input_shape", most=MOST_NEURONS)
        if len(shape) == 1:  # one pixel with a channel for every value, as everything here
            shape = (1, 1, *shape)
        set_field("input_shape", shape)
        bias = checked_numbers(self.output_bias, "output_bias", (None,))
        set_field("output_bias", bias)
        shapes = {"input": shape, "output": checked_shape(bias.shape, "output_bias")}
        for population in self.populations:
            if population.name in shapes:
                raise ValidationError(f"there are two populations {population.name!r}")
            shapes[population.name] = population.shape
        if self.n_neurons > MOST_NEURONS:
            raise ValidationError(
                f"network {self.name!r} has {self.n_neurons:,} neurons; expected at most "
                f"{MOST_NEURONS:,}"
            )
        for connection in self.connections:
            connection.check_shapes(shapes)
        driven = {c.post for c in self.connections}
        for name in shapes.keys() - {"input"} - driven:
            raise ValidationError(f"no connection ends in {name!r}; nothing would drive it")

    @property
    def n_neurons(self) -> int:
        """Number of neurons in all populations."""
        return sum(p.n_neurons for p in self.populations)

    @property
    def n_classes(self) -> int:
        """Number of outputs."""
        return len(self.output_bias)

    @property
    def on_host(self) -> tuple[Population, ...]:
        """Populations that stay on the host with NengoLoihi: all that read the input.

        They turn pixels into spikes, which are all that the chip takes. The first where none does.
        """
        readers = {c.post for c in self.connections if c.pre == "input"}
        found = tuple(p for p in self.populations if p.name in readers)
        return found or self.populations[:1]

    @property
    def on_chip(self) -> tuple[Population, ...]:
        """All other populations, in the network's order."""
        host = {p.name for p in self.on_host}
        return tuple(p for p in self.populations if p.name not in host)

    @property
    def trained_weights(self) -> str:
        """`TrainedModel.fingerprint` of the network it was made of; empty if that is not known."""
        found = self.provenance.get("trained_weights", "")
        return found if isinstance(found, str) else ""

    @checked(name=text)
    def population(self, name: str) -> Population:
        """The population of that name; `ValidationError` lists the names there are.

        Parameters
        ----------
        name : str
            Name of the population, e.g. ``"neurons1"``.
        """
        for population in self.populations:
            if population.name == name:
                return population
        names = ", ".join(p.name for p in self.populations)
        raise ValidationError(f"there is no population {name!r}; there are {names}")

    @checked(what=text)
    def require_linear(self, what: str) -> SpikingModel:
        """The network itself, if all its stages are linear.

        Parameters
        ----------
        what : str
            Who asks, for the message.

        Raises
        ------
        ConversionError
            If it has stages that run in rates only, as `fold` makes of `MaxPooling2D`; the message
            names them all.
        """
        found = [
            f"{type(stage).__name__} between {c.pre!r} and {c.post!r}"
            for c in self.connections
            for stage in c.stages
            if not stage.linear
        ]
        if found:
            raise ConversionError(
                f"network {self.name!r} has {', '.join(found)}, which {what} cannot compute; it "
                "runs in rates only. Train with AveragePooling2D, which is linear and so exact in "
                "spikes, and without LocalResponseNormalization"
            )
        return self

    @checked(tau_s=optional(real(0, unit="seconds")))
    def with_tau_s(self, tau_s: float | None) -> SpikingModel:
        """The same network with another time constant on every synapse after neurons.

        ``None`` changes nothing, 0 takes the synapses away; connections without a synapse get
        an alpha synapse. Times that the network recommends are forgotten where synapses change.

        Parameters
        ----------
        tau_s : float or None
            Time constant, in seconds.

        Raises
        ------
        ConversionError
            If a synapse is neither alpha nor lowpass nor none.
        """
        if tau_s is None:
            return self

        def changed(connection: Connection) -> Connection:
            if connection.pre == "input" and connection.synapse is None:
                return connection
            where = f"connection {connection.pre!r} -> {connection.post!r}"
            require_plain(connection.synapse, where, "which has no single time constant to change")
            kind = type(connection.synapse or nengo.Alpha(tau_s or 1.0))
            # neurons hear themselves a step later, with and without a filter
            none = nengo.Lowpass(0.0) if connection.pre == connection.post else None
            return dataclasses.replace(connection, synapse=kind(tau_s) if tau_s else none)

        connections = tuple(map(changed, self.connections))
        if [c.synapse for c in connections] == [c.synapse for c in self.connections]:
            return self
        origin = Recommended.removed(self.provenance)  # its times are for its own synapses
        return dataclasses.replace(self, connections=connections, provenance=origin)

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        layers = [f"{p.name} {' x '.join(map(str, p.shape))}" for p in self.populations]
        synapses = {synapse_label(c.synapse) for c in self.connections if c.pre != "input"}
        return html_card(
            f"{self.name}, in spikes",
            [
                ("input", " x ".join(map(str, self.input_shape))),
                ("layers", ", ".join(layers)),
                ("neurons", f"{self.n_neurons:,}"),
                ("neuron", ", ".join(sorted({repr(p.neuron) for p in self.populations}))),
                ("synapses", ", ".join(sorted(synapses))),
                ("membranes start at", self.initial_voltage),
            ],
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write one file, atomically. Returns its path.

        Parameters
        ----------
        path : str or os.PathLike
            The file.

        Raises
        ------
        ConversionError
            If a synapse is neither alpha nor lowpass nor none.
        """
        preprocessing, mean = self.preprocessing.to_arrays()
        arrays = {f"preprocessing/{k}": v for k, v in mean.items()}
        arrays["output/bias"] = self.output_bias
        header = {
            "name": self.name,
            "input_shape": list(self.input_shape),
            "populations": [p.to_header(arrays) for p in self.populations],
            "connections": [
                c.to_header(f"connection{i}", arrays) for i, c in enumerate(self.connections)
            ],
            "initial_voltage": self.initial_voltage,
            "preprocessing": preprocessing,
            "classes": list(self.classes),
            "provenance": dict(self.provenance),
        }
        return write_record(path, "SpikingModel", header, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> SpikingModel:
        """Read a file that `save` wrote; `ModelFileError` if it is broken or newer.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        header, arrays = read_record(path, "SpikingModel")
        with damage_reported(path):
            groups = grouped(arrays)
            return cls(
                header["name"],
                tuple(header["input_shape"]),
                tuple(Population.from_header(p, groups) for p in header["populations"]),
                tuple(
                    Connection.from_header(c, groups.get(f"connection{i}", {}))
                    for i, c in enumerate(header["connections"])
                ),
                groups["output"]["bias"],
                header["initial_voltage"],
                Preprocessing.from_arrays(header["preprocessing"], groups.get("preprocessing", {})),
                tuple(header["classes"]),
                header["provenance"],
            )
