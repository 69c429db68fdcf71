"""snnTorch: `Leaky`, or `Synaptic` where there is a lowpass synapse."""

from __future__ import annotations

from typing import Any

import snntorch
import torch

from .cell import Timing

__all__ = ["make"]


class _Leaky:
    def __init__(self, timing: Timing) -> None:
        self.neuron = snntorch.Leaky(beta=timing.membrane, reset_mechanism="zero")
        self.gain_in, self.gain_out = 1 - timing.membrane, 1.0

    def start(self, current: Any) -> tuple[Any, ...]:
        return (torch.zeros_like(current),)

    def step(self, current: Any, state: tuple[Any, ...]) -> tuple[Any, Any, tuple[Any, ...]]:
        spikes, membrane = self.neuron(current, *state)
        return spikes, spikes, (membrane,)


class _Synaptic:
    def __init__(self, timing: Timing) -> None:
        self.neuron = snntorch.Synaptic(
            alpha=timing.synapse, beta=timing.membrane, reset_mechanism="zero"
        )
        self.gain_in = (1 - timing.membrane) * (1 - timing.synapse)
        self.gain_out = 1.0

    def start(self, current: Any) -> tuple[Any, ...]:
        return torch.zeros_like(current), torch.zeros_like(current)

    def step(self, current: Any, state: tuple[Any, ...]) -> tuple[Any, Any, tuple[Any, ...]]:
        spikes, synapse, membrane = self.neuron(current, *state)
        return spikes, spikes, (synapse, membrane)


def make(timing: Timing) -> Any:
    """A population of snnTorch's neurons."""
    return _Leaky(timing) if timing.tau_s is None else _Synaptic(timing)
