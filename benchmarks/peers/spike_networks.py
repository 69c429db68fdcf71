"""LeNet with firing pools, trained on its spikes, in snnTorch and in SpikingJelly.

Both are written as their tutorials do it; what PyTorch can compile is compiled, by `VARIANTS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import snntorch
import torch
from spikingjelly.activation_based import functional, layer, neuron, surrogate
from torch import nn

__all__ = ["VARIANTS", "WHOLE", "Read", "network"]


class Read(nn.Module):
    """Scores of a window: what the last weights give, added up with the leak.

    Parameters
    ----------
    leak : float
        Share of the sum that a step leaves.
    n_steps : int
        Steps of the window.
    """

    def __init__(self, leak: float, n_steps: int) -> None:
        super().__init__()
        shares = torch.tensor([leak ** (n_steps - t) / n_steps for t in range(n_steps)])
        self.register_buffer("shares", shares)

    def forward(self, currents: Any) -> Any:
        """Of currents ``(step, image, class)``."""
        return torch.tensordot(self.shares, currents, 1)


class Jelly(nn.Module):
    """SpikingJelly in multi-step mode: every layer is called once for all steps.

    Parameters
    ----------
    leak : float
        Share of the voltage that a step leaves.
    n_steps : int
        Steps of the window.
    """

    def __init__(self, leak: float, n_steps: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            layer.Conv2d(1, 20, 5, padding=2, bias=False),
            self._neurons(leak), layer.AvgPool2d(2), self._pool(),
            layer.Conv2d(20, 50, 5, padding=2, bias=False),
            self._neurons(leak), layer.AvgPool2d(2), self._pool(),
            layer.Flatten(), layer.Linear(50 * 7 * 7, 200, bias=False),
            self._neurons(leak), layer.Linear(200, 10, bias=False),
        )  # fmt: skip
        self.read = Read(leak, n_steps)
        functional.set_step_mode(self, "m")

    @staticmethod
    def _neurons(leak: float) -> Any:
        return neuron.LIFNode(
            tau=1 / (1 - leak), decay_input=False, v_reset=0.0,
            surrogate_function=surrogate.ATan(),
        )  # fmt: skip

    @staticmethod
    def _pool() -> Any:
        return neuron.IFNode(v_threshold=0.75, v_reset=0.0, surrogate_function=surrogate.ATan())

    def forward(self, frames: Any) -> Any:
        """Scores of ``frames``, ``(step, image, 1, row, column)``."""
        scores = self.read(self.layers(frames))
        functional.reset_net(self)
        return scores


class JellySteps(Jelly):
    """The same, with the step of the neurons compiled: SpikingJelly's functional form of it."""

    def __init__(self, leak: float, n_steps: int) -> None:
        super().__init__(leak, n_steps)
        self.steps: dict[Any, Any] = {}
        for module in self.layers:
            if isinstance(module, neuron.BaseNode):
                module.step_mode = "s"
                step = module.single_step_functional_forward
                self.steps[module] = torch.compile(step, dynamic=False)

    def forward(self, frames: Any) -> Any:
        """Scores of ``frames``, ``(step, image, 1, row, column)``."""
        value = frames
        for module in self.layers:
            step = self.steps.get(module)
            if step is None:
                value = module(value)
                continue
            state: Any = (torch.zeros_like(value[0]),)
            fired = []
            for current in value:
                (spikes,), state = step((current,), state)
                fired.append(spikes)
            value = torch.stack(fired)
        return self.read(value)


