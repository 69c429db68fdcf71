"""A stream of a million events: memory while it is learned, a kill, and what is left of it.

    python benchmarks/online_stream.py [--events 1000000] [--folder FOLDER]

A process of its own learns from films of random events and saves itself from time to time; it is
killed (SIGKILL) on its way, read again by another, which goes on. At the end everything that it
holds is compared with a stream that was never interrupted, bit by bit.
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

from nengo_lifdeep.models import ProbabilisticModel
from nengo_lifdeep.probabilistic.learner import OnlineLearner
from nengo_lifdeep.probabilistic.rule import LocalVariationalRule

INPUTS, STEPS, SHARE, AT_ONCE = 200, 80, 0.05, 25


def memory() -> float:
    """Resident memory now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def stream(path: Path | None, n_films: int, resume: bool) -> OnlineLearner:
    """Learn the films up to the last, from where the file says."""
    if resume and path is not None and path.exists():
        learner = OnlineLearner.load(path)
    else:
        model = ProbabilisticModel.initial((INPUTS,), 4, 4, 2)
        learner = OnlineLearner(model, LocalVariationalRule(1e-3))
    events = 0
    while (done := learner.n_steps // STEPS) < n_films:
        rng = np.random.default_rng(done)
        n = min(AT_ONCE, n_films - done)
        there = rng.random((n, STEPS, INPUTS)) < SHARE
        learner.partial_fit(there.astype(np.int8), rng.integers(0, 4, n))
        events += int(there.sum())
        if path is not None:
            learner.save(path)
        if (done // AT_ONCE) % 10 == 9:
            print(f"{learner.n_steps:8,} steps, {events:9,} events, {memory():.1f} MB", flush=True)
    return learner


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--child", action="store_true")
    given = parser.parse_args()
    path, n_films = given.folder / "stream.lifdeep", round(given.events / (INPUTS * STEPS * SHARE))
    if given.child:
        stream(path, n_films, resume=True)
        return
    path.unlink(missing_ok=True)
    command = [sys.executable, __file__, "--child", "--events", str(given.events),
               "--folder", str(given.folder)]  # fmt: skip
    child = subprocess.Popen(command)
    while not path.exists() or OnlineLearner.load(path).n_steps < n_films * STEPS // 2:
        time.sleep(0.1)
    child.send_signal(signal.SIGKILL)
    child.wait()
    print(f"killed after {OnlineLearner.load(path).n_steps:,} steps; another process goes on")
    subprocess.run(command, check=True)
    again, whole = OnlineLearner.load(path), stream(None, n_films, resume=False)
    same = all(map(np.array_equal, again.weights, whole.weights))
    print(f"{again.n_steps:,} steps; weights equal to an uninterrupted stream's: {same}")


if __name__ == "__main__":
    main()
