"""Speed of spiking inference: our simulators, NengoDL, Nengo and PyTorch's spiking libraries.

Run as ``python benchmarks/spiking_inference.py --trained FILE.lifdeep``. All sides run the same
trained network on the same images, one after another in every round. What is compared is
image-steps per second: one step of one image. Building, compiling and the first call are not
counted. The yardstick is one forward pass of the network with ReLU.

Measure on an idle machine. Other programs do not slow all sides alike: PyTorch's threads wait for
each other after every operation, and where other programs kept two cores busy its libraries took
ten times as long. The load at the start and at the end is printed.

PyTorch's libraries need an environment of their own, given with ``--peers-python``; how to make it
is in ``peers/worker.py``.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nengo
from sides.machine import machine, versions
from sides.ours import Ours
from sides.peers import LIBRARIES, Peer
from sides.task import Round, Task

from nengo_lifdeep import datasets
from nengo_lifdeep.compat import import_tensorflow
from nengo_lifdeep.errors import LifdeepError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.models import TrainedModel

#: network -> its data
NETWORKS = {
    "mnist-compact": "mnist",
    "hunsberger2016-mnist": "mnist",
    "hunsberger2016-cifar10": "cifar-10",
    "digits-compact": "digits",
}
RELU = "relu"
#: seconds between two sides, and those that a side is measured for at least
PAUSE, SECONDS = 0.5, 1.0
HOME = ("events", "tensor-nodes", "nengo-dl", "nengo", "converter", RELU)


def sides(task: Task, options: argparse.Namespace) -> dict[str, Callable[[], Any]]:
    """What builds each side, by its name."""

    def relu() -> Any:
        from sides.relu import Relu

        return Relu(task)

    def converter() -> Any:
        from sides.converter import Converter

        return Converter(task, options.converter_steps)

    def tensor_nodes() -> Any:
        from sides.tensor_nodes import TensorNodes

        return TensorNodes(task)

    made: dict[str, Callable[[], Any]] = {
        "events": lambda: Ours(task, "events", options.batch, threads=options.threads),
        "tensor-nodes": tensor_nodes,
        "nengo-dl": lambda: Ours(task, "nengo-dl", options.batch, batches=3),
        "nengo": lambda: Ours(task, "nengo", options.nengo_images),
        "converter": converter,
        RELU: relu,
    }
    kinds = ["none"] if task.synapse is None else options.peer_synapse
    for library in LIBRARIES if options.peers_python else ():
        for kind in kinds:
            made[library if kind == "lowpass" else f"{library}, no synapse"] = (
                lambda library=library, kind=kind: Peer(
                    task, library, kind == "lowpass", options.peers_python, options.threads
                )
            )
    return {k: v for k, v in made.items() if k.split(",")[0] in options.only}


def built(task: Task, options: argparse.Namespace) -> dict[str, Any]:
    """The sides that can run here; the others are named with the reason."""
    if not options.peers_python and set(LIBRARIES) & set(options.only):
        print("PyTorch's libraries are skipped: no --peers-python (see peers/worker.py)")
    ready = {}
    for name, build in sides(task, options).items():
        start = time.perf_counter()
        try:
            ready[name] = build()
            ready[name].round()  # compiles and warms up
        except LookupError as error:
            print(f"{name} is skipped: {error.args[0]}")
            ready.pop(name, None)
        else:
            print(f"{name}: ready after {time.perf_counter() - start:.1f} s", flush=True)
    return ready


def _long_round(side: Any) -> Round:
    """A round, repeated until a second has been measured."""
    done = [side.round()]
    while sum(r.seconds for r in done) < SECONDS:
        done.append(side.round())
    seconds, work = sum(r.seconds for r in done), sum(r.work for r in done)
    return dataclasses.replace(done[-1], seconds=seconds, work=work)


def measured(ready: dict[str, Any], rounds: int) -> dict[str, list[Round]]:
    """All sides in turns, ``rounds`` times, each for a second or more.

    The pause lets the threads of the side before fall asleep: those of OpenMP and TensorFlow wait
    actively for a while, on the cores that the next side needs.
    """
    results: dict[str, list[Round]] = {name: [] for name in ready}
    for i in range(rounds):
        for name, side in ready.items():
            time.sleep(PAUSE)
            results[name].append(_long_round(side))
        print(f"round {i + 1} of {rounds}", flush=True)
    return results


def table(results: dict[str, list[Round]], notes: dict[str, list[str]]) -> list[dict[str, Any]]:
    """One row per side; ratios are of medians."""
    speed = {name: [r.work / r.seconds for r in rounds] for name, rounds in results.items()}
    median = {name: statistics.median(values) for name, values in speed.items()}
    base = median.get("events")
    forward = median.get(RELU)
    return [
        {
            "side": name,
            "per_second": median[name],
            "min": min(speed[name]),
            "max": max(speed[name]),
            "events_ratio": base / median[name] if base and name != RELU else None,
            "relu_passes": forward / median[name] if forward and name != RELU else None,
            "accuracy": rounds[-1].accuracy,
            "rate": rounds[-1].rate,
            "notes": notes[name],
        }
        for name, rounds in results.items()
    ]


def show(rows: list[dict[str, Any]]) -> None:
    """Print the table."""

    def number(value: float | None, form: str) -> str:
        return "-" if value is None else format(value, form)

    print(
        f"\n{'side':26s} {'image-steps/s':>13s} {'(min - max)':>19s} {'events/side':>11s} "
        f"{'ReLU passes':>11s} {'correct':>8s} {'rate, Hz':>8s}"
    )
    for row in rows:
        spread = f"({row['min']:.0f} - {row['max']:.0f})"
        print(
            f"{row['side']:26s} {row['per_second']:13.0f} {spread:>19s} "
            f"{number(row['events_ratio'], '.2f'):>11s} {number(row['relu_passes'], '.3f'):>11s} "
            f"{number(row['accuracy'], '.1%'):>8s} {number(row['rate'], '.2f'):>8s}  "
            f"{'; '.join(row['notes'])}"
        )
    print(
        f"\n{RELU} is in images/s. ReLU passes: cost of one image-step in forward passes of one "
        "image. Rate: spikes per neuron and second.\nPyTorch's libraries: LIF with the same "
        "decay and threshold, biases as constant currents, first layer computed once per image, "
        "no refractory period,\nlowpass synapses with the model's time constant (or none), state "
        "and spikes not kept; the faster of eager and torch.compile."
    )


def synapse(text: str) -> Any:
    """``alpha:0.003``, ``lowpass:0.005`` or ``none``."""
    kind, _, tau = text.partition(":")
    kinds = {"alpha": nengo.Alpha, "lowpass": nengo.Lowpass}
    try:
        return None if text == "none" else kinds[kind](float(tau))
    except (KeyError, ValueError):
        raise argparse.ArgumentTypeError(
            f"{text!r}; expected alpha:SECONDS, lowpass:SECONDS or none"
        ) from None


def parsed() -> argparse.Namespace:
    """The command line, checked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--network", choices=list(NETWORKS), default="mnist-compact")
    add("--trained", help="file of the trained network (TrainedModel.save)")
    add("--data", help="data set of the images; the network's own by default")
    add("--synapse", type=synapse, default=nengo.Alpha(0.003), help="default: alpha:0.003")
    add("--scale-rates", type=float, default=1.0, help="factor on all firing rates")
    add("--rounds", type=int, default=7, help="timed rounds (one more to warm up)")
    add("--batch", type=int, default=200, help="images at a time")
    add("--steps", type=int, default=100, help="steps per image")
    add("--nengo-images", type=int, default=3, help="images per round for the side nengo")
    add("--converter-steps", type=int, default=20, help="steps per round for the side converter")
    add("--threads", type=int, default=len(os.sched_getaffinity(0)))
    add("--only", nargs="+", choices=[*HOME, *LIBRARIES], default=[*HOME, *LIBRARIES])
    add("--peers-python", help="Python of the environment with PyTorch's libraries")
    add("--peer-synapse", nargs="+", choices=["lowpass", "none"], default=["lowpass"])
    add("--json", type=Path, help="file for the numbers")
    options = parser.parse_args()
    if options.trained is None:
        parser.error(
            "--trained is missing. Random weights fire at no particular rate, so they are refused: "
            "train with `python examples/mnist_compact.py`, or `lifdeep train` for the other "
            "networks, and give the file trained.lifdeep"
        )
    for name in ("rounds", "batch", "steps", "nengo_images", "converter_steps", "threads"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    options.task = _task(options, parser)
    return options


def _task(options: argparse.Namespace, parser: argparse.ArgumentParser) -> Task:
    try:
        trained = TrainedModel.load(options.trained).without_normalization()
        if trained.architecture.name != options.network:
            parser.error(
                f"{options.trained} holds the network {trained.architecture.name!r}, not "
                f"{options.network!r}; say --network"
            )
        data = datasets.load(options.data or NETWORKS[options.network]).test.take(options.batch)
        time_shown = options.steps * 0.001
        timing = Presentation(t_c=0.4 * time_shown, t_p=time_shown)
        task = Task(trained, data, timing, options.synapse, options.scale_rates)
        task.spiking  # noqa: B018 - fails here if the network cannot be converted
    except (LifdeepError, OSError) as error:
        parser.error(str(error))
    return task


def main() -> None:
    """Measure and print one line per side."""
    options = parsed()
    warnings.filterwarnings("ignore", message="No GPU support")
    warnings.filterwarnings("ignore", message="divide by zero", category=RuntimeWarning)
    _limit_tensorflow(options)
    task: Task = options.task
    load = os.getloadavg()[0]
    if load > 0.3:
        print(
            f"The machine is busy (load {load:.1f}): these numbers are good for a trial only, and "
            "unfair to PyTorch's libraries most of all"
        )
    ready = built(task, options)
    if not ready:
        raise SystemExit("no side can run")
    try:
        results = measured(ready, options.rounds)
    finally:
        for side in ready.values():
            side.close()
    rows = table(results, {name: side.notes for name, side in ready.items()})
    setting = (
        f"{options.network}: {task.spiking.n_neurons} neurons, {_described(task.neuron)}, synapse "
        f"{task.synapse}, rates x {task.scale:g}; batch {options.batch}, {options.steps} steps, "
        f"{options.rounds} rounds, {options.threads} threads; "
        f"load {load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end"
    )
    found: dict[str, Any] = dict(versions())
    found.update({k: side.versions for k, side in ready.items() if isinstance(side, Peer)})
    print("\n" + machine() + "\n" + "\n".join(_flat(found)) + "\n" + setting)
    show(rows)
    if options.json:
        content = {"machine": machine(), "versions": found, "setting": setting, "sides": rows}
        options.json.write_text(json.dumps(content, indent=1) + "\n")


def _described(neuron: nengo.LIF) -> str:
    times = f"tau_rc {1e3 * neuron.tau_rc:g} ms, tau_ref {1e3 * neuron.tau_ref:g} ms"
    return f"LIF {times}, amplitude {neuron.amplitude:g}"


def _flat(found: dict[str, Any]) -> list[str]:
    groups = [{k: v for k, v in found.items() if isinstance(v, str)}]
    groups += [v for v in found.values() if isinstance(v, dict)]
    lines = [", ".join(f"{name} {version}" for name, version in g.items()) for g in groups]
    return list(dict.fromkeys(lines))


def _limit_tensorflow(options: argparse.Namespace) -> None:
    if {"tensor-nodes", "nengo-dl", "converter", RELU} & set(options.only):
        tf = import_tensorflow()
        tf.config.threading.set_intra_op_parallelism_threads(options.threads)
        tf.get_logger().setLevel("ERROR")  # every new simulator is traced anew


if __name__ == "__main__":
    main()
