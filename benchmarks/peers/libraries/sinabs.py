"""Sinabs: `LIF`, with its synaptic time constant where there is a lowpass synapse."""

from __future__ import annotations

from typing import Any

import sinabs.layers
import torch
from sinabs.activation import MembraneReset, SingleSpike

from .cell import Timing

__all__ = ["make"]


class _Sinabs:
    def __init__(self, timing: Timing) -> None:
        self.layer = sinabs.layers.LIF(
            tau_mem=timing.tau_rc / timing.dt,
            tau_syn=None if timing.tau_s is None else timing.tau_s / timing.dt,
            spike_fn=SingleSpike,
            reset_fn=MembraneReset(),
        )
        self.names = ("v_mem",) if timing.tau_s is None else ("v_mem", "i_syn")
        self.gain_out = 1.0
        self.gain_in = 1.0 if timing.tau_s is None else 1 / timing.synapse - 1

    def start(self, current: Any) -> tuple[Any, ...]:
        return tuple(torch.zeros_like(current) for _ in self.names)

    def step(self, current: Any, state: tuple[Any, ...]) -> tuple[Any, Any, tuple[Any, ...]]:
        layer = self.layer
        spikes, after, _ = sinabs.layers.functional.lif_forward(
            input_data=current.unsqueeze(1),
            alpha_mem=layer.alpha_mem_calculated,
            alpha_syn=layer.alpha_syn_calculated,
            state=dict(zip(self.names, state, strict=True)),
            spike_threshold=layer.spike_threshold,
            spike_fn=layer.spike_fn,
            reset_fn=layer.reset_fn,
            surrogate_grad_fn=layer.surrogate_grad_fn,
            min_v_mem=None,
            norm_input=True,
        )
        spikes = spikes.squeeze(1)
        return spikes, spikes, tuple(after[name] for name in self.names)


def make(timing: Timing) -> Any:
    """A population of Sinabs' neurons."""
    return _Sinabs(timing)
