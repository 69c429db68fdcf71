"""Walk a NIR graph from its input to its output: populations and their connections."""

from __future__ import annotations

import dataclasses
import math
from graphlib import CycleError, TopologicalSorter
from typing import Any

import nengo
import numpy as np

from ...errors import ModelFileError, UnsupportedLayerError
from ...models import Connection, Population
from ...stages.types import AveragePool, Elementwise, SparseMatrix
from .gains import with_gain
from .loops import cut_loops
from .neurons import NEURONS, read_neurons
from .path import NirPath, check_declared, further, numbers
from .reading import Reading, tidy
from .shapes import input_shape
from .stages import STEPS, step

__all__ = ["NirGraphReader"]

#: linear ways into one node; forks and sums without neurons between multiply them
_MOST_PATHS = 64


class NirGraphReader:
    """Reads all of a graph; nothing in it is left out silently.

    Parameters
    ----------
    nodes : dict of str to nir.NIRNode
        As `flat_graph` gives them.
    edges : list of (str, str)
        From node to node.
    reading : Reading
        How the graph is read.

    Attributes
    ----------
    input_shape : tuple of int
        ``(row, column, channel)``; a flat input is one pixel of many channels.
    populations : list of Population
    connections : list of Connection
    output_bias : (classes,) array
    first_scale : array or None
        What Scale nodes at the very input multiply pixels by; None without.

    Raises
    ------
    ModelFileError, UnsupportedLayerError
        As `nengo_lifdeep.importers.nir.model.from_nir`.
    """

    def __init__(
        self, nodes: dict[str, Any], edges: list[tuple[str, str]], reading: Reading
    ) -> None:
        self.nodes, self.reading = nodes, reading
        heard: dict[str, list[str]] = {name: [] for name in nodes}
        for before, after in edges:
            heard[after].append(before)
        neurons = [name for name, node in nodes.items() if type(node).__name__ in NEURONS]
        self.sources, self.back = cut_loops(heard, neurons)
        self.input, self.last = self._only("Input"), self._only("Output")
        hearing = [nodes[name] for name, heard in self.sources.items() if self.input in heard]
        shape = input_shape(nodes[self.input], hearing, self._where(self.input))
        self.input_shape = shape if len(shape) == 3 else (1, 1, *shape)
        self.populations: list[Population] = []
        self.connections: list[Connection] = []
        paths = {self.input: [NirPath("input", shape)]}
        for name in self._order():
            if name == self.input:
                continue
            into = self._into(name, paths)
            if type(nodes[name]).__name__ in NEURONS:
                paths[name] = [self._population(name, into)]
            elif name == self.last:
                self.output_bias = self._output(into)
            else:
                paths[name] = step(nodes[name], into, self._where(name))

    @property
    def first_scale(self) -> np.ndarray | None:
        """Product of the Scale nodes that alone hear the image, a Flatten between or not."""
        name, product = self.input, None
        while True:
            after = [other for other, sources in self.sources.items() if name in sources]
            if len(after) != 1 or len(self.sources[after[0]]) != 1:
                return product
            name, node = after[0], self.nodes[after[0]]
            if type(node).__name__ == "Scale":
                factors = np.ravel(numbers(node.scale, self._where(name), "scale"))
                product = factors if product is None else product * factors
            elif type(node).__name__ != "Flatten":
                return product

    def _where(self, name: str) -> str:
        return f"NIR node {name!r} ({type(self.nodes[name]).__name__})"

    def _only(self, kind: str) -> str:
        found = [n for n, node in self.nodes.items() if type(node).__name__ == kind]
        if len(found) != 1:
            raise UnsupportedLayerError(
                f"the graph has {len(found)} nodes {kind}, expected one; export networks one by one"
            )
        return found[0]

    def _order(self) -> list[str]:
        """Nodes, those that others hear first; every one of them must lead to the output."""
        for name, node in self.nodes.items():
            kind = type(node).__name__
            if kind not in (*STEPS, *NEURONS, "Input", "Output"):
                raise UnsupportedLayerError(
                    f"{self._where(name)} cannot be imported; known are {', '.join(STEPS)} and "
                    f"{', '.join(NEURONS)}"
                )
        try:
            order = list(TopologicalSorter(self.sources).static_order())
        except CycleError as error:
            raise UnsupportedLayerError(
                f"nodes {' -> '.join(error.args[1])} form a loop; only neurons that drive "
                "themselves can be imported, as in larger loops a file does not say which "
                "connection comes a step later"
            ) from error
        heard, waiting = {self.last}, [self.last]
        while waiting:
            name = waiting.pop()
            new = {*self.sources[name], *self.back.get(name, [])} - heard
            heard |= new
            waiting += new
        unheard = sorted(set(order) - heard)
        if unheard:
            raise UnsupportedLayerError(
                f"nodes {', '.join(map(repr, unheard))} lead to no output; remove or connect them"
            )
        return order

    def _into(self, name: str, paths: dict[str, list[NirPath]]) -> list[NirPath]:
        """All ways into a node, back to neurons or the image."""
        into = [path for source in self.sources[name] for path in paths[source]]
        if not into:
            raise UnsupportedLayerError(f"{self._where(name)}: has no input; connect or remove it")
        if len(into) > _MOST_PATHS:
            raise UnsupportedLayerError(
                f"{self._where(name)}: more than {_MOST_PATHS} ways lead to it from earlier "
                "neurons; merge linear nodes"
            )
        if len({(path.shape, path.flattened) for path in into}) != 1:
            shapes = [f"{path.shape}{' flattened' * path.flattened}" for path in into]
            raise ModelFileError(
                f"{self._where(name)}: adds shapes {' and '.join(shapes)}; expected one"
            )
        return into

    def _population(self, name: str, into: list[NirPath]) -> NirPath:
        """Adds a layer of neurons and what leads into it; returns the way that starts there."""
        where, path = self._where(name), into[0]
        read = read_neurons(self.nodes[name], path, where, self.reading)
        if self.reading.source is not None and any(p.taus for p in into):
            raise UnsupportedLayerError(
                f"{where}: a leaky integrator (LI) before neurons acts a step later here than in "
                f"{self.reading.source.title}; use CubaLIF, or import without source="
            )
        source = self.reading.source
        filters = type(self.nodes[name]).__name__ == "CubaLIF"
        if source is not None and source.loses and self.reading.reset == "zero":
            if filters or name in self.back:
                raise UnsupportedLayerError(
                    f"{where}: {source.title}'s neurons with a filter, or that drive themselves, "
                    "lose the input of the step after a spike with reset_mechanism='zero'; only "
                    "those with reset_delay=False are known: reset='zero at once'"
                )
        own = f"{name}_neurons" if name in ("input", "output") else name
        start = NirPath(own, path.shape, flattened=path.flattened)
        back = self._from_itself(name, start, path)
        bias = np.zeros(path.shape, np.float32) + read.bias
        for each in (*into, *back):
            if each.bias is not None:
                bias = bias + read.gain * each.bias
        first = bias.reshape(-1, path.shape[-1])[0]
        if (bias == first).all():  # one for each channel
            bias = first
        self.populations.append(Population(own, path.shape, read.neuron, bias.astype(np.float32)))
        for each in (*into, *back):
            each = dataclasses.replace(each, taus=(*each.taus, *read.taus))
            self.connections.append(self._connection(each, own, read.gain, where))
        return start

    def _from_itself(self, name: str, start: NirPath, into: NirPath) -> list[NirPath]:
        """The ways from neurons back to themselves."""
        paths = {name: [start]}

        def leading_to(node: str) -> list[NirPath]:
            if node not in paths:
                before = [path for each in self.sources[node] for path in leading_to(each)]
                paths[node] = step(self.nodes[node], before, self._where(node))
            return paths[node]

        found = [path for node in self.back.get(name, []) for path in leading_to(node)]
        for path in found:
            if (path.shape, path.flattened) != (into.shape, into.flattened):
                raise ModelFileError(
                    f"{self._where(name)}: hears {into.shape} from others, and {path.shape} from "
                    "itself; expected one shape"
                )
        return found

    def _output(self, into: list[NirPath]) -> np.ndarray:
        """Adds the read-out, which passes spikes on where there are no weights; returns its bias.

        Images are read out in the order of NIR where they were flattened, else with channels last.
        """
        where = self._where(self.last)
        if any(p.pre == "input" for p in into):
            raise UnsupportedLayerError(
                f"{where}: hears the image; the output must hear neurons, through weights or not"
            )
        if into[0].flattened and math.prod(into[0].shape) > max(into[0].shape):
            into = [_channels_first(p) for p in into]
        one = np.ones(1, np.float32)
        self.connections += [self._connection(p, "output", one, where) for p in into]
        shape, node = into[0].shape, self.nodes[self.last]
        declared = (node.output_type or node.input_type or {}).values()
        check_declared(next(iter(declared), None), math.prod(shape), where, "the output")
        total = np.zeros(math.prod(shape), np.float32)
        for each in into:
            if each.bias is not None:
                total = total + np.broadcast_to(each.bias, shape).ravel()
        return total.astype(np.float32)

    def _connection(self, path: NirPath, post: str, gain: np.ndarray, where: str) -> Connection:
        on_image = path.pre == "input"
        if on_image and path.taus:
            raise UnsupportedLayerError(
                f"{where}: filters the image with time constants {path.taus} s; only spikes are "
                "filtered here, unless source= says whose steps to take. Use LIF in the first layer"
            )
        later = path.pre == post  # of itself neurons hear the step before
        taus = tuple(self.reading.seconds(t, where, "tau of the synapse") for t in path.taus)
        if not path.stages or isinstance(path.stages[-1], AveragePool):
            path = further(path, Elementwise(path.shape, np.ones(path.shape[-1], np.float32)))
        factor = 1.0 if on_image else self.reading.dt  # a spike is 1 there, 1 / dt here
        stages = with_gain(path.stages, gain * np.float32(factor), where)
        synapse = _synapse(taus, where)
        if later and synapse is None:
            synapse = nengo.Lowpass(0.0)  # nothing but a step of delay, in Nengo
        return Connection(path.pre, post, stages, synapse)


def _channels_first(path: NirPath) -> NirPath:
    """The same values in the order in which NIR flattens them."""
    order = np.arange(math.prod(path.shape)).reshape(path.shape).transpose(2, 0, 1).ravel()
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    ones = np.ones(order.size, np.float32)
    starts = np.arange(order.size + 1)
    return further(path, SparseMatrix(path.shape, (order.size,), starts, place, ones))


def _synapse(taus: tuple[float, ...], where: str) -> nengo.synapses.Synapse | None:
    """One lowpass is a Lowpass, two equal ones are an Alpha."""
    rounded = tuple(map(tidy, taus))
    if not rounded:
        return None
    if len(rounded) == 1:
        return nengo.Lowpass(rounded[0])
    if len(rounded) == 2 and rounded[0] == rounded[1]:
        return nengo.Alpha(rounded[0])
    raise UnsupportedLayerError(
        f"{where}: leaky integrators of {rounded} s in a row; one (lowpass) or two equal ones "
        "(alpha) are known"
    )
