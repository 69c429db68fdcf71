"""Walk a NIR graph from its input to its output: populations and their connections."""

from __future__ import annotations

import dataclasses
import math
from graphlib import CycleError, TopologicalSorter
from typing import Any

import nengo
import numpy as np

from ...errors import ModelFileError, UnsupportedLayerError, ValidationError
from ...models import Connection, Population
from ...stages.types import AveragePool, Elementwise
from ...support.time_units import FINEST, LONGEST
from .path import NirPath, further, in_place, numbers, rows_last
from .stages import STEPS, step
from .units import other_unit, refuse_other_step

__all__ = ["NirGraphReader"]

_NEURONS = ("LIF", "CubaLIF", "IF")

#: linear ways into one node; forks and sums without neurons between multiply them
_MOST_PATHS = 64


class NirGraphReader:
    """Reads all of a graph; nothing in it is left out silently.

    Parameters
    ----------
    graph : nir.NIRGraph
    dt : float
        Step in seconds for which a spike is worth 1.
    tau_ref, min_voltage : float
        Of LIF neurons that carry none, in seconds and in thresholds.
    certain : bool
        Whether the step was given, by the user or in the file; otherwise times that may be in other
        units are refused.

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
        self, graph: Any, dt: float, tau_ref: float, min_voltage: float, certain: bool = True
    ) -> None:
        if not (math.isfinite(tau_ref) and tau_ref >= 0 and min_voltage <= 0):
            raise ValidationError(
                f"tau_ref is {tau_ref} s and min_voltage {min_voltage}; expected at least 0 s, and "
                "0 or less"
            )
        self.graph, self.dt, self.tau_ref, self.min_voltage = graph, dt, tau_ref, min_voltage
        self.certain = certain
        self.sources = _sources(graph)
        self.input, self.last = self._only("Input"), self._only("Output")
        shape = self._input_shape()
        self.input_shape = shape if len(shape) == 3 else (1, 1, *shape)
        if not certain:
            refuse_other_step(graph, dt)
        self.populations: list[Population] = []
        self.connections: list[Connection] = []
        paths = {self.input: [NirPath("input", shape)]}
        for name in self._order():
            kind = type(graph.nodes[name]).__name__
            if name == self.input:
                continue
            into = self._into(name, paths)
            if kind in _NEURONS:
                paths[name] = [self._population(name, kind, into)]
            elif name == self.last:
                self.output_bias = self._output(into)
            else:
                paths[name] = step(graph.nodes[name], into, self._where(name))

    @property
    def first_scale(self) -> np.ndarray | None:
        """Product of the Scale nodes that alone hear the image, a Flatten between or not."""
        name, product = self.input, None
        while True:
            behind = [other for other, sources in self.sources.items() if name in sources]
            if len(behind) != 1 or len(self.sources[behind[0]]) != 1:
                return product
            name, node = behind[0], self.graph.nodes[behind[0]]
            if type(node).__name__ == "Scale":
                factors = np.ravel(numbers(node.scale, self._where(name), "scale"))
                product = factors if product is None else product * factors
            elif type(node).__name__ != "Flatten":
                return product

    def _where(self, name: str) -> str:
        return f"NIR node {name!r} ({type(self.graph.nodes[name]).__name__})"

    def _only(self, kind: str) -> str:
        found = [n for n, node in self.graph.nodes.items() if type(node).__name__ == kind]
        if len(found) != 1:
            raise UnsupportedLayerError(
                f"the graph has {len(found)} nodes {kind}, expected one; export networks one by one"
            )
        return found[0]

    def _input_shape(self) -> tuple[int, ...]:
        declared = (self.graph.nodes[self.input].input_type or {}).get("input")
        shape = np.ravel(np.asarray(declared))
        if shape.dtype.kind not in "iu" or shape.size not in (1, 3) or np.any(shape < 1):
            raise UnsupportedLayerError(
                f"{self._where(self.input)}: shape is {declared!r}; expected (unit,) or (channel, "
                "row, column), without batch and time"
            )
        return rows_last(tuple(int(n) for n in shape))

    def _order(self) -> list[str]:
        """Nodes, those that others hear first; every one of them must lead to the output."""
        for name, node in self.graph.nodes.items():
            kind = type(node).__name__
            if kind not in (*STEPS, *_NEURONS, "Input", "Output"):
                raise UnsupportedLayerError(
                    f"{self._where(name)} cannot be imported; known are {', '.join(STEPS)} and "
                    f"{', '.join(_NEURONS)}"
                )
        try:
            order = list(TopologicalSorter(self.sources).static_order())
        except CycleError as error:
            raise UnsupportedLayerError(
                f"nodes {' -> '.join(error.args[1])} form a loop; only feed-forward networks can "
                "be imported"
            ) from error
        heard, waiting = {self.last}, [self.last]
        while waiting:
            new = set(self.sources[waiting.pop()]) - heard
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

    def _population(self, name: str, kind: str, into: list[NirPath]) -> NirPath:
        """Adds a layer of neurons and what leads into it; returns the way that starts there."""
        node, where, path = self.graph.nodes[name], self._where(name), into[0]

        def one(what: str, positive: bool = False) -> float:
            values = numbers(getattr(node, what), where, what)
            return _shared(in_place(values, path, where, what), where, what, positive)

        threshold = one("v_threshold", positive=True)
        if one("v_reset") != 0:
            raise UnsupportedLayerError(
                f"{where}: v_reset is not 0; only a reset to 0 is known, so train with one"
            )
        gain = one("r") / threshold
        if kind == "CubaLIF":
            gain *= one("w_in")
            tau = self._seconds(one("tau_syn", positive=True), where, "tau_syn")
            into = [dataclasses.replace(p, taus=(*p.taus, tau)) for p in into]
        bias = np.zeros(path.shape[-1:], np.float32)
        for each in into:
            if each.bias is not None:
                bias = bias + np.float32(gain) * each.bias
        neuron: nengo.neurons.NeuronType = nengo.SpikingRectifiedLinear()
        if kind != "IF":
            leak = in_place(numbers(node.v_leak, where, "v_leak"), path, where, "v_leak")
            if np.any(leak):
                bias = bias + leak / np.float32(threshold)
            named = "tau_mem" if kind == "CubaLIF" else "tau"
            tau_rc = self._seconds(one(named, positive=True), where, named)
            neuron = self._lif(node, where, tau_rc, threshold)
        own = f"{name}_neurons" if name in ("input", "output") else name
        self.populations.append(Population(own, path.shape, neuron, bias.astype(np.float32)))
        self.connections += [self._connection(p, own, gain, where) for p in into]
        return NirPath(own, path.shape, flattened=path.flattened)

    def _seconds(self, tau: float, where: str, what: str) -> float:
        """The time constant; refused if the file's are not in seconds.

        Files that `to_nir` wrote are believed down to what simulators run: rates may be scaled.
        """
        metadata = self.graph.metadata if isinstance(self.graph.metadata, dict) else {}
        own = "nengo_lifdeep" in metadata
        # 1e-6: constants come in float32
        shortest = (FINEST if own else 1.0) * self.dt * (1 - 1e-6)
        longest = max(LONGEST, 1000 * self.dt) * (1 + 1e-6)
        if not (own or self.certain):
            longest = LONGEST * (1 - 1e-6)  # 1.0 is one step in files of Sinabs
        if shortest <= tau <= longest:
            return tau
        raise UnsupportedLayerError(f"{where}: {other_unit(tau, what, self.dt, longest)}")

    def _lif(self, node: Any, where: str, tau_rc: float, threshold: float) -> nengo.LIF:
        metadata = node.metadata if isinstance(node.metadata, dict) else {}
        try:
            period = float(metadata.get("tau_ref", self.tau_ref))
            floor = float(metadata.get("min_voltage", self.min_voltage * threshold)) / threshold
        except (TypeError, ValueError) as error:
            raise ModelFileError(f"{where}: metadata holds no numbers ({error})") from error
        if not (math.isfinite(period) and period >= 0 and floor <= 0):
            raise ModelFileError(
                f"{where}: metadata has tau_ref {period} s, min_voltage {floor}; expected at least "
                "0 s, and 0 or less"
            )
        return nengo.LIF(tau_rc=_tidy(tau_rc), tau_ref=period, min_voltage=floor)

    def _output(self, into: list[NirPath]) -> np.ndarray:
        """Adds the read-out; returns its bias."""
        path, where = into[0], self._where(self.last)
        flat = len(path.shape) == 1 or math.prod(path.shape) == max(path.shape)
        if not flat or any(p.pre == "input" or not p.stages for p in into):
            raise UnsupportedLayerError(
                f"{where}: hears {path.pre!r} in shape {path.shape}; the output must hear neurons "
                "through weights: insert a Linear or Affine before it"
            )
        self.connections += [self._connection(p, "output", 1.0, where) for p in into]
        total = np.zeros(math.prod(path.shape), np.float32)
        for each in into:
            if each.bias is not None:
                total = total + np.broadcast_to(each.bias, path.shape).ravel()
        return total.astype(np.float32)

    def _connection(self, path: NirPath, post: str, gain: float, where: str) -> Connection:
        on_image = path.pre == "input"
        for tau in path.taus:
            self._seconds(tau, where, "tau of the synapse")
        if on_image and path.taus:
            raise UnsupportedLayerError(
                f"{where}: filters the image with time constants {path.taus} s; only spikes are "
                "filtered here. Use LIF in the first layer"
            )
        if not path.stages or isinstance(path.stages[-1], AveragePool):
            path = further(path, Elementwise(path.shape, np.ones(path.shape[-1], np.float32)))
        factor = gain if on_image else gain * self.dt  # a spike is 1 there, 1 / dt here
        stages = (*path.stages[:-1], path.stages[-1].scaled(factor))
        return Connection(path.pre, post, stages, _synapse(path.taus, where))


def _sources(graph: Any) -> dict[str, list[str]]:
    sources: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for edge in graph.edges:
        if len(edge) != 2 or any(end not in sources for end in edge):
            raise ModelFileError(f"edge {tuple(edge)!r} names a node that is not there")
        if edge[0] in sources[edge[1]]:
            raise ModelFileError(f"edge {tuple(edge)!r} is there twice; weights count once")
        sources[edge[1]].append(edge[0])
    return sources


def _synapse(taus: tuple[float, ...], where: str) -> nengo.synapses.Synapse | None:
    """One lowpass is a Lowpass, two equal ones are an Alpha."""
    rounded = tuple(map(_tidy, taus))
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


def _tidy(seconds: float) -> float:
    """A time constant that went through float32."""
    return float(f"{seconds:.6g}")


def _shared(values: np.ndarray, where: str, what: str, positive: bool) -> float:
    """A parameter that all neurons of a layer share."""
    low, high = float(values.min()), float(values.max())
    if low != high:
        raise UnsupportedLayerError(
            f"{where}: {what} differs between neurons ({low:g} to {high:g}); one value per layer "
            "can be imported: split the layer"
        )
    if positive and not low > 0:
        raise ModelFileError(f"{where}: {what} is {low:g}; expected above 0")
    return low
