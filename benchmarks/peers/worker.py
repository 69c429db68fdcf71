"""One PyTorch library in a process of its own, started by ``spiking_inference.py``.

``python worker.py LIBRARY NETWORK.npz [--filtered] [--threads N]`` prints a line of JSON when it is
ready, and another for every line ``go`` it reads: the seconds that one batch took.

The environment, once: ``python3.11 -m venv peers-venv`` and ``peers-venv/bin/pip install --no-deps
-r benchmarks/peers/requirements.txt`` (without dependencies, since some of these libraries ask for
a build of PyTorch with CUDA, and for packages that inference does not use).
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

import torch
from network import Network

Step = Callable[[Any, list[Any]], tuple[Any, list[Any], list[Any]]]


def present(network: Network, step: Step, n_steps: int) -> Any:
    """Scores of every step, ``(step, image, class)``."""
    current, states = network.start()
    scores = []
    for _ in range(n_steps):
        out, states, _ = step(current, states)
        scores.append(out)
    return torch.stack(scores)


def timed(network: Network, step: Step, n_steps: int) -> float:
    """Seconds for one batch."""
    start = time.perf_counter()
    present(network, step, n_steps)
    return time.perf_counter() - start


def fastest_step(network: Network) -> tuple[Step, str]:
    """The step as it is or compiled, and in which layout of images, whichever is quicker."""
    plain = network.images.contiguous()
    last = plain.contiguous(memory_format=torch.channels_last)
    compiled = torch.compile(network.step, dynamic=False)
    candidates = {
        "eager, channels_last": (network.step, last),
        "torch.compile, channels_last": (compiled, last),
        "torch.compile, NCHW": (compiled, plain),
    }
    best: dict[str, float] = {}
    for trial in range(6):
        for name, (step, network.images) in candidates.items():
            try:
                seconds = timed(network, step, 10)
            except Exception as error:  # what the compiler cannot do, eager can
                print(f"{name}: {error!r:.300}", file=sys.stderr)
                continue
            if trial:  # the first compiles
                best[name] = min(seconds, best.get(name, seconds))
    for name, seconds in best.items():
        print(f"{name}: {1e3 * seconds / 10:.1f} ms/step", file=sys.stderr)
    chosen = min(best, key=lambda name: best[name])
    step, network.images = candidates[chosen]
    return step, chosen


def activity(network: Network, step: Step) -> tuple[float, float]:
    """Spikes per neuron and step, and the share of correct answers; not timed."""
    current, states = network.start()
    total, scores = 0.0, 0.0
    for i in range(network.n_steps):
        out, states, fired = step(current, states)
        total += sum(float(spikes.sum()) for spikes in fired)
        if i >= network.c_steps:
            scores = scores + out
    n = len(network.images) * network.n_neurons * network.n_steps
    right = (scores.argmax(dim=1) == network.labels).float().mean()
    return total / n, float(right)


def serve(network: Network, library: str, answers: TextIO) -> None:
    """Answer until standard input ends."""
    step, configuration = fastest_step(network)
    spikes, right = activity(network, step)
    versions = {name: importlib.metadata.version(name) for name in ("torch", library)}
    ready = {
        "versions": {"python": platform.python_version(), **versions},
        "configuration": configuration,
        "spikes": spikes,
        "accuracy": right,
    }
    print(json.dumps(ready), file=answers, flush=True)
    for line in sys.stdin:
        if line.strip() == "go":
            answer = {"seconds": timed(network, step, network.n_steps)}
            print(json.dumps(answer), file=answers, flush=True)


def main() -> None:
    """Build, then serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", choices=["snntorch", "spikingjelly", "norse", "sinabs"])
    parser.add_argument("network")
    parser.add_argument("--filtered", action="store_true", help="lowpass synapses")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    make = importlib.import_module(f"libraries.{options.library}").make
    with torch.inference_mode():
        serve(Network(options.network, make, options.filtered), options.library, answers)


if __name__ == "__main__":
    main()
