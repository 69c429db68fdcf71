"""What each decision about the NengoDL graph costs: one training step of every variant.

Run as ``python benchmarks/training_graph.py``. ReLU neurons, so that the arithmetic of neurons
does not hide the graph's own cost. The variants are undone one at a time from what
`nengo_lifdeep.training.graph` builds; the last lines compare layers of 6 x 6 x 64 locally connected
neurons.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import nengo
import numpy as np

from nengo_lifdeep.compat import import_nengo_dl, import_tensorflow, import_tf_keras
from nengo_lifdeep.layers import Conv2D, Dense, Flatten, LocallyConnected2D
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.training.graph import build_graph
from nengo_lifdeep.training.settings.losses import score_loss
from nengo_lifdeep.training.tensorflow.local import LocallyConnected

NETWORK = Architecture(
    (28, 28, 1),
    (Conv2D(16, 3), Conv2D(32, 3, 2), Conv2D(64, 3, 2), Flatten(), Dense(128), Dense(10)),
    "compact",
)
SETTINGS = {
    "as built": {},
    "with the loop over steps": {"use_loop": True},
    "with saved state": {"stateful": True},
    "with loop and state": {"use_loop": True, "stateful": True},
}


def variant(batch: int, data: tuple[Any, Any], trainable: bool, **settings: Any) -> Callable:
    """A step of the network, with NengoDL's settings or trainable ensembles changed back."""
    nengo_dl = import_nengo_dl()
    graph = build_graph(NETWORK, nengo.RectifiedLinear())
    with graph.network:
        nengo_dl.configure_settings(**settings)
    for ensemble in graph.ensembles.values():
        graph.network.config[ensemble.neurons].trainable = trainable
    simulator = nengo_dl.Simulator(graph.network, minibatch_size=batch, seed=0, progress_bar=False)
    simulator.compile(
        optimizer="adam", loss={graph.output: score_loss("sparse_categorical_crossentropy")}
    )
    names = simulator.tensor_graph.io_names
    tf = import_tensorflow()
    inputs = {
        names[graph.input]: data[0].reshape(batch, 1, -1),
        "n_steps": tf.ones((batch, 1), "int32"),
    }
    targets = {names[graph.output]: data[1].reshape(batch, 1, 1)}
    model = simulator.keras_model
    return lambda: model.train_on_batch(inputs, targets)


def plain_keras(batch: int, data: tuple[Any, Any]) -> Callable:
    """A step of the same network by tf_keras alone."""
    layers = import_tf_keras().layers
    model = import_tf_keras().Sequential(
        [
            layers.Conv2D(16, 3, activation="relu", input_shape=(28, 28, 1)),
            layers.Conv2D(32, 3, 2, activation="relu"),
            layers.Conv2D(64, 3, 2, activation="relu"),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10),
        ]
    )
    loss = import_tf_keras().losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss)
    return lambda: model.train_on_batch(*data)


def local(layer: Any, batch: int) -> Callable:
    """Forward and backward through one locally connected layer on 6 x 6 x 64 images."""
    tf = import_tensorflow()
    images = tf.random.normal((batch, 6, 6, 64))
    layer.build(images.shape)

    @tf.function
    def step() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(images)
            loss = tf.reduce_sum(layer.call(images) ** 2)
        return tape.gradient(loss, [images, *layer.trainable_variables])

    return step


def main() -> None:
    """Measure in turns and print a line per variant."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40, help="timed steps per variant")
    parser.add_argument("--batch", type=int, default=200, help="images per step")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", message="No GPU support")
    rng, batch = np.random.default_rng(0), options.batch
    data = rng.random((batch, 28, 28, 1), dtype=np.float32), rng.integers(0, 10, batch)
    spec = LocallyConnected2D(64, 3, padding="same")
    steps = {"tf_keras alone": plain_keras(batch, data)}
    steps.update({name: variant(batch, data, False, **s) for name, s in SETTINGS.items()})
    steps["trainable neuron biases"] = variant(batch, data, True)
    steps["local, ours"] = local(LocallyConnected(spec, (6, 6, 64)), batch)
    for number in (2, 3):  # number 1 has no 'same' padding
        layer = import_tf_keras().layers.LocallyConnected2D(
            64, 3, padding="same", implementation=number
        )
        steps[f"local, tf_keras number {number}"] = local(layer, batch)
    wall: dict[str, list[float]] = {name: [] for name in steps}
    work: dict[str, list[float]] = {name: [] for name in steps}
    for step in steps.values():
        step()
    for _ in range(options.rounds):
        for name, step in steps.items():
            moments = time.perf_counter(), time.process_time()
            step()
            wall[name].append(time.perf_counter() - moments[0])
            work[name].append(time.process_time() - moments[1])
    for name in steps:
        median, fastest = statistics.median(wall[name]), float(np.percentile(wall[name], 10))
        processor = statistics.median(work[name])
        print(
            f"{name:26s} {batch / median:7.0f} images/s  ms/step: median {1e3 * median:6.1f} "
            f"fastest tenth {1e3 * fastest:6.1f} processor {1e3 * processor:6.1f}"
        )


if __name__ == "__main__":
    main()
