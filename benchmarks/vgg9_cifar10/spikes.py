"""Train VGG9 on CIFAR-10 on its spikes, from the network that `rates.py` left in the folder.

    python benchmarks/vgg9_cifar10/spikes.py --out vgg9
    python benchmarks/vgg9_cifar10/spikes.py --out vgg9 --test

A fifth of the 45,000 training images at a time; after each a network `part-01.lifdeep` ... and a
line of `curve.json` with the accuracy on held-out images in the event simulator. The same command
goes on after the last part. `--test` judges the best part, once, on the 10,000 test images.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from rate_network import NETWORK
from rates import AUGMENTATION, PREPROCESSING, SEED

from nengo_lifdeep import Presentation, convert, datasets, evaluate, train
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.layers.types import AveragePooling2D, Conv2D, Dense, Flatten, Neurons
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.neurons import StepLIF
from nengo_lifdeep.training import CrossEntropy
from nengo_lifdeep.training.batches import split_validation
from nengo_lifdeep.training.settings.spike_based import SpikeBased
from nengo_lifdeep.training.spikes.graph import build_spike_graph
from nengo_lifdeep.training.spikes.membrane import fire
from nengo_lifdeep.training.spikes.network import Steps
from nengo_lifdeep.training.spikes.units import in_seconds

PARTS = 5  #: of an epoch
MEASURED = 40  #: images on which firing rates are matched
WEIGHTED = [layer.name for layer in NETWORK.layers if layer.has_weights]


def mean_rates(kernels: list[np.ndarray], images: tf.Tensor) -> dict[str, float]:
    """Mean rate of every layer of neurons in the rate network, in spikes per step."""
    x, means, left = images, {}, iter(kernels)
    for layer in NETWORK.layers:
        if isinstance(layer, Conv2D):
            x = tf.nn.conv2d(x, next(left), 1, "SAME")
        elif isinstance(layer, Dense):
            x = x @ next(left)
        elif isinstance(layer, AveragePooling2D):
            x = tf.nn.avg_pool2d(x, 2, 2, "VALID")
        elif isinstance(layer, Flatten):
            x = tf.reshape(x, (x.shape[0], -1))
        elif isinstance(layer, Neurons):
            x = tf.clip_by_value(x, 0, 1)
            means[layer.name] = float(tf.reduce_mean(x))
    return means


def factor_for(mean: Callable[[float], float], wanted: float) -> float:
    """Factor on a layer's input with which its neurons fire as often, by halving."""
    low, high, factor = 0.25, 8.0, 1.0
    for _ in range(9):
        factor = (low * high) ** 0.5
        low, high = (factor, high) if mean(factor) < wanted else (low, factor)
    return factor


def scaled(kernels: list[np.ndarray], images: tf.Tensor, method: SpikeBased, neuron: StepLIF):
    """Weights with which every layer fires as often as in the rate network."""
    wanted = mean_rates(kernels, images)
    graph = build_spike_graph(NETWORK, neuron, method)
    model = graph.stages[0]
    graph.set_weights({name: {"kernel": k} for name, k in zip(WEIGHTED, kernels, strict=True)})
    factors: dict[str, float] = {}
    owner: dict[str, str | None] = {}
    last = None
    for layer in NETWORK.layers:
        if layer.has_weights:
            last = layer.name
        elif layer.fires:
            owner[layer.name], last = last, None

    def neurons(name: str, charge: Any) -> Steps:
        drive, rule, factor = charge.by_step(), model.rules[name], 1.0
        if owner[name] is not None:
            factor = factor_for(
                lambda f: float(tf.reduce_mean(fire(drive * f, rule))), wanted[name]
            )
            factors[owner[name]] = factor
        spikes = fire(drive * factor, rule)
        return Steps(tf.reshape(spikes, (-1, *spikes.shape[2:])), method.n_steps)

    model._walk(Steps(images, 1), {}, neurons)
    steps = {
        name: {"kernel": kernel * np.float32(factors.get(name, 1.0))}
        for name, kernel in zip(WEIGHTED, kernels, strict=True)
    }
    return in_seconds(steps, NETWORK, neuron, method)


def judged(model: TrainedModel, images: Split, progress: bool = False):
    """Evaluation in the event simulator, timed as in training."""
    spiking = convert(model)
    timing = Presentation.as_trained(spiking.provenance)
    return evaluate(spiking, images, presentation=timing, progress=progress)


def main(options: argparse.Namespace) -> None:
    """Train what is left of the parts."""
    neuron = StepLIF.of_leak(options.leak)
    method = SpikeBased(n_steps=options.steps, derivative=options.derivative)
    learnt, held = split_validation(datasets.load("cifar10").train, 0.1, 100, SEED)
    assert held is not None
    path = options.out / "curve.json"
    curve = json.loads(path.read_text()) if path.exists() else []
    if curve:
        weights = TrainedModel.load(options.out / f"part-{len(curve):02}.lifdeep").weights
    else:
        with np.load(options.out / "folded.npz") as kept:
            kernels = [kept[f"k{number}"] for number in range(len(WEIGHTED))]
        images = tf.constant(PREPROCESSING(learnt.unit_images(np.arange(MEASURED))))
        weights = scaled(kernels, images, method, neuron)
    n_parts, size = PARTS * options.epochs, len(learnt) // PARTS
    for part in range(len(curve), n_parts):
        order = np.random.default_rng((0, 7, part // PARTS)).permutation(len(learnt))
        start = part % PARTS * size
        some = learnt.subset(np.sort(order[start : start + size]))
        wall, processor = time.perf_counter(), time.process_time()
        rate = options.peak * 0.5 * (1 + np.cos(np.pi * part / n_parts))
        model = train(
            NETWORK, some, neuron=neuron, method=method, epochs=1, batch_size=50,
            optimizer="adam", learning_rate=float(rate), loss=CrossEntropy(),
            preprocessing=PREPROCESSING, augmentation=AUGMENTATION, seed=part,
            initial_weights=weights, progress=False,
        )  # fmt: skip
        weights = model.weights
        model.save(options.out / f"part-{part + 1:02}.lifdeep")
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        whole = part % PARTS == PARTS - 1
        found = judged(model, held if whole else held.first(options.images))
        line = {
            "part": part + 1, "epoch": (part + 1) / PARTS, "loss": model.history["loss"][-1],
            "accuracy": model.history["accuracy"][-1], "rate": rate, "wall": wall,
            "cpu": processor, "held_out_accuracy": 1 - found.error / 100,
            "images": found.n_images, "spikes_per_image": found.spikes_per_image,
        }  # fmt: skip
        curve.append(line)
        path.write_text(json.dumps(curve, indent=1))
        print(line, flush=True)


def test(options: argparse.Namespace) -> None:
    """The part that tells most held-out images, on the test images."""
    curve = json.loads((options.out / "curve.json").read_text())
    whole = [line for line in curve if line["part"] % PARTS == 0]
    best = max(whole or curve, key=lambda line: line["held_out_accuracy"])
    model = TrainedModel.load(options.out / f"part-{best['part']:02}.lifdeep")
    found = judged(model, datasets.load("cifar10").test, progress=True)
    found.save(options.out / "test.lifdeep")
    print(best)
    print(found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--out", type=Path, default=Path("vgg9"))
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--derivative", default="arctan")
    parser.add_argument("--peak", type=float, default=3e-4, help="highest learning rate")
    parser.add_argument("--leak", type=float, default=0.99)
    parser.add_argument("--images", type=int, default=1000, help="held-out images after a part")
    parser.add_argument("--test", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    chosen = _options()
    (test if chosen.test else main)(chosen)
