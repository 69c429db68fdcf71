"""SpikingJelly: `LIFNode`, and `SynapseFilter` after it where there is a lowpass synapse.

Both are stepped through their functional forms, which `torch.compile` fuses; the modules keep the
parameters.
"""

from __future__ import annotations

from typing import Any

import torch
from spikingjelly.activation_based import layer, neuron

from .cell import Timing

__all__ = ["make"]


class _Node:
    def __init__(self, timing: Timing) -> None:
        self.neuron = neuron.LIFNode(tau=1 / (1 - timing.membrane), v_reset=0.0).eval()
        self.filter = None
        self.gain_in, self.gain_out = 1.0, 1.0
        if timing.tau_s is not None:
            self.filter = layer.SynapseFilter(tau=1 / (1 - timing.synapse))
            self.gain_out = 1 - timing.synapse

    def start(self, current: Any) -> tuple[Any, ...]:
        voltage = torch.zeros_like(current)
        return (voltage,) if self.filter is None else (voltage, torch.zeros_like(current))

    def step(self, current: Any, state: tuple[Any, ...]) -> tuple[Any, Any, tuple[Any, ...]]:
        (spikes,), after = self.neuron.single_step_functional_forward((current,), state[:1])
        if self.filter is None:
            return spikes, spikes, after
        (filtered,), trace = self.filter.single_step_functional_forward((spikes,), state[1:])
        return filtered, spikes, (*after, *trace)


def make(timing: Timing) -> Any:
    """A population of SpikingJelly's neurons."""
    return _Node(timing)
