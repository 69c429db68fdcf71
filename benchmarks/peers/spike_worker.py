"""Training on spikes in one PyTorch library, in a process of its own: see ``spike_training.py``.

``python spike_worker.py LIBRARY TASK.npz GRADIENTS.npz [--threads N]`` tries every way to run it
and prints a line of JSON; then another for every line ``go`` it reads: seconds and processor
seconds of one training step. Loss and gradients of the first step are left in GRADIENTS.npz.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import sys
import time
from typing import Any

import numpy as np
import torch
from spike_networks import VARIANTS, WHOLE, network


class Step:
    """One training step: forward, loss, backward, and a step of gradient descent.

    Parameters
    ----------
    name : str
        Of the variant.
    library : str
        Of `VARIANTS`.
    task : mapping of str to array
        Frames ``(step, image, 1, row, column)``, labels, weights, leak.
    last : bool
        Whether channels are the last axis in memory.
    """

    def __init__(self, library: str, name: str, task: Any, last: bool) -> None:
        frames = torch.tensor(task["frames"])
        weights = [task[f"weight{i}"] for i in range(4)]
        self.frames, self.target = frames, torch.tensor(np.eye(10, dtype="f4")[task["labels"]])
        self.module = network(VARIANTS[library][name], float(task["leak"]), len(frames), weights)
        if last:
            self.module = self.module.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.SGD(self.module.parameters(), lr=0.0)

    def run(self) -> float:
        """The loss."""
        self.optimizer.zero_grad()
        loss = torch.sum(torch.square(self.module(self.frames) - self.target))
        loss.backward()
        self.optimizer.step()
        return float(loss.detach())

    def timed(self) -> tuple[float, float]:
        """Seconds, and processor seconds."""
        start, work = time.perf_counter(), time.process_time()
        self.run()
        return time.perf_counter() - start, time.process_time() - work


def fastest(library: str, task: Any, whole: bool) -> tuple[Step, dict[str, float]]:
    """The variant that takes the least processor time, and that of all."""
    found: dict[str, float] = {}
    best: Step | None = None
    for name in VARIANTS[library]:
        if name in WHOLE and not whole:
            continue
        for last in (False, True):
            title = name + (", channels_last" if last else "")
            try:
                began = time.perf_counter()
                step = Step(library, name, task, last)
                step.run()  # compiles
                print(f"{title}: first {time.perf_counter() - began:.1f} s", file=sys.stderr)
                found[title] = min(step.timed()[1] for _ in range(2))
            except Exception as error:  # what the compiler cannot do, another variant can
                print(f"{title}: {error!r:.300}", file=sys.stderr)
                continue
            print(f"{title}: {found[title]:.3f} s of processor time", file=sys.stderr, flush=True)
            if found[title] == min(found.values()):
                best = step
    assert best is not None
    return best, found


def main() -> None:
    """Choose, then serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", choices=list(VARIANTS))
    parser.add_argument("task")
    parser.add_argument("gradients")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--whole", action="store_true", help="also compile all steps as one")
    options = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch._dynamo.config.cache_size_limit = 64
    step, variants = fastest(options.library, np.load(options.task), options.whole)
    loss = step.run()
    grads = {f"weight{i}": p.grad.numpy() for i, p in enumerate(step.module.parameters())}
    np.savez(options.gradients, loss=loss, **grads)
    versions = {name: importlib.metadata.version(name) for name in ("torch", options.library)}
    ready = {"python": platform.python_version(), **versions}
    report = {"versions": ready, "variants": variants}
    print(json.dumps(report), file=answers, flush=True)
    for line in sys.stdin:
        if line.strip() == "go":
            print(json.dumps(step.timed()), file=answers, flush=True)


if __name__ == "__main__":
    main()
