"""Peak memory of the event-driven simulator over a whole test set.

Run as ``python benchmarks/event_memory.py --trained FILE.lifdeep`` (Linux only). A fresh process
loads the images and the network, runs another, tiny network to have the libraries and compiled
kernels in memory, and notes its resident memory. Then the kernel's mark of the highest resident
memory (VmHWM) is reset, all images are run, and the mark is read. What is between the two is all
that the run took: engines of all threads, tables, spikes, finished chunks and the record.

The record holds the class scores at every step, which is what was asked for; its size is given
apart. ``ru_maxrss`` is not used: a new process inherits it from the one that started it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nengo
from sides.machine import machine, versions

from nengo_lifdeep import datasets
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import LifdeepError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.simulators import run
from nengo_lifdeep.training.random_features import trained_example

MB = 1e6


def resident(mark: str = "VmRSS") -> int:
    """Resident memory in bytes: now (``"VmRSS"``) or at most (``"VmHWM"``)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(mark):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"/proc/self/status has no {mark}")


def work(options: argparse.Namespace) -> dict[str, Any]:
    """What the fresh process does."""
    synapse = nengo.Alpha(0.003)
    model = convert(TrainedModel.load(options.trained), synapse=synapse)
    data = datasets.load(options.data).test.take(options.images)
    tiny, test = trained_example()
    run(convert(tiny, synapse=synapse), test.take(4), threads=options.threads)
    timing = Presentation(t_c=0, t_p=options.steps * 0.001)
    before = resident()
    Path("/proc/self/clear_refs").write_text("5")  # the mark begins at what is resident now
    record = run(model, data, presentation=timing, threads=options.threads)
    return {
        "before": before,
        "peak": resident("VmHWM"),
        "data": data.images.nbytes,
        "outputs": record.outputs.nbytes,
        "seconds": record.seconds,
        "build_seconds": record.build_seconds,
        "image_steps": record.n_images * record.n_steps,
        "neurons": model.n_neurons,
        "notes": record.notes,
    }


def show(found: dict[str, Any], options: argparse.Namespace) -> None:
    """Print what it found."""
    taken = found["peak"] - found["before"]
    print(
        f"{found['neurons']} neurons, {options.images} images x {options.steps} steps, "
        f"{options.threads or os.cpu_count()} threads; {'; '.join(found['notes'])}"
    )
    print(
        f"{found['seconds']:.2f} s ({found['build_seconds']:.2f} s of building before), "
        f"{found['image_steps'] / found['seconds']:,.0f} image-steps/s"
    )
    print(f"resident before the run        {found['before'] / MB:8.1f} MB")
    print(f"  of which images              {found['data'] / MB:8.1f} MB")
    print(f"peak during the run            {found['peak'] / MB:8.1f} MB")
    print(f"peak beyond what was there     {taken / MB:8.1f} MB")
    print(f"  of which scores of all steps {found['outputs'] / MB:8.1f} MB")
    print(f"  everything else              {(taken - found['outputs']) / MB:8.1f} MB")


def main() -> None:
    """Measure in a process of its own and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--trained", required=True, help="file of a trained network (TrainedModel.save)")
    add("--data", default="mnist", help="data set of its images")
    add("--images", type=int, default=10_000)
    add("--steps", type=int, default=200, help="steps per image")
    add("--threads", type=int, default=0, help="0 for as many as there are cores")
    add("--rounds", type=int, default=1, help="fresh processes, one after another")
    add("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        try:
            print(json.dumps(work(options)))
        except (LifdeepError, OSError) as error:
            raise SystemExit(str(error)) from error
        return
    print(machine())
    print(", ".join(f"{k} {v}" for k, v in versions().items()))
    command = [sys.executable, __file__, *sys.argv[1:], "--worker"]
    for _ in range(options.rounds):
        print(f"\nload {os.getloadavg()[0]:.1f}")
        finished = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if finished.returncode:
            raise SystemExit(finished.returncode)
        show(json.loads(finished.stdout), options)


if __name__ == "__main__":
    main()
