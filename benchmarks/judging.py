"""What judging costs beside running: many classes, many steps.

Two cases: 1,000 images of 1,000 classes for 0.2 s, and 1,000 images of 10 classes for one second.
Printed are the run with its scores kept, judging them, every window of time on demand, and
`evaluate`, which judges chunk by chunk and keeps no scores of the first case; with memory of each.

    python benchmarks/judging.py [--images 1000] [--grid]
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time

import numpy as np

import nengo_lifdeep as nld
from nengo_lifdeep.layers import Dense, Flatten, Neurons
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.training.random_features import untrained

#: classes and seconds per image
CASES = ((1000, 0.2), (10, 1.0))


def network(classes: int) -> nld.SpikingModel:
    """64 neurons and a read-out, of random weights."""
    layers = (Flatten(), Dense(64), Neurons(), Dense(classes))
    return nld.convert(untrained(Architecture((8, 8, 1), layers, "judged")), synapse=0.003)


def peak() -> float:
    """Peak memory of this process so far, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def kept(classes: int, seconds: float, n: int, grid: bool) -> None:
    """Run, then judge the scores that were kept."""
    spiking, images, labels, timing = task(classes, seconds, n)
    start, before = time.perf_counter(), peak()
    record = nld.run(spiking, images, presentation=timing)
    ran, ran_peak = time.perf_counter(), peak()
    judged = nld.Evaluation.of(record, labels)
    done, done_peak = time.perf_counter(), peak()
    print(f"  run           {ran - start:6.1f} s   {ran_peak - before:5.2f} GiB more")
    print(f"  judging       {done - ran:6.1f} s   {done_peak - ran_peak:5.2f} GiB more")
    if grid:
        record.accuracy_grid(labels)
        whole, more = time.perf_counter() - done, peak() - done_peak
        print(f"  every window  {whole:6.1f} s   {more:5.2f} GiB more")
    assert judged.n_images == n


def streamed(classes: int, seconds: float, n: int) -> None:
    """`evaluate`: chunks are judged as they come."""
    spiking, images, labels, timing = task(classes, seconds, n)
    start, before = time.perf_counter(), peak()
    nld.evaluate(spiking, nld.Split(images, labels), presentation=timing)
    print(f"  evaluate      {time.perf_counter() - start:6.1f} s   {peak() - before:5.2f} GiB more")


def task(classes: int, seconds: float, n: int) -> tuple:
    """A network, images, labels and timing; compiled already."""
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(n, 8, 8, 1)).astype(np.float32)
    spiking, timing = network(classes), nld.Presentation(t_c=0.05, t_p=seconds)
    nld.run(spiking, images[:2], presentation=timing)
    return spiking, images, rng.integers(0, classes, n), timing


def main() -> None:
    """Measure and print, every case in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--grid", action="store_true", help="Every window of time too.")
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    for classes, seconds in CASES:
        print(f"{options.images:,} images, {classes:,} classes, {seconds:g} s")
        for target, more in ((kept, (options.grid,)), (streamed, ())):
            process = context.Process(target=target, args=(classes, seconds, options.images, *more))
            process.start()
            process.join()
            if process.exitcode:
                raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main()