class Torch(nn.Module):
    """snnTorch: all layers in every step.

    Parameters
    ----------
    leak : float
        Share of the voltage that a step leaves.
    n_steps : int
        Steps of the window.
    """

    def __init__(self, leak: float, n_steps: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([
            nn.Conv2d(1, 20, 5, padding=2, bias=False), self._neurons(leak, 1.0),
            nn.AvgPool2d(2), self._neurons(1.0, 0.75),
            nn.Conv2d(20, 50, 5, padding=2, bias=False), self._neurons(leak, 1.0),
            nn.AvgPool2d(2), self._neurons(1.0, 0.75),
            nn.Flatten(), nn.Linear(50 * 7 * 7, 200, bias=False), self._neurons(leak, 1.0),
            nn.Linear(200, 10, bias=False),
        ])  # fmt: skip
        self.read = Read(leak, n_steps)

    @staticmethod
    def _neurons(leak: float, threshold: float) -> Any:
        return snntorch.Leaky(
            beta=leak, threshold=threshold, reset_mechanism="zero",
            spike_grad=snntorch.surrogate.atan(alpha=2.0),
        )  # fmt: skip

    def step(self, frame: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """Scores of one step, and the membranes after it."""
        value, after = frame, []
        for module in self.layers:
            if isinstance(module, snntorch.Leaky):
                value, state = module(value, states[len(after)])
                after.append(state)
            else:
                value = module(value)
        return value, after

    def start(self, frame: Any) -> list[Any]:
        """Membranes of zero."""
        n = frame.shape[0]
        shapes = [(20, 28, 28), (20, 14, 14), (50, 14, 14), (50, 7, 7), (200,)]
        return [torch.zeros((n, *shape)) for shape in shapes]

    def forward(self, frames: Any) -> Any:
        """Scores of ``frames``, ``(step, image, 1, row, column)``."""
        states = self.start(frames[0])
        currents = []
        for frame in frames:
            current, states = self.step(frame, states)
            currents.append(current)
        return self.read(torch.stack(currents))


class TorchSteps(Torch):
    """The same, with the step of the whole network compiled."""

    def __init__(self, leak: float, n_steps: int) -> None:
        super().__init__(leak, n_steps)
        self.step = torch.compile(self.step, dynamic=False)  # type: ignore[method-assign]


class TorchLayers(Torch):
    """The same, layer after layer: weights once for all steps, neurons compiled step by step."""

    def __init__(self, leak: float, n_steps: int) -> None:
        super().__init__(leak, n_steps)
        self.compiled = {
            module: torch.compile(module.forward, dynamic=False)
            for module in self.layers
            if isinstance(module, snntorch.Leaky)
        }

    def forward(self, frames: Any) -> Any:
        """Scores of ``frames``, ``(step, image, 1, row, column)``."""
        n, batch = frames.shape[:2]
        value = frames
        for module in self.layers:
            step = self.compiled.get(module)
            if step is None:
                flat = module(value.flatten(0, 1))
                value = flat.reshape(n, batch, *flat.shape[1:])
                continue
            state, fired = torch.zeros_like(value[0]), []
            for current in value:
                spikes, state = step(current, state)
                fired.append(spikes)
            value = torch.stack(fired)
        return self.read(value)


Make = Callable[[float, int], nn.Module]

#: By library: every way to run it.
VARIANTS: dict[str, dict[str, Make]] = {
    "spikingjelly": {
        "multi-step mode": Jelly,
        "multi-step mode, compiled whole": lambda leak, n: torch.compile(Jelly(leak, n)),
        "layer by layer, compiled step": JellySteps,
    },
    "snntorch": {
        "step by step": Torch,
        "step by step, compiled whole": lambda leak, n: torch.compile(Torch(leak, n)),
        "step by step, compiled": TorchSteps,
        "layer by layer, compiled step": TorchLayers,
    },
}

#: What is compiled as one graph of all steps: minutes, and longer the more steps there are.
WHOLE = {"multi-step mode, compiled whole", "step by step, compiled whole"}


def network(make: Make, leak: float, n_steps: int, weights: list[Any]) -> nn.Module:
    """One variant with given weights.

    Parameters
    ----------
    make : callable
        Of `VARIANTS`.
    leak : float
        Share of the voltage that a step leaves.
    n_steps : int
        Steps of the window.
    weights : list of array
        Kernels in PyTorch's order of axes, from the first layer to the last.
    """
    module = make(leak, n_steps)
    for parameter, value in zip(module.parameters(), weights, strict=True):
        parameter.data = torch.tensor(value)
    return module
