"""A stream without end: memory while it is learned, a kill, and what is left of the weights.

    python benchmarks/herding_stream.py [--images 3000] [--folder FOLDER]

A process of its own learns from images of MNIST and saves itself after every 100; it is killed
(SIGKILL) on its way, read again by another, which goes on. At the end the weights are compared with
those of a stream that was never interrupted, bit by bit.
"""

from __future__ import annotations

import argparse
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from nengo_lifdeep import Herding, datasets
from nengo_lifdeep.herding.learner import SpikingMLP

SIZES = (784, 200, 200, 10)


def memory() -> float:
    """Resident memory now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def stream(path: Path | None, n: int, resume: bool) -> SpikingMLP:
    """Learn the images up to the n-th, from where the file says."""
    data = datasets.load("mnist").train
    method = Herding(order="step", backward_reset="random")
    start = resume and path is not None and path.exists()
    mlp = SpikingMLP.load(path) if start else SpikingMLP(SIZES, method=method)
    events = 0
    while mlp.n_seen < n:
        chosen = np.arange(mlp.n_seen, min(mlp.n_seen + 100, n)) % len(data)
        record = mlp.empty_record(len(chosen))
        images = data.unit_images(chosen)
        mlp.partial_fit(images, data.labels[chosen], record)
        events += int(record.spikes.sum() + record.errors.sum())
        if path is not None:
            mlp.save(path)
        if mlp.n_seen % 500 == 0:
            print(f"{mlp.n_seen:6} images, {events:9,} events, {memory():6.1f} MB", flush=True)
    return mlp


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=3000)
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--child", action="store_true")
    given = parser.parse_args()
    path = given.folder / "stream.lifdeep"
    if given.child:
        stream(path, given.images, resume=True)
        return
    path.unlink(missing_ok=True)
    command = [sys.executable, __file__, "--child", "--images", str(given.images),
               "--folder", str(given.folder)]  # fmt: skip
    child = subprocess.Popen(command)
    while not path.exists() or SpikingMLP.load(path).n_seen < given.images // 2:
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    print(f"killed after {SpikingMLP.load(path).n_seen} images; another process goes on")
    subprocess.run(command, check=True)
    again, whole = SpikingMLP.load(path), stream(None, given.images, resume=False)
    same = [np.array_equal(a, b) for a, b in zip(again.weights, whole.weights, strict=True)]
    print(f"{again.n_seen} images; weights equal to an uninterrupted stream's: {same}")


if __name__ == "__main__":
    main()
