"""NIR graphs as spiking networks; see `nengo_lifdeep.exporters.nir` for what means what."""

from __future__ import annotations

import dataclasses
import os
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import nengo
import numpy as np

from ..compat.requirements import import_optional
from ..errors import ConversionError, ModelFileError, UnsupportedLayerError
from ..models import Connection, Population, SpikingModel
from .nir_stages import NirPath, follow, rows_last

__all__ = ["from_nir"]

#: bytes that a file may declare: this many times its own size (NIR compresses), or this much
_TIMES, _AT_LEAST = 1000, 2**28

_NEURONS = ("LIF", "CubaLIF", "IF")


def from_nir(
    graph: Any,
    *,
    dt: float | None = None,
    tau_ref: float = 0.0,
    classes: tuple[str, ...] = (),
) -> SpikingModel:
    """A spiking network from a NIR graph.

    Conv2d, Linear, Affine, Scale, Flatten, AvgPool2d and SumPool2d without padding, LI as a
    synapse, and LIF, CubaLIF or IF neurons from one Input to one Output; several edges into a
    node are a sum. Neurons of a layer must have equal parameters and reset to 0.

    Parameters
    ----------
    graph : path-like or nir.NIRGraph
        A file or a graph.
    dt : float, optional
        Step in seconds for which a spike is worth 1; by default what `to_nir` wrote, else 0.001.
    tau_ref : float
        Refractory period in seconds of LIF neurons that carry none (`to_nir` writes it with
        ``tau_ref="metadata"``).
    classes : tuple of str
        Names of the classes; numbers by default.

    Returns
    -------
    SpikingModel
        Takes images (row, column, channel), as everything here.

    Raises
    ------
    ModelFileError
        If a file is damaged, of another kind, or declares more than it can hold.
    UnsupportedLayerError
        If a node, or how nodes are connected, has no counterpart; it names the node.
    MissingDependencyError
        If `nir` is not installed (extra ``nir``).

    Examples
    --------
    >>> spiking = from_nir("network.nir")  # doctest: +SKIP
    """
    nir = import_optional("nir")
    if isinstance(graph, str | os.PathLike):
        graph = _read(Path(graph), nir)
    if not isinstance(graph, nir.NIRGraph):
        raise ModelFileError(f"{graph!r} is no NIR graph; expected a path or nir.NIRGraph")
    step = float(dt if dt is not None else graph.metadata.get("dt", 0.001))
    reader = _Reader(graph, step, tau_ref)
    populations, connections = [], []
    for name in reader.order:
        if type(graph.nodes[name]).__name__ in _NEURONS:
            population, into = reader.population(name)
            populations.append(population)
            connections += into
    into, bias = reader.output()
    connections += into
    named = classes or tuple(map(str, range(len(bias))))
    return SpikingModel(
        _text(graph.metadata.get("name", "nir")),
        reader.input_shape,
        tuple(populations),
        tuple(connections),
        bias,
        classes=named,
        provenance={"imported from": "NIR"},
    )


