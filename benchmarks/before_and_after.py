"""Speed of two checkouts: spiking inference, training steps, conversion, evaluation, chip.

    python benchmarks/before_and_after.py CHECKOUT CHECKOUT --trained FILE.lifdeep

Each checkout runs in a process of its own, with its own package and its own ``benchmarks/sides``
and ``training_step.py``, on the same network and images. The processes take turns round by round,
so that a busy machine is busy for both. Printed are medians of user processor time, which other
programs hardly change, and of wall time; the ratio is the first checkout's to the second's, more
than 1 where the second is faster, and its spread is that of the ratios of single rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

PARTS = (
    "events", "nengo", "nengo-dl", "convert", "evaluate", "ReLU", "SoftLIF", "alpha-RC",
    "loihi-exact",
)  # fmt: skip


class Side:
    """A checkout's process.

    Parameters
    ----------
    checkout : Path
        The checkout.
    options : list of str
        What the process is told besides.
    """

    def __init__(self, checkout: Path, options: list[str]) -> None:
        paths = os.pathsep.join([str(checkout), str(checkout / "benchmarks")])
        environment = {**os.environ, "PYTHONPATH": paths, "TF_CPP_MIN_LOG_LEVEL": "3"}
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), "--work-in", str(checkout), *options],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/",
        )  # fmt: skip

    def round(self, part: str) -> dict[str, Any]:
        """Seconds of one round of a part, and what it computed."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(part + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith("{"):
                return dict(json.loads(line))
        raise SystemExit(f"the process of {self.process.args[3]!r} ended")  # type: ignore[index]

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def work(options: argparse.Namespace) -> dict[str, Callable[[], Any]]:
    """What each part does in a checkout; returned is what both must have computed alike."""
    import nengo
    from sides import task as of_checkout
    from sides.ours import Ours

    import nengo_lifdeep
    from nengo_lifdeep import datasets
    from nengo_lifdeep.models import TrainedModel

    assert Path(nengo_lifdeep.__file__).is_relative_to(options.work_in), nengo_lifdeep.__file__
    trained = TrainedModel.load(options.trained)
    test = datasets.load(options.data).test
    first = getattr(test, "first", test.take)  # `take` may be a random sample
    data, timing = first(options.images), of_checkout.Presentation(t_c=0.04, t_p=0.1)
    ready: dict[str, Any] = {}

    def spiking(name: str, n_images: int, **more: Any) -> Callable[[], Any]:
        def run() -> Any:
            if name not in ready:
                shown = first(n_images)
                task = of_checkout.Task(trained, shown, timing, nengo.Alpha(0.003), 1.0)
                ready[name] = Ours(task, name, n_images, **more)
            done = ready[name].round()
            return [done.work, round(done.rate, 2)]

        return run

    def convert() -> Any:
        for _ in range(options.conversions):
            made = nengo_lifdeep.convert(trained, synapse=nengo.Alpha(0.003))
        return made.n_neurons

    def evaluate() -> Any:
        model = nengo_lifdeep.convert(trained, synapse=nengo.Alpha(0.003))
        found = nengo_lifdeep.evaluate(
            model, data, presentation=timing, simulator="events", threads=options.threads
        )
        return round(found.error, 4)

    def training(neuron: str) -> Callable[[], Any]:
        def run() -> Any:
            if neuron not in ready:
                ready[neuron] = training_round(neuron, options)
            return ready[neuron]()

        return run

    def chip() -> Any:
        if "chip" not in ready:
            ready["chip"] = chip_round(trained, first(1))
        return ready["chip"]()

    return {
        "loihi-exact": chip,
        "events": spiking("events", options.images, threads=options.threads),
        "nengo": spiking("nengo", 3),
        "nengo-dl": spiking("nengo-dl", options.images),
        "convert": convert,
        "evaluate": evaluate,
        "ReLU": training("ReLU"),
        "SoftLIF": training("SoftLIF"),
        "alpha-RC": training("SoftLIF + alpha-RC"),
    }


def chip_round(trained: Any, image: Any) -> Callable[[], int]:
    """The emulated chip's steps of one image, ten times, without building; gives the spikes."""
    import nengo
    import numpy as np

    import nengo_lifdeep
    from nengo_lifdeep.simulators.loihi_exact import engine, kernel

    calls: list[tuple[Any, ...]] = []

    def noted(program: Any, starts: Any, neurons: Any, *rest: Any) -> None:
        calls.append((program, starts.copy(), neurons.copy()))
        kernel.run_image(program, starts, neurons, *rest)

    model = nengo_lifdeep.convert(trained, synapse=nengo.Lowpass(0.005), scale_firing_rates=2.0)
    original, engine._kernel = engine._kernel, lambda options: noted
    timing = nengo_lifdeep.Presentation(t_c=0.1, t_p=0.2)
    nengo_lifdeep.run(model, image, simulator="loihi-exact", presentation=timing, progress=False)
    engine._kernel = original
    program, host_starts, host_neurons = calls[-1]  # the first only compiled it
    n, n_steps = program.n_compartments, len(host_starts) - 1

    def one() -> int:
        for _ in range(10):
            starts, fired = np.zeros(n_steps + 1, np.int64), np.empty(n_steps * n, np.int32)
            state, overflows = engine.ChipState.at_rest(n), np.zeros((3, n), np.int64)
            kernel.run_image(program, host_starts, host_neurons, state, starts, fired, overflows)
        return int(starts[-1])

    return one


def training_round(neuron: str, options: argparse.Namespace) -> Callable[[], int]:
    """Training steps of the checkout's own benchmark."""
    import numpy as np
    import training_step

    from nengo_lifdeep.datasets.base import Split

    rng = np.random.default_rng(0)
    n_images = options.steps * 200
    images = rng.integers(0, 256, (n_images, 28, 28, 1), dtype=np.uint8)
    data = Split(images, rng.integers(0, 10, n_images), "random pixels")
    run = training_step.ours(training_step.NEURONS[neuron], data, 200)
    epochs = iter(range(10**6))

    def one() -> int:
        run(next(epochs), training_step.stopwatch())
        return n_images

    return one


def serve(options: argparse.Namespace) -> None:
    """Run the parts named on the standard input, one a line."""
    warnings.simplefilter("ignore")
    del sys.path[0]  # the benchmarks of the checkout that this file is in
    parts = work(options)
    for line in sys.stdin:
        before, started = resource.getrusage(resource.RUSAGE_SELF).ru_utime, time.perf_counter()
        found = parts[line.strip()]()
        wall = time.perf_counter() - started
        user = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
        print(json.dumps({"user": user, "wall": wall, "found": found}), flush=True)


def measure(options: argparse.Namespace, passed: list[str]) -> None:
    """Print a row for every part."""
    places = [path.resolve() for path in options.checkouts]
    sides = [Side(place, passed) for place in places]
    print(
        f"{' '.join(map(str, options.checkouts))}: {options.rounds} rounds in turns, load", end=" "
    )
    print(f"{os.getloadavg()[0]:.1f}; seconds a round")
    kinds = ("user", "wall")
    print(f"{'':10}" + "".join(f"{kind:>8}{'':8}{'ratio (min - max)':>22}" for kind in kinds))
    for part in options.only:
        rounds = [[side.round(part) for side in sides] for _ in range(options.rounds + 1)][1:]
        row = f"{part:10}"
        for kind in kinds:
            both = [[one[i][kind] for one in rounds] for i in range(2)]
            first, second = map(statistics.median, both)
            single = sorted(a / max(b, 1e-9) for a, b in zip(*both, strict=True))
            spread = f"({single[0]:.2f} - {single[-1]:.2f})"
            row += f"{first:8.2f}{second:8.2f}{first / max(second, 1e-9):8.2f} {spread:13}"
        found = [one["found"] for one in rounds[-1]]
        row += f"  both {found[0]}" if found[0] == found[1] else f"  {found[0]} and {found[1]}"
        print(row, flush=True)
    for side in sides:
        side.close()


def main() -> None:
    """Measure, or be a checkout's process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("checkouts", nargs="*", type=Path)
    add("--trained", type=Path, required=True, help="a network of 28 x 28 images for both")
    add("--data", default="mnist")
    add("--images", type=int, default=200)
    add("--conversions", type=int, default=10, help="a round")
    add("--steps", type=int, default=10, help="training steps of 200 images a round")
    add("--threads", type=int, default=1, help="of events")
    add("--rounds", type=int, default=7, help="timed rounds (one more to warm up)")
    add("--only", nargs="+", choices=PARTS, default=list(PARTS))
    add("--work-in", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work_in:
        serve(options)
    elif len(options.checkouts) != 2:
        parser.error(f"two checkouts to compare, but {len(options.checkouts)} were given")
    else:
        names = ("data", "images", "conversions", "steps", "threads")
        passed = [f"--trained={options.trained.resolve()}"]
        measure(options, passed + [f"--{name}={getattr(options, name)}" for name in names])


if __name__ == "__main__":
    main()
