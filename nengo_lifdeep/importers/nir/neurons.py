"""Neurons of a NIR graph as neurons here: their type, gains and constant currents."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import nengo
import numpy as np

from ...errors import ModelFileError, UnsupportedLayerError, ValidationError
from ...neurons.parameters import neuron_from_dict
from ...neurons.stepping.numbers import step_numbers
from ...neurons.stepping.step_lif import StepLIF
from ...support.short_repr import short_repr
from .path import NirPath, in_place, numbers
from .reading import Reading

__all__ = ["NEURONS", "ReadNeurons", "read_neurons"]

#: nodes that spike
NEURONS = ("LIF", "CubaLIF", "IF")


@dataclasses.dataclass(frozen=True, eq=False)
class ReadNeurons:
    """What one node is.

    Attributes
    ----------
    neuron : nengo.neurons.NeuronType
        Its type.
    gain : array
        Current ``J`` for an input of 1, broadcastable to the neurons.
    bias : array
        Constant current, without that of the weights before it.
    taus : tuple of float
        Time constants of a synapse before the neurons, in seconds.
    """

    neuron: nengo.neurons.NeuronType
    gain: np.ndarray
    bias: np.ndarray
    taus: tuple[float, ...] = ()

    __repr__ = short_repr


def read_neurons(node: Any, path: NirPath, where: str, reading: Reading) -> ReadNeurons:
    """The neurons of a node.

    Voltages are counted from the reset and in thresholds: ``J = (R x + v_leak) / threshold``.

    Parameters
    ----------
    node : nir.LIF, nir.CubaLIF or nir.IF
        The node.
    path : NirPath
        A path that leads to it.
    where : str
        Name of the node in error messages.
    reading : Reading
        How the graph is read.

    Raises
    ------
    ModelFileError
        If its arrays do not fit.
    UnsupportedLayerError
        If a number of it has no counterpart.
    """
    read = _Node(node, path, where)
    gain, bias = read.gain_and_bias()
    if reading.own and "neuron" in read.metadata:
        # its r, v_leak and v_threshold are the neuron's own, for other readers
        return ReadNeurons(_written(read), np.ones_like(gain), np.zeros_like(bias))
    if reading.source is not None:
        return _stepped(read, reading, gain, bias)
    if read.kind == "IF":
        return _without_leak(read, reading, gain, bias)
    named = "tau_mem" if read.kind == "CubaLIF" else "tau"
    tau_rc = reading.seconds(read.one(named), where, named)
    taus: tuple[float, ...] = ()
    if read.kind == "CubaLIF":
        taus = (reading.seconds(read.one("tau_syn"), where, "tau_syn"),)
    return ReadNeurons(_lif(read, reading, tau_rc), gain, bias, taus)


class _Node:
    """The arrays of one node, in the order of the path."""

    def __init__(self, node: Any, path: NirPath, where: str) -> None:
        self.node, self.path, self.where = node, path, where
        self.kind = type(node).__name__
        self.metadata = node.metadata if isinstance(node.metadata, dict) else {}

    def array(self, what: str) -> np.ndarray:
        given = getattr(self.node, what)
        values = numbers(0.0 if given is None else given, self.where, what)
        return in_place(values, self.path, self.where, what)

    def _factor(self, what: str) -> np.ndarray:
        """What the input of every neuron is multiplied by."""
        values = self.array(what)
        silent = int(np.count_nonzero(values == 0))
        if silent:
            raise ModelFileError(
                f"{self.where}: {what} is 0 in {silent} of {values.size} values, so that these "
                f"neurons hear nothing; expected another number (R = 1 where the tool has none)"
            )
        return values

    def times(self, what: str) -> np.ndarray:
        """Time constants of all neurons."""
        values = self.array(what)
        if not values.min() > 0:
            raise ModelFileError(
                f"{self.where}: {what} is {float(values.min()):g}; expected above 0"
            )
        return values

    def one(self, what: str) -> float:
        """A time constant that all neurons share."""
        values = self.times(what)
        low, high = float(values.min()), float(values.max())
        if low != high:
            raise UnsupportedLayerError(
                f"{self.where}: {what} differs between neurons ({low:g} to {high:g}); NIR's own "
                "equations are solved with one value per layer: split the layer, or say who wrote "
                "the file, from_nir(..., source=...)"
            )
        return low

    def gain_and_bias(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the current, and ``v_leak`` as a current; thresholds and resets become 1 and 0."""
        threshold, reset = self.array("v_threshold"), self.array("v_reset")
        leak = self.array("v_leak") if self.kind != "IF" else np.zeros(1, np.float32)
        if np.any(reset):
            if self.kind == "IF" or not np.array_equal(reset, np.broadcast_to(leak, reset.shape)):
                raise UnsupportedLayerError(
                    f"{self.where}: v_reset is not 0 (nor v_leak); only a reset to 0 or to rest is "
                    "known, so train with one"
                )
            threshold, leak = threshold - reset, np.zeros_like(leak)
        if not np.all(threshold > 0):
            raise ModelFileError(
                f"{self.where}: v_threshold is {float(threshold.min()):g}"
                f"{' above v_reset' if np.any(reset) else ''}; expected above 0"
            )
        gain = self._factor("r") / threshold
        if self.kind == "CubaLIF":
            gain = gain * self._factor("w_in")
        self.threshold = threshold
        return gain, leak / threshold


