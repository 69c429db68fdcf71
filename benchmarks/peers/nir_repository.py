"""Files of the NIR repository, each in the simulator it came from, for `nir_exports.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nir
import norse.torch as norse
import numpy as np
import sinabs.layers as sl
import snntorch as snn
import torch
from nir_tools import STEPS, Case, Counter
from rockpool.nn.combinators import Sequential
from rockpool.nn.modules import LIFNeuronTorch, LinearTorch
from rockpool.parameters import Constant
from sinabs.nir import from_nir as sinabs_from_nir
from torch import nn


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
