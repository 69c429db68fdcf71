"""Train VGG9 on CIFAR-10 in rates, for `spikes.py` to start from.

    python benchmarks/vgg9_cifar10/rates.py --out vgg9

keeps its state after every epoch in the folder and continues from there; `folded.npz` holds the
kernels at the end. 45,000 training images, 5,000 held out; bfloat16 products unless `--float32`.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np
import tensorflow as tf
from rate_network import RateNetwork

from nengo_lifdeep import Augmentation, Preprocessing, datasets
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.training.batches import split_validation

MEAN, SCALE = np.array([0.4914, 0.4822, 0.4465], np.float32), 1.8
#: pixels less the mean of their channel; also what the spiking network is shown
PREPROCESSING = Preprocessing(np.broadcast_to(MEAN, (32, 32, 3)), scale=SCALE)
AUGMENTATION = Augmentation((32, 32), 4, True)
BATCH, SEED = 100, 0
DECAY, MOMENTUM, SMOOTHING, LARGEST_STEP = 5e-4, 0.9, 0.05, 2.0


def images_of(split: Split, chosen: np.ndarray) -> np.ndarray:
    """Images as the network is shown them."""
    return (split.images[chosen].astype(np.float32) / 255 - MEAN) * np.float32(SCALE)


class Trainer:
    """Stochastic gradient descent with Nesterov's momentum and one cycle of the learning rate."""

    def __init__(self, epochs: int, peak: float, n_steps: int) -> None:
        self.network = RateNetwork(SEED)
        self.trained = self.network.kernels + self.network.factors
        self.moments = [tf.Variable(tf.zeros_like(v), trainable=False) for v in self.trained]
        self.everything = self.trained + self.network.squares + self.moments
        self.peak, self.total = peak, epochs * n_steps
        shapes = [tf.TensorSpec((BATCH, 32, 32, 3)), tf.TensorSpec((BATCH,), tf.int64)]
        self.step = tf.function(
            self._step, input_signature=[*shapes, tf.TensorSpec(()), tf.TensorSpec((2,), tf.int64)]
        )
        self.predict = tf.function(
            lambda images: tf.argmax(self.network(images), 1), input_signature=shapes[:1]
        )

    def learning_rate(self, step: int) -> np.float32:
        """Up in a quarter of the steps, down along half a cosine."""
        up = 0.25 * self.total
        if step < up:
            return np.float32(self.peak * (0.05 + 0.95 * step / up))
        wave = np.cos(np.pi * (step - up) / (self.total - up))
        return np.float32(self.peak * (0.5 * (1 + wave) + 1e-4))

    def _step(self, images, labels, rate, seeds):
        with tf.GradientTape() as tape:
            scores = self.network(images, seeds)
            targets = tf.one_hot(labels, 10) * (1 - SMOOTHING) + SMOOTHING / 10
            losses = tf.nn.softmax_cross_entropy_with_logits(targets, scores)
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, self.trained)
        gradients, _ = tf.clip_by_global_norm(gradients, LARGEST_STEP)
        for variable, gradient, moment in zip(self.trained, gradients, self.moments, strict=True):
            if len(variable.shape) > 1:
                gradient = gradient + DECAY * variable
            moment.assign(MOMENTUM * moment + gradient)
            variable.assign_sub(rate * (gradient + MOMENTUM * moment))
        correct = tf.cast(tf.argmax(scores, 1) == labels, tf.float32)
        return loss, tf.reduce_mean(correct)

    def epoch(self, number: int, split: Split) -> np.ndarray:
        """Mean loss and accuracy of an epoch."""
        order = np.random.default_rng((SEED, 1, number)).permutation(len(split))
        n_steps, found = len(split) // BATCH, []
        for step in range(n_steps):
            chosen = order[step * BATCH : (step + 1) * BATCH]
            rng = np.random.default_rng((SEED, 2, number, step))
            images = AUGMENTATION(images_of(split, chosen), rng)
            labels = split.labels[chosen].astype(np.int64)
            rate = self.learning_rate(number * n_steps + step)
            found.append([float(v) for v in self.step(images, labels, rate, [number, step])])
        return np.mean(found, 0)

    def accuracy(self, split: Split) -> float:
        """Share of images that the network tells."""
        right = 0
        for start in range(0, len(split), BATCH):
            chosen = np.arange(start, start + BATCH)
            found = self.predict(images_of(split, chosen)).numpy()
            right += int((found == split.labels[chosen]).sum())
        return right / len(split)


def replaced(path: Path, **arrays: np.ndarray) -> None:
    """Write arrays to a file whole."""
    new = path.with_name(f"new-{path.name}")
    np.savez(new, **arrays)
    os.replace(new, path)


def main(options: argparse.Namespace) -> None:
    """Train what is left, and write the folded kernels."""
    options.out.mkdir(parents=True, exist_ok=True)
    train, held = split_validation(datasets.load("cifar10").train, 0.1, BATCH, SEED)
    assert held is not None
    trainer = Trainer(options.epochs, options.peak, len(train) // BATCH)
    state, history, first = options.out / "state.npz", options.out / "history.json", 0
    lines = []
    if state.exists():
        with np.load(state) as kept:
            first = int(kept["epoch"])
            for number, variable in enumerate(trainer.everything):
                variable.assign(kept[f"v{number}"])
        lines = json.loads(history.read_text())[:first]
    for epoch in range(first, options.epochs):
        wall, processor = time.perf_counter(), time.process_time()
        loss, accuracy = trainer.epoch(epoch, train)
        line = {
            "epoch": epoch + 1, "loss": float(loss), "accuracy": float(accuracy),
            "val_accuracy": trainer.accuracy(held), "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - processor,
        }  # fmt: skip
        lines.append(line)
        values = {f"v{number}": v.numpy() for number, v in enumerate(trainer.everything)}
        replaced(state, epoch=np.array(epoch + 1), **values)
        history.write_text(json.dumps(lines, indent=1))
        print(line, flush=True)
    kernels = {f"k{number}": kernel for number, kernel in enumerate(trainer.network.folded())}
    replaced(options.out / "folded.npz", **kernels)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--out", type=Path, default=Path("vgg9"))
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--peak", type=float, default=0.1, help="highest learning rate")
    parser.add_argument("--float32", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    chosen_options = _options()
    if not chosen_options.float32:
        tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": True})
    main(chosen_options)
