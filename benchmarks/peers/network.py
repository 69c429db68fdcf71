"""The network that ``spiking_inference.py`` wrote down, as PyTorch layers and a step."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import torch
from libraries.cell import Timing
from torch.nn import functional

__all__ = ["Network"]


class _Linear:
    """Linear layers before a population or the output, biases included."""

    def __init__(self, layers: list[dict[str, Any]], arrays: Any, gain: float, bias_gain: float):
        self.layers = []
        for layer in layers:
            kernel = bias = None
            if "kernel" in layer:
                kernel = torch.from_numpy(arrays[layer["kernel"]]) * gain * bias_gain
                bias = torch.from_numpy(arrays[layer["bias"]]) * bias_gain
            if layer["type"] == "Conv2D":
                kernel = kernel.permute(3, 2, 0, 1)
                kernel = kernel.contiguous(memory_format=torch.channels_last)
            elif layer["type"] == "Dense":
                kernel = kernel.T.contiguous()
            self.layers.append((layer, kernel, bias))

    def __call__(self, x: Any) -> Any:
        for layer, kernel, bias in self.layers:
            if layer["type"] == "Conv2D":
                x = functional.conv2d(
                    x, kernel, bias, layer["strides"], layer["padding"], groups=layer["groups"]
                )
            elif layer["type"] == "AveragePooling2D":
                x = functional.avg_pool2d(
                    x, layer["pool_size"], layer["strides"], ceil_mode=layer["clipped"]
                )
            else:  # row, column, channel: the order in which Dense has its weights
                if x.dim() == 4:
                    x = x.permute(0, 2, 3, 1).flatten(1)
                x = functional.linear(x, kernel, bias)
        return x


class Network:
    """The network with one library's neurons.

    The image is constant, so the first population's current is computed once per presentation;
    the biases are constant currents; neurons have no refractory period.

    Parameters
    ----------
    path : path-like
        What ``spiking_inference.py`` wrote.
    make : callable
        ``make(timing)``: the library's population.
    filtered : bool
        Whether there are lowpass synapses between populations.
    """

    def __init__(self, path: str | os.PathLike[str], make: Any, filtered: bool) -> None:
        arrays = np.load(path)
        header = json.loads(str(arrays["header"]))
        self.n_steps, self.c_steps = header["n_steps"], header["c_steps"]
        self.n_neurons = header["n_neurons"]
        self.images = torch.from_numpy(arrays["images"]).permute(0, 3, 1, 2)
        self.labels = torch.from_numpy(arrays["labels"])
        self.linear, self.cells = [], []
        gain = 1.0  # of the spikes that come in
        for i, part in enumerate(header["parts"]):
            bias_gain = 1.0
            if part["population"]:
                tau_s = header["tau_s"] if i and filtered else None  # pixels are not filtered
                cell = make(Timing(header["tau_rc"], tau_s, header["dt"]))
                self.cells.append(cell)
                bias_gain = cell.gain_in
            self.linear.append(_Linear(part["layers"], arrays, gain, bias_gain))
            gain = header["amplitude"] * (cell.gain_out if part["population"] else 1.0)

    def start(self) -> tuple[Any, list[Any]]:
        """Current of the first population, and the state before the first step."""
        first = current = self.linear[0](self.images)
        states = []
        for cell, linear in zip(self.cells, self.linear[1:], strict=True):
            states.append(cell.start(current))
            current = linear(current)
        return first, states

    def step(self, current: Any, states: list[Any]) -> tuple[Any, list[Any], list[Any]]:
        """One step: class scores, new states, spikes of every population."""
        after, fired = [], []
        for cell, linear, state in zip(self.cells, self.linear[1:], states, strict=True):
            signal, spikes, state = cell.step(current, state)
            after.append(state)
            fired.append(spikes)
            current = linear(signal)
        return current, after, fired
