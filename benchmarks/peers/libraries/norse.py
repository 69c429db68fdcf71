"""Norse: `LIFBoxCell`, or the current-based `LIFCell` where there is a lowpass synapse."""

from __future__ import annotations

from typing import Any

import norse.torch as norse
import torch

from .cell import Timing

__all__ = ["make"]


class _Norse:
    """Norse integrates by Euler's rule; its rates are chosen so that the decays are exact."""

    def __init__(self, timing: Timing) -> None:
        membrane = torch.as_tensor((1 - timing.membrane) / timing.dt)
        self.gain_in, self.gain_out = 1.0, 1.0
        if timing.tau_s is None:
            self.cell = norse.LIFBoxCell(norse.LIFBoxParameters(tau_mem_inv=membrane), dt=timing.dt)
        else:
            synapse = torch.as_tensor((1 - timing.synapse) / timing.dt)
            parameters = norse.LIFParameters(tau_syn_inv=synapse, tau_mem_inv=membrane)
            self.cell = norse.LIFCell(parameters, dt=timing.dt)
            self.gain_in = 1 - timing.synapse
        self.filtered = timing.tau_s is not None

    def start(self, current: Any) -> tuple[Any, ...]:
        zeros = [torch.zeros_like(current) for _ in range(1 + self.filtered)]
        if self.filtered:
            return (norse.LIFFeedForwardState(*zeros),)
        return (norse.LIFBoxFeedForwardState(*zeros),)

    def step(self, current: Any, state: tuple[Any, ...]) -> tuple[Any, Any, tuple[Any, ...]]:
        spikes, after = self.cell(current, *state)
        return spikes, spikes, (after,)


def make(timing: Timing) -> Any:
    """A population of Norse's neurons."""
    return _Norse(timing)
