"""One image at a time: herding neurons beside the dense rectified-linear step, in one run.

    python benchmarks/herding_speed.py [--images 400] [--trained FILE.lifdeep]

Processor time and wall time per image, medians over rounds in turns, of learning from an image and
of showing it: compiled herding neurons, NumPy, and TensorFlow (`tf.function`, batch of 1, plain
gradient descent). Then images with ever more ink, until showing them by spikes costs as much.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from nengo_lifdeep import Herding, TrainedModel, datasets
from nengo_lifdeep.herding.learner import SpikingMLP
from nengo_lifdeep.herding.operations import dense_operations, forward_additions
from nengo_lifdeep.herding.relu import descend, scores
from nengo_lifdeep.herding.running import network_of

SIZES = (784, 200, 200, 10)


def timed(calls: dict[str, Callable[[], object]], n: int, rounds: int = 5) -> None:
    """Print medians of microseconds per image."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            wall, cpu = time.perf_counter(), time.process_time()
            call()
            spent[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    for name, pairs in spent.items():
        cpu, wall = np.median(np.array(pairs), axis=0) / n * 1e6
        print(f"{name:42} {cpu:10.1f} us processor {wall:10.1f} us wall", flush=True)


def tensorflow_steps(weights: list[np.ndarray]) -> tuple[Callable, Callable]:
    """A step of learning and a forward pass, compiled, for a batch of one."""
    from nengo_lifdeep.compat import import_tensorflow

    tf = import_tensorflow()
    variables = [tf.Variable(w.astype(np.float32)) for w in weights]
    row = tf.TensorSpec((1, SIZES[0]), tf.float32)

    def forward(x):
        for v in variables[:-1]:
            x = tf.nn.relu(x @ v)
        return x @ variables[-1]

    @tf.function(input_signature=[row, tf.TensorSpec((1, SIZES[-1]), tf.float32)])
    def learn(x, target):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((tf.nn.relu(forward(x)) - target) ** 2) / 2
        for v, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
            v.assign_sub(0.01 * gradient)

    return learn, tf.function(forward, input_signature=[row])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--trained", default=None)
    given = parser.parse_args()
    data = datasets.load("mnist").train
    images = data.unit_images(np.arange(given.images)).reshape(-1, 784).astype(np.float32)
    labels = data.labels[: given.images]
    targets = np.eye(10, dtype=np.float32)[labels]
    if given.trained:
        weights = network_of(TrainedModel.load(given.trained)).weights
    else:
        first = SpikingMLP(SIZES, method=Herding(order="step"))
        more = data.unit_images(np.arange(6000)).reshape(-1, 784)
        weights = first.partial_fit(more, data.labels[:6000]).weights
    methods = {
        f"{rule}, {order}": Herding(rule=rule, order=order)
        for rule in ("fsgd", "sgd")
        for order in ("event", "step")
    }
    mlps = {name: SpikingMLP(SIZES, method=m, weights=weights) for name, m in methods.items()}
    dense = [w.astype(np.float32) for w in weights]
    learn, forward = tensorflow_steps(weights)

    def one_by_one(step: Callable, *arrays: np.ndarray) -> None:
        for rows in zip(*arrays, strict=True):
            step(*(row[None] for row in rows))

    print(f"learning, {given.images} images of MNIST, {SIZES}")
    timed(
        {f"herding, {name}": lambda mlp=mlp: mlp.partial_fit(images, labels)
         for name, mlp in mlps.items()}
        | {"herding, fsgd, step, called image by image":
           lambda: one_by_one(mlps["fsgd, step"].partial_fit, images, labels),
           "NumPy, dense": lambda: descend(images, targets, dense, 0.01),
           "TensorFlow, dense, batch of 1": lambda: one_by_one(learn, images, targets)},
        given.images,
    )  # fmt: skip
    print("showing")
    shown = {
        o: SpikingMLP(SIZES, method=Herding(order=o), weights=weights) for o in ("event", "step")
    }
    timed(
        {f"herding, {o}, {T} steps": lambda mlp=mlp, T=T: mlp.scores(images, T)
         for o, mlp in shown.items() for T in (3, 10)}
        | {"NumPy, dense": lambda: one_by_one(lambda x: scores(x, dense), images),
           "TensorFlow, dense, batch of 1": lambda: one_by_one(forward, images)},
        given.images,
    )  # fmt: skip
    print("ink: share of pixels at full value, a step, and additions beside multiply-adds")
    products = dense_operations(SIZES)["multiply_adds"]
    rng = np.random.default_rng(0)
    for share in (0.0, 0.02, 0.05, 0.1, 0.2, 0.5):
        ink = (rng.random((given.images, 784)) < share).astype(np.float32)
        calls = {}
        for T in (1, 3, 10):
            record = shown["step"].empty_record(given.images)
            shown["step"].show(ink, T, record)
            additions = forward_additions(record, SIZES).sum() / given.images
            label = f"{share:4.0%} ink, {T:2} steps, {additions / products:5.2f} additions"
            calls[label] = lambda ink=ink, T=T: shown["step"].scores(ink, T)
        calls[f"{share:4.0%} ink, NumPy, dense"] = lambda ink=ink: one_by_one(
            lambda x: scores(x, dense), ink
        )
        timed(calls, given.images, 3)


if __name__ == "__main__":
    main()
