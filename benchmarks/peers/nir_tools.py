"""Networks of spiking tools, and how their spikes are counted, for `nir_exports.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sinabs.layers as sl
import snntorch as snn
import torch
from norse.torch.utils.export_nir import to_nir as norse_to_nir
from rockpool.nn.combinators import Sequential
from rockpool.nn.modules import LIFNeuronTorch, LIFTorch, LinearTorch
from rockpool.nn.modules.torch.nir import to_nir as rockpool_to_nir
from sinabs.nir import to_nir as sinabs_to_nir
from snntorch import utils
from snntorch.export_nir import export_to_nir
from spikingjelly.activation_based import functional, neuron
from spikingjelly.activation_based.nir_exchange import export_to_nir as jelly_to_nir
from torch import nn

STEPS = 200
FLAT, IMAGE = (20,), (2, 12, 12)

#: name -> (tool, what it is, options of from_nir, maker of (file, counts))
Case = tuple[str, str, dict[str, Any], Callable[[np.ndarray], tuple[Any, list[np.ndarray]]]]


def frames(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Spikes of half of the inputs' steps, as events of a camera have them."""
    return (np.random.default_rng(seed).uniform(size=(STEPS, *shape)) < 0.4).astype(np.float32)


def dense(inputs: int, outputs: int, gain: float, bias: bool = True) -> nn.Linear:
    """Weights that let neurons of a threshold of 1 fire."""
    made = nn.Linear(inputs, outputs, bias=bias)
    nn.init.normal_(made.weight, 0.3 * gain / inputs**0.5 * 2, gain / inputs**0.5)
    if bias:
        nn.init.normal_(made.bias, 0.0, 0.1 * gain)
    return made


def conv(inputs: int, outputs: int, gain: float, **options: Any) -> nn.Conv2d:
    """A convolution with such weights."""
    made = nn.Conv2d(inputs, outputs, 3, **options)
    nn.init.normal_(made.weight, 0.1 * gain, gain / 5)
    if made.bias is not None:
        nn.init.normal_(made.bias, 0.0, 0.1 * gain)
    return made


class Counter:
    """Sums of the spikes that modules of some kinds give."""

    def __init__(self, net: nn.Module, kinds: tuple[type, ...], batched: bool = True) -> None:
        self.batched = batched
        self.counts: dict[str, np.ndarray] = {}
        for name, module in net.named_modules():
            if isinstance(module, kinds):
                module.register_forward_hook(self.hook(name))

    def hook(self, name: str) -> Callable[..., None]:
        def add(module: nn.Module, inputs: Any, output: Any) -> None:
            spikes = output[0] if isinstance(output, tuple) else output
            own = spikes.detach().numpy().copy()
            own = own.sum(axis=0) if self.batched else own
            self.counts[name] = self.counts.get(name, 0) + own

        return add

    def layers(self) -> list[np.ndarray]:
        return [self.counts[name] for name in self.counts]


def with_snntorch(make: Callable[[], nn.Module]) -> Callable[[np.ndarray], Any]:
    def build(x: np.ndarray) -> Any:
        net = make()
        utils.reset(net)
        graph = export_to_nir(net, torch.tensor(x[:1]), ignore_dims=[0])
        utils.reset(net)
        counter = Counter(net, (snn.Leaky, snn.Synaptic, snn.RLeaky, snn.RSynaptic))
        for frame in x:
            net(torch.tensor(frame[None]))
        return graph, counter.layers()

    return build


def with_norse(make: Callable[[], nn.Module], kinds: tuple[type, ...]) -> Any:
    def build(x: np.ndarray) -> Any:
        net = make()
        graph = norse_to_nir(net, torch.tensor(x[0]))
        counter, state = Counter(net, kinds, batched=False), None
        for frame in x:
            _, state = net(torch.tensor(frame), state)
        return graph, counter.layers()

    return build


def with_sinabs(make: Callable[[], nn.Module]) -> Callable[[np.ndarray], Any]:
    def build(x: np.ndarray) -> Any:
        net = make()
        series = torch.tensor(x)
        net(series)
        graph = sinabs_to_nir(net, series)
        for module in net.modules():
            if hasattr(module, "reset_states"):
                module.reset_states()
        counter = Counter(net, (sl.IAFSqueeze, sl.LIFSqueeze))
        net(series)
        return graph, counter.layers()

    return build


def with_jelly(make: Callable[[], nn.Module]) -> Callable[[np.ndarray], Any]:
    def build(x: np.ndarray) -> Any:
        net = make()
        graph = jelly_to_nir(net, torch.tensor(x[:1]))
        functional.reset_net(net)
        counter = Counter(net, (neuron.IFNode, neuron.LIFNode, neuron.CUBALIFNode))
        for frame in x:
            net(torch.tensor(frame[None]))
        return graph, counter.layers()

    return build


def with_rockpool(make: Callable[[], nn.Module]) -> Callable[[np.ndarray], Any]:
    def build(x: np.ndarray) -> Any:
        net = make()
        graph = rockpool_to_nir(net)
        counter = Counter(net, (LIFNeuronTorch, LIFTorch))
        for module in net.modules():
            if hasattr(module, "reset_state"):
                module.reset_state()
        net(torch.tensor(x[None]))
        return graph, [c.sum(axis=0) for c in counter.layers()]

    return build


def cell(kind: type, shape: int | tuple[int, ...], last: bool = False, **options: Any) -> nn.Module:
    """Neurons of snnTorch; its exporter needs numbers for every neuron."""
    full = {k: torch.full(shape if isinstance(shape, tuple) else (shape,), v)
            for k, v in options.items() if isinstance(v, float)}  # fmt: skip
    full.setdefault("threshold", torch.ones_like(full["beta"]))
    return kind(init_hidden=True, output=last, **{**options, **full})


def leaky(**options: Any) -> Any:
    return lambda: nn.Sequential(
        dense(20, 30, 0.4), cell(snn.Leaky, 30, beta=0.9, **options),
        dense(30, 10, 0.4), cell(snn.Leaky, 10, True, beta=0.8, **options),
    )  # fmt: skip


def sinabs_lif(norm: bool) -> Any:
    def make() -> nn.Module:
        own = {"batch_size": 1, "norm_input": norm}
        gain = 4.0 if norm else 0.4
        return nn.Sequential(
            dense(20, 30, gain), sl.LIFSqueeze(tau_mem=20.0, **own),
            dense(30, 10, gain), sl.LIFSqueeze(tau_mem=10.0, **own),
        )  # fmt: skip

    return make


def sinabs_cnn() -> nn.Module:
    own = {"batch_size": 1, "min_v_mem": -1.0}
    return nn.Sequential(
        conv(2, 4, 0.5, padding=1, bias=False), sl.IAFSqueeze(**own), sl.SumPool2d(2),
        conv(4, 4, 0.3, stride=2, bias=False), sl.IAFSqueeze(**own), nn.Flatten(),
        dense(16, 5, 0.3, bias=False), sl.IAFSqueeze(**own),
    )  # fmt: skip


def rockpool_net(kind: type, **options: Any) -> Any:
    def make() -> nn.Module:
        parts = []
        for a, b in ((20, 30), (30, 10)):
            linear = LinearTorch((a, b), has_bias=False)
            linear.weight.data = dense(a, b, 0.4).weight.data.T.clone()
            parts += [linear, kind((b, b) if kind is LIFTorch else b, **options)]
        return Sequential(*parts)

    return make
