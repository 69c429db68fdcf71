"""Speed of training through NengoDL against plain tf_keras with ReLU on the same network.

Run as ``python benchmarks/training_step.py``. Everything runs in one process, in turns, so that
a busy machine slows all variants alike; what is compared is the time from one step to the next,
input pipeline included, and the processor time, which other programs hardly change. Each side is
what its user would call: ``model.fit`` on arrays, and NengoDL built and fed as `train` does.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import nengo
import numpy as np

from nengo_lifdeep.compat import import_nengo_dl, import_tensorflow, import_tf_keras
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.layers import Conv2D, Dense, Flatten
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.neurons.tensorflow.nengo_dl import noise_clock
from nengo_lifdeep.noise import AlphaRCNoise
from nengo_lifdeep.training.batches import BatchStream
from nengo_lifdeep.training.graph import build_graph
from nengo_lifdeep.training.initial import initial_weights
from nengo_lifdeep.training.settings.losses import accuracy, score_loss

Run = Callable[[int, Any], Any]

NETWORK = Architecture(
    (28, 28, 1),
    (Conv2D(16, 3), Conv2D(32, 3, 2), Conv2D(64, 3, 2), Flatten(), Dense(128), Dense(10)),
    "compact",
)
SOFTLIF = {"tau_rc": 0.022, "tau_ref": 0.002, "sigma": 0.02, "amplitude": 0.063}
NEURONS = {
    "ReLU": nengo.RectifiedLinear(),
    "LIFRate": nengo.LIFRate(tau_rc=0.022, tau_ref=0.002, amplitude=0.063),
    "SoftLIF": SoftLIF(**SOFTLIF),
    "SoftLIF + alpha-RC": SoftLIF(**SOFTLIF, noise=AlphaRCNoise(0.003)),
}


def plain_keras(data: Split, batch: int) -> Run:
    """Training of the same network, with ReLU, by tf_keras alone."""
    keras = import_tf_keras()
    model = keras.Sequential(
        [
            keras.layers.Conv2D(16, 3, activation="relu", input_shape=(28, 28, 1)),
            keras.layers.Conv2D(32, 3, 2, activation="relu"),
            keras.layers.Conv2D(64, 3, 2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    images = data.unit_images()
    return lambda epoch, clock: model.fit(images, data.labels, batch, verbose=0, callbacks=[clock])


def ours(neuron: Any, data: Split, batch: int) -> Run:
    """The same network through NengoDL, built and fed as `train` does."""
    nengo_dl = import_nengo_dl()
    graph = build_graph(NETWORK, neuron)
    with noise_clock(graph.step):
        simulator = nengo_dl.Simulator(
            graph.network, minibatch_size=batch, seed=0, progress_bar=False
        )
    graph.set_weights(initial_weights(NETWORK, neuron))
    simulator.compile(
        optimizer="adam",
        loss={graph.output: score_loss("sparse_categorical_crossentropy")},
        metrics={graph.output: [accuracy()]},
    )
    names = simulator.tensor_graph.io_names
    stream = BatchStream(data, batch)

    def run(epoch: int, clock: Any) -> None:
        batches = stream.dataset(range(epoch, epoch + 1), names[graph.input], [names[graph.output]])
        simulator.fit(batches, steps_per_epoch=stream.steps, verbose=0, callbacks=[clock])

    return run


def stopwatch() -> Any:
    """A callback that notes when every step ends."""
    keras = import_tf_keras()

    class Stopwatch(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.moments: list[float] = []

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.moments.append(time.perf_counter())

    return Stopwatch()


def main() -> None:
    """Measure and print one line per variant."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="timed rounds (one more to warm up)")
    parser.add_argument("--steps", type=int, default=30, help="training steps per round")
    parser.add_argument("--batch", type=int, default=200, help="images per step")
    parser.add_argument("--only", nargs="*", choices=list(NEURONS), default=list(NEURONS))
    options = parser.parse_args()
    warnings.filterwarnings("ignore", message="No GPU support")

    rng = np.random.default_rng(0)
    n_images = options.steps * options.batch
    images = rng.integers(0, 256, (n_images, 28, 28, 1), dtype=np.uint8)
    data = Split(images, rng.integers(0, 10, n_images), "random pixels")

    variants = {"tf_keras ReLU": plain_keras(data, options.batch)}
    variants.update({name: ours(NEURONS[name], data, options.batch) for name in options.only})
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    work: dict[str, list[float]] = {name: [] for name in variants}
    for round_ in range(options.rounds + 1):
        for name, run in variants.items():
            clock, before = stopwatch(), time.process_time()
            run(round_, clock)
            if round_:  # the first round builds and warms up
                work[name].append((time.process_time() - before) / options.steps)
                seconds[name].extend(np.diff(clock.moments))

    tf, keras, nengo_dl = import_tensorflow(), import_tf_keras(), import_nengo_dl()
    print(
        f"Python {platform.python_version()}, TensorFlow {tf.__version__}, "
        f"tf_keras {keras.__version__}, nengo {nengo.__version__}, "
        f"nengo_dl {nengo_dl.__version__}, NumPy {np.__version__}"
    )
    print(f"batch {options.batch}, {options.steps} steps per round, {options.rounds} rounds")
    print("ratios to tf_keras: of the median step, of the fastest tenth, of processor time")
    rows = {
        name: (
            statistics.median(times),
            float(np.percentile(times, 10)),
            statistics.median(work[name]),
        )
        for name, times in seconds.items()
    }
    baseline = rows["tf_keras ReLU"]
    for name, row in rows.items():
        ratios = "  ".join(f"{a / b:4.2f}" for a, b in zip(baseline, row, strict=True))
        print(
            f"{name:20s} {options.batch / row[0]:7.0f} images/s  ms/step: median "
            f"{1e3 * row[0]:5.1f} fastest tenth {1e3 * row[1]:5.1f} processor "
            f"{1e3 * row[2]:5.1f}  ratios {ratios}"
        )


if __name__ == "__main__":
    main()
