"""An evaluation in `events`, here and by two Dask workers of this machine: wall time, in turns.

    NENGO_LIFDEEP_THREADS=1 python benchmarks/dask_speed.py --images 4000 --steps 100

Each process computes with one thread. The workers' first round, in which they import and compile,
is left out. Needs the extra `cluster` and MNIST.
"""

from __future__ import annotations

import argparse
import statistics
import time

from distributed import Client, LocalCluster

from nengo_lifdeep import Presentation, convert, datasets, evaluate, pretrained


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, default=4000)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    model = convert(pretrained.load("mnist-compact"), synapse=0.003)
    images = datasets.load("mnist").test.take(given.images)
    last = given.steps / 1000
    show = {"presentation": Presentation(t_c=0.4 * last, t_p=last), "threads": 1, "progress": False}
    times: dict[str, list[float]] = {"here": [], "two workers": []}
    answers = {}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        for turn in range(given.rounds + 1):
            for name, executor in (("here", None), ("two workers", client.get_executor())):
                began = time.perf_counter()
                found = evaluate(model, images, executor=executor, **show)
                if turn:
                    times[name].append(time.perf_counter() - began)
                answers[name] = found.predictions
    here, workers = (statistics.median(each) for each in times.values())
    equal = bool((answers["here"] == answers["two workers"]).all())
    task = f"{given.images:,} images x {given.steps} steps"
    print(f"{task}: here {here:.1f} s, two workers {workers:.1f} s, ", end="")
    print(f"{here / workers:.2f} times as fast; answers equal: {equal}")
    print({name: [round(each, 2) for each in found] for name, found in times.items()})


if __name__ == "__main__":
    main()
