"""Memory and time of judging runs larger than memory, in one piece and in parts.

``python benchmarks/many_classes.py --images 10000 --classes 1000 --steps 200`` evaluates a network
of random weights in ``events``: its class scores alone would be images x classes x steps x 4 bytes.
Peak memory is that of the whole process. ``--fit`` runs fewer images and steps too and fits the
time; ``--parts`` runs the images in parts as workers do, ``--kept`` in parts on disk, of which one
is deleted and run again; both compare all results.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from nengo_lifdeep import (
    Architecture,
    Dense,
    Evaluation,
    Flatten,
    Presentation,
    Split,
    convert,
    evaluate,
)
from nengo_lifdeep.training.random_features import random_features


def network(classes: int) -> tuple:
    """A network in spikes with so many outputs, and a function that gives images for it."""
    rng = np.random.default_rng(0)
    few = Split(rng.random((2 * classes, 4, 4, 1), np.float32), np.arange(2 * classes) % classes)
    layers = (Flatten(), Dense(32), Dense(classes))
    trained = random_features(Architecture((4, 4, 1), layers, f"{classes}-classes"), few, ridge=0.1)

    def images(n: int) -> Split:
        chosen = np.random.default_rng(1)
        return Split(chosen.random((n, 4, 4, 1), np.float32), chosen.integers(classes, size=n))

    return convert(trained, synapse=0.003), images


def timed(model, images: Split, steps: int, **options) -> tuple[float, Evaluation]:
    """Seconds of processor time, and the evaluation."""
    timing = Presentation(t_c=steps / 2000, t_p=steps / 1000)
    started = time.process_time()
    found = evaluate(model, images, presentation=timing, **options)
    return time.process_time() - started, found


def peak() -> float:
    """Most memory that the process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fit(sizes: list[tuple[int, int]], seconds: list[float]) -> tuple[float, float, float]:
    """Seconds per image-step, seconds in all, and the largest relative deviation of the line."""
    work = np.array([images * steps for images, steps in sizes], float)
    slope, start = np.polyfit(work, seconds, 1, w=1 / np.asarray(seconds))
    off = np.abs(slope * work + start - seconds) / seconds
    return float(slope), float(start), float(off.max())


def same(one: Evaluation, two: Evaluation) -> bool:
    """Whether everything that was counted is equal to the last bit."""
    return bool(
        np.array_equal(one.predictions, two.predictions)
        and np.array_equal(one.windows.accuracy, two.windows.accuracy, equal_nan=True)
        and (one.top5_accuracy, one.agreement) == (two.top5_accuracy, two.agreement)
        and (one.layer_rates, one.layer_spikes) == (two.layer_rates, two.layer_spikes)
        and (one.mean_rate, one.notes) == (two.mean_rate, two.notes)
    )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--classes", type=int, default=1_000)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fit", action="store_true", help="fewer images and steps, and a line")
    parser.add_argument("--parts", action="store_true", help="in parts too, and compared")
    parser.add_argument("--kept", action="store_true", help="in parts on disk too, and compared")
    asked = parser.parse_args()
    model, images = network(asked.classes)
    timed(model, images(20), 20, threads=1)  # compiles
    before = peak()
    print(f"before: {before:,.0f} MiB")
    sizes, seconds = [], []
    if asked.fit:
        for share, of_steps in ((8, 2), (8, 1), (4, 2), (4, 1), (2, 1)):
            n, steps = asked.images // share, asked.steps // of_steps
            took, _ = timed(model, images(n), steps, threads=asked.threads)
            sizes.append((n, steps))
            seconds.append(took)
            print(f"{n:,} images x {steps} steps: {took:.1f} s of processor time", flush=True)
    shown = images(asked.images)
    took, whole = timed(model, shown, asked.steps, threads=asked.threads)
    sizes.append((asked.images, asked.steps))
    seconds.append(took)
    scores = 4 * asked.images * asked.classes * asked.steps / 2**30
    print(
        f"{asked.images:,} images x {asked.steps} steps x {asked.classes:,} classes: {took:.1f} s "
        f"of processor time; peak {peak():,.0f} MiB (scores alone: {scores:.2f} GiB)",
        flush=True,
    )
    if asked.fit:
        slope, start, off = fit(sizes, seconds)
        print(
            f"line: {1e6 * slope:.2f} us per image and step + {start:.2f} s; largest deviation "
            f"{100 * off:.1f} %"
        )
    if asked.parts:
        with ThreadPoolExecutor(1) as pool:
            took, parts = timed(model, shown, asked.steps, threads=asked.threads, executor=pool)
        print(f"in parts: {took:.1f} s; peak {peak():,.0f} MiB; equal: {same(whole, parts)}")
        if not same(whole, parts):
            raise SystemExit(1)
    if asked.kept:
        with tempfile.TemporaryDirectory() as folder:
            kept = {"threads": asked.threads, "parts": folder}
            took, _ = timed(model, shown, asked.steps, **kept)
            files = sorted(Path(folder).iterdir())
            size = sum(file.stat().st_size for file in files) / 2**20
            files[len(files) // 2].unlink()  # as if the run had been killed there
            again, merged = timed(model, shown, asked.steps, **kept)
        print(
            f"kept on disk: {took:.1f} s, {len(files)} files, {size:.2f} MiB; one part again and "
            f"the rest from disk: {again:.1f} s; peak {peak():,.0f} MiB; equal: "
            f"{same(whole, merged)}"
        )
        if not same(whole, merged):
            raise SystemExit(1)


if __name__ == "__main__":
    main()
