"""A network of theta neurons: time per step and edge, beside Brian2 on the same network.

    python benchmarks/theta_speed.py [--peers PYTHON] [--neurons 5000] [--degree 500] [--time 20]

Processor and wall time of one thread, medians of runs in turns, without building and compiling.
``--peers`` is the Python of an environment with Brian2, which gets the same edges, currents and
angles in a file and takes the same number of steps, of Euler's rule, in generated C++ (``cython``
target, float64). Then the cost for more and more edges of as many neurons, with the line fitted
through it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from nengo_lifdeep.theta import configuration_model, lorentzian, simulate
from nengo_lifdeep.theta.graph import edges_of

KAPPA, DT, ETA0, DELTA = 1.5, 0.05, -0.3, 0.05
WORKER = Path(__file__).with_name("peers") / "theta_worker.py"


def network(neurons: int, degree: int) -> tuple:
    """A graph of equal degrees, currents, and angles."""
    k = np.full(neurons, degree)
    eta = lorentzian(neurons, ETA0, DELTA, seed=1)
    theta = np.random.default_rng(2).uniform(-np.pi, np.pi, neurons)
    return configuration_model(k, k, seed=3), eta, theta


def ours(graph: object, eta: np.ndarray, theta: np.ndarray, duration: float) -> tuple:
    """Processor time, wall time and mean rate of a run."""
    wall, cpu = time.perf_counter(), time.process_time()
    run = simulate(graph, eta, KAPPA, duration, dt=DT, theta=theta)
    return time.process_time() - cpu, time.perf_counter() - wall, run.mean_rate


def peer(python: str, graph, eta: np.ndarray, theta: np.ndarray, duration: float) -> dict:
    """The same of Brian2, run in its own process."""
    receivers, senders = edges_of(graph)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.npz"
        np.savez(file, receivers=receivers, senders=senders, eta=eta, theta=theta)
        command = [python, str(WORKER), str(file), str(KAPPA), str(DT), str(duration)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def beside(given: argparse.Namespace) -> None:
    """One network, ours and the peer's in turns."""
    graph, eta, theta = network(given.neurons, given.degree)
    edges, steps = graph.nnz, round(given.time / DT)
    ours(graph, eta, theta, DT)
    found: dict[str, list] = {"ours": []}
    for _ in range(given.rounds):
        found["ours"].append(ours(graph, eta, theta, given.time))
        if given.peers:
            of = peer(given.peers, graph, eta, theta, given.time)
            row = (of["cpu"], of["wall"], of["rate"])
            found.setdefault(f"Brian2 {of['version']}", []).append(row)
    print(f"{given.neurons} neurons, {edges} edges, {steps} steps; median of {given.rounds}")
    first = None
    for name, rows in found.items():
        cpu, wall, rate = np.median(np.array(rows), axis=0)
        first = first or cpu
        print(
            f"{name:28} {cpu:8.3f} s processor {wall:8.3f} s wall {cpu / edges / steps * 1e9:7.2f} "
            f"ns per edge and step {cpu / first:6.1f} times ours, rate {rate:.4f}", flush=True,
        )  # fmt: skip


def by_edges(given: argparse.Namespace) -> None:
    """Processor time against edges, and a line."""
    rows = []
    for degree in (25, 50, 100, 200, 400, 800):
        graph, eta, theta = network(given.neurons, degree)
        ours(graph, eta, theta, DT)
        steps = round(given.time / DT)
        cpu = min(ours(graph, eta, theta, given.time)[0] for _ in range(given.rounds)) / steps
        rows.append((graph.nnz, cpu))
        print(f"{graph.nnz:10} edges {cpu * 1e6:9.1f} us per step", flush=True)
    edges, cpu = np.array(rows).T
    slope, start = np.polyfit(edges, cpu, 1, w=1 / cpu)
    print(f"fit: {start * 1e6:.1f} us + {slope * 1e9:.3f} ns per edge; off by")
    for n, found in rows:
        print(f"{n:10} edges {(found / (slope * n + start) - 1):+.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=None)
    parser.add_argument("--neurons", type=int, default=5000)
    parser.add_argument("--degree", type=int, default=500)
    parser.add_argument("--time", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    beside(given)
    by_edges(given)


if __name__ == "__main__":
    main()
