"""The nodes and edges of a NIR graph, layer by layer of a spiking network."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import nengo
import numpy as np

from ...errors import ConversionError
from ...layers.types import Shape
from ...models import Connection, Population, SpikingModel
from ...neurons.synapses import require_plain
from ...stages.grouping import ungrouped
from ...stages.types import (
    AveragePool,
    Convolution,
    DenseMatrix,
    Elementwise,
    SparseMatrix,
    Stage,
)
from .layout import channels_first, image_first, rows_first, symmetric
from .neurons import leaky_integrator, nir_neurons
from .stages import LARGEST, with_nodes
from .targets import Target

__all__ = ["NirWriter"]


class NirWriter:
    """Nodes and edges, layer by layer.

    Parameters
    ----------
    nir : module
        The package ``nir``.
    model : SpikingModel
        The spiking network.
    dt : float
        Time step, in seconds.
    target : Target, optional
        Who shall read it; None for all that NIR can say.
    """

    def __init__(
        self, nir: Any, model: SpikingModel, dt: float, target: Target | None = None
    ) -> None:
        for each in model.connections:
            if each.pre == each.post and target is not None:
                raise ConversionError(
                    f"{each.pre} drives itself; {target.title} reads such neurons in a form of "
                    "its own: export without target="
                )
        connections = tuple(map(with_nodes, map(_undelayed, model.connections)))
        self.model = model = dataclasses.replace(model, connections=connections)
        self.nir, self.dt, self.target = nir, dt, target
        self.flat = target is not None and target.flattens(model)
        shape = np.array(channels_first(model.input_shape))
        for c in model.connections:
            where = f"connection {c.pre!r} -> {c.post!r}"
            require_plain(c.synapse, where, "for which NIR has no node")
        self.nodes: dict[str, Any] = {"input": nir.Input({"input": shape})}
        self.edges: list[tuple[str, str]] = []
        self.shapes = {"input": model.input_shape, **{p.name: p.shape for p in model.populations}}
        for p in model.populations:
            _require_a_name(p.name)

    def population(self, population: Population, tau_ref: str) -> None:
        """Neurons, and everything that leads into them.

        Parameters
        ----------
        population : Population
            The population.
        tau_ref : "refuse" or "metadata"
            What happens to refractory periods, as in `to_nir`.
        """
        into = [c for c in self.model.connections if c.post == population.name]
        synapses = {repr(c.synapse): c.synapse for c in into if c.pre != "input" or c.synapse}
        if len(synapses) > 1:
            raise ConversionError(
                f"{population.name}: synapses {', '.join(synapses)} meet; NIR's current has one "
                "time constant. Convert with one synapse"
            )
        synapse = next(iter(synapses.values()), None)
        if synapse is not None and any(c.synapse is None for c in into):
            raise ConversionError(
                f"{population.name}: hears the image and filtered spikes; NIR's current has one "
                "time constant"
            )
        shape = channels_first(population.shape)
        shape = (math.prod(shape),) if self.flat else shape
        target = population.name
        gain = 1.0 if self.target is None else self.target.gain(population, self.dt)
        if (
            isinstance(synapse, nengo.Alpha) and self.target is None
        ):  # two equal lowpasses: one here, one in the neurons
            target = self._free(f"{population.name}_rise")
            self.nodes[target] = leaky_integrator(self.nir, synapse.tau, shape)
            self.edges.append((target, population.name))
        bias = np.broadcast_to(population.bias, population.shape)
        able = [c for c in into if not isinstance(c.stages[-1], Elementwise)]
        if not able and np.any(bias):  # a one-to-one connection has no bias in NIR
            into[0] = _as_weights(into[0])
            able = into
        for connection in into:  # the bias goes with one of them, which can have one
            self._path(connection, target, bias if connection in able[:1] else None, gain)
        self.nodes[population.name] = (
            nir_neurons(self.nir, population, synapse, shape, tau_ref)
            if self.target is None
            else self.target.neurons(self.nir, population, synapse, shape, self.dt)
        )

    def output(self) -> None:
        """The read-out, its synapse as leaky integrators; nothing where it passes spikes on."""
        model, shape = self.model, (self.model.n_classes,)
        connection, *others = [c for c in model.connections if c.post == "output"]
        self.nodes["output"] = self.nir.Output({"output": np.array(shape)})
        if not others and self._passes_on(connection):
            self.edges.append((connection.pre, "output"))
            return
        if any(c.synapse != connection.synapse for c in others):
            raise ConversionError(
                "output: several synapses meet; NIR's current has one time constant. Convert with "
                "one synapse"
            )
        last = "output"
        n = (
            0
            if self.target is not None
            else {nengo.Alpha: 2, nengo.Lowpass: 1}.get(type(connection.synapse), 0)
        )
        for i in range(n):
            name = self._free(f"output_filter{n - i}")
            self.nodes[name] = leaky_integrator(self.nir, connection.synapse.tau, shape)  # type: ignore[union-attr]
            self.edges.append((name, last))
            last = name
        for c in (connection, *others):
            self._path(c, last, model.output_bias if c is connection else None)

    def _passes_on(self, connection: Connection) -> bool:
        """Whether the outputs are the spikes of flat neurons, 1 in the step of each."""
        (*front, last), bias = connection.stages, self.model.output_bias
        return (
            isinstance(last, Elementwise)
            and not front
            and len(last.input_shape) == 1
            and connection.synapse is None
            and not np.any(bias)
            and np.allclose(last.weight / self.dt, 1, rtol=1e-5)
        )

    def _path(
        self, connection: Connection, target: str, bias: np.ndarray | None, gain: float = 1.0
    ) -> None:
        """Stages from a population to ``target``, and a factor on all of them."""
        before, shape = connection.pre, self.shapes[connection.pre]
        factor = gain if connection.pre == "input" else gain / self.dt
        bias = bias if bias is None or gain == 1 else np.float32(gain) * bias
        stages = list(connection.stages)
        for i, stage in enumerate(stages):
            name = f"{connection.pre}_to_{connection.post}" + (f"_{i + 1}" if i else "")
            name = self._free(name)  # a residual sum is a second way between the same two
            own = factor if i == len(stages) - 1 else 1.0
            added = bias if i == len(stages) - 1 else None
            before = self._stage(name, self._readable(stage, target), before, shape, own, added)
            shape = stage.output_shape
        self.edges.append((before, target))

    def _free(self, name: str) -> str:
        """A name that no node has, nor neurons that are not there yet."""
        while name in self.nodes or name in self.shapes or name == "output":
            name += "_too"
        return name

    def _readable(self, stage: Stage, to: str) -> Stage:
        """The same map, by a stage that the target reads."""
        flat = len(stage.input_shape) == 1
        if isinstance(stage, Elementwise) and to.startswith("output") and not flat:
            matrix = stage.to_matrix()  # outputs are flat
            return SparseMatrix.of(matrix, stage.input_shape, (matrix.shape[1],))
        if self.target is None:
            return stage
        if isinstance(stage, Elementwise):
            return _weights(stage)
        if isinstance(stage, AveragePool) and not (self.target.pools or stage.is_clipped):
            channels = stage.input_shape[2]
            mean = np.full((*stage.pool_size, 1, channels), 1 / math.prod(stage.pool_size), "f4")
            return Convolution(stage.input_shape, stage.strides, "valid", channels, mean)
        return stage

    def _stage(
        self,
        name: str,
        stage: Stage,
        before: str,
        shape: Shape,
        factor: float,
        bias: np.ndarray | None,
    ) -> str:
        if self.flat:
            return self._matrix(name, stage, before, shape, factor, bias)
        if isinstance(stage, AveragePool):
            if stage.is_clipped:
                raise ConversionError(
                    f"{name}: pooling reaches over the border, where NIR counts zeros; use "
                    "padding='valid'"
                )
            node = self.nir.AvgPool2d(
                np.array(stage.pool_size), np.array(stage.strides), np.array((0, 0))
            )
        elif isinstance(stage, Convolution):
            node = self._conv(name, stage, factor, bias)
        elif isinstance(stage, Elementwise) and bias is None:
            weight = np.broadcast_to(stage.weight, stage.input_shape)
            node = self.nir.Scale(image_first(weight * np.float32(factor)))
        else:
            return self._matrix(name, stage, before, shape, factor, bias)
        self.nodes[name] = node
        self.edges.append((before, name))
        return name

    def _conv(self, name: str, stage: Convolution, factor: float, bias: np.ndarray | None) -> Any:
        stage = ungrouped(stage)  # NIR's own shapes forget groups
        kernel, pads = symmetric(stage)
        filters = stage.kernel.shape[3]
        values: np.ndarray = np.zeros(filters, np.float32)
        if bias is not None:
            flat = np.asarray(bias).reshape(-1, filters)
            if not np.all(flat == flat[0]):
                raise ConversionError(f"{name}: biases differ within a channel; NIR has one each")
            values = flat[0].astype(np.float32)
        return self.nir.Conv2d(
            input_shape=tuple(stage.input_shape[:2]),
            weight=(kernel * np.float32(factor)).transpose(3, 2, 0, 1),
            stride=tuple(stage.strides),
            padding=pads,
            dilation=(1, 1),
            groups=1,
            bias=values,
        )

    def _matrix(
        self,
        name: str,
        stage: Stage,
        before: str,
        shape: Shape,
        factor: float,
        bias: np.ndarray | None,
    ) -> str:
        """Any other stage as one matrix over the flattened image."""
        size = math.prod(stage.input_shape) * math.prod(stage.output_shape)
        if not isinstance(stage, DenseMatrix) and size > LARGEST:
            raise ConversionError(
                f"{name}: {type(stage).__name__} would be a matrix of {size:,} weights in NIR; "
                + ("this target reads LIF of flat layers only" if self.flat else "use Conv2D")
            )
        dense = isinstance(stage, DenseMatrix)
        matrix = stage.matrix if dense else stage.to_matrix().toarray()  # type: ignore[attr-defined]
        matrix = rows_first(matrix, shape)
        matrix = rows_first(matrix.T, stage.output_shape).T
        if len(shape) == 3 and (not self.flat or before == "input"):
            flat = self._free(f"{name}_flatten")
            self.nodes[flat] = self.nir.Flatten(
                {"input": np.array(channels_first(shape))}, start_dim=0, end_dim=-1
            )
            self.edges.append((before, flat))
            before = flat
        weight = np.ascontiguousarray((matrix * factor).T, dtype=np.float32)
        if bias is None and (self.target is None or self.target.linear):
            self.nodes[name] = self.nir.Linear(weight)
        else:
            bias = np.zeros(1, np.float32) if bias is None else bias
            flat_bias = image_first(np.broadcast_to(bias, stage.output_shape)).ravel()
            self.nodes[name] = self.nir.Affine(weight, flat_bias.astype(np.float32))
        self.edges.append((before, name))
        if len(stage.output_shape) == 3 and not self.flat:
            raise ConversionError(
                f"{name}: {type(stage).__name__} gives an image; NIR's matrices give flat layers. "
                "Use Conv2D"
            )
        return name


def _require_a_name(name: str) -> None:
    """A name of neurons that a file of NIR, where it is that of a group of HDF5, can hold."""
    try:
        name.encode()
        fits = name not in ("", ".") and not set("/\0") & set(name)
    except UnicodeEncodeError:  # halves of characters
        fits = False
    if not fits:
        raise ConversionError(
            f"population {name!r} has a name that files of NIR cannot hold ('/' makes groups in "
            "groups); rename it, in the network's connections too"
        )


def _undelayed(connection: Connection) -> Connection:
    """Of themselves neurons hear the step before: NIR says it by the loop alone."""
    if connection.pre == connection.post and connection.synapse == nengo.Lowpass(0.0):
        return dataclasses.replace(connection, synapse=None)
    return connection


def _as_weights(connection: Connection) -> Connection:
    """A one-to-one connection as weights that may carry a bias."""
    *front, last = connection.stages
    assert isinstance(last, Elementwise)
    return dataclasses.replace(connection, stages=(*front, _weights(last)))


def _weights(stage: Elementwise) -> Stage:
    """One to one, as a matrix or a convolution of single pixels."""
    weight = np.broadcast_to(stage.weight, stage.input_shape[-1:]).astype(np.float32)
    if len(stage.input_shape) == 3:
        return Convolution(stage.input_shape, (1, 1), "valid", 1, np.diag(weight)[None, None])
    return DenseMatrix(stage.input_shape, np.diag(weight))
