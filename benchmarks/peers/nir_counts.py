"""The other side of `benchmarks/nir_peers.py`: NIR files in their readers, spikes counted.

Reads ``asked.json`` (files, readers and steps) and ``images.npz`` (x, as (image, channel, row,
column)) from a folder, and writes ``counts0.npz``, ...: spikes of every neuron over all images,
layer by layer, and the answers.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import nir
import norse.torch as norse
import numpy as np
import sinabs.layers as sl
import snntorch as snn
import torch
from sinabs.nir import from_nir as sinabs_from_nir
from snntorch.import_nir import import_from_nir

KINDS = (norse.LIFBoxCell, snn.Leaky, snn.Synaptic, sl.LIFSqueeze)


class Counter:
    """Sums of the spikes that a network's neurons give."""

    def __init__(self, net: torch.nn.Module) -> None:
        self.counts: dict[str, np.ndarray] = {}
        for name, module in net.named_modules():
            if isinstance(module, KINDS):
                module.register_forward_hook(self.hook(name))

    def hook(self, name: str) -> Any:
        def add(module: torch.nn.Module, inputs: Any, output: Any) -> None:
            spikes = output[0] if isinstance(output, tuple) else output
            own = spikes.detach().numpy().copy()
            own = own.sum(axis=0) if isinstance(module, sl.LIFSqueeze) else own
            self.counts[name] = self.counts.get(name, 0) + own

        return add


def step_by_step(net: torch.nn.Module, image: torch.Tensor, steps: int) -> torch.Tensor:
    """Scores of every step; Norse and snnTorch flatten the batch too, so there is none."""
    state, scores = None, []
    for module in net.modules():  # snnTorch's neurons keep their membranes from call to call
        if hasattr(module, "reset_mem"):
            module.reset_mem()
    for _ in range(steps):
        out, state = net(image, state)
        scores.append(out)
    return torch.stack(scores)


def at_once(net: torch.nn.Module, image: torch.Tensor, steps: int) -> torch.Tensor:
    """Sinabs takes the steps as a batch."""
    for module in net.modules():
        if hasattr(module, "reset_states"):
            module.reset_states()
    out = net(image.expand(steps, *image.shape))
    return out[0] if isinstance(out, tuple) else out


def main(folder: Path, seconds: float, after: float) -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    x = torch.tensor(np.load(folder / "images.npz")["x"])
    for i, case in enumerate(json.loads((folder / "asked.json").read_text())):
        graph, dt = nir.read(case["file"]), case["dt"]
        steps, skip, play = round(seconds / dt), round(after / dt), step_by_step
        if case["reader"] == "norse":
            net = norse.from_nir(graph, dt=dt)
        elif case["reader"] == "snntorch":
            net = import_from_nir(graph)
        else:
            net, play = sinabs_from_nir(graph, batch_size=1), at_once
        counter, answers = Counter(net), []
        with torch.no_grad():
            for image in x:
                answers.append(int(play(net, image, steps)[skip:].mean(dim=0).argmax()))
        layers = {f"layer{k}": c for k, c in enumerate(counter.counts.values())}
        np.savez(folder / f"counts{i}.npz", answers=np.array(answers), **layers)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
