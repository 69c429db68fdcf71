"""The other side of `benchmarks/nir_peers.py`: a NIR file in Norse and snnTorch, spikes counted.

Reads ``norse.nir``, ``snntorch.nir`` and ``images.npz`` (x, as (image, channel, row, column)) from
a folder and writes ``peers.json``: spikes of every layer, and the answers.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nir
import numpy as np
import torch


def counted(net: torch.nn.Module, kinds: tuple[str, ...]) -> dict[str, float]:
    """Counts spikes after every module of these kinds, by its name."""
    counts: dict[str, float] = {}

    def watch(name: str):
        def hook(module, inputs, output):
            spikes = output[0] if isinstance(output, tuple) else output
            counts[name] = counts.get(name, 0.0) + float(spikes.detach().sum())

        return hook

    for name, module in net.named_modules():
        if type(module).__name__ in kinds:
            module.register_forward_hook(watch(name))
    return counts


def run(net, x: torch.Tensor, steps: int, skip: int, stateful: bool) -> np.ndarray:
    """Mean scores over the steps from ``skip`` on."""
    state, total = None, 0.0
    with torch.no_grad():
        for step in range(steps):
            out = net(x, state) if stateful else net(x)
            out, state = out if isinstance(out, tuple) else (out, state)
            if step >= skip:
                total = total + out
    return (total / (steps - skip)).numpy()


def with_norse(file: Path, x: torch.Tensor, steps: int, skip: int, dt: float) -> tuple[dict, list]:
    """Norse flattens as NIR says, without a batch: one image at a time."""
    import norse.torch as norse

    net = norse.from_nir(nir.read(file), dt=dt)
    counts = counted(net, ("LIFBoxCell", "LIFCell", "IAFCell"))
    scores = [run(net, image, steps, skip, True) for image in x]
    return counts, np.stack(scores).argmax(axis=1).tolist()


def with_snntorch(file: Path, x: torch.Tensor, steps: int, skip: int) -> tuple[dict, list]:
    """snnTorch reads with its own step of 0.1 ms; it flattens all axes too."""
    from snntorch.import_nir import import_from_nir

    net = import_from_nir(nir.read(file))
    counts = counted(net, ("Leaky", "Synaptic"))
    scores = []
    for image in x:
        for module in net.modules():  # its neurons keep their membranes from call to call
            if hasattr(module, "reset_mem"):
                module.reset_mem()
        scores.append(run(net, image, steps, skip, True))
    return counts, np.stack(scores).argmax(axis=1).tolist()


def main(folder: Path, seconds: float, after: float) -> None:
    x = torch.tensor(np.load(folder / "images.npz")["x"])
    found = {}
    for name, dt in (("norse", 1e-3), ("snntorch", 1e-4)):
        file, steps, skip = folder / f"{name}.nir", round(seconds / dt), round(after / dt)
        if name == "norse":
            counts, answers = with_norse(file, x, steps, skip, dt)
        else:
            counts, answers = with_snntorch(file, x, steps, skip)
        found[name] = {"counts": counts, "answers": answers}
    (folder / "peers.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
