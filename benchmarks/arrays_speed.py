"""Training through cross-point arrays: processor time per image, beside IBM's aihwkit.

    python benchmarks/arrays_speed.py --peers PYTHON [--batch 1 --batch 64] [--images 256]

The network of Gokmen et al. (2017) on MNIST, without rules and with all three, one thread (set
``OMP_NUM_THREADS``, ``NUMBA_NUM_THREADS``, ``TF_NUM_INTRAOP_THREADS`` and
``TF_NUM_INTEROP_THREADS`` to 1), in turns; the smallest of several rounds, without building and
compiling. ``PYTHON`` is that of an environment with aihwkit (`benchmarks/peers/aihwkit_arrays.py`).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import nengo
import numpy as np

from nengo_lifdeep import datasets, train
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.weights import CrossPoint

WORKER = Path(__file__).with_name("peers") / "aihwkit_network.py"


def ours(split, batch: int, rounds: int, managed: bool) -> list[float]:
    """Processor time per image in every round after the first."""
    marks = []
    train(
        architecture("gokmen2017-cnn"),
        split,
        weights=CrossPoint.managed() if managed else CrossPoint(),
        neuron=nengo.Tanh(tau_ref=1.0),
        epochs=rounds + 1,
        batch_size=batch,
        learning_rate=0.01,
        kernel_initializer="uniform",
        callbacks=[lambda *given: marks.append(time.process_time())],
        progress=False,
    )
    return list(np.diff(marks) / (len(split) // batch * batch))


def theirs(python: str, file: Path, batch: int, n: int, rounds: int, managed: bool) -> dict:
    """The same of aihwkit, in its own process."""
    command = [python, str(WORKER), str(file), *map(str, (batch, n, rounds, int(managed)))]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=None)
    parser.add_argument("--batch", type=int, action="append")
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--turns", type=int, default=2)
    given = parser.parse_args()
    split = datasets.load("mnist").train.take(given.images)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "images.npz"
        np.savez(file, images=split.unit_images(), labels=split.labels)
        for batch in given.batch or [1, 64]:
            for managed in (False, True):
                found: dict[str, list[float]] = {"ours": []}
                for _ in range(given.turns):
                    found["ours"] += ours(split, batch, given.rounds, managed)
                    if given.peers:
                        of = theirs(given.peers, file, batch, len(split), given.rounds, managed)
                        found.setdefault(of["versions"], []).extend(of["times"])
                rules = "all rules" if managed else "no rules"
                line = f"batch {batch}, {rules}:"
                for name, times in found.items():
                    line += f"  {name} {min(times) * 1e3:.2f} ms"
                if given.peers:
                    line += f"  ratio {min(found[of['versions']]) / min(found['ours']):.2f}"
                print(line, "per image", flush=True)


if __name__ == "__main__":
    main()
