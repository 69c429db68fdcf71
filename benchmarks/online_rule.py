"""The online rule of probabilistic circuits: events per second, and against plain PyTorch.

    OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 python benchmarks/online_rule.py --peer PYTHON

Both sides learn the same films, one step at a time, from the same weights with the same random
numbers, in one run, and their weights at the end are compared. ``PYTHON`` has torch. Medians of
processor time over the repeats.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from nengo_lifdeep.models.probabilistic import ProbabilisticModel
from nengo_lifdeep.probabilistic.learner import OnlineLearner
from nengo_lifdeep.probabilistic.rule import LocalVariationalRule

#: inputs, hidden and visible circuits, values, share of inputs with an event in a step
CASES = {
    "676 inputs, 2 visible (FL-SNN)": (676, 0, 2, 1, 0.02),
    "676 inputs, 10 visible, 2 values": (676, 0, 10, 2, 0.02),
    "676 inputs, 16 hidden, 10 visible, 2 values (VOWEL)": (676, 16, 10, 2, 0.02),
}
STEPS = 80


def films_of(n: int, inputs: int, values: int, share: float) -> np.ndarray:
    """Films in which a quarter of the inputs has all the events, as an object in a picture."""
    rng = np.random.default_rng(0)
    busy = np.zeros((n, 1, inputs))
    for film in busy:
        film[0, rng.permutation(inputs)[: inputs // 4]] = 4 * share
    there = rng.random((n, STEPS, inputs)) < busy
    return (there * rng.integers(1, values + 1, there.shape)).astype(np.int8)


def measure(name: str, case: tuple, n: int, repeats: int, peer: str | None) -> None:
    inputs, hidden, visible, values, share = case
    model = ProbabilisticModel.initial((inputs,), visible, hidden, values)
    films = films_of(n, inputs, values, share)
    labels = np.arange(n) % visible
    rule = LocalVariationalRule(1e-3)
    OnlineLearner(model, rule).partial_fit(films[:1], labels[:1])  # compile
    seconds = []
    for _ in range(repeats):
        learner = OnlineLearner(model, rule)
        began = time.process_time()
        learner.partial_fit(films, labels)
        seconds.append(time.process_time() - began)
    own, events = float(np.median(seconds)), int((films > 0).sum())
    per_step = own / (n * STEPS) * 1e6
    print(f"{name}: {events:,} events in {n} films, {events / own / 1e6:.2f} million events/s, "
          f"{per_step:.1f} us a step")  # fmt: skip
    if peer is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        blocks = (films[..., None] == np.arange(1, values + 1)).reshape(n, STEPS, -1)
        clamped = np.zeros((n, STEPS, hidden + visible), np.int8)
        clamped[np.arange(n), :, hidden + labels] = 1
        draws = np.random.Generator(np.random.PCG64(0)).random((n, STEPS, hidden))
        arrays = {k: getattr(model, k).astype(np.float32) for k in ("weights", "feedback", "bias")}
        np.savez(Path(folder) / "case.npz", **arrays, topology=model.topology, blocks=blocks,
                 clamped=clamped, draws=draws, basis=model.basis.values.astype(np.float32),
                 own_basis=model.feedback_basis.values.astype(np.float32), n_hidden=hidden,
                 n_values=values, rate=rule.learning_rate, kappa=rule.kappa, beta=rule.beta,
                 gamma=rule.gamma, silence=rule.silence)  # fmt: skip
        worker = Path(__file__).with_name("peers") / "online_rule.py"
        subprocess.run([peer, str(worker), folder, str(repeats)], check=True)
        found = json.loads((Path(folder) / "peer.json").read_text())
        theirs = np.load(Path(folder) / "learned.npz")["arr_0"]
    ours, before = (
        w[:, : inputs + hidden].transpose(0, 3, 2, 1, 4).reshape(theirs.shape)
        for w in (learner.weights[0], model.weights)
    )
    off, moved = np.abs(ours - theirs).max(), np.abs(ours - before).max()
    other = float(np.median(found["seconds"]))
    print(f"  PyTorch {found['torch']}: {other / (n * STEPS) * 1e6:.1f} us a step, "
          f"{other / own:.1f} times as long")  # fmt: skip
    print(f"  weights differ by {off:.1e}, of {moved:.1e} that were learned")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="a Python with torch")
    parser.add_argument("--films", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    for name, case in CASES.items():
        measure(name, case, given.films, given.repeats, given.peer)


if __name__ == "__main__":
    main()
