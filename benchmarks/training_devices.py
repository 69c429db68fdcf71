"""Speed of training through NengoDL, by its plain tf_keras twin, and by that on two devices.

Run as ``python benchmarks/training_devices.py``. One process, in turns, so that a busy machine
slows all alike; two devices are two logical processors of this machine, so nothing can be gained
where one uses all cores already. What is compared is the time from one step to the next and the
processor time, which other programs hardly change.
"""

from __future__ import annotations

import argparse
import contextlib
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from training_step import NETWORK, NEURONS, stopwatch

from nengo_lifdeep.compat import import_tensorflow
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.training.batches import BatchStream
from nengo_lifdeep.training.graph import build_graph
from nengo_lifdeep.training.initial import initial_weights
from nengo_lifdeep.training.replicas.graph import build_keras_graph
from nengo_lifdeep.training.settings.losses import accuracy, score_loss

Run = Callable[[int, Any], None]

NEURON = NEURONS["SoftLIF + alpha-RC"]


def prepared(graph: Any, data: Split, batch: int, stack: contextlib.ExitStack) -> Run:
    """One epoch of a graph as `train` runs it."""
    opened = stack.enter_context(graph.opened(batch, 0))
    opened.compile(
        optimizer="adam",
        loss={graph.output: score_loss("sparse_categorical_crossentropy")},
        metrics={graph.output: [accuracy()]},
    )
    graph.set_weights(initial_weights(NETWORK, NEURON))
    names = graph.names(opened)
    stream = BatchStream(data, batch)

    def run(epoch: int, clock: Any) -> None:
        batches = stream.dataset(range(epoch, epoch + 1), names[graph.input], [names[graph.output]])
        opened.fit(batches, steps_per_epoch=stream.steps, verbose=0, callbacks=[clock])

    return run


def main() -> None:
    """Measure and print one line per variant."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=200)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="of TensorFlow; 0 for all cores")
    asked = parser.parse_args()
    tf = import_tensorflow()
    tf.config.threading.set_intra_op_parallelism_threads(asked.threads)
    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], halves)
    rng = np.random.default_rng(0)
    n_images = asked.batch * asked.steps
    images = rng.integers(0, 256, (n_images, 28, 28, 1), dtype=np.uint8)
    data = Split(images, rng.integers(0, 10, n_images))
    strategies = {
        "NengoDL": None,
        "twin, one device": tf.distribute.OneDeviceStrategy("/cpu:0"),
        "twin, two devices": tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"]),
    }
    steps: dict[str, list[float]] = {name: [] for name in strategies}
    work: dict[str, list[float]] = {name: [] for name in strategies}
    with contextlib.ExitStack() as stack:
        runs = {}
        for name, strategy in strategies.items():
            with strategy.scope() if strategy else contextlib.nullcontext():
                graph: Any = (
                    build_keras_graph(NETWORK, NEURON, asked.batch)
                    if strategy
                    else build_graph(NETWORK, NEURON)
                )
                runs[name] = prepared(graph, data, asked.batch, stack)
        for turn in range(asked.rounds + 1):
            for name, run in runs.items():
                clock, strategy = stopwatch(), strategies[name]
                before = time.process_time()
                with strategy.scope() if strategy else contextlib.nullcontext():
                    run(turn, clock)
                if turn:  # the first compiles
                    work[name].append((time.process_time() - before) / asked.steps)
                    steps[name] += np.diff(clock.moments).tolist()
    print(f"{platform.processor() or platform.machine()}, batch {asked.batch}")
    first = next(iter(strategies))
    for name in strategies:
        median, processor = statistics.median(steps[name]), statistics.median(work[name])
        ratios = (
            statistics.median(steps[first]) / median,
            statistics.median(work[first]) / processor,
        )
        print(
            f"{name}: median {1e3 * median:.1f} ms per step ({asked.batch / median:,.0f} "
            f"images/s), processor {1e3 * processor:.1f} ms; {ratios[0]:.2f} and {ratios[1]:.2f} "
            f"times as fast as {first}",
            flush=True,
        )


if __name__ == "__main__":
    main()