class _Reader:
    """A graph walked from its input to its output."""

    def __init__(self, graph: Any, dt: float, tau_ref: float) -> None:
        self.graph, self.dt, self.tau_ref = graph, dt, tau_ref
        sources: dict[str, list[str]] = {name: [] for name in graph.nodes}
        for pre, post in graph.edges:
            if pre not in sources or post not in sources:
                raise ModelFileError(f"edge {pre!r} -> {post!r} names a node that is not there")
            sources[post].append(pre)
        try:
            self.order = list(TopologicalSorter(sources).static_order())
        except CycleError as error:
            raise UnsupportedLayerError(
                f"nodes {' -> '.join(error.args[1])} form a loop; only feed-forward networks can "
                "be imported"
            ) from error
        self.sources = sources
        self.input = self._only("Input")
        self.last = self._only("Output")
        shape = tuple(int(n) for n in graph.nodes[self.input].input_type["input"])
        self.input_shape = rows_last(shape)
        #: shapes behind neurons and input, ours
        self.shapes: dict[str, tuple[int, ...]] = {self.input: self.input_shape}

    def population(self, name: str) -> tuple[Population, list[Connection]]:
        """A layer of neurons and what leads into it."""
        node = self.graph.nodes[name]
        kind = type(node).__name__
        tau_syn, w_in = None, 1.0
        if kind == "CubaLIF":
            tau_syn, w_in = _one(node.tau_syn, name, "tau_syn"), _one(node.w_in, name, "w_in")
        threshold = _one(node.v_threshold, name, "v_threshold")
        if np.any(np.asarray(node.v_reset)):
            raise UnsupportedLayerError(f"NIR node {name!r} ({kind}): v_reset is not 0")
        gain = _one(node.r, name, "r") * w_in / threshold
        paths = self._paths(name, tau_syn)
        shape = paths[0].shape
        bias = gain * _sum_of([path.bias for path in paths], shape)
        if kind != "IF":
            leak = np.asarray(node.v_leak, np.float32) / np.float32(threshold)
            bias = bias + _ours(np.broadcast_to(leak, _first(shape)), shape)
        neuron = self._neuron(node, kind, name)
        self.shapes[name] = shape
        connections = [self._connection(path, name, gain) for path in paths]
        return Population(name, shape, neuron, bias.astype(np.float32)), connections

    def output(self) -> tuple[list[Connection], np.ndarray]:
        """The read-out."""
        paths = self._paths(self.last, None)
        shape = paths[0].shape
        if len(shape) != 1:
            raise UnsupportedLayerError(f"the output has shape {shape}; expected (classes,)")
        if any(path.pre == self.input or not path.stages for path in paths):
            raise UnsupportedLayerError(
                "the output must hear neurons through weights: put a Linear or Affine in front"
            )
        bias = _sum_of([path.bias for path in paths], shape)
        return [self._connection(path, "output", 1.0) for path in paths], bias.astype(np.float32)

    def _paths(self, name: str, tau_syn: float | None) -> list[NirPath]:
        """All ways into a node, back to neurons or the image."""
        if not self.sources[name]:
            raise UnsupportedLayerError(f"NIR node {name!r} has no input")
        paths = [
            path
            for source in self.sources[name]
            for path in follow(self.graph, self.sources, source, self.shapes, _NEURONS)
        ]
        if tau_syn is not None:
            paths = [dataclasses.replace(path, taus=(*path.taus, tau_syn)) for path in paths]
        shapes = {path.shape for path in paths}
        if len(shapes) != 1:
            raise UnsupportedLayerError(f"NIR node {name!r}: adds shapes {sorted(shapes)}")
        return paths

    def _connection(self, path: NirPath, post: str, gain: float) -> Connection:
        on_image = path.pre == self.input
        if on_image and path.taus:
            raise UnsupportedLayerError(
                f"NIR node {post!r}: filters the image with time constants {path.taus}; only "
                "spikes are filtered here. Use LIF in the first layer"
            )
        factor = gain if on_image else gain * self.dt
        stages = (*path.stages[:-1], path.stages[-1].scaled(factor))
        pre = "input" if on_image else path.pre
        return Connection(pre, post, stages, _synapse(path.taus, post))

    def _neuron(self, node: Any, kind: str, name: str) -> nengo.neurons.NeuronType:
        if kind == "IF":
            return nengo.SpikingRectifiedLinear()
        tau = _one(node.tau_mem if kind == "CubaLIF" else node.tau, name, "tau")
        own = node.metadata.get("tau_ref")
        period = float(self.tau_ref if own is None else own)
        return nengo.LIF(tau_rc=_tidy(tau), tau_ref=period)

    def _only(self, kind: str) -> str:
        found = [n for n, node in self.graph.nodes.items() if type(node).__name__ == kind]
        if len(found) != 1:
            raise UnsupportedLayerError(f"the graph has {len(found)} nodes {kind}; expected one")
        return found[0]


def _synapse(taus: tuple[float, ...], post: str) -> nengo.synapses.Synapse | None:
    """One lowpass is a Lowpass, two equal ones are an Alpha."""
    if not taus:
        return None
    rounded = tuple(map(_tidy, taus))
    if len(rounded) == 1:
        return nengo.Lowpass(rounded[0])
    if len(rounded) == 2 and rounded[0] == rounded[1]:
        return nengo.Alpha(rounded[0])
    raise UnsupportedLayerError(
        f"NIR node {post!r}: leaky integrators of {rounded} s in a row; one (lowpass) or two equal "
        "ones (alpha) are known"
    )


def _tidy(seconds: float) -> float:
    """A time constant that went through float32."""
    return float(f"{seconds:.6g}")


def _one(values: Any, name: str, what: str) -> float:
    """A parameter that all neurons of a layer share."""
    flat = np.ravel(np.asarray(values, float))
    if flat.size == 0 or not np.allclose(flat, flat[0]) or not np.isfinite(flat[0]):
        raise UnsupportedLayerError(
            f"NIR node {name!r}: {what} differs between neurons ({flat.min(initial=0):g} to "
            f"{flat.max(initial=0):g}); one value per layer can be imported"
        )
    return float(flat[0])


def _sum_of(biases: list[np.ndarray | None], shape: tuple[int, ...]) -> np.ndarray:
    total = np.zeros(shape, np.float32)
    for bias in biases:
        if bias is not None:
            total = total + bias
    return total


def _first(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[2], *shape[:2]) if len(shape) == 3 else shape


def _ours(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return values.transpose(1, 2, 0) if len(shape) == 3 else values


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _read(path: Path, nir: Any) -> Any:
    h5py = import_optional("h5py")
    if not path.is_file():
        raise ModelFileError(f"there is no file {path}")
    declared = 0

    def visit(name: str, item: Any) -> None:
        nonlocal declared
        if isinstance(item, h5py.Dataset):
            if item.external:
                raise ModelFileError(f"{path}: {name} is in another file; save one whole file")
            declared += item.nbytes

    try:
        with h5py.File(path, "r") as file:
            file.visititems(visit)
        size = path.stat().st_size
        if declared > max(_TIMES * size, _AT_LEAST):
            raise ModelFileError(
                f"{path} declares {declared:,} bytes of content, and has {size:,}; it is damaged, "
                "or made to fill the memory"
            )
        return nir.read(path)
    except (ModelFileError, ConversionError):
        raise
    except Exception as error:  # h5py and nir raise many kinds
        raise ModelFileError(f"{path} is damaged, or no NIR file: {error}") from error
