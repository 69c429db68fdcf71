"""The other side of `benchmarks/nir_imports.py`: networks of each tool, their NIR files and spikes.

For every case a folder gets ``NAME.nir``, written by the tool's own exporter, and ``NAME.npz`` with
``frames`` (step, axes as in the file) and the spike counts of every layer of neurons in the tool's
own simulator, ``layer0``, ``layer1``, ...; ``cases.json`` says what they are and the options that
`nengo_lifdeep.from_nir` needs, as a user would know them.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nir
import norse.torch as norse
import numpy as np
import sinabs.layers as sl
import snntorch as snn
import torch
from norse.torch.utils.export_nir import to_nir as norse_to_nir
from rockpool.nn.combinators import Sequential
from rockpool.nn.modules import LIFNeuronTorch, LIFTorch, LinearTorch
from rockpool.nn.modules.torch.nir import to_nir as rockpool_to_nir
from rockpool.parameters import Constant
from sinabs.nir import from_nir as sinabs_from_nir
from sinabs.nir import to_nir as sinabs_to_nir
from snntorch import utils
from snntorch.export_nir import export_to_nir
from spikingjelly.activation_based import functional, layer, neuron
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


def cases() -> dict[str, Case]:
    """All of them, by name."""
    box, iaf = norse.LIFBoxCell, norse.IAFCell
    inverse = norse.LIFBoxParameters(tau_mem_inv=torch.tensor(50.0))
    each = norse.LIFBoxParameters(
        tau_mem_inv=torch.full((4, 12, 12), 50.0),
        v_leak=torch.zeros(4, 12, 12),
        v_th=torch.ones(4, 12, 12),
    )
    last = norse.LIFBoxParameters(
        tau_mem_inv=torch.full((3, 5, 5), 100.0),
        v_leak=torch.zeros(3, 5, 5),
        v_th=torch.ones(3, 5, 5),
    )
    conv_norse = [conv(2, 4, 4.0, padding=1), box(each), conv(4, 3, 4.0, stride=2), box(last)]
    rock = {"tau_mem": Constant(0.02), "dt": 1e-3, "threshold": Constant(1.0)}
    syn = {"tau_syn": Constant(0.005), "bias": Constant(0.0), "noise_std": Constant(0.0)}
    return {
        "snntorch_leaky": ("snnTorch", "Leaky, reset by subtraction (its default)",
            {"source": "snntorch"}, with_snntorch(leaky())),
        "snntorch_zero": ("snnTorch", "Leaky, reset_mechanism='zero'",
            {"source": "snntorch", "reset": "zero"}, with_snntorch(leaky(reset_mechanism="zero"))),
        "snntorch_at_once": ("snnTorch", "Leaky, reset_delay=False",
            {"source": "snntorch", "reset": "subtract"}, with_snntorch(leaky(reset_delay=False))),
        "snntorch_threshold": ("snnTorch", "Leaky, threshold 0.7", {"source": "snntorch"},
            with_snntorch(leaky(threshold=0.7))),
        "snntorch_beta_each": ("snnTorch", "Leaky, a beta for every neuron", {"source": "snntorch"},
            with_snntorch(lambda: nn.Sequential(
                dense(20, 30, 0.4),
                snn.Leaky(torch.linspace(0.5, 0.95, 30), torch.ones(30), init_hidden=True),
                dense(30, 10, 0.4), cell(snn.Leaky, 10, True, beta=0.8)))),
        "snntorch_threshold_each": (
            "snnTorch", "Leaky, a threshold for every neuron", {"source": "snntorch"},
            with_snntorch(lambda: nn.Sequential(
                dense(20, 30, 0.4),
                snn.Leaky(torch.full((30,), 0.9), torch.linspace(0.5, 1.5, 30), init_hidden=True),
                dense(30, 10, 0.4), cell(snn.Leaky, 10, True, beta=0.8)))),
        "snntorch_synaptic": ("snnTorch", "Synaptic", {"source": "snntorch"},
            with_snntorch(lambda: nn.Sequential(
                dense(20, 30, 0.1), cell(snn.Synaptic, 30, alpha=0.8, beta=0.9),
                dense(30, 10, 0.1), cell(snn.Synaptic, 10, True, alpha=0.7, beta=0.85)))),
        "snntorch_cnn": ("snnTorch", "Conv2d, AvgPool2d, Flatten, Leaky", {"source": "snntorch"},
            with_snntorch(lambda: nn.Sequential(
                conv(2, 4, 0.5), nn.AvgPool2d(2), cell(snn.Leaky, (4, 5, 5), beta=0.9),
                conv(4, 4, 0.5, padding=1), cell(snn.Leaky, (4, 5, 5), beta=0.9), nn.Flatten(),
                dense(100, 5, 0.5), cell(snn.Leaky, 5, True, beta=0.9)))),
        "snntorch_recurrent": ("snnTorch", "RLeaky", {"source": "snntorch"},
            with_snntorch(lambda: nn.Sequential(
                dense(20, 30, 0.4), snn.RLeaky(beta=0.9, linear_features=30, init_hidden=True),
                dense(30, 10, 0.4), cell(snn.Leaky, 10, True, beta=0.8)))),
        "snntorch_one_to_one": ("snnTorch", "RLeaky, all_to_all=False", {"source": "snntorch"},
            with_snntorch(lambda: nn.Sequential(
                dense(20, 30, 0.4), snn.RLeaky(beta=0.9, V=0.5 * torch.randn(30),
                    all_to_all=False, init_hidden=True),
                dense(30, 10, 0.4), cell(snn.Leaky, 10, True, beta=0.8)))),
        "snntorch_recurrent_synaptic": ("snnTorch", "RSynaptic, reset_mechanism='zero'",
            {"source": "snntorch", "reset": "zero"},
            with_snntorch(lambda: nn.Sequential(
                dense(20, 30, 0.4), snn.RSynaptic(alpha=0.7, beta=0.9, linear_features=30,
                    init_hidden=True, reset_mechanism="zero"),
                dense(30, 10, 0.4),
                cell(snn.Leaky, 10, True, beta=0.8, reset_mechanism="zero")))),
        "norse_lif_box": ("Norse", "LIFBoxCell", {"source": "norse"},
            with_norse(lambda: norse.SequentialState(
                dense(20, 30, 4.0), box(inverse), dense(30, 10, 8.0), box()), (box,))),
        "norse_lif": ("Norse", "LIFCell, current based", {"source": "norse"},
            with_norse(lambda: norse.SequentialState(
                dense(20, 30, 1.0), norse.LIFCell(), dense(30, 10, 2.0), norse.LIFCell()),
                (norse.LIFCell,))),
        "norse_iaf": ("Norse", "IAFCell", {"source": "norse"},
            with_norse(lambda: norse.SequentialState(
                dense(20, 30, 0.4), iaf(), dense(30, 10, 0.4), iaf()), (iaf,))),
        "norse_cnn": ("Norse", "Conv2d, LIFBoxCell", {"source": "norse"},
            with_norse(lambda: norse.SequentialState(*conv_norse), (box,))),
        "norse_li": ("Norse", "LIFBoxCell, read out by LIBoxCell", {"source": "norse"},
            with_norse(lambda: norse.SequentialState(
                dense(20, 30, 4.0), box(), dense(30, 10, 4.0), norse.LIBoxCell()), (box,))),
        "sinabs_iaf": ("Sinabs", "Conv2d, IAFSqueeze(min_v_mem=-1), SumPool2d",
            {"source": "sinabs", "min_voltage": -1.0}, with_sinabs(sinabs_cnn)),
        "sinabs_lif": ("Sinabs", "LIFSqueeze", {"source": "sinabs"}, with_sinabs(sinabs_lif(True))),
        "sinabs_raw": ("Sinabs", "LIFSqueeze(norm_input=False)", {"source": "sinabs-unnormalised"},
            with_sinabs(sinabs_lif(False))),
        "jelly_if": ("SpikingJelly", "IFNode", {"source": "spikingjelly"},
            with_jelly(lambda: nn.Sequential(
                layer.Linear(20, 30), neuron.IFNode(), layer.Linear(30, 10), neuron.IFNode()))),
        "jelly_lif": ("SpikingJelly", "LIFNode", {"source": "spikingjelly"},
            with_jelly(lambda: nn.Sequential(
                dense(20, 30, 2.0), neuron.LIFNode(tau=4.0), dense(30, 10, 3.0),
                neuron.LIFNode(tau=3.0, decay_input=False)))),
        "jelly_reset": ("SpikingJelly", "LIFNode(v_reset=-0.2)", {"source": "spikingjelly"},
            with_jelly(lambda: nn.Sequential(
                dense(20, 30, 2.0), neuron.LIFNode(tau=4.0, v_reset=-0.2)))),
        "jelly_cuba": ("SpikingJelly", "CUBALIFNode", {"source": "spikingjelly"},
            with_jelly(lambda: nn.Sequential(
                dense(20, 30, 0.3), neuron.CUBALIFNode(), dense(30, 10, 0.3),
                neuron.CUBALIFNode()))),
        "jelly_cnn": ("SpikingJelly", "Conv2d, AvgPool2d, LIFNode", {"source": "spikingjelly"},
            with_jelly(lambda: nn.Sequential(
                conv(2, 4, 2.0, padding=1), nn.AvgPool2d(3, 2, padding=1), neuron.LIFNode(),
                nn.Flatten(), dense(144, 5, 3.0), neuron.LIFNode()))),
        "rockpool_lif_neuron": ("Rockpool", "LinearTorch, LIFNeuronTorch", {"source": "rockpool"},
            with_rockpool(rockpool_net(LIFNeuronTorch, **rock, bias=Constant(0.0)))),
        "rockpool_lif": ("Rockpool", "LinearTorch, LIFTorch", {"source": "rockpool"},
            with_rockpool(rockpool_net(LIFTorch, **rock, **syn))),
        "rockpool_recurrent": ("Rockpool", "LIFTorch(has_rec=True)", {"source": "rockpool"},
            with_rockpool(rockpool_net(LIFTorch, **rock, **syn, has_rec=True))),
    }  # fmt: skip


def repository_cases(folder: Path) -> dict[str, Case]:
    """Files of the NIR repository, each in the simulator it came from."""
    paper = folder / "paper"

    def read_by_norse(path: Path) -> Any:
        def build(x: np.ndarray) -> Any:
            graph = nir.read(path)
            net, state = norse.from_nir(graph, dt=1e-4), None
            counter = Counter(net, (norse.LIFBoxCell,), batched=False)
            for frame in x:
                _, state = net(torch.tensor(frame), state)
            return path, counter.layers()

        return build

    def read_by_sinabs(path: Path) -> Any:
        def build(x: np.ndarray) -> Any:
            net = sinabs_from_nir(nir.read(path), batch_size=1)
            counter = Counter(net, (sl.IAFSqueeze,))
            net(torch.tensor(x))
            return path, counter.layers()

        return build

    def made_in_rockpool(path: Path) -> Any:
        """Its own reader fails on LIF; the network as its notebook has it, R for 0.1 ms."""

        def build(x: np.ndarray) -> Any:
            node = nir.read(path, type_check=False).nodes
            linear = LinearTorch((1, 1), has_bias=False)
            linear.weight.data = torch.tensor(node["0_LinearTorch"].weight.T)
            lif = node["1_LIFNeuronTorch"]
            own = {"tau_mem": Constant(float(lif.tau[0])), "bias": Constant(0.0), "dt": 1e-4,
                   "threshold": Constant(float(lif.v_threshold[0]))}  # fmt: skip
            net = Sequential(linear, LIFNeuronTorch(1, **own))
            counter = Counter(net, (LIFNeuronTorch,))
            net(torch.tensor(x[None]))
            return path, [c.sum(axis=0) for c in counter.layers()]

        return build

    def by_the_equation(path: Path) -> Any:
        """Without input: a constant current of 1.2 through 10 ms; its spikes are too weak."""
        period = 0.01 * np.log(1.2 / 0.2)

        def build(x: np.ndarray) -> Any:
            x[:] = 0
            return path, [np.array([int(STEPS * 1e-3 / period)]), np.zeros(1)]

        return build

    def braille(path: Path) -> Any:
        """As its network was built, with reset_delay=False, which RSynaptic of snnTorch 1.0 fails
        on: membranes are set to 0 here, after the step of a spike.
        """

        def build(x: np.ndarray) -> Any:
            nodes = nir.read(path).nodes

            def weights(node: Any, module: nn.Module) -> nn.Module:
                module.weight.data = torch.tensor(node.weight)
                module.bias.data = torch.tensor(node.bias)
                return module

            def times(node: Any) -> dict[str, Any]:
                return {"alpha": torch.tensor(1 - 1e-4 / node.tau_syn, dtype=torch.float32),
                        "beta": torch.tensor(1 - 1e-4 / node.tau_mem, dtype=torch.float32),
                        "threshold": torch.tensor(node.v_threshold, dtype=torch.float32),
                        "reset_mechanism": "zero"}  # fmt: skip

            first, last = nodes["lif1.lif"], nodes["lif2"]
            size, classes = len(first.tau_mem), len(last.tau_mem)
            cell, out = (
                snn.RSynaptic(linear_features=size, **times(first)),
                snn.Synaptic(**times(last)),
            )
            weights(nodes["lif1.w_rec"], cell.recurrent)
            into = weights(nodes["fc1"], nn.Linear(12, size))
            onto = weights(nodes["fc2"], nn.Linear(size, classes))
            spikes, syn, mem = (torch.zeros(1, size) for _ in range(3))
            syn2, mem2 = torch.zeros(1, classes), torch.zeros(1, classes)
            counts = [np.zeros(size), np.zeros(classes)]
            for frame in x:
                spikes, syn, mem = cell(into(torch.tensor(frame[None])), spikes, syn, mem)
                ends, syn2, mem2 = out(onto(spikes), syn2, mem2)
                mem, mem2 = mem * (1 - spikes), mem2 * (1 - ends)
                for count, fired in zip(counts, (spikes, ends), strict=True):
                    count += fired[0].numpy()
            return path, counts

        return build

    def only_read(path: Path) -> Any:
        return lambda x: (path, [])

    own = {"source": "norse", "dt": 1e-4}
    found = {
        "01_lif/lif_norse.nir": ("Norse", own, read_by_norse),
        "01_lif/lif_rockpool.nir": ("Rockpool", {"source": "rockpool"},
                                   made_in_rockpool),
        "01_lif/debug_spike_representation/two_lif_neurons.nir": (
            "by hand", {}, by_the_equation),
        "02_cnn/cnn_sinabs.nir": ("Sinabs", {"source": "sinabs", "min_voltage": -1.0},
                                  read_by_sinabs),
        "03_rnn/braille_noDelay_bias_zero.nir": (
            "snnTorch", {"source": "snntorch", "reset": "zero at once"}, braille),
        "03_rnn/braille_noDelay_noBias_subtract.nir": (  # which reset is not in the file
            "snnTorch", {"source": "snntorch", "reset": "subtract"}, only_read),
    }  # fmt: skip
    made = {
        name: (tool, f"`{name}`", options, read(paper / name))
        for name, (tool, options, read) in found.items()
    }
    for path in sorted(paper.rglob("*.nir")):
        name = str(path.relative_to(paper))
        if name not in made:
            made[name] = ("snnTorch", f"`{name}`", {"source": "snntorch"}, only_read(path))
    return made


def shape_of(case: str, graph: Any) -> tuple[int, ...]:
    """What the input of a case looks like."""
    if "cnn_sinabs" in case:
        return 2, 34, 34
    if "/" in case:
        return (12,) if "braille" in case else (1,)
    return IMAGE if case.endswith("_cnn") or case == "sinabs_iaf" else FLAT


def written(path: Path, graph: Any) -> None:
    """As `nir.write`, which compresses no single numbers and writes no shapes that are unknown."""
    try:
        graph.infer_types()
    except ValueError:  # single numbers for all neurons have no shape
        pass
    nir.write(path, graph, compression=None)


def main(folder: Path, repository: Path | None) -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    every = {**cases(), **(repository_cases(repository) if repository else {})}
    said = {}
    for i, (name, (tool, what, options, build)) in enumerate(every.items()):
        torch.manual_seed(i)
        x, stem = frames(shape_of(name, None), i), f"case{i}"
        entry = {"tool": tool, "what": what, "options": options, "stem": stem}
        try:
            with torch.no_grad():
                graph, layers = build(x)
            if isinstance(graph, Path):
                entry["path"] = str(graph)
            else:
                written(folder / f"{stem}.nir", graph)
                entry["path"] = str(folder / f"{stem}.nir")
            arrays = {f"layer{j}": np.asarray(layer) for j, layer in enumerate(layers)}
            np.savez(folder / f"{stem}.npz", frames=x, **arrays)
        except Exception as error:  # exporters fail in many ways; the table says so
            entry["failed"] = f"{type(error).__name__}: {str(error).splitlines()[0][:150]}"
        print(name, entry.get("failed", "written"), file=sys.stderr, flush=True)
        said[name] = entry
    (folder / "cases.json").write_text(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
