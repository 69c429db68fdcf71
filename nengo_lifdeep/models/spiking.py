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
from ..layers.types import Shape
from ..neurons.parameters import neuron_from_dict, neuron_to_dict
from ..neurons.synapses import synapse_from_dict, synapse_label, synapse_to_dict
from ..stages.nonlinear import NONLINEAR_STAGES
from ..stages.types import STAGE_TYPES, Stage
from ..support.checks import (
    MOST_UNITS,
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
from ..support.owned_arrays import ReadOnlyDict
from ..support.short_repr import short_repr

__all__ = ["Connection", "Population", "SpikingModel"]


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
        shape = checked_shape(self.shape, f"{where} shape", most=MOST_UNITS)
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


@dataclasses.dataclass(frozen=True, eq=False)
class Connection:
    """Linear stages from one population (or ``"input"``) to the next (or ``"output"``).

    Parameters
    ----------
    pre, post : str
        Names of populations, ``"input"`` or ``"output"``.
    stages : tuple of Stage
        Applied in this order.
    synapse : nengo.synapses.Synapse or None
        Filter of the spikes on this connection.

    Raises
    ------
    ValidationError
        If a field is of another kind, or there is no stage.
    """

    pre: str
    post: str
    stages: tuple[Stage, ...]
    synapse: nengo.synapses.Synapse | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        where = f"connection {self.pre!r} -> {self.post!r}:"
        stages = self.stages
        if not isinstance(stages, tuple) or not all(isinstance(s, Stage) for s in stages):
            raise ValidationError(f"{where} stages are {stages!r}; expected a tuple of stages")
        if not stages:
            raise ValidationError(f"{where} there is no stage; expected one or more")
        if not isinstance(self.synapse, nengo.synapses.Synapse | None):
            raise ValidationError(
                f"{where} synapse is {self.synapse!r}; expected a nengo.synapses.Synapse or None"
            )
        tau = getattr(self.synapse, "tau", 0.0)
        if not (np.isfinite(tau) and tau >= 0):
            raise ValidationError(f"{where} synapse has time constant {tau} s; expected >= 0")


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
    initial_voltage : {"zero", "uniform"}
        Where membranes start: at rest, or uniformly random between rest and threshold.
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
            initial_voltage=word("zero", "uniform"),
            preprocessing=instance(Preprocessing),
            classes=checked_names,
            provenance=instance(Mapping),
        )
        set_field = functools.partial(object.__setattr__, self)
        if not isinstance(self.name, str):
            raise ValidationError(f"the network's name is {self.name!r}; expected text")
        if not isinstance(self.preprocessing, Preprocessing):
            raise ValidationError(
                f"preprocessing is {self.preprocessing!r}; expected Preprocessing"
            )
        set_field("classes", checked_names(self.classes, "classes"))
        if not isinstance(self.provenance, Mapping):
            raise ValidationError(f"provenance is {self.provenance!r}; expected a dict")
        set_field("provenance", ReadOnlyDict(copy.deepcopy(dict(self.provenance))))
        shape = checked_shape(self.input_shape, "input_shape", most=MOST_UNITS)
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
        for connection in self.connections:
            _check_connection(connection, shapes)
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
            if type(stage).__name__ in NONLINEAR_STAGES
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
        an alpha synapse.

        Parameters
        ----------
        tau_s : float or None
            Time constant, in seconds.
        """
        if tau_s is None:
            return self

        def changed(connection: Connection) -> Connection:
            if connection.pre == "input":
                return connection
            kind = type(connection.synapse or nengo.Alpha(tau_s or 1.0))
            return dataclasses.replace(connection, synapse=kind(tau_s) if tau_s else None)

        return dataclasses.replace(self, connections=tuple(map(changed, self.connections)))

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
        """
        preprocessing, mean = self.preprocessing.to_arrays()
        arrays = {f"preprocessing/{k}": v for k, v in mean.items()}
        arrays["output/bias"] = self.output_bias
        header = {
            "name": self.name,
            "input_shape": list(self.input_shape),
            "populations": [_population_header(p, arrays) for p in self.populations],
            "connections": [
                _connection_header(c, f"connection{i}", arrays)
                for i, c in enumerate(self.connections)
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
                tuple(_population(p, groups) for p in header["populations"]),
                tuple(
                    _connection(c, groups.get(f"connection{i}", {}))
                    for i, c in enumerate(header["connections"])
                ),
                groups["output"]["bias"],
                header["initial_voltage"],
                Preprocessing.from_arrays(header["preprocessing"], groups.get("preprocessing", {})),
                tuple(header["classes"]),
                header["provenance"],
            )


def _check_start(neuron: nengo.neurons.NeuronType, where: str) -> None:
    """Simulators start membranes where the network says, and would leave this out."""
    start = (neuron.initial_state or {}).get("voltage")
    if start is not None and start not in (nengo.dists.Choice([0]), nengo.dists.Uniform(0, 1)):
        raise ValidationError(
            f"{where} neuron has initial_state voltage {start!r}; membranes start where "
            "SpikingModel(initial_voltage=...) says: 'zero' or 'uniform'"
        )


def _require_name(name: Any) -> None:
    if not isinstance(name, str) or not name or name in ("input", "output"):
        raise ValidationError(
            f"a population's name is {name!r}; expected some text other than 'input' and 'output'"
        )


def _check_connection(connection: Connection, shapes: Mapping[str, Shape]) -> None:
    where = f"connection {connection.pre!r} -> {connection.post!r}"
    for end, other in ((connection.pre, "output"), (connection.post, "input")):
        if end not in shapes:
            raise ValidationError(f"{where}: there is no population {end!r}")
        if end == other:
            raise ValidationError(f"{where}: expected from 'input' or a population, to 'output'")
    shape = shapes[connection.pre]
    for stage in connection.stages:
        if int(np.prod(stage.input_shape)) != int(np.prod(shape)):
            raise ValidationError(
                f"{where}: {type(stage).__name__} takes {stage.input_shape}, but gets {shape}"
            )
        shape = stage.output_shape
    if int(np.prod(shape)) != int(np.prod(shapes[connection.post])):
        raise ValidationError(
            f"{where}: ends in shape {shape}, but {connection.post!r} has {shapes[connection.post]}"
        )


def _population_header(population: Population, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    arrays[f"{population.name}/bias"] = population.bias
    return {
        "name": population.name,
        "shape": list(population.shape),
        "neuron": neuron_to_dict(population.neuron),
    }


def _population(header: Mapping[str, Any], groups: Mapping[str, Any]) -> Population:
    name = header["name"]
    neuron = neuron_from_dict(header["neuron"])
    return Population(name, tuple(header["shape"]), neuron, groups[name]["bias"])


def _connection_header(
    connection: Connection, key: str, arrays: dict[str, np.ndarray]
) -> dict[str, Any]:
    stages = []
    for i, stage in enumerate(connection.stages):
        stages.append({"type": type(stage).__name__, **stage.options()})
        arrays.update({f"{key}/{i}.{name}": getattr(stage, name) for name in stage.arrays})
    return {
        "pre": connection.pre,
        "post": connection.post,
        "stages": stages,
        "synapse": synapse_to_dict(connection.synapse),
    }


def _connection(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Connection:
    stages: list[Stage] = []
    for i, entry in enumerate(header["stages"]):
        kind = {**STAGE_TYPES, **NONLINEAR_STAGES}[entry["type"]]
        options = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
        del options["type"]
        options.update({name: arrays[f"{i}.{name}"] for name in kind.arrays})
        stages.append(kind(**options))
    synapse = synapse_from_dict(header["synapse"])
    return Connection(header["pre"], header["post"], tuple(stages), synapse)
