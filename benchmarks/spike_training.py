"""Memory and time of a step of spike-based training, and what a whole training would cost.

Run as ``python benchmarks/spike_training.py`` (Linux only): LeNet, VGG9 and ResNet11 of Lee et al.
(2020), 100 steps, batches as published, each in a process of its own, in the form that follows
every step and in the accumulated one. A few batches of random images of the data's size are
trained through `train`, coding, dropout and optimiser included; the last ones are timed, in
processor seconds (all cores together, so that other work beside it counts little) and by the wall.

The cost of the published training is the processor time of a step times steps per epoch times
epochs, from 50,000 (or 60,000) images.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from sides.machine import machine, versions

from nengo_lifdeep import datasets, train
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.inputs.coding import BernoulliCoding
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.neurons import StepLIF
from nengo_lifdeep.training.settings.spike_based import SpikeBased

#: network -> batch, training images and epochs, as published
PUBLISHED = {
    "lee2020-lenet": (64, 60_000, 125),
    "lee2020-vgg9": (16, 50_000, 150),
    "lee2020-resnet11": (16, 50_000, 150),
}
GB = 1e9


def highest() -> int:
    """Highest resident memory of this process, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise SystemExit("/proc/self/status has no VmHWM")


def work(options: argparse.Namespace) -> dict[str, Any]:
    """What the fresh process does: one training of a few batches."""
    net = architecture(options.network)
    batch = options.batch or PUBLISHED[options.network][0]
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (batch, *net.input_shape), np.uint8)
    split = Split(images, rng.integers(0, 10, batch))
    data = datasets.Dataset("random", split, split, tuple(map(str, range(10))))
    marks: list[tuple[float, float]] = []
    train(
        net,
        data,
        neuron=StepLIF.of_leak(0.99),
        method=SpikeBased(
            n_steps=options.steps,
            coding=BernoulliCoding(max_rate=1000),
            accumulated=options.accumulated,
        ),
        epochs=options.batches,  # of one batch each
        batch_size=batch,
        optimizer="sgd",
        learning_rate=0.001,
        loss="sum_of_squares",
        callbacks=[lambda *_: marks.append((time.process_time(), time.perf_counter()))],
        progress=False,
    )
    first = options.batches // 2  # what comes before compiles, or takes memory for the first time
    processor, wall = (np.array(marks[-1]) - marks[first - 1]) / (options.batches - first)
    return {"peak": highest(), "processor": processor, "wall": wall, "batch": batch}


def measured(network: str, accumulated: bool, options: argparse.Namespace) -> dict[str, Any]:
    """`work` in a process of its own."""
    command = [
        sys.executable, __file__, "--worker", "--network", network,
        "--steps", str(options.steps), "--batches", str(options.batches),
        *(["--batch", str(options.batch)] if options.batch else []),
        *(["--accumulated"] if accumulated else []),
    ]  # fmt: skip
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed ({done.returncode}):\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure every network in both forms and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", choices=PUBLISHED, help="only this one")
    parser.add_argument("--steps", type=int, default=100, help="time steps per image")
    parser.add_argument("--batch", type=int, help="images per batch; as published by default")
    parser.add_argument("--batches", type=int, default=4, help="how many; half of them are timed")
    parser.add_argument("--accumulated", action="store_true", help="only the accumulated form")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.batches < 2:
        parser.error("--batches must be 2 or more: the first ones are not timed")
    if options.worker:
        print(json.dumps(work(options)))
        return
    print(machine(), *(f"{name} {found}" for name, found in versions().items()), sep="; ")
    print(f"{options.steps} steps; processor seconds are of all cores together")
    for network in [options.network] if options.network else PUBLISHED:
        _, n_images, epochs = PUBLISHED[network]
        counts = architecture(network).counts()
        print(f"{network}: {counts.neurons:,} firing units")
        for accumulated in (True,) if options.accumulated else (False, True):
            found = measured(network, accumulated, options)
            batch = found["batch"]
            hours = found["processor"] * (n_images // batch) * epochs / 3600
            print(
                f"  {'accumulated' if accumulated else 'every step':<12}batch {batch:>3}  "
                f"peak {found['peak'] / GB:5.2f} GB  a batch: {found['processor']:6.1f} s of "
                f"processor, {found['wall']:6.1f} s of wall; an epoch of {n_images:,} images "
                f"{hours / epochs:,.1f} h, {epochs} epochs {hours:,.0f} h of processor",
                flush=True,
            )


if __name__ == "__main__":
    main()
