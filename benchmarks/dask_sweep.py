"""A sweep here, by two Dask workers of this machine, and with workers killed: times and equal rows.

    NENGO_LIFDEEP_THREADS=1 python benchmarks/dask_sweep.py

24 jobs of so many additions each (``--seconds``: about so long on an idle core) in one process and
by two workers; 200 jobs that do nothing, which shows what it costs to hand one over and to write
its file; and 48 jobs during which a worker is killed with SIGKILL five times. Needs the extra
`cluster`.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
import threading
import time
from typing import Any

import numpy as np
from distributed import Client, LocalCluster

from nengo_lifdeep import sweep
from nengo_lifdeep.jobs import workers


def summed(seed: int, rounds: int) -> float:
    """The sum of many random numbers, by one thread."""
    rng = np.random.default_rng(seed)
    return sum(float(rng.random(1_000_000).sum()) for _ in range(rounds))


def nothing(i: int) -> int:
    """A job that does nothing."""
    return i


def rounds_of(seconds: float) -> int:
    """How many millions of numbers take so long here."""
    before = time.process_time()
    summed(0, 20)
    return max(1, round(20 * seconds / (time.process_time() - before)))


def timed(function: Any, grid: dict[str, list[Any]], executor: Any) -> tuple[float, Any]:
    """Seconds of a sweep into a new folder, and what it found."""
    with tempfile.TemporaryDirectory() as folder:
        before = time.perf_counter()
        found = sweep(function, grid, out=folder, executor=executor)
        return time.perf_counter() - before, found


def kill_some(cluster: LocalCluster, times: int, wait: float, killed: list[int]) -> None:
    """Kill one of both workers again and again, and note it; their nannies start them anew."""
    draws = random.Random(0)
    while len(killed) < times:
        time.sleep(wait)
        found = {nanny.pid for nanny in cluster.workers.values()} - {None, *killed}
        if len(found) == 2:  # the last one that was killed has been started anew
            killed.append(draws.choice(sorted(found)))
            os.kill(killed[-1], signal.SIGKILL)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--kills", type=int, default=5)
    asked = parser.parse_args()
    rounds = rounds_of(asked.seconds)
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {rounds} million numbers a job")
    one_thread = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**one_thread) as cluster, Client(cluster) as client:
        dask = client.get_executor(pure=False)
        grid = {"seed": list(range(24)), "rounds": [rounds]}
        here, expected = timed(summed, grid, None)
        there, found = timed(summed, grid, dask)
        equal = expected.rows == found.rows
        print(f"24 jobs: here {here:.1f} s, two Dask workers {there:.1f} s, ", end="")
        print(f"{here / there:.2f} times as fast; equal rows: {equal}", flush=True)
        many = {"i": list(range(200))}
        with workers(2) as own:
            timed(nothing, {"i": [0, 1]}, own)  # they are started
            pools = {"here": None, "own processes": own, "Dask": dask}
            each = {name: timed(nothing, many, pool)[0] / 200 for name, pool in pools.items()}
        print(
            "a job that does nothing:", ", ".join(f"{n} {1e3 * s:.1f} ms" for n, s in each.items())
        )
        grid = {"seed": list(range(48)), "rounds": [rounds]}
        killed: list[int] = []
        arguments = (cluster, asked.kills, there / 24, killed)
        killer = threading.Thread(target=kill_some, args=arguments, daemon=True)
        killer.start()
        took, found = timed(summed, grid, dask)
        killer.join(1)
        _, expected = timed(summed, grid, None)
        equal = expected.rows == found.rows
        print(f"48 jobs, {len(killed)} workers killed: {took:.1f} s; ", end="")
        print(f"failures {len(found.failures)}, equal rows: {equal}")


if __name__ == "__main__":
    main()
