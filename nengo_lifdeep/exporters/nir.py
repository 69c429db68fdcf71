"""A spiking network as a NIR graph, for simulators and chips of other families.

NIR (Pedersen et al. 2024, "Neuromorphic Intermediate Representation", Nature Communications 15)
describes neurons as differential equations and layers as arrays, images as (channel, row, column).

What Nengo and NIR say differently, and how it is said here:

* Nengo's spikes have the height ``1 / dt``, a spike read in NIR counts 1 for a step: weights behind
  neurons carry ``1 / dt``.
* A lowpass synapse is the current of a CubaLIF; an alpha synapse is a leaky integrator (LI) in
  front of one.
* A bias goes through the synapse of its layer in NIR. It has the same mean, and needs the synapse's
  time constant to arrive.
* NIR's neurons have no refractory period; see ``tau_ref``.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import nengo
import numpy as np

from ..compat.requirements import import_optional
from ..errors import ConversionError
from ..fanout import stage_matrix
from ..layers import Shape
from ..loihi.lowering import ungrouped
from ..models import Connection, Population, SpikingModel
from ..storage import write_atomically
from ..transforms import AveragePool, Convolution, DenseMatrix, Elementwise, Stage

__all__ = ["to_nir"]

#: pixels that a kernel may be widened by
_WIDEST = 8

#: largest matrix that locally connected weights may become
_LARGEST = 2**24


def to_nir(
    model: SpikingModel,
    path: str | os.PathLike[str] | None = None,
    *,
    tau_ref: str = "refuse",
    dt: float = 0.001,
) -> Any:
    """Export a spiking network as NIR.

    Parameters
    ----------
    model : SpikingModel
        What `convert` returned.
    path : path-like, optional
        File to write, atomically.
    tau_ref : {"refuse", "metadata"}
        NIR's LIF has no refractory period. ``"metadata"`` writes it beside each neuron, where
        `from_nir` finds it and others do not look: they fire ``1 / (1 - tau_ref r)`` times as fast
        at rate ``r``. A network with ``tau_ref=0`` needs neither.
    dt : float
        Step in seconds for which spikes are worth 1; run the graph with this step.

    Returns
    -------
    nir.NIRGraph

    Raises
    ------
    ConversionError
        If a neuron, a synapse or pooling over the border has no counterpart, membranes do not
        start at zero, or there is a refractory period and ``tau_ref="refuse"``.
    MissingDependencyError
        If `nir` is not installed (extra ``nir``).

    Examples
    --------
    >>> from nengo_lifdeep.convert import convert
    >>> from nengo_lifdeep.random_features import trained_example
    >>> graph = to_nir(convert(trained_example()[0]), tau_ref="metadata")  # doctest: +SKIP
    """
    nir = import_optional("nir")
    if tau_ref not in ("refuse", "metadata"):
        raise ConversionError(f"tau_ref is {tau_ref!r}; expected 'refuse' or 'metadata'")
    if model.initial_voltage != "zero":
        raise ConversionError(
            f"membranes start at {model.initial_voltage!r}; NIR knows none of that: convert with "
            "initial_voltage='zero'"
        )
    writer = _Writer(nir, model, dt)
    for population in model.populations:
        writer.population(population, tau_ref)
    writer.output()
    graph = nir.NIRGraph(
        nodes=writer.nodes,
        edges=writer.edges,
        metadata={"name": model.name, "dt": dt, "written_by": "nengo_lifdeep"},
    )
    if path is not None:
        write_atomically(Path(path), lambda file: nir.write(file, graph))
    return graph


def _channels_first(shape: Shape) -> tuple[int, ...]:
    return (shape[2], *shape[:2]) if len(shape) == 3 else tuple(shape)


class _Writer:
    """Nodes and edges, layer by layer."""

    def __init__(self, nir: Any, model: SpikingModel, dt: float) -> None:
        self.nir, self.model, self.dt = nir, model, dt
        shape = np.array(_channels_first(model.input_shape))
        self.nodes: dict[str, Any] = {"input": nir.Input({"input": shape})}
        self.edges: list[tuple[str, str]] = []
        self.shapes = {"input": model.input_shape, **{p.name: p.shape for p in model.populations}}

    def population(self, population: Population, tau_ref: str) -> None:
        """Neurons, and everything that leads into them."""
        into = [c for c in self.model.connections if c.post == population.name]
        synapses = {repr(c.synapse): c.synapse for c in into if c.pre != "input"}
        if len(synapses) > 1:
            raise ConversionError(
                f"{population.name}: synapses {', '.join(synapses)} meet; NIR's current has one "
                "time constant. Convert with one synapse"
            )
        synapse = next(iter(synapses.values()), None)
        if synapse is not None and any(c.pre == "input" for c in into):
            raise ConversionError(
                f"{population.name}: hears the image and filtered spikes; NIR's current has one "
                "time constant"
            )
        shape = _channels_first(population.shape)
        target = population.name
        if isinstance(synapse, nengo.Alpha):  # two equal lowpasses: one here, one in the neurons
            target = f"{population.name}_rise"
            self.nodes[target] = self._li(synapse.tau, shape)
            self.edges.append((target, population.name))
        bias = np.broadcast_to(population.bias, population.shape)
        able = [c for c in into if not isinstance(c.stages[-1], Elementwise)]
        for connection in into:  # the bias goes with one of them, which can have one
            self._path(connection, target, bias if connection is able[0] else None)
        self.nodes[population.name] = self._neurons(population, synapse, shape, tau_ref)

    def output(self) -> None:
        """The read-out, its synapse as leaky integrators."""
        model, shape = self.model, (self.model.n_classes,)
        (connection,) = [c for c in model.connections if c.post == "output"]
        last = "output"
        n = {nengo.Alpha: 2, nengo.Lowpass: 1}.get(type(connection.synapse), 0)
        for i in range(n):
            name = f"output_filter{n - i}"
            self.nodes[name] = self._li(connection.synapse.tau, shape)  # type: ignore[union-attr]
            self.edges.append((name, last))
            last = name
        self.nodes["output"] = self.nir.Output({"output": np.array(shape)})
        self._path(connection, last, model.output_bias)

    def _path(self, connection: Connection, target: str, bias: np.ndarray | None) -> None:
        """Stages from a population to ``target``."""
        before, shape = connection.pre, self.shapes[connection.pre]
        factor = 1.0 if connection.pre == "input" else 1 / self.dt
        stages = list(connection.stages)
        for i, stage in enumerate(stages):
            name = f"{connection.pre}_to_{connection.post}" + (f"_{i + 1}" if i else "")
            while name in self.nodes:  # a residual sum: a second way between the same two
                name += "_too"
            own = factor if i == len(stages) - 1 else 1.0
            added = bias if i == len(stages) - 1 else None
            before = self._stage(name, stage, before, shape, own, added)
            shape = stage.output_shape
        self.edges.append((before, target))

    def _stage(
        self,
        name: str,
        stage: Stage,
        before: str,
        shape: Shape,
        factor: float,
        bias: np.ndarray | None,
    ) -> str:
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
            node = self.nir.Scale(_image_first(weight * np.float32(factor)))
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
        if not isinstance(stage, DenseMatrix) and size > _LARGEST:
            raise ConversionError(
                f"{name}: {type(stage).__name__} would be a matrix of {size:,} weights in NIR; use "
                "Conv2D"
            )
        dense = isinstance(stage, DenseMatrix)
        matrix = stage.matrix if dense else stage_matrix(stage).toarray()  # type: ignore[attr-defined]
        matrix = _rows_first(matrix, shape)
        matrix = _rows_first(matrix.T, stage.output_shape).T
        if len(shape) == 3:
            flat = f"{name}_flatten"
            self.nodes[flat] = self.nir.Flatten(
                {"input": np.array(_channels_first(shape))}, start_dim=0, end_dim=-1
            )
            self.edges.append((before, flat))
            before = flat
        weight = np.ascontiguousarray((matrix * factor).T, dtype=np.float32)
        if bias is None:
            self.nodes[name] = self.nir.Linear(weight)
        else:
            flat_bias = _image_first(np.broadcast_to(bias, stage.output_shape)).ravel()
            self.nodes[name] = self.nir.Affine(weight, flat_bias.astype(np.float32))
        self.edges.append((before, name))
        if len(stage.output_shape) == 3:
            raise ConversionError(
                f"{name}: {type(stage).__name__} gives an image; NIR's matrices give flat layers. "
                "Use Conv2D"
            )
        return name

    def _neurons(
        self, population: Population, synapse: Any, shape: tuple[int, ...], tau_ref: str
    ) -> Any:
        neuron: Any = population.neuron
        one, zero = np.ones(shape, np.float32), np.zeros(shape, np.float32)
        kind = type(neuron).__name__
        if kind == "LIF":
            metadata = {}
            if neuron.tau_ref > 0:
                if tau_ref == "refuse":
                    raise ConversionError(
                        f"{population.name}: refractory period {neuron.tau_ref} s; NIR's LIF has "
                        "none. tau_ref='metadata' writes it beside the neuron"
                    )
                metadata = {"tau_ref": float(neuron.tau_ref)}
            tau = np.full(shape, neuron.tau_rc, np.float32)
            if synapse is None:
                return self.nir.LIF(tau, one, zero, one, zero, metadata=metadata)
            syn = np.full(shape, synapse.tau, np.float32)
            return self.nir.CubaLIF(syn, tau, one, zero, one, zero, one, metadata=metadata)
        if kind == "SpikingRectifiedLinear" and synapse is None:
            return self.nir.IF(one, one, zero, metadata={"reset": "subtract"})
        raise ConversionError(
            f"{population.name}: {neuron!r} with synapse {synapse!r} has no counterpart in NIR; "
            "LIF with any synapse, and integrate-and-fire without one have"
        )

    def _li(self, tau: float, shape: tuple[int, ...]) -> Any:
        one = np.ones(shape, np.float32)
        return self.nir.LI(tau * one, one, 0 * one)


def symmetric(stage: Convolution) -> tuple[np.ndarray, tuple[int, int]]:
    """A square kernel, and padding that is the same in front and behind; zeros in it do that.

    NIR's own inference of shapes takes a kernel's rows for its columns too.

    Raises
    ------
    ConversionError
        If no such kernel exists.
    """
    axes = list(
        zip(stage.geometry(), stage.input_shape[:2], stage.window, stage.strides, strict=True)
    )
    for side in range(max(stage.window), max(stage.window) + _WIDEST):
        found = [_widening(*axis, side) for axis in axes]
        if None not in found:
            (row_pad, rows), (col_pad, cols) = (each for each in found if each is not None)
            return np.pad(stage.kernel, [rows, cols, (0, 0), (0, 0)]), (row_pad, col_pad)
    raise ConversionError(f"padding of {stage.window} every {stage.strides} has no twin in NIR")


def _widening(
    geometry: tuple[int, int], size: int, kernel: int, stride: int, side: int
) -> tuple[int, tuple[int, int]] | None:
    """Padding of an axis, and zeros in front of and behind its kernel, for a kernel of ``side``."""
    length, before = geometry
    for pad in range(before, before + side - kernel + 1):
        front = pad - before
        if (size + 2 * pad - side) // stride + 1 == length:
            return pad, (front, side - kernel - front)
    return None


def _image_first(values: np.ndarray) -> np.ndarray:
    """(row, column, channel) to (channel, row, column)."""
    moved = values.transpose(2, 0, 1) if values.ndim == 3 else values
    return np.ascontiguousarray(moved, dtype=np.float32)


def _rows_first(matrix: np.ndarray, shape: Shape) -> np.ndarray:
    """Rows of a matrix, which are the pixels of an image, in the order of channels first."""
    if len(shape) != 3:
        return matrix
    image = np.asarray(matrix).reshape(*shape, -1)
    return image.transpose(2, 0, 1, 3).reshape(math.prod(shape), -1)