def _stepped(read: _Node, reading: Reading, gain: np.ndarray, bias: np.ndarray) -> ReadNeurons:
    """Neurons that take the steps of the tool that wrote the graph."""
    source, dt = reading.source, reading.dt
    assert source is not None
    if np.any(bias):
        raise UnsupportedLayerError(
            f"{read.where}: v_leak is not 0; {source.title} writes 0 there, and starts elsewhere "
            "otherwise: import without source=, or with v_leak as a bias of the weights"
        )
    tau_mem: float | np.ndarray = math.inf
    tau_syn: float | np.ndarray = 0.0
    if read.kind != "IF":
        named = "tau_mem" if read.kind == "CubaLIF" else "tau"
        tau_mem = reading.each(read.times(named), read.where, named)
        if read.kind == "CubaLIF":
            tau_syn = reading.each(read.times("tau_syn"), read.where, "tau_syn")
    neuron = StepLIF(
        tau_mem, tau_syn, source.exact, source.reset_of(reading.reset), source.several,
        source.reaches, reading.min_voltage,
    )  # fmt: skip
    if read.kind == "IF":
        return ReadNeurons(neuron, gain / np.float32(dt) if source.per_step else gain, bias)
    shape = read.path.shape
    rise, current = (
        np.asarray(each, np.float32).reshape(shape if np.ndim(each) else ())
        for each in (step_numbers(neuron, dt).gain, step_numbers(neuron, dt).current)
    )
    if source.jumps:
        gain = 1 / read.threshold / rise
        gain = gain * current / (1 - current) if np.any(tau_syn) else gain
    elif np.any(tau_syn) and reading.unit != 1 and source.unit == "seconds times dt":
        gain = gain / (1 - current)  # LIFCell adds inputs as they are
    return ReadNeurons(neuron, gain, bias)


def _without_leak(read: _Node, reading: Reading, gain: np.ndarray, bias: np.ndarray) -> ReadNeurons:
    """Integrate-and-fire: Nengo's if `to_nir` wrote it; others add negative currents too.

    Norse, Sinabs, snnTorch and Lava write ``R = 1`` and mean one input per step.
    """
    if reading.own:
        return ReadNeurons(nengo.SpikingRectifiedLinear(), gain, bias)
    neuron = StepLIF(
        math.inf, 0.0, False, "subtract", True, True, reading.min_voltage
    )  # fmt: skip
    if np.all(read.array("r") == 1):
        gain = gain / np.float32(reading.dt)
    return ReadNeurons(neuron, gain, bias)


def _lif(read: _Node, reading: Reading, tau_rc: float) -> nengo.LIF:
    metadata = read.metadata
    written: Any = metadata.get("refractory_time", metadata.get("tau_ref", reading.tau_ref))
    try:
        period = float(getattr(read.node, "refractory_time", written))
        floor = metadata.get("min_voltage")
        floor = reading.min_voltage if floor is None else _floor(float(floor), read)
    except (TypeError, ValueError) as error:
        raise ModelFileError(f"{read.where}: metadata holds no numbers ({error})") from error
    if not (math.isfinite(period) and period >= 0 and floor <= 0):
        raise ModelFileError(
            f"{read.where}: metadata has refractory_time {period} s, min_voltage {floor}; expected "
            "at least 0 s, and 0 or less"
        )
    return nengo.LIF(tau_rc=tau_rc, tau_ref=period, min_voltage=floor)


def _floor(voltage: float, read: _Node) -> float:
    """A voltage in thresholds."""
    low, high = float(read.threshold.min()), float(read.threshold.max())
    if low != high and voltage != 0:
        raise UnsupportedLayerError(
            f"{read.where}: voltages stop at {voltage:g}, and thresholds differ between neurons "
            f"({low:g} to {high:g}); expected one of them to be the same for all: split the layer"
        )
    return voltage / low


def _written(read: _Node) -> nengo.neurons.NeuronType:
    """The neuron that `to_nir` wrote beside one that other readers understand."""
    text = read.metadata["neuron"]
    try:
        text = text.decode() if isinstance(text, bytes) else text
        return neuron_from_dict(json.loads(text))
    except (TypeError, ValueError, RecursionError, ValidationError) as error:
        raise ModelFileError(f"{read.where}: metadata 'neuron' is damaged: {error}") from error
